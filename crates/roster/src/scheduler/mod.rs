//! The scheduler: binds each Pod to a node that can take it.
//!
//! Sources: <https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/scheduler>: `schedule_one.go`, and the filters under `framework/plugins`.
//!
//! * `sieve`: which nodes can take a Pod; `filters`: what of a node alone keeps it away; `volumes`: what its claims do; `spread`, `neighbours`: which other Pods do
//! * `preemption`: how a Pod makes room for itself; `victims`: who has to go; `budgets`: whom it spares if it can; `supposed`: what would be then
//!
//! Scores are over-approximated: every node that passes the filters is a possible choice, not only the best. Left out:
//! host ports, resource claims, groups of Pods, extenders, the second of two schedulers. A Pod that no node can take is tried again on every
//! change of what kept it away; the real one finds out by hints and, failing these, every five minutes.

mod budgets;
mod filters;
mod neighbours;
#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod preempted;
mod preemption;
mod sieve;
mod spread;
mod supposed;
#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod tests;
mod victims;
mod volumes;

use std::collections::BTreeSet;

use evenkeel_api::{Scope, read};
use evenkeel_control::{Client, Controller, Done, OwnWrites, Pause, Wakes};
use evenkeel_object::{Key, Object, Value};

use crate::condition::{self, condition};
use crate::nodes::{self, Capacity};
use crate::pods;
use crate::template::is_over;
use evenkeel_control::halt::{Halt, ended};
use preemption::Way;
use sieve::{Asked, Sieved};

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
    /// Whether Pods make room for themselves.
    pub priorities: Priorities,
}

/// Whether some Pods are more important than others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Priorities {
    /// No Pod is: none makes room for itself, and none has to be yielded to.
    #[default]
    Equal,
    /// Some are.
    Different,
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
        if self.settings.priorities == Priorities::Different && preemption::is_behind(client, &pod)? {
            return Ok(());
        }
        let seen = nodes::as_seen_by_pods(self.settings.capacity);
        let nodes = read::sorted(&client.view(Scope::everywhere(&nodes::kind()), seen)?);
        let claims = volumes::found(client, self.settings.claims, &pod)?;
        let asked = Asked { settings: self.settings, pod: &pod, nodes: &nodes, claims: &claims };
        let mut sieved = asked.sieved(client, nodes.clone())?;
        if self.settings.priorities == Priorities::Different {
            preemption::respect(client, &asked, &mut sieved)?;
        }
        let mut feasible = std::mem::take(&mut sieved.open);
        if feasible.is_empty() {
            return rejected(client, &asked, &sieved);
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
}

/// Says that no node can take the Pod, and makes room for it if that is possible.
///
/// From then on the room counts as its own for the scheduler, whatever becomes of the rest:
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/schedule_one.go#L1244>
fn rejected(client: &mut Client<'_>, asked: &Asked<'_>, sieved: &Sieved) -> Result<(), Halt> {
    let way = match asked.settings.priorities {
        Priorities::Equal => Way::Wait,
        Priorities::Different => preemption::way(client, asked, &sieved.blocked)?,
    };
    let nomination = match &way {
        Way::Wait => None,
        Way::None => Some(""),
        Way::Room(room) => Some(&*room.node),
    };
    let told = tell_unschedulable(client, asked.pod, &sieved.reasons, nomination);
    match (told, way) {
        (Err(Halt::Pause(pause)), _) => Err(pause.into()),
        (told, Way::Room(room)) => room.make(client, asked.pod).and(told),
        (told, _) => told,
    }
}

fn is_to_be_scheduled(pod: &Object) -> bool {
    let spec = &pod["spec"];
    pods::node(pod).is_none()
        && !is_over(pod)
        && !pod.is_terminating()
        && matches!(spec["schedulerName"].text(), "" | "default-scheduler")
        && spec["schedulingGates"].items().is_empty()
}

/// Says that no node can take the Pod, and on which one there will be room for it, if anything is to be said of that. How many nodes have which reason is
/// left out of the text, and what became of the attempt to make room: it would make states differ that do not.
///
/// Source: `handleSchedulingFailure`, `FitError.Error`.
fn tell_unschedulable(
    client: &mut Client<'_>,
    pod: &Object,
    reasons: &BTreeSet<String>,
    nomination: Option<&str>,
) -> Result<(), Halt> {
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
    let mut patch = Value::map();
    if *pod.condition("PodScheduled") != told {
        let mut status = pod["status"].clone();
        condition::replace(&mut status, told);
        patch.set(&["status", "conditions"], status["conditions"].clone());
    }
    if let Some(node) = nomination.filter(|node| *node != pod["status"]["nominatedNodeName"].text()) {
        let name = if node.is_empty() { Value::Null } else { node.into() };
        patch.set(&["status", "nominatedNodeName"], name);
    }
    if patch == Value::map() {
        return Ok(());
    }
    client.because(text);
    match client.patch_status(&pod.key(), patch)? {
        Err(refusal) if !refusal.is_not_found() => Err(refusal.into()),
        _ => Ok(()),
    }
}
