//! Bringing Pods to the update revision: they are deleted, the highest number first, and made anew.
//!
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/statefulset/stateful_set_control.go>: `updateStatefulSetAfterInvariantEstablished`
//! (feature `MaxUnavailableStatefulSet` is on by default since 1.37).

use evenkeel_control::Client;
use evenkeel_object::{Object, Value};

use crate::rounding::{Rounding, scaled};
use crate::template::is_ready;
use evenkeel_control::halt::Halt;

use super::history::Targets;
use super::member::{self, Replica, is_unavailable, revision_of};
use super::status::Counts;

/// A rollout under way.
struct Rollout<'a> {
    set: &'a Object,
    targets: &'a Targets,
    /// Those that may be updated (their number is not below the partition), the highest number first.
    candidates: Vec<&'a Object>,
}

/// Deletes Pods that are not on the update revision, as many as may be unavailable. Each counts as one less on the current revision.
pub(super) fn advance(
    client: &mut Client<'_>,
    set: &Object,
    targets: &Targets,
    replicas: &[Replica],
    counts: &mut Counts,
) -> Result<(), Halt> {
    let rolling = &set["spec"]["updateStrategy"]["rollingUpdate"];
    let partition = usize::try_from(rolling["partition"].count()).unwrap_or(0);
    let budget = max_unavailable(&rolling["maxUnavailable"], replicas.len())?;
    let n_unavailable = replicas.iter().filter(|replica| is_unavailable(&replica.pod)).count();
    let is_parallel = set["spec"]["podManagementPolicy"].text() == "Parallel";
    let rollout = Rollout {
        set,
        targets,
        candidates: replicas.iter().skip(partition).rev().map(|replica| &replica.pod).collect(),
    };
    let hopeless =
        |replica: &&Replica| is_parallel && is_unavailable(&replica.pod) && rollout.is_outdated(&replica.pod);
    if n_unavailable >= budget && replicas.iter().find(hopeless).is_none() {
        return Ok(());
    }
    let mut left = budget.saturating_sub(n_unavailable);
    if is_parallel {
        // Those that are unavailable anyway cost nothing.
        for pod in rollout.outdated(|pod| !is_ready(pod)) {
            rollout.delete(client, pod, counts)?;
        }
    }
    for pod in rollout.outdated(|pod| !is_parallel || is_ready(pod)) {
        if left == 0 {
            break;
        }
        rollout.delete(client, pod, counts)?;
        left -= 1;
    }
    Ok(())
}

impl<'a> Rollout<'a> {
    fn is_outdated(&self, pod: &Object) -> bool {
        revision_of(pod) != self.targets.update.name() && !pod.is_terminating()
    }

    fn outdated(&self, also: impl Fn(&Object) -> bool) -> Vec<&'a Object> {
        let candidates = self.candidates.iter().copied();
        candidates.filter(|pod| self.is_outdated(pod) && also(pod)).collect()
    }

    fn delete(&self, client: &mut Client<'_>, pod: &Object, counts: &mut Counts) -> Result<(), Halt> {
        client.because(format!(
            "{} rolls out {}, and {} is on {}",
            self.set.key(),
            self.targets.update.name(),
            pod.name(),
            revision_of(pod)
        ));
        member::delete(client, pod)?;
        counts.current -= 1;
        Ok(())
    }
}

/// At least one; a percentage is rounded down.
fn max_unavailable(value: &Value, n_replicas: usize) -> Result<usize, Halt> {
    if value.is_null() {
        return Ok(1);
    }
    let total = i64::try_from(n_replicas).expect("a count of Pods fits");
    let allowed = scaled(value, total, Rounding::Down)
        .ok_or_else(|| Halt::Retry(format!("maxUnavailable {value} is no number")))?;
    Ok(usize::try_from(allowed).unwrap_or(1).max(1))
}
