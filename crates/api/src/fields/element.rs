//! One step on the way to a field.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use evenkeel_object::Value;

use crate::shapes::{ListType, Shape};

/// One step on the way to a field, in the order in which Kubernetes sorts them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Element {
    /// Into the field of that name.
    Field(Arc<str>),
    /// To the item with these keys, of a list that is a map.
    Key(BTreeMap<Arc<str>, Value>),
    /// To the item with this value, of a list that is a set.
    Item(Value),
}

impl Element {
    /// The field of that name.
    pub fn field(name: &str) -> Element {
        Element::Field(name.into())
    }

    /// What an item of a list is known by, or why it cannot be known.
    pub fn of_item(shape: &Shape, item: &Value) -> Result<Element, String> {
        match shape.list() {
            ListType::Atomic => Err("invalid indexing of non-associative list".to_owned()),
            ListType::Set => match item {
                Value::Map(_) => Err("associative list without keys has an element that's a map type".to_owned()),
                Value::List(_) => Err("not supported: associative list with lists as elements".to_owned()),
                Value::Null => Err("associative list without keys has an element that's an explicit null".to_owned()),
                scalar => Ok(Element::Item(scalar.clone())),
            },
            ListType::Map(_) => Element::keyed(shape, item),
        }
    }

    fn keyed(shape: &Shape, item: &Value) -> Result<Element, String> {
        let ListType::Map(keys) = shape.list() else {
            return Err("invalid indexing of non-associative list".to_owned());
        };
        if item.is_null() {
            return Err("associative list with keys may not have a null element".to_owned());
        }
        if item.as_map().is_none() {
            return Err("associative list with keys may not have non-map elements".to_owned());
        }
        let found: BTreeMap<Arc<str>, Value> = keys
            .iter()
            .filter_map(|key| {
                let value = item.get(&key.name).or(key.default.as_ref())?;
                Some((key.name.clone(), value.clone()))
            })
            .collect();
        if found.is_empty() {
            let names: Vec<String> = keys.iter().map(|key| format!("{:?}", key.name)).collect();
            return Err(format!(
                "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key \
                 fields)",
                names.join(" ")
            ));
        }
        Ok(Element::Key(found))
    }

    /// As `fieldsV1` writes it: `f:spec`, `k:{"name":"web"}`, `v:"x"`.
    pub fn text(&self) -> String {
        match self {
            Element::Field(name) => format!("f:{name}"),
            Element::Key(keys) => {
                let keys = Value::fields(keys.iter().map(|(name, value)| (name.clone(), value.clone())));
                format!("k:{keys}")
            }
            Element::Item(value) => format!("v:{value}"),
        }
    }

    /// Reads what [`Element::text`] writes; none for anything else, which Kubernetes passes over, too.
    pub fn parse(text: &str) -> Option<Element> {
        let (sort, rest) = text.split_once(':')?;
        match sort {
            "f" => Some(Element::field(rest)),
            "v" => rest.parse().ok().map(Element::Item),
            "k" => {
                let keys: Value = rest.parse().ok()?;
                Some(Element::Key(keys.as_map()?.clone()))
            }
            _ => None,
        }
    }
}

/// As people are told: `.spec`, `[name="web"]`, `[="x"]`.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Element::Field(name) => write!(f, ".{name}"),
            Element::Key(keys) => {
                let keys: Vec<String> = keys.iter().map(|(name, value)| format!("{name}={value}")).collect();
                write!(f, "[{}]", keys.join(","))
            }
            Element::Item(value) => write!(f, "[={value}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Element;

    #[test]
    fn elements_survive_being_written_down() {
        for text in ["f:spec", "f:a:b", "k:{\"name\":\"web\",\"port\":80}", "v:\"x\"", "v:1"] {
            let element = Element::parse(text).expect("a valid element");
            assert_eq!(element.text(), text);
        }
        assert_eq!(Element::parse("i:0"), None);
        assert_eq!(Element::parse("k:[]"), None);
    }
}
