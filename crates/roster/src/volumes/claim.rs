//! What the binder makes of a claim.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/volume/persistentvolume/pv_controller.go>: `syncClaim` and what it calls.

use evenkeel_api::Scope;
use evenkeel_api::storage::{class_of, default_class, default_classes};
use evenkeel_control::Client;
use evenkeel_control::halt::Halt;
use evenkeel_object::{Key, Object, Value};

use super::matching::{Among, closest, fitting, found, satisfies};
use super::protection::with_use;
use super::volume::turned;
use super::{
    BIND_COMPLETED, BOUND_BY_CONTROLLER, SELECTED_NODE, Settings, Usage, claimed, class, is_annotated, is_kept_for,
    outside, volume_key, volume_kind,
};

/// Binds a claim, or says how it stands.
pub(super) fn synced(client: &mut Client<'_>, settings: &Settings, key: &Key) -> Result<(), Halt> {
    let Some(claim) = client.get(key)? else {
        return Ok(());
    };
    let volume = claim["spec"]["volumeName"].text().to_owned();
    if is_annotated(&claim, BIND_COMPLETED) {
        return completed(client, settings, claim, &volume);
    }
    if volume.is_empty() {
        return unbound(client, settings, claim);
    }
    match client.get(&volume_key(&volume))? {
        None if outside::has_volume_of(settings, &claim) => outside::bound(client, settings, claim, &volume),
        Some(volume) if is_for(&volume, &claim) => bound(client, settings, volume, claim),
        _ => told(client, &claim, &Standing::Pending),
    }
}

/// Whether a claim that asks for the volume by name gets it: nobody else has it, and it will do.
fn is_for(volume: &Object, claim: &Object) -> bool {
    is_kept_for(volume, claim) || volume["spec"]["claimRef"].is_null() && satisfies(volume, claim)
}

/// A claim that leaves it open which volume it gets.
fn unbound(client: &mut Client<'_>, settings: &Settings, mut claim: Object) -> Result<(), Halt> {
    let class = class(client, &claim)?;
    let is_delayed = class.as_ref().is_some_and(|class| class.is_delayed);
    let among = if is_delayed { Among::Kept } else { Among::All };
    let fitting = client.view(Scope::everywhere(&volume_kind()), fitting(&claim, among))?;
    let found = found(&fitting);
    let closest = closest(&found);
    if !closest.is_empty() {
        let place = client.choose(closest.len())?;
        let volume = client.get(&volume_key(&closest[place].name))?;
        return volume.map_or(Ok(()), |volume| bound(client, settings, volume, claim));
    }
    if class_of(&claim).is_none()
        && let question = default_classes()
        && let Some(name) = default_class(&client.view(question.scope, question.projection)?)
    {
        claim.set(&["spec", "storageClassName"], name);
        client.because(format!("StorageClass/{name} is the default"));
        client.update(claim)??;
        return Ok(());
    }
    let waits = is_delayed && !is_annotated(&claim, SELECTED_NODE);
    if !waits && outside::supplies(settings, &claim, class.as_ref()) {
        return outside::supplied(client, settings, claim, class.as_ref());
    }
    told(client, &claim, &Standing::Pending)
}

/// A claim that was bound once.
fn completed(client: &mut Client<'_>, settings: &Settings, claim: Object, name: &str) -> Result<(), Halt> {
    if name.is_empty() {
        return lost(client, &claim);
    }
    match client.get(&volume_key(name))? {
        None if outside::has_volume_of(settings, &claim) => outside::bound(client, settings, claim, name),
        Some(volume)
            if volume["spec"]["claimRef"].is_null() || volume["spec"]["claimRef"]["uid"].text() == claim.uid() =>
        {
            bound(client, settings, volume, claim)
        }
        _ => lost(client, &claim),
    }
}

fn lost(client: &mut Client<'_>, claim: &Object) -> Result<(), Halt> {
    if claim["status"]["phase"].text() == "Lost" {
        return Ok(());
    }
    client.because(format!("{} has lost its volume", claim.key()));
    told(client, claim, &Standing::Lost)
}

/// Binds volume and claim to each other, as far as they are not: the volume first.
///
/// Source: `bind`.
fn bound(client: &mut Client<'_>, settings: &Settings, volume: Object, claim: Object) -> Result<(), Halt> {
    client.because(format!("{} is for {}", volume.key(), claim.key()));
    let volume = match claimed(&volume, &claim) {
        Some(after) => client.update(after)??,
        None => volume,
    };
    let volume = turned(client, volume, "Bound")?;
    let claim = settled_on(client, claim, volume.name())?;
    let spec = &volume["spec"];
    let (modes, capacity) = (&spec["accessModes"], &spec["capacity"]);
    told(client, &claim, &Standing::Bound { modes, capacity, usage: settings.usage })
}

/// The claim with the volume that it has got.
///
/// Source: `bindClaimToVolume`.
pub(super) fn settled_on(client: &mut Client<'_>, mut claim: Object, volume: &str) -> Result<Object, Halt> {
    let is_news = claim["spec"]["volumeName"].text() != volume;
    if !is_news && is_annotated(&claim, BIND_COMPLETED) {
        return Ok(claim);
    }
    if is_news {
        claim.set(&["spec", "volumeName"], volume);
        claim.set(&["metadata", "annotations", BOUND_BY_CONTROLLER], "yes");
    }
    claim.set(&["metadata", "annotations", BIND_COMPLETED], "yes");
    Ok(client.update(claim)??)
}

/// How a claim stands.
pub(super) enum Standing<'v> {
    Pending,
    Lost,
    /// It has got these access modes, and this much room.
    Bound {
        modes: &'v Value,
        capacity: &'v Value,
        usage: Usage,
    },
}

/// Writes how a claim stands, if that is news.
///
/// Source: `updateClaimStatus`.
pub(super) fn told(client: &mut Client<'_>, claim: &Object, standing: &Standing<'_>) -> Result<(), Halt> {
    let phase = match standing {
        Standing::Pending => "Pending",
        Standing::Lost => "Lost",
        Standing::Bound { .. } => "Bound",
    };
    let mut after = claim.clone();
    let is_turning = claim["status"]["phase"].text() != phase;
    if is_turning {
        after.set(&["status", "phase"], phase);
    }
    if let Standing::Bound { modes, capacity, usage } = standing {
        after.set(&["status", "accessModes"], (*modes).clone());
        // Later somebody else may say how much of it there is.
        if is_turning {
            after.set(&["status", "capacity"], (*capacity).clone());
            after = with_use(client, *usage, after)?;
        }
    } else {
        for field in ["accessModes", "capacity", "currentVolumeAttributesClassName"] {
            after.remove(&["status", field]);
        }
    }
    if after != *claim {
        client.update_status(after)??;
    }
    Ok(())
}
