//! MutatingAdmissionPolicies.

use evenkeel_api::policy;
use evenkeel_object::{Object, Value, json};

use crate::apply::{apply, keeping};
use crate::world::{World, config, deployment, key};

/// A policy for ConfigMaps and Deployments with these mutations, and its binding.
fn mutating(name: &str, mutations: &[(&str, &str)], spec: serde_json::Value) -> [Object; 2] {
    let mutations = mutations.iter().map(|(sort, expression)| {
        let field = if *sort == "JSONPatch" { "jsonPatch" } else { "applyConfiguration" };
        Value::from(json!({"patchType": sort})).with(&[field, "expression"], *expression)
    });
    let rule = |group: &str, resources: &[&str]| json!({"apiGroups": [group], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": resources});
    let mut policy = Object::from(json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": name},
        "spec": {"failurePolicy": "Fail", "reinvocationPolicy": "Never", "matchConstraints": {"resourceRules": [
            rule("", &["configmaps"]), rule("apps", &["deployments", "deployments/status"])]}},
    }));
    policy.set(&["spec", "mutations"], Value::list(mutations));
    for (field, value) in Value::from(spec).entries() {
        policy.set(&["spec", field], value.clone());
    }
    let binding = Object::from(json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding", "metadata": {"name": name},
        "spec": {"policyName": name},
    }));
    [policy, binding]
}

/// What is in ConfigMap `a`, created with `k: "1"` beside these.
fn made(policies: impl IntoIterator<Item = [Object; 2]>) -> String {
    let mut world = World::of(policies.into_iter().flatten());
    let answer = world.create(config("a", "1"));
    if answer != "ConfigMap/a" {
        return answer;
    }
    world.get(&key("/ConfigMap/a"))["data"].to_string()
}

fn one(sort: &str, expression: &str) -> String {
    made([mutating("p", &[(sort, expression)], json!({}))])
}

const DENIED: &str = "403 Invalid: policy 'p' with binding 'p' denied request: ";

