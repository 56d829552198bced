//! PUT and PATCH.

use evenkeel_api::{Precondition, Subresource, Verb};
use evenkeel_object::{Key, Kind, Object, Value, json};

use crate::create::definition;
use crate::world::{World, config, deployment, key, pod};

fn deployed() -> (World, Key) {
    let mut world = World::default();
    world.create(deployment(2));
    (world, key("apps/Deployment/web"))
}

#[test]
fn a_no_op_update_writes_nothing() {
    let (mut world, web) = deployed();
    let stored = world.get(&web);
    assert_eq!(world.update(stored.clone()), "unchanged");
    assert_eq!(world.status(stored), "unchanged");
    assert_eq!(world.patch(&web, json!({})), "unchanged");
    assert_eq!(world.patch(&web, json!({"spec": {"replicas": 2}})), "unchanged");
    // What was sent first is what is stored: nothing that the server added is lost.
    assert_eq!(world.update(deployment(2)), "unchanged");
}

#[test]
fn the_generation_counts_what_was_asked_for_and_forgets_what_nobody_observed() {
    let (mut world, web) = deployed();
    let generations = |world: &World| {
        let object = world.get(&web);
        (object["metadata"]["generation"].count(), object["status"]["observedGeneration"].count())
    };
    world.patch_status(&web, json!({"status": {"observedGeneration": 1}}));
    assert_eq!(generations(&world), (1, 1));
    world.patch(&web, json!({"spec": {"replicas": 3}}));
    assert_eq!(generations(&world), (2, 1));
    world.patch(&web, json!({"spec": {"replicas": 4}}));
    assert_eq!(generations(&world), (2, 1));
    world.patch(&web, json!({"metadata": {"labels": {"a": "b"}}}));
    assert_eq!(generations(&world), (2, 1));
    world.patch_status(&web, json!({"status": {"observedGeneration": 2}}));
    assert_eq!(generations(&world), (1, 1));
    // Annotations of a Deployment are copied to its ReplicaSets; they count.
    world.patch(&web, json!({"metadata": {"annotations": {"a": "b"}}}));
    assert_eq!(generations(&world), (2, 1));
}

#[test]
fn the_object_and_its_status_are_written_apart() {
    let (mut world, web) = deployed();
    let both = json!({"spec": {"replicas": 5}, "status": {"replicas": 5}});
    world.patch(&web, both.clone());
    assert_eq!(world.field(&web, &["spec", "replicas"]).count(), 5);
    assert!(world.field(&web, &["status", "replicas"]).is_null());
    let both = json!({
        "metadata": {"labels": {"a": "b"}, "annotations": {"a": "b"}}, "spec": {"replicas": 6}, "status": {"replicas": 6},
    });
    world.patch_status(&web, both);
    assert_eq!(world.field(&web, &["spec", "replicas"]).count(), 5);
    assert_eq!(world.field(&web, &["status", "replicas"]).count(), 6);
    // A write of a Deployment's status may change its annotations, and not its labels.
    assert_eq!(world.field(&web, &["metadata", "annotations", "a"]).text(), "b");
    assert!(world.field(&web, &["metadata", "labels"]).is_null());
    assert_eq!(world.field(&web, &["metadata", "generation"]).count(), 1);
}

#[test]
fn a_write_based_on_an_older_version_is_a_conflict() {
    let (mut world, web) = deployed();
    let send = |world: &mut World, precondition| {
        world.send_if(web.clone(), Subresource::Main, Verb::Update(deployment(3)), precondition)
    };
    assert_eq!(
        send(&mut world, Precondition::Outdated),
        "409 Conflict: Operation cannot be fulfilled on deployments.apps \"web\": the object has been modified; please apply your changes to the \
         latest version and try again"
    );
    assert_eq!(send(&mut world, Precondition::Unchanged), "Deployment/web");
}

#[test]
fn another_incarnation_is_a_conflict() {
    let (mut world, _) = deployed();
    let mut other = deployment(3);
    other.set(&["metadata", "uid"], "Deployment/default/web#7");
    assert!(world.update(other).starts_with("409 Conflict: "));
}

#[test]
fn a_put_to_a_missing_name_is_not_found_but_for_kinds_that_it_creates() {
    let mut world = World::default();
    assert_eq!(world.update(deployment(1)), "404 NotFound: deployments.apps \"web\" not found");
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "default"}, "spec": {"ports": [{"port": 1}]}});
    assert_eq!(world.update(service.into()), "Service/a");
    assert_eq!(world.patch(&key("/Pod/a"), json!({})), "404 NotFound: pods \"a\" not found");
}

