//! What becomes of the containers of a Pod, which is not for any controller to know.

use std::sync::Arc;

use evenkeel_object::{Object, Selector};

/// What becomes of the Pods that a selector chooses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Behaviour {
    /// Which Pods, by their labels, in all namespaces.
    pub selector: Selector,
    /// What becomes of them.
    pub outcome: Outcome,
}

/// What becomes of a Pod once it is bound.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Outcome {
    /// It runs and becomes ready, and stays so.
    Ready,
    /// It runs and never becomes ready.
    NeverReady,
    /// It never gets to run, as its image cannot be pulled for example: it stays `Pending`.
    NeverStarts,
    /// Its containers end with this exit code, which is not zero. The Pod has failed; or, where its containers are restarted, goes on failing and is never
    /// ready.
    Fails(i64),
    /// The kubelet does not let it in, for this reason.
    Rejected(Arc<str>),
    /// Its containers end well. The Pod has succeeded; or, where containers are restarted whatever they did, goes on ending and is never ready.
    Succeeds,
}

/// What becomes of the Pod. By default it becomes ready; the Pod of a Job ends well, unless its containers are always restarted.
pub(super) fn outcome(behaviours: &[Behaviour], pod: &Object) -> Outcome {
    let chosen = behaviours.iter().find(|behaviour| behaviour.selector.matches(pod.labels()));
    match chosen {
        Some(behaviour) => behaviour.outcome.clone(),
        None if is_of_job(pod) && pod["spec"]["restartPolicy"].text() != "Always" => Outcome::Succeeds,
        None => Outcome::Ready,
    }
}

fn is_of_job(pod: &Object) -> bool {
    pod.controller().is_some_and(|owner| owner.kind.is("batch", "Job"))
}
