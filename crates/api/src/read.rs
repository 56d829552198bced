//! Reads: a predicate that says which objects, and a projection that says what of them.
//!
//! Everything that anybody learns of the store, the API server's own steps included, is asked in this form. So what a
//! computation depends on can be recorded, and it need not be repeated while the answers stay the same.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use evenkeel_object::{Key, Kind, Object, Selector, Value};

/// Which objects a read is about: a predicate on a single object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Scope {
    /// Of this kind; of every kind if none.
    pub kind: Option<Kind>,
    /// In this namespace (empty: cluster-scoped objects); in every one if none.
    pub namespace: Option<Arc<str>>,
    /// Those among them.
    pub select: Select,
}

/// Which of the objects of a kind and namespace.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Select {
    /// All.
    All,
    /// The one of that name.
    Named(Arc<str>),
    /// Those whose labels the selector chooses.
    Labels(Selector),
    /// Those that this incarnation of this object manages.
    ControlledBy {
        /// The kind and name of the owner (in the namespace of the scope, or cluster-scoped).
        owner: Key,
        /// Which incarnation.
        uid: Arc<str>,
    },
    /// Those whose labels the selector chooses and that nobody manages.
    Orphans(Selector),
    /// Those with this incarnation of an object among their owners.
    DependentsOf {
        /// The owner.
        owner: Key,
        /// Which incarnation.
        uid: Arc<str>,
    },
}

impl Scope {
    /// All objects of a kind in a namespace.
    pub fn all(kind: &Kind, namespace: &str) -> Scope {
        Scope { kind: Some(kind.clone()), namespace: Some(namespace.into()), select: Select::All }
    }

    /// All objects of a kind, wherever they are.
    pub fn everywhere(kind: &Kind) -> Scope {
        Scope { kind: Some(kind.clone()), namespace: None, select: Select::All }
    }

    /// The object of that key.
    pub fn one(key: &Key) -> Scope {
        Scope::all(&key.kind, &key.namespace).named(&key.name)
    }

    /// Those of a kind that `owner` manages, in the owner's namespace.
    pub fn controlled_by(kind: &Kind, owner: &Object) -> Scope {
        let select = Select::ControlledBy { owner: owner.key(), uid: owner.uid().into() };
        Scope { kind: Some(kind.clone()), namespace: Some(owner.namespace().into()), select }
    }

    fn named(mut self, name: &str) -> Scope {
        self.select = Select::Named(name.into());
        self
    }

    /// These objects, further narrowed to those that `select` chooses.
    #[must_use]
    pub fn select(mut self, select: Select) -> Scope {
        self.select = select;
        self
    }

    /// Whether `object` is among those that the read is about.
    pub fn matches(&self, object: &Object) -> bool {
        self.kind.as_ref().is_none_or(|kind| *kind == object.kind())
            && self.namespace.as_ref().is_none_or(|namespace| **namespace == *object.namespace())
            && self.select.matches(object)
    }
}

impl Select {
    /// Whether an object of the right kind and namespace is chosen.
    pub fn matches(&self, object: &Object) -> bool {
        match self {
            Select::All => true,
            Select::Named(name) => **name == *object.name(),
            Select::Labels(selector) => selector.matches(object.labels()),
            Select::ControlledBy { uid, .. } => object.controller().is_some_and(|owner| owner.uid == *uid),
            Select::Orphans(selector) => object.controller().is_none() && selector.matches(object.labels()),
            Select::DependentsOf { uid, .. } => object.owners().any(|owner| owner.uid == *uid),
        }
    }
}

/// What a read makes of the objects it is about. A computation that needs a count should ask for a count: it is remembered by
/// what it was answered.
///
/// `of` is applied to the matching objects of each part of the store, and `join` puts two such results together; it must be
/// associative and commutative up to what the asker makes of it, with `of(&[])` as its neutral element.
#[derive(Clone)]
pub struct Projection {
    /// Tells projections apart, together with `args`; unique in the program.
    pub name: &'static str,
    /// What `of` and `join` are told.
    pub args: Value,
    /// The result for some of the objects; they come in the order of their keys.
    pub of: fn(args: &Value, objects: &[Object]) -> Value,
    /// The result for two sets of objects together.
    pub join: fn(args: &Value, left: &Value, right: &Value) -> Value,
}

impl Projection {
    /// The objects themselves, as a list.
    pub fn objects() -> Projection {
        Projection {
            name: "objects",
            args: Value::Null,
            of: |_, objects| Value::list(objects.iter().map(|object| object.0.clone())),
            join: |_, left, right| concatenated(left, right),
        }
    }

    /// The objects without what is reported about them: no status, no bookkeeping of writes.
    ///
    /// Whoever wants to know what somebody asked for should not be told of every progress.
    pub fn specified() -> Projection {
        Projection {
            name: "specified",
            args: Value::Null,
            of: |_, objects| Value::list(objects.iter().map(|object| specification(&object.0))),
            join: |_, left, right| concatenated(left, right),
        }
    }

    /// How many there are.
    pub fn count() -> Projection {
        Projection {
            name: "count",
            args: Value::Null,
            of: |_, objects| Value::Int(i64::try_from(objects.len()).expect("a count fits")),
            join: |_, left, right| Value::Int(left.count() + right.count()),
        }
    }
}

fn specification(object: &Value) -> Value {
    let mut object = object.clone();
    object.remove(&["status"]);
    object.remove(&["metadata", "managedFields"]);
    object
}

/// Two lists, one after the other.
pub fn concatenated(left: &Value, right: &Value) -> Value {
    match (left.items(), right.items()) {
        ([], _) if right.items().is_empty() => Value::list([]),
        ([], _) => right.clone(),
        (_, []) => left.clone(),
        (left, right) => Value::list(left.iter().chain(right).cloned()),
    }
}

impl PartialEq for Projection {
    fn eq(&self, other: &Projection) -> bool {
        self.name == other.name && self.args == other.args
    }
}

impl Eq for Projection {}

impl PartialOrd for Projection {
    fn partial_cmp(&self, other: &Projection) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Projection {
    fn cmp(&self, other: &Projection) -> Ordering {
        (self.name, &self.args).cmp(&(other.name, &other.args))
    }
}

impl Hash for Projection {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.args.hash(state);
    }
}

impl fmt::Debug for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name, self.args)
    }
}

/// One read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Question {
    /// Which objects.
    pub scope: Scope,
    /// What of them.
    pub projection: Projection,
}

/// Answers questions about a store.
pub trait Read {
    /// The answer: the projection of the objects that the scope chooses.
    fn ask(&mut self, question: &Question) -> Value;

    /// The object of that key.
    fn get(&mut self, key: &Key) -> Option<Object> {
        let answer = self.ask(&Question { scope: Scope::one(key), projection: Projection::objects() });
        answer.items().first().map(|value| Object(value.clone()))
    }

    /// The objects of a scope without what is reported about them, in the order of their keys.
    fn list_specified(&mut self, scope: Scope) -> Vec<Object> {
        sorted(&self.ask(&Question { scope, projection: Projection::specified() }))
    }

    /// The objects of a scope, in the order of their keys.
    fn list(&mut self, scope: Scope) -> Vec<Object> {
        let answer = self.ask(&Question { scope, projection: Projection::objects() });
        sorted(&answer)
    }
}

/// The objects of a list, in the order of their keys.
pub fn sorted(list: &Value) -> Vec<Object> {
    let mut objects: Vec<Object> = list.items().iter().map(|value| Object(value.clone())).collect();
    objects.sort_by_cached_key(Object::key);
    objects
}
