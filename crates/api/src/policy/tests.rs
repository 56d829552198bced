//! Policies and what they deny.

#![expect(clippy::needless_pass_by_value, reason = "cases are written where they are used")]

use evenkeel_object::{Kind, Object, Value, json};

use super::{problems, unsupported, validate};
use crate::{Attributes, Memory};

fn policy(spec: serde_json::Value) -> Object {
    let mut policy = Object::from(json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "p"},
        "spec": {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [
            {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE", "DELETE"], "resources": ["deployments"]}]}},
    }));
    for (name, value) in Value::from(spec).entries() {
        policy.set(&["spec", name], value.clone());
    }
    policy
}

fn binding(spec: serde_json::Value) -> Object {
    let mut binding = Object::from(json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": "b"},
        "spec": {"policyName": "p", "validationActions": ["Deny"]},
    }));
    for (name, value) in Value::from(spec).entries() {
        binding.set(&["spec", name], value.clone());
    }
    binding
}

fn limit(name: &str, namespace: &str, max: &str) -> Object {
    Object::from(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace, "labels": {"limit": "yes"}},
        "data": {"max": max},
    }))
}

fn deployment(replicas: i64) -> Object {
    Object::from(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": replicas},
    }))
}

/// Creates a Deployment of five replicas in a store with these objects; what is said against it, empty if nothing is.
fn check(objects: &[Object], expect: &str) {
    let mut store = Memory::default();
    store.insert(Object::from(json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"tier": "gold"}},
    })));
    objects.iter().for_each(|object| store.insert(object.clone()));
    let object = deployment(5);
    let attributes = Attributes {
        operation: "CREATE",
        kind: &Kind::new("apps", "Deployment"),
        resource: "deployments",
        subresource: "",
        namespace: "shop",
        name: "web",
        object: Some(&object),
        before: None,
        manager: "kubectl",
    };
    let shown = match validate(&mut store, &attributes) {
        Ok(()) => String::new(),
        Err(status) => {
            let said =
                status.message.strip_prefix("deployments.apps \"web\" is forbidden: ").expect("it names the object");
            assert_eq!(status.causes.len(), 1);
            assert_eq!(status.causes[0].message, said);
            let said = said
                .strip_prefix("ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ")
                .expect("it names the policy");
            format!("{} {:?} {said}", status.code, status.reason)
        }
    };
    assert_eq!(shown, expect);
}

/// The same, with one policy of that spec, bound.
fn check_policy(spec: serde_json::Value, expect: &str) {
    check(&[policy(spec), binding(json!({}))], expect);
}

fn check_validation(validation: serde_json::Value, expect: &str) {
    check_policy(json!({"validations": [validation]}), expect);
}

#[test]
fn a_policy_denies_what_its_validations_refuse() {
    check_validation(json!({"expression": "object.spec.replicas <= 5"}), "");
    check_validation(
        json!({"expression": "object.spec.replicas < 5"}),
        "422 Invalid failed expression: object.spec.replicas < 5",
    );
    check_validation(json!({"expression": "object.spec.replicas < 5", "message": "too many"}), "422 Invalid too many");
    check_validation(
        json!({"expression": "object.spec.replicas < 5", "message": "m", "messageExpression": "string(object.spec.replicas) + ' is too many'"}),
        "422 Invalid 5 is too many",
    );
    check_validation(
        json!({"expression": "object.spec.replicas < 5", "message": "m", "messageExpression": "object.x"}),
        "422 Invalid m",
    );
    check_validation(json!({"expression": "false", "reason": "Forbidden"}), "403 Forbidden failed expression: false");
    check_validation(
        json!({"expression": "false", "reason": "RequestEntityTooLarge"}),
        "413 RequestEntityTooLarge failed expression: false",
    );
}

#[test]
fn expressions_read_the_request_and_its_surroundings() {
    for expression in [
        "oldObject == null && request.operation == 'CREATE' && request.namespace == 'shop' && request.name == 'web'",
        "request.kind.kind == 'Deployment' && request.kind.version == 'v1' && request.resource.resource == 'deployments'",
        "namespaceObject.metadata.labels.tier == 'gold'",
        "params == null",
    ] {
        check_validation(json!({"expression": expression}), "");
    }
    check_policy(
        json!({
            "variables": [{"name": "n", "expression": "object.spec.replicas"}, {"name": "m", "expression": "variables.n * 2"}],
            "validations": [{"expression": "variables.m == 10 && variables.n == 5"}],
        }),
        "",
    );
    check_policy(
        json!({"variables": [{"name": "n", "expression": "object.x"}], "validations": [{"expression": "true || variables.n"}]}),
        "",
    );
    check_policy(
        json!({
            "variables": [{"name": "m", "expression": "variables.n"}, {"name": "n", "expression": "1"}],
            "validations": [{"expression": "variables.m == 1"}],
        }),
        r#"422 Invalid expression 'variables.m == 1' resulted in error: composited variable "m" fails to evaluate: no such key: n"#,
    );
}

#[test]
fn an_error_denies_unless_the_policy_ignores_it() {
    let validations = json!([{"expression": "object.x"}]);
    check_policy(
        json!({"validations": validations}),
        "422 Invalid expression 'object.x' resulted in error: no such key: x",
    );
    check_policy(json!({"validations": validations, "failurePolicy": "Ignore"}), "");
    check_policy(
        json!({"validations": [{"expression": "object.x"}, {"expression": "false"}], "failurePolicy": "Ignore"}),
        "422 Invalid failed expression: false",
    );
    check_policy(
        json!({"validations": [{"expression": "true"}], "auditAnnotations": [{"key": "k", "valueExpression": "object.x"}]}),
        "422 Invalid expression 'object.x' resulted in error: no such key: x",
    );
}