#[test]
fn what_is_set_once_stays() {
    let (mut world, web) = deployed();
    let selector = json!({"spec": {"selector": {"matchLabels": {"app": "db"}}, "template": {"metadata": {"labels": {"app": "db"}}}}});
    assert_eq!(
        world.patch(&web, selector),
        "422 Invalid: Deployment.apps \"web\" is invalid: spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"db\"}}: field is immutable"
    );
    assert_eq!(
        world.patch(&web, json!({"metadata": {"name": "db"}})),
        "422 Invalid: Deployment.apps \"web\" is invalid: metadata.name: Invalid value: \"db\": field is immutable"
    );
}

#[test]
fn of_a_pod_little_may_change() {
    let mut world = World::default();
    world.create(pod("a"));
    let check = |world: &mut World, patch: Object, expect: bool| {
        let answer = world.patch(&key("/Pod/a"), patch.clone());
        assert_eq!(answer == "Pod/a", expect, "{patch:?}: {answer}");
    };
    check(&mut world, json!({"spec": {"containers": [{"name": "c", "image": "j"}]}}).into(), true);
    check(&mut world, json!({"spec": {"nodeName": "n"}}).into(), false);
    check(&mut world, json!({"spec": {"containers": [{"name": "d", "image": "j"}]}}).into(), false);
    check(&mut world, json!({"spec": {"activeDeadlineSeconds": 5}}).into(), true);
    check(&mut world, json!({"spec": {"activeDeadlineSeconds": 9}}).into(), false);
    check(&mut world, json!({"metadata": {"labels": {"x": "y"}}}).into(), true);
    let more = world.field(&key("/Pod/a"), &["spec", "tolerations"]);
    let mut more = more;
    more.make_list().push(json!({"key": "k", "operator": "Exists"}).into());
    check(&mut world, Object(Value::map().with(&["spec", "tolerations"], more)), true);
}

#[test]
fn a_service_keeps_its_address_when_a_writer_leaves_it_out() {
    let service = |port: i64| {
        Object::from(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "default"},
            "spec": {"type": "NodePort", "ports": [{"port": port, "nodePort": 30000}]},
        }))
    };
    let mut world = World::default();
    world.create(service(80));
    let mut bare = service(80);
    bare.set(&["spec", "ports"], Value::list([json!({"port": 80}).into()]));
    assert_eq!(world.update(bare), "unchanged");
    assert!(world.patch(&key("/Service/a"), json!({"spec": {"clusterIP": "10.0.0.1"}})).starts_with("422 Invalid"));
}

#[test]
fn a_replacement_of_some_kinds_has_to_say_what_it_replaces() {
    let mut world = World::default();
    world.create(definition());
    let widget = |size: i64| {
        Object::from(
            json!({"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "default"}, "spec": {"size": size}}),
        )
    };
    world.create(widget(1));
    assert_eq!(
        world.update(widget(2)),
        "422 Invalid: Widget.example.org \"w\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update"
    );
    let w = Key::new(Kind::new("example.org", "Widget"), "default", "w");
    let update = Verb::Update(widget(2));
    assert_eq!(world.send_if(w.clone(), Subresource::Main, update, Precondition::Unchanged), "Widget/w");
    // The status of a custom resource is its status, and no metadata.
    world.patch_status(&w, json!({"metadata": {"annotations": {"a": "b"}}, "status": {"size": 1}}));
    assert!(world.field(&w, &["metadata", "annotations"]).is_null());
    assert_eq!(world.field(&w, &["status", "size"]).count(), 1);
}

#[test]
fn a_config_map_that_says_so_does_not_change_any_more() {
    let mut frozen = config("a", "1");
    frozen.set(&["immutable"], true);
    let mut world = World::default();
    world.create(frozen);
    assert!(world.patch(&key("/ConfigMap/a"), json!({"data": {"k": "2"}})).starts_with("422 Invalid"));
    assert_eq!(world.patch(&key("/ConfigMap/a"), json!({"metadata": {"labels": {"a": "b"}}})), "ConfigMap/a");
}

#[test]
fn applying_needs_a_server_that_keeps_field_managers() {
    let (mut world, web) = deployed();
    let apply = Verb::Apply { configuration: deployment(3), force: false };
    assert!(world.send(web, Subresource::Main, apply).starts_with("500 InternalError"));
}

#[test]
fn what_lies_outside_the_cluster_is_kept_as_it_is_written_and_nobody_is_asked() {
    let mut world = World::default();
    let folder = |commit: &str| {
        let metadata = json!({"name": "shop"});
        Object::from(
            json!({"apiVersion": "evenkeel.dev/v1alpha1", "kind": "Folder", "metadata": metadata, "commit": commit}),
        )
    };
    assert_eq!(world.update(folder("first")), "Folder/shop");
    assert_eq!(world.update(folder("second")), "Folder/shop");
    assert_eq!(world.update(folder("second")), "unchanged");
    assert_eq!(world.get(&folder("").key()), folder("second"));
    assert_eq!(
        world.delete(&folder("").key()),
        "405 MethodNotAllowed: the server does not allow this method on the requested resource"
    );
}
