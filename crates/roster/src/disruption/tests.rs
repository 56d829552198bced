//! What a budget says.
#![allow(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]

use super::{Disruptions, kind};
use crate::stage::Stage;
use evenkeel_control::{Controller, Event};
use evenkeel_object::{Key, Object, Value, json};

fn budget(name: &str, spec: serde_json::Value) -> serde_json::Value {
    let mut spec = spec;
    spec["selector"] = json!({"matchLabels": {"app": "web"}});
    json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default", "generation": 1}, "spec": spec})
}

fn pod(name: &str, ready: bool, owner: Option<(&str, &str)>) -> serde_json::Value {
    let owners: Vec<_> = owner
        .map(|(kind, name)| {
            json!({"apiVersion": if kind == "Job" { "batch/v1" } else { "apps/v1" }, "kind": kind, "name": name,
                "uid": format!("{kind}/default/{name}#0"), "controller": true})
        })
        .into_iter()
        .collect();
    let status = if ready { "True" } else { "False" };
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}, "ownerReferences": owners},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": status}]}})
}

fn scalable(kind: &str, name: &str, replicas: i64, owner: Option<&str>) -> serde_json::Value {
    let mut object = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "default"}, "spec": {"replicas": replicas}});
    if let Some(owner) = owner {
        object["metadata"]["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": owner, "uid": format!("Deployment/default/{owner}#0"), "controller": true}]);
    }
    object
}

fn status(stage: &mut Stage, name: &str) -> Value {
    let key = Key::new(kind(), "default", name);
    stage.reconcile(&Disruptions, &key);
    assert!(stage.reconcile(&Disruptions, &key).is_empty(), "it says the same twice");
    stage.get(("policy", "PodDisruptionBudget"), name)["status"].clone()
}

#[test]
fn a_minimum_counts_the_pods_that_are_there() {
    let mut stage = Stage::of([
        budget("p", json!({"minAvailable": 2})),
        pod("a", true, None),
        pod("b", true, None),
        pod("c", false, None),
    ]);
    let expect = json!({
        "conditions": [{"type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods", "message": "", "observedGeneration": 1}],
        "currentHealthy": 2, "desiredHealthy": 2, "disruptionsAllowed": 0, "expectedPods": 3, "observedGeneration": 1,
    });
    assert_eq!(status(&mut stage, "p"), Value::from(expect));
}

#[test]
fn a_maximum_counts_what_the_deployment_asks_for() {
    let mut stage = Stage::of([
        budget("p", json!({"maxUnavailable": "25%"})),
        scalable("Deployment", "web", 5, None),
        scalable("ReplicaSet", "web-1", 4, Some("web")),
        pod("a", true, Some(("ReplicaSet", "web-1"))),
    ]);
    let status = status(&mut stage, "p");
    assert_eq!([status["expectedPods"].count(), status["desiredHealthy"].count()], [5, 3]);
}

#[test]
fn without_a_scale_nothing_is_allowed_and_the_condition_says_why() {
    let mut stage = Stage::of([budget("p", json!({"maxUnavailable": 1})), pod("a", true, Some(("Job", "j")))]);
    let status = status(&mut stage, "p");
    assert_eq!(status["conditions"][0]["message"].text(), "jobs.batch does not implement the scale subresource");
    assert_eq!(status["disruptionsAllowed"].count(), 0);
}

#[test]
fn of_two_budgets_on_the_same_pods_only_one_is_woken() {
    let mut stage = Stage::of([budget("p1", json!({})), budget("p2", json!({}))]);
    let event = Event { before: None, after: Some(Object::from(pod("a", true, None))) };
    assert_eq!(Disruptions.woken(&event, &mut stage.memory), [Key::new(kind(), "default", "p1")]);
}

#[test]
fn a_pod_that_was_evicted_does_not_count_as_healthy() {
    let mut guarded = budget("p", json!({"minAvailable": 1}));
    guarded["status"] = json!({"disruptedPods": {"a": "1970-01-01T00:00:00Z", "gone": "1970-01-01T00:00:00Z"}});
    let mut stage = Stage::of([guarded, pod("a", true, None), pod("b", true, None)]);
    let status = status(&mut stage, "p");
    assert_eq!(status["currentHealthy"].count(), 1);
    assert_eq!(status["disruptedPods"], Value::from(json!({"a": "1970-01-01T00:00:00Z"})));
}
