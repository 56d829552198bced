use evenkeel_object::{Object, json};

use super::{Currency, current};

const KINDS: [(&str, &str); 10] = [
    ("Deployment", "apps/v1"),
    ("ReplicaSet", "apps/v1"),
    ("StatefulSet", "apps/v1"),
    ("DaemonSet", "apps/v1"),
    ("Job", "batch/v1"),
    ("CronJob", "batch/v1"),
    ("PodDisruptionBudget", "policy/v1"),
    ("CustomResourceDefinition", "apiextensions.k8s.io/v1"),
    ("Widget", "example.com/v1"),
    ("HorizontalPodAutoscaler", "autoscaling/v2"),
];

/// Judges an object of that kind with these fields.
fn check(kind: &str, fields: serde_json::Value, expect: &str) {
    let version = KINDS.iter().find(|(known, _)| *known == kind);
    let mut object = Object::from(fields);
    object.set(&["apiVersion"], version.map_or("v1", |(_, version)| version));
    object.set(&["kind"], kind);
    let told = match current(&object) {
        Currency::Current => "current".to_owned(),
        Currency::InProgress(what) => what,
        Currency::Failed(why) => format!("FAILED {why}"),
        Currency::Terminating => "terminating".to_owned(),
    };
    assert_eq!(told, expect, "{object:?}");
}

#[test]
fn what_all_kinds_have_in_common_comes_first() {
    let time = "1970-01-01T00:00:00Z";
    check("ConfigMap", json!({"metadata": {"deletionTimestamp": time}}), "terminating");
    let behind = "its controller has not seen the latest change";
    check("Widget", json!({"metadata": {"generation": 2}, "status": {"observedGeneration": 1}}), behind);
    check("PodDisruptionBudget", json!({"metadata": {"generation": 2}, "status": {"observedGeneration": 1}}), behind);
    check("Widget", json!({"metadata": {"generation": 2}}), "current");
    let condition = |kind: &str, status: &str| json!({"status": {"conditions": [{"type": kind, "status": status, "reason": "Busy", "message": "so"}]}});
    check("Widget", condition("Reconciling", "True"), "Busy: so");
    check("Widget", condition("Stalled", "True"), "FAILED Busy: so");
    check("Widget", condition("Stalled", "False"), "current");
    check("ConfigMap", condition("Reconciling", "True"), "Busy: so");
}

#[test]
fn a_kind_without_rules_is_judged_by_its_condition_ready() {
    let ready = |status: &str| json!({"status": {"conditions": [{"type": "Ready", "status": status}]}});
    check("Widget", ready("True"), "current");
    check("Widget", ready("False"), "Ready is False");
    check("Widget", ready("Unknown"), "Ready is Unknown");
    check("Widget", ready("Maybe"), "current");
    check("Node", ready("False"), "Ready is False");
    check("Widget", json!({}), "current");
    check(
        "HorizontalPodAutoscaler",
        json!({"status": {"conditions": [{"type": "ScalingActive", "status": "False"}]}}),
        "current",
    );
    check("ConfigMap", ready("False"), "current");
    check("Secret", ready("False"), "current");
    check("CronJob", ready("False"), "current");
}

fn deployment(counts: [i64; 4], progressing: &str) -> serde_json::Value {
    let [replicas, updated, ready, available] = counts;
    json!({
        "spec": {"replicas": 3, "progressDeadlineSeconds": 600},
        "status": {
            "replicas": replicas, "updatedReplicas": updated, "readyReplicas": ready, "availableReplicas": available,
            "conditions": [
                {"type": "Available", "status": if available > 1 { "True" } else { "False" }},
                {"type": "Progressing", "status": "True", "reason": progressing},
            ],
        },
    })
}

