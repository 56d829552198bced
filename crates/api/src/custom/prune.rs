//! What a schema takes away: fields that it does not know.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning/algorithm.go

use evenkeel_object::Value;

use super::schema::{Additional, Schema};

/// Takes away what the schema of a custom resource does not know. `apiVersion`, `kind` and `metadata` stay as they are.
pub(super) fn prune_object(object: &mut Value, schema: &Schema) {
    prune_fields(object, schema, schema.preserve, true);
}

/// Takes away what the schema does not know; without a schema, everything.
fn prune(value: &mut Value, schema: Option<&Schema>) {
    match (&mut *value, schema) {
        (Value::Map(_), None) => *value = Value::map(),
        (Value::Map(_), Some(schema)) => {
            prune_fields(value, schema, schema.preserve, schema.embedded);
        }
        (Value::List(_), Some(schema)) if schema.preserve => keep(value, schema),
        (Value::List(_), schema) => {
            let schema = schema.and_then(|schema| schema.items.as_deref());
            for item in value.make_list() {
                prune(item, schema);
            }
        }
        _ => {}
    }
}

/// Goes into a list whose unknown fields are kept: its items keep theirs, too.
fn keep(value: &mut Value, schema: &Schema) {
    match value {
        Value::Map(_) => prune_fields(value, schema, true, schema.embedded),
        Value::List(_) => {
            if let Some(items) = schema.items.as_deref() {
                for item in value.make_list() {
                    keep(item, items);
                }
            }
        }
        _ => {}
    }
}

fn prune_fields(value: &mut Value, schema: &Schema, preserve: bool, is_object: bool) {
    value.make_map().retain(|name, field| {
        if is_object && matches!(&**name, "apiVersion" | "kind" | "metadata") {
            return true;
        }
        if let Some(property) = schema.properties.get(name) {
            prune(field, Some(property));
            return true;
        }
        match &schema.additional {
            Additional::Unsaid => preserve,
            Additional::Any(_) => {
                prune(field, None);
                true
            }
            Additional::Each(schema) => {
                prune(field, Some(schema));
                true
            }
        }
    });
}
