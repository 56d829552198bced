//! How a namespace goes.
#![allow(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]

use super::{Namespaces, kind, plural};
use crate::stage::Stage;
use evenkeel_object::{Key, json};

fn namespace() -> serde_json::Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "deletionTimestamp": "1970-01-01T00:00:00Z", "finalizers": ["stage"]},
        "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}})
}

fn object(kind: &str, name: &str, metadata: serde_json::Value) -> serde_json::Value {
    let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": metadata});
    object["metadata"]["name"] = json!(name);
    object["metadata"]["namespace"] = json!("shop");
    object
}

fn reconcile(stage: &mut Stage) -> Vec<String> {
    stage.reconcile(&Namespaces, &Key::new(kind(), "", "shop"))
}

#[test]
fn an_empty_namespace_is_let_go() {
    let mut stage = Stage::of([namespace()]);
    let expect = ["update status Namespace/shop", "update status Namespace/shop", "update finalize Namespace/shop"];
    assert_eq!(reconcile(&mut stage), expect);
    assert!(stage.get(("", "Namespace"), "shop")["spec"]["finalizers"].items().is_empty());
}

#[test]
fn pods_go_first_and_the_rest_when_they_are_gone() {
    let mut stage = Stage::of([
        namespace(),
        object("Pod", "p", json!({"finalizers": ["x"]})),
        object("ConfigMap", "c", json!({"finalizers": ["y"]})),
    ]);
    let lines = reconcile(&mut stage);
    assert_eq!(lines[1], "delete Pod/shop/p");
    assert!(!lines.contains(&"delete ConfigMap/shop/c".to_owned()));
    assert!(lines.last().expect("there are lines").starts_with("retry"));
    stage.change(("", "Pod"), "p", json!({"metadata": {"finalizers": null}}));
    stage.run_pods();
    assert!(reconcile(&mut stage).contains(&"delete ConfigMap/shop/c".to_owned()));
    let told = stage.get(("", "Namespace"), "shop");
    let message = |kind| told.condition(kind)["message"].text().to_owned();
    assert_eq!(
        message("NamespaceContentRemaining"),
        "Some resources are remaining: configmaps. has 1 resource instances"
    );
    assert_eq!(
        message("NamespaceFinalizersRemaining"),
        "Some content in the namespace has finalizers remaining: y in 1 resource instances"
    );
}

#[test]
fn a_namespace_that_nobody_deletes_is_left_alone() {
    let mut living = namespace();
    living["metadata"] = json!({"name": "shop"});
    let mut stage = Stage::of([living]);
    assert!(reconcile(&mut stage).is_empty());
}

#[test]
fn an_unavailable_group_blocks_the_namespace_but_not_its_content() {
    let service = json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1.m.io"},
        "spec": {"group": "m.io", "version": "v1", "service": {"name": "m"}}});
    let mut stage = Stage::of([namespace(), object("ConfigMap", "c", json!({})), service]);
    let lines = reconcile(&mut stage);
    assert!(lines.contains(&"delete ConfigMap/shop/c".to_owned()));
    assert!(lines.last().expect("there are lines").starts_with("retry"));
}

#[test]
fn resources_are_named_as_kubernetes_does() {
    assert_eq!(["ConfigMap", "NetworkPolicy", "Ingress"].map(plural), ["configmaps", "networkpolicies", "ingresses"]);
}
