//! Which volumes fit a claim, and which of them it gets.
//!
//! Sources: <https://github.com/kubernetes/component-helpers/blob/v0.37.2/storage/volume/pv_helpers.go>: `FindMatchingVolume`;
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/volume/persistentvolume/index.go>: `findByClaim`.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel_api::{Projection, read::concatenated, storage::class_of};
use evenkeel_object::{Object, Quantity, Selector, Value};

use super::is_kept_for;

/// Which volumes are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Among {
    /// All.
    All,
    /// Those that are kept for the claim: all that the binder gives to a claim that waits for a Pod to be scheduled.
    Kept,
}

/// A volume that fits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fit {
    /// Its name.
    pub(crate) name: String,
    /// The nodes from which it can be reached; `null` if from all.
    pub(crate) nodes: Value,
    /// Whether it is kept for the claim.
    pub(crate) is_kept: bool,
    modes: Vec<Value>,
    size: Quantity,
}

/// The volumes that fit a claim: no more of them than what the choice hangs on, so that nobody hears of those that others got.
pub(crate) fn fitting(claim: &Object, among: Among) -> Projection {
    let spec = &claim["spec"];
    let wanted = Value::map()
        .with(&["metadata", "namespace"], claim.namespace())
        .with(&["metadata", "name"], claim.name())
        .with(&["metadata", "uid"], claim.uid())
        .with(&["class"], class_of(claim).unwrap_or_default())
        .with(&["kept"], among == Among::Kept)
        .with(&["spec", "accessModes"], spec["accessModes"].clone())
        .with(&["spec", "volumeMode"], spec["volumeMode"].clone())
        .with(&["spec", "selector"], spec["selector"].clone())
        .with(&["spec", "volumeAttributesClassName"], spec["volumeAttributesClassName"].clone())
        .with(&["spec", "resources", "requests", "storage"], spec["resources"]["requests"]["storage"].clone());
    Projection {
        name: "volumes that fit a claim",
        args: wanted,
        of: |wanted, volumes| {
            let wanted = Object(wanted.clone());
            Value::list(volumes.iter().filter(|volume| fits(&wanted, volume)).map(|volume| seen(&wanted, volume)))
        },
        join: |_, left, right| concatenated(left, right),
    }
}

/// The volumes of an answer to [`fitting`].
pub(crate) fn found(fitting: &Value) -> Vec<Fit> {
    fitting.items().iter().map(fit).collect()
}

/// The volumes of which the binder gives the claim one, in the order of their names; which of them, nothing tells: those with the fewest access modes, and the
/// smallest of these, or the one that is kept for the claim.
pub(super) fn closest(found: &[Fit]) -> Vec<&Fit> {
    // Volumes of one set of access modes are looked at together; of sets of one size any can be the first.
    let mut by_modes: BTreeMap<(usize, &[Value]), Vec<&Fit>> = BTreeMap::new();
    for fit in found {
        by_modes.entry((fit.modes.len(), &fit.modes)).or_default().push(fit);
    }
    let fewest = by_modes.keys().next().map(|(n_modes, _)| *n_modes);
    let sets = by_modes.into_iter().filter(|((n_modes, _), _)| Some(*n_modes) == fewest);
    let mut closest: Vec<&Fit> = sets
        .flat_map(|(_, set)| {
            let (kept, free): (Vec<&Fit>, Vec<&Fit>) = set.into_iter().partition(|fit| fit.is_kept);
            if kept.is_empty() { smallest(free) } else { kept }
        })
        .collect();
    closest.sort_by(|left, right| left.name.cmp(&right.name));
    closest
}

/// The smallest of them.
pub(crate) fn smallest(mut found: Vec<&Fit>) -> Vec<&Fit> {
    let least = found.iter().map(|fit| fit.size).min();
    found.retain(|fit| Some(fit.size) == least);
    found
}

fn fits(wanted: &Object, volume: &Object) -> bool {
    if volume.is_terminating() || !is_large_enough(wanted, volume) || !is_of_one_sort(wanted, volume) {
        return false;
    }
    if is_kept_for(volume, wanted) {
        return true;
    }
    let selector = &wanted["spec"]["selector"];
    !wanted["kept"].is_true()
        && volume["spec"]["claimRef"].is_null()
        && volume["status"]["phase"].text() == "Available"
        && class_of(volume).unwrap_or_default() == wanted["class"].text()
        && (selector.is_null() || Selector::of(selector).is_some_and(|selector| selector.matches(volume.labels())))
}

/// Whether the volume could serve the claim that asks for it by name.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/volume/persistentvolume/pv_controller.go>: `checkVolumeSatisfyClaim`.
pub(super) fn satisfies(volume: &Object, claim: &Object) -> bool {
    !volume.is_terminating()
        && is_large_enough(claim, volume)
        && is_of_one_sort(claim, volume)
        && class_of(volume).unwrap_or_default() == class_of(claim).unwrap_or_default()
}

fn is_large_enough(claim: &Object, volume: &Object) -> bool {
    let wanted = Quantity::of(&claim["spec"]["resources"]["requests"]["storage"]).unwrap_or_default();
    size(volume) >= wanted
}

fn size(volume: &Object) -> Quantity {
    Quantity::of(&volume["spec"]["capacity"]["storage"]).unwrap_or_default()
}

/// Whether mode, attributes and access modes of the volume are those that the claim needs.
fn is_of_one_sort(claim: &Object, volume: &Object) -> bool {
    let (claim, volume) = (&claim["spec"], &volume["spec"]);
    is_of_one_mode(claim, volume)
        && claim["volumeAttributesClassName"].text() == volume["volumeAttributesClassName"].text()
        && claim["accessModes"].items().iter().all(|mode| volume["accessModes"].items().contains(mode))
}

/// Whether claim and volume both have a file system, or both have none.
fn is_of_one_mode(claim: &Value, volume: &Value) -> bool {
    let mode = |spec: &Value| spec["volumeMode"].as_str().unwrap_or("Filesystem").to_owned();
    mode(claim) == mode(volume)
}

fn seen(wanted: &Object, volume: &Object) -> Value {
    let modes: BTreeSet<Value> = volume["spec"]["accessModes"].items().iter().cloned().collect();
    Value::map()
        .with(&["name"], volume.name())
        .with(&["kept"], is_kept_for(volume, wanted))
        .with(&["modes"], Value::list(modes))
        .with(&["size"], volume["spec"]["capacity"]["storage"].clone())
        .with(&["nodes"], volume["spec"]["nodeAffinity"]["required"].clone())
}

fn fit(seen: &Value) -> Fit {
    Fit {
        name: seen["name"].text().to_owned(),
        nodes: seen["nodes"].clone(),
        is_kept: seen["kept"].is_true(),
        modes: seen["modes"].items().to_vec(),
        size: Quantity::of(&seen["size"]).unwrap_or_default(),
    }
}
