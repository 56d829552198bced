//! What becomes of custom resources.

#![expect(clippy::needless_pass_by_value, reason = "cases are written where they are used")]

use evenkeel_object::{Object, Value, json};

use super::{Definition, Scale};
use crate::Cause;

mod definitions;
mod rules;

/// A CustomResourceDefinition of one version with these properties of `spec`, with more of the schema of `spec` if given.
fn crd(properties: serde_json::Value, more: serde_json::Value) -> Object {
    let mut spec = Value::from(json!({"type": "object", "properties": properties}));
    for (name, value) in Value::from(more).entries() {
        spec.set(&[name], value.clone());
    }
    of_schema(json!({"type": "object", "properties": {"spec": serde_json::Value::from(&spec)}}))
}

fn of_schema(schema: serde_json::Value) -> Object {
    Object::from(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "boats.sea.io"},
        "spec": {
            "group": "sea.io", "scope": "Namespaced", "names": {"plural": "boats", "kind": "Boat"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema},
                "subresources": {"status": {}, "scale": {
                    "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}}}],
        },
    }))
}

fn boat(spec: serde_json::Value) -> Object {
    Object::from(json!({
        "apiVersion": "sea.io/v1", "kind": "Boat", "metadata": {"name": "b", "namespace": "default", "labels": {"x": "y"}}, "spec": spec,
    }))
}

fn listed(causes: &[Cause]) -> Vec<String> {
    causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect()
}

/// Admits `spec` (in place of `before`, if not null); either the spec that would be stored, or the causes of the refusal.
fn check(crd: &Object, before: serde_json::Value, spec: serde_json::Value, expect: &[&str]) {
    let definition = Definition::of(crd, "v1").expect("the version is served");
    let before = (!before.is_null()).then(|| definition.complete(boat(before)));
    let shown = match definition.admit(boat(spec.clone()), before.as_ref()) {
        Ok(object) => vec![object["spec"].to_string()],
        Err(status) => {
            assert_eq!(status.code, 422);
            listed(&status.causes)
        }
    };
    assert_eq!(shown, expect, "{spec}");
}

fn create(properties: serde_json::Value, spec: serde_json::Value, expect: &[&str]) {
    check(&crd(properties, json!({})), json!(null), spec, expect);
}

