//! Sets of fields.

use std::collections::BTreeMap;
use std::fmt;

use evenkeel_object::Value;

use super::element::Element;
use crate::shapes::Shape;

/// A set of fields. A field may be in it without those below it, and the other way round.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Set(BTreeMap<Element, Node>);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
struct Node {
    is_member: bool,
    below: Set,
}

impl Node {
    fn is_empty(&self) -> bool {
        !self.is_member && self.below.is_empty()
    }
}

impl Set {
    /// The set of these fields, each given by the field names on the way to it.
    pub fn of_fields(fields: &[&[&str]]) -> Set {
        let mut set = Set::default();
        for names in fields {
            let path: Vec<Element> = names.iter().map(|name| Element::field(name)).collect();
            set.insert(&path);
        }
        set
    }

    /// Puts a field in. Nobody owns the whole object: an empty path is passed over.
    pub fn insert(&mut self, path: &[Element]) {
        match path {
            [] => {}
            [last] => self.0.entry(last.clone()).or_default().is_member = true,
            [first, rest @ ..] => self.0.entry(first.clone()).or_default().below.insert(rest),
        }
    }

    /// Whether there is none in it.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(Node::is_empty)
    }

    /// Whether the field directly below is in it.
    pub fn contains(&self, element: &Element) -> bool {
        self.0.get(element).is_some_and(|node| node.is_member)
    }

    /// Whether the field at the end of this way is in it.
    pub fn contains_path(&self, path: &[Element]) -> bool {
        match path {
            [] => false,
            [last] => self.contains(last),
            [first, rest @ ..] => self.below(first).is_some_and(|below| below.contains_path(rest)),
        }
    }

    /// Those below an element; none if there are none.
    pub fn below(&self, element: &Element) -> Option<&Set> {
        let below = &self.0.get(element)?.below;
        (!below.is_empty()).then_some(below)
    }

    /// The fields of both.
    #[must_use]
    pub fn union(&self, other: &Set) -> Set {
        let mut union = self.clone();
        for (element, node) in &other.0 {
            let mine = union.0.entry(element.clone()).or_default();
            mine.is_member |= node.is_member;
            mine.below = mine.below.union(&node.below);
        }
        union
    }

    /// The fields that both have.
    #[must_use]
    pub fn intersection(&self, other: &Set) -> Set {
        self.filtered(|element, node| {
            let theirs = other.0.get(element)?;
            Some(Node { is_member: node.is_member && theirs.is_member, below: node.below.intersection(&theirs.below) })
        })
    }

    /// The fields that the other does not have; a field is not taken away because one above it is.
    #[must_use]
    pub fn difference(&self, other: &Set) -> Set {
        self.filtered(|element, node| {
            Some(match other.0.get(element) {
                None => node.clone(),
                Some(theirs) => {
                    Node { is_member: node.is_member && !theirs.is_member, below: node.below.difference(&theirs.below) }
                }
            })
        })
    }

    /// The fields that are neither in the other nor below one that is.
    #[must_use]
    pub fn without(&self, other: &Set) -> Set {
        self.filtered(|element, node| match other.0.get(element) {
            None => Some(node.clone()),
            Some(theirs) if theirs.is_member => None,
            Some(theirs) => Some(Node { is_member: node.is_member, below: node.below.without(&theirs.below) }),
        })
    }

    fn filtered(&self, keep: impl Fn(&Element, &Node) -> Option<Node>) -> Set {
        let nodes = self.0.iter().filter_map(|(element, node)| {
            let kept = keep(element, node)?;
            (!kept.is_empty()).then(|| (element.clone(), kept))
        });
        Set(nodes.collect())
    }

    /// This set and the fields on the way to its members, as far as the schema names them.
    #[must_use]
    pub fn with_named_parents(&self, shape: &Shape) -> Set {
        let nodes = self.0.iter().map(|(element, node)| {
            let (named, below) = match element {
                Element::Field(name) => (shape.names(name), shape.field(name)),
                Element::Key(_) => (false, shape.item()),
                Element::Item(_) => (false, Shape::open()),
            };
            let node = Node {
                is_member: node.is_member || (named && !node.below.is_empty()),
                below: node.below.with_named_parents(&below),
            };
            (element.clone(), node)
        });
        Set(nodes.collect())
    }

    /// The ways to the members, those above before those below.
    pub fn paths(&self) -> Vec<Vec<Element>> {
        let mut paths = Vec::new();
        self.collect(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect(&self, prefix: &mut Vec<Element>, paths: &mut Vec<Vec<Element>>) {
        for (element, node) in &self.0 {
            if node.is_member {
                paths.push(prefix.iter().chain([element]).cloned().collect());
            }
        }
        for (element, node) in &self.0 {
            prefix.push(element.clone());
            node.below.collect(prefix, paths);
            prefix.pop();
        }
    }

    /// As `fieldsV1` writes it.
    pub fn to_value(&self) -> Value {
        Value::fields(self.0.iter().map(|(element, node)| {
            let mut below = node.below.to_value();
            if node.is_member && !node.below.is_empty() {
                below.set(&["."], Value::map());
            }
            (element.text(), below)
        }))
    }

    /// Reads `fieldsV1`; what is not understood is passed over.
    pub fn of_value(value: &Value) -> Set {
        let nodes = value.entries().filter_map(|(text, value)| {
            let element = Element::parse(text)?;
            let below = Set::of_value(value);
            let is_member = below.is_empty() || value.get(".").is_some();
            Some((element, Node { is_member, below }))
        });
        Set(nodes.collect())
    }
}

/// One path a line.
impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for path in self.paths() {
            for element in path {
                write!(f, "{element}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Value, json};

    use super::Set;

    fn set(json: serde_json::Value) -> Set {
        Set::of_value(&json.into())
    }

    #[test]
    fn a_set_survives_being_written_down() {
        let json = json!({"f:spec": {".": {}, "f:ports": {"k:{\"port\":80}": {".": {}, "f:port": {}}}}, "f:type": {}});
        assert_eq!(set(json.clone()).to_value(), Value::from(json));
    }

    #[test]
    fn a_parent_and_its_children_are_members_of_their_own() {
        let whole = set(json!({"f:a": {".": {}, "f:b": {}}}));
        let parent = set(json!({"f:a": {}}));
        assert_eq!(whole.difference(&parent), set(json!({"f:a": {"f:b": {}}})));
        assert_eq!(whole.without(&parent), Set::default());
        assert_eq!(whole.intersection(&parent), parent);
        assert_eq!(parent.union(&set(json!({"f:a": {"f:b": {}}}))), whole);
        assert_eq!(whole.to_string(), ".a\n.a.b\n");
    }
}
