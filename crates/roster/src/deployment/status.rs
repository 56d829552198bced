//! What a Deployment says of itself.

use evenkeel_control::Client;
use evenkeel_object::{Object, Value};

use super::sets::{Sets, reported, total};
use super::{Deadline, scale, wanted};
use crate::condition::{self, condition};
use evenkeel_control::halt::Halt;

/// Whether the Deployment wants its progress told.
///
/// Source: `HasProgressDeadline`.
pub(super) fn has_deadline(deployment: &Object) -> bool {
    let seconds = &deployment["spec"]["progressDeadlineSeconds"];
    seconds.as_int() != Some(i32::MAX.into())
}

/// Whether the controller looks again when the deadline has passed.
///
/// Source: `requeueStuckDeployment`.
pub(super) fn is_timed(deployment: &Object) -> bool {
    let progress = deployment.condition("Progressing");
    has_deadline(deployment)
        && !progress.is_null()
        && progress["reason"].text() != "ProgressDeadlineExceeded"
        && !deployment["spec"]["paused"].is_true()
        && !is_complete(deployment, &deployment["status"])
}

/// Whether a status is that of a Deployment of which everything is new and available.
///
/// Source: `DeploymentComplete`.
pub(super) fn is_complete(deployment: &Object, status: &Value) -> bool {
    let wanted = wanted(deployment);
    let all = ["updatedReplicas", "replicas", "availableReplicas"];
    all.iter().all(|count| status[*count].count() == wanted)
        && status["observedGeneration"].count() >= deployment["metadata"]["generation"].count()
}

/// Sets a condition in the status, unless it has that status and reason already.
pub(super) fn tell(deployment: &mut Object, kind: &str, status: &str, reason: &str, message: &str) {
    let mut told = deployment["status"].clone();
    condition::turn(&mut told, condition(kind, status, reason, message));
    deployment.set(&["status"], told);
}

/// Only notes that the present generation was seen: all that is done for a Deployment that selects everything.
pub(super) fn observe(client: &mut Client<'_>, mut deployment: Object) -> Result<(), Halt> {
    let generation = deployment["metadata"]["generation"].count();
    if deployment["status"]["observedGeneration"].count() < generation {
        deployment.set(&["status", "observedGeneration"], generation);
        let _ = client.update_status(deployment)?;
    }
    Ok(())
}

/// Tells that the Deployment was paused or resumed.
///
/// Source: `checkPausedConditions`.
pub(super) fn tell_pause(client: &mut Client<'_>, deployment: &mut Object) -> Result<(), Halt> {
    if !has_deadline(deployment) {
        return Ok(());
    }
    let reason = deployment.condition("Progressing")["reason"].text();
    if reason == "ProgressDeadlineExceeded" {
        return Ok(());
    }
    let (is_paused, was_paused) = (deployment["spec"]["paused"].is_true(), reason == "DeploymentPaused");
    if is_paused == was_paused {
        return Ok(());
    }
    let (reason, message) = if is_paused {
        ("DeploymentPaused", "Deployment is paused")
    } else {
        ("DeploymentResumed", "Deployment is resumed")
    };
    tell(deployment, "Progressing", "Unknown", reason, message);
    client.because(message);
    client.update_status(deployment.clone())??;
    Ok(())
}

/// Writes the status of a Deployment that is not rolling out.
///
/// Source: `syncDeploymentStatus`.
pub(super) fn sync(client: &mut Client<'_>, deployment: Object, sets: &Sets) -> Result<(), Halt> {
    let status = calculated(&deployment, sets);
    write(client, deployment, status)
}

/// Writes the status of a Deployment that is rolling out or has done so, with its progress.
///
/// Source: `syncRolloutStatus`.
pub(super) fn sync_rollout(
    client: &mut Client<'_>,
    deployment: Object,
    sets: &Sets,
    deadline: Deadline,
) -> Result<(), Halt> {
    let mut status = calculated(&deployment, sets);
    if has_deadline(&deployment) {
        tell_progress(&deployment, sets, &mut status, deadline);
    } else {
        condition::remove(&mut status, "Progressing");
    }
    match failure(sets) {
        Some(failure) => condition::turn(&mut status, failure),
        None => condition::remove(&mut status, "ReplicaFailure"),
    }
    write(client, deployment, status)
}