#[test]
fn defaults_fill_what_is_absent() {
    let properties = || {
        json!({
            "size": {"type": "integer", "default": 3},
            "hull": {"type": "object", "default": {}, "properties": {"colour": {"type": "string", "default": "red"}}},
            "sails": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer", "default": 1}}}},
            "free": {"type": "string", "nullable": true, "default": "f"},
        })
    };
    create(properties(), json!({}), &[r#"{"free":"f","hull":{"colour":"red"},"size":3}"#]);
    create(properties(), json!({"size": null, "free": null}), &[r#"{"free":null,"hull":{"colour":"red"},"size":3}"#]);
    create(
        properties(),
        json!({"size": 1, "hull": {"colour": "b"}, "sails": [{}, {"n": 2}], "free": ""}),
        &[r#"{"free":"","hull":{"colour":"b"},"sails":[{"n":1},{"n":2}],"size":1}"#],
    );
    create(json!({"a": {"type": "string"}}), json!({"a": null}), &["{}"]);
}

#[test]
fn what_the_schema_does_not_know_is_taken_away() {
    let object = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    create(json!({"o": object}), json!({"o": {"a": 1, "b": 2}, "x": 1}), &[r#"{"o":{"a":1}}"#]);
    create(
        json!({"o": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"p": object}}}),
        json!({"o": {"y": {"z": 1}, "p": {"a": 1, "b": 2}}}),
        &[r#"{"o":{"p":{"a":1},"y":{"z":1}}}"#],
    );
    create(
        json!({"m": {"type": "object", "additionalProperties": object}}),
        json!({"m": {"k": {"a": 1, "b": 2}}}),
        &[r#"{"m":{"k":{"a":1}}}"#],
    );
    create(
        json!({"e": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": object}}}),
        json!({"e": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "n"}, "spec": {"b": 1}, "x": 1}}),
        &[r#"{"e":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"n"},"spec":{}}}"#],
    );
    let definition = Definition::of(&of_schema(json!({"type": "object"})), "v1").expect("served");
    let object = definition.admit(boat(json!({"a": 1})), None).expect("nothing is wrong");
    assert_eq!(object.get("spec"), None);
    assert_eq!(object.labels(), &Value::from(json!({"x": "y"})));
}

#[test]
fn types_are_checked() {
    create(
        json!({"n": {"type": "integer"}}),
        json!({"n": "1"}),
        &[r#"spec.n: Invalid value: "string": spec.n in body must be of type integer: "string""#],
    );
    create(json!({"n": {"type": "integer"}}), json!({"n": 1.0}), &[r#"{"n":1.0}"#]);
    create(json!({"n": {"type": "number"}}), json!({"n": 1}), &[r#"{"n":1}"#]);
    create(json!({"n": {"x-kubernetes-int-or-string": true}}), json!({"n": "1"}), &[r#"{"n":"1"}"#]);
    create(
        json!({"n": {"x-kubernetes-int-or-string": true}}),
        json!({"n": true}),
        &[r#"spec.n: Invalid value: "boolean": spec.n in body must be of type integer,string: "boolean""#],
    );
    create(
        json!({"l": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}}}),
        json!({"l": [{"k": 1}]}),
        &[r#"spec.l[0].k: Invalid value: "integer": spec.l[0].k in body must be of type string: "integer""#],
    );
    create(
        json!({"n": {"type": "integer", "format": "int32"}}),
        json!({"n": 3000000000u32}),
        &[r#"<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.n"#],
    );
}

#[test]
fn values_are_checked() {
    let fails = |schema, value, expect: &str| create(json!({"x": schema}), json!({"x": value}), &[expect]);
    fails(
        json!({"type": "string", "enum": ["a", "b"]}),
        json!("c"),
        r#"spec.x: Unsupported value: "c": supported values: "a", "b""#,
    );
    fails(
        json!({"type": "string", "pattern": "^a$"}),
        json!("b"),
        r#"spec.x: Invalid value: "b": spec.x in body should match '^a$'"#,
    );
    fails(json!({"type": "string", "maxLength": 1}), json!("bb"), "spec.x: Too long: may not be more than 1 byte");
    fails(
        json!({"type": "string", "minLength": 1}),
        json!(""),
        r#"spec.x: Invalid value: "": spec.x in body should be at least 1 chars long"#,
    );
    fails(
        json!({"type": "integer", "maximum": 3}),
        json!(4),
        "spec.x: Invalid value: 4: spec.x in body should be less than or equal to 3",
    );
    fails(
        json!({"type": "integer", "minimum": 3, "exclusiveMinimum": true}),
        json!(3),
        "spec.x: Invalid value: 3: spec.x in body should be greater than 3",
    );
    fails(
        json!({"type": "integer", "multipleOf": 2}),
        json!(3),
        "spec.x: Invalid value: 3: spec.x in body should be a multiple of 2",
    );
    fails(
        json!({"type": "number", "multipleOf": 0.5}),
        json!(3),
        "spec.x: Invalid value: 0: factor MultipleOf declared for spec.x must be positive: 0",
    );
    fails(
        json!({"type": "array", "items": {"type": "integer"}, "maxItems": 1}),
        json!([1, 2]),
        "spec.x: Too many: 2: must have at most 1 item",
    );
    fails(
        json!({"type": "array", "items": {"type": "integer"}, "minItems": 1}),
        json!([]),
        "spec.x: Invalid value: 0: spec.x in body should have at least 1 items",
    );
    fails(
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "maxProperties": 1}),
        json!({"a": 1, "b": 2}),
        "spec.x: Too many: 2: must have at most 1 item",
    );
    fails(
        json!({"type": "object", "required": ["y"], "properties": {"y": {"type": "string"}}}),
        json!({}),
        "spec.x.y: Required value",
    );
    fails(
        json!({"type": "string", "format": "date-time"}),
        json!("today"),
        r#"spec.x: Invalid value: "today": spec.x in body must be of type date-time: "today""#,
    );
    fails(
        json!({"type": "string", "format": "byte"}),
        json!(""),
        r#"spec.x: Invalid value: "": spec.x in body must be of type byte: """#,
    );
    fails(
        json!({"type": "string", "format": "ipv4"}),
        json!("1.2.3"),
        r#"spec.x: Invalid value: "1.2.3": spec.x in body must be of type ipv4: "1.2.3""#,
    );
    fails(
        json!({"type": "string", "format": "cidr"}),
        json!("10.0.0.0/40"),
        r#"spec.x: Invalid value: "10.0.0.0/40": spec.x in body must be of type cidr: "10.0.0.0/40""#,
    );
    create(json!({"x": {"type": "string", "format": "duration"}}), json!({"x": "1h30m"}), &[r#"{"x":"1h30m"}"#]);
    create(json!({"x": {"type": "string", "format": "made-up"}}), json!({"x": "?"}), &[r#"{"x":"?"}"#]);
}

#[test]
fn junctors_are_checked() {
    let pair = json!({"a": {"type": "string"}, "b": {"type": "string"}});
    let one = crd(pair.clone(), json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}));
    check(&one, json!(null), json!({"a": ""}), &[r#"{"a":""}"#]);
    check(
        &one,
        json!(null),
        json!({"a": "", "b": ""}),
        &[
            r#"<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives"#,
        ],
    );
    check(
        &one,
        json!(null),
        json!({}),
        &[
            r#"<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid"#,
            "spec.a: Required value",
        ],
    );
    let any = crd(pair.clone(), json!({"anyOf": [{"required": ["a"]}, {"properties": {"b": {"minLength": 1}}}]}));
    check(&any, json!(null), json!({"b": "x"}), &[r#"{"b":"x"}"#]);
    let all = crd(pair.clone(), json!({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}));
    check(
        &all,
        json!(null),
        json!({"a": ""}),
        &["spec.b: Required value", r#"<nil>: Invalid value: "": "spec" must validate all the schemas (allOf)"#],
    );
    let not = crd(pair, json!({"not": {"required": ["a"]}}));
    check(
        &not,
        json!(null),
        json!({"a": ""}),
        &[r#"<nil>: Invalid value: "": "spec" must not validate the schema (not)"#],
    );
}

#[test]
fn sets_and_maps_hold_nothing_twice() {
    let properties = json!({
        "s": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "m": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
            "items": {"type": "object", "properties": {"k": {"type": "string"}, "v": {"type": "integer"}}, "required": ["k"]}},
    });
    create(properties.clone(), json!({"s": ["a", "b", "a", "a"]}), &[r#"spec.s[2]: Duplicate value: "a""#]);
    create(
        properties,
        json!({"m": [{"k": "a", "v": 1}, {"k": "a", "v": 2}]}),
        &[r#"spec.m[1]: Duplicate value: {"k":"a"}"#],
    );
}

#[test]
fn a_refusal_is_told_as_the_server_tells_it() {
    let strict = crd(json!({"n": {"type": "integer"}}), json!({"required": ["n"]}));
    let definition = Definition::of(&strict, "v1").expect("served");
    let status = definition.admit(boat(json!({})), None).expect_err("it is not valid");
    assert_eq!(status.message, r#"Boat.sea.io "b" is invalid: spec.n: Required value"#);
}

#[test]
fn a_definition_tells_what_it_is_of() {
    let definition = Definition::of(&crd(json!({}), json!({})), "v1").expect("served");
    assert_eq!(definition.plural(), "boats");
    assert!(definition.kind().is("sea.io", "Boat"));
    assert!(definition.namespaced() && definition.has_status());
    let scale = definition.scale().expect("there is one");
    let path = |text: &str| text.split('.').map(Into::into).collect::<Vec<_>>();
    let expect =
        Scale { spec_replicas: path("spec.replicas"), status_replicas: path("status.replicas"), label_selector: None };
    assert_eq!(*scale, expect);
    assert!(Definition::of(&crd(json!({}), json!({})), "v2").is_none());
}

#[test]
fn replicas_are_counts() {
    create(
        json!({"replicas": {"type": "integer"}}),
        json!({"replicas": -1}),
        &["spec.replicas: Invalid value: -1: should be a non-negative integer"],
    );
}
