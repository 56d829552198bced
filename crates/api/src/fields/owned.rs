//! Which fields a configuration claims.
//!
//! As <https://github.com/kubernetes-sigs/structured-merge-diff/blob/v6.4.2/typed/tofieldset.go>.

use std::collections::BTreeMap;

use evenkeel_object::Value;

use super::element::Element;
use super::form::{Form, form};
use super::set::Set;
use crate::shapes::Shape;

/// The fields that are in a value: its leaves, the items of its lists, and the keys of its maps that the schema does not name.
pub(super) fn owned(shape: &Shape, value: &Value) -> Set {
    let mut set = Set::default();
    walk(&mut Vec::new(), shape, value, &mut set);
    set
}

fn walk(path: &mut Vec<Element>, shape: &Shape, value: &Value, set: &mut Set) {
    match form(shape, value) {
        None | Some(Form::Leaf) => set.insert(path),
        Some(Form::Map) => {
            for (name, value) in value.entries() {
                path.push(Element::Field(name.clone()));
                walk(path, &shape.field(name), value, set);
                let is_empty = value.as_map().is_some_and(|map| map.is_empty());
                if is_empty || !shape.names(name) {
                    set.insert(path);
                }
                path.pop();
            }
        }
        Some(Form::List) => items(path, shape, value, set),
    }
}

fn items(path: &mut Vec<Element>, shape: &Shape, value: &Value, set: &mut Set) {
    let mut found: BTreeMap<Element, Vec<&Value>> = BTreeMap::new();
    for item in value.items() {
        if let Ok(element) = Element::of_item(shape, item) {
            found.entry(element).or_default().push(item);
        }
    }
    for (element, items) in found {
        path.push(element);
        // Items with the same keys are owned together.
        if let [item] = items[..] {
            walk(path, &shape.item(), item, set);
        }
        set.insert(path);
        path.pop();
    }
}
