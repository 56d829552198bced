//! What a kubelet tells of a Pod.

use evenkeel_object::{Object, Value, json};

use super::Outcome;
use super::admission::Refusal;
use crate::condition::{self, condition};
use crate::nodes::was_admitted;
use crate::pods::quality_of_service;
use crate::template::phase;

/// The only time there is.
const TIME: &str = "1970-01-01T00:00:00Z";

/// The status of a Pod that was refused.
///
/// Source: `rejectPod`. That it has no time of start tells it from a Pod that was let in.
pub(super) fn refused(pod: &Object, refusal: &Refusal) -> Value {
    Value::from(json!({
        "phase": "Failed", "reason": refusal.reason, "message": format!("Pod was rejected: {}", refusal.message),
        "qosClass": quality_of_service(pod),
    }))
}

/// What the status of a Pod that was let in becomes next: first it runs, then it ends, if it does.
pub(super) fn next(pod: &Object, outcome: &Outcome) -> Value {
    let policy = pod["spec"]["restartPolicy"].text();
    let has_run = was_admitted(pod) && phase(pod) == "Running";
    match (outcome, policy) {
        (Outcome::Ready, _) => running(pod, &running_state(), Readiness::Ready),
        (Outcome::NeverReady, _) => running(pod, &running_state(), Readiness::Unready),
        (Outcome::NeverStarts | Outcome::Rejected(_), _) => {
            let mut status = running(pod, &waiting("ImagePullBackOff"), Readiness::Unready);
            status.set(&["phase"], "Pending");
            status
        }
        (Outcome::Succeeds, "Never" | "OnFailure") if has_run => ended(pod, "Succeeded", 0),
        (Outcome::Succeeds, "Never" | "OnFailure") => running(pod, &running_state(), Readiness::Ready),
        (Outcome::Fails(code), "Never") if has_run => ended(pod, "Failed", *code),
        (Outcome::Fails(_), "Never") => running(pod, &running_state(), Readiness::Unready),
        (Outcome::Succeeds | Outcome::Fails(_), _) => running(pod, &waiting("CrashLoopBackOff"), Readiness::Unready),
    }
}

/// Whether the containers are ready.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readiness {
    Ready,
    Unready,
}

fn running_state() -> Value {
    Value::from(json!({"running": {}}))
}

fn waiting(reason: &str) -> Value {
    Value::from(json!({"waiting": { "reason": reason }}))
}

fn running(pod: &Object, state: &Value, readiness: Readiness) -> Value {
    let is_ready = readiness == Readiness::Ready;
    let mut status = begun(pod);
    status.set(&["phase"], "Running");
    status.set(&["containerStatuses"], containers(pod, state, is_ready));
    for kind in ["Initialized", "PodScheduled"] {
        condition::replace(&mut status, condition(kind, "True", "", ""));
    }
    let unready = |reason: &str, message: &str| ("False", reason.to_owned(), message.to_owned());
    let names: Vec<&str> = container_names(pod);
    let message = format!("containers with unready status: [{}]", names.join(" "));
    let containers_ready =
        if is_ready { ("True", String::new(), String::new()) } else { unready("ContainersNotReady", &message) };
    let ready = match closed_gate(pod) {
        Some(gate) if is_ready => {
            let message = format!("the status of pod readiness gate {gate:?} is not \"True\"");
            unready("ReadinessGatesNotReady", &message)
        }
        _ => containers_ready.clone(),
    };
    for (kind, (value, reason, message)) in [("ContainersReady", containers_ready), ("Ready", ready)] {
        condition::replace(&mut status, condition(kind, value, &reason, &message));
    }
    status
}

/// The status of a Pod that has ended in that phase, its containers with that exit code.
pub(super) fn ended(pod: &Object, phase: &str, code: i64) -> Value {
    let (reason, why) = match phase {
        "Succeeded" => ("Completed", "PodCompleted"),
        _ => ("Error", "PodFailed"),
    };
    let state = Value::from(json!({"terminated": {"exitCode": code, "reason": reason}}));
    let mut status = begun(pod);
    status.set(&["phase"], phase);
    status.set(&["containerStatuses"], containers(pod, &state, false));
    let initialized = if phase == "Succeeded" { why } else { "" };
    for (kind, value, reason) in [
        ("Initialized", "True", initialized),
        ("PodScheduled", "True", ""),
        ("ContainersReady", "False", why),
        ("Ready", "False", why),
    ] {
        condition::replace(&mut status, condition(kind, value, reason, ""));
    }
    status
}

/// The status as it is, with what every Pod gets that is let in.
fn begun(pod: &Object) -> Value {
    let mut status = pod["status"].clone();
    let address = format!("ip:{}", pod.name());
    status.set(&["podIPs"], vec![Value::from(json!({ "ip": address }))]);
    status.set(&["podIP"], address);
    status.set(&["qosClass"], quality_of_service(pod));
    status.set(&["startTime"], TIME);
    status
}

fn container_names(pod: &Object) -> Vec<&str> {
    let containers = pod["spec"]["containers"].items().iter();
    containers.map(|container| container["name"].text()).collect()
}

fn containers(pod: &Object, state: &Value, is_ready: bool) -> Value {
    let containers = pod["spec"]["containers"].items().iter();
    Value::list(containers.map(|container| {
        let mut status = Value::from(json!({"restartCount": 0, "imageID": ""}));
        status.set(&["name"], container["name"].text());
        status.set(&["image"], container["image"].text());
        status.set(&["ready"], is_ready);
        // Without a startup probe, what runs has started. One that there is has succeeded: nobody tells here of one that has not.
        // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/prober/prober_manager.go#L287: isContainerStarted
        status.set(&["started"], !state["running"].is_null());
        status.set(&["state"], state.clone());
        status
    }))
}

/// The first readiness gate that nobody has opened.
fn closed_gate(pod: &Object) -> Option<&str> {
    let gates = pod["spec"]["readinessGates"].items().iter();
    gates.map(|gate| gate["conditionType"].text()).find(|gate| !pod.is_condition_true(gate))
}
