//! CEL rules: when they are asked, and what they say.

use evenkeel_object::{Value, json};

use super::{check, crd};

#[test]
fn rules_are_obeyed() {
    let rule = |rule: serde_json::Value| {
        let properties = json!({
            "min": {"type": "integer"}, "max": {"type": "integer"}, "at": {"type": "string", "format": "date-time"},
            "ratio": {"type": "number"}, "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        });
        crd(properties, json!({"x-kubernetes-validations": [rule]}))
    };
    let fails = |of, spec, expect: &str| check(&rule(of), json!(null), spec, &[expect]);
    let wide = json!({"min": 3, "max": 2});
    fails(
        json!({"rule": "self.min <= self.max"}),
        wide.clone(),
        "spec: Invalid value: failed rule: self.min <= self.max",
    );
    fails(
        json!({"rule": "self.min <= self.max", "message": "upside down"}),
        wide.clone(),
        "spec: Invalid value: upside down",
    );
    fails(
        json!({"rule": "self.min <= self.max", "message": "m", "messageExpression": "'%d > %d'.format([self.min, self.max])"}),
        wide.clone(),
        "spec: Invalid value: 3 > 2",
    );
    fails(
        json!({"rule": "self.min <= self.max", "message": "m", "fieldPath": ".min", "reason": "FieldValueForbidden"}),
        wide.clone(),
        "spec.min: Forbidden: m",
    );
    fails(
        json!({"rule": "self.gone > 1"}),
        wide.clone(),
        r#"spec: Invalid value: "object": no such key: gone evaluating rule: self.gone > 1"#,
    );
    fails(json!({"rule": "self.min"}), wide.clone(), "spec: Invalid value: failed rule: self.min");
    let holds = |of, spec: serde_json::Value| {
        let stored = Value::from(spec.clone()).to_string();
        check(&rule(of), json!(null), spec, &[&stored]);
    };
    holds(json!({"rule": "self.at > timestamp('2020-01-01T00:00:00Z')"}), json!({"at": "2024-01-01T00:00:00Z"}));
    holds(json!({"rule": "self.ratio / 2.0 == 0.5"}), json!({"ratio": 1}));
    holds(json!({"rule": "self.tags == ['b', 'a']"}), json!({"tags": ["a", "b"]}));
    holds(json!({"rule": "oldSelf.min == self.min"}), json!({"min": 1}));
}

#[test]
fn a_rule_about_a_change_is_asked_when_something_changes() {
    let immutable = json!([{"rule": "self == oldSelf", "message": "immutable"}]);
    let of_field = crd(json!({"n": {"type": "integer", "x-kubernetes-validations": immutable}}), json!({}));
    check(&of_field, json!(null), json!({"n": 1}), &[r#"{"n":1}"#]);
    check(&of_field, json!({"n": 1}), json!({"n": 2}), &["spec.n: Invalid value: 2: immutable"]);
    check(&of_field, json!({}), json!({"n": 2}), &[r#"{"n":2}"#]);
    let of_items = crd(
        json!({"m": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {"type": "object",
            "properties": {"k": {"type": "string"}, "v": {"type": "integer", "x-kubernetes-validations": immutable}}}}}),
        json!({}),
    );
    check(
        &of_items,
        json!({"m": [{"k": "a", "v": 1}, {"k": "b", "v": 2}]}),
        json!({"m": [{"k": "b", "v": 3}, {"k": "a", "v": 1}, {"k": "c", "v": 9}]}),
        &["spec.m[0].v: Invalid value: 3: immutable"],
    );
    let once = crd(
        json!({"n": {"type": "integer", "x-kubernetes-validations": [
            {"rule": "oldSelf.hasValue() || self == 1", "optionalOldSelf": true, "message": "starts at 1"}]}}),
        json!({}),
    );
    check(&once, json!(null), json!({"n": 2}), &["spec.n: Invalid value: 2: starts at 1"]);
    check(&once, json!({"n": 1}), json!({"n": 2}), &[r#"{"n":2}"#]);
}

#[test]
fn what_was_wrong_before_and_is_left_alone_is_not_wrong() {
    let strict = crd(
        json!({"n": {"type": "integer", "maximum": 1}, "o": {"type": "integer"},
            "r": {"type": "integer", "x-kubernetes-validations": [{"rule": "self < 1"}]}}),
        json!({}),
    );
    check(&strict, json!({"n": 5, "r": 5}), json!({"n": 5, "r": 5, "o": 1}), &[r#"{"n":5,"o":1,"r":5}"#]);
    check(
        &strict,
        json!({"n": 5}),
        json!({"n": 6}),
        &["spec.n: Invalid value: 6: spec.n in body should be less than or equal to 1"],
    );
    check(&strict, json!({"r": 5}), json!({"r": 6}), &["spec.r: Invalid value: 6: failed rule: self < 1"]);
}

#[test]
fn rules_are_skipped_when_the_schema_is_not_met() {
    let both = crd(
        json!({"n": {"type": "integer"}}),
        json!({"required": ["n"], "x-kubernetes-validations": [{"rule": "false"}]}),
    );
    check(
        &both,
        json!(null),
        json!({}),
        &[
            "spec.n: Required value",
            "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
        ],
    );
}