#[test]
fn match_conditions_decide_whether_a_policy_speaks() {
    let with = |conditions: serde_json::Value| json!({"matchConditions": conditions, "validations": [{"expression": "false"}]});
    check_policy(
        with(json!([{"name": "a", "expression": "object.spec.replicas == 5"}])),
        "422 Invalid failed expression: false",
    );
    check_policy(with(json!([{"name": "a", "expression": "object.spec.replicas == 6"}])), "");
    check_policy(with(json!([{"name": "a", "expression": "object.x"}, {"name": "b", "expression": "false"}])), "");
    check_policy(
        with(json!([{"name": "a", "expression": "object.x"}])),
        "422 Invalid expression 'object.x' resulted in error: no such key: x",
    );
}

#[test]
fn a_binding_decides_where_and_how_a_policy_is_enforced() {
    let no = || policy(json!({"validations": [{"expression": "false"}]}));
    check(&[no()], "");
    check(&[no(), binding(json!({"policyName": "q"}))], "");
    check(&[no(), binding(json!({"validationActions": ["Warn", "Audit"]}))], "");
    let gold = json!({"matchResources": {"namespaceSelector": {"matchLabels": {"tier": "gold"}}}});
    check(&[no(), binding(gold)], "422 Invalid failed expression: false");
    let silver = json!({"matchResources": {"namespaceSelector": {"matchLabels": {"tier": "silver"}}}});
    check(&[no(), binding(silver)], "");
}

#[test]
fn parameters_are_found_by_name_and_by_selector() {
    let limited = || {
        policy(json!({
            "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
            "validations": [{"expression": "params == null || object.spec.replicas <= int(params.data.max)",
                "messageExpression": "'at most ' + params.data.max"}],
        }))
    };
    let named = |namespace: &str| {
        binding(json!({"paramRef": {"name": "limit", "namespace": namespace, "parameterNotFoundAction": "Deny"}}))
    };
    check(&[limited(), named("ops"), limit("limit", "ops", "4")], "422 Invalid at most 4");
    check(&[limited(), named("ops"), limit("limit", "ops", "5")], "");
    check(
        &[limited(), named("ops")],
        "422 Invalid failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
    );
    let own = || binding(json!({"paramRef": {"name": "limit", "parameterNotFoundAction": "Allow"}}));
    check(&[limited(), own(), limit("limit", "shop", "4")], "422 Invalid at most 4");
    check(&[limited(), own(), limit("limit", "ops", "4")], "");
    let chosen = || {
        binding(
            json!({"paramRef": {"selector": {"matchLabels": {"limit": "yes"}}, "parameterNotFoundAction": "Allow"}}),
        )
    };
    check(&[limited(), chosen(), limit("a", "shop", "9"), limit("b", "shop", "3")], "422 Invalid at most 3");
    check(&[limited(), binding(json!({}))], "");
}

#[test]
fn policies_do_not_speak_of_policies() {
    let mut store = Memory::default();
    store.insert(policy(json!({
        "matchConstraints": {"resourceRules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}]},
        "validations": [{"expression": "false"}],
    })));
    store.insert(binding(json!({})));
    let object = policy(json!({}));
    let mut attributes = Attributes {
        operation: "DELETE",
        kind: &Kind::new("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        resource: "validatingadmissionpolicies",
        subresource: "",
        namespace: "",
        name: "p",
        object: None,
        before: Some(&object),
        manager: "kubectl",
    };
    assert_eq!(validate(&mut store, &attributes), Ok(()));
    let webhook = Kind::new("admissionregistration.k8s.io", "ValidatingWebhookConfiguration");
    attributes.kind = &webhook;
    assert!(validate(&mut store, &attributes).is_err());
}

#[test]
fn mistakes_and_gaps_are_told_apart() {
    let shown = |found: Vec<crate::cel::Problem>| -> Vec<String> {
        found.into_iter().map(|problem| format!("{} {}", problem.field, problem.error)).collect()
    };
    let wrong = policy(json!({
        "variables": [{"name": "v", "expression": "object."}],
        "validations": [{"expression": "params.x == 1"}, {"expression": "object.x.nope()"}],
    }));
    assert_eq!(
        shown(problems(&wrong)),
        [
            "spec.variables[0].expression ERROR: <input>:1:8: Syntax error: no viable alternative at input '.'",
            "spec.validations[0].expression ERROR: <input>:1:1: undeclared reference to 'params' (in container '')",
            "spec.validations[1].expression ERROR: <input>:1:10: undeclared reference to 'nope' (in container '')",
        ]
    );
    assert!(unsupported(&wrong).is_empty());
    let gaps = policy(json!({
        "matchConditions": [{"name": "a", "expression": "request.userInfo.username != 'x'"}],
        "validations": [{"expression": "authorizer.group('').resource('pods').check('get').allowed()"}],
    }));
    assert!(problems(&gaps).is_empty());
    assert_eq!(
        shown(unsupported(&gaps)),
        [
            "spec.matchConditions[0].expression ERROR: <input>:1:1: request.userInfo is not modelled",
            "spec.validations[0].expression ERROR: <input>:1:52: the function allowed is not supported by evenkeel",
        ]
    );
}
