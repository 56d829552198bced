//! Whether a CustomResourceDefinition itself can be accepted.
//!
//! What is looked at: the names, that exactly one version is stored, that the schemas are structural, that patterns and CEL rules
//! compile and name known variables. What is left out: cost budgets, types of CEL rules, defaults that do not fit their schema, selectable fields,
//! conversion, and what may not change in an update.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go

use evenkeel_object::{Object, Value};

use super::flaw::{Place, forbidden, invalid, required};
use crate::Cause;
use crate::cel::{CompileError, Problem, Program};
use crate::pattern::Pattern;

/// Why the server would refuse this CustomResourceDefinition; nothing if it would not.
pub fn problems(crd: &Object) -> Vec<Cause> {
    let mut causes = Vec::new();
    names(crd, &mut causes);
    versions(&crd["spec"], &mut causes);
    each_schema(crd, |place, schema| {
        structural(&place, schema, Level::Root, &mut causes)
    });
    // The server looks at expressions only if the schemas are right.
    if causes.is_empty() {
        each_schema(crd, |place, schema| {
            rules(&place, schema, None, &mut causes)
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
        let place = Place::at("spec.versions")
            .key(index)
            .child("schema.openAPIV3Schema");
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
        causes.push(invalid(
            &Place::at("metadata.name"),
            &Value::from(crd.name()),
            detail,
        ));
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
    if versions
        .iter()
        .filter(|version| version["storage"].is_true())
        .count()
        != 1
    {
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/validation.go: validateStructuralInvariants
fn structural(place: &Place, schema: &Value, level: Level, causes: &mut Vec<Cause>) {
    let kind = schema["type"].text();
    let is = |name: &str| schema[name].is_true();
    if kind == "array" && schema["items"].is_null() {
        causes.push(required(&place.child("items"), "must be specified"));
    }
    if schema["items"].as_map().is_some() {
        structural(&place.child("items"), &schema["items"], Level::Item, causes);
    }
    for (name, property) in schema["properties"].entries() {
        let inside = place.child("properties").key(name);
        if level == Level::Root && &**name == "metadata" {
            metadata(&inside, property, causes);
        } else {
            structural(&inside, property, Level::Field, causes);
        }
    }
    let additional = &schema["additionalProperties"];
    if level == Level::Root && !additional.is_null() {
        causes.push(forbidden(
            &place.child("additionalProperties"),
            "must not be used at the root",
        ));
    }
    if additional.as_map().is_some() {
        structural(
            &place.child("additionalProperties"),
            additional,
            Level::Field,
            causes,
        );
    }
    if is("x-kubernetes-int-or-string") && is("x-kubernetes-preserve-unknown-fields") {
        let place = place.child("x-kubernetes-preserve-unknown-fields");
        causes.push(invalid(
            &place,
            &Value::Bool(true),
            "must be false if x-kubernetes-int-or-string is true",
        ));
    }
    types(place, schema, level, causes);
    list_type(place, schema, causes);
    junctors(place, schema, (place, schema), causes);
    patterns(place, schema, causes);
}

fn types(place: &Place, schema: &Value, level: Level, causes: &mut Vec<Cause>) {
    let kind = schema["type"].text();
    let is = |name: &str| schema[name].is_true();
    let place = place.child("type");
    if is("x-kubernetes-embedded-resource") && kind != "object" {
        let detail = "must be object if x-kubernetes-embedded-resource is true";
        causes.push(match kind {
            "" => required(&place, detail),
            _ => invalid(&place, &schema["type"], detail),
        });
    } else if kind.is_empty()
        && !is("x-kubernetes-int-or-string")
        && !is("x-kubernetes-preserve-unknown-fields")
    {
        let detail = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        causes.push(required(&place, detail));
    } else if level == Level::Root && !matches!(kind, "" | "object") {
        causes.push(invalid(
            &place,
            &schema["type"],
            "must be object at the root",
        ));
    }
}

/// The schema of the object's metadata may restrict the name, and nothing else.
fn metadata(place: &Place, schema: &Value, causes: &mut Vec<Cause>) {
    if schema["type"].text() != "object" {
        causes.push(invalid(
            &place.child("type"),
            &schema["type"],
            "must be object",
        ));
    }
    let only_names = schema["properties"]
        .entries()
        .all(|(name, _)| matches!(&**name, "name" | "generateName"));
    let only_known = schema.entries().all(|(name, _)| {
        matches!(
            &**name,
            "type" | "properties" | "description" | "title" | "default"
        )
    });
    if !only_names || !only_known {
        let detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
        causes.push(forbidden(place, detail));
    }
}

fn list_type(place: &Place, schema: &Value, causes: &mut Vec<Cause>) {
    let kind = &schema["x-kubernetes-list-type"];
    let at = place.child("x-kubernetes-list-type");
    let keys = schema["x-kubernetes-list-map-keys"].items();
    match kind.text() {
        "" | "atomic" => {}
        "set" | "map" if schema["type"].text() != "array" => {
            let detail = "must be array if x-kubernetes-list-type is specified";
            causes.push(invalid(&place.child("type"), &schema["type"], detail));
        }
        "set" => {}
        "map" if keys.is_empty() => {
            let place = place.child("x-kubernetes-list-map-keys");
            causes.push(required(
                &place,
                "must not be empty if x-kubernetes-list-type is map",
            ));
        }
        "map" => {
            map_keys(place, schema, causes);
        }
        _ => {
            let supported = ["atomic", "set", "map"].map(Value::from);
            causes.push(super::flaw::not_supported(&at, kind, &supported));
        }
    }
}

/// Keys of a list are properties of its items that are always there.
fn map_keys(place: &Place, schema: &Value, causes: &mut Vec<Cause>) {
    let items = &schema["items"];
    let keys = &schema["x-kubernetes-list-map-keys"];
    for key in keys.items().iter().map(Value::text) {
        let property = &items["properties"][key];
        if property.is_null() {
            let place = place.child("x-kubernetes-list-map-keys");
            causes.push(invalid(
                &place,
                keys,
                "entries must all be names of item properties",
            ));
        } else if property["default"].is_null()
            && !items["required"]
                .items()
                .iter()
                .any(|name| name.text() == key)
        {
            let place = place.child("items.properties").key(key).child("default");
            let detail = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            causes.push(required(&place, detail));
        }
    }
}

/// The schema outside of all junctors, and where it stands.
type Spine<'s> = (&'s Place, &'s Value);

/// What stands under a junctor says nothing of types, defaults and descriptions, and speaks only of what is specified outside.
fn junctors(place: &Place, schema: &Value, (spine, around): Spine<'_>, causes: &mut Vec<Cause>) {
    for name in ["allOf", "anyOf", "oneOf"] {
        if schema["x-kubernetes-int-or-string"].is_true() && name != "oneOf" {
            continue;
        }
        for (index, part) in schema[name].items().iter().enumerate() {
            nested(&place.child(name).key(index), part, (spine, around), causes);
        }
    }
    if schema["not"].as_map().is_some() {
        nested(&place.child("not"), &schema["not"], (spine, around), causes);
    }
}

fn nested(place: &Place, part: &Value, (spine, around): Spine<'_>, causes: &mut Vec<Cause>) {
    const FORBIDDEN: [(&str, &str); 10] = [
        ("type", "must be empty to be structural"),
        ("additionalProperties", "must be undefined to be structural"),
        ("default", "must be undefined to be structural"),
        ("title", "must be empty to be structural"),
        ("description", "must be empty to be structural"),
        ("nullable", "must be false to be structural"),
        (
            "x-kubernetes-preserve-unknown-fields",
            "must be false to be structural",
        ),
        (
            "x-kubernetes-embedded-resource",
            "must be false to be structural",
        ),
        (
            "x-kubernetes-int-or-string",
            "must be false to be structural",
        ),
        ("x-kubernetes-validations", "must be empty to be structural"),
    ];
    for (name, detail) in FORBIDDEN {
        if part.get(name).is_some_and(|value| !value.is_null()) {
            causes.push(forbidden(&place.child(name), detail));
        }
    }
    for (name, property) in part["properties"].entries() {
        let inside = place.child("properties").key(name);
        let known = &around["properties"][&**name];
        if known.is_null() && around["additionalProperties"].as_map().is_none() {
            let detail = format!("because it is defined in {inside}");
            let outside = spine.child("properties").key(name);
            causes.push(required(&outside, &detail));
        }
        nested(
            &inside,
            property,
            (&spine.child("properties").key(name), known),
            causes,
        );
    }
    if part["items"].as_map().is_some() {
        nested(
            &place.child("items"),
            &part["items"],
            (&spine.child("items"), &around["items"]),
            causes,
        );
    }
    junctors(place, part, (spine, around), causes);
    patterns(place, part, causes);
}

fn patterns(place: &Place, schema: &Value, causes: &mut Vec<Cause>) {
    if let Err(error) = Pattern::compile(schema["pattern"].text()) {
        let detail = format!("must be a valid regular expression, but isn't: {error}");
        causes.push(invalid(
            &place.child("pattern"),
            &schema["pattern"],
            &detail,
        ));
    }
}

/// The rules here and below. `alone` is the place of the list around whose items correspond to no old ones.
fn rules(place: &Place, schema: &Value, alone: Option<&Place>, causes: &mut Vec<Cause>) {
    let list = schema["x-kubernetes-validations"].items();
    for (index, rule) in list.iter().enumerate() {
        let place = place.child("x-kubernetes-validations").key(index);
        if rule["rule"].text().trim().is_empty() {
            causes.push(required(&place.child("rule"), "rule is not specified"));
        }
        let reads_old =
            Program::compile(rule["rule"].text()).is_ok_and(|program| program.reads("oldSelf"));
        if let Some(alone) = alone.filter(|_| reads_old) {
            let detail = format!(
                "oldSelf cannot be used on the uncorrelatable portion of the schema within {alone}"
            );
            causes.push(invalid(&place.child("rule"), &rule["rule"], &detail));
        }
        if !reads_old && !rule["optionalOldSelf"].is_null() {
            let detail = "may not be set if oldSelf is not used in rule";
            causes.push(invalid(
                &place.child("optionalOldSelf"),
                &rule["optionalOldSelf"],
                detail,
            ));
        }
    }
    each_expression(place, schema, |place, rule, compiled| {
        if let Some(detail) = compile_fault(compiled) {
            causes.push(invalid(&place, rule, &detail));
        }
    });
    for (name, property) in schema["properties"].entries() {
        rules(
            &place.child("properties").key(name),
            property,
            alone,
            causes,
        );
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
            problems.push(Problem {
                field: place.to_string(),
                error,
            });
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

fn each_expression(
    place: &Place,
    schema: &Value,
    mut visit: impl FnMut(Place, &Value, Result<Program, CompileError>),
) {
    let place = place.child("x-kubernetes-validations");
    for (index, rule) in schema["x-kubernetes-validations"]
        .items()
        .iter()
        .enumerate()
    {
        for name in ["rule", "messageExpression"] {
            if let Some(text) = rule[name].as_str().filter(|text| !text.trim().is_empty()) {
                visit(place.key(index).child(name), rule, Program::compile(text));
            }
        }
    }
}
