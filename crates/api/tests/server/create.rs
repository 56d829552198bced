//! POST.

use evenkeel_api::{Subresource, Verb};
use evenkeel_object::{Key, Kind, Object, Value, json};

use crate::world::{World, config, deployment, key, pod};

/// The outcome of creating one object in a store with these.
fn check(objects: impl IntoIterator<Item = Object>, object: Object, expect: &str) {
    assert_eq!(World::of(objects).create(object), expect);
}

#[test]
fn a_new_object_is_stored_with_what_the_server_adds() {
    let mut world = World::default();
    let mut object = deployment(2);
    object.set(&["status", "replicas"], 7);
    object.set(&["metadata", "uid"], "mine");
    object.set(&["metadata", "resourceVersion"], "5");
    assert_eq!(world.create(object), "Deployment/web");
    let stored = world.get(&key("apps/Deployment/web"));
    assert_eq!(stored.uid(), "Deployment/default/web#0");
    assert_eq!(stored["metadata"]["generation"].as_int(), Some(1));
    assert!(stored["status"]["replicas"].is_null());
    assert!(stored["metadata"]["resourceVersion"].is_null());
}

#[test]
fn a_name_is_taken_once() {
    check([config("a", "1")], config("a", "2"), "409 AlreadyExists: configmaps \"a\" already exists");
    let mut going = config("a", "1");
    going.set(&["metadata", "deletionTimestamp"], "1970-01-01T00:00:00Z");
    check([going], config("a", "2"), "409 AlreadyExists: object is being deleted: configmaps \"a\" already exists");
}

#[test]
fn a_name_is_given_or_made_up() {
    let nameless = Object::from(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "default"}}));
    check(
        [],
        nameless.clone(),
        "422 Invalid: ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required",
    );
    let mut generated = nameless;
    generated.set(&["metadata", "generateName"], "web-");
    let mut world = World::default();
    assert_eq!(world.create(generated.clone()), "ConfigMap/web-~0");
    assert_eq!(world.create(generated.clone()), "ConfigMap/web-~1");
    world.delete(&key("/ConfigMap/web-~0"));
    assert_eq!(world.create(generated), "ConfigMap/web-~0");
}

#[test]
fn the_second_incarnation_gets_a_new_uid_while_a_dangling_reference_exists() {
    let mut world = World::default();
    world.create(config("owner", "1"));
    let owner = world.get(&key("/ConfigMap/owner"));
    let mut dependent = config("dependent", "1");
    dependent.set(&["metadata", "ownerReferences"], Value::list([owner.controller_reference()]));
    world.create(dependent);
    world.delete(&key("/ConfigMap/owner"));
    world.create(config("owner", "1"));
    assert_eq!(world.get(&key("/ConfigMap/owner")).uid(), "ConfigMap/default/owner#1");
    world.delete(&key("/ConfigMap/owner"));
    world.delete(&key("/ConfigMap/dependent"));
    world.create(config("owner", "1"));
    assert_eq!(world.get(&key("/ConfigMap/owner")).uid(), "ConfigMap/default/owner#0");
}

#[test]
fn a_request_is_about_a_kind_that_is_known_and_about_one_object() {
    let unknown = "404 NotFound: the server could not find the requested resource";
    let object = |version: &str, kind: &str, namespace: &str| {
        Object::from(json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a", "namespace": namespace}}))
    };
    check([], object("example.org/v1", "Widget", "default"), unknown);
    check([], object("apps/v1beta1", "Deployment", "default"), unknown);
    check(
        [],
        object("v1", "Node", "default"),
        "400 BadRequest: namespace \"default\" may not be set: nodes are cluster-scoped",
    );
    check([], object("v1", "Pod", ""), "400 BadRequest: an empty namespace may not be set: pods are namespaced");
    let mut world = World::default();
    let other = Verb::Create(config("b", "1"));
    assert_eq!(
        world.send(key("/ConfigMap/a"), Subresource::Main, other),
        "400 BadRequest: the name of the provided object does not match the name sent on the request"
    );
}

#[test]
fn nothing_is_created_in_a_namespace_that_is_not_there_or_about_to_go() {
    let at = |namespace: &str| {
        let mut object = config("a", "1");
        object.set(&["metadata", "namespace"], namespace);
        object
    };
    let namespace = |phase: &str| {
        Object::from(
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}, "status": {"phase": phase}}),
        )
    };
    check([], at("shop"), "404 NotFound: namespaces \"shop\" not found");
    check([], at("kube-system"), "ConfigMap/kube-system/a");
    check([namespace("Active")], at("shop"), "ConfigMap/shop/a");
    check(
        [namespace("Terminating")],
        at("shop"),
        "403 Forbidden: configmaps \"a\" is forbidden: unable to create new content in namespace shop because it is being terminated",
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let with = |way: &[&str], value: Value| {
        let mut object = deployment(1);
        object.set(way, value);
        object
    };
    let say = |cause: &str| format!("422 Invalid: Deployment.apps \"web\" is invalid: {cause}");
    check(
        [],
        with(&["spec", "template", "metadata", "labels"], json!({"app": "db"}).into()),
        &say(
            "spec.template.metadata.labels: Invalid value: {\"app\":\"db\"}: `selector` does not match template `labels`",
        ),
    );
    check(
        [],
        with(&["spec", "replicas"], (-1).into()),
        &say("spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
    );
    check(
        [],
        with(&["spec", "template", "spec", "containers"], Value::list([])),
        &say("spec.template.spec.containers: Required value"),
    );
    check(
        [],
        with(&["metadata", "ownerReferences"], json!([{"apiVersion": "v1", "kind": "Pod", "name": "a"}]).into()),
        &say("metadata.ownerReferences[0].uid: Required value: must not be empty"),
    );
    check(
        [],
        with(&["spec", "template", "spec", "restartPolicy"], "Never".into()),
        &say("spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\""),
    );
}

#[test]
fn pods_get_what_admission_gives_them() {
    let mut world = World::default();
    world.create(pod("web"));
    let stored = world.get(&key("/Pod/web"));
    assert_eq!(stored["spec"]["serviceAccountName"].text(), "default");
    assert_eq!(stored["spec"]["priority"].as_int(), Some(0));
    assert_eq!(stored["spec"]["preemptionPolicy"].text(), "PreemptLowerPriority");
    assert_eq!(stored["spec"]["tolerations"].items().len(), 2);
    assert_eq!(stored["status"], Value::from(json!({"phase": "Pending", "qosClass": "BestEffort"})));
}

#[test]
fn the_priority_of_a_pod_comes_from_its_class() {
    let class = |name: &str, value: i64, is_default: bool| {
        Object::from(json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value, "globalDefault": is_default,
        }))
    };
    let mut world = World::of([class("high", 100, false), class("usual", 7, true)]);
    let named = |name: &str, class: &str| {
        let mut pod = pod(name);
        pod.set(&["spec", "priorityClassName"], class);
        pod
    };
    world.create(named("a", "high"));
    world.create(pod("b"));
    world.create(named("c", "system-node-critical"));
    let priority = |name: &str| world.field(&key(name), &["spec", "priority"]).count();
    assert_eq!((priority("/Pod/a"), priority("/Pod/b")), (100, 7));
    assert_eq!(priority("/Pod/c"), 2_000_001_000);
    assert_eq!(world.field(&key("/Pod/b"), &["spec", "priorityClassName"]).text(), "usual");
    assert_eq!(
        world.create(named("d", "none")),
        "403 Forbidden: pods \"d\" is forbidden: no PriorityClass with name none was found"
    );
}

