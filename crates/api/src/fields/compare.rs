//! Which fields were removed, changed and added between two states of an object.
//!
//! As <https://github.com/kubernetes-sigs/structured-merge-diff/blob/v6.4.2/typed/compare.go>.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use evenkeel_object::Value;

use super::element::Element;
use super::form::{Form, form, is_empty};
use super::set::Set;
use crate::shapes::Shape;

/// What became of the fields of an object. No field is in two of the sets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Comparison {
    /// Were there, and are not any more.
    pub(super) removed: Set,
    /// Have another value.
    pub(super) modified: Set,
    /// Were not there.
    pub(super) added: Set,
}

impl Comparison {
    /// Compares two states of an object.
    pub(super) fn of(shape: &Shape, before: &Value, after: &Value) -> Comparison {
        let mut walk = Walk::default();
        walk.compare(shape, Some(before), Some(after));
        walk.found
    }

    /// What was changed or added.
    pub(super) fn written(&self) -> Set {
        self.modified.union(&self.added)
    }

    /// This comparison without the fields below these.
    pub(super) fn without(&self, ignored: &Set) -> Comparison {
        Comparison {
            removed: self.removed.without(ignored),
            modified: self.modified.without(ignored),
            added: self.added.without(ignored),
        }
    }
}

#[derive(Default)]
struct Walk {
    path: Vec<Element>,
    found: Comparison,
}

type Side<'v> = Option<&'v Value>;

impl Walk {
    fn compare(&mut self, shape: &Shape, before: Side<'_>, after: Side<'_>) {
        if before == after {
            return;
        }
        let left = before.and_then(|value| form(shape, value));
        let right = after.and_then(|value| form(shape, value));
        match (left, right) {
            (None, None) => self.leaf(before, after),
            (Some(one), None) | (None, Some(one)) => self.walk(one, shape, before, after),
            (Some(left), Some(right)) if left == right => self.walk(left, shape, before, after),
            // The value became one of another sort: its parts are gone, and those of the new one came.
            (Some(left), Some(right)) => {
                self.walk(left, shape, before, after);
                self.walk(right, shape, before, after);
            }
        }
    }

    fn walk(&mut self, form: Form, shape: &Shape, before: Side<'_>, after: Side<'_>) {
        let of_form = |value: Side<'_>| match form {
            Form::Leaf => false,
            Form::Map => value.is_some_and(|value| value.as_map().is_some()),
            Form::List => value.is_some_and(|value| matches!(value, Value::List(_))),
        };
        let left = before.filter(|_| of_form(before));
        let right = after.filter(|_| of_form(after));
        if is_empty(left) && is_empty(right) {
            return self.leaf(before, after);
        }
        match form {
            Form::Leaf => unreachable!("a leaf has no parts of its form"),
            Form::Map => self.fields(shape, left, right),
            Form::List => self.items(shape, left, right),
        }
        if before.is_none() {
            self.found.added.insert(&self.path);
        } else if after.is_none() {
            self.found.removed.insert(&self.path);
        }
    }

    fn leaf(&mut self, before: Side<'_>, after: Side<'_>) {
        match (before, after) {
            (None, _) => self.found.added.insert(&self.path),
            (_, None) => self.found.removed.insert(&self.path),
            _ if before != after => self.found.modified.insert(&self.path),
            _ => {}
        }
    }

    fn fields(&mut self, shape: &Shape, left: Side<'_>, right: Side<'_>) {
        let names: BTreeSet<&Arc<str>> =
            [left, right].into_iter().flatten().flat_map(|value| value.entries().map(|(name, _)| name)).collect();
        for name in names {
            let field = shape.field(name);
            let mut before = left.and_then(|value| value.get(name));
            let mut after = right.and_then(|value| value.get(name));
            if field.is_always_written() && left.is_some() && right.is_some() {
                let empty = before.or(after).map(nothing);
                (before, after) = (before.or(empty), after.or(empty));
            }
            self.path.push(Element::Field(name.clone()));
            self.compare(&field, before, after);
            self.path.pop();
        }
    }

    fn items(&mut self, shape: &Shape, left: Side<'_>, right: Side<'_>) {
        let mut pairs: BTreeMap<Element, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
        for item in left.map(Value::items).unwrap_or_default() {
            if let Ok(element) = Element::of_item(shape, item) {
                pairs.entry(element).or_default().0.push(item);
            }
        }
        for item in right.map(Value::items).unwrap_or_default() {
            if let Ok(element) = Element::of_item(shape, item) {
                pairs.entry(element).or_default().1.push(item);
            }
        }
        for (element, (left, right)) in pairs {
            self.path.push(element);
            self.item(&shape.item(), &left, &right);
            self.path.pop();
        }
    }

    // Items with the same keys are owned together, as if they were one atomic thing.
    fn item(&mut self, shape: &Shape, left: &[&Value], right: &[&Value]) {
        match (left, right) {
            ([] | [_], [] | [_]) => {
                self.compare(shape, left.first().copied(), right.first().copied());
            }
            ([_, _, ..], [_, _, ..]) => {
                if left != right {
                    self.found.modified.insert(&self.path);
                }
            }
            ([_, _, ..], _) => {
                if let [only] = right {
                    self.compare(shape, None, Some(only));
                }
                self.found.removed.insert(&self.path);
            }
            (_, _) => {
                if let [only] = left {
                    self.compare(shape, Some(only), None);
                }
                self.found.added.insert(&self.path);
            }
        }
    }
}