#[test]
fn deployments() {
    let going = "ReplicaSetUpdated";
    check("Deployment", deployment([0, 0, 0, 0], going), "replicas 0 of 3");
    check("Deployment", deployment([3, 1, 3, 3], going), "updated 1 of 3");
    check("Deployment", deployment([4, 3, 3, 3], going), "1 more to go");
    check("Deployment", deployment([3, 3, 3, 1], going), "available 1 of 3");
    check("Deployment", deployment([3, 3, 1, 3], going), "ready 1 of 3");
    check("Deployment", deployment([3, 3, 3, 3], going), "waits for the rollout to be complete");
    check("Deployment", deployment([3, 3, 3, 3], "NewReplicaSetAvailable"), "current");
    check("Deployment", deployment([3, 1, 3, 3], "ProgressDeadlineExceeded"), "FAILED ProgressDeadlineExceeded");
    let mut idle = deployment([0, 0, 0, 0], "NewReplicaSetAvailable");
    idle["spec"]["replicas"] = json!(0);
    check("Deployment", idle, "waits for the condition Available");
    check("Deployment", json!({}), "replicas 0 of 1");
    let mut paused = deployment([3, 0, 3, 3], "DeploymentPaused");
    paused["spec"]["paused"] = json!(true);
    check("Deployment", paused.clone(), "current");
    paused["spec"]["replicas"] = json!(5);
    check("Deployment", paused, "replicas 3 of 5");
    let mut endless = deployment([3, 3, 3, 3], going);
    endless["spec"]["progressDeadlineSeconds"] = json!(i32::MAX);
    check("Deployment", endless, "current");
}

