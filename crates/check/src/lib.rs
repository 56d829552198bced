//! Takes every choice: explores a transition system, judges it, and counts the cost.
//!
//! * [`check`]: the entry; a question and a system in, a judgement out
//! * [`explore`]: the one loop that walks all states, and the [`Graph`] it leaves
//! * [`judge`]: what a verdict means, and how it is read off the graph
//! * [`textbook`]: small protocols with known answers
//!
//! ```
//! use evenkeel_check::textbook::{Central, Ring};
//! use evenkeel_check::{Question, check};
//! use evenkeel_system::Verdict;
//!
//! let ring = Central(Ring { n: 4, k: 4 });
//! let judgement = check(&ring, &Question::default(), &mut ());
//! assert_eq!(judgement.verdict, Verdict::Stabilizes);
//! assert_eq!(judgement.worst_case.unwrap().cost.moves, 13);
//!
//! let too_few_states = Central(Ring { n: 4, k: 2 });
//! assert_eq!(check(&too_few_states, &Question::default(), &mut ()).verdict, Verdict::Oscillates);
//! ```
//!
//! Inside, from the ground up: `bits`, `table` and `graph` hold what was seen, `stage` what is about to be; `walk` finds shortest ways,
//! `component` strongly connected components, and `thread` follows a duty along edges; `closure`, `fair`, `cycle`, `worst` and
//! `confluence` each answer one part of the question.

mod bits;
mod check;
mod closure;
mod component;
mod confluence;
mod cycle;
mod explore;
mod fair;
mod graph;
mod judge;
mod members;
pub mod space;
mod stage;
mod table;
pub mod textbook;
mod thread;
mod walk;
mod worst;

pub use check::{Question, check};
pub use explore::{explore, explore_on};
pub use graph::{Edge, Graph, Parent};
pub use judge::judge;