// What Go writes for such a field when it is empty: its absence from a JSON object is no absence.
fn nothing(other: &Value) -> &'static Value {
    static NULL: Value = Value::Null;
    static MAP: LazyLock<Value> = LazyLock::new(Value::map);
    match other {
        Value::Map(_) => &MAP,
        _ => &NULL,
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Kind, Value, json};

    use super::Comparison;
    use crate::shapes::shape_of;

    fn check(before: serde_json::Value, after: serde_json::Value, expect: [&str; 3]) {
        let shape = shape_of(&Kind::new("", "Pod")).field("spec");
        let found = Comparison::of(&shape, &Value::from(before), &Value::from(after));
        let text = |set: &super::Set| set.to_string().trim_end().replace('\n', " ");
        assert_eq!([text(&found.removed), text(&found.modified), text(&found.added)], expect);
    }

    #[test]
    fn what_changed_is_told_field_by_field() {
        check(
            json!({"containers": [{"name": "a", "image": "x"}, {"name": "b"}]}),
            json!({"containers": [{"name": "c"}, {"name": "a", "image": "y"}]}),
            [
                ".containers[name=\"b\"] .containers[name=\"b\"].name",
                ".containers[name=\"a\"].image",
                ".containers[name=\"c\"] .containers[name=\"c\"].name",
            ],
        );
        check(
            json!({"nodeSelector": {"a": "1"}, "tolerations": []}),
            json!({"nodeSelector": {"b": "1"}, "tolerations": [{}]}),
            ["", ".nodeSelector .tolerations", ""],
        );
    }

    #[test]
    fn nobody_adds_a_list_that_go_always_writes() {
        check(
            json!({}),
            json!({"containers": [{"name": "a"}], "initContainers": [{"name": "a"}]}),
            [
                "",
                "",
                ".initContainers .containers[name=\"a\"] .containers[name=\"a\"].name .initContainers[name=\"a\"] \
                 .initContainers[name=\"a\"].name",
            ],
        );
    }

    #[test]
    fn items_with_the_same_keys_are_one_thing() {
        check(
            json!({"containers": [{"name": "a", "image": "x"}]}),
            json!({"containers": [{"name": "a", "image": "x"}, {"name": "a"}]}),
            [
                ".containers[name=\"a\"] .containers[name=\"a\"].image .containers[name=\"a\"].name",
                "",
                ".containers[name=\"a\"]",
            ],
        );
    }
}
