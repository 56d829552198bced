//! The ReplicaSets of a Deployment, new and old, and what their annotations say.

use evenkeel_object::{Object, Value};

/// Which template it was, counted from one; on the Deployment, which one is in force.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
/// How many replicas the Deployment wanted when it last resized this ReplicaSet.
pub(super) const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
/// How many more there could be at that time, the surge included.
pub(super) const MOST: &str = "deployment.kubernetes.io/max-replicas";
/// The label by which the ReplicaSets of one Deployment tell their Pods apart.
pub(super) const HASH: &str = "pod-template-hash";

/// The ReplicaSets of a Deployment.
pub(super) struct Sets {
    /// The one with the Deployment's present template.
    pub(super) new: Option<Object>,
    /// All others, the oldest first.
    pub(super) old: Vec<Object>,
}

impl Sets {
    /// All of them, the new one last.
    pub(super) fn all(&self) -> impl Iterator<Item = &Object> + Clone {
        self.old.iter().chain(&self.new)
    }
}

/// Sorts ReplicaSets, the oldest first.
///
/// The real one sorts by the time of creation, and by name within a second. Revisions grow with that time, but for a ReplicaSet that was rolled back
/// to: it counts as the youngest here.
pub(super) fn sort(sets: &mut [Object]) {
    sets.sort_by_cached_key(|set| (revision(set), set.name().to_owned()));
}

/// The revision of a ReplicaSet: zero without one; none if it is no number.
pub(super) fn revision(set: &Object) -> Option<i64> {
    match set.annotation(REVISION).as_str() {
        None => Some(0),
        Some(text) => text.parse().ok(),
    }
}

/// The highest revision of these; what is no number is passed over.
pub(super) fn highest_revision<'s>(sets: impl IntoIterator<Item = &'s Object>) -> i64 {
    sets.into_iter().filter_map(revision).max().unwrap_or(0)
}

/// A number that an annotation holds: none without it, or if it is not one.
pub(super) fn noted(set: &Object, annotation: &str) -> Option<i64> {
    let number: u32 = set.annotation(annotation).as_str()?.parse().ok()?;
    i32::try_from(number).ok().map(i64::from)
}

/// How many replicas a ReplicaSet is told to have.
pub(super) fn size(set: &Object) -> i64 {
    set["spec"]["replicas"].as_int().unwrap_or(1)
}

/// How many replicas they are told to have together.
pub(super) fn total<'s>(sets: impl IntoIterator<Item = &'s Object>) -> i64 {
    sets.into_iter().map(size).sum()
}

/// The sum of a count in their status.
pub(super) fn reported<'s>(sets: impl IntoIterator<Item = &'s Object>, count: &str) -> i64 {
    sets.into_iter().map(|set| set["status"][count].count()).sum()
}

/// Whether it is told to have any replicas.
pub(super) fn is_active(set: &Object) -> bool {
    size(set) > 0
}

/// Whether two Pod templates are the same but for the label that holds the hash.
pub(super) fn is_same_template(left: &Value, right: &Value) -> bool {
    bare(left) == bare(right)
}

/// A template without the hash, and without the lists and maps that say as much as if they were not there.
fn bare(template: &Value) -> Value {
    let mut template = plain(template);
    template.remove(&["metadata", "labels", HASH]);
    for field in ["labels", "annotations"] {
        let metadata = &template["metadata"][field];
        if metadata.as_map().is_some_and(|map| map.is_empty()) {
            template.remove(&["metadata", field]);
        }
    }
    template
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::fields(
            map.iter()
                .map(|(name, value)| (name.clone(), plain(value)))
                .filter(|(_, value)| !matches!(value, Value::Null) && *value != Value::list([])),
        ),
        Value::List(items) => Value::list(items.iter().map(plain)),
        other => other.clone(),
    }
}
