//! Scale, binding, eviction.

use evenkeel_api::{Subresource, Verb};
use evenkeel_object::{Key, Kind, Object, json};

use crate::create::definition;
use crate::world::{World, deployment, key, pod};

#[test]
fn scaling_sets_the_replicas_wherever_they_are() {
    let mut world = World::default();
    world.create(deployment(1));
    world.create(definition());
    let widget =
        json!({"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "default"}});
    world.create(widget.into());
    let web = key("apps/Deployment/web");
    let w = Key::new(Kind::new("example.org", "Widget"), "default", "w");
    let to = |replicas: i64| Verb::Update(json!({"spec": {"replicas": replicas}}).into());
    assert_eq!(world.send(web.clone(), Subresource::Scale, to(3)), "Deployment/web");
    assert_eq!(world.send(web.clone(), Subresource::Scale, to(3)), "unchanged");
    assert_eq!(world.field(&web, &["spec", "replicas"]).count(), 3);
    assert_eq!(world.send(w.clone(), Subresource::Scale, to(2)), "Widget/w");
    assert_eq!(world.field(&w, &["spec", "size"]).count(), 2);
    assert!(world.send(web, Subresource::Scale, to(-1)).starts_with("422 Invalid"));
    let none = "404 NotFound: the server could not find the requested resource";
    assert_eq!(world.send(key("/Pod/a"), Subresource::Scale, to(1)), none);
}

#[test]
fn a_pod_is_bound_once() {
    let mut world = World::default();
    world.create(pod("a"));
    let to = |node: &str| Verb::Create(json!({"target": {"name": node}}).into());
    let a = key("/Pod/a");
    assert_eq!(world.send(a.clone(), Subresource::Binding, to("n")), "Pod/a");
    assert!(world.get(&a).is_condition_true("PodScheduled"));
    assert_eq!(world.field(&a, &["metadata", "generation"]).count(), 1);
    assert_eq!(
        world.send(a, Subresource::Binding, to("m")),
        "409 Conflict: Operation cannot be fulfilled on pods/binding \"a\": pod a is already assigned to node \"n\""
    );
}

fn running(is_ready: bool) -> Object {
    let mut pod = pod("a");
    pod.set(&["spec", "nodeName"], "n");
    pod.set(&["spec", "terminationGracePeriodSeconds"], 0);
    let ready = if is_ready { "True" } else { "False" };
    let status = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]});
    pod.set(&["status"], evenkeel_object::Value::from(status));
    pod
}

fn budget(name: &str, allowed: i64, healthy: i64) -> Object {
    Object::from(json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": "default", "generation": 1},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
        "status": {"disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": 1, "observedGeneration": 1},
    }))
}

/// Evicts Pod `a` from a store with these.
fn check(objects: impl IntoIterator<Item = Object>, expect: &str) -> World {
    let mut world = World::of(objects);
    let body = Verb::Create(json!({"metadata": {"name": "a"}}).into());
    assert_eq!(world.send(key("/Pod/a"), Subresource::Eviction, body), expect);
    world
}

#[test]
fn an_eviction_is_charged_to_the_budget() {
    let world = check([running(true), budget("b", 1, 2)], "-Pod/a PodDisruptionBudget/b");
    let b = world.get(&key("policy/PodDisruptionBudget/b"));
    assert_eq!(b["status"]["disruptionsAllowed"].as_int(), Some(0));
    assert!(!b["status"]["disruptedPods"]["a"].is_null());
    assert_eq!(b.condition("DisruptionAllowed")["reason"].text(), "InsufficientPods");
}

#[test]
fn an_eviction_beyond_the_budget_is_refused() {
    let refusal = "429 TooManyRequests: Cannot evict pod as it would violate the pod's disruption budget.";
    check([running(true), budget("b", 0, 1)], refusal);
    let mut behind = budget("b", 1, 2);
    behind.set(&["metadata", "generation"], 2);
    check([running(true), behind], refusal);
}

#[test]
fn two_budgets_are_an_error() {
    check(
        [running(true), budget("b", 1, 2), budget("c", 1, 2)],
        "500 InternalError: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
}

#[test]
fn a_pod_that_nobody_would_miss_is_evicted_whatever_the_budget_says() {
    let mut waiting = running(true);
    waiting.set(&["status", "phase"], "Pending");
    check([waiting, budget("b", 0, 1)], "-Pod/a");
    check([running(false), budget("b", 0, 1)], "-Pod/a");
    let refusal = "429 TooManyRequests: Cannot evict pod as it would violate the pod's disruption budget.";
    check([running(false), budget("b", 0, 0)], refusal);
    let mut generous = budget("b", 0, 0);
    generous.set(&["spec", "unhealthyPodEvictionPolicy"], "AlwaysAllow");
    check([running(false), generous], "-Pod/a");
}

#[test]
fn an_evicted_pod_says_why_while_it_ends() {
    let mut slow = running(true);
    slow.set(&["spec", "terminationGracePeriodSeconds"], 30);
    let world = check([slow], "Pod/a");
    let a = world.get(&key("/Pod/a"));
    assert!(a.is_terminating() && a.is_condition_true("DisruptionTarget"));
}
