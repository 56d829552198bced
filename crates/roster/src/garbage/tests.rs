//! What the garbage collector does with one object.
#![allow(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]

use super::Garbage;
use crate::stage::Stage;
use evenkeel_control::Controller;
use evenkeel_object::{Key, Kind, Object, Value, json};

fn map(name: &str, metadata: serde_json::Value) -> serde_json::Value {
    let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
    object["metadata"]["name"] = json!(name);
    if object["metadata"]["namespace"].is_null() {
        object["metadata"]["namespace"] = json!("default");
    }
    object
}

fn owned_by(names: &[&str]) -> serde_json::Value {
    let references: Vec<_> = names
        .iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": format!("ConfigMap/default/{name}#0"), "blockOwnerDeletion": true}))
        .collect();
    json!({ "ownerReferences": references })
}

fn terminating(finalizer: &str) -> serde_json::Value {
    json!({"deletionTimestamp": "1970-01-01T00:00:00Z", "finalizers": [finalizer]})
}

fn reconcile(stage: &mut Stage, name: &str) -> Vec<String> {
    let key = stage.memory.objects.keys().find(|key| &*key.name == name).expect("it is there").clone();
    stage.reconcile(&Garbage::default(), &key)
}

#[test]
fn an_object_without_an_owner_left_is_deleted() {
    let mut stage = Stage::of([map("a", owned_by(&["gone"]))]);
    assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
}

#[test]
fn an_object_with_a_living_owner_stays() {
    let mut stage = Stage::of([map("a", owned_by(&["o"])), map("o", json!({}))]);
    assert!(reconcile(&mut stage, "a").is_empty());
    assert!(reconcile(&mut stage, "o").is_empty());
}

#[test]
fn a_later_incarnation_of_the_owner_does_not_hold_it() {
    let mut stage = Stage::of([map("a", owned_by(&["o"])), map("o", json!({"uid": "ConfigMap/default/o#1"}))]);
    assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
}

#[test]
fn of_several_owners_only_the_reference_to_the_lost_one_goes() {
    let mut stage = Stage::of([map("a", owned_by(&["o", "gone"])), map("o", json!({}))]);
    assert_eq!(reconcile(&mut stage, "a"), ["patch ConfigMap/a"]);
    assert_eq!(stage.get(("", "ConfigMap"), "a").owners().count(), 1);
}

#[test]
fn an_owner_in_another_namespace_holds_nothing() {
    let mut stage = Stage::of([
        map("a", owned_by(&["o"])),
        map("o", json!({"namespace": "other", "uid": "ConfigMap/default/o#0"})),
    ]);
    assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
}

#[test]
fn an_owner_of_another_kind_holds_nothing() {
    let wrong = json!({"ownerReferences": [{"apiVersion": "v1", "kind": "Secret", "name": "o", "uid": "ConfigMap/default/o#0"}]});
    let mut stage = Stage::of([map("a", wrong), map("o", json!({}))]);
    assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
}

#[test]
fn an_owner_of_a_kind_that_nobody_serves_blocks_the_collection() {
    let unknown = json!({"ownerReferences": [{"apiVersion": "x.io/v1", "kind": "X", "name": "o", "uid": "u"}]});
    let mut stage = Stage::of([map("a", unknown)]);
    assert!(reconcile(&mut stage, "a")[0].starts_with("retry"));
    let definition = json!({"group": "x.io", "scope": "Namespaced", "names": {"kind": "X"}});
    stage.put(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "xs.x.io"}, "spec": definition}));
    assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
}

#[test]
fn an_owner_of_a_kind_that_is_served_no_more_is_known_to_be_gone() {
    let check = |group: &str, may_be_late, is_doubted| {
        let owner = json!({"apiVersion": format!("{group}/v1"), "kind": "X", "name": "o", "uid": "u"});
        let owned = json!({"ownerReferences": [owner]});
        let collector = Garbage::new(vec![Kind::new(group, "X")], may_be_late);
        let mut stage = Stage::of([map("a", owned)]);
        let lines = stage.reconcile(&collector, &Key::new(Kind::new("", "ConfigMap"), "default", "a"));
        assert_eq!(lines, ["delete ConfigMap/a"]);
        assert_eq!(collector.doubt().is_some(), is_doubted);
    };
    check("x.io", false, false);
    check("x.io", true, true);
    check("x.k8s.io", true, true);
}

#[test]
fn a_cluster_scoped_object_is_not_collected_for_a_namespaced_owner() {
    let metadata =
        json!({"name": "n", "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "u"}]});
    let mut stage = Stage::of([json!({"apiVersion": "v1", "kind": "Node", "metadata": metadata})]);
    assert!(reconcile(&mut stage, "n").is_empty());
}

#[test]
fn in_the_foreground_the_owner_goes_after_its_dependents() {
    let mut stage = Stage::of([map("o", terminating("foregroundDeletion")), map("a", owned_by(&["o"]))]);
    assert!(reconcile(&mut stage, "o").is_empty());
    assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
    assert_eq!(reconcile(&mut stage, "o"), ["patch ConfigMap/o"]);
}

#[test]
fn orphans_lose_the_reference_and_stay() {
    let mut stage = Stage::of([map("o", terminating("orphan")), map("a", owned_by(&["o"]))]);
    assert_eq!(reconcile(&mut stage, "o"), ["patch ConfigMap/a", "patch ConfigMap/o"]);
    assert_eq!(stage.get(("", "ConfigMap"), "a").owners().count(), 0);
    let gone = Key::new(Kind::new("", "ConfigMap"), "default", "o");
    assert!(!stage.memory.objects.contains_key(&gone));
}

#[test]
fn a_circle_of_waiting_owners_is_broken() {
    let mut first = owned_by(&["b"]);
    for (field, value) in terminating("foregroundDeletion").as_object().expect("a map") {
        first[field] = value.clone();
    }
    let mut stage = Stage::of([map("a", first), map("b", owned_by(&["a"]))]);
    let lines = reconcile(&mut stage, "b");
    assert_eq!(lines[..2], ["patch ConfigMap/b", "delete ConfigMap/b: outdated"], "it has just been changed");
    assert!(lines[2].starts_with("retry"));
    assert_eq!(reconcile(&mut stage, "b"), ["patch ConfigMap/b", "delete ConfigMap/b"]);
    let b: Object = stage.get(("", "ConfigMap"), "b");
    assert_eq!(b["metadata"]["ownerReferences"][0]["blockOwnerDeletion"], Value::Bool(false));
}
