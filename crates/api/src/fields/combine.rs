//! Lays a configuration over an object.
//!
//! As <https://github.com/kubernetes-sigs/structured-merge-diff/blob/v6.4.2/typed/merge.go>.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use evenkeel_object::Value;

use super::element::Element;
use super::form::{Form, form, is_empty};
use crate::shapes::Shape;

/// The object with what the configuration says in it. Nothing is taken away but the items of atomic lists and maps.
pub(super) fn combined(shape: &Shape, live: &Value, configuration: &Value) -> Value {
    let sort = form(shape, configuration).or_else(|| form(shape, live));
    match sort {
        Some(Form::Map) => fields(shape, live, configuration),
        Some(Form::List) => items(shape, live, configuration),
        Some(Form::Leaf) | None => configuration.clone(),
    }
}

fn fields(shape: &Shape, live: &Value, configuration: &Value) -> Value {
    if is_empty(live.as_map().map(|_| live)) && is_empty(Some(configuration)) {
        return configuration.clone();
    }
    let mut merged = if live.as_map().is_some() { live.clone() } else { Value::map() };
    let map = merged.make_map();
    for (name, value) in configuration.entries() {
        let value = match map.get(name) {
            Some(live) => combined(&shape.field(name), live, value),
            None => value.clone(),
        };
        map.insert(name.clone(), value);
    }
    merged
}

fn items(shape: &Shape, live: &Value, configuration: &Value) -> Value {
    if live.items().is_empty() && configuration.items().is_empty() {
        return configuration.clone();
    }
    Value::list(Lists::new(shape, live, configuration).merged())
}

/// Two lists that become one: the order of the configuration for its items, and each other item where it was among them.
struct Lists<'v> {
    shape: Shape,
    live: Vec<(Element, &'v Value)>,
    configuration: Vec<(Element, &'v Value)>,
    /// What stands in the object for an element; none if it stands there more than once.
    single: BTreeMap<Element, Option<&'v Value>>,
    wanted: BTreeSet<Element>,
}

impl<'v> Lists<'v> {
    fn new(shape: &Shape, live: &'v Value, configuration: &'v Value) -> Lists<'v> {
        let keyed = |list: &'v Value| -> Vec<(Element, &'v Value)> {
            let items = list.items().iter();
            let keyed = items.filter_map(|item| Some((Element::of_item(shape, item).ok()?, item)));
            keyed.collect()
        };
        let (live, configuration) = (keyed(live), keyed(configuration));
        let mut single = BTreeMap::new();
        for (element, item) in &live {
            let entry = single.entry(element.clone());
            entry.and_modify(|single| *single = None).or_insert(Some(*item));
        }
        let wanted = configuration.iter().map(|(key, _)| key.clone()).collect();
        Lists { shape: shape.item(), live, configuration, single, wanted }
    }

    fn merged(&self) -> Vec<Value> {
        let mut shared: VecDeque<&Element> = self
            .configuration
            .iter()
            .map(|(element, _)| element)
            .filter(|element| self.single.contains_key(*element))
            .collect();
        let mut done: BTreeSet<&Element> = BTreeSet::new();
        let mut merged = Vec::new();
        let (mut live, mut wanted) = (self.live.iter().peekable(), self.configuration.iter().peekable());
        loop {
            match (live.peek(), wanted.peek()) {
                (None, None) => return merged,
                (Some((ours, item)), _) if !self.wanted.contains(ours) => {
                    merged.push((*item).clone());
                    live.next();
                    continue;
                }
                (Some((ours, _)), Some((theirs, _))) if ours != theirs => {
                    // An item of both, but not the one whose turn it is: it comes where the configuration has it.
                    if shared.front().is_some_and(|next| *next != ours) {
                        live.next();
                        continue;
                    }
                    if done.contains(ours) {
                        live.next();
                    }
                }
                (Some(_), Some(_)) => {
                    live.next();
                }
                (Some(_), None) => {
                    live.next();
                    continue;
                }
                (None, Some(_)) => {}
            }
            let Some((element, item)) = wanted.next() else {
                continue;
            };
            done.insert(element);
            if shared.front() == Some(&element) {
                shared.pop_front();
            }
            merged.push(match self.single.get(element) {
                Some(Some(live)) => combined(&self.shape, live, item),
                _ => (*item).clone(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Kind, Value, json};

    use super::combined;
    use crate::shapes::shape_of;

    fn check(live: serde_json::Value, configuration: serde_json::Value, expect: serde_json::Value) {
        let shape = shape_of(&Kind::new("", "ConfigMap")).field("metadata");
        assert_eq!(combined(&shape, &live.into(), &configuration.into()), Value::from(expect));
    }

    fn check_order(live: &str, configuration: &str, expect: &str) {
        let list = |text: &str| {
            let items: Vec<String> = text.chars().map(String::from).collect();
            json!({"finalizers": items})
        };
        check(list(live), list(configuration), list(expect));
    }

    #[test]
    fn maps_merge_and_atomic_lists_are_replaced() {
        check(
            json!({"labels": {"a": "1", "b": "1"}, "name": "x"}),
            json!({"labels": {"b": "2", "c": "2"}}),
            json!({"labels": {"a": "1", "b": "2", "c": "2"}, "name": "x"}),
        );
        check(json!({"labels": {"a": "1"}}), json!({"labels": null}), json!({"labels": {"a": "1"}}));
    }

    #[test]
    fn lists_keep_the_order_of_the_configuration() {
        check_order("ab", "ba", "ba");
        check_order("abc", "cb", "acb");
        check_order("ab", "cd", "abcd");
        check_order("axb", "bca", "xbca");
        check_order("abcde", "e", "abcde");
    }
}
