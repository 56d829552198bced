//! What shows that a verdict is right: runs step by step, the fields that are fought over, who waits for whom.

use std::fmt;

use evenkeel_object::{Key, Kind, Object, Value, diff};
use serde::{Deserialize, Serialize};

/// The evidence for a verdict. What of it is there depends on the word; the rest is empty.
///
/// | verdict | what is there |
/// |---|---|
/// | `oscillates` | `prefix`, then `cycle` for ever; `fields` |
/// | `diverges` | `prefix`, then `cycle` again and again, each time from a larger state; `growth` |
/// | `stuck` | `prefix` into a state that is not left again (and `cycle`, if it could be, and is tried in vain); `waits`, `unmet`, `elsewhere` |
/// | `ambiguous` | `prefix`, which both runs share, then `left` or `right` |
/// | `violates` | `prefix`, at whose end the invariant is broken; `unmet` |
/// | `undecided` | if an expression could not be evaluated: `prefix` to where, `unmet` |
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Evidence {
    /// The part it is about; none if there is one part only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The objects at the beginning, whole.
    pub initial_objects: Vec<Value>,
    /// The steps from the beginning.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prefix: Vec<Step>,
    /// The steps of one round, after the prefix.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cycle: Vec<Step>,
    /// After the prefix, the way to one final state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Step>,
    /// After the prefix, the way to another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub right: Vec<Step>,
    /// The fields that change for ever, and who changes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// What is not as it should be, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Wait>,
    /// What is demanded and does not hold, or of which that is unknown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<Unmet>,
    /// What is so in the other parts that are stuck, too; of equal parts in the one that was looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
    /// What grows in each round.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub growth: Vec<Growth>,
}

/// How another part ends that is stuck.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Elsewhere {
    /// The part.
    pub part: String,
    /// What is not as it should be in it, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Wait>,
    /// What is demanded there and does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<Unmet>,
}

/// One step of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its place in the run, from 1. Those of the cycle, and of either side of a fork, go on from the prefix.
    pub number: u64,
    /// Who takes it: a controller, `user`, `environment`, …
    pub controller: String,
    /// What it is about: the object that is reconciled, as `Kind/name`; may be empty.
    pub subject: String,
    /// What it does to the store, in order; nothing if it only reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// Why, as far as can be said in a sentence without a full stop; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// What the API server refused, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// One change of the store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// Which object.
    pub object: Reference,
    /// What was asked of the API server.
    pub verb: Verb,
    /// The fields that change; none if the object is made or goes away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// What was sent, if that was a patch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<Value>,
    /// The whole object afterwards; none if it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// What was asked of the API server. A deletion that finalizers hold is still a `delete`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verb {
    /// POST.
    Create,
    /// PUT.
    Update,
    /// PATCH.
    Patch,
    /// PATCH, server-side apply.
    Apply,
    /// DELETE.
    Delete,
    /// PUT or PATCH of `…/status`.
    Status,
    /// PUT or PATCH of `…/scale`.
    Scale,
    /// POST to `…/eviction`.
    Evict,
    /// POST to `…/binding`.
    Bind,
    /// PUT of `…/finalize`.
    Finalize,
}

/// One field that changes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// Where, as `.spec.containers[0].image`.
    pub path: String,
    /// What stood there; `null` if nothing did.
    pub before: Value,
    /// What stands there now; `null` if nothing does.
    pub after: Value,
}

/// Which object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    /// Its API group; empty for the core group.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty if it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A field that is fought over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Whose field.
    pub object: Reference,
    /// Which.
    pub path: String,
    /// What it is set to, in the order of one round.
    pub values: Vec<Value>,
    /// Who sets it.
    pub writers: Vec<Writer>,
}

/// One who writes a field that others write too.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Writer {
    /// Who.
    pub controller: String,
    /// What it writes.
    pub value: Value,
    /// Why, as a sentence without a full stop; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
}

/// An object that waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// Which object.
    pub object: Reference,
    /// What for, in words.
    #[serde(rename = "for")]
    pub awaited: String,
}

/// A demand or an invariant that does not hold, or of which that is unknown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unmet {
    /// What it is called.
    pub name: String,
    /// What has to be true.
    pub expression: String,
    /// The object of which it is not; none if it is about several together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Reference>,
    /// Why the expression could not be evaluated; none if it could, and is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Something that grows in each round.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Growth {
    /// What, in words: `ReplicaSets of Deployment/web`.
    pub what: String,
    /// How many there are when a round begins.
    pub before: u64,
    /// How many when it ends.
    pub after: u64,
}

impl Effect {
    /// What a write did to an object: `before` is what it was (none if it was not there), `after` what it is (none if it is gone).
    ///
    /// If both are none, nothing happened, and there is no effect to tell of; the key of the object is then unknown.
    pub fn new(verb: Verb, before: Option<&Object>, after: Option<&Object>) -> Option<Effect> {
        let object = after.or(before)?;
        let changes = match (before, after) {
            (Some(before), Some(after)) => diff(before, after),
            _ => Vec::new(),
        };
        Some(Effect {
            object: Reference::from(&object.key()),
            verb,
            changes: changes.into_iter().map(FieldChange::from).collect(),
            patch: None,
            after: after.map(|object| object.0.clone()),
        })
    }

    /// Whether the object was not there before.
    pub fn makes(&self) -> bool {
        self.changes.is_empty() && self.after.is_some()
    }
}

impl Verb {
    /// As it reads in a sentence: who *creates*.
    pub fn third_person(self) -> &'static str {
        match self {
            Verb::Create => "creates",
            Verb::Update => "updates",
            Verb::Patch => "patches",
            Verb::Apply => "applies",
            Verb::Delete => "deletes",
            Verb::Status => "updates the status of",
            Verb::Scale => "scales",
            Verb::Evict => "evicts",
            Verb::Bind => "binds",
            Verb::Finalize => "finalizes",
        }
    }
}

impl From<evenkeel_object::Change> for FieldChange {
    fn from(change: evenkeel_object::Change) -> FieldChange {
        FieldChange { path: change.path.to_string(), before: change.before, after: change.after }
    }
}

impl From<&Key> for Reference {
    fn from(key: &Key) -> Reference {
        Reference {
            group: key.kind.group.to_string(),
            kind: key.kind.name.to_string(),
            namespace: key.namespace.to_string(),
            name: key.name.to_string(),
        }
    }
}

impl Reference {
    /// The key it stands for.
    pub fn key(&self) -> Key {
        Key::new(Kind::new(&self.group, &self.kind), &self.namespace, &self.name)
    }
}

/// As a key is written: `Deployment/web`, or `Deployment/shop/web` outside the namespace `default`.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key().fmt(f)
    }
}
