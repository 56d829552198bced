//! Lists that are sets or maps hold no item twice.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype/validation.go

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_object::Value;

use super::flaw::{Place, duplicate, invalid};
use super::schema::{Additional, Schema};
use crate::Cause;
use crate::cel::Like;

/// The items that occur twice, in the fields of an object and below.
pub(super) fn repeated(place: &Place, value: &Value, schema: &Schema) -> Vec<Cause> {
    let mut causes = Vec::new();
    walk(place, value, schema, &mut causes);
    causes
}

fn walk(place: &Place, value: &Value, schema: &Schema, causes: &mut Vec<Cause>) {
    for (name, field) in value.entries() {
        if let Additional::Each(schema) = &schema.additional {
            walk(&place.key(name), field, schema, causes);
        }
        if let Some(schema) = schema.properties.get(name) {
            walk(&place.child(name), field, schema, causes);
        }
    }
    let Value::List(items) = value else {
        return;
    };
    match &schema.like {
        Like::List => {}
        Like::Set => {
            let seconds = seconds(items.iter().cloned());
            causes.extend(seconds.map(|(index, item)| duplicate(&place.key(index), Some(&item))));
        }
        Like::Map(keys) => in_map(place, items, keys, causes),
    }
    if let Some(schema) = &schema.items {
        for (index, item) in items.iter().enumerate() {
            walk(&place.key(index), item, schema, causes);
        }
    }
}

fn in_map(place: &Place, items: &[Value], keys: &[Arc<str>], causes: &mut Vec<Cause>) {
    let stranger = items.iter().position(|item| !matches!(item, Value::Map(_) | Value::Null));
    if let Some(index) = stranger {
        let text = "must be an object for an array of list-type map";
        causes.push(invalid(&place.key(index), &items[index], text));
        return;
    }
    let key_of = |item: &Value| {
        let given = keys.iter().filter_map(|key| Some((key.clone(), item.get(key)?.clone())));
        Value::fields(given)
    };
    let seconds = seconds(items.iter().map(key_of));
    causes.extend(seconds.map(|(index, key)| duplicate(&place.key(index), Some(&key))));
}

/// The second occurrence of each value, with its index.
fn seconds(values: impl Iterator<Item = Value>) -> impl Iterator<Item = (usize, Value)> {
    let mut n_seen: BTreeMap<Value, usize> = BTreeMap::new();
    values.enumerate().filter(move |(_, value)| {
        let n = n_seen.entry(value.clone()).or_default();
        *n += 1;
        *n == 2
    })
}
