//! Takes back what a manager applied before and does not apply any more.
//!
//! As <https://github.com/kubernetes-sigs/structured-merge-diff/blob/v6.4.2/merge/update.go>: `prune`, and
//! <https://github.com/kubernetes-sigs/structured-merge-diff/blob/v6.4.2/typed/remove.go>.

use evenkeel_object::{Map, Value};

use super::element::Element;
use super::entry::Managers;
use super::form::{Form, form};
use super::owned::owned;
use super::set::Set;
use crate::shapes::Shape;

/// `merged` without what was in `last` and is nobody's now. `managers` says who owns what after the apply.
///
/// A map or a list of which nothing remains becomes `null`: it is still owned, and goes with [`without_husks`].
pub(super) fn pruned(shape: &Shape, merged: &Value, managers: &Managers, last: &Set) -> Value {
    let managed = managers.0.values().fold(Set::default(), |all, set| all.union(set));
    if last.difference(&managed).is_empty() {
        return merged.clone();
    }
    let named = |set: &Set| set.with_named_parents(shape);
    let of_object = |value: &Value| named(&owned(shape, value));
    let (all, last, managed) = (of_object(merged), named(last), named(&managed));

    let bare = remaining(shape, merged, &last);
    let kept = of_object(&bare).union(&managed);
    let with_owned = remaining(shape, merged, &all.difference(&kept));
    // What was never this manager's stays, owned or not.
    let gone = all.difference(&of_object(&with_owned));
    remaining(shape, merged, &gone.intersection(&last))
}

fn remaining(shape: &Shape, value: &Value, gone: &Set) -> Value {
    match removed(shape, value, gone) {
        Value::Null => Value::map(),
        rest => rest,
    }
}

/// The value without these fields. A map or a list of which nothing remains becomes `null`.
fn removed(shape: &Shape, value: &Value, gone: &Set) -> Value {
    match (form(shape, value), value) {
        (Some(Form::Map), _) => fields(shape, value, gone),
        (Some(Form::List), _) => items(shape, value, gone),
        (_, Value::Map(_) | Value::List(_)) => Value::Null,
        (_, scalar) => scalar.clone(),
    }
}

fn fields(shape: &Shape, value: &Value, gone: &Set) -> Value {
    let mut rest = Map::new();
    for (name, value) in value.entries() {
        let element = Element::Field(name.clone());
        if gone.contains(&element) {
            continue;
        }
        let value = match gone.below(&element) {
            Some(below) => removed(&shape.field(name), value, below),
            None => value.clone(),
        };
        rest.insert(name.clone(), value);
    }
    if rest.is_empty() { Value::Null } else { rest.into() }
}

fn items(shape: &Shape, value: &Value, gone: &Set) -> Value {
    let mut rest = Vec::new();
    for item in value.items() {
        match Element::of_item(shape, item) {
            Ok(element) if gone.contains(&element) => {}
            Ok(element) => rest.push(match gone.below(&element) {
                Some(below) => removed(&shape.item(), item, below),
                None => item.clone(),
            }),
            Err(_) => rest.push(item.clone()),
        }
    }
    if rest.is_empty() { Value::Null } else { rest.into() }
}

/// A pruned value without the `null` that remains of a map or a list: Go writes an empty map in its place if it always writes one, and
/// otherwise nothing. (Where there are no Go types the `null` would stay, and be refused by most schemas; here it goes, too.)
pub(super) fn without_husks(shape: &Shape, pruned: &Value, merged: &Value) -> Value {
    let Some(map) = pruned.as_map().filter(|_| pruned != merged) else {
        return pruned.clone();
    };
    Value::fields(map.iter().filter_map(|(name, value)| {
        let (field, before) = (shape.field(name), &merged[&**name]);
        let value = match (value, before) {
            (Value::Null, Value::Map(_)) if field.is_always_written() => Value::map(),
            (Value::Null, Value::Map(_) | Value::List(_)) => return None,
            _ => without_husks(&field, value, before),
        };
        Some((name.clone(), value))
    }))
}
