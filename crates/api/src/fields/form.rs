//! How far a value is taken apart when fields are counted.

use evenkeel_object::Value;

use crate::shapes::{ListType, Shape};

/// What a value is to those who own parts of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// One field: a scalar, or an atomic map or list.
    Leaf,
    /// A map, each of whose fields may have an owner of its own.
    Map,
    /// A list, each of whose items may have an owner of its own.
    List,
}

/// The form of a value; none for `null`, which takes on any.
pub(super) fn form(shape: &Shape, value: &Value) -> Option<Form> {
    match value {
        Value::Null => None,
        Value::Map(_) if !shape.is_atomic() => Some(Form::Map),
        Value::List(_) if *shape.list() != ListType::Atomic => Some(Form::List),
        _ => Some(Form::Leaf),
    }
}

/// Whether it is a map or a list without anything in it, or `null`, or absent.
pub(super) fn is_empty(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.entries().next().is_none() && value.items().is_empty())
}
