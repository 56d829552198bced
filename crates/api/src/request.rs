//! Requests to the API server, as values.

use std::sync::Arc;

use evenkeel_object::{Key, Object, Value};

use crate::Status;

/// One request.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Request {
    /// Who asks; the field manager under which changes are recorded.
    pub manager: Arc<str>,
    /// Which object. The name is empty for a creation that leaves the name to the server (`metadata.generateName`).
    pub key: Key,
    /// Which part of it.
    pub subresource: Subresource,
    /// What to do.
    pub verb: Verb,
    /// Only if the object is as the asker read it.
    pub precondition: Precondition,
}

/// Which part of an object a request is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subresource {
    /// The object; of kinds with a status subresource, everything but the status.
    Main,
    /// `…/status`: the status only (and, of built-in kinds, some metadata).
    Status,
    /// `…/scale`: the body is `{"spec": {"replicas": n}}`.
    Scale,
    /// `pods/…/eviction`.
    Eviction,
    /// `pods/…/binding`: the body is `{"target": {"name": node}}`.
    Binding,
    /// `namespaces/…/finalize`.
    Finalize,
}

/// What a request does.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verb {
    /// POST.
    Create(Object),
    /// PUT.
    Update(Object),
    /// PATCH with a JSON merge patch.
    MergePatch(Value),
    /// PATCH with a strategic merge patch: lists merge by their keys.
    StrategicPatch(Value),
    /// PATCH with an apply configuration (server-side apply).
    Apply {
        /// What the manager wants; fields that it applied before and that are not here any more are given up.
        configuration: Object,
        /// Whether to take over fields that other managers own.
        force: bool,
    },
    /// DELETE.
    Delete {
        /// What is to become of the dependents; the default of the kind if none.
        propagation: Option<Propagation>,
        /// Only this incarnation.
        uid: Option<Arc<str>>,
        /// `gracePeriodSeconds`: zero deletes at once, none leaves it to the object.
        grace: Option<u32>,
    },
}

/// What is to become of the dependents of an object that is deleted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Propagation {
    /// The garbage collector deletes them afterwards.
    Background,
    /// The garbage collector deletes them first.
    Foreground,
    /// They are set free.
    Orphan,
}

impl Propagation {
    /// Each by its word.
    pub const WORDS: [(&'static str, Propagation); 3] = [
        ("Background", Propagation::Background),
        ("Foreground", Propagation::Foreground),
        ("Orphan", Propagation::Orphan),
    ];
}

/// Whether the asker's `resourceVersion` is still that of the object.
///
/// Versions themselves are not kept: all that can be known of one is whether it is still the newest, and that is found out by
/// whoever keeps track of what the asker has read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Precondition {
    /// None was given.
    #[default]
    None,
    /// It was given. The object has not changed since.
    Unchanged,
    /// It was given, and the object has changed since: such a request is refused with a conflict.
    Outdated,
}

/// What became of a request.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Outcome {
    /// What the asker is told: the object as it is now (as it last was, if it is gone), or why not.
    pub answer: Result<Object, Status>,
    /// What changed in the store; nothing if the request was refused or changes nothing.
    pub writes: Vec<Write>,
}

/// One change of the store.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Write {
    /// Which object.
    pub key: Key,
    /// What it is now; none if it is gone.
    pub after: Option<Object>,
}

impl Outcome {
    /// A refusal.
    pub fn refused(status: Status) -> Outcome {
        Outcome { answer: Err(status), writes: Vec::new() }
    }

    /// Done, and nothing changed.
    pub fn unchanged(object: Object) -> Outcome {
        Outcome { answer: Ok(object), writes: Vec::new() }
    }
}