#[test]
fn a_service_gets_an_address_unless_it_wants_none() {
    let service = |name: &str, spec: Value| {
        Object::from(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"}}))
            .0
            .with(&["spec"], spec)
            .into()
    };
    let mut world = World::default();
    world.create(service("a", json!({"ports": [{"port": 80}]}).into()));
    world.create(service("b", json!({"clusterIP": "None"}).into()));
    world.create(service("c", json!({"type": "ExternalName", "externalName": "example.org"}).into()));
    let address = |name: &str| world.field(&key(name), &["spec", "clusterIP"]).text().to_owned();
    assert_eq!(address("/Service/a"), "clusterip:a");
    assert_eq!(address("/Service/b"), "None");
    assert_eq!(address("/Service/c"), "");
}

#[test]
fn the_pods_of_a_job_can_be_told_apart() {
    let mut world = World::default();
    let answer = world.create(Object::from(json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once", "namespace": "default"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}},
    })));
    assert_eq!(answer, "Job/once");
    let spec = world.field(&key("batch/Job/once"), &["spec"]);
    let label = "batch.kubernetes.io/controller-uid";
    assert_eq!(spec["selector"]["matchLabels"][label].text(), "Job/default/once#0");
    assert_eq!(spec["template"]["metadata"]["labels"][label].text(), "Job/default/once#0");
    assert_eq!(spec["template"]["metadata"]["labels"]["job-name"].text(), "once");
    let labels = world.field(&key("batch/Job/once"), &["metadata", "labels"]);
    assert_eq!(labels["job-name"].text(), "once");
}

#[test]
fn a_job_without_labels_has_those_of_its_template_and_one_with_labels_has_its_own() {
    let labels = |metadata: serde_json::Value| {
        let mut world = World::default();
        let containers = json!([{"name": "c", "image": "i"}]);
        let template =
            json!({"metadata": {"labels": {"app": "a"}}, "spec": {"restartPolicy": "Never", "containers": containers}});
        world.create(Object::from(json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": template},
        })));
        let labels = world.field(&key("batch/Job/once"), &["metadata", "labels"]);
        labels.entries().map(|(name, _)| name.to_string()).collect::<Vec<_>>()
    };
    let own = ["batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"];
    let bare = labels(json!({"name": "once", "namespace": "default"}));
    assert_eq!(bare, [&["app"], &own[..]].concat());
    assert_eq!(labels(json!({"name": "once", "namespace": "default", "labels": {"b": "c"}})), ["b"]);
}

#[test]
fn a_custom_resource_is_known_once_it_is_defined() {
    let mut world = World::default();
    let widget = Object::from(json!({
        "apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "default"}, "spec": {"size": 1}, "status": {"a": 1},
    }));
    assert_eq!(world.create(widget.clone()), "404 NotFound: the server could not find the requested resource");
    assert_eq!(world.create(definition()), "CustomResourceDefinition/widgets.example.org");
    let stored = world.get(&key("apiextensions.k8s.io/CustomResourceDefinition/widgets.example.org"));
    assert!(stored.is_condition_true("Established"));
    assert_eq!(stored["status"]["storedVersions"], Value::from(json!(["v1"])));
    assert_eq!(world.create(widget), "Widget/w");
    let stored = world.get(&Key::new(Kind::new("example.org", "Widget"), "default", "w"));
    assert!(stored["status"].is_null());
    assert_eq!(stored["metadata"]["generation"].as_int(), Some(1));
}

/// A definition of widgets, with a status and a scale.
pub(crate) fn definition() -> Object {
    let schema = json!({
        "type": "object",
        "properties": {
            "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        },
    });
    Object::from(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.example.org"},
        "spec": {
            "group": "example.org", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{
                "name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema},
                "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}},
            }],
        },
    }))
}
