//! Rolling out step by step: the new ReplicaSet grows as far as the surge allows, the old ones shrink as far as availability allows.

use evenkeel_control::Client;
use evenkeel_object::Object;

use super::sets::{Sets, is_active, reported, size, total};
use super::{Deadline, newest, scale, status, wanted};
use evenkeel_control::halt::Halt;

/// Source: `rolloutRolling`.
pub(super) fn out(
    client: &mut Client<'_>,
    mut deployment: Object,
    mut sets: Sets,
    deadline: Deadline,
) -> Result<(), Halt> {
    if sets.new.is_none() {
        sets.new = newest::created(client, &mut deployment, &sets.old)?;
    }
    let Some(new) = sets.new.clone() else {
        return Ok(());
    };
    let moved = grow(client, &deployment, &sets, &new)? || shrink_if_allowed(client, &deployment, &sets, &new)?;
    if !moved && status::is_complete(&deployment, &deployment["status"]) {
        clean_up(client, &deployment, &sets.old)?;
    }
    status::sync_rollout(client, deployment, &sets, deadline)
}

/// Brings the new ReplicaSet towards its full size; whether it was resized.
///
/// Source: `reconcileNewReplicaSet`.
fn grow(client: &mut Client<'_>, deployment: &Object, sets: &Sets, new: &Object) -> Result<bool, Halt> {
    let wanted = wanted(deployment);
    let to = if size(new) > wanted { wanted } else { scale::grown(deployment, &sets.old, size(new)) };
    Ok(scale::resize(client, deployment, new, to)?.0)
}

/// Shrinks old ReplicaSets as far as it can; whether any was.
///
/// The real one swallows what it is refused here. So no back-off brings it back: it sleeps until a Deployment or ReplicaSet changes.
///
/// Source: `reconcileOldReplicaSets`.
fn shrink_if_allowed(client: &mut Client<'_>, deployment: &Object, sets: &Sets, new: &Object) -> Result<bool, Halt> {
    match shrink(client, deployment, sets, new) {
        Err(Halt::Retry(_)) => Ok(false),
        other => other,
    }
}

fn shrink(client: &mut Client<'_>, deployment: &Object, sets: &Sets, new: &Object) -> Result<bool, Halt> {
    let mut old: Vec<Object> = sets.old.iter().filter(|set| is_active(set)).cloned().collect();
    if old.is_empty() {
        return Ok(false);
    }
    let least = wanted(deployment) - scale::slack(deployment);
    let missing = size(new) - new["status"]["availableReplicas"].count();
    let most_down = total(sets.all()) - least - missing;
    if most_down <= 0 {
        return Ok(false);
    }
    let unhealthy = drop_unhealthy(client, deployment, &mut old, most_down)?;
    let available = reported(old.iter().chain([new]), "availableReplicas");
    let healthy = drop_healthy(client, deployment, &old, available - least)?;
    Ok(unhealthy + healthy > 0)
}

/// Takes replicas that are not available off the old ReplicaSets first, as they would block the rollout; how many.
///
/// Source: `cleanupUnhealthyReplicas`.
fn drop_unhealthy(client: &mut Client<'_>, deployment: &Object, old: &mut [Object], most: i64) -> Result<i64, Halt> {
    let mut down = 0;
    for set in old {
        let unavailable = size(set) - set["status"]["availableReplicas"].count();
        if down >= most || size(set) == 0 || unavailable == 0 {
            continue;
        }
        let fewer = unavailable.min(most - down);
        if fewer < 0 {
            return Err(Halt::Retry(format!("{} reports more replicas than it has", set.key())));
        }
        *set = scale::resize(client, deployment, set, size(set) - fewer)?.1;
        down += fewer;
    }
    Ok(down)
}

/// Takes as many replicas off the old ReplicaSets, the oldest first, as are available beyond those needed; how many.
///
/// Source: `scaleDownOldReplicaSetsForRollingUpdate`.
fn drop_healthy(client: &mut Client<'_>, deployment: &Object, old: &[Object], most: i64) -> Result<i64, Halt> {
    let mut down = 0;
    for set in old {
        let fewer = size(set).min(most - down);
        if fewer > 0 {
            scale::resize(client, deployment, set, size(set) - fewer)?;
            down += fewer;
        }
    }
    Ok(down)
}

/// Deletes old ReplicaSets beyond those that the history keeps.
///
/// Source: `cleanupDeployment`.
pub(super) fn clean_up(client: &mut Client<'_>, deployment: &Object, old: &[Object]) -> Result<(), Halt> {
    let limit = deployment["spec"]["revisionHistoryLimit"].as_int().unwrap_or(10);
    for set in scale::dispensable(old, limit) {
        client.because(format!("{} keeps {limit} old ReplicaSets", deployment.key()));
        match client.delete(&set.key())? {
            Err(refusal) if !refusal.is_not_found() => return Err(refusal.into()),
            _ => {}
        }
    }
    Ok(())
}
