//! DELETE, and what finalizers do to it.

use evenkeel_api::{Precondition, Propagation, Subresource, Verb};
use evenkeel_object::{Object, Value, json};

use crate::create::definition;
use crate::world::{World, config, deployment, key, pod};

fn bound(name: &str, phase: &str) -> Object {
    let mut object = pod(name);
    object.set(&["spec", "nodeName"], "n");
    object.set(&["spec", "terminationGracePeriodSeconds"], 30);
    object.set(&["status", "phase"], phase);
    object
}

#[test]
fn what_nothing_holds_is_gone_at_once() {
    let mut world = World::default();
    world.create(config("a", "1"));
    assert_eq!(world.delete(&key("/ConfigMap/a")), "-ConfigMap/a");
    assert_eq!(world.delete(&key("/ConfigMap/a")), "404 NotFound: configmaps \"a\" not found");
}

#[test]
fn finalizers_hold_an_object_until_the_last_one_is_taken_off() {
    let mut object = deployment(1);
    object.set(&["metadata", "finalizers"], Value::list(["a.b/c".into(), "a.b/d".into()]));
    let mut world = World::default();
    world.create(object);
    let web = key("apps/Deployment/web");
    assert_eq!(world.delete(&web), "Deployment/web");
    let stored = world.get(&web);
    assert!(stored.is_terminating());
    assert_eq!(stored["metadata"]["deletionGracePeriodSeconds"].as_int(), Some(0));
    assert_eq!(world.delete(&web), "unchanged");
    assert_eq!(
        world.patch(&web, json!({"metadata": {"finalizers": ["a.b/c", "x.y/z"]}})),
        "422 Invalid: Deployment.apps \"web\" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being \
         deleted, found new finalizers [\"x.y/z\"]"
    );
    assert_eq!(world.patch(&web, json!({"metadata": {"finalizers": ["a.b/d"]}})), "Deployment/web");
    assert_eq!(world.patch(&web, json!({"metadata": {"finalizers": null}})), "-Deployment/web");
}

#[test]
fn marking_an_object_is_a_new_generation() {
    let mut object = deployment(1);
    object.set(&["metadata", "finalizers"], Value::list(["a.b/c".into()]));
    let mut world = World::default();
    world.create(object);
    let web = key("apps/Deployment/web");
    world.patch_status(&web, json!({"status": {"observedGeneration": 1}}));
    world.delete(&web);
    assert_eq!(world.field(&web, &["metadata", "generation"]).count(), 2);
}

#[test]
fn a_deletion_says_what_becomes_of_the_dependents() {
    let check = |propagation, expect: &[&str]| {
        let mut world = World::default();
        world.create(deployment(1));
        let web = key("apps/Deployment/web");
        world.delete_with(&web, propagation, None);
        if expect.is_empty() {
            assert!(!world.has(&web));
        } else {
            let stored = world.get(&web);
            assert_eq!(stored.finalizers().collect::<Vec<_>>(), expect);
        }
    };
    check(None, &[]);
    check(Some(Propagation::Background), &[]);
    check(Some(Propagation::Foreground), &["foregroundDeletion"]);
    check(Some(Propagation::Orphan), &["orphan"]);
}

#[test]
fn a_job_sets_its_pods_free_unless_it_is_told_not_to() {
    let job = || {
        Object::from(json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once", "namespace": "default"},
            "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}},
        }))
    };
    let once = key("batch/Job/once");
    let mut world = World::default();
    world.create(job());
    world.delete(&once);
    assert_eq!(world.get(&once).finalizers().collect::<Vec<_>>(), ["orphan"]);
    let mut world = World::default();
    world.create(job());
    assert_eq!(world.delete_with(&once, Some(Propagation::Background), None), "-Job/once");
}

#[test]
fn a_pod_gets_time_to_end_only_where_it_runs() {
    let check = |pod: Object, grace: Option<u32>, expect: Option<i64>| {
        let mut world = World::of([pod]);
        world.delete_with(&key("/Pod/a"), None, grace);
        let seconds = world
            .has(&key("/Pod/a"))
            .then(|| world.field(&key("/Pod/a"), &["metadata", "deletionGracePeriodSeconds"]).count());
        assert_eq!(seconds, expect);
    };
    check(pod("a"), None, None);
    check(pod("a"), Some(30), None);
    check(bound("a", "Running"), None, Some(30));
    check(bound("a", "Running"), Some(5), Some(5));
    check(bound("a", "Running"), Some(0), None);
    check(bound("a", "Succeeded"), None, None);
    check(bound("a", "Failed"), None, None);
}

