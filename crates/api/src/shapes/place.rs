//! One place of a kind.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use evenkeel_object::Value;

/// What is known of a place.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Place {
    pub(super) written: bool,
    pub(super) atomic: bool,
    pub(super) body: Body,
    pub(super) patch: Patch,
}

/// What is below a place.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) enum Body {
    /// Nothing that needs saying: a scalar, a struct of such, an atomic list.
    #[default]
    Plain,
    /// Anything: there is no schema.
    Open,
    /// A definition of the table of Kubernetes' own kinds, by its line.
    Definition(usize),
    /// These fields, and others without a schema.
    Struct(Fields),
    /// A whole custom resource: its fields, and whether it has a status subresource.
    Resource { fields: Fields, status: bool },
    /// A map with keys that people choose.
    Map(Arc<Place>),
    /// A list.
    List(ListType, Arc<Place>),
}

pub(super) type Fields = Arc<BTreeMap<Arc<str>, Arc<Place>>>;

/// What a list is to those who own its items.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListType {
    /// One thing: the last writer's.
    Atomic,
    /// A set of scalars, each with owners of its own.
    Set,
    /// A map: its items are told apart by these keys.
    Map(Arc<[ListKey]>),
}

/// A field that tells the items of a list apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListKey {
    /// The field.
    pub name: Arc<str>,
    /// Its value in an item that leaves it out.
    pub default: Option<Value>,
}

/// How a strategic merge patch merges a place.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Patch {
    /// A list is merged item by item, rather than replaced.
    pub merge: bool,
    /// The field that tells the items apart; a list of scalars has none.
    pub merge_key: Option<Arc<str>>,
    /// A map is replaced, rather than merged field by field.
    pub replace: bool,
    /// `$retainKeys` says which fields stay.
    pub retain_keys: bool,
}

/// A place of which there is nothing to say.
pub(super) fn plain() -> Arc<Place> {
    static PLAIN: LazyLock<Arc<Place>> = LazyLock::new(Arc::default);
    PLAIN.clone()
}

/// A place without a schema.
pub(super) fn open() -> Arc<Place> {
    static OPEN: LazyLock<Arc<Place>> = LazyLock::new(|| Arc::new(Place { body: Body::Open, ..Place::default() }));
    OPEN.clone()
}
