//! What a create, an update or a patch does to ownership.

use evenkeel_object::{Object, Value};

use super::compare::Comparison;
use super::entry::{Manager, Managers, Operation};
use super::set::Set;
use super::unowned;
use crate::Subresource;
use crate::shapes::{Shape, shape_of};

/// `after` with its bookkeeping: `manager` owns what it changed or set, and everybody loses what was changed or removed.
///
/// `before` is the object as it was stored, none for a creation; `after` is what is to be stored. Ownership that `after` itself
/// declares counts, as in Kubernetes, but not through a subresource. For custom resources see [`updated_in_shape`].
pub fn updated(before: Option<&Object>, after: Object, manager: &str, subresource: Subresource) -> Object {
    let shape = shape_of(&after.kind());
    updated_in_shape(before, after, manager, subresource, &shape)
}

/// [`updated`] for an object of that shape: that of a custom resource is in its definition.
pub fn updated_in_shape(
    before: Option<&Object>,
    mut after: Object,
    manager: &str,
    subresource: Subresource,
    shape: &Shape,
) -> Object {
    let declared = after.remove(&MANAGED_FIELDS).unwrap_or_default();
    let stored = before.map_or(&Value::Null, |before| before.at(&MANAGED_FIELDS));
    // A binding and an eviction write past the bookkeeping: spec.nodeName is nobody's.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/pod/storage/storage.go: setPodNodeAndMetadata
    if matches!(subresource, Subresource::Binding | Subresource::Eviction) {
        return with_entries(after, stored.clone());
    }
    let mut managers = entries(stored, &declared, subresource);
    // An object that nobody manages is not managed before it is first applied, unless it is new.
    // https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/managedfields/internal/skipnonapplied.go
    if managers.0.is_empty() && before.is_some() {
        return after;
    }
    let writer = Manager::new(Operation::Update, manager, after["apiVersion"].text(), unowned::name(subresource));
    let mut old = before.map_or_else(Value::map, |before| before.0.clone());
    old.remove(&MANAGED_FIELDS);
    let reset = unowned::reset(&after.kind(), subresource, shape);
    let comparison = Comparison::of(shape, &old, &after).without(&reset);
    record(&mut managers, writer, &comparison);
    with_entries(after, managers.to_value())
}

pub(super) const MANAGED_FIELDS: [&str; 2] = ["metadata", "managedFields"];

/// The entries that count: those that a request declares, unless it has none or came through a subresource.
///
/// <https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/managedfields/internal/fieldmanager.go>: `decodeLiveOrNew`
fn entries(stored: &Value, declared: &Value, subresource: Subresource) -> Managers {
    let stored = || Managers::read(stored).unwrap_or_default();
    if subresource != Subresource::Main {
        return stored();
    }
    match declared {
        Value::List(items) if is_reset(items) => Managers::default(),
        declared => match Managers::read(declared) {
            Ok(managers) if !managers.0.is_empty() => managers,
            _ => stored(),
        },
    }
}

fn is_reset(entries: &[Value]) -> bool {
    match entries {
        [] => true,
        [only] => only.as_map().is_some_and(|map| map.is_empty()),
        _ => false,
    }
}

/// Gives the writer what it changed, and takes from everybody what was changed or removed.
pub(super) fn record(managers: &mut Managers, writer: Manager, comparison: &Comparison) {
    let written = comparison.written();
    for set in managers.0.values_mut() {
        *set = set.difference(&written).difference(&comparison.removed);
    }
    let own = written.difference(&unowned::identity());
    if !own.is_empty() {
        let set: &mut Set = managers.0.entry(writer).or_default();
        *set = set.union(&own);
    }
    managers.drop_empty();
}

/// The object with these entries; without the field if there are none.
pub(super) fn with_entries(mut object: Object, entries: Value) -> Object {
    if entries.is_null() {
        object.remove(&MANAGED_FIELDS);
    } else {
        object.set(&MANAGED_FIELDS, entries);
    }
    object
}
