//! What the binder makes of a volume.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/volume/persistentvolume/pv_controller.go>: `syncVolume` and what it calls.

use evenkeel_api::{Projection, Scope, read::concatenated};
use evenkeel_control::halt::Halt;
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Key, Object, Value};

use super::{BOUND_BY_CONTROLLER, PROVISIONED_BY, claim_key, is_annotated};

/// Says how a volume stands, and gives it back when its claim is gone.
pub(super) fn synced(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    let Some(volume) = client.get(key)? else {
        return Ok(());
    };
    if volume["spec"]["claimRef"]["uid"].text().is_empty() {
        turned(client, volume, "Available")?;
        return Ok(());
    }
    let Some(claim) = claim_of(client, &volume)? else {
        return released(client, volume);
    };
    match claim["spec"]["volumeName"].text() {
        // The claim is not bound yet; who looks after the claim does the rest.
        "" => Ok(()),
        name if name == volume.name() => turned(client, volume, "Bound").map(|_| ()),
        _ => unwanted(client, volume),
    }
}

/// The claim that the volume is bound to; none if that is gone, and maybe another one has its name.
fn claim_of(client: &mut Client<'_>, volume: &Object) -> Result<Option<Object>, Pause> {
    let reference = &volume["spec"]["claimRef"];
    let scope = Scope::one(&claim_key(reference["namespace"].text(), reference["name"].text()));
    let it = |seen: &Value| {
        let claim = seen.items().first().map(|claim| Object(claim.clone()));
        claim.filter(|claim| claim.uid() == reference["uid"].text())
    };
    let cached = it(&client.view(scope.clone(), as_seen_by_volumes())?);
    // What its cache does not show it asks the server for, lest it take back a volume that is in use.
    let is_released = matches!(volume["status"]["phase"].text(), "Released" | "Failed");
    if cached.is_some() || is_released { Ok(cached) } else { Ok(it(&client.view_live(scope, as_seen_by_volumes())?)) }
}

fn as_seen_by_volumes() -> Projection {
    Projection {
        name: "claims as volumes see them",
        args: Value::Null,
        of: |_, claims| {
            let seen = |claim: &Object| {
                Value::map()
                    .with(&["metadata", "uid"], claim.uid())
                    .with(&["spec", "volumeName"], claim["spec"]["volumeName"].clone())
            };
            Value::list(claims.iter().map(seen))
        },
        join: |_, left, right| concatenated(left, right),
    }
}

/// A volume whose claim is gone.
fn released(client: &mut Client<'_>, volume: Object) -> Result<(), Halt> {
    client.because(format!("the claim of {} is gone", volume.key()));
    let is_told = matches!(volume["status"]["phase"].text(), "Released" | "Failed");
    let volume = if is_told { volume } else { turned(client, volume, "Released")? };
    reclaimed(client, volume)
}

/// Does what the reclaim policy says. Recycling is left out: it is as if nothing had to be done.
///
/// Sources: `reclaimVolume`, `findDeletablePlugin`. Of the volumes that Kubernetes itself knows how to delete only those on a host's path are left.
fn reclaimed(client: &mut Client<'_>, volume: Object) -> Result<(), Halt> {
    if volume["spec"]["persistentVolumeReclaimPolicy"].text() != "Delete" || volume.is_terminating() {
        return Ok(());
    }
    let spec = &volume["spec"];
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/volume/hostpath/host_path.go: Delete
    let is_scratch = spec["hostPath"]["path"].text().strip_prefix("/tmp/").is_some_and(|rest| !rest.is_empty());
    if is_annotated(&volume, PROVISIONED_BY) || is_scratch {
        return match client.delete(&volume.key())? {
            Err(refusal) if !refusal.is_not_found() => Err(refusal.into()),
            _ => Ok(()),
        };
    }
    // What a driver was not asked to make it does not delete.
    if spec["csi"].is_null() { turned(client, volume, "Failed").map(|_| ()) } else { Ok(()) }
}

/// A volume whose claim has another one: it is given back, to everybody if the binder chose it, and else to the claim that it is kept for.
fn unwanted(client: &mut Client<'_>, mut volume: Object) -> Result<(), Halt> {
    client.because(format!("the claim of {} has another volume", volume.key()));
    let is_to_go = volume["spec"]["persistentVolumeReclaimPolicy"].text() == "Delete";
    if is_annotated(&volume, PROVISIONED_BY) && is_to_go {
        return released(client, volume);
    }
    if is_annotated(&volume, BOUND_BY_CONTROLLER) {
        volume.remove(&["spec", "claimRef"]);
        volume.remove(&["metadata", "annotations", BOUND_BY_CONTROLLER]);
        if volume["metadata"]["annotations"].entries().next().is_none() {
            volume.remove(&["metadata", "annotations"]);
        }
    } else {
        volume.remove(&["spec", "claimRef", "uid"]);
    }
    let volume = client.update(volume)??;
    turned(client, volume, "Available")?;
    Ok(())
}

/// The volume in that phase.
///
/// Source: `updateVolumePhase`. The message of a failure is left out.
pub(super) fn turned(client: &mut Client<'_>, mut volume: Object, phase: &str) -> Result<Object, Halt> {
    if volume["status"]["phase"].text() == phase {
        return Ok(volume);
    }
    volume.set(&["status", "phase"], phase);
    volume.remove(&["status", "message"]);
    Ok(client.update_status(volume)??)
}
