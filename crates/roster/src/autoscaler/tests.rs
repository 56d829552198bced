//! Autoscalers and their targets.

use evenkeel_object::{Key, Value, json};

use super::{Autoscalers, Load, Settings, kind};
use crate::stage::Stage;

const AUTOSCALER: (&str, &str) = ("autoscaling", "HorizontalPodAutoscaler");
const DEPLOYMENT: (&str, &str) = ("apps", "Deployment");

fn deployment(replicas: i64) -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}},
    })
}

fn pod() -> serde_json::Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default", "labels": {"app": "web"}}})
}

fn autoscaler(name: &str, least: i64, most: i64) -> serde_json::Value {
    json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": least, "maxReplicas": most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu"}}],
        },
    })
}

fn pass(stage: &mut Stage, name: &str, load: Load) -> Vec<String> {
    let key = Key::new(kind(), "default", name);
    stage.reconcile(&Autoscalers::new(Settings { load, pace: None }), &key)
}

fn replicas(stage: &Stage) -> i64 {
    stage.get(DEPLOYMENT, "web")["spec"]["replicas"].count()
}

/// The reason of a condition, and the condition's status.
fn told(stage: &Stage, name: &str, condition: &str) -> String {
    let autoscaler = stage.get(AUTOSCALER, name);
    let condition = autoscaler.condition(condition);
    format!("{} {}", condition["status"].text(), condition["reason"].text())
}

#[test]
fn bounds_are_enforced_without_metrics() {
    let mut stage = Stage::of([deployment(2), autoscaler("a", 5, 6), pod()]);
    assert_eq!(
        pass(&mut stage, "a", Load::Unknown),
        ["update scale Deployment/web", "update status HorizontalPodAutoscaler/a"]
    );
    assert_eq!(replicas(&stage), 5);
    let condition = |kind: &str, status: &str, reason: &str, message: &str| json!({"type": kind, "status": status, "reason": reason, "message": message});
    assert_eq!(
        stage.get(AUTOSCALER, "a")["status"],
        Value::from(json!({
            "currentReplicas": 2, "desiredReplicas": 5,
            "conditions": [
                condition("AbleToScale", "True", "SucceededRescale", "the HPA controller was able to update the target scale to 5"),
                condition("ScaledToZero", "False", "NotScaledToZero", "the HPA controller did not scale the workload to zero"),
            ],
        }))
    );
    pass(&mut stage, "a", Load::Unknown);
    assert_eq!(told(&stage, "a", "ScalingActive"), "False FailedGetResourceMetric");
    assert_eq!(told(&stage, "a", "AbleToScale"), "True SucceededGetScale");
    assert!(pass(&mut stage, "a", Load::Unknown).is_empty());
}

#[test]
fn two_with_bounds_that_do_not_meet_fight() {
    let mut stage = Stage::of([deployment(2), autoscaler("a", 5, 6), autoscaler("b", 2, 3), pod()]);
    let mut seen = Vec::new();
    for name in ["b", "a", "b", "a", "b"] {
        pass(&mut stage, name, Load::Unknown);
        seen.push(replicas(&stage));
    }
    assert_eq!(seen, [2, 5, 3, 5, 3]);
    // The first never came to ask for metrics, so the second knows nothing of it.
    assert_eq!(told(&stage, "b", "ScalingActive"), "False FailedGetResourceMetric");
}

#[test]
fn two_within_their_bounds_do_not_scale() {
    let mut stage = Stage::of([deployment(2), autoscaler("a", 2, 6), autoscaler("b", 2, 6), pod()]);
    for name in ["a", "b", "a"] {
        pass(&mut stage, name, Load::Constant(4));
    }
    // The first was alone when it first asked.
    assert_eq!(told(&stage, "a", "ScalingActive"), "False AmbiguousSelector");
    assert_eq!(
        stage.get(AUTOSCALER, "b").condition("ScalingActive")["message"].text(),
        "pods by selector app=web are controlled by more than one HPA (e.g. [default/a default/b])"
    );
    assert!(pass(&mut stage, "a", Load::Constant(4)).is_empty());
    // It may name them the other way round, and then has something to write.
    stage.choices = vec![1, 0];
    assert_eq!(pass(&mut stage, "a", Load::Constant(4)).len(), 1);
}

