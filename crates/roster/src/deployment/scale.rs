//! How many replicas each ReplicaSet of a Deployment gets.

use std::cmp::Reverse;

use evenkeel_control::Client;
use evenkeel_object::Object;

use super::sets::{self, DESIRED, MOST, Sets, is_active, noted, size, total};
use super::{rolling, status, strategy, wanted};
use crate::rounding::{Rounding, scaled};
use evenkeel_control::halt::Halt;

/// How many replicas there may be beyond those wanted.
pub(super) fn surge(deployment: &Object) -> i64 {
    fenceposts(deployment).0
}

/// How many of those wanted may be missing.
pub(super) fn slack(deployment: &Object) -> i64 {
    fenceposts(deployment).1.min(wanted(deployment))
}

/// Surge is rounded up, what may be missing down; not both can be zero, or nothing could move.
///
/// Source: `MaxSurge`, `MaxUnavailable`, `ResolveFenceposts`.
fn fenceposts(deployment: &Object) -> (i64, i64) {
    if strategy(deployment) != "RollingUpdate" {
        return (0, 0);
    }
    let settings = &deployment["spec"]["strategy"]["rollingUpdate"];
    let quarter = "25%".into();
    let share = |field: &str, rounding| {
        let value = &settings[field];
        let value = if value.is_null() { &quarter } else { value };
        scaled(value, wanted(deployment), rounding).unwrap_or(0)
    };
    let surge = share("maxSurge", Rounding::Up);
    let slack = share("maxUnavailable", Rounding::Down);
    (surge, if surge == 0 && slack == 0 { 1 } else { slack })
}

/// The size to which the new ReplicaSet, now of size `now`, may grow beside the others.
///
/// Source: `NewRSNewReplicas`.
pub(super) fn grown<'s>(deployment: &Object, others: impl IntoIterator<Item = &'s Object>, now: i64) -> i64 {
    let most = wanted(deployment) + surge(deployment);
    let room = most - total(others) - now;
    if room <= 0 {
        return now;
    }
    now + room.min(wanted(deployment) - now)
}

/// Whether the Deployment was scaled: an active ReplicaSet remembers another number of wanted replicas.
///
/// Source: `isScalingEvent`.
pub(super) fn is_asked_for(deployment: &Object, sets: &Sets) -> bool {
    sets.all()
        .filter(|set| is_active(set))
        .filter_map(|set| noted(set, DESIRED))
        .any(|desired| desired != wanted(deployment))
}

/// Scales a Deployment that was scaled, or is paused, without rolling anything out.
///
/// Source: `sync`.
pub(super) fn out(client: &mut Client<'_>, deployment: Object, sets: &Sets) -> Result<(), Halt> {
    scale(client, &deployment, sets)?;
    if deployment["spec"]["paused"].is_true() {
        rolling::clean_up(client, &deployment, &sets.old)?;
    }
    status::sync(client, deployment, sets)
}

/// Source: `scale`.
fn scale(client: &mut Client<'_>, deployment: &Object, sets: &Sets) -> Result<(), Halt> {
    if let Some(only) = active_or_latest(sets) {
        resize(client, deployment, only, wanted(deployment))?;
        return Ok(());
    }
    if sets.new.as_ref().is_some_and(|new| is_saturated(deployment, new)) {
        for old in sets.old.iter().filter(|set| is_active(set)) {
            resize(client, deployment, old, 0)?;
        }
        return Ok(());
    }
    rescale_active(client, deployment, sets)
}

/// The only active ReplicaSet; without an active one the newest; none if several are active.
///
/// Source: `FindActiveOrLatest`.
fn active_or_latest(sets: &Sets) -> Option<&Object> {
    let mut active = sets.all().filter(|set| is_active(set));
    match (active.next(), active.next()) {
        (Some(only), None) => Some(only),
        (None, _) => sets.new.as_ref().or(sets.old.last()),
        _ => None,
    }
}

/// Whether the new ReplicaSet has all replicas, and all of them are available.
///
/// Source: `IsSaturated`.
fn is_saturated(deployment: &Object, new: &Object) -> bool {
    let wanted = wanted(deployment);
    size(new) == wanted && noted(new, DESIRED) == Some(wanted) && new["status"]["availableReplicas"].count() == wanted
}

/// Shares what is to be added or taken among the active ReplicaSets in proportion to their sizes; the largest gets what is left over.
fn rescale_active(client: &mut Client<'_>, deployment: &Object, sets: &Sets) -> Result<(), Halt> {
    if strategy(deployment) != "RollingUpdate" {
        return Ok(());
    }
    let mut active: Vec<&Object> = sets.all().filter(|set| is_active(set)).collect();
    let allowed = match wanted(deployment) {
        0 => 0,
        wanted => wanted + surge(deployment),
    };
    let change = allowed - total(active.iter().copied());
    // Of two of one size the younger grows first, and the older shrinks first.
    if change > 0 {
        active.reverse();
    }
    if change != 0 {
        sets_by_size(&mut active);
    }
    for (set, new_size) in active.iter().zip(shares(deployment, &active, change)) {
        resize_and_note(client, deployment, set, new_size)?;
    }
    Ok(())
}

