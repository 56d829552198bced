//! Pods that make room for themselves, and those that go.

use evenkeel_object::{Key, Object, Value, json, merge::merge_patch};

use super::budgets::{Budget, Claim, broken};
use super::{Priorities, Scheduler, Settings};
use crate::pods;
use crate::stage::Stage;

const POD: (&str, &str) = ("", "Pod");

fn node(name: &str, cpu: &str) -> Object {
    Object::from(json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "status": {"allocatable": {"cpu": cpu, "memory": "1Gi", "pods": "9"}},
    }))
}

/// A Pod that asks for one CPU.
fn pod(name: &str, priority: i64, more: serde_json::Value) -> Object {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {
            "schedulerName": "default-scheduler", "priority": priority,
            "containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}],
        },
        "status": {"phase": "Pending"},
    });
    Object(merge_patch(&pod.into(), &more.into()))
}

fn on(node: &str) -> serde_json::Value {
    json!({"spec": {"nodeName": node}, "status": {"phase": "Running", "startTime": "1970-01-01T00:00:00Z"}})
}

/// One for which room was made on `node`.
fn awaited(node: &str) -> serde_json::Value {
    let failed = json!([{"type": "PodScheduled", "status": "False"}]);
    json!({"status": {"nominatedNodeName": node, "conditions": failed}})
}

fn budget(app: &str, allowed: i64) -> Object {
    Object::from(json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": app, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": app}}}, "status": {"disruptionsAllowed": allowed},
    }))
}

fn stage(objects: impl IntoIterator<Item = Object>) -> Stage {
    let mut stage = Stage::default();
    objects.into_iter().for_each(|object| stage.put(object));
    stage
}

/// What the scheduler sends for the Pod `web`.
fn schedule(stage: &mut Stage) -> Vec<String> {
    let scheduler = Scheduler::new(Settings { priorities: Priorities::Different, ..Settings::default() });
    stage.reconcile(&scheduler, &Key::new(pods::kind(), "default", "web"))
}

/// Which Pods go for the sake of `web`, for each of its two choices; one line if it has none.
fn check(objects: impl IntoIterator<Item = Object>, expect: &[&str]) {
    let start = stage(objects);
    let mut found: Vec<String> = Vec::new();
    for choice in 0..2 {
        let mut stage = Stage { choices: vec![choice], ..Stage::default() };
        stage.memory = start.memory.clone();
        let lines = schedule(&mut stage);
        let gone: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("delete Pod/")).collect();
        let nominated = stage.get(POD, "web")["status"]["nominatedNodeName"].text().to_owned();
        found.push(format!("{} {nominated}", gone.join(" ")));
    }
    found.dedup();
    assert_eq!(found, expect);
}

#[test]
fn a_more_important_pod_makes_room_and_waits_for_it() {
    let mut stage = stage([node("n1", "1"), pod("old", 0, on("n1")), pod("web", 10, json!({}))]);
    assert_eq!(schedule(&mut stage), ["patch status Pod/web", "patch status Pod/old", "delete Pod/old"]);
    let old = stage.get(POD, "old");
    assert!(old.is_terminating());
    assert_eq!(old.condition("DisruptionTarget")["reason"].text(), "PreemptionByScheduler");
    assert_eq!(stage.get(POD, "web")["status"]["nominatedNodeName"].text(), "n1");
    assert!(schedule(&mut stage).is_empty(), "it waits");
    stage.memory.objects.remove(&old.key());
    assert_eq!(schedule(&mut stage), ["create binding Pod/web"]);
}

#[test]
fn who_is_as_important_or_may_not_throw_out_waits() {
    check([node("n1", "1"), pod("old", 10, on("n1")), pod("web", 10, json!({}))], &[" "]);
    let never = json!({"spec": {"preemptionPolicy": "Never"}});
    check([node("n1", "1"), pod("old", 0, on("n1")), pod("web", 10, never)], &[" "]);
}

