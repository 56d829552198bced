//! Manifests, and what is said about them, made into a question and answered.
//!
//! * [`document`]: the `Scenario` document; [`applier`], [`steps`], `demands`: those who apply, what people do, what is demanded in CEL
//! * [`input`]: what was read, sorted
//! * `beyond`: what cannot be modelled
//! * `choose`, `claims`, `setup`: who runs, and what is there; `room`: whether nodes can be full; `priorities`: whether some Pods are more important than others
//! * [`mod@run`]: asks the question; [`explored`]: what can happen; `settle`: where it begins; `tell`, `end`, `fought`: put the answer into a report
//! * [`mod@finals`]: in which states everything can end; `combined`: those of the parts put together

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod alike;
pub mod applier;
mod beyond;
mod choose;
mod claims;
mod combined;
#[cfg(test)]
mod committed;
#[cfg(test)]
mod demanded;
mod demands;
mod dips;
#[cfg(test)]
mod disturbed;
pub mod document;
mod end;
#[cfg(test)]
mod ended;
pub mod explored;
#[cfg(test)]
mod facts;
pub mod finals;
mod fought;
pub mod input;
#[cfg(test)]
mod lagging;
#[cfg(test)]
mod naive;
mod priorities;
#[cfg(test)]
mod remembered;
mod room;
pub mod run;
mod settle;
#[cfg(test)]
mod settled;
mod setup;
#[cfg(test)]
mod stepped;
pub mod steps;
mod tell;
#[cfg(test)]
mod walked;
#[cfg(test)]
mod withdrawn;

pub use document::Scenario;
pub use evenkeel_cluster::Granularity;
pub use evenkeel_parts::Final;
pub use explored::{Parts, Settings};
pub use finals::finals;
pub use input::Input;
pub use run::run;
