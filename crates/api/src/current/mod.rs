//! Whether an object is as it should be, as `kstatus` has it: the rules by which kpt, Flux and Argo-like tools wait for objects.
//!
//! * `workload`: the kinds that run Pods, and Pods; the other kinds with rules of their own are here

#[cfg(test)]
mod tests;
mod workload;

use evenkeel_object::{Object, Value};

use Currency::{Current, Failed, InProgress, Terminating};

/// How far an object is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Currency {
    /// It is what was asked for.
    Current,
    /// It is not there yet; says what is waited for, e.g. `updated 1 of 3`.
    InProgress(String),
    /// It is not there, and its controller says that it will not get there by itself; says why.
    Failed(String),
    /// Its deletion was asked for, and something still holds it.
    Terminating,
}

/// How far an object is, judged by itself alone: first by what all kinds have in common, then by the rules of its kind, then by its condition
/// `Ready`. What has none of these is current.
///
/// Every object is judged in the same manner, owned or not. A Pod that a controller made counts as much as the controller's own object: to leave
/// owned objects out (their owner's counts tell of them) is up to the caller. The words `Current` and `Failed` are those of kstatus and can
/// surprise: a Pod that has failed and a Job that still runs are current; a Deployment beyond its progress deadline has failed, though it may
/// still recover; a ReplicaSet whose Pods are refused is in progress; a Service without endpoints, or of type LoadBalancer without a load
/// balancer, is current; an object that no controller has touched yet and whose kind has no rules is current.
///
/// Where the model is simpler: there is no time, so a Pod that cannot be scheduled has failed at once, not after 15 seconds. Counts that are left
/// out read as zero, also `desiredNumberScheduled` of a DaemonSet, which Kubernetes always writes. An unknown phase of a Pod, which is an error
/// there, has failed here. The extinct group `extensions` is left out.
// https://github.com/kubernetes-sigs/cli-utils/blob/v0.37.2/pkg/kstatus/status/status.go: Compute
// https://github.com/kubernetes-sigs/cli-utils/blob/v0.37.2/pkg/kstatus/status/core.go: GetLegacyConditionsFn
pub fn current(object: &Object) -> Currency {
    if let Some(known) = generic(object) {
        return known;
    }
    let kind = object.kind();
    match (&*kind.group, &*kind.name) {
        ("", "Secret" | "ConfigMap") | ("batch", "CronJob") => Current,
        ("policy", "PodDisruptionBudget") => Current,
        ("", "Service") => service(object),
        ("", "PersistentVolumeClaim") => claim(object),
        ("", "Pod") => workload::pod(object),
        ("apps", "Deployment") => workload::deployment(object),
        ("apps", "ReplicaSet") => workload::replica_set(object),
        ("apps", "StatefulSet") => workload::stateful_set(object),
        ("apps", "DaemonSet") => workload::daemon_set(object),
        ("batch", "Job") => workload::job(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        _ => ready(object),
    }
}

/// What can be told of any kind; none if only its own rules can tell.
// https://github.com/kubernetes-sigs/cli-utils/blob/v0.37.2/pkg/kstatus/status/generic.go: checkGenericProperties, checkGeneration
fn generic(object: &Object) -> Option<Currency> {
    if object.is_terminating() {
        return Some(Terminating);
    }
    let generation = object["metadata"]["generation"].as_int();
    let observed = object["status"]["observedGeneration"].as_int();
    if let (Some(generation), Some(observed)) = (generation, observed)
        && generation != observed
    {
        return Some(InProgress("its controller has not seen the latest change".to_owned()));
    }
    conditions(object).filter(|condition| condition["status"].text() == "True").find_map(|condition| {
        match condition["type"].text() {
            "Reconciling" => Some(InProgress(told(condition))),
            "Stalled" => Some(Failed(told(condition))),
            _ => None,
        }
    })
}

/// The rule for kinds without rules.
// https://github.com/kubernetes-sigs/cli-utils/blob/v0.37.2/pkg/kstatus/status/status.go: checkReadyCondition
fn ready(object: &Object) -> Currency {
    conditions(object)
        .filter(|condition| condition["type"].text() == "Ready")
        .find_map(|condition| match condition["status"].text() {
            "True" => Some(Current),
            "False" | "Unknown" => Some(InProgress(told(condition))),
            _ => None,
        })
        .unwrap_or(Current)
}

// https://github.com/kubernetes-sigs/cli-utils/blob/v0.37.2/pkg/kstatus/status/core.go: serviceConditions
fn service(object: &Object) -> Currency {
    let spec = &object["spec"];
    if spec["type"].text() == "LoadBalancer" && spec["clusterIP"].text().is_empty() {
        return waits("a cluster IP");
    }
    Current
}

// https://github.com/kubernetes-sigs/cli-utils/blob/v0.37.2/pkg/kstatus/status/core.go: pvcConditions
fn claim(object: &Object) -> Currency {
    match object["status"]["phase"].text() {
        "Bound" => Current,
        "" => InProgress("not bound".to_owned()),
        phase => InProgress(format!("not bound, phase {phase}")),
    }
}

// https://github.com/kubernetes-sigs/cli-utils/blob/v0.37.2/pkg/kstatus/status/core.go: crdConditions
fn definition(object: &Object) -> Currency {
    conditions(object)
        .find_map(|condition| {
            let reason = condition["reason"].text();
            match (condition["type"].text(), condition["status"].text()) {
                ("NamesAccepted", "False") => Some(Failed(told(condition))),
                ("Established", "False") if reason != "Installing" => Some(Failed(told(condition))),
                ("Established", "True") => Some(Current),
                _ => None,
            }
        })
        .unwrap_or_else(|| waits("the definition to be established"))
}

fn conditions(object: &Object) -> impl Iterator<Item = &Value> {
    object["status"]["conditions"].items().iter()
}

fn waits(what: &str) -> Currency {
    InProgress(format!("waits for {what}"))
}

/// What a condition says, in as few words as it has.
fn told(condition: &Value) -> String {
    let (reason, message) = (condition["reason"].text(), condition["message"].text());
    match (reason, message) {
        ("", "") => condition["type"].text().to_owned() + " is " + condition["status"].text(),
        (reason, "") => reason.to_owned(),
        ("", message) => message.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}
