//! A value on the way: complete, or a map or list that is still open, and what merging does to one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::{Mark, Marks, Parts, Span};
use super::fault::excerpt;
use crate::{Map, Position, Value};

/// A value that is complete, and what its parents must know of it.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) mark: Mark,
    /// How many values it is, aliases counted as what they stand for.
    pub(super) nodes: usize,
    /// How many levels of maps and lists it has.
    pub(super) height: usize,
    /// The number, if it is a float; its value may be an integer, or nothing.
    pub(super) float: Option<f64>,
    /// Whether it is written `<<`, neither quoted nor tagged: as a key it merges.
    pub(super) is_merge: bool,
}

/// A map or list that is still open.
pub(super) struct Frame {
    pub(super) content: Content,
    pub(super) start: Position,
    pub(super) anchor: usize,
    pub(super) nodes: usize,
    pub(super) height: usize,
}

pub(super) enum Content {
    List(Vec<Value>, Vec<Mark>),
    Map(Box<OpenMap>),
}

#[derive(Default)]
pub(super) struct OpenMap {
    pub(super) fields: Map,
    pub(super) marks: Marks,
    pub(super) key: Option<Key>,
    /// Where each field was written in this map itself, not merged into it.
    pub(super) written: BTreeMap<Arc<str>, Position>,
}

pub(super) enum Key {
    Field(Arc<str>, Span),
    Merge,
    /// It was refused; its value is read and dropped.
    Refused,
}

impl Node {
    pub(super) fn null(span: Span) -> Node {
        Node {
            value: Value::Null,
            mark: Mark { span, parts: Parts::None },
            nodes: 1,
            height: 0,
            float: None,
            is_merge: false,
        }
    }
}

/// Merges maps into one that is open; false if it is not maps.
///
/// As in kubectl, and unlike what YAML says, a field that was written before the `<<` is overwritten, one written after it is not.
// https://github.com/yaml/go-yaml/blob/v2.4.4/decode.go: merge
pub(super) fn merge(map: &mut OpenMap, node: &Node) -> bool {
    match (&node.value, &node.mark.parts) {
        (Value::Map(fields), Parts::Map(marks)) => {
            merge_fields(map, fields, marks);
            true
        }
        (Value::List(items), Parts::List(marks)) => {
            // Earlier ones win.
            items.iter().zip(marks.iter()).rev().all(|(item, mark)| match (item, &mark.parts) {
                (Value::Map(fields), Parts::Map(marks)) => {
                    merge_fields(map, fields, marks);
                    true
                }
                _ => false,
            })
        }
        _ => false,
    }
}

fn merge_fields(map: &mut OpenMap, fields: &Map, marks: &Marks) {
    for (name, value) in fields {
        map.fields.insert(name.clone(), value.clone());
    }
    for (name, mark) in marks {
        map.marks.insert(name.clone(), mark.clone());
    }
}

/// What sort of value it is, for people.
pub(super) fn described(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(flag) => format!("the truth value {flag}"),
        Value::Int(_) | Value::Float(_) => format!("the number {value}"),
        Value::String(text) => format!("the text {}", excerpt(text)),
        Value::List(_) => "a list".into(),
        Value::Map(_) => "a map".into(),
    }
}
