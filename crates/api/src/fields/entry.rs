//! Who manages which fields: the entries of `metadata.managedFields`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use evenkeel_object::{Value, json};

use super::set::Set;

/// How somebody came to own fields.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Operation {
    /// By server-side apply.
    Apply,
    /// By any other write.
    Update,
}

/// Somebody who manages fields, in the order of the entries.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Manager {
    /// How.
    pub operation: Operation,
    /// Under which name.
    pub name: Arc<str>,
    /// In which version of the kind.
    pub api_version: Arc<str>,
    /// Through which subresource; empty for none.
    pub subresource: Arc<str>,
}

impl Manager {
    /// A manager of that name; one without a name is `unknown`.
    pub fn new(operation: Operation, name: &str, api_version: &str, subresource: &str) -> Manager {
        Manager {
            operation,
            name: if name.is_empty() { "unknown" } else { name }.into(),
            api_version: api_version.into(),
            subresource: subresource.into(),
        }
    }

    // An applier is the same whichever version it applies.
    // https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/managedfields/internal/managedfields.go: BuildManagerIdentifier
    fn is_same_applier(&self, other: &Manager) -> bool {
        self.operation == Operation::Apply
            && other.operation == Operation::Apply
            && self.name == other.name
            && self.subresource == other.subresource
    }
}

/// As people are told who is in the way.
impl fmt::Display for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.name)?;
        if !self.subresource.is_empty() {
            write!(f, " with subresource {:?}", self.subresource)?;
        }
        if self.operation == Operation::Update {
            write!(f, " using {}", self.api_version)?;
        }
        Ok(())
    }
}

/// Everybody who manages fields of an object, and which.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Managers(pub BTreeMap<Manager, Set>);

impl Managers {
    /// Reads `metadata.managedFields`, or says what is wrong with it.
    pub fn read(entries: &Value) -> Result<Managers, String> {
        let entries = entries.items().iter().enumerate();
        let managers = entries.map(|(index, entry)| read(index, entry));
        managers.collect::<Result<_, _>>().map(Managers)
    }

    /// As `metadata.managedFields` writes it; `null` if nobody manages anything.
    pub fn to_value(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        Value::list(self.0.iter().map(|(manager, set)| written(manager, set)))
    }

    /// Takes out the set that an applier has; empty if it has none.
    pub(super) fn take_applier(&mut self, applier: &Manager) -> Set {
        let before = self.0.keys().find(|other| other.is_same_applier(applier));
        match before.cloned() {
            Some(manager) => self.0.remove(&manager).unwrap_or_default(),
            None => Set::default(),
        }
    }

    /// Drops those who manage nothing.
    pub(super) fn drop_empty(&mut self) {
        self.0.retain(|_, set| !set.is_empty());
    }
}

fn read(index: usize, entry: &Value) -> Result<(Manager, Set), String> {
    let operation = match entry["operation"].text() {
        "Apply" => Operation::Apply,
        "Update" => Operation::Update,
        _ => return Err("operation must be `Apply` or `Update`".to_owned()),
    };
    let api_version = entry["apiVersion"].text();
    if api_version.is_empty() {
        return Err("apiVersion must not be empty".to_owned());
    }
    match entry["fieldsType"].text() {
        "FieldsV1" => {}
        "" => {
            return Err(format!("missing fieldsType in managed fields entry {index}"));
        }
        other => {
            return Err(format!("invalid fieldsType {other:?} in managed fields entry {index}"));
        }
    }
    let manager = Manager {
        operation,
        name: entry["manager"].text().into(),
        api_version: api_version.into(),
        subresource: entry["subresource"].text().into(),
    };
    Ok((manager, Set::of_value(&entry["fieldsV1"])))
}

fn written(manager: &Manager, set: &Set) -> Value {
    let mut entry = Value::from(json!({
        "manager": &*manager.name,
        "operation": match manager.operation {
            Operation::Apply => "Apply",
            Operation::Update => "Update",
        },
        "apiVersion": &*manager.api_version,
        "fieldsType": "FieldsV1",
    }));
    entry.set(&["fieldsV1"], set.to_value());
    if !manager.subresource.is_empty() {
        entry.set(&["subresource"], manager.subresource.clone());
    }
    entry
}