#[test]
fn a_pod_that_is_ending_can_only_end_sooner() {
    let mut world = World::of([bound("a", "Running")]);
    let a = key("/Pod/a");
    assert_eq!(world.delete(&a), "Pod/a");
    assert_eq!(world.delete(&a), "unchanged");
    assert_eq!(world.delete_with(&a, None, Some(60)), "unchanged");
    assert_eq!(world.delete_with(&a, None, Some(5)), "Pod/a");
    assert_eq!(world.delete_with(&a, None, Some(0)), "-Pod/a");
}

#[test]
fn a_pod_that_is_ending_outlives_its_last_finalizer() {
    let mut held = bound("a", "Running");
    held.set(&["metadata", "finalizers"], Value::list(["a.b/c".into()]));
    let mut world = World::of([held]);
    let a = key("/Pod/a");
    world.delete(&a);
    assert_eq!(world.patch(&a, json!({"metadata": {"finalizers": null}})), "Pod/a");
    assert_eq!(world.delete_with(&a, None, Some(0)), "-Pod/a");
}

#[test]
fn a_namespace_goes_when_it_is_empty() {
    let mut world = World::default();
    let shop = key("/Namespace/shop");
    world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}).into());
    assert_eq!(world.field(&shop, &["metadata", "labels", "kubernetes.io/metadata.name"]).text(), "shop");
    assert_eq!(world.delete(&shop), "Namespace/shop");
    assert_eq!(world.field(&shop, &["status", "phase"]).text(), "Terminating");
    assert_eq!(world.delete(&shop), "unchanged");
    let mut empty = world.get(&shop);
    empty.remove(&["spec", "finalizers"]);
    let finalize = evenkeel_api::Verb::Update(empty);
    assert_eq!(world.send(shop, evenkeel_api::Subresource::Finalize, finalize), "-Namespace/shop");
}

#[test]
fn some_namespaces_are_immortal() {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}});
    let mut world = World::default();
    world.create(namespace.into());
    assert_eq!(
        world.delete(&key("/Namespace/default")),
        "403 Forbidden: namespaces \"default\" is forbidden: this namespace may not be deleted"
    );
}

#[test]
fn a_definition_that_is_deleted_waits_for_its_objects_and_takes_no_new_ones() {
    let (crd, widget) = (key("apiextensions.k8s.io/CustomResourceDefinition/widgets.example.org"), |name: &str| {
        Object::from(
            json!({"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": name, "namespace": "default"}, "spec": {"size": 1}}),
        )
    });
    let mut world = World::default();
    world.create(definition());
    world.create(widget("a"));
    // What is to become of dependents is not looked at.
    let answer = world.delete_with(&crd, Some(Propagation::Foreground), None);
    assert_eq!(answer, "CustomResourceDefinition/widgets.example.org");
    let marked = world.get(&crd);
    assert!(marked.is_terminating() && marked.is_condition_true("Established"));
    assert_eq!(marked["metadata"]["finalizers"], Value::from(json!(["customresourcecleanup.apiextensions.k8s.io"])));
    assert_eq!(marked.condition("Terminating")["reason"].text(), "InstanceDeletionPending");
    assert_eq!(marked["metadata"]["generation"].as_int(), Some(1));
    assert_eq!(
        world.create(widget("b")),
        "403 Forbidden: widgets.example.org \"b\" is forbidden: create not allowed while custom resource definition is terminating"
    );
    // What is there can still be changed, and deleted.
    let a = widget("a").key();
    assert_eq!(world.patch(&a, json!({"spec": {"size": 2}})), "Widget/a");
    assert_eq!(world.delete(&a), "-Widget/a");
    // A write of the status takes the finalizer off.
    let mut released = world.get(&crd);
    released.remove(&["metadata", "finalizers"]);
    assert_eq!(
        world.send_if(crd, Subresource::Status, Verb::Update(released), Precondition::Unchanged),
        "-CustomResourceDefinition/widgets.example.org"
    );
    assert_eq!(world.create(widget("b")), "404 NotFound: the server could not find the requested resource");
}
