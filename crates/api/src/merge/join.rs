//! Merges a strategic merge patch into an object, or into another patch.
//!
//! As <https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/strategicpatch/patch.go>: `mergeMap`

use std::sync::Arc;

use evenkeel_object::{Map, Value};

use super::order::{identity, is_deletion, ordered, position};
use super::refusal::{self, without_key};
use crate::Status;
use crate::shapes::Shape;

/// What a patch is merged into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// An object: directives are carried out, and `null` is never kept.
    Apply,
    /// Another patch: directives and `null` are kept.
    Combine,
}

pub(super) const PATCH: &str = "$patch";
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
pub(super) const DELETE_FROM: &str = "$deleteFromPrimitiveList";
pub(super) const ELEMENT_ORDER: &str = "$setElementOrder";

/// `original` with the patch merged into it.
pub(super) fn joined(mode: Mode, shape: &Shape, original: Map, patch: Map) -> Result<Map, Status> {
    let (mut original, mut patch) = (original, patch);
    match patch.get(PATCH).map(Value::text) {
        None => {}
        Some("replace") => {
            patch.remove(PATCH);
            return Ok(patch);
        }
        Some("delete") => return Ok(Map::new()),
        Some(_) => return Err(refusal::bad_directive(&patch)),
    }
    retain_keys(mode, &mut original, &mut patch)?;
    set_orders(mode, shape, &mut original, &mut patch)?;
    for (name, value) in patch {
        join_field(mode, shape, &mut original, &name, value)?;
    }
    Ok(original)
}

fn join_field(mode: Mode, shape: &Shape, original: &mut Map, name: &Arc<str>, value: Value) -> Result<(), Status> {
    if name.starts_with(DELETE_FROM) {
        if mode == Mode::Combine {
            original.insert(name.clone(), value);
            return Ok(());
        }
        let field = field_of(name, DELETE_FROM).ok_or_else(refusal::bad_primitive_list)?;
        return delete_items(original, field, &value);
    }
    if value.is_null() {
        original.remove(name);
        if mode == Mode::Apply {
            return Ok(());
        }
    }
    let field = shape.field(name);
    let joined = match (original.get(name), value) {
        (Some(Value::Map(_)), value @ Value::Map(_)) if field.patch().replace => Some(value),
        (Some(Value::Map(before)), Value::Map(change)) => {
            Some(joined(mode, &field, (**before).clone(), (*change).clone())?.into())
        }
        (Some(Value::List(before)), Value::List(change)) if field.patch().merge => {
            Some(joined_list(mode, &field, before, &change)?.into())
        }
        (Some(Value::List(_)), value @ Value::List(_)) => Some(value),
        (_, value) if mode == Mode::Apply => without_directives(without_nulls(value)),
        (_, value) => without_directives(value),
    };
    match joined {
        Some(value) => original.insert(name.clone(), value),
        None => original.remove(name),
    };
    Ok(())
}

fn delete_items(original: &mut Map, field: &str, gone: &Value) -> Result<(), Status> {
    let Some(Value::List(items)) = original.get(field) else {
        return Ok(());
    };
    if !matches!(gone, Value::List(_)) {
        return Ok(());
    }
    refusal::check_alike(items.iter().chain(gone.items()))?;
    let rest = items.iter().filter(|item| !gone.items().contains(item));
    let rest = Value::list(rest.cloned());
    original.insert(field.into(), rest);
    Ok(())
}

