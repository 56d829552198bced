//! What a schema adds: defaults.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting/algorithm.go

use evenkeel_object::Value;

use super::schema::Schema;

/// Takes away each `null` that is no value and that no default stands for.
pub(super) fn drop_nulls(value: &mut Value, schema: Option<&Schema>) {
    match value {
        Value::Map(_) if has_null(value) => {
            let map = value.make_map();
            map.retain(|name, field| {
                let schema = schema.and_then(|schema| schema.field(name));
                let dropped =
                    schema.is_some_and(|schema| field.is_null() && !schema.nullable && schema.default.is_none());
                if !dropped {
                    drop_nulls(field, schema);
                }
                !dropped
            });
        }
        Value::List(_) if has_null(value) => {
            let schema = schema.and_then(|schema| schema.items.as_deref());
            for item in value.make_list() {
                drop_nulls(item, schema);
            }
        }
        _ => {}
    }
}

/// Whether there is a `null` anywhere below. Most objects have none, and are then shared, not copied.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Map(map) => map.values().any(has_null),
        Value::List(items) => items.iter().any(has_null),
        _ => false,
    }
}

/// Puts the default in place of each field that is absent, or `null` where that is no value.
pub(super) fn add_defaults(value: &mut Value, schema: &Schema) {
    match value {
        Value::Map(_) => {
            for (name, property) in &schema.properties {
                let Some(default) = &property.default else {
                    continue;
                };
                let is_missing = value.get(name).is_none_or(|field| field.is_null() && !property.nullable);
                if is_missing {
                    value.make_map().insert(name.clone(), default.clone());
                }
            }
            for (name, field) in value.make_map().iter_mut() {
                if let Some(schema) = schema.field(name) {
                    replace_null(field, schema);
                    add_defaults(field, schema);
                }
            }
        }
        Value::List(_) => {
            if let Some(schema) = schema.items.as_deref() {
                for item in value.make_list() {
                    replace_null(item, schema);
                    add_defaults(item, schema);
                }
            }
        }
        _ => {}
    }
}

fn replace_null(value: &mut Value, schema: &Schema) {
    if value.is_null()
        && !schema.nullable
        && let Some(default) = &schema.default
    {
        *value = default.clone();
    }
}
