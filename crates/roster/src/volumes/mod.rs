//! Claims and volumes: who gets which, and how long they are kept.
//!
//! Sources: <https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/controller/volume>: `persistentvolume`, `pvcprotection`, `pvprotection`.
//!
//! * `binding`: the binder, one process for each claim and each volume
//! * `claim`, `volume`: what it makes of the one and of the other; `matching`: which volumes fit a claim
//! * `outside`: classes, and volumes that are no objects
//! * `protection`: the two controllers that let claims and volumes go when nobody uses them
//!
//! A volume that a provisioner makes is no object here: its claim is bound to the opaque name `pvc-<claim>`, and nothing becomes of the volume when the claim
//! is gone. Left out: volumes that are recycled, that grow, or are moved to another driver; classes of volume attributes but that they have to be the same;
//! claims of ephemeral volumes; provisioners that fail, and nodes that they cannot serve.

mod binding;
mod claim;
mod matching;
mod outside;
mod protection;
#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod tests;
mod volume;

use std::collections::BTreeSet;

use evenkeel_object::{Key, Kind, Object, Value, json};

pub(crate) use matching::{Among, Fit, fitting, found, smallest};
pub(crate) use outside::{Class, class};

pub use binding::Binder;
pub use protection::{ClaimProtection, VolumeProtection};

/// What may be set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// The classes of the volumes that people make; the empty one if they are of none.
    ///
    /// If there are any, a volume that is not there is nowhere. A class that is not there itself, and of which people make volumes, has no provisioner.
    pub made_by_hand: BTreeSet<String>,
    /// Whether claims say that they are used.
    pub usage: Usage,
}

/// Whether it is said of claims that Pods use them, in their condition `Unused`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Usage {
    /// Yes, as Kubernetes does since 1.37.
    #[default]
    Told,
    /// No: right where nobody reads it, and where it would be one more request between all others that double the states for each claim.
    Untold,
}

const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
const PROVISIONERS: [&str; 2] =
    ["volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner"];
/// Where the scheduler says for which node a volume is to be made.
pub(crate) const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";

/// The kind of claims.
pub fn claim_kind() -> Kind {
    Kind::new("", "PersistentVolumeClaim")
}

/// The kind of volumes.
pub fn volume_kind() -> Kind {
    Kind::new("", "PersistentVolume")
}

pub(crate) fn claim_key(namespace: &str, name: &str) -> Key {
    Key::new(claim_kind(), namespace, name)
}

pub(crate) fn volume_key(name: &str) -> Key {
    Key::new(volume_kind(), "", name)
}

/// Whether there is such an annotation; what it says does not matter.
pub(crate) fn is_annotated(object: &Object, name: &str) -> bool {
    !object.annotation(name).is_null()
}

/// Whether the binding of a claim is complete.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/plugins/volumebinding/binder.go>: `isPVCFullyBound`.
pub(crate) fn is_bound(claim: &Object) -> bool {
    !claim["spec"]["volumeName"].text().is_empty() && is_annotated(claim, BIND_COMPLETED)
}

/// Whether a provisioner was told to make the volume of a claim.
pub(crate) fn is_provisioned(claim: &Object) -> bool {
    PROVISIONERS.iter().any(|annotation| is_annotated(claim, annotation))
}

/// Whether a volume is kept for the claim, or bound to it.
///
/// <https://github.com/kubernetes/component-helpers/blob/v0.37.2/storage/volume/pv_helpers.go>: `IsVolumeBoundToClaim`.
fn is_kept_for(volume: &Object, claim: &Object) -> bool {
    let reference = &volume["spec"]["claimRef"];
    reference["name"].text() == claim.name()
        && reference["namespace"].text() == claim.namespace()
        && (reference["uid"].text().is_empty() || reference["uid"].text() == claim.uid())
}

/// The volume bound to the claim; none if it is already.
///
/// The version of the claim that the real reference has is left out: nobody reads it.
///
/// <https://github.com/kubernetes/component-helpers/blob/v0.37.2/storage/volume/pv_helpers.go>: `GetBindVolumeToClaim`.
pub(crate) fn claimed(volume: &Object, claim: &Object) -> Option<Object> {
    let mut after = volume.clone();
    if volume["spec"]["claimRef"]["uid"].text() != claim.uid() || !is_kept_for(volume, claim) {
        let reference = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "namespace": claim.namespace(), "name": claim.name(), "uid": claim.uid(),
        });
        after.set(&["spec", "claimRef"], Value::from(reference));
    }
    if !is_kept_for(volume, claim) {
        after.set(&["metadata", "annotations", BOUND_BY_CONTROLLER], "yes");
    }
    (after != *volume).then_some(after)
}
