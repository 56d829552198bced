//! Kinds and keys: what an object is, and which one.

use std::fmt;
use std::sync::Arc;

/// A group and a kind. The version is left out: an object is one object in all its versions.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// The API group, empty for the core group.
    pub group: Arc<str>,
    /// The kind within it, e.g. `Deployment`.
    pub name: Arc<str>,
}

impl Kind {
    /// The kind of that name in that group (empty for the core group).
    pub fn new(group: &str, name: &str) -> Kind {
        Kind { group: group.into(), name: name.into() }
    }

    /// The kind that an `apiVersion` and a `kind` name.
    pub fn of(api_version: &str, kind: &str) -> Kind {
        Kind::new(api_version.rsplit_once('/').map_or("", |(group, _)| group), kind)
    }

    /// Whether it is that kind of that group.
    pub fn is(&self, group: &str, name: &str) -> bool {
        &*self.group == group && &*self.name == name
    }
}

/// Which object: kind, namespace and name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// Its namespace, empty for a cluster-scoped object.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

impl Key {
    /// The key of those parts.
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Key {
        Key { kind, namespace: namespace.into(), name: name.into() }
    }
}

/// `Deployment`, or `Certificate.cert-manager.io` for a group that is not one of Kubernetes' own short ones.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.is_empty() { f.write_str(&self.name) } else { write!(f, "{}.{}", self.name, self.group) }
    }
}

/// `Deployment/web`, or `Deployment/shop/web` outside the namespace `default`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.namespace {
            "" | "default" => write!(f, "{}/{}", self.kind, self.name),
            namespace => write!(f, "{}/{}/{}", self.kind, namespace, self.name),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}/{}/{}", self.kind, self.namespace, self.name)
    }
}
