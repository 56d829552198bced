//! The kubelets of all nodes: let Pods in, run them, take them away.
//!
//! Sources: <https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/kubelet>: `lifecycle/predicate.go` (admission), `kubelet_pods.go` and
//! `status/generate.go` (what is told of a Pod).
//!
//! * `admission`: whether the node takes the Pod; `behaviour`: what becomes of its containers; `status`: what is told of that
//!
//! A Pod whose node does not exist never runs, and is never taken away. Left out: images, volumes and the ConfigMaps and Secrets in them (all are there),
//! probes, restarts (`restartCount` stays zero), static Pods, resizes, eviction under pressure, room that a node makes for its critical Pods,
//! heartbeats of nodes and leases, `status.hostIP` and `status.observedGeneration`. Init containers succeed at once.

mod admission;
mod behaviour;
mod status;
#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod tests;

use evenkeel_api::{Precondition, Scope, Subresource, Verb, read, status::Reason};
use evenkeel_control::{Client, Controller, Done, OwnWrites, Pause, Wakes};
use evenkeel_object::{Key, Object};

pub use admission::Taints;
pub use behaviour::{Behaviour, Outcome};

use crate::nodes::{self, Capacity};
use crate::pods;
use crate::template::is_over;
use evenkeel_control::halt::{Halt, ended};

/// What may be set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// Whether nodes can be full.
    pub capacity: Capacity,
    /// Whether taints keep a Pod out that is bound already.
    pub taints: Taints,
    /// What becomes of Pods, the first that fits a Pod; without any it becomes ready, or ends well if a Job made it.
    pub behaviours: Vec<Behaviour>,
}

/// The kubelets of all nodes.
#[derive(Clone, Debug)]
pub struct Kubelet {
    settings: Settings,
}

impl Kubelet {
    /// Kubelets with these settings.
    pub fn new(settings: Settings) -> Kubelet {
        Kubelet { settings }
    }
}

impl Controller for Kubelet {
    fn name(&self) -> &str {
        "kubelet"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&pods::kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::OnWhatItReads
    }

    // What runs on its node it knows from the node.
    fn own_writes(&self) -> OwnWrites {
        OwnWrites::Known
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(self.synced(client, key))
    }
}

impl Kubelet {
    fn synced(&self, client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
        let Some(pod) = client.get(key)? else {
            return Ok(());
        };
        let Some(name) = pods::node(&pod) else {
            return Ok(());
        };
        let seen = nodes::as_seen_by_pods(self.settings.capacity);
        let nodes = client.view(Scope::one(&nodes::key(name)), seen)?;
        let Some(node) = read::sorted(&nodes).pop() else {
            return Ok(());
        };
        if pod.is_terminating() {
            return take_away(client, &pod);
        }
        if is_over(&pod) {
            return Ok(());
        }
        let outcome = behaviour::outcome(&self.settings.behaviours, &pod);
        if !nodes::was_admitted(&pod)
            && let Some(refusal) = admission::refusal(client, &self.settings, &pod, &node, &outcome)?
        {
            client.because(format!("{} refuses {key}: {}", node.key(), refusal.reason));
            return tell(client, &pod, status::refused(&pod, &refusal));
        }
        client.because(format!("{key} runs on {}", node.key()));
        tell(client, &pod, status::next(&pod, &outcome))
    }
}

/// Removes a Pod that is being deleted. While finalizers hold it, what it ended as is told first: some wait for just that.
///
/// Its containers are taken to fail when they are stopped, which is what a signal does to most.
fn take_away(client: &mut Client<'_>, pod: &Object) -> Result<(), Halt> {
    let is_held = pod.finalizers().next().is_some();
    client.because(format!("{} is being deleted", pod.key()));
    if is_held && !is_over(pod) {
        return tell(client, pod, status::ended(pod, "Failed", 143));
    }
    if is_held && pod["metadata"]["deletionGracePeriodSeconds"].as_int() == Some(0) {
        return Ok(());
    }
    let verb = Verb::Delete { propagation: None, uid: Some(pod.uid().into()), grace: Some(0) };
    match client.send(pod.key(), Subresource::Main, verb, Precondition::None)? {
        Err(refusal) if !matches!(refusal.reason, Reason::NotFound | Reason::Conflict) => Err(refusal.into()),
        _ => Ok(()),
    }
}

/// Writes the status if it is news.
fn tell(client: &mut Client<'_>, pod: &Object, status: evenkeel_object::Value) -> Result<(), Halt> {
    if pod["status"] == status {
        return Ok(());
    }
    let mut told = pod.clone();
    told.set(&["status"], status);
    match client.update_status(told)? {
        Err(refusal) if !refusal.is_not_found() => Err(refusal.into()),
        _ => Ok(()),
    }
}
