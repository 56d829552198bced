//! How a definition goes.

use super::Definitions;
use crate::stage::Stage;
use evenkeel_object::{Key, json};

const CRD: (&str, &str) = ("apiextensions.k8s.io", "CustomResourceDefinition");

fn definition(metadata: &serde_json::Value) -> serde_json::Value {
    let mut definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata,
        "spec": {"group": "x.io", "names": {"kind": "Lamp"}},
        "status": {"conditions": [{"type": "Established", "status": "True"}]}});
    definition["metadata"]["name"] = json!("lamps.x.io");
    definition
}

fn deleted(finalizers: &[&str]) -> serde_json::Value {
    definition(&json!({"deletionTimestamp": "1970-01-01T00:00:00Z", "finalizers": finalizers}))
}

fn lamp(name: &str, finalizers: &[&str]) -> serde_json::Value {
    json!({"apiVersion": "x.io/v1", "kind": "Lamp", "metadata": {"name": name, "namespace": "default", "finalizers": finalizers}})
}

const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

fn reconcile(stage: &mut Stage) -> Vec<String> {
    stage.reconcile(&Definitions, &Key::new(super::kind(), "", "lamps.x.io"))
}

#[test]
fn the_objects_of_a_definition_go_first_and_their_finalizers_hold_it() {
    let mut stage = Stage::of([deleted(&[CLEANUP]), lamp("a", &[]), lamp("b", &["x.io/off"])]);
    let waits = "retry: CustomResourceDefinition/lamps.x.io waits for its objects, and Lamp/b is still there";
    let told = "update status CustomResourceDefinition/lamps.x.io";
    assert_eq!(reconcile(&mut stage), [told, "delete Lamp/a", "delete Lamp/b", waits]);
    assert_eq!(stage.get(CRD, "lamps.x.io").condition("Terminating")["reason"].text(), "InstanceDeletionInProgress");
    assert_eq!(reconcile(&mut stage), [told, waits]);
    stage.memory.objects.retain(|key, _| &*key.name != "b");
    assert_eq!(reconcile(&mut stage), [told, told]);
    let let_go = stage.get(CRD, "lamps.x.io");
    assert_eq!(let_go.condition("Terminating")["reason"].text(), "InstanceDeletionCompleted");
}

#[test]
fn a_definition_that_nobody_deletes_and_one_that_others_hold_are_left_alone() {
    assert!(reconcile(&mut Stage::of([definition(&json!({})), lamp("a", &[])])).is_empty());
    assert!(reconcile(&mut Stage::of([deleted(&["x.io/other"]), lamp("a", &[])])).is_empty());
}
