//! The controllers everyone runs, one file each.
//!
//! * workloads: [`deployment`], [`replicaset`], [`statefulset`], [`daemonset`], [`job`], [`cronjob`], [`autoscaler`]
//! * nodes: [`scheduler`], [`kubelet`], [`taints`], [`volumes`], [`supply`]
//! * housekeeping: [`garbage`], [`namespace`], [`definitions`], [`endpoints`], [`quota`], [`clusterroles`], [`aggregation`], [`disruption`]
//! * from outside the cluster: [`applier`] (kubectl, Argo CD, Flux), [`user`]
//! * [`pods`], [`nodes`]: facts about Pods and nodes that several of them need
//! * `adoption`: how dependents are found, adopted and released; `revision`: ControllerRevisions; `template`: Pods made of a template;
//!   `definition`: what is defined of a kind; `batch`, `rounding`, `condition`: how they write, stop, round and tell

pub mod nodes;
pub mod pods;

mod adoption;
mod batch;
mod condition;
mod definition;
mod revision;
mod rounding;
#[cfg(test)]
mod stage;
mod template;

pub mod autoscaler;
pub mod cronjob;
pub mod daemonset;
pub mod deployment;
pub mod job;
pub mod replicaset;
pub mod statefulset;
pub mod ttl;

pub mod kubelet;
pub mod scheduler;
pub mod supply;
pub mod taints;
pub mod volumes;

pub mod aggregation;
pub mod clusterroles;
pub mod definitions;
pub mod disruption;
pub mod endpoints;
pub mod garbage;
pub mod namespace;
pub mod quota;

pub mod applier;
pub mod user;
