//! Rolling out at once: first all old Pods go, then the new ones come.

use evenkeel_api::{Projection, Scope};
use evenkeel_control::Client;
use evenkeel_object::{Object, Value};

use super::sets::{Sets, is_active, reported};
use super::{Deadline, newest, rolling, scale, status, wanted};
use crate::pods;
use crate::template::is_over;
use evenkeel_control::halt::Halt;

/// Source: `rolloutRecreate`.
pub(super) fn out(
    client: &mut Client<'_>,
    mut deployment: Object,
    mut sets: Sets,
    deadline: Deadline,
) -> Result<(), Halt> {
    let mut shrunk = false;
    for old in sets.old.iter().filter(|set| is_active(set)) {
        shrunk |= scale::resize(client, &deployment, old, 0)?.0;
    }
    if shrunk || is_old_pod_left(client, &sets)? {
        return status::sync_rollout(client, deployment, &sets, deadline);
    }
    if sets.new.is_none() {
        sets.new = newest::created(client, &mut deployment, &sets.old)?;
    }
    let Some(new) = &sets.new else {
        return Ok(());
    };
    scale::resize(client, &deployment, new, wanted(&deployment))?;
    if status::is_complete(&deployment, &deployment["status"]) {
        rolling::clean_up(client, &deployment, &sets.old)?;
    }
    status::sync_rollout(client, deployment, &sets, deadline)
}

/// Whether an old Pod has not ended yet; one that is being deleted has not.
///
/// Source: `oldPodsRunning`.
fn is_old_pod_left(client: &mut Client<'_>, sets: &Sets) -> Result<bool, Halt> {
    if reported(&sets.old, "replicas") > 0 {
        return Ok(true);
    }
    for old in &sets.old {
        if client.view(Scope::controlled_by(&pods::kind(), old), any_alive())?.is_true() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether any of the Pods has not ended.
fn any_alive() -> Projection {
    Projection {
        name: "any Pod that has not ended",
        args: Value::Null,
        of: |_, pods| Value::Bool(pods.iter().any(|pod| !is_over(pod))),
        join: |_, left, right| Value::Bool(left.is_true() || right.is_true()),
    }
}
