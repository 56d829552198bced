//! What a transition system is, and the words in which it is judged.
//!
//! * [`system`]: the trait of a transition system, and what judging needs to know besides
//! * [`pack`]: states as short vectors of words
//! * [`assume`]: the daemon, the fairness, and other assumptions under which a claim is made
//! * [`limit`]: why a search ended
//! * [`run`]: runs and lassos, the evidence of a verdict
//! * [`verdict`]: the closed set of words, and what comes with each

pub mod assume;
pub mod limit;
pub mod pack;
pub mod run;
pub mod system;
pub mod verdict;

pub use assume::{Daemon, Fairness};
pub use limit::{Flow, Limits, Progress, Stop, Watch};
pub use pack::Pack;
pub use run::{Lasso, Run};
pub use system::{Cost, Duty, Label, Stabilizing, System};
pub use verdict::{Evidence, Judgement, Statistics, Verdict, WorstCase};
