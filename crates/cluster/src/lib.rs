//! API server, controllers and faults as one transition system.
//!
//! * [`system`]: a cluster as a transition system; [`state`]: its states
//! * [`legitimate`]: which states are legitimate; [`demand`]: what people demand besides
//! * [`saturated`]: a cluster that stops counting, in which growth shows as a cycle
//! * [`disturb`]: what the world outside does to it
//! * [`plan`]: what people do afterwards
//! * [`footprint`]: what an exploration read and wrote
//! * [`most`]: the most that there can be of something at once
//! * [`trace`]: what happens in a run, told in objects, [`step`] by step; `explain`, `label`: what a step is, and lasting names
//! * `store`, `name`, `identity`, `canonical`: the store as a vector of handles, generated names, canonical form
//! * `ask`, `tree`, `machine`: questions and what hangs on their answers, each remembered
//! * `begin`: how a cluster begins; `expand`, `flight`, `rename`, `sleep`: what can happen in a state; `late`, `lag`, `stale`, `past`: on the ground of what is no longer so

mod adrift;
mod ask;
mod begin;
mod canonical;
pub mod demand;
pub mod disturb;
mod expand;
mod explain;
mod flight;
pub mod footprint;
mod identity;
mod intern;
mod label;
mod lag;
mod late;
pub mod legitimate;
mod machine;
pub mod most;
mod name;
mod outcome;
mod past;
pub mod plan;
mod process;
mod prospect;
mod rename;
pub mod saturated;
mod seen;
mod sleep;
mod stale;
pub mod state;
pub mod step;
mod store;
mod subject;
pub mod system;
mod tick;
pub mod trace;
mod tree;

pub use demand::{Demand, Finding, Reach};
pub use disturb::{Disturbance, Faults};
pub use footprint::Footprint;
pub use legitimate::Legitimacy;
pub use plan::{Moment, Planned};
pub use saturated::{Kept, Saturated};
pub use state::State;
pub use step::{Effect, LateStep, Sent, Step, Unmet, Unseen};
pub use system::{Action, Cluster, Config, Granularity, Starts};
pub use trace::Narrator;
