//! Values that fit a field, values that do not, and whole documents around them.

use evenkeel_reference::{Field, Need, Reference, Shape};
use serde_json::{Map, Value, json};

/// A text that is good in every field: where controllers are named, it has to be one.
const TEXT: &str = "kubelet";

/// Words beside which more fields may be there than beside others.
const FREE: [&str; 1] = ["Kubectl"];

/// Values that may stand in a field: one for each type and word.
pub(crate) fn good(shape: &Shape, fields: &[Field]) -> Vec<Value> {
    match shape {
        Shape::Text => vec![TEXT.into()],
        Shape::Duration => vec!["5s".into(), "1000ms".into()],
        Shape::Flag => vec![true.into(), false.into()],
        Shape::Whole(least, u64::MAX) => vec![(*least).into(), 1_000_000.into()],
        Shape::Whole(least, most) => vec![(*least).into(), (*most).into()],
        Shape::Word(words) => words.iter().map(|word| word.as_str().into()).collect(),
        Shape::Expression => vec!["true".into()],
        Shape::Template => vec![TEXT.into(), "${object.metadata.name}".into(), "a-${object.metadata.name}".into()],
        Shape::MapTemplate => vec![json!({"a": "${object.metadata.name}"}), "${object.metadata}".into()],
        Shape::ObjectTemplate => vec![json!({"apiVersion": "v1", "kind": "Pod", "a": "${object.metadata.name}"})],
        Shape::Map => vec![Value::Object(least(fields))],
        Shape::Selector => vec![
            json!({"matchLabels": {"a": "b"}}),
            json!({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}),
        ],
        Shape::List(item) => good(item, fields).into_iter().map(|item| json!([item])).collect(),
        Shape::Either(shapes) => shapes.iter().flat_map(|shape| good(shape, fields)).collect(),
    }
}

/// Values that may not stand there, as their type tells.
pub(crate) fn bad(shape: &Shape) -> Vec<Value> {
    match shape {
        Shape::Text | Shape::Expression | Shape::Map => vec![7.into()],
        Shape::Duration => vec!["x".into(), "-1s".into(), 7.into()],
        Shape::Flag => vec!["x".into(), 7.into()],
        Shape::Whole(least, most) => {
            let below = i64::try_from(*least).expect("it is small") - 1;
            let above = most.checked_add(1).map(Value::from);
            [json!("x"), json!(1.5), json!(below)].into_iter().chain(above).collect()
        }
        Shape::Word(_) => vec!["zzz".into(), 7.into()],
        // Nearly everything comes to something once it is filled in.
        Shape::Template | Shape::MapTemplate => vec![],
        Shape::ObjectTemplate => {
            vec!["${object}".into(), json!({"kind": "Pod"}), json!({"apiVersion": "v1", "kind": "${object.kind}"})]
        }
        Shape::Selector => vec![json!({"matchExpressions": [{"key": "a", "operator": "Like"}]})],
        Shape::List(item) => bad(item).into_iter().map(|item| json!([item])).chain([json!(7)]).collect(),
        Shape::Either(_) => vec![1.5.into()],
    }
}

/// Values that only the program can refuse.
pub(crate) fn broken(shape: &Shape) -> Vec<Value> {
    match shape {
        Shape::Expression => vec!["1 +".into()],
        Shape::Template => vec!["${1 +}".into(), "${".into()],
        Shape::MapTemplate | Shape::ObjectTemplate => {
            vec![json!({"apiVersion": "v1", "kind": "Pod", "a": ["${1 +}"]})]
        }
        _ => vec![],
    }
}

/// A document with nothing in it but what has to be there, and that value at the end of the way.
pub(crate) fn document(reference: &Reference, way: &[&Field], value: &Value) -> Value {
    around(&reference.fields, way, value)
}

fn around(fields: &[Field], way: &[&Field], value: &Value) -> Value {
    let Some((next, rest)) = way.split_first() else { return value.clone() };
    let mut map = match next.need {
        Need::OneOfThese => needed(fields),
        _ => least(fields),
    };
    let inner = around(&next.fields, rest, value);
    let is_item = matches!(next.shape, Shape::List(_)) && !rest.is_empty();
    map.insert(next.name.clone(), if is_item { json!([inner]) } else { inner });
    Value::Object(map)
}

/// The least map of these fields that is good.
pub(crate) fn least(fields: &[Field]) -> Map<String, Value> {
    let mut map = needed(fields);
    map.extend(Field::choice(fields).first().map(|field| (field.name.clone(), first(field))));
    map
}

fn needed(fields: &[Field]) -> Map<String, Value> {
    let needed = fields.iter().filter(|field| field.need == Need::Needed);
    needed.map(|field| (field.name.clone(), first(field))).collect()
}

fn first(field: &Field) -> Value {
    let mut good = good(&field.shape, &field.fields);
    let free = good.iter().position(|value| value.as_str().is_some_and(|word| FREE.contains(&word)));
    good.swap_remove(free.unwrap_or(0))
}