/// Sorts by size, the largest first, and leaves those of one size in their order.
fn sets_by_size(active: &mut [&Object]) {
    active.sort_by_key(|set| Reverse(size(set)));
}

/// The new sizes of the ReplicaSets when `change` is shared among them.
fn shares(deployment: &Object, active: &[&Object], change: i64) -> Vec<i64> {
    let mut sizes = Vec::new();
    let mut given = 0;
    for set in active {
        let share = proportion(deployment, set, change, given);
        given += share;
        sizes.push(size(set) + share);
    }
    if let Some(largest) = sizes.first_mut() {
        *largest = (*largest + change - given).max(0);
    }
    sizes
}

/// The share of `change` that a ReplicaSet gets, of which `given` is gone already.
///
/// Source: `GetReplicaSetProportion`, `getReplicaSetFraction`.
fn proportion(deployment: &Object, set: &Object, change: i64, given: i64) -> i64 {
    let left = change - given;
    if left == 0 {
        return 0;
    }
    let share = fraction(deployment, set);
    if change > 0 { share.min(left) } else { share.max(left) }
}

fn fraction(deployment: &Object, set: &Object) -> i64 {
    if wanted(deployment) == 0 {
        return -size(set);
    }
    let most = wanted(deployment) + surge(deployment);
    // Without the note of the former maximum, or with a spoiled one, the present size of the Deployment takes its place.
    let before = noted(set, MOST).filter(|&most| most != 0).unwrap_or_else(|| deployment["status"]["replicas"].count());
    if before == 0 {
        return 0;
    }
    // To the nearest whole number, halves away from zero. A product of two counts may need more than 64 bits.
    let (size, most, before) = (i128::from(size(set)), i128::from(most), i128::from(before));
    let share = (2 * size * most + before).div_euclid(2 * before) - size;
    share.clamp(i32::MIN.into(), i32::MAX.into()) as i64
}

/// Gives a ReplicaSet another size; whether it was accepted, and the ReplicaSet afterwards.
///
/// Source: `scaleReplicaSet` without `forceUpdate`.
pub(super) fn resize(
    client: &mut Client<'_>,
    deployment: &Object,
    set: &Object,
    to: i64,
) -> Result<(bool, Object), Halt> {
    if size(set) == to {
        return Ok((false, set.clone()));
    }
    resize_and_note(client, deployment, set, to)
}

/// Gives a ReplicaSet a size, and notes on it what the Deployment wants; whether a new size was accepted, and the ReplicaSet afterwards.
///
/// Source: `scaleReplicaSet` with `forceUpdate`.
fn resize_and_note(
    client: &mut Client<'_>,
    deployment: &Object,
    set: &Object,
    to: i64,
) -> Result<(bool, Object), Halt> {
    let mut resized = set.clone();
    annotate(deployment, &mut resized);
    resized.set(&["spec", "replicas"], to);
    if resized == *set {
        return Ok((false, resized));
    }
    client.because(format!(
        "{} wants {} replicas: {} of them from {}",
        deployment.key(),
        wanted(deployment),
        to,
        set.key()
    ));
    let answer = client.update(resized)??;
    // The answer is not compared: a policy may have undone the change, and the controller does not notice.
    Ok((size(set) != to, answer))
}

/// Notes on a ReplicaSet how many replicas the Deployment wants, and how many there may be.
///
/// Source: `SetReplicasAnnotations`.
pub(super) fn annotate(deployment: &Object, set: &mut Object) {
    let wanted = wanted(deployment);
    let most = wanted + surge(deployment);
    set.set(&["metadata", "annotations", DESIRED], wanted.to_string());
    set.set(&["metadata", "annotations", MOST], most.to_string());
}

/// The old ReplicaSets that can be deleted, the oldest first, if more than `limit` are left.
///
/// Source: `cleanupDeployment`.
pub(super) fn dispensable(old: &[Object], limit: i64) -> Vec<&Object> {
    let mut alive: Vec<&Object> = old.iter().filter(|set| !set.is_terminating()).collect();
    alive.sort_by_key(|set| sets::revision(set));
    let beyond = alive.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
    alive.truncate(beyond);
    alive.retain(|set| {
        let seen = set["status"]["observedGeneration"].count();
        set["status"]["replicas"].count() == 0 && size(set) == 0 && set["metadata"]["generation"].count() <= seen
    });
    alive
}
