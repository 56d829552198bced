//! One mutation of a policy: an apply configuration or a JSON patch, both made by an expression.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch

use evenkeel_object::{Object, Value};
use json_patch::{Patch, PatchErrorKind};

use super::variables::Variables;
use crate::cel::{Fault, Program};
use crate::fields::{atomics, laid_over};
use crate::shapes::Shape;

/// The object after a mutation.
pub(super) fn patched(
    mutation: &Value,
    object: &Object,
    variables: &Variables<'_>,
    shape: &Shape,
) -> Result<Object, Fault> {
    match mutation["patchType"].text() {
        "ApplyConfiguration" => configured(&mutation["applyConfiguration"], object, variables, shape),
        "JSONPatch" => edited(&mutation["jsonPatch"], object, variables),
        other => Err(Fault::new(format!("there is no patch type {other:?}"))),
    }
}

/// The object with an apply configuration laid over it. Nobody comes to own what it says.
fn configured(source: &Value, object: &Object, variables: &Variables<'_>, shape: &Shape) -> Result<Object, Fault> {
    let value = evaluated(source, variables)?;
    if value.as_map().is_none() {
        return Err(Fault::new("unsupported return type from ApplyConfiguration expression"));
    }
    let mut configuration = Object(value);
    for field in ["apiVersion", "kind"] {
        configuration.set(&[field], object[field].clone());
    }
    let fault = |why: String| Fault::new(format!("error applying patch: {why}"));
    let atomics = atomics(shape, &configuration);
    if !atomics.is_empty() {
        let why = "may not mutate atomic arrays, maps or structs";
        return Err(fault(format!("invalid ApplyConfiguration: {why}: {}", atomics.join(", "))));
    }
    laid_over(shape, object, &configuration)
        .map_err(|why| fault(format!("failed to convert patch object to typed object: {why}")))
}

/// The object after a JSON patch; as it was if one of its tests fails.
fn edited(source: &Value, object: &Object, variables: &Variables<'_>) -> Result<Object, Fault> {
    let fault = |why: &dyn std::fmt::Display| Fault::new(format!("JSON Patch: {why}"));
    let operations = serde_json::to_value(evaluated(source, variables)?).map_err(|error| fault(&error))?;
    let patch: Patch = serde_json::from_value(operations).map_err(|error| fault(&error))?;
    let mut document = serde_json::to_value(&object.0).map_err(|error| fault(&error))?;
    match json_patch::patch(&mut document, &patch) {
        Ok(()) => Ok(Object::from(document)),
        Err(error) if matches!(error.kind, PatchErrorKind::TestFailed) => Ok(object.clone()),
        Err(error) => Err(fault(&error)),
    }
}

fn evaluated(source: &Value, variables: &Variables<'_>) -> Result<Value, Fault> {
    let text = source["expression"].text();
    let program = Program::compile_mutation(text)
        .map_err(|error| Fault::new(format!("compilation error: compilation failed: {error}")))?;
    let in_words = |fault: Fault| Fault::new(format!("expression '{text}' resulted in error: {fault}"));
    program.run(variables).and_then(crate::cel::Datum::into_value).map_err(in_words)
}
