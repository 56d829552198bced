//! The scheduler: binds each Pod to a node that can take it.
//!
//! Sources: <https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/scheduler>: `schedule_one.go`, and the filters under `framework/plugins`.
//!
//! * `filters`: what of a node alone keeps a Pod away; `volumes`: what its claims have to do with it; `spread`, `neighbours`: which other Pods do
//!
//! Scores are over-approximated: every node that passes the filters is a possible choice, not only the best. Left out: preemption,
//! host ports, resource claims, groups of Pods, the second of two schedulers. A Pod that no node can take is tried again on every
//! change of what kept it away; the real one finds out by hints and, failing these, every five minutes.

mod filters;
mod neighbours;
mod spread;
#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod tests;
mod volumes;

use std::collections::BTreeSet;

use evenkeel_api::{Scope, read};
use evenkeel_control::{Client, Controller, Done, OwnWrites, Pause, Wakes};
use evenkeel_object::{Key, Object, Value};

use crate::condition::{self, condition};
use crate::nodes::{self, Capacity, Counted};
use crate::pods;
use crate::template::is_over;
use evenkeel_control::halt::{Halt, ended};

pub use volumes::Claims;

/// What may be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// Whether nodes can be full.
    pub capacity: Capacity,
    /// Whose anti-affinity is looked at.
    pub anti_affinity: AntiAffinity,
    /// Which of the nodes that can take a Pod are tried.
    pub placement: Placement,
    /// Whether the claims of Pods are looked at.
    pub claims: Claims,
}

/// Which of the nodes that can take a Pod are tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Placement {
    /// Every one of them: the scores of the real scheduler are not modelled, so none can be left out.
    #[default]
    Any,
    /// The first of those that differ in nothing but their names. Right where nothing depends on which of them a Pod is on: nodes that stay as they are, are
    /// never full, and no rule about neighbours.
    OneOfAKind,
}

/// Whose required anti-affinity between Pods is looked at when a Pod is to be placed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AntiAffinity {
    /// Its own, and that of all Pods that are there. So each placement depends on every Pod there is.
    #[default]
    Mutual,
    /// Its own only: right where no other Pod has any, or all that do are its equals.
    Own,
}

/// The scheduler of the Pods that ask for `default-scheduler`.
#[derive(Clone, Debug)]
pub struct Scheduler {
    settings: Settings,
}

impl Scheduler {
    /// A scheduler with these settings.
    pub fn new(settings: Settings) -> Scheduler {
        Scheduler { settings }
    }
}

impl Controller for Scheduler {
    fn name(&self) -> &str {
        "default-scheduler"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&pods::kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::OnWhatItReads
    }

    // It assumes that a Pod is where it has just put it: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/schedule_one.go#L1060
    fn own_writes(&self) -> OwnWrites {
        OwnWrites::Known
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(self.scheduled(client, key))
    }
}

impl Scheduler {
    fn scheduled(&self, client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
        let Some(pod) = client.get(key)?.filter(is_to_be_scheduled) else {
            return Ok(());
        };
        let claims = match volumes::found(client, self.settings.claims, &pod)? {
            Ok(claims) => claims,
            Err(reason) => return tell_unschedulable(client, &pod, &BTreeSet::from([reason])),
        };
        let seen = nodes::as_seen_by_pods(self.settings.capacity);
        let nodes = read::sorted(&client.view(Scope::everywhere(&nodes::kind()), seen)?);
        let mut reasons = BTreeSet::new();
        let mut feasible = self.filtered(client, &pod, (nodes, &claims), &mut reasons)?;
        if feasible.is_empty() {
            return tell_unschedulable(client, &pod, &reasons);
        }
        if self.settings.placement == Placement::OneOfAKind {
            let mut seen = BTreeSet::new();
            feasible.retain(|node| seen.insert(nodes::without_name(node)));
        }
        let place = client.choose(feasible.len())?;
        let node = feasible.swap_remove(place);
        if claims.reserve(client, &node)? {
            return Ok(());
        }
        client.because(format!("{key} fits on {}", node.key()));
        match client.bind(key, node.name())? {
            Err(refusal) if !refusal.is_not_found() => Err(refusal.into()),
            _ => Ok(()),
        }
    }

    /// The nodes that can take the Pod; why the others cannot is added to `reasons`.
    ///
    /// What other Pods are there is asked only where the node itself does not say no.
    fn filtered(
        &self,
        client: &mut Client<'_>,
        pod: &Object,
        (nodes, claims): (Vec<Object>, &volumes::Found),
        reasons: &mut BTreeSet<String>,
    ) -> Result<Vec<Object>, Pause> {
        let (mut open, all) = (nodes.clone(), nodes);
        keep(&mut open, reasons, |node| filters::obstacle(node, pod));
        if !open.is_empty() && self.settings.capacity == Capacity::Counted {
            let load = nodes::load(Counted::Bound, None);
            let load = client.view(Scope::everywhere(&pods::kind()), load)?;
            keep(&mut open, reasons, |node| filters::shortage(node, pod, &load[node.name()]));
        }
        keep(&mut open, reasons, |node| claims.obstacle(node).into_iter().collect());
        for constraint in spread::constraints(pod) {
            if open.is_empty() {
                return Ok(open);
            }
            let spread = spread::found(client, pod, constraint, &all)?;
            keep(&mut open, reasons, |node| spread.obstacle(node).into_iter().collect());
        }
        if !open.is_empty() {
            let neighbours = neighbours::found(client, self.settings.anti_affinity, pod, &all)?;
            keep(&mut open, reasons, |node| neighbours.obstacle(node).into_iter().collect());
        }
        Ok(open)
    }
}

/// Keeps the nodes to which there is no objection.
fn keep(nodes: &mut Vec<Object>, reasons: &mut BTreeSet<String>, objections: impl Fn(&Object) -> Vec<String>) {
    nodes.retain(|node| {
        let found = objections(node);
        let is_open = found.is_empty();
        reasons.extend(found);
        is_open
    });
}

fn is_to_be_scheduled(pod: &Object) -> bool {
    let spec = &pod["spec"];
    pods::node(pod).is_none()
        && !is_over(pod)
        && !pod.is_terminating()
        && matches!(spec["schedulerName"].text(), "" | "default-scheduler")
        && spec["schedulingGates"].items().is_empty()
}

/// Says that no node can take the Pod. How many nodes have which reason is left out of the text: it would make states differ that do not.
///
/// Source: `handleSchedulingFailure`, `FitError.Error`.
fn tell_unschedulable(client: &mut Client<'_>, pod: &Object, reasons: &BTreeSet<String>) -> Result<(), Halt> {
    let text = if reasons.is_empty() {
        "no nodes available to schedule pods".to_owned()
    } else {
        let reasons: Vec<&str> = reasons.iter().map(String::as_str).collect();
        format!("no node is available: {}", reasons.join(", "))
    };
    let mut told = condition("PodScheduled", "False", "Unschedulable", &text);
    let generation = &pod["metadata"]["generation"];
    if !generation.is_null() {
        told.set(&["observedGeneration"], generation.clone());
    }
    if *pod.condition("PodScheduled") == told {
        return Ok(());
    }
    let mut status = pod["status"].clone();
    condition::replace(&mut status, told);
    client.because(text);
    let conditions = status["conditions"].clone();
    let patch = Value::map().with(&["status", "conditions"], conditions);
    match client.patch_status(&pod.key(), patch)? {
        Err(refusal) if !refusal.is_not_found() => Err(refusal.into()),
        _ => Ok(()),
    }
}
