//! ReplicaSets and their Pods.

use evenkeel_object::{Key, Object, Value, json};

use super::{ReplicaSets, kind};
use crate::stage::Stage;

const SET: (&str, &str) = ("apps", "ReplicaSet");

fn key() -> Key {
    Key::new(kind(), "default", "web")
}

fn web(replicas: i64) -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web", "tier": "front"}}, "spec": {"containers": [{"name": "c", "image": "app:1"}]}},
        },
    })
}

/// A Pod of the ReplicaSet, ready on that node, changed by a patch.
fn pod(name: &str, node: &str, patch: serde_json::Value) -> Object {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "default", "labels": {"app": "web", "tier": "front"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "ReplicaSet/default/web#0", "controller": true}],
        },
        "spec": {"nodeName": node},
        "status": {"phase": "Running", "podIP": format!("ip:{name}"), "conditions": [{"type": "Ready", "status": "True"}]},
    });
    Object(evenkeel_object::merge::merge_patch(&pod.into(), &patch.into()))
}

fn stage(replicas: i64, pods: impl IntoIterator<Item = Object>) -> Stage {
    let mut stage = Stage::of([web(replicas)]);
    for pod in pods {
        stage.put(pod);
    }
    stage
}

fn check_lines(stage: &mut Stage, expect: &[&str]) {
    assert_eq!(stage.reconcile(&ReplicaSets::new(), &key()), expect);
}

fn check_status(stage: &Stage, expect: serde_json::Value) {
    assert_eq!(stage.get(SET, "web")["status"], Value::from(expect));
}

#[test]
fn all_missing_pods_are_made_at_once_and_the_status_says_what_was_there_before() {
    let mut stage = stage(2, []);
    check_lines(&mut stage, &["create Pod/web-~0", "create Pod/web-~1", "update status ReplicaSet/web"]);
    check_status(&stage, json!({"replicas": 0, "terminatingReplicas": 0}));
    stage.run_pods();
    check_lines(&mut stage, &["update status ReplicaSet/web"]);
    check_status(
        &stage,
        json!({"replicas": 2, "fullyLabeledReplicas": 2, "readyReplicas": 2, "availableReplicas": 2, "terminatingReplicas": 0}),
    );
    check_lines(&mut stage, &[]);
}

#[test]
fn pods_that_have_ended_are_replaced_and_kept() {
    let mut stage = stage(1, [pod("a", "n1", json!({"status": {"phase": "Failed"}}))]);
    check_lines(&mut stage, &["create Pod/web-~0", "update status ReplicaSet/web"]);
}

#[test]
fn a_pod_that_is_being_deleted_is_replaced_and_counted_apart() {
    let mut stage = stage(1, [pod("a", "n1", json!({"metadata": {"deletionTimestamp": "1970-01-01T00:00:00Z"}}))]);
    check_lines(&mut stage, &["create Pod/web-~0", "update status ReplicaSet/web"]);
    check_status(&stage, json!({"replicas": 0, "terminatingReplicas": 1}));
}

