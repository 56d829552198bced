//! ReplicaSets: as many Pods of one template as are wanted.
//!
//! Sources: <https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/controller/replicaset>: `replica_set.go`, `replica_set_utils.go`.
//!
//! * `tally`: what a ReplicaSet needs to know of its Pods; `victims`: which Pods go when there are too many
//!
//! One reconcile makes or deletes all Pods of the difference. Left out: that it makes them in batches of 1, 2, 4, … which matters only to how many refusals
//! it collects at once (here the first one ends it); `minReadySeconds`, as time is not modelled: a ready Pod is available; ReplicationControllers.
//!
//! The real one does not touch its Pods before its cache shows what it made and deleted last (its *expectations*), nor its status before the cache shows
//! its last status. So a model with stale caches has to let it read at least its own writes.

mod tally;
#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod tests;
mod victims;

use evenkeel_api::{Read, Scope, Select, Status, status::Reason};
use evenkeel_control::{Client, Controller, Done, Event, OwnWrites, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Selector, Value};

use crate::adoption::{Adoption, owners_woken};
use crate::condition::{self, condition};
use crate::pods;
use crate::template::{is_active, pod_from};
use evenkeel_control::halt::{Halt, ended};
use tally::Tally;

/// The most Pods that one reconcile makes or deletes.
///
/// Source: `BurstReplicas`.
const BURST: i64 = 500;

/// The controller of ReplicaSets.
#[derive(Clone, Debug, Default)]
pub struct ReplicaSets;

/// The kind.
pub fn kind() -> Kind {
    Kind::new("apps", "ReplicaSet")
}

impl ReplicaSets {
    /// The controller; it has no settings.
    pub fn new() -> ReplicaSets {
        ReplicaSets
    }
}

impl Controller for ReplicaSets {
    fn name(&self) -> &str {
        "replicaset-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::On(vec![kind(), pods::kind()])
    }

    fn woken(&self, event: &Event, store: &mut dyn Read) -> Vec<Key> {
        if event.object().kind() == kind() { vec![event.object().key()] } else { owners_woken(event, store, &kind()) }
    }

    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/replicaset/replica_set.go#L767: EnsureReady, and its expectations
    fn own_writes(&self) -> OwnWrites {
        OwnWrites::Awaited
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(reconciled(client, key))
    }
}

/// Whether a creation was refused because its namespace is being deleted: then nothing that is tried again could succeed.
pub(crate) fn is_namespace_going(refusal: &Status) -> bool {
    refusal.causes.iter().any(|cause| cause.reason == "NamespaceTerminating")
}

/// How many Pods the ReplicaSet wants.
fn wanted(set: &Object) -> i64 {
    set["spec"]["replicas"].as_int().unwrap_or(1)
}

/// Source: `syncReplicaSet`.
fn reconciled(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    let Some(set) = client.get(key)? else {
        return Ok(());
    };
    let Some(selector) = Selector::of(&set["spec"]["selector"]) else {
        return Ok(());
    };
    let owned = client.view(Scope::controlled_by(&pods::kind(), &set), tally::owned(&set))?;
    let mut tally = Tally::of(&owned);
    let mut pods = None;
    if tally.strangers > 0 || has_orphans(client, &set, &selector)? {
        let claimed = claimed(client, &set, selector)?;
        tally = tally.with_active(&set, &claimed);
        pods = Some(claimed);
    }
    let refusal = if set.is_terminating() { None } else { manage(client, &set, &tally, pods)? };
    write_status(client, &set, status(&set, &tally, refusal.as_ref()))?;
    refusal.map_or(Ok(()), |refusal| Err(refusal.into()))
}

/// Whether there are Pods that the ReplicaSet could adopt.
fn has_orphans(client: &mut Client<'_>, set: &Object, selector: &Selector) -> Result<bool, Pause> {
    let orphans = Select::Orphans(selector.clone());
    let scope = Scope::all(&pods::kind(), set.namespace()).select(orphans);
    Ok(!set.is_terminating() && client.view(scope, tally::any_active())?.is_true())
}

