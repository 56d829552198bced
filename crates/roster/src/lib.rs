//! The controllers everyone runs, one file each.
//!
//! * [`pods`], [`nodes`]: facts about Pods and nodes that several of them need

pub mod nodes;
pub mod pods;

mod adoption;
mod batch;
mod condition;
pub mod deployment;
mod halt;
pub mod replicaset;
mod revision;
mod rounding;
#[cfg(test)]
mod stage;
pub mod daemonset;
pub mod statefulset;
mod template;