/// Two lists that are merged item by item, in the order of the patch.
fn joined_list(mode: Mode, list: &Shape, original: &[Value], patch: &[Value]) -> Result<Vec<Value>, Status> {
    if original.is_empty() && patch.is_empty() {
        return Ok(Vec::new());
    }
    let is_of_maps = refusal::check_alike(original.iter().chain(patch))?;
    if !is_of_maps {
        let mut merged: Vec<Value> = Vec::new();
        for item in original.iter().chain(patch) {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        return Ok(ordered(merged, patch, original, None));
    }
    let Some(key) = list.patch().merge_key.as_deref() else {
        return Err(refusal::no_merge_key());
    };
    let (original, patch) = without_special(original, patch, key)?;
    let mut merged = original.clone();
    for item in &patch {
        without_key(item, key)?;
        match position(&merged, item, Some(key)) {
            Some(place) => {
                let (Value::Map(before), Value::Map(change)) = (&merged[place], item) else {
                    unreachable!("the items of both lists were just found to be maps");
                };
                let item = joined(mode, &list.item(), (**before).clone(), (**change).clone())?;
                merged[place] = item.into();
            }
            None => merged.push(item.clone()),
        }
    }
    for item in &merged {
        without_key(item, key)?;
    }
    Ok(ordered(merged, &patch, &original, Some(key)))
}

// Carries out the items of the patch that are directives: what is left of the list, and of the patch.
fn without_special(original: &[Value], patch: &[Value], key: &str) -> Result<(Vec<Value>, Vec<Value>), Status> {
    let mut original = original.to_vec();
    let mut rest = Vec::new();
    let mut replace = false;
    for item in patch {
        match item.get(PATCH) {
            None => rest.push(item.clone()),
            Some(_) if is_deletion(item) => {
                without_key(item, key)?;
                original.retain(|other| identity(other, Some(key)) != &item[key]);
            }
            Some(directive) if directive.text() == "replace" => replace = true,
            Some(_) => return Err(refusal::bad_directive(item.as_map().unwrap_or(&Map::new()))),
        }
    }
    Ok(if replace { (rest, Vec::new()) } else { (original, rest) })
}

fn retain_keys(mode: Mode, original: &mut Map, patch: &mut Map) -> Result<(), Status> {
    let Some(retained) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    if mode == Mode::Combine {
        original.insert(RETAIN_KEYS.into(), retained);
        return Ok(());
    }
    let Value::List(names) = &retained else {
        return Err(refusal::bad_retain_keys());
    };
    let is_retained = |name: &str| names.iter().any(|other| other.text() == name);
    let is_directive = |name: &str| name.starts_with(DELETE_FROM) || name.starts_with(ELEMENT_ORDER);
    if patch.iter().any(|(name, value)| !value.is_null() && !is_directive(name) && !is_retained(name)) {
        return Err(refusal::bad_retain_keys());
    }
    original.retain(|name, _| is_retained(name));
    Ok(())
}

// Carries out `$setElementOrder/…`, together with the list that it is about.
fn set_orders(mode: Mode, shape: &Shape, original: &mut Map, patch: &mut Map) -> Result<(), Status> {
    let orders: Vec<Arc<str>> = patch.keys().filter(|name| name.starts_with(ELEMENT_ORDER)).cloned().collect();
    for name in orders {
        let order = patch.remove(&name).unwrap_or_default();
        if mode == Mode::Combine {
            let known = original.entry(name.clone()).or_insert_with(|| order.clone());
            if *known != order {
                return Err(refusal::bad_element_order());
            }
        }
        let field = field_of(&name, ELEMENT_ORDER).ok_or_else(refusal::bad_element_order)?;
        set_order(mode, &shape.field(field), original, patch, (field, order.items()))?;
    }
    Ok(())
}

fn set_order(
    mode: Mode,
    list: &Shape,
    original: &mut Map,
    patch: &mut Map,
    (field, order): (&str, &[Value]),
) -> Result<(), Status> {
    let key = list.patch().merge_key.as_deref();
    let before = original.get(field).cloned();
    let change = patch.remove(field);
    for value in before.iter().chain(&change) {
        if !matches!(value, Value::List(_)) {
            return Err(refusal::not_a_list(value));
        }
    }
    let items = |value: &Option<Value>| value.as_ref().map(Value::items).unwrap_or_default().to_vec();
    let (before_items, change_items) = (items(&before), items(&change));
    check_order(&change_items, order, key)?;
    let merged = match (&before, change) {
        (None, None) => return Ok(()),
        (Some(_), None) => before_items.clone(),
        (None, Some(change)) => without_directives(change).unwrap_or_default().items().to_vec(),
        (Some(_), Some(_)) if list.patch().merge => joined_list(mode, list, &before_items, &change_items)?,
        (Some(_), Some(_)) => change_items.clone(),
    };
    refusal::check_alike(before_items.iter().chain(&change_items))?;
    if let Some(key) = key {
        for item in &merged {
            without_key(item, key)?;
        }
    }
    let merged = ordered(merged, order, &before_items, key);
    original.insert(field.into(), merged.into());
    Ok(())
}

// The items of the patch, but for deletions, must come in the order that is asked for.
fn check_order(patch: &[Value], order: &[Value], key: Option<&str>) -> Result<(), Status> {
    if order.is_empty() {
        return Ok(());
    }
    let mut order = order.iter();
    for item in patch.iter().filter(|item| item.get(PATCH).is_none()) {
        if !order.any(|other| identity(other, key) == identity(item, key)) {
            return Err(refusal::order_differs(patch));
        }
    }
    Ok(())
}

fn field_of<'n>(name: &'n str, directive: &str) -> Option<&'n str> {
    name.strip_prefix(directive)?.strip_prefix('/')
}

/// The value without what is a directive; none if it is one itself.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Map(map) if map.contains_key(PATCH) => None,
        Value::Map(map) => {
            let fields = map.iter();
            Some(Value::fields(
                fields.filter_map(|(name, value)| Some((name.clone(), without_directives(value.clone())?))),
            ))
        }
        Value::List(items) => {
            let items = items.iter().cloned();
            Some(Value::list(items.filter_map(without_directives)))
        }
        scalar => Some(scalar),
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Map(map) => {
            let fields = map.iter().filter(|(_, value)| !value.is_null());
            Value::fields(fields.map(|(name, value)| (name.clone(), without_nulls(value.clone()))))
        }
        Value::List(items) => Value::list(items.iter().cloned().map(without_nulls)),
        scalar => scalar,
    }
}
