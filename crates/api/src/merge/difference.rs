//! The strategic merge patch that makes one state of an object into another.
//!
//! As <https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/strategicpatch/patch.go>: `diffMaps`

use evenkeel_object::{Map, Value, json};

use super::join::{DELETE_FROM, ELEMENT_ORDER, RETAIN_KEYS};
use super::order::sorted;
use super::refusal::{check_alike, without_key};
use crate::Status;
use crate::shapes::Shape;

/// Which part of the difference is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// What is new or has another value.
    Additions,
    /// What is gone.
    Deletions,
}

/// The patch with that part of the difference. `retain` says whether it must name the fields that stay.
pub(super) fn difference(
    part: Part,
    shape: &Shape,
    original: &Map,
    modified: &Map,
    retain: bool,
) -> Result<Map, Status> {
    let mut patch = Map::new();
    for (name, value) in modified {
        match original.get(name) {
            Some(before) => field(part, &shape.field(name), (name, before, value), &mut patch)?,
            None if part == Part::Additions => {
                patch.insert(name.clone(), value.clone());
            }
            None => {}
        }
    }
    let gone = || original.iter().filter(|(name, _)| !modified.contains_key(*name));
    if part == Part::Deletions {
        patch.extend(gone().map(|(name, _)| (name.clone(), Value::Null)));
    }
    if retain && (!patch.is_empty() || gone().any(|(_, value)| !value.is_null())) {
        let retained: Vec<Value> =
            modified.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.clone().into()).collect();
        if !retained.is_empty() {
            patch.insert(RETAIN_KEYS.into(), retained.into());
        }
    }
    Ok(patch)
}

fn field(
    part: Part,
    shape: &Shape,
    (name, before, after): (&str, &Value, &Value),
    patch: &mut Map,
) -> Result<(), Status> {
    let wants_value = part == Part::Additions;
    match (before, after) {
        // A map that is replaced is in every patch, changed or not.
        (Value::Map(_), Value::Map(_)) if shape.patch().replace && wants_value => {
            patch.insert(name.into(), after.clone());
        }
        (Value::Map(_), Value::Map(_)) if shape.patch().replace => {}
        (Value::Map(before), Value::Map(after)) => {
            let inner = difference(part, shape, before, after, shape.patch().retain_keys)?;
            if !inner.is_empty() {
                patch.insert(name.into(), inner.into());
            }
        }
        (Value::List(before), Value::List(after)) if shape.patch().merge => {
            list(part, shape, (name, before, after), patch)?;
        }
        _ if wants_value && before != after => {
            patch.insert(name.into(), after.clone());
        }
        _ => {}
    }
    Ok(())
}

fn list(
    part: Part,
    shape: &Shape,
    (name, before, after): (&str, &[Value], &[Value]),
    patch: &mut Map,
) -> Result<(), Status> {
    if before.is_empty() {
        if !after.is_empty() && part == Part::Additions {
            patch.insert(name.into(), Value::list(after.iter().cloned()));
        }
        return Ok(());
    }
    if check_alike(before.iter().chain(after))? {
        items(part, shape, (name, before, after), patch)
    } else {
        scalars(part, (name, before, after), patch);
        Ok(())
    }
}

fn items(
    part: Part,
    shape: &Shape,
    (name, before, after): (&str, &[Value], &[Value]),
    patch: &mut Map,
) -> Result<(), Status> {
    let key = shape.patch().merge_key.as_deref().unwrap_or_default();
    for item in before.iter().chain(after) {
        without_key(item, key)?;
    }
    let (changes, deletions) = item_changes(part, shape, key, before, after)?;
    let mut changes = sorted(changes, after, Some(key));
    let same_order =
        before.len() == after.len() && before.iter().zip(after).all(|(before, after)| before[key] == after[key]);
    changes.extend(deletions);
    let is_changed = !changes.is_empty() || (part == Part::Additions && !same_order);
    if is_changed && !after.is_empty() {
        let order = after.iter().map(|item| Value::fields([(key, item[key].clone())]));
        patch.insert(format!("{ELEMENT_ORDER}/{name}").into(), Value::list(order));
    }
    if !changes.is_empty() {
        patch.insert(name.into(), changes.into());
    }
    Ok(())
}

// Both lists are walked in the order of their keys' texts, so that items with the same key are paired one by one.
fn item_changes(
    part: Part,
    shape: &Shape,
    key: &str,
    before: &[Value],
    after: &[Value],
) -> Result<(Vec<Value>, Vec<Value>), Status> {
    let by_key = |items: &[Value]| {
        let mut items = items.to_vec();
        items.sort_by_cached_key(|item| text(&item[key]));
        items.into_iter().peekable()
    };
    let (mut before, mut after) = (by_key(before), by_key(after));
    let (mut changes, mut deletions) = (Vec::new(), Vec::new());
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return Ok((changes, deletions)),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(before), Some(after)) => text(&before[key]).cmp(&text(&after[key])),
        };
        let left = if order.is_le() { before.next() } else { None };
        let right = if order.is_ge() { after.next() } else { None };
        match (left, right) {
            (Some(Value::Map(left)), Some(Value::Map(right))) => {
                let retain = shape.patch().retain_keys;
                let mut change = difference(part, &shape.item(), &left, &right, retain)?;
                if !change.is_empty() {
                    change.insert(key.into(), right.get(key).cloned().unwrap_or_default());
                    changes.push(change.into());
                }
            }
            (None, Some(right)) if part == Part::Additions => changes.push(right),
            (Some(left), None) if part == Part::Deletions => {
                let mut deletion = Value::from(json!({"$patch": "delete"}));
                deletion.set(&[key], left[key].clone());
                deletions.push(deletion);
            }
            _ => {}
        }
    }
}

fn scalars(part: Part, (name, before, after): (&str, &[Value], &[Value]), patch: &mut Map) {
    let in_order = |items: &[Value]| {
        let mut items = items.to_vec();
        items.sort_by_cached_key(text);
        items
    };
    let (old, new) = (in_order(before), in_order(after));
    let only_in = |items: &[Value], other: &[Value]| -> Vec<Value> {
        let items = items.iter();
        items.filter(|item| !other.contains(item)).cloned().collect()
    };
    let wants_order = match part {
        Part::Additions => {
            let added = sorted(only_in(&new, &old), after, None);
            if !added.is_empty() {
                patch.insert(name.into(), added.into());
            }
            // What was there is compared in the order of its texts, so a list that is not in that order is sent every time.
            old != after
        }
        Part::Deletions => {
            let mut gone = only_in(&old, &new);
            gone.dedup();
            let is_any = !gone.is_empty();
            if is_any {
                patch.insert(format!("{DELETE_FROM}/{name}").into(), gone.into());
            }
            is_any
        }
    };
    if wants_order && !after.is_empty() {
        let order = Value::list(after.iter().cloned());
        patch.insert(format!("{ELEMENT_ORDER}/{name}").into(), order);
    }
}

/// A scalar as Go prints it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => other.to_string(),
    }
}
