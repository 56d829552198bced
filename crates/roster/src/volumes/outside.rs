//! Classes of storage, and the volumes that are no objects: those that a provisioner makes, and those that are not among the manifests.

use evenkeel_api::storage::{class_kind, class_of};
use evenkeel_api::{Projection, Scope, read::concatenated};
use evenkeel_control::halt::Halt;
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Key, Object, Value};

use super::claim::{Standing, settled_on, told};
use super::{BIND_COMPLETED, BOUND_BY_CONTROLLER, PROVISIONERS, Settings, is_provisioned};

/// A class of storage that is there.
pub(crate) struct Class {
    /// Who makes volumes of this class; none if nobody does.
    pub(crate) provisioner: Option<String>,
    /// Whether a claim waits for a Pod that uses it to be scheduled.
    pub(crate) is_delayed: bool,
}

/// The class that the claim asks for; none if it asks for none, or if that is not there.
///
/// <https://github.com/kubernetes/component-helpers/blob/v0.37.2/storage/volume/pv_helpers.go>: `IsDelayBindingMode`, `NotSupportedProvisioner`.
pub(crate) fn class(client: &mut Client<'_>, claim: &Object) -> Result<Option<Class>, Pause> {
    let Some(name) = class_of(claim).filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let projection = Projection {
        name: "classes as claims see them",
        args: Value::Null,
        of: |_, classes| {
            let seen = |class: &Object| {
                Value::map()
                    .with(&["provisioner"], class["provisioner"].clone())
                    .with(&["mode"], class["volumeBindingMode"].clone())
            };
            Value::list(classes.iter().map(seen))
        },
        join: |_, left, right| concatenated(left, right),
    };
    let answer = client.view(Scope::one(&Key::new(class_kind(), "", name)), projection)?;
    Ok(answer.items().first().map(|class| Class {
        provisioner: Some(class["provisioner"].text())
            .filter(|name| !matches!(*name, "" | "kubernetes.io/no-provisioner"))
            .map(str::to_owned),
        is_delayed: class["mode"].text() == "WaitForFirstConsumer",
    }))
}

/// Whether somebody makes a volume for a claim for which there is none.
///
/// A class that is not there is taken to be in the cluster nevertheless, the default one included, and to have a provisioner; unless people make volumes of
/// this class, which they would not have to if it had.
pub(super) fn supplies(settings: &Settings, claim: &Object, class: Option<&Class>) -> bool {
    if claim.is_terminating() {
        return false;
    }
    match (class, class_of(claim)) {
        (Some(class), _) => class.provisioner.is_some(),
        (None, Some("")) => false,
        (None, name) => !settings.made_by_hand.contains(name.unwrap_or_default()),
    }
}

/// Whether a volume that is not there is there nevertheless.
pub(super) fn has_volume_of(settings: &Settings, claim: &Object) -> bool {
    settings.made_by_hand.is_empty() || is_provisioned(claim)
}

/// A provisioner makes a volume, and the claim is bound to it.
///
/// In a cluster these are several requests, by the binder and by the provisioner: who is to make the volume is written first, then the volume is created.
/// Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/volume/persistentvolume/pv_controller_base.go>: `setClaimProvisioner`.
pub(super) fn supplied(
    client: &mut Client<'_>,
    settings: &Settings,
    mut claim: Object,
    class: Option<&Class>,
) -> Result<(), Halt> {
    client.because(format!("{} asks for a volume", claim.key()));
    let provisioner = class.and_then(|class| class.provisioner.as_deref()).unwrap_or("provisioner");
    let volume = format!("pvc-{}", claim.name());
    for annotation in PROVISIONERS {
        claim.set(&["metadata", "annotations", annotation], provisioner);
    }
    for annotation in [BIND_COMPLETED, BOUND_BY_CONTROLLER] {
        claim.set(&["metadata", "annotations", annotation], "yes");
    }
    claim.set(&["spec", "volumeName"], volume.clone());
    let claim = client.update(claim)??;
    bound(client, settings, claim, &volume)
}

/// The claim is bound to a volume that is no object. What it has got is what it asked for.
pub(super) fn bound(client: &mut Client<'_>, settings: &Settings, claim: Object, volume: &str) -> Result<(), Halt> {
    client.because(format!("the volume of {} is there", claim.key()));
    let claim = settled_on(client, claim, volume)?;
    let (modes, size) = (claim["spec"]["accessModes"].clone(), claim["spec"]["resources"]["requests"].clone());
    told(client, &claim, &Standing::Bound { modes: &modes, capacity: &size, usage: settings.usage })
}