#[test]
fn replica_sets() {
    let set = |labelled: i64, available: i64, ready: i64, replicas: i64| {
        json!({"spec": {"replicas": 2}, "status": {
            "fullyLabeledReplicas": labelled, "availableReplicas": available, "readyReplicas": ready, "replicas": replicas,
        }})
    };
    check("ReplicaSet", set(0, 0, 0, 0), "labelled 0 of 2");
    check("ReplicaSet", set(2, 1, 1, 2), "available 1 of 2");
    check("ReplicaSet", set(2, 2, 1, 2), "ready 1 of 2");
    check("ReplicaSet", set(3, 3, 3, 3), "1 more to go");
    check("ReplicaSet", set(2, 2, 2, 2), "current");
    check("ReplicaSet", json!({"spec": {"replicas": 0}}), "current");
    check(
        "ReplicaSet",
        json!({"status": {"conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}]}}),
        "FailedCreate",
    );
}

#[test]
fn stateful_sets() {
    let set = |partition: serde_json::Value, status: serde_json::Value| json!({"spec": {"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": partition}}, "status": status});
    let zero = || json!({"partition": 0});
    check("StatefulSet", set(zero(), json!({"replicas": 1})), "replicas 1 of 3");
    check("StatefulSet", set(zero(), json!({"replicas": 3, "readyReplicas": 2})), "ready 2 of 3");
    check("StatefulSet", set(zero(), json!({"replicas": 4, "readyReplicas": 4})), "1 more to go");
    check(
        "StatefulSet",
        set(zero(), json!({"replicas": 3, "readyReplicas": 3, "updatedReplicas": 1})),
        "updated 1 of 3",
    );
    check(
        "StatefulSet",
        set(json!({"partition": 2}), json!({"replicas": 3, "readyReplicas": 3, "updatedReplicas": 1})),
        "current",
    );
    check(
        "StatefulSet",
        set(json!(null), json!({"replicas": 3, "readyReplicas": 3, "currentReplicas": 1})),
        "current 1 of 3",
    );
    let apart =
        json!({"replicas": 3, "readyReplicas": 3, "currentReplicas": 3, "currentRevision": "a", "updateRevision": "b"});
    check("StatefulSet", set(json!(null), apart), "waits for the update to be complete");
    check("StatefulSet", json!({"spec": {"updateStrategy": {"type": "OnDelete"}}}), "current");
}

#[test]
fn daemon_sets() {
    let set = |counts: [i64; 4]| {
        json!({"metadata": {"generation": 1}, "status": {
            "observedGeneration": 1, "desiredNumberScheduled": 2, "currentNumberScheduled": counts[0],
            "updatedNumberScheduled": counts[1], "numberAvailable": counts[2], "numberReady": counts[3],
        }})
    };
    check("DaemonSet", json!({"metadata": {"generation": 1}}), "its controller has not seen it");
    check("DaemonSet", set([1, 1, 1, 1]), "scheduled 1 of 2");
    check("DaemonSet", set([2, 1, 2, 2]), "updated 1 of 2");
    check("DaemonSet", set([2, 2, 0, 0]), "available 0 of 2");
    check("DaemonSet", set([2, 2, 2, 1]), "ready 1 of 2");
    check("DaemonSet", set([2, 2, 2, 2]), "current");
    check("DaemonSet", json!({"metadata": {"generation": 1}, "status": {"observedGeneration": 1}}), "current");
}

#[test]
fn jobs_are_current_from_their_start() {
    let ended = |kind: &str| json!({"status": {"conditions": [{"type": kind, "status": "True", "reason": "BackoffLimitExceeded"}]}});
    check("Job", json!({"spec": {"suspend": true}}), "not started");
    check("Job", json!({"status": {"startTime": "1970-01-01T00:00:00Z", "active": 1}}), "current");
    check("Job", ended("Complete"), "current");
    check("Job", ended("Suspended"), "current");
    check("Job", ended("Failed"), "FAILED BackoffLimitExceeded");
    check("Job", ended("FailureTarget"), "not started");
}

#[test]
fn pods() {
    let pod =
        |phase: &str, condition: serde_json::Value| json!({"status": {"phase": phase, "conditions": [condition]}});
    let none = || json!({"type": "Initialized", "status": "True"});
    check("Pod", json!({}), "waits for a first status");
    check("Pod", pod("Pending", none()), "pending");
    let refused = |reason: &str| json!({"type": "PodScheduled", "status": "False", "reason": reason});
    check("Pod", pod("Pending", refused("Unschedulable")), "FAILED Unschedulable");
    check("Pod", pod("Pending", refused("SchedulingGated")), "pending");
    check("Pod", pod("Running", none()), "not ready");
    check("Pod", pod("Running", json!({"type": "Ready", "status": "True"})), "current");
    check("Pod", pod("Succeeded", none()), "current");
    check("Pod", pod("Failed", none()), "current");
    check("Pod", pod("Odd", none()), "FAILED unknown phase Odd");
    let crashing = json!([{"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}, {"name": "b", "state": {"running": {}}}]);
    check(
        "Pod",
        json!({"status": {"phase": "Running", "containerStatuses": crashing}}),
        "FAILED crashes again and again: a",
    );
}

#[test]
fn the_other_kinds_with_rules_of_their_own() {
    check("Service", json!({"spec": {"type": "ClusterIP"}}), "current");
    check("Service", json!({"spec": {"type": "LoadBalancer"}}), "waits for a cluster IP");
    check("Service", json!({"spec": {"type": "LoadBalancer", "clusterIP": "clusterip:web"}}), "current");
    check("PersistentVolumeClaim", json!({}), "not bound");
    check("PersistentVolumeClaim", json!({"status": {"phase": "Pending"}}), "not bound, phase Pending");
    check("PersistentVolumeClaim", json!({"status": {"phase": "Bound"}}), "current");
    check("PodDisruptionBudget", json!({}), "current");
    let definition = |kind: &str, status: &str, reason: &str| json!({"status": {"conditions": [{"type": kind, "status": status, "reason": reason}]}});
    check("CustomResourceDefinition", json!({}), "waits for the definition to be established");
    check(
        "CustomResourceDefinition",
        definition("Established", "False", "Installing"),
        "waits for the definition to be established",
    );
    check("CustomResourceDefinition", definition("Established", "False", "NotAccepted"), "FAILED NotAccepted");
    check("CustomResourceDefinition", definition("NamesAccepted", "False", "PluralConflict"), "FAILED PluralConflict");
    check("CustomResourceDefinition", definition("Established", "True", "InitialNamesAccepted"), "current");
}