#[test]
fn as_few_go_as_can_and_the_least_important_first() {
    let three = || [pod("a", 3, on("n1")), pod("b", 1, on("n1")), pod("c", 2, on("n1"))];
    let with = |web: Object| [vec![node("n1", "3")], three().to_vec(), vec![web]].concat();
    check(with(pod("web", 9, json!({}))), &["b n1"]);
    let wide = json!({"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "2"}}}]}});
    check(with(pod("web", 9, wide.clone())), &["c b n1"]);
    check(with(pod("web", 2, wide)), &[" "]);
}

#[test]
fn of_those_that_are_as_important_any_may_go() {
    let two = || [node("n1", "2"), pod("a", 0, on("n1")), pod("web", 9, json!({}))];
    check(two().into_iter().chain([pod("b", 0, on("n1"))]), &["a n1", "b n1"]);
    // One that has not started is the youngest.
    let bound = json!({"spec": {"nodeName": "n1"}});
    check(two().into_iter().chain([pod("b", 0, bound)]), &["b n1"]);
}

#[test]
fn the_node_is_taken_that_costs_least() {
    let nodes = || [node("n1", "1"), node("n2", "1"), pod("web", 9, json!({}))];
    let with = |a: i64, b: i64| nodes().into_iter().chain([pod("a", a, on("n1")), pod("b", b, on("n2"))]);
    check(with(5, 1), &["b n2"]);
    check(with(1, 5), &["a n1"]);
    check(with(1, 1), &["a n1", "b n2"]);
    check(with(5, 1).chain([budget("b", 0)]), &["a n1"]);
    check(with(5, 1).chain([budget("b", 1)]), &["b n2"]);
}

#[test]
fn a_pod_whose_budget_would_break_is_spared_if_another_will_do() {
    let two = || [node("n1", "2"), pod("a", 0, on("n1")), pod("b", 0, on("n1")), pod("web", 9, json!({}))];
    check(two().into_iter().chain([budget("a", 0)]), &["b n1"]);
    check(two().into_iter().chain([budget("b", 0)]), &["a n1"]);
}

#[test]
fn room_that_was_made_for_another_is_left_to_it() {
    let with = |web: i64, other: i64| {
        let mut stage = stage([node("n1", "1"), pod("other", other, awaited("n1")), pod("web", web, json!({}))]);
        schedule(&mut stage)
    };
    assert_eq!(with(5, 10), ["patch status Pod/web"]);
    assert_eq!(with(10, 10), ["patch status Pod/web"]);
    assert_eq!(with(20, 10), ["create binding Pod/web"]);
}

#[test]
fn a_pod_goes_where_room_was_made_for_it() {
    let web = pod("web", 5, awaited("n2"));
    let mut stage = stage([node("n1", "1"), node("n2", "1"), node("n3", "1"), web]);
    assert_eq!(schedule(&mut stage), ["create binding Pod/web"]);
    assert_eq!(pods::node(&stage.get(POD, "web")), Some("n2"));
}

#[test]
fn a_less_important_pod_has_to_look_for_another_place() {
    let objects = [node("n1", "1"), pod("old", 0, on("n1")), pod("other", 5, awaited("n1")), pod("web", 10, json!({}))];
    let mut stage = stage(objects);
    let lines = schedule(&mut stage);
    assert_eq!(lines[..2], ["patch status Pod/web", "patch status Pod/other"]);
    assert!(stage.get(POD, "other")["status"]["nominatedNodeName"].is_null());
}

#[test]
fn where_nobody_can_go_no_room_is_awaited_any_more() {
    let mut stage = stage([node("n1", "1"), pod("old", 10, on("n1")), pod("web", 5, awaited("n1"))]);
    assert_eq!(schedule(&mut stage), ["patch status Pod/web"]);
    assert!(stage.get(POD, "web")["status"]["nominatedNodeName"].is_null());
}

#[test]
fn whoever_stands_in_the_way_goes_and_what_is_in_the_way_for_good_stays() {
    let objects = |web: serde_json::Value| [node("n1", "4"), pod("old", 0, on("n1")), pod("web", 5, web)];
    let terms = |app: &str| {
        let term = json!({"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": "kubernetes.io/hostname"});
        json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]})
    };
    check(objects(json!({"spec": {"affinity": {"podAntiAffinity": terms("old")}}})), &["old n1"]);
    check(objects(json!({"spec": {"affinity": {"podAffinity": terms("nobody")}}})), &[" "]);
    check(objects(json!({"spec": {"nodeSelector": {"disk": "fast"}}})), &[" "]);
    let wide = json!({"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "5"}}}]}});
    check(objects(wide), &[" "]);
}

#[test]
fn more_important_pods_are_tried_first() {
    let with = |other: Object| schedule(&mut stage([node("n1", "1"), other, pod("web", 5, json!({}))]));
    assert!(with(pod("other", 10, json!({}))).is_empty());
    let tried = json!({"status": {"conditions": [{"type": "PodScheduled", "status": "False"}]}});
    assert_eq!(with(pod("other", 10, tried)), ["create binding Pod/web"]);
    assert_eq!(with(pod("other", 0, json!({}))), ["create binding Pod/web"]);
}

#[test]
fn if_one_cannot_be_thrown_out_the_last_is_spared() {
    let objects = [node("n1", "2"), pod("a", 0, on("n1")), pod("b", 1, on("n1"))];
    let wide = json!({"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "2"}}}]}});
    let mut stage = stage(objects.into_iter().chain([pod("web", 5, wide)]));
    stage.refused = vec!["delete Pod/b"];
    let lines = schedule(&mut stage);
    assert_eq!(lines[..3], ["patch status Pod/web", "patch status Pod/b", "delete Pod/b: refused"]);
    assert!(lines[3].starts_with("retry"), "{lines:?}");
}

#[test]
fn budgets_are_charged_in_every_order_among_equals() {
    let budget = |app: &str, allowed: i64| Budget::of(&self::budget(app, allowed)).expect("it selects something");
    let claim = |n_pods: usize, budgets: &[usize]| Claim { n_pods, budgets: budgets.to_vec() };
    let check = |budgets: &[Budget], ranks: &[Vec<Claim>], expect: &[&[usize]]| {
        let found: Vec<Vec<usize>> = broken(budgets, ranks).into_iter().collect();
        assert_eq!(found, expect);
    };
    check(&[], &[vec![claim(3, &[])]], &[&[0]]);
    check(&[budget("a", 1)], &[vec![claim(3, &[0])]], &[&[2]]);
    check(&[budget("a", 1)], &[vec![claim(1, &[0]), claim(1, &[0])]], &[&[0, 1], &[1, 0]]);
    check(&[budget("a", 1)], &[vec![claim(1, &[0])], vec![claim(1, &[0])]], &[&[0, 1]]);
    let mut all = self::budget("a", 1);
    all.set(&["spec", "selector"], Value::map());
    assert!(Budget::of(&all).is_none(), "an empty selector selects nothing here");
}
