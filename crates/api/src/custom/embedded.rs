//! Embedded resources have an API version and a kind.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta/validation.go
//
// Left out: the metadata of embedded resources, and whether their kinds are well-formed names.

use evenkeel_object::Value;

use super::flaw::{Place, invalid, required};
use super::schema::{Additional, Schema};
use crate::Cause;

/// What is wrong with the embedded resources in a value.
pub(super) fn embedded(place: &Place, value: &Value, schema: &Schema) -> Vec<Cause> {
    let mut causes = Vec::new();
    walk(place, value, schema, &mut causes);
    causes
}

fn walk(place: &Place, value: &Value, schema: &Schema, causes: &mut Vec<Cause>) {
    if schema.embedded && value.as_map().is_some() {
        for name in ["apiVersion", "kind"] {
            named(&place.child(name), value.get(name), causes);
        }
    }
    for (name, field) in value.entries() {
        match (schema.properties.get(name), &schema.additional) {
            (Some(schema), _) => walk(&place.child(name), field, schema, causes),
            (None, Additional::Each(schema)) => walk(&place.key(name), field, schema, causes),
            _ => {}
        }
    }
    if let Some(schema) = &schema.items {
        for (index, item) in value.items().iter().enumerate() {
            walk(&place.key(index), item, schema, causes);
        }
    }
}

fn named(place: &Place, value: Option<&Value>, causes: &mut Vec<Cause>) {
    let Some(value) = value else {
        causes.push(required(place, ""));
        return;
    };
    match value.as_str() {
        None => causes.push(invalid(place, value, "must be a string")),
        Some("") => causes.push(invalid(place, value, "must not be empty")),
        Some(_) => {}
    }
}
