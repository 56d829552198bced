//! The form in which objects of Kubernetes' own kinds are stored: what is left of a JSON text that went through Go's types.

use std::sync::Arc;

use evenkeel_object::{Kind, Map, Value};

use super::quantity::canonical;
use super::types::{Body, Place, TABLE};

/// The `apiVersion` in which objects of this kind are kept; none for a kind that is not Kubernetes' own.
pub(super) fn version(kind: &Kind) -> Option<String> {
    let version = &TABLE.kinds.get(kind)?.version;
    Some(match &*kind.group {
        "" => version.to_string(),
        group => format!("{group}/{version}"),
    })
}

/// What becomes of a field that Go always writes, and that has no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Zeros {
    /// It is left out, as one that may still get a default.
    Absent,
    /// It is written: `""`, `0`, `false`.
    Written,
}

/// The object as it would come back from the store, without any defaults.
///
/// * Fields that Go does not know are gone, and those that are `null`.
/// * Empty lists and maps are gone: the encoding of the store does not tell them from absent ones.
/// * Empty texts, zeros and `false` are gone where Go leaves them out (`omitempty`, and no pointer), else they are there, or not, as `zeros` says.
/// * Structs without a pointer are there, though they be empty: `status: {}`, `resources: {}`.
/// * Quantities are spelled canonically.
///
/// What is of the wrong type stays as it is; `decoding` refuses it.
///
/// That is so in a store of protocol buffers, the usual one; one of JSON keeps empty lists and maps where Go writes them, as a server was seen to keep
/// `endpoints: []` of an EndpointSlice. Left out: times keep their spelling; what is below `items`, `additionalItems`, `additionalProperties` and
/// `dependencies` of the schema in a definition stays as it is.
// https://github.com/kubernetes/kubernetes/tree/v1.37.2/staging/src/k8s.io/api: the `json` tags
pub(super) fn stored(kind: &Kind, object: &Value, zeros: Zeros) -> Value {
    let Some(whole) = TABLE.kinds.get(kind) else {
        return object.clone();
    };
    structure(whole.structure, object, zeros).unwrap_or_else(|| object.clone())
}

/// What becomes of the value at a place; none if it stays as it is.
fn changed(place: &Place, value: &Value, zeros: Zeros) -> Option<Value> {
    if value.is_null() {
        let is_struct = matches!(place.body, Body::Struct(_));
        let is_there = is_struct || zeros == Zeros::Written;
        let is_written = is_there && place.written && !place.pointer;
        return is_written.then(|| empty(&place.body, zeros)).flatten();
    }
    let droppable = !place.pointer && (!place.written || zeros == Zeros::Absent);
    match (&place.body, value) {
        (Body::Struct(index), Value::Map(_)) => structure(*index, value, zeros),
        (Body::List(_), Value::List(items)) if items.is_empty() => Some(Value::Null),
        (Body::List(item), Value::List(items)) => list(item, items, zeros),
        (Body::Map(_), Value::Map(fields)) if fields.is_empty() => Some(Value::Null),
        (Body::Map(item), Value::Map(fields)) => map(item, fields, zeros),
        (Body::Quantity(rounding), _) => canonical(value, *rounding).filter(|spelled| spelled != value),
        (Body::Text | Body::Int32 | Body::Int64 | Body::Number | Body::Bool, _) if droppable && is_zero(value) => {
            Some(Value::Null)
        }
        _ => None,
    }
}

fn structure(index: usize, value: &Value, zeros: Zeros) -> Option<Value> {
    let known = &TABLE.structs[index].fields;
    let fields = value.as_map()?;
    let strays = fields
        .iter()
        .filter(|(name, value)| value.is_null() || !known.contains_key(*name))
        .map(|(name, _)| (name, Value::Null));
    let changes = known.iter().filter_map(|(name, place)| Some((name, changed(place, &value[&**name], zeros)?)));
    merged(fields, strays.chain(changes).collect())
}

fn map(item: &Place, fields: &Map, zeros: Zeros) -> Option<Value> {
    let changes = fields.iter();
    let changes = changes.filter_map(|(name, value)| Some((name, element(item, value, zeros)?)));
    merged(fields, changes.collect())
}

