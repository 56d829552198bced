//! Whether a schema is structural: it says of every field what it is, outside of all junctors.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/validation.go

use evenkeel_object::Value;

use super::flaw::{Place, forbidden, invalid, not_supported, required};
use crate::Cause;
use crate::pattern::Pattern;

/// Where in a schema a part of it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Root,
    Item,
    Field,
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/validation.go: validateStructuralInvariants
pub(super) fn structural(place: &Place, schema: &Value, level: Level, causes: &mut Vec<Cause>) {
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
        causes.push(forbidden(&place.child("additionalProperties"), "must not be used at the root"));
    }
    if additional.as_map().is_some() {
        structural(&place.child("additionalProperties"), additional, Level::Field, causes);
    }
    if is("x-kubernetes-int-or-string") && is("x-kubernetes-preserve-unknown-fields") {
        let place = place.child("x-kubernetes-preserve-unknown-fields");
        causes.push(invalid(&place, &Value::Bool(true), "must be false if x-kubernetes-int-or-string is true"));
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
    } else if kind.is_empty() && !is("x-kubernetes-int-or-string") && !is("x-kubernetes-preserve-unknown-fields") {
        let detail = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        causes.push(required(&place, detail));
    } else if level == Level::Root && !matches!(kind, "" | "object") {
        causes.push(invalid(&place, &schema["type"], "must be object at the root"));
    }
}

/// The schema of the object's metadata may restrict the name, and nothing else.
fn metadata(place: &Place, schema: &Value, causes: &mut Vec<Cause>) {
    if schema["type"].text() != "object" {
        causes.push(invalid(&place.child("type"), &schema["type"], "must be object"));
    }
    let only_names = schema["properties"].entries().all(|(name, _)| matches!(&**name, "name" | "generateName"));
    let only_known = schema
        .entries()
        .all(|(name, _)| matches!(&**name, "type" | "properties" | "description" | "title" | "default"));
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
            causes.push(required(&place, "must not be empty if x-kubernetes-list-type is map"));
        }
        "map" => {
            map_keys(place, schema, causes);
        }
        _ => {
            let supported = ["atomic", "set", "map"].map(Value::from);
            causes.push(not_supported(&at, kind, &supported));
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
            causes.push(invalid(&place, keys, "entries must all be names of item properties"));
        } else if property["default"].is_null() && !items["required"].items().iter().any(|name| name.text() == key) {
            let place = place.child("items.properties").key(key).child("default");
            let detail =
                "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
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

/// What must not be said under a junctor.
const FORBIDDEN: [(&str, &str); 10] = [
    ("type", "must be empty to be structural"),
    ("additionalProperties", "must be undefined to be structural"),
    ("default", "must be undefined to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
    ("x-kubernetes-embedded-resource", "must be false to be structural"),
    ("x-kubernetes-int-or-string", "must be false to be structural"),
    ("x-kubernetes-validations", "must be empty to be structural"),
];

fn nested(place: &Place, part: &Value, (spine, around): Spine<'_>, causes: &mut Vec<Cause>) {
    for (name, detail) in FORBIDDEN {
        if !matches!(&part[name], Value::Null | Value::Bool(false)) {
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
        nested(&inside, property, (&spine.child("properties").key(name), known), causes);
    }
    if part["items"].as_map().is_some() {
        nested(&place.child("items"), &part["items"], (&spine.child("items"), &around["items"]), causes);
    }
    junctors(place, part, (spine, around), causes);
    patterns(place, part, causes);
}

fn patterns(place: &Place, schema: &Value, causes: &mut Vec<Cause>) {
    if let Err(error) = Pattern::compile(schema["pattern"].text()) {
        let detail = format!("must be a valid regular expression, but isn't: {error}");
        causes.push(invalid(&place.child("pattern"), &schema["pattern"], &detail));
    }
}
