//! The rules of the kinds that run Pods, and of Pods.
//!
//! As <https://github.com/kubernetes-sigs/cli-utils/blob/v0.37.2/pkg/kstatus/status/core.go>, function by function; the order of the questions
//! decides which answer is given.

use evenkeel_object::{Object, Value};

use super::Currency::{self, Current, Failed, InProgress};
use super::{conditions, told, waits};

// core.go: deploymentConditions
pub(super) fn deployment(object: &Object) -> Currency {
    let (spec, status) = (&object["spec"], &object["status"]);
    // Without a deadline the controller never says that it progresses.
    let deadline = spec["progressDeadlineSeconds"].as_int();
    let mut progressed = deadline.is_none_or(|seconds| seconds == i64::from(i32::MAX));
    let mut available = false;
    for condition in conditions(object) {
        let is_true = condition["status"].text() == "True";
        match (condition["type"].text(), condition["reason"].text()) {
            ("Progressing", "ProgressDeadlineExceeded") => return Failed(told(condition)),
            ("Progressing", "NewReplicaSetAvailable") => progressed |= is_true,
            ("Available", _) => available |= is_true,
            _ => {}
        }
    }
    let wanted = wanted(object);
    if spec["paused"].is_true() {
        return paused(status, wanted);
    }
    let updated = status["updatedReplicas"].count();
    short("replicas", status["replicas"].count(), wanted)
        .or_else(|| short("updated", updated, wanted))
        .or_else(|| surplus(status["replicas"].count(), wanted))
        .or_else(|| short("available", status["availableReplicas"].count(), updated))
        .or_else(|| short("ready", status["readyReplicas"].count(), wanted))
        .or_else(|| (!progressed).then(|| waits("the rollout to be complete")))
        .or_else(|| (!available).then(|| waits("the condition Available")))
        .unwrap_or(Current)
}

/// Who pauses a Deployment wants it to stay as it is, so it need not be of the newest template. (Here alone core.go is not followed: it waits for what cannot
/// come.)
fn paused(status: &Value, wanted: i64) -> Currency {
    short("replicas", status["replicas"].count(), wanted)
        .or_else(|| surplus(status["replicas"].count(), wanted))
        .or_else(|| short("available", status["availableReplicas"].count(), wanted))
        .or_else(|| short("ready", status["readyReplicas"].count(), wanted))
        .unwrap_or(Current)
}

// core.go: replicasetConditions
pub(super) fn replica_set(object: &Object) -> Currency {
    if object.is_condition_true("ReplicaFailure") {
        return InProgress(told(object.condition("ReplicaFailure")));
    }
    let (status, wanted) = (&object["status"], wanted(object));
    short("labelled", status["fullyLabeledReplicas"].count(), wanted)
        .or_else(|| short("available", status["availableReplicas"].count(), wanted))
        .or_else(|| short("ready", status["readyReplicas"].count(), wanted))
        .or_else(|| surplus(status["replicas"].count(), wanted))
        .unwrap_or(Current)
}

// core.go: stsConditions
pub(super) fn stateful_set(object: &Object) -> Currency {
    let strategy = &object["spec"]["updateStrategy"];
    if strategy["type"].text() == "OnDelete" {
        // Its owner replaces the Pods when he likes.
        return Current;
    }
    let (status, wanted) = (&object["status"], wanted(object));
    let replicas = status["replicas"].count();
    let counted = short("replicas", replicas, wanted)
        .or_else(|| short("ready", status["readyReplicas"].count(), wanted))
        .or_else(|| surplus(replicas, wanted));
    if let Some(counted) = counted {
        return counted;
    }
    if let Some(partition) = strategy["rollingUpdate"]["partition"].as_int() {
        let due = wanted.saturating_sub(partition);
        return short("updated", status["updatedReplicas"].count(), due).unwrap_or(Current);
    }
    let is_even = status["currentRevision"].text() == status["updateRevision"].text();
    short("current", status["currentReplicas"].count(), wanted)
        .or_else(|| (!is_even).then(|| waits("the update to be complete")))
        .unwrap_or(Current)
}

// core.go: daemonsetConditions, checkGenerationSet
pub(super) fn daemon_set(object: &Object) -> Currency {
    let status = &object["status"];
    let is_unseen = |field: &Value| field.as_int().is_none();
    if is_unseen(&object["metadata"]["generation"]) || is_unseen(&status["observedGeneration"]) {
        return InProgress("its controller has not seen it".to_owned());
    }
    let wanted = status["desiredNumberScheduled"].count();
    [
        ("scheduled", "currentNumberScheduled"),
        ("updated", "updatedNumberScheduled"),
        ("available", "numberAvailable"),
        ("ready", "numberReady"),
    ]
    .into_iter()
    .find_map(|(word, field)| short(word, status[field].count(), wanted))
    .unwrap_or(Current)
}

// core.go: jobConditions
pub(super) fn job(object: &Object) -> Currency {
    for condition in conditions(object) {
        match (condition["type"].text(), condition["status"].text()) {
            ("Complete", "True") => return Current,
            ("Failed", "True") => return Failed(told(condition)),
            // It is to stand still, and does.
            ("Suspended", "True") => return Current,
            _ => {}
        }
    }
    if object["status"]["startTime"].text().is_empty() {
        return InProgress("not started".to_owned());
    }
    Current
}

// core.go: podConditions
pub(super) fn pod(object: &Object) -> Currency {
    match object["status"]["phase"].text() {
        // To have failed is an end like any other: what to make of it is up to the Pod's owner.
        "Succeeded" | "Failed" => Current,
        "Running" => running(object),
        "Pending" => pending(object),
        "" => waits("a first status"),
        phase => Failed(format!("unknown phase {phase}")),
    }
}

fn running(object: &Object) -> Currency {
    let is_ready = |condition: &Value| condition["type"].text() == "Ready" && condition["status"].text() == "True";
    if conditions(object).any(is_ready) {
        return Current;
    }
    let containers = object["status"]["containerStatuses"].items().iter();
    let crashing: Vec<&str> = containers
        .filter(|container| container.at(&["state", "waiting", "reason"]).text() == "CrashLoopBackOff")
        .map(|container| container["name"].text())
        .collect();
    if crashing.is_empty() {
        InProgress("not ready".to_owned())
    } else {
        Failed(format!("crashes again and again: {}", crashing.join(", ")))
    }
}

fn pending(object: &Object) -> Currency {
    let refused = conditions(object)
        .find(|condition| condition["type"].text() == "PodScheduled" && condition["status"].text() == "False");
    match refused {
        Some(condition) if condition["reason"].text() == "Unschedulable" => Failed(told(condition)),
        _ => InProgress("pending".to_owned()),
    }
}

fn wanted(object: &Object) -> i64 {
    object["spec"]["replicas"].as_int().unwrap_or(1)
}

/// Waiting for more, if there are too few.
fn short(word: &str, found: i64, wanted: i64) -> Option<Currency> {
    (wanted > found).then(|| InProgress(format!("{word} {found} of {wanted}")))
}

/// Waiting for fewer, if there are too many.
fn surplus(found: i64, wanted: i64) -> Option<Currency> {
    let surplus = found.saturating_sub(wanted);
    (surplus > 0).then(|| InProgress(format!("{surplus} more to go")))
}