#[test]
fn an_apply_configuration_is_laid_over_what_was_sent() {
    assert_eq!(one("ApplyConfiguration", "Object{data: {'b': '2'}}"), r#"{"b":"2","k":"1"}"#);
    assert_eq!(one("ApplyConfiguration", "Object{data: {'k': object.data.k + '2'}}"), r#"{"k":"12"}"#);
    assert_eq!(one("ApplyConfiguration", "Object{}"), r#"{"k":"1"}"#);
}

#[test]
fn what_is_atomic_cannot_be_applied_by_a_policy() {
    let selects = "Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {'a': 'b'}}}}";
    let mut world = World::of(mutating("p", &[("ApplyConfiguration", selects)], json!({})));
    let why = "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.selector";
    assert_eq!(world.create(deployment(1)), format!("{DENIED}{why}"));
}

#[test]
fn a_json_patch_edits_what_was_sent() {
    assert_eq!(one("JSONPatch", "[JSONPatch{op: 'add', path: '/data/b', value: '2'}]"), r#"{"b":"2","k":"1"}"#);
    assert_eq!(one("JSONPatch", "[JSONPatch{op: 'move', from: '/data/k', path: '/data/y'}]"), r#"{"y":"1"}"#);
    assert_eq!(one("JSONPatch", "[]"), r#"{"k":"1"}"#);
    let tests = "[JSONPatch{op: 'test', path: '/data/k', value: '2'}, JSONPatch{op: 'remove', path: '/data/k'}]";
    assert_eq!(one("JSONPatch", tests), r#"{"k":"1"}"#);
    let misses = one("JSONPatch", "[JSONPatch{op: 'remove', path: '/data/nope'}]");
    assert!(misses.starts_with(&format!("{DENIED}JSON Patch: ")), "{misses}");
}

#[test]
fn a_policy_that_fails_is_heard_only_if_it_insists() {
    let fails = "Object{data: {'b': object.data.nope}}";
    let why = format!("expression '{fails}' resulted in error: no such key: nope");
    assert_eq!(one("ApplyConfiguration", fails), format!("{DENIED}{why}"));
    let ignored = mutating("p", &[("ApplyConfiguration", fails)], json!({"failurePolicy": "Ignore"}));
    assert_eq!(made([ignored]), r#"{"k":"1"}"#);
    let unmeant = json!({"matchConditions": [{"name": "c", "expression": "object.data.k == '2'"}]});
    assert_eq!(made([mutating("p", &[("ApplyConfiguration", fails)], unmeant)]), r#"{"k":"1"}"#);
}

#[test]
fn policies_see_what_those_before_made_and_are_asked_again_if_they_want() {
    let appends = |name: &str, again: &str| {
        let expression = format!("Object{{data: {{'k': object.data.k + '{name}'}}}}");
        mutating(name, &[("ApplyConfiguration", &expression)], json!({"reinvocationPolicy": again}))
    };
    assert_eq!(made([appends("p", "Never"), appends("q", "Never")]), r#"{"k":"1pq"}"#);
    assert_eq!(made([appends("p", "IfNeeded"), appends("q", "Never")]), r#"{"k":"1pqp"}"#);
    assert_eq!(made([appends("p", "IfNeeded")]), r#"{"k":"1pp"}"#);
}

#[test]
fn what_a_policy_puts_back_is_no_change() {
    let keeps = mutating("p", &[("ApplyConfiguration", "Object{data: {'k': '1'}}")], json!({}));
    let mut world = World::of(keeps);
    world.create(config("a", "1"));
    assert_eq!(world.update(config("a", "2")), "unchanged");
    let prefixes = mutating(
        "p",
        &[("JSONPatch", "[JSONPatch{op: 'replace', path: '/data/k', value: 'm' + object.data.k}]")],
        json!({}),
    );
    let mut world = World::of(prefixes);
    world.create(config("a", "1"));
    assert_eq!(world.patch(&key("/ConfigMap/a"), json!({})), "ConfigMap/a");
    assert_eq!(world.get(&key("/ConfigMap/a"))["data"]["k"], Value::from("mm1"));
}

#[test]
fn an_applier_whose_demand_a_policy_rewrites_changes_nothing_more_and_is_not_in_its_own_way() {
    let mut world = keeping();
    for object in mutating("p", &[("ApplyConfiguration", "Object{data: {'k': '1'}}")], json!({})) {
        world.create(object);
    }
    assert_eq!(apply(&mut world, "git", config("a", "2"), false), "written");
    let stored = world.get(&key("/ConfigMap/a"));
    assert_eq!(stored["data"]["k"], Value::from("1"));
    for _ in 0..2 {
        assert_eq!(apply(&mut world, "git", config("a", "2"), false), "unchanged");
    }
    assert_eq!(world.get(&key("/ConfigMap/a")), stored, "nor does it own anything else");
}

#[test]
fn on_the_way_to_a_status_the_rest_cannot_be_changed_but_annotations_can() {
    let changes = "Object{metadata: Object.metadata{annotations: {'a': 'b'}}, spec: Object.spec{replicas: 9}}";
    let mut world =
        World::of([deployment(1)].into_iter().chain(mutating("p", &[("ApplyConfiguration", changes)], json!({}))));
    assert_eq!(world.patch_status(&key("apps/Deployment/web"), json!({"status": {"replicas": 1}})), "Deployment/web");
    let stored = world.get(&key("apps/Deployment/web"));
    assert_eq!(
        (stored["spec"]["replicas"].clone(), stored["metadata"]["annotations"]["a"].clone()),
        (1.into(), "b".into())
    );
}

#[test]
fn a_mutation_that_cannot_be_followed_is_told_from_one_that_is_wrong() {
    let found = |expression: &str| {
        let [policy, _] = mutating("p", &[("ApplyConfiguration", expression)], json!({}));
        (policy::problems(&policy).len(), policy::unsupported(&policy).len())
    };
    assert_eq!(found("Object{spec: Object.spec{replicas: 1}}"), (0, 0));
    assert_eq!(found("Object{spec: Object.status{replicas: 1}}"), (0, 1));
    assert_eq!(found("Thing{spec: 1}"), (1, 0));
    let [mut policy, _] = mutating("p", &[], json!({}));
    policy.set(&["spec", "matchConstraints", "resourceRules"], json!([{"resources": ["deployments/scale"]}]));
    assert_eq!((policy::problems(&policy).len(), policy::unsupported(&policy).len()), (0, 1));
}
