//! What one policy says of a request, with one parameter.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating/validator.go

use evenkeel_object::{Object, Value};

use super::variables::{Input, Variables};
use crate::cel::{Datum, Fault, Program};

/// A denial.
#[derive(Debug)]
pub(super) struct Denial {
    /// Why.
    pub(super) message: String,
    /// The reason that the policy gives; none if it gives none.
    pub(super) reason: Option<String>,
    /// Whether it counts whatever the actions of the binding are.
    pub(super) unconditional: bool,
}

/// What the policy has against the request; nothing if it allows it, or does not speak of it after all.
pub(super) fn decide(policy: &Object, input: &Input<'_>) -> Vec<Denial> {
    let spec = &policy["spec"];
    let fails = spec["failurePolicy"].text() != "Ignore";
    let variables = Variables::of(policy, input);
    match is_meant(spec, &variables) {
        Ok(true) => {}
        Ok(false) => return Vec::new(),
        Err(fault) => return fails.then(|| Denial::new(fault.0)).into_iter().collect(),
    }
    let validations = spec["validations"].items();
    let mut denials: Vec<Denial> =
        validations.iter().filter_map(|validation| judge(validation, &variables, fails)).collect();
    if fails {
        let annotations = spec["auditAnnotations"].items();
        denials.extend(annotations.iter().filter_map(|entry| annotate(entry, &variables)));
    }
    denials
}

impl Denial {
    fn new(message: String) -> Denial {
        Denial { message, reason: None, unconditional: false }
    }

    /// A denial that counts whatever the actions of the binding are.
    pub(super) fn unconditional(message: String) -> Denial {
        Denial { unconditional: true, ..Denial::new(message) }
    }
}

/// Whether the match conditions hold. One that does not decides, even beside errors.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions/matcher.go
pub(super) fn is_meant(spec: &Value, variables: &Variables<'_>) -> Result<bool, Fault> {
    let mut faults: Vec<String> = Vec::new();
    for condition in spec["matchConditions"].items() {
        match evaluate(condition["expression"].text(), variables) {
            Ok(datum) if datum.truth() == Some(false) => return Ok(false),
            Ok(_) => {}
            Err(fault) if faults.contains(&fault.0) => {}
            Err(fault) => faults.push(fault.0),
        }
    }
    match &faults[..] {
        [] => Ok(true),
        [only] => Err(Fault::new(only.clone())),
        _ => Err(Fault::new(format!("[{}]", faults.join(", ")))),
    }
}

fn judge(validation: &Value, variables: &Variables<'_>, fails: bool) -> Option<Denial> {
    let text = validation["expression"].text();
    match evaluate(text, variables) {
        Ok(datum) if datum.truth() == Some(true) => None,
        Ok(_) => Some(Denial {
            message: message(validation, variables),
            reason: validation["reason"].as_str().map(str::to_string),
            unconditional: false,
        }),
        Err(fault) => fails.then(|| Denial::new(fault.0)),
    }
}

/// The computed message, if it can be shown; else the given one; else the expression.
fn message(validation: &Value, variables: &Variables<'_>) -> String {
    const LENGTH_MAX: usize = 5 * 1024;
    let computed = validation["messageExpression"]
        .as_str()
        .and_then(|text| evaluate(text, variables).ok())
        .and_then(|datum| datum.text().map(|text| text.trim().to_string()))
        .filter(|text| !text.is_empty() && text.len() <= LENGTH_MAX && !text.contains('\n'));
    let given = validation["message"].text().trim();
    computed.unwrap_or_else(|| match given {
        "" => format!("failed expression: {}", validation["expression"].text().trim()),
        given => given.to_string(),
    })
}

/// What keeps an audit annotation from being computed.
fn annotate(annotation: &Value, variables: &Variables<'_>) -> Option<Denial> {
    let text = annotation["valueExpression"].text();
    match evaluate(text, variables) {
        Ok(Datum::Value(Value::String(_) | Value::Null)) => None,
        Ok(_) => Some(Denial::unconditional(format!(
            "valueExpression '{text}' resulted in unsupported return type. Return type must be either string or null."
        ))),
        Err(fault) => Some(Denial::unconditional(fault.0)),
    }
}

fn evaluate(text: &str, variables: &Variables<'_>) -> Result<Datum, Fault> {
    let program = Program::compile(text)
        .map_err(|error| Fault::new(format!("compilation error: compilation failed: {error}")))?;
    program.run(variables).map_err(|fault| Fault::new(format!("expression '{text}' resulted in error: {fault}")))
}
