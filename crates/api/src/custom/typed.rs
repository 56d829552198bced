//! Values as the CEL rules of a schema see them.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/cel/common/valuesunstructured.go: UnstructuredToVal

use std::sync::Arc;

use evenkeel_object::Value;

use super::schema::Schema;
use crate::cel::{Datum, Like};

/// The value: a number of type `number` is a double, a string with a format is what it is the notation of, and a list is compared as its type says.
pub(super) fn typed(value: &Value, schema: &Schema) -> Datum {
    if schema.is_plain {
        return Datum::Value(value.clone());
    }
    match value {
        Value::Int(number) if &*schema.kind == "number" => Datum::double(*number as f64),
        Value::String(text) => match schema.text() {
            Some(notation) => Datum::read(text, notation),
            None => Datum::Value(value.clone()),
        },
        Value::List(items) => {
            let items = items.iter().map(|item| inner(item, schema.items.as_deref())).collect();
            match &schema.like {
                Like::List => Datum::list(items),
                like => Datum::List(Arc::new(items), like.clone()),
            }
        }
        Value::Map(map) => {
            Datum::record(map.iter().map(|(name, field)| (name.clone(), inner(field, schema.field(name)))).collect())
        }
        _ => Datum::Value(value.clone()),
    }
}

fn inner(value: &Value, schema: Option<&Schema>) -> Datum {
    schema.map_or_else(|| Datum::Value(value.clone()), |schema| typed(value, schema))
}