#[test]
fn a_constant_load_is_followed_no_faster_than_allowed() {
    let mut stage = Stage::of([deployment(2), autoscaler("a", 1, 20), pod()]);
    let mut seen = Vec::new();
    for _ in 0..4 {
        pass(&mut stage, "a", Load::Constant(12));
        seen.push(replicas(&stage));
    }
    assert_eq!(seen, [4, 8, 12, 12]);
    assert_eq!(told(&stage, "a", "ScalingLimited"), "False DesiredWithinRange");
    pass(&mut stage, "a", Load::Constant(30));
    assert_eq!(replicas(&stage), 20);
    assert_eq!(told(&stage, "a", "ScalingLimited"), "True TooManyReplicas");
}

#[test]
fn any_load_is_chosen_once_and_then_constant() {
    for (choice, expect) in [(0, 2), (2, 4)] {
        let mut stage = Stage::of([deployment(3), autoscaler("a", 2, 4), pod()]);
        stage.choices = vec![choice];
        pass(&mut stage, "a", Load::Any);
        assert_eq!(replicas(&stage), expect);
        stage.choices = vec![1];
        stage.change(DEPLOYMENT, "web", json!({"spec": {"replicas": 9}}));
        for _ in 0..3 {
            pass(&mut stage, "a", Load::Any);
        }
        assert_eq!(replicas(&stage), expect);
        assert_eq!(stage.choices, [1], "nobody chose again");
    }
}

#[test]
fn what_has_no_replicas_is_left_alone() {
    let mut stage = Stage::of([deployment(0), autoscaler("a", 2, 4), pod()]);
    pass(&mut stage, "a", Load::Constant(3));
    assert_eq!(replicas(&stage), 0);
    assert_eq!(told(&stage, "a", "ScalingActive"), "False ScalingDisabled");
}

#[test]
fn a_target_that_is_not_there_is_named_by_its_resource() {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "foxes.x.io"},
        "spec": {"group": "x.io", "scope": "Namespaced", "names": {"plural": "foxes", "kind": "Fox"}},
    });
    for (version, kind, told) in [
        ("apps/v1", "Deployment", "deployments.apps \"web\" not found"),
        ("v1", "ReplicationController", "replicationcontrollers \"web\" not found"),
        ("x.io/v1", "Fox", "foxes.x.io \"web\" not found"),
        ("x.io/v1", "Hare", "no matches for kind \"Hare\" in group \"x.io\""),
    ] {
        let mut autoscaler = autoscaler("a", 2, 4);
        autoscaler["spec"]["scaleTargetRef"] = json!({"apiVersion": version, "kind": kind, "name": "web"});
        let mut stage = Stage::of([autoscaler, definition.clone()]);
        pass(&mut stage, "a", Load::Unknown);
        let autoscaler = stage.get(AUTOSCALER, "a");
        let text = autoscaler.condition("AbleToScale")["message"].text();
        assert_eq!(text, format!("the HPA controller was unable to get the target's current scale: {told}"));
    }
}

#[test]
fn the_status_of_metrics_is_of_the_last_pass() {
    let mut stage = Stage::of([deployment(5), autoscaler("a", 5, 6), pod()]);
    pass(&mut stage, "a", Load::Unknown);
    assert_eq!(stage.get(AUTOSCALER, "a")["status"]["currentMetrics"], json!([{"type": ""}]).into());
    stage.change(DEPLOYMENT, "web", json!({"spec": {"replicas": 9}}));
    pass(&mut stage, "a", Load::Unknown);
    assert!(stage.get(AUTOSCALER, "a")["status"]["currentMetrics"].is_null());
}

#[test]
fn a_missing_target_and_a_refused_scale_are_told() {
    let mut stage = Stage::of([autoscaler("a", 2, 4)]);
    pass(&mut stage, "a", Load::Unknown);
    assert_eq!(told(&stage, "a", "AbleToScale"), "False FailedGetScale");
    stage.put(evenkeel_object::Object::from(deployment(1)));
    stage.refused = vec!["update scale"];
    pass(&mut stage, "a", Load::Unknown);
    assert_eq!(told(&stage, "a", "AbleToScale"), "False FailedUpdateScale");
}
