//! What every object has: kind, metadata, owners, conditions.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::{Key, Kind, Value};

/// A Kubernetes object: a map with `apiVersion`, `kind` and `metadata`. Reads and writes like the [`Value`] it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object(pub Value);

/// An entry of `metadata.ownerReferences`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner {
    /// Which object; its namespace is that of the dependent (a cluster-scoped owner has none, which the entry does not say).
    pub kind: Kind,
    /// Its name.
    pub name: Arc<str>,
    /// Which incarnation of it.
    pub uid: Arc<str>,
    /// Whether it is the managing controller; at most one is.
    pub controller: bool,
    /// Whether the owner waits for this dependent when it is deleted in the foreground.
    pub block_owner_deletion: bool,
}

impl Object {
    /// An object of that key, with nothing else in it.
    pub fn new(api_version: &str, key: &Key) -> Object {
        let mut object = Object(Value::map());
        object.set(&["apiVersion"], api_version);
        object.set(&["kind"], key.kind.name.clone());
        object.set(&["metadata", "name"], key.name.clone());
        if !key.namespace.is_empty() {
            object.set(&["metadata", "namespace"], key.namespace.clone());
        }
        object
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        Kind::of(self["apiVersion"].text(), self["kind"].text())
    }

    /// Its key.
    pub fn key(&self) -> Key {
        Key::new(self.kind(), self.namespace(), self.name())
    }

    /// Its name; empty before one was generated.
    pub fn name(&self) -> &str {
        self["metadata"]["name"].text()
    }

    /// Its namespace; empty if it is cluster-scoped.
    pub fn namespace(&self) -> &str {
        self["metadata"]["namespace"].text()
    }

    /// Which incarnation of its key it is.
    pub fn uid(&self) -> &str {
        self["metadata"]["uid"].text()
    }

    /// Its labels.
    pub fn labels(&self) -> &Value {
        &self["metadata"]["labels"]
    }

    /// The annotation of that name; `null` if it has none.
    pub fn annotation(&self, name: &str) -> &Value {
        &self["metadata"]["annotations"][name]
    }

    /// Whether its deletion was asked for, and something still holds it.
    pub fn is_terminating(&self) -> bool {
        !self["metadata"]["deletionTimestamp"].is_null()
    }

    /// The finalizers that hold it.
    pub fn finalizers(&self) -> impl Iterator<Item = &str> {
        self["metadata"]["finalizers"].items().iter().filter_map(Value::as_str)
    }

    /// Its owners.
    pub fn owners(&self) -> impl Iterator<Item = Owner> {
        self["metadata"]["ownerReferences"].items().iter().map(|entry| Owner {
            kind: Kind::of(entry["apiVersion"].text(), entry["kind"].text()),
            name: entry["name"].text().into(),
            uid: entry["uid"].text().into(),
            controller: entry["controller"].is_true(),
            block_owner_deletion: entry["blockOwnerDeletion"].is_true(),
        })
    }

    /// The owner that manages it.
    pub fn controller(&self) -> Option<Owner> {
        self.owners().find(|owner| owner.controller)
    }

    /// Whether `owner`, this very incarnation of it, manages it.
    pub fn is_controlled_by(&self, owner: &Object) -> bool {
        self.controller().is_some_and(|reference| &*reference.uid == owner.uid())
    }

    /// An entry of `metadata.ownerReferences` by which this object manages a dependent.
    pub fn controller_reference(&self) -> Value {
        Value::from(crate::json!({
            "apiVersion": self["apiVersion"].text(), "kind": self["kind"].text(), "name": self.name(), "uid": self.uid(),
            "controller": true, "blockOwnerDeletion": true,
        }))
    }

    /// The condition of that type in its status; `null` if there is none.
    pub fn condition(&self, kind: &str) -> &Value {
        static NULL: Value = Value::Null;
        self["status"]["conditions"].items().iter().find(|c| c["type"].text() == kind).unwrap_or(&NULL)
    }

    /// Whether the condition of that type is `True`.
    pub fn is_condition_true(&self, kind: &str) -> bool {
        self.condition(kind)["status"].text() == "True"
    }
}

impl Deref for Object {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl DerefMut for Object {
    fn deref_mut(&mut self) -> &mut Value {
        &mut self.0
    }
}

impl From<serde_json::Value> for Object {
    fn from(json: serde_json::Value) -> Object {
        Object(json.into())
    }
}

impl From<Value> for Object {
    fn from(value: Value) -> Object {
        Object(value)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        object.0
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