fn merged(fields: &Map, changes: Vec<(&Arc<str>, Value)>) -> Option<Value> {
    if changes.is_empty() {
        return None;
    }
    let mut fields = fields.clone();
    for (name, value) in changes {
        match value {
            Value::Null => fields.remove(name),
            value => fields.insert(name.clone(), value),
        };
    }
    Some(fields.into())
}

fn list(item: &Place, items: &[Value], zeros: Zeros) -> Option<Value> {
    let changes: Vec<_> = items.iter().map(|value| element(item, value, zeros)).collect();
    changes.iter().any(Option::is_some).then(|| {
        let pairs = items.iter().zip(changes);
        Value::list(pairs.map(|(old, new)| new.unwrap_or_else(|| old.clone())))
    })
}

/// Within a list or a map nothing is left out: `null` reads as the empty value.
fn element(place: &Place, value: &Value, zeros: Zeros) -> Option<Value> {
    match value {
        Value::Null => empty(&place.body, zeros),
        value => changed(place, value, zeros).filter(|value| !value.is_null()),
    }
}

/// What Go writes for an empty value; none for one that it writes as `null`, which reads as absent.
fn empty(body: &Body, zeros: Zeros) -> Option<Value> {
    match body {
        Body::Text => Some("".into()),
        Body::Int32 | Body::Int64 | Body::Number | Body::NumberOrText => Some(0.into()),
        Body::Bool => Some(false.into()),
        Body::Quantity(_) => Some("0".into()),
        Body::Struct(index) => Some(structure(*index, &Value::map(), zeros).unwrap_or_else(Value::map)),
        Body::Any | Body::List(_) | Body::Map(_) => None,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => !flag,
        Value::Int(number) => *number == 0,
        Value::Float(number) => number.get() == 0.0,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Kind, Value, json};

    use super::{Zeros, stored};

    fn check(kind: &Kind, given: serde_json::Value, expect: serde_json::Value) {
        let once = stored(kind, &given.into(), Zeros::Written);
        assert_eq!(once, Value::from(expect));
        assert_eq!(stored(kind, &once, Zeros::Written), once);
    }

    #[test]
    fn empty_fields_are_stored_as_absent_or_not_as_their_type_has_it() {
        let role = Kind::new("rbac.authorization.k8s.io", "ClusterRole");
        check(&role, json!({"rules": []}), json!({"metadata": {}}));
        check(
            &role,
            json!({"aggregationRule": {}, "rules": [{"verbs": [], "resources": ["pods"]}]}),
            json!({"metadata": {}, "aggregationRule": {}, "rules": [{"resources": ["pods"]}]}),
        );
        let hook = Kind::new("admissionregistration.k8s.io", "ValidatingWebhookConfiguration");
        check(
            &hook,
            json!({"webhooks": [{"name": "w", "clientConfig": {"caBundle": "", "url": ""}}]}),
            json!({"metadata": {}, "webhooks": [{"name": "w", "clientConfig": {"url": ""}}]}),
        );
    }

    #[test]
    fn null_is_absent_but_an_entry_of_a_map_stays() {
        check(
            &Kind::new("", "ConfigMap"),
            json!({"metadata": {"name": "c", "labels": {"a": null}, "annotations": {}}, "data": {"k": null}, "binaryData": null}),
            json!({"metadata": {"name": "c", "labels": {"a": ""}}, "data": {"k": ""}}),
        );
    }

    #[test]
    fn what_go_does_not_know_is_not_stored() {
        check(
            &Kind::new("", "ServiceAccount"),
            json!({"metadata": {"name": "s", "colour": "red"}, "spec": {}}),
            json!({"metadata": {"name": "s"}}),
        );
    }

    #[test]
    fn what_is_of_the_wrong_type_is_left_to_decoding() {
        check(&Kind::new("", "ConfigMap"), json!({"metadata": [], "data": "x"}), json!({"metadata": [], "data": "x"}));
    }

    #[test]
    fn counts_that_go_always_writes_are_there() {
        check(
            &Kind::new("policy", "PodDisruptionBudget"),
            json!({"spec": {"maxUnavailable": 0}, "status": {"currentHealthy": 2}}),
            json!({"metadata": {}, "spec": {"maxUnavailable": 0}, "status": {
                "currentHealthy": 2, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0,
            }}),
        );
    }
}
