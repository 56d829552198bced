//! Webhooks and limit ranges.

use evenkeel_object::{Object, Value, json};

use crate::world::{World, config, deployment, key, pod};

/// A configuration with one webhook for Pods, served by Service `guard/guard`.
fn webhook(extra: &[(&[&str], Value)]) -> Object {
    let mut webhook = Value::from(json!({
        "name": "guard.example.org", "failurePolicy": "Fail",
        "clientConfig": {"service": {"namespace": "guard", "name": "guard"}},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["pods"]}],
    }));
    for (way, value) in extra {
        webhook.set(way, value.clone());
    }
    Object::from(json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "guard"},
        "webhooks": [webhook],
    }))
}

fn service() -> Object {
    Object::from(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "guard", "namespace": "guard"}, "spec": {"ports": [{"port": 443}]},
    }))
}

fn slice(is_ready: bool) -> Object {
    Object::from(json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": "guard", "namespace": "guard", "labels": {"kubernetes.io/service-name": "guard"}},
        "endpoints": [{"addresses": ["ip:guard"], "conditions": {"ready": is_ready}}],
    }))
}

fn failed(why: &str) -> String {
    let call = r#"failed to call webhook: Post "https://guard.guard.svc:443/?timeout=10s""#;
    format!("500 InternalError: Internal error occurred: failed calling webhook \"guard.example.org\": {call}: {why}")
}

/// Creates Pod `web` in a store with these.
fn check(objects: impl IntoIterator<Item = Object>, expect: &str) {
    assert_eq!(World::of(objects).create(pod("web")), expect);
}

#[test]
fn a_webhook_that_nobody_serves_refuses_what_it_insists_on() {
    let insists = || webhook(&[]);
    check([insists()], &failed("service \"guard\" not found"));
    check([insists(), service()], &failed("no endpoints available for service \"guard\""));
    check([insists(), service(), slice(false)], &failed("no endpoints available for service \"guard\""));
    check([insists(), service(), slice(true)], "Pod/web");
    check([webhook(&[(&["failurePolicy"], "Ignore".into())])], "Pod/web");
    check([webhook(&[(&["clientConfig"], json!({"url": "https://example.org"}).into())])], "Pod/web");
}

#[test]
fn a_webhook_is_asked_only_for_what_it_chooses() {
    let mut mutating = webhook(&[]);
    mutating.set(&["kind"], "MutatingWebhookConfiguration");
    assert_eq!(World::of([webhook(&[])]).create(config("a", "1")), "ConfigMap/a");
    assert_eq!(World::of([webhook(&[])]).create(deployment(1)), "Deployment/web");
    check([mutating], &failed("service \"guard\" not found"));
    let other = json!({"matchLabels": {"app": "db"}});
    check([webhook(&[(&["objectSelector"], other.into())])], "Pod/web");
    let other = json!({"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["default"]}]});
    check([webhook(&[(&["namespaceSelector"], other.into())])], "Pod/web");
}

#[test]
fn a_webhook_objects_to_deletions_and_changes_too() {
    let mut world = World::of([pod("web"), webhook(&[])]);
    assert_eq!(world.delete(&key("/Pod/web")), failed("service \"guard\" not found"));
    assert_eq!(
        world.patch(&key("/Pod/web"), json!({"metadata": {"labels": {"a": "b"}}})),
        failed("service \"guard\" not found")
    );
    // The status is another resource.
    assert_eq!(world.patch_status(&key("/Pod/web"), json!({"status": {"phase": "Running"}})), "Pod/web");
}

#[test]
fn nobody_is_locked_out_of_the_configuration_of_admission() {
    let rules = json!([{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}]);
    let mut world = World::of([webhook(&[(&["rules"], rules.into())])]);
    assert_eq!(
        world.delete(&key("admissionregistration.k8s.io/ValidatingWebhookConfiguration/guard")),
        "-ValidatingWebhookConfiguration/guard"
    );
}

#[test]
fn a_limit_range_fills_in_and_bounds() {
    let range = Object::from(json!({
        "apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "r", "namespace": "default"},
        "spec": {"limits": [{"type": "Container", "defaultRequest": {"cpu": "100m"}, "default": {"cpu": "200m"}, "max": {"cpu": "1"}}]},
    }));
    let mut world = World::of([range]);
    assert_eq!(world.create(pod("web")), "Pod/web");
    let stored = world.get(&key("/Pod/web"));
    let resources = &stored["spec"]["containers"][0]["resources"];
    assert_eq!(*resources, Value::from(json!({"requests": {"cpu": "100m"}, "limits": {"cpu": "200m"}})));
    let mut greedy = pod("greedy");
    let container = json!([{"name": "c", "image": "i", "resources": {"limits": {"cpu": "2"}}}]);
    greedy.set(&["spec", "containers"], Value::from(container));
    assert_eq!(
        world.create(greedy),
        "403 Forbidden: pods \"greedy\" is forbidden: maximum cpu usage per Container is 1, but limit is 2"
    );
}

#[test]
fn a_webhook_is_asked_only_if_its_conditions_hold() {
    let on = |expression: &str| {
        let conditions = json!([{"name": "c", "expression": expression}]);
        webhook(&[(&["matchConditions"], conditions.into())])
    };
    check([on("object.metadata.name == 'db'")], "Pod/web");
    check([on("request.operation == 'DELETE'")], "Pod/web");
    check([on("object.metadata.name == 'web'")], &failed("service \"guard\" not found"));
    let answer = World::of([on("object.spec.nothing == 1")]).create(pod("web"));
    assert!(answer.starts_with("403 Forbidden"), "{answer}");
}

#[test]
fn a_policy_that_is_bound_denies() {
    let rules = json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]);
    let policy = Object::from(json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "p"},
        "spec": {"matchConstraints": {"resourceRules": rules}, "validations": [{"expression": "object.metadata.name != 'web'", "message": "no"}]},
    }));
    let binding = Object::from(json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": "b"},
        "spec": {"policyName": "p", "validationActions": ["Deny"]},
    }));
    check([policy.clone()], "Pod/web");
    let answer = World::of([policy, binding]).create(pod("web"));
    assert!(answer.starts_with("422 Invalid") && answer.ends_with("denied request: no"), "{answer}");
}
