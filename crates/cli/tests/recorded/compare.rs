//! What is different between the objects of two states.

use std::collections::BTreeMap;
use std::fmt;

use evenkeel_object::Value;

/// A place at which recorded objects and those of the model differ.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Difference {
    /// The kind of the object, its namespace and name.
    pub(crate) object: String,
    /// Empty if one side has no such object.
    pub(crate) path: String,
    pub(crate) recorded: Value,
    pub(crate) modelled: Value,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { object, path, recorded, modelled } = self;
        write!(f, "{object} {path}\n        recorded {recorded}\n        modelled {modelled}")
    }
}

/// All differences. Objects of one name are compared with those that they are most like.
pub(crate) fn differences(recorded: &[Value], modelled: &[Value]) -> Vec<Difference> {
    let mut groups: BTreeMap<String, [Vec<&Value>; 2]> = BTreeMap::new();
    for (side, objects) in [recorded, modelled].into_iter().enumerate() {
        for object in objects {
            groups.entry(name(object)).or_default()[side].push(object);
        }
    }
    groups.into_iter().flat_map(|(name, sides)| of_group(&name, sides)).collect()
}

fn name(object: &Value) -> String {
    let metadata = &object["metadata"];
    let namespace = metadata["namespace"].text();
    let slash = if namespace.is_empty() { "" } else { "/" };
    format!("{} {namespace}{slash}{}", object["kind"].text(), metadata["name"].text())
}

fn of_group(name: &str, [mut recorded, mut modelled]: [Vec<&Value>; 2]) -> Vec<Difference> {
    recorded.retain(|object| match modelled.iter().position(|other| other == object) {
        Some(equal) => {
            modelled.swap_remove(equal);
            false
        }
        None => true,
    });
    let difference = |path: String, recorded: &Value, modelled: &Value| {
        let (recorded, modelled) = (recorded.clone(), modelled.clone());
        Difference { object: name.to_owned(), path, recorded, modelled }
    };
    let mut found = Vec::new();
    for object in recorded {
        let all = modelled.iter().map(|other| changes(object, other)).enumerate();
        match all.min_by_key(|(_, changes)| changes.len()) {
            Some((alike, changes)) => {
                modelled.swap_remove(alike);
                found.extend(changes.into_iter().map(|(path, one, other)| difference(path, &one, &other)));
            }
            None => found.push(difference(String::new(), &"present".into(), &"absent".into())),
        }
    }
    found.extend(modelled.iter().map(|_| difference(String::new(), &"absent".into(), &"present".into())));
    found
}

/// A place, and what stands there on either side.
type Change = (String, Value, Value);

fn changes(one: &Value, other: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    descend("", one, other, &mut found);
    found
}

fn descend(path: &str, one: &Value, other: &Value, found: &mut Vec<Change>) {
    let (left, right) = (children(one), children(other));
    if one == other {
        return;
    }
    if left.is_empty() && right.is_empty() || !(is_alike(one, other) || one.is_null() || other.is_null()) {
        found.push((path.to_owned(), one.clone(), other.clone()));
        return;
    }
    // Something empty is something.
    if left.is_empty() && other.is_null() || right.is_empty() && one.is_null() {
        found.push((path.to_owned(), one.clone(), other.clone()));
    }
    let n_before = found.len();
    let mut names: Vec<&String> = left.keys().chain(right.keys()).collect();
    names.sort();
    names.dedup();
    let null = Value::Null;
    for name in names {
        let (inner, outer) = (left.get(name).unwrap_or(&null), right.get(name).unwrap_or(&null));
        descend(&format!("{path}{name}"), inner, outer, found);
    }
    if found.len() == n_before {
        found.push((format!("{path}[order]"), one.clone(), other.clone()));
    }
}

fn is_alike(one: &Value, other: &Value) -> bool {
    matches!((one, other), (Value::Map(_), Value::Map(_)) | (Value::List(_), Value::List(_)))
}

/// What is below a value, by the next part of the path. What has a type or a name is found by that.
fn children(value: &Value) -> BTreeMap<String, Value> {
    let field = |name: &str| if name.contains(['.', '/']) { format!("[\"{name}\"]") } else { format!(".{name}") };
    let fields = value.entries().map(|(name, inner)| (field(name), inner.clone()));
    let items = value.items().iter().enumerate().map(|(place, item)| {
        let known = ["type", "name"].iter().map(|key| item[*key].text()).find(|key| !key.is_empty());
        (known.map_or_else(|| format!("[{place}]"), |known| format!("[{known}]")), item.clone())
    });
    fields.chain(items).collect()
}