fn tell_progress(deployment: &Object, sets: &Sets, status: &mut Value, deadline: Deadline) {
    let now = deployment.condition("Progressing");
    let is_one = status["replicas"].count() == status["updatedReplicas"].count();
    if is_one && now["reason"].text() == "NewReplicaSetAvailable" {
        // The rollout is over; replicas that come and go are no progress.
        return;
    }
    let whose = match &sets.new {
        Some(new) => format!("ReplicaSet {:?}", new.name()),
        None => format!("Deployment {:?}", deployment.name()),
    };
    if is_complete(deployment, status) {
        let text = format!("{whose} has successfully progressed.");
        condition::turn(status, condition("Progressing", "True", "NewReplicaSetAvailable", &text));
    } else if is_progress(&deployment["status"], status) {
        let text = format!("{whose} is progressing.");
        condition::replace(status, condition("Progressing", "True", "ReplicaSetUpdated", &text));
    } else if deadline == Deadline::Passed && is_timed_out(now) {
        let text = format!("{whose} has timed out progressing.");
        condition::turn(status, condition("Progressing", "False", "ProgressDeadlineExceeded", &text));
    }
}

/// Whether a condition is that of a rollout which began, and which is not over, when the deadline has passed.
///
/// Source: `DeploymentTimedOut`.
fn is_timed_out(progress: &Value) -> bool {
    !progress.is_null() && progress["reason"].text() != "NewReplicaSetAvailable"
}

/// Whether the counts moved towards the end of the rollout.
///
/// Source: `DeploymentProgressing`.
fn is_progress(before: &Value, after: &Value) -> bool {
    let old = |status: &Value| status["replicas"].count() - status["updatedReplicas"].count();
    let more = |count: &str| after[count].count() > before[count].count();
    more("updatedReplicas") || old(after) < old(before) || more("readyReplicas") || more("availableReplicas")
}

/// The first failure that a ReplicaSet reports, the new one before the old ones.
///
/// Source: `getReplicaFailures`.
fn failure(sets: &Sets) -> Option<Value> {
    sets.new
        .iter()
        .chain(&sets.old)
        .map(|set| set.condition("ReplicaFailure"))
        .find(|failure| !failure.is_null())
        .cloned()
}

/// The status that follows from those of the ReplicaSets.
///
/// Source: `calculateStatus`.
fn calculated(deployment: &Object, sets: &Sets) -> Value {
    let mut status = counts(deployment, sets);
    for field in ["collisionCount", "conditions"] {
        let kept = &deployment["status"][field];
        if !kept.is_null() {
            status.set(&[field], kept.clone());
        }
    }
    let least = wanted(deployment) - scale::slack(deployment);
    let (value, reason, text) = if status["availableReplicas"].count() >= least {
        let text = "Deployment has minimum availability.";
        ("True", "MinimumReplicasAvailable", text)
    } else {
        let text = "Deployment does not have minimum availability.";
        ("False", "MinimumReplicasUnavailable", text)
    };
    condition::turn(&mut status, condition("Available", value, reason, text));
    status
}

/// The counts alone. Those that are zero are left out, but for the Pods on their way out.
fn counts(deployment: &Object, sets: &Sets) -> Value {
    let available = reported(sets.all(), "availableReplicas");
    let generation = deployment["metadata"]["generation"].count();
    let mut status = Value::map();
    for (field, count) in [
        ("observedGeneration", generation),
        ("replicas", reported(sets.all(), "replicas")),
        ("updatedReplicas", reported(&sets.new, "replicas")),
        ("readyReplicas", reported(sets.all(), "readyReplicas")),
        ("availableReplicas", available),
        ("unavailableReplicas", (total(sets.all()) - available).max(0)),
    ] {
        if count != 0 {
            status.set(&[field], count);
        }
    }
    if let Some(terminating) = terminating(sets) {
        status.set(&["terminatingReplicas"], terminating);
    }
    status
}

/// How many Pods are on their way out; none if a ReplicaSet that was seen by its controller does not tell.
///
/// Source: `GetTerminatingReplicaCountForReplicaSets`.
fn terminating(sets: &Sets) -> Option<i64> {
    let mut sum = 0;
    for set in sets.all() {
        match set["status"]["terminatingReplicas"].as_int() {
            Some(count) => sum += count,
            None if set["status"]["observedGeneration"].count() == 0 => {}
            None => return None,
        }
    }
    Some(sum)
}

fn write(client: &mut Client<'_>, mut deployment: Object, status: Value) -> Result<(), Halt> {
    if deployment["status"] != status {
        client.because(format!("the ReplicaSets of {} changed", deployment.key()));
        deployment.set(&["status"], status);
        client.update_status(deployment)??;
    }
    Ok(())
}
