//! Deployments: one ReplicaSet for each template that they had, the newest with all replicas in the end.
//!
//! Sources: <https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/controller/deployment>, and `util/deployment_util.go` in it.
//!
//! * `sets`: the ReplicaSets, new and old, and their order; `newest`: finding or making the one for the present template
//! * `rolling`, `recreate`: the two ways to roll out; `scale`: how many replicas each ReplicaSet gets
//! * `status`: what the Deployment says of itself
//!
//! Left out: the rollback that the long gone API group `extensions` asked for by an annotation; that the real one drops a key from its queue after 15
//! errors in a row. The progress deadline passes only if [`Overdue`] runs, too.
//!
//! Revisions only grow, as in the real one, and so do the lists of former ones: what rolls out for ever is never seen to repeat.

mod newest;
mod recreate;
mod rolling;
mod scale;
mod sets;
mod status;
#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod tests;

use evenkeel_api::{Read, Scope};
use evenkeel_control::{Client, Controller, Done, Event, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Selector};

use crate::adoption::{Adoption, owners_woken};
use crate::{pods, replicaset};
use evenkeel_control::halt::{Halt, ended};

/// The controller of Deployments.
#[derive(Clone, Debug, Default)]
pub struct Deployments;

/// The same controller at the time when the deadline of a rollout that comes to nothing has passed: it looks once more, goes on if it can, and tells.
///
/// It comes only where nothing else happens any more, so a deadline is taken to be longer than anything else takes.
#[derive(Clone, Debug, Default)]
pub struct Overdue;

/// Whether the deadline for the progress of a rollout has passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Deadline {
    Ahead,
    Passed,
}

/// The kind.
pub fn kind() -> Kind {
    Kind::new("apps", "Deployment")
}

impl Deployments {
    /// The controller; it has no settings.
    pub fn new() -> Deployments {
        Deployments
    }
}

impl Controller for Deployments {
    fn name(&self) -> &str {
        "deployment-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    // It does not watch what else could have kept it from acting, a policy for example: a scale-down that was refused is tried again only when one of
    // these changes.
    fn wakes(&self) -> Wakes {
        Wakes::On(vec![kind(), replicaset::kind(), pods::kind()])
    }

    fn woken(&self, event: &Event, store: &mut dyn Read) -> Vec<Key> {
        let object = event.object();
        if object.kind() == kind() {
            vec![object.key()]
        } else if object.kind() == replicaset::kind() {
            owners_woken(event, store, &kind())
        } else if event.after.is_none() {
            recreating(object, store).into_iter().collect()
        } else {
            Vec::new()
        }
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(reconciled(client, key, Deadline::Ahead))
    }
}

impl Controller for Overdue {
    fn name(&self) -> &str {
        Deployments.name()
    }

    fn subjects(&self) -> Vec<Scope> {
        Deployments.subjects()
    }

    fn wakes(&self) -> Wakes {
        Wakes::Periodically
    }

    fn is_patient(&self) -> bool {
        true
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        match client.get(key)? {
            Some(deployment) if status::is_timed(&deployment) => ended(reconciled(client, key, Deadline::Passed)),
            _ => Ok(Done::Settled),
        }
    }
}

/// The Deployment whose Pod this was, if its strategy is to recreate: it waits for its old Pods to go.
fn recreating(pod: &Object, store: &mut dyn Read) -> Option<Key> {
    let set = managing(pod, &replicaset::kind(), store)?;
    let deployment = managing(&set, &kind(), store)?;
    (strategy(&deployment) == "Recreate").then(|| deployment.key())
}

fn managing(object: &Object, kind: &Kind, store: &mut dyn Read) -> Option<Object> {
    let manager = object.controller().filter(|manager| manager.kind.name == kind.name)?;
    let found = store.get(&Key::new(kind.clone(), object.namespace(), &manager.name))?;
    (found.uid() == &*manager.uid).then_some(found)
}

/// Source: `syncDeployment`.
fn reconciled(client: &mut Client<'_>, key: &Key, deadline: Deadline) -> Result<(), Halt> {
    let Some(mut deployment) = client.get(key)? else {
        return Ok(());
    };
    let Some(selector) = Selector::of(&deployment["spec"]["selector"]) else {
        return Err(Halt::Retry(format!("{key} has an invalid selector")));
    };
    if selector.is_empty() {
        return status::observe(client, deployment);
    }
    let owned = Adoption { owner: &deployment, kind: replicaset::kind(), selector, fits: &|_| true, finalizers: &[] }
        .claimed(client)?;
    if !deployment.is_terminating() {
        status::tell_pause(client, &mut deployment)?;
    }
    let sets = newest::found(client, &mut deployment, owned)?;
    if deployment.is_terminating() {
        // A Deployment that is being deleted only keeps its status up.
        return status::sync(client, deployment, &sets);
    }
    if deployment["spec"]["paused"].is_true() || scale::is_asked_for(&deployment, &sets) {
        return scale::out(client, deployment, &sets);
    }
    match strategy(&deployment) {
        "Recreate" => recreate::out(client, deployment, sets, deadline),
        _ => rolling::out(client, deployment, sets, deadline),
    }
}

/// How many replicas the Deployment wants.
fn wanted(deployment: &Object) -> i64 {
    deployment["spec"]["replicas"].as_int().unwrap_or(1)
}

/// The name of its strategy.
fn strategy(deployment: &Object) -> &str {
    match deployment["spec"]["strategy"]["type"].text() {
        "" => "RollingUpdate",
        name => name,
    }
}
