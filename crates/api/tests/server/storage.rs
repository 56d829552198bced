//! Claims and volumes when they are made.

use evenkeel_object::{Object, Value, json};

use crate::world::{World, key};

fn claim(class: Option<&str>) -> Object {
    let mut claim = Object::from(json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "d", "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }));
    if let Some(class) = class {
        claim.set(&["spec", "storageClassName"], class);
    }
    claim
}

fn volume() -> Object {
    Object::from(json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"},
        "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/v"}},
    }))
}

fn class(name: &str, is_default: &str) -> Object {
    let annotations = json!({"storageclass.kubernetes.io/is-default-class": is_default});
    Object::from(json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": name, "annotations": annotations}, "provisioner": "disks.example.org",
    }))
}

#[test]
fn claims_and_volumes_are_protected_from_the_start() {
    let mut world = World::default();
    world.create(claim(None));
    world.create(volume());
    let finalizers =
        |world: &World, path: &str| world.get(&key(path)).finalizers().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(finalizers(&world, "/PersistentVolumeClaim/d"), ["kubernetes.io/pvc-protection"]);
    world.delete(&key("/PersistentVolumeClaim/d"));
    assert!(world.get(&key("/PersistentVolumeClaim/d")).is_terminating());
    assert_eq!(finalizers(&world, "/PersistentVolume/v"), ["kubernetes.io/pv-protection"]);
}

/// The class that a new claim is of.
fn check(asked: Option<&str>, classes: impl IntoIterator<Item = Object>, expect: Option<&str>) {
    let mut world = World::of(classes);
    world.create(claim(asked));
    assert_eq!(world.get(&key("/PersistentVolumeClaim/d"))["spec"]["storageClassName"].as_str(), expect);
}

#[test]
fn a_claim_that_says_nothing_of_classes_gets_the_default_one() {
    check(None, [], None);
    check(None, [class("slow", "false"), class("fast", "true")], Some("fast"));
    check(None, [class("slow", "true"), class("fast", "true")], Some("fast"));
    check(Some("slow"), [class("fast", "true")], Some("slow"));
    check(Some(""), [class("fast", "true")], Some(""));
}

#[test]
fn a_claim_that_is_made_again_is_not_the_one_that_a_volume_was_bound_to() {
    let mut world = World::default();
    world.create(claim(None));
    let first = world.get(&key("/PersistentVolumeClaim/d")).uid().to_owned();
    let mut bound = volume();
    bound.set(&["spec", "claimRef"], Value::from(json!({"namespace": "default", "name": "d", "uid": first})));
    world.create(bound);
    world.store.objects.remove(&key("/PersistentVolumeClaim/d"));
    world.create(claim(None));
    assert_ne!(world.get(&key("/PersistentVolumeClaim/d")).uid(), first);
}