/// Its active Pods, after it has adopted and released some.
fn claimed(client: &mut Client<'_>, set: &Object, selector: Selector) -> Result<Vec<Object>, Halt> {
    let orphans = Select::Orphans(selector.clone());
    let orphans = Scope::all(&pods::kind(), set.namespace()).select(orphans);
    let mut found = client.list(Scope::controlled_by(&pods::kind(), set))?;
    found.extend(client.list(orphans)?);
    found.retain(is_active);
    found.sort_by_cached_key(Object::key);
    let adoption = Adoption { owner: set, kind: pods::kind(), selector, fits: &|_| true, finalizers: &[] };
    adoption.claimed_of(client, found)
}

/// Makes the Pods that are missing, or deletes those that are too many; the first refusal. `pods` are its active Pods if they were looked at.
///
/// Source: `manageReplicas`.
fn manage(
    client: &mut Client<'_>,
    set: &Object,
    tally: &Tally,
    pods: Option<Vec<Object>>,
) -> Result<Option<Status>, Halt> {
    let missing = wanted(set) - tally.active;
    if missing != 0 {
        client.because(format!("{} wants {} Pods and has {}", set.key(), wanted(set), tally.active));
    }
    if missing > 0 {
        return make(client, set, missing.min(BURST));
    }
    if missing < 0 {
        let pods = match pods {
            Some(pods) => pods,
            None => victims::candidates(client, set)?,
        };
        return delete(client, set, pods, (-missing).min(BURST));
    }
    Ok(None)
}

fn make(client: &mut Client<'_>, set: &Object, count: i64) -> Result<Option<Status>, Halt> {
    for _ in 0..count {
        match client.create(pod_from(&set["spec"]["template"], set))? {
            Err(refusal) if !is_namespace_going(&refusal) => return Ok(Some(refusal)),
            _ => {}
        }
    }
    Ok(None)
}

fn delete(client: &mut Client<'_>, set: &Object, pods: Vec<Object>, count: i64) -> Result<Option<Status>, Halt> {
    let mut first = None;
    for key in victims::chosen(client, set, pods, count)? {
        // Deletions go out all at once: a refused one does not keep the others back.
        match client.delete(&key)? {
            Err(refusal) if refusal.reason != Reason::NotFound => first = first.or(Some(refusal)),
            _ => {}
        }
    }
    Ok(first)
}

/// The status that follows from what was found, before anything was made or deleted.
///
/// Source: `calculateStatus`.
fn status(set: &Object, tally: &Tally, refusal: Option<&Status>) -> Value {
    let mut status = set["status"].clone();
    status.set(&["replicas"], tally.active);
    status.set(&["terminatingReplicas"], tally.terminating);
    for (field, count) in [
        ("fullyLabeledReplicas", tally.labelled),
        ("readyReplicas", tally.ready),
        ("availableReplicas", tally.ready),
        ("observedGeneration", set["metadata"]["generation"].count()),
    ] {
        if count == 0 {
            status.remove(&[field]);
        } else {
            status.set(&[field], count);
        }
    }
    let failure = condition::find(&status, "ReplicaFailure");
    match refusal {
        // The text of the first refusal stays: it is not rewritten by later ones, which differ in the name of the Pod.
        Some(refusal) if failure.is_null() => {
            let (reason, text) = match (wanted(set) - tally.active).signum() {
                1 => ("FailedCreate", refusal.message.clone()),
                _ => ("FailedDelete", unable_to_delete(refusal)),
            };
            let told = condition("ReplicaFailure", "True", reason, &text);
            condition::replace(&mut status, told);
        }
        Some(_) => {}
        None => condition::remove(&mut status, "ReplicaFailure"),
    }
    status
}

/// What is told of a deletion that was refused. Of a creation the refusal itself is told.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/controller_utils.go: DeletePod
fn unable_to_delete(refusal: &Status) -> String {
    format!("unable to delete pods: {}", refusal.message)
}

/// Writes the status; what is refused it tries once more on what the server has.
///
/// Source: `updateReplicaSetStatus`.
fn write_status(client: &mut Client<'_>, set: &Object, status: Value) -> Result<(), Halt> {
    if set["status"] == status {
        return Ok(());
    }
    client.because(format!("the Pods of {} changed", set.key()));
    let mut told = set.clone();
    told.set(&["status"], status.clone());
    if client.update_status(told)?.is_ok() {
        return Ok(());
    }
    let Some(mut fresh) = client.get_live(&set.key())? else {
        return Err(Halt::Retry(format!("{} not found", set.key())));
    };
    fresh.set(&["status"], status);
    client.update_status(fresh)??;
    Ok(())
}
