//! API server, controllers and faults as one transition system.
//!
//! * [`system`]: a cluster as a transition system; [`state`]: its states
//! * [`legitimate`]: which states are legitimate
//! * [`saturated`]: a cluster that stops counting, in which growth shows as a cycle
//! * [`footprint`]: what an exploration read and wrote
//! * [`most`]: the most that there can be of something at once
//! * [`trace`]: what happens in a run, told in objects
//! * `store`, `name`, `canonical`: the store as a vector of handles, generated names, canonical form
//! * `ask`, `tree`, `machine`: questions and what hangs on their answers, each remembered
//! * `expand`, `flight`, `rename`, `sleep`: what can happen in a state

mod ask;
mod canonical;
mod expand;
mod flight;
pub mod footprint;
mod intern;
pub mod legitimate;
mod machine;
pub mod most;
mod name;
mod rename;
pub mod saturated;
mod sleep;
pub mod state;
mod store;
pub mod system;
pub mod trace;
mod tree;

pub use footprint::Footprint;
pub use legitimate::{Demand, Legitimacy};
pub use saturated::Saturated;
pub use state::State;
pub use system::{Action, Cluster, Config, Granularity};
pub use trace::{Effect, Narrator, Sent, Step};
