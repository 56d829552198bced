//! Whether a CustomResourceDefinition itself can be accepted.
//!
//! What is looked at: the names, that exactly one version is stored, that the schemas are structural, that patterns and CEL rules
//! compile and name known variables. What is left out: cost budgets, types of CEL rules, defaults that do not fit their schema, selectable fields,
//! conversion, and what may not change in an update.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go

use evenkeel_object::{Object, Value};

use super::flaw::{Place, invalid, required};
use super::structural::{Level, structural};
use crate::Cause;
use crate::cel::{CompileError, Problem, Program};

/// Why the server would refuse this CustomResourceDefinition; nothing if it would not.
pub fn problems(crd: &Object) -> Vec<Cause> {
    let mut causes = Vec::new();
    names(crd, &mut causes);
    versions(&crd["spec"], &mut causes);
    each_schema(crd, |place, schema| {
        structural(&place, schema, Level::Root, &mut causes);
    });
    // The server looks at expressions only if the schemas are right.
    if causes.is_empty() {
        each_schema(crd, |place, schema| {
            rules(&place, schema, None, &mut causes);
        });
    }
    causes
}

/// The expressions of this CustomResourceDefinition that the server would take and we cannot evaluate: whether an object that they
/// speak of is accepted is unknown.
pub fn unsupported(crd: &Object) -> Vec<Problem> {
    let mut problems = Vec::new();
    each_schema(crd, |place, schema| gaps(&place, schema, &mut problems));
    problems
}

/// The schemas of the versions. If there is only one, or they are all equal, the server speaks of it as if it stood at the top.
fn each_schema(crd: &Object, mut visit: impl FnMut(Place, &Value)) {
    let versions = crd["spec"]["versions"].items();
    let schema_of = |version: &Value| version["schema"]["openAPIV3Schema"].clone();
    let mut schemas: Vec<Value> = versions.iter().map(schema_of).collect();
    schemas.dedup();
    if let [only] = &schemas[..] {
        if !only.is_null() {
            visit(Place::at("spec.validation.openAPIV3Schema"), only);
        }
        return;
    }
    for (index, version) in versions.iter().enumerate() {
        let place = Place::at("spec.versions").key(index).child("schema.openAPIV3Schema");
        let schema = &version["schema"]["openAPIV3Schema"];
        if !schema.is_null() {
            visit(place, schema);
        }
    }
}

fn names(crd: &Object, causes: &mut Vec<Cause>) {
    let spec = &crd["spec"];
    let (plural, group) = (spec["names"]["plural"].text(), spec["group"].text());
    if crd.name() != format!("{plural}.{group}") {
        let detail = "must be spec.names.plural+\".\"+spec.group";
        causes.push(invalid(&Place::at("metadata.name"), &Value::from(crd.name()), detail));
    }
    let demanded = [
        ("spec.group", group),
        ("spec.scope", spec["scope"].text()),
        ("spec.names.plural", plural),
        ("spec.names.kind", spec["names"]["kind"].text()),
    ];
    for (place, text) in demanded {
        if text.is_empty() {
            causes.push(required(&Place::at(place), ""));
        }
    }
}

fn versions(spec: &Value, causes: &mut Vec<Cause>) {
    let place = Place::at("spec.versions");
    let versions = spec["versions"].items();
    if versions.iter().filter(|version| version["storage"].is_true()).count() != 1 {
        let detail = "must have exactly one version marked as storage version";
        causes.push(invalid(&place, &spec["versions"], detail));
    }
    for (index, version) in versions.iter().enumerate() {
        if version["schema"]["openAPIV3Schema"].is_null() {
            let place = place.key(index).child("schema.openAPIV3Schema");
            causes.push(required(&place, "schemas are required"));
        }
    }
}

/// The rules here and below. `alone` is the place of the list around whose items correspond to no old ones.
fn rules(place: &Place, schema: &Value, alone: Option<&Place>, causes: &mut Vec<Cause>) {
    let list = schema["x-kubernetes-validations"].items();
    for (index, entry) in list.iter().enumerate() {
        let place = place.child("x-kubernetes-validations").key(index);
        rule(&place, entry, alone, causes);
    }
    each_expression(place, schema, |place, rule, compiled| {
        if let Some(detail) = compile_fault(compiled) {
            causes.push(invalid(&place, rule, &detail));
        }
    });
    for (name, property) in schema["properties"].entries() {
        rules(&place.child("properties").key(name), property, alone, causes);
    }
    if schema["additionalProperties"].as_map().is_some() {
        let inside = place.child("additionalProperties");
        rules(&inside, &schema["additionalProperties"], alone, causes);
    }
    if schema["items"].as_map().is_some() {
        let is_map = schema["x-kubernetes-list-type"].text() == "map";
        let alone = alone.or((!is_map).then_some(place));
        rules(&place.child("items"), &schema["items"], alone, causes);
    }
}

fn rule(place: &Place, rule: &Value, alone: Option<&Place>, causes: &mut Vec<Cause>) {
    let text = &rule["rule"];
    if text.text().trim().is_empty() {
        causes.push(required(&place.child("rule"), "rule is not specified"));
    }
    let reads_old = Program::compile(text.text()).is_ok_and(|program| program.reads("oldSelf"));
    if let Some(alone) = alone.filter(|_| reads_old) {
        let detail = format!("oldSelf cannot be used on the uncorrelatable portion of the schema within {alone}");
        causes.push(invalid(&place.child("rule"), text, &detail));
    }
    let optional = &rule["optionalOldSelf"];
    if !reads_old && !optional.is_null() {
        let detail = "may not be set if oldSelf is not used in rule";
        causes.push(invalid(&place.child("optionalOldSelf"), optional, detail));
    }
}

/// What is wrong with an expression. What only we cannot compile is no fault of the definition.
fn compile_fault(compiled: Result<Program, CompileError>) -> Option<String> {
    let detail = match compiled {
        Err(error) if error.gap => return None,
        Err(error) => error.to_string(),
        Ok(program) => {
            let name = program.unknown(&["self", "oldSelf"]).next()?.to_string();
            format!("undeclared reference to '{name}' (in container '')")
        }
    };
    Some(format!("compilation failed: {detail}"))
}

fn gaps(place: &Place, schema: &Value, problems: &mut Vec<Problem>) {
    each_expression(place, schema, |place, _, compiled| {
        if let Err(error) = compiled
            && error.gap
        {
            problems.push(Problem { field: place.to_string(), error });
        }
    });
    for (name, property) in schema["properties"].entries() {
        gaps(&place.child("properties").key(name), property, problems);
    }
    for name in ["items", "additionalProperties"] {
        if schema[name].as_map().is_some() {
            gaps(&place.child(name), &schema[name], problems);
        }
    }
}

fn each_expression(place: &Place, schema: &Value, mut visit: impl FnMut(Place, &Value, Result<Program, CompileError>)) {
    let place = place.child("x-kubernetes-validations");
    for (index, rule) in schema["x-kubernetes-validations"].items().iter().enumerate() {
        for name in ["rule", "messageExpression"] {
            if let Some(text) = rule[name].as_str().filter(|text| !text.trim().is_empty()) {
                visit(place.key(index).child(name), rule, Program::compile(text));
            }
        }
    }
}
