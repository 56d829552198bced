//! The controllers everyone runs, one file each.
//!
//! * [`pods`], [`nodes`]: facts about Pods and nodes that several of them need

pub mod nodes;
pub mod pods;

mod adoption;
pub mod autoscaler;
mod batch;
mod condition;
pub mod deployment;
mod halt;
pub mod kubelet;
pub mod replicaset;
mod revision;
mod rounding;
pub mod scheduler;
#[cfg(test)]
mod stage;
pub mod daemonset;
pub mod clusterroles;
pub mod disruption;
pub mod garbage;
pub mod namespace;
pub mod cronjob;
pub mod job;
pub mod endpoints;
pub mod applier;
pub mod quota;
pub mod statefulset;
pub mod supply;
pub mod taints;
mod template;
