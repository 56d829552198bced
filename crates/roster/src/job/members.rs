//! The Pods of a Job, by what became of them.

use evenkeel_control::Client;
use evenkeel_object::{Object, Selector, Value, json};

use crate::adoption::strategic_patch;
use crate::template::{is_active, is_ready, phase};
use evenkeel_control::halt::Halt;

use super::policy;

/// The finalizer that keeps a Pod until it was counted.
pub(super) const TRACKING: &str = "batch.kubernetes.io/job-tracking";

/// The Pods of a Job, and what they add up to, also as they are made and removed.
pub(super) struct Members {
    /// All of them.
    pub(super) all: Vec<Object>,
    /// Those that are neither over nor being deleted, the ones to be removed first in front.
    pub(super) active: Vec<Object>,
    /// How many are active, those made or removed in this reconcile taken into account; likewise the next two.
    pub(super) n_active: i64,
    pub(super) n_ready: i64,
    pub(super) n_terminating: i64,
    /// How many have succeeded, counted before or not; likewise failed.
    pub(super) n_succeeded: i64,
    pub(super) n_failed: i64,
    /// Whether a Pod that is being deleted is waited for (`podReplacementPolicy: Failed`).
    pub(super) only_failed_are_replaced: bool,
}

impl Members {
    pub(super) fn of(job: &Object, all: Vec<Object>) -> Members {
        let policy = job["spec"]["podReplacementPolicy"].text();
        let mut active: Vec<Object> = all.iter().filter(|pod| is_active(pod)).cloned().collect();
        active.sort_by_cached_key(removal_order);
        let status = &job["status"];
        let mut members = Members {
            n_active: length(&active),
            n_ready: length(active.iter().filter(|pod| is_ready(pod))),
            n_terminating: length(all.iter().filter(|pod| crate::pods::is_terminating(pod))),
            n_succeeded: status["succeeded"].count(),
            n_failed: status["failed"].count(),
            only_failed_are_replaced: policy == "Failed",
            all,
            active,
        };
        let uncounted = &status["uncountedTerminatedPods"];
        members.n_succeeded += members.newly(&uncounted["succeeded"], |_, pod| phase(pod) == "Succeeded");
        members.n_failed +=
            members.newly(&uncounted["failed"], |members, pod| members.is_failed(pod) && policy::counts(job, pod));
        members
    }

    /// Those that wait to be counted, and those that are to be.
    fn newly(&self, uncounted: &Value, is_counted: impl Fn(&Members, &Object) -> bool) -> i64 {
        let is_new =
            |pod: &&Object| is_tracked(pod) && !uncounted.items().contains(&pod.uid().into()) && is_counted(self, pod);
        length(uncounted.items()) + length(self.all.iter().filter(is_new))
    }

    /// A Pod that is being deleted before it ended counts as failed, unless that is waited for.
    pub(super) fn is_failed(&self, pod: &Object) -> bool {
        let lost = pod.is_terminating() && phase(pod) != "Succeeded";
        phase(pod) == "Failed" || lost && !self.only_failed_are_replaced
    }

    pub(super) fn was_removed(&mut self, pod: &Object) {
        self.n_active -= 1;
        self.n_terminating += 1;
        self.n_ready -= i64::from(is_ready(pod));
    }
}

fn length<T>(items: impl IntoIterator<Item = T>) -> i64 {
    i64::try_from(items.into_iter().count()).expect("a count of Pods fits")
}

pub(super) fn is_tracked(pod: &Object) -> bool {
    pod.finalizers().any(|name| name == TRACKING)
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/controller_utils.go>: `ActivePods`: not bound before bound, pending before running,
/// not ready before ready; ages are not modelled, names break ties.
fn removal_order(pod: &Object) -> (bool, bool, bool, String) {
    (crate::pods::node(pod).is_some(), phase(pod) == "Running", is_ready(pod), pod.name().to_owned())
}

/// Takes the finalizer off a Pod; that it is gone is as good.
pub(super) fn release(client: &mut Client<'_>, pod: &Object) -> Result<(), Halt> {
    if !is_tracked(pod) {
        return Ok(());
    }
    let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": [TRACKING]}});
    match strategic_patch(client, &pod.key(), patch.into())? {
        Err(status) if !status.is_not_found() => Err(status.into()),
        _ => Ok(()),
    }
}

/// Chooses the Pods of Jobs by the label that they all have.
pub(super) fn labelled() -> Selector {
    let of_a_job = json!({"matchExpressions": [{"key": "batch.kubernetes.io/job-name", "operator": "Exists"}]});
    Selector::of(&of_a_job.into()).expect("the selector is written just above")
}