#[test]
fn the_first_refusal_ends_it_and_its_text_stays() {
    let mut stage = stage(2, []);
    stage.refused = vec!["create Pod"];
    check_lines(&mut stage, &["create Pod/: refused", "update status ReplicaSet/web", "retry: 403 Forbidden: refused"]);
    let failure = json!({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "refused"});
    check_status(&stage, json!({"replicas": 0, "terminatingReplicas": 0, "conditions": [failure]}));
    // A later refusal can say something else (the name of another Pod): it is not told.
    stage.change(SET, "web", json!({"status": {"conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "the first"}]}}));
    check_lines(&mut stage, &["create Pod/: refused", "retry: 403 Forbidden: refused"]);
    stage.refused.clear();
    stage.reconcile(&ReplicaSets::new(), &key());
    check_status(&stage, json!({"replicas": 0, "terminatingReplicas": 0}));
}

#[test]
fn of_a_deletion_that_is_refused_it_says_what_was_tried() {
    let mut stage = stage(0, [pod("a", "n1", json!({}))]);
    stage.refused = vec!["delete Pod"];
    stage.reconcile(&ReplicaSets::new(), &key());
    let failure = stage.get(SET, "web").condition("ReplicaFailure").clone();
    assert_eq!(failure["reason"].text(), "FailedDelete");
    assert_eq!(failure["message"].text(), "unable to delete pods: refused");
}

/// Which Pod goes first of these two, which stand in the wrong order.
fn check_first(kept: serde_json::Value, goes: serde_json::Value) {
    let mut stage = stage(1, [pod("a", "n1", kept), pod("b", "n1", goes)]);
    let lines = stage.reconcile(&ReplicaSets::new(), &key());
    assert_eq!(lines[0], "delete Pod/b");
}

#[test]
fn the_least_useful_pod_goes_first() {
    let unready = json!({"status": {"conditions": []}});
    check_first(json!({}), json!({"spec": {"nodeName": null}}));
    check_first(json!({}), json!({"status": {"phase": "Pending"}}));
    check_first(json!({}), unready.clone());
    check_first(unready, json!({"status": {"phase": "Pending"}}));
    let cost = |cost: &str| json!({"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": cost}}});
    check_first(cost("1"), json!({}));
    check_first(json!({}), cost("-1"));
}

#[test]
fn a_pod_with_more_neighbours_goes_first() {
    let owner = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d", "controller": true}]);
    let mut stage = stage(2, [pod("a", "n1", json!({})), pod("b", "n2", json!({})), pod("c", "n2", json!({}))]);
    stage.change(SET, "web", json!({"metadata": {"ownerReferences": owner}}));
    assert_eq!(stage.reconcile(&ReplicaSets::new(), &key())[0], "delete Pod/b");
}

/// The Pods that go of four, two on each node, for these choices.
fn gone(count: i64, choices: &[usize]) -> Vec<String> {
    gone_of(["web-~0", "web-~1", "web-~2", "web-~3"], count, choices)
}

fn gone_of(names: [&str; 4], count: i64, choices: &[usize]) -> Vec<String> {
    let pods = [(names[0], "n1"), (names[1], "n2"), (names[2], "n1"), (names[3], "n2")];
    let mut stage = stage(4 - count, pods.map(|(name, node)| pod(name, node, json!({}))));
    stage.choices = choices.to_vec();
    let lines = stage.reconcile(&ReplicaSets::new(), &key());
    lines.into_iter().filter(|line| line.starts_with("delete")).collect()
}

#[test]
fn among_equals_the_content_is_chosen_and_not_the_pod() {
    assert_eq!(gone(1, &[0]), ["delete Pod/web-~0"]);
    assert_eq!(gone(1, &[1]), ["delete Pod/web-~1"]);
    assert_eq!(gone(2, &[0, 0]), ["delete Pod/web-~0", "delete Pod/web-~2"]);
    assert_eq!(gone(2, &[0, 1]), ["delete Pod/web-~0", "delete Pod/web-~1"]);
    assert_eq!(gone(2, &[1]), ["delete Pod/web-~1", "delete Pod/web-~3"]);
    assert_eq!(gone(4, &[]).len(), 4);
}

#[test]
fn pods_that_people_named_are_never_equals() {
    for (choice, name) in ["a", "b", "c", "d"].iter().enumerate() {
        assert_eq!(gone_of(["a", "b", "c", "d"], 1, &[choice]), [format!("delete Pod/{name}")]);
    }
}

#[test]
fn orphans_that_are_selected_are_adopted_and_strangers_released() {
    let mut stage = stage(
        2,
        [
            pod("orphan", "n1", json!({"metadata": {"ownerReferences": null}})),
            pod("stranger", "n1", json!({"metadata": {"labels": {"app": "other"}}})),
            pod("ended", "n1", json!({"metadata": {"ownerReferences": null}, "status": {"phase": "Failed"}})),
        ],
    );
    check_lines(
        &mut stage,
        &["patch Pod/orphan", "patch Pod/stranger", "create Pod/web-~0", "update status ReplicaSet/web"],
    );
    check_status(
        &stage,
        json!({"replicas": 1, "fullyLabeledReplicas": 1, "readyReplicas": 1, "availableReplicas": 1, "terminatingReplicas": 0}),
    );
}

#[test]
fn a_set_that_is_being_deleted_only_tells_its_status() {
    let mut stage = stage(2, [pod("a", "n1", json!({}))]);
    stage.change(SET, "web", json!({"metadata": {"deletionTimestamp": "1970-01-01T00:00:00Z", "finalizers": ["x"]}}));
    check_lines(&mut stage, &["update status ReplicaSet/web"]);
}
