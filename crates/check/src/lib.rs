//! Takes every choice: explores a transition system, judges it, and counts the cost.
//!
//! * [`check`]: the entry; a question and a system in, a judgement out
//! * [`explore`]: the one loop that walks all states, and the [`Graph`] it leaves
//! * [`judge`]: what a verdict means, and how it is read off the graph
//! * [`textbook`]: small protocols with known answers
//!
//! Inside, from the ground up: `bits`, `table` and `graph` hold what was seen; `walk` finds shortest ways; `component` finds strongly
//! connected components; `closure`, `fair`, `cycle`, `worst` and `confluence` each answer one part of the question.

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
mod stage;
mod table;
pub mod textbook;
mod thread;
mod walk;
mod worst;

pub use check::{Question, check};
pub use explore::explore;
pub use graph::{Edge, Graph, Parent};
pub use judge::judge;
