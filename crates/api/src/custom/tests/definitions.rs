//! Which definitions are refused.

use evenkeel_object::{Object, json};

use super::{crd, listed, of_schema};
use crate::custom::{problems, unsupported};

fn check_problems(crd: &Object, expect: &[&str]) {
    assert_eq!(listed(&problems(crd)), expect);
}

#[test]
fn definitions_that_are_wrong_are_refused() {
    const AT: &str = "spec.validation.openAPIV3Schema";
    let with = |properties| crd(properties, json!({}));
    check_problems(&with(json!({"a": {"type": "string"}})), &[]);
    check_problems(
        &with(json!({"a": {"minimum": 1}})),
        &[&format!(
            "{AT}.properties[spec].properties[a].type: Required value: must not be empty for specified object fields"
        )],
    );
    check_problems(
        &with(json!({"a": {"type": "array"}})),
        &[&format!("{AT}.properties[spec].properties[a].items: Required value: must be specified")],
    );
    check_problems(
        &with(json!({"a": {"type": "string", "anyOf": [{"type": "string"}]}})),
        &[&format!("{AT}.properties[spec].properties[a].anyOf[0].type: Forbidden: must be empty to be structural")],
    );
    check_problems(
        &with(json!({"a": {"type": "string", "pattern": "("}})),
        &[&format!(
            "{AT}.properties[spec].properties[a].pattern: Invalid value: \"(\": must be a valid regular expression, but isn't: error parsing regexp: unclosed group"
        )],
    );
    check_problems(
        &with(json!({"a": {"type": "string", "x-kubernetes-validations": [{"rule": "self == object"}]}})),
        &[&format!(
            "{AT}.properties[spec].properties[a].x-kubernetes-validations[0].rule: Invalid value: {{\"rule\":\"self == object\"}}: compilation failed: undeclared reference to 'object' (in container '')"
        )],
    );
    check_problems(
        &with(
            json!({"l": {"type": "array", "items": {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf"}]}}}),
        ),
        &[&format!(
            "{AT}.properties[spec].properties[l].items.x-kubernetes-validations[0].rule: Invalid value: \"self == oldSelf\": oldSelf cannot be used on the uncorrelatable portion of the schema within {AT}.properties[spec].properties[l]"
        )],
    );
    check_problems(
        &of_schema(json!({"type": "string"})),
        &[&format!("{AT}.type: Invalid value: \"string\": must be object at the root")],
    );
}

#[test]
fn rules_that_only_we_cannot_evaluate_are_no_mistakes_but_are_told() {
    let deep = format!("{}true{}", "(".repeat(300), ")".repeat(300));
    let crd = crd(json!({"a": {"type": "string", "x-kubernetes-validations": [{"rule": deep}]}}), json!({}));
    check_problems(&crd, &[]);
    let gaps: Vec<String> = unsupported(&crd).into_iter().map(|problem| problem.field).collect();
    assert_eq!(
        gaps,
        ["spec.validation.openAPIV3Schema.properties[spec].properties[a].x-kubernetes-validations[0].rule"]
    );
}
