//! Systems all of whose configurations may be initial, and of whose processes several may move in one step.
//!
//! * [`question`]: what such a system is, what can be asked, and what is answered
//! * `answer`: puts the answer together
//!
//! Inside: `settled` finds the legitimate configurations that nobody leaves, `longest` the dearest ways where there is no cycle outside of them,
//! `matrix` keeps all choices where there is one; `tarjan` finds components, `fair` those in which a fair run can stay, `tour` a way round in one,
//! `rounds` counts rounds, and `expected` solves for the mean.

mod answer;
mod expected;
mod fair;
mod longest;
mod matrix;
pub mod question;
mod rounds;
mod settled;
mod tarjan;
mod tour;

pub use answer::judge_space;
pub use question::{Answer, Choice, Choices, Expected, Extremes, Fairness, Outcome, Rounds, Space, Worst};
