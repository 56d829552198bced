//! The Job controller: Pods that run to their end, so many times, and are counted exactly once.
//!
//! * `members`: its Pods by what became of them; `policy`: which failures count; `status`: counting, and the end
//!
//! Left out: `completionMode: Indexed` (such a Job runs as if it were not, its Pods have no index), `backoffLimitPerIndex`, `successPolicy`,
//! `maxFailedIndexes`; time: `activeDeadlineSeconds` never passes, the back-off between failures passes at once.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/job/job_controller.go>.

mod members;
mod policy;
mod status;
#[cfg(test)]
mod tests;

use evenkeel_api::{Read, Scope, Select, status::Reason};
use evenkeel_control::{Client, Controller, Done, Event, OwnWrites, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Selector, Value};

use crate::adoption::{Adoption, owners_woken};
use crate::batch;
use crate::pods;
use crate::template;
use evenkeel_control::halt::{Halt, ended};

use members::{Members, TRACKING};
use status::Verdict;

/// The most Pods that one reconcile makes or deletes.
///
/// Source: `MaxPodCreateDeletePerSync`.
const BURST: usize = 500;

/// The Job controller.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jobs;

pub(crate) fn kind() -> Kind {
    Kind::new("batch", "Job")
}

impl Controller for Jobs {
    fn name(&self) -> &str {
        "job-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind()), Scope::everywhere(&pods::kind()).select(Select::Labels(members::labelled()))]
    }

    fn wakes(&self) -> Wakes {
        Wakes::On(vec![kind(), pods::kind()])
    }

    fn woken(&self, event: &Event, store: &mut dyn Read) -> Vec<Key> {
        let object = event.object();
        if object.kind() == kind() {
            let mut woken = vec![object.key()];
            if event.after.as_ref().is_none_or(is_finished) {
                woken.extend(store.list(Scope::controlled_by(&pods::kind(), object)).iter().map(Object::key));
            }
            return woken;
        }
        let mut woken = owners_woken(event, store, &kind());
        woken.extend(event.after.iter().filter(|pod| members::is_tracked(pod)).map(Object::key));
        woken
    }

    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/job/job_controller.go#L934: EnsureReady
    fn own_writes(&self) -> OwnWrites {
        OwnWrites::Awaited
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        let is_pod = key.kind == pods::kind();
        ended(if is_pod { sync_pod(client, key) } else { sync(client, key) })
    }
}

/// Whether the Job is over.
pub(crate) fn is_finished(job: &Object) -> bool {
    job.is_condition_true("Complete") || job.is_condition_true("Failed")
}

fn is_managed_elsewhere(job: &Object) -> bool {
    !matches!(job["spec"]["managedBy"].text(), "" | "kubernetes.io/job-controller")
}

fn sync(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    let Some(mut job) = client.get(key)? else {
        return Ok(());
    };
    if is_managed_elsewhere(&job) || is_finished(&job) {
        return Ok(());
    }
    let Some(selector) = Selector::of(&job["spec"]["selector"]) else {
        return Ok(());
    };
    let claimed = Adoption { owner: &job, kind: pods::kind(), selector, fits: &|_| true, finalizers: &[TRACKING] }
        .claimed(client)?;
    let mut members = Members::of(&job, claimed);
    let known = job["status"].clone();
    if job["status"]["startTime"].is_null() && !job["spec"]["suspend"].is_true() {
        job.set(&["status", "startTime"], "1970-01-01T00:00:00Z");
    }
    let mut end = status::end_in_sight(&job, &members);
    let managed = if end.is_some() {
        wind_up(client, &job, &mut members, &mut end)
    } else {
        go_on(client, &mut job, &mut members, &mut end)
    };
    if let Err(Halt::Pause(pause)) = managed {
        return Err(pause.into());
    }
    status::track(client, &job, &known, &members, &end)?;
    managed
}

/// The Job is decided: what is active is removed. While that does not succeed, the end is not told yet.
fn wind_up(client: &mut Client<'_>, job: &Object, members: &mut Members, end: &mut End) -> Result<(), Halt> {
    let reason = end.as_ref().map_or("", |verdict| &*verdict.reason);
    let because = format!("{} is decided: {reason}", job.key());
    let n_active = members.active.len();
    let outcome = remove(client, members, n_active, &because, false);
    if members.n_active > 0 {
        *end = None;
    }
    outcome
}

/// The Job is not decided: Pods are made or removed, unless it is being deleted, and the good end is noticed.
fn go_on(client: &mut Client<'_>, job: &mut Object, members: &mut Members, end: &mut End) -> Result<(), Halt> {
    let is_managed = !job.is_terminating();
    let outcome = if is_managed { manage(client, job, members) } else { Ok(()) };
    *end = status::success(job, members);
    if end.is_none() && is_managed {
        let is_suspended = job["spec"]["suspend"].is_true();
        status::set_suspended(job, is_suspended);
    }
    outcome
}

/// Makes or removes Pods until as many are active as should be.
fn manage(client: &mut Client<'_>, job: &Object, members: &mut Members) -> Result<(), Halt> {
    let key = job.key();
    let spec = &job["spec"];
    let n_active = members.active.len();
    if spec["suspend"].is_true() {
        return remove(client, members, n_active, &format!("{key} is suspended"), true);
    }
    let active = i64::try_from(n_active).expect("a count of Pods fits");
    let parallelism = spec["parallelism"].as_int().unwrap_or(1);
    let wanted = match spec["completions"].as_int() {
        Some(completions) => (completions - members.n_succeeded).min(parallelism).max(0),
        None if members.n_succeeded > 0 => active,
        None => parallelism,
    };
    if let Ok(surplus @ 1..) = usize::try_from(active - wanted) {
        return remove(client, members, surplus.min(BURST), &format!("{key} wants {wanted} Pods at a time"), true);
    }
    let leaving = if members.only_failed_are_replaced { members.n_terminating } else { 0 };
    let Ok(missing) = usize::try_from(wanted - leaving - active) else {
        return Ok(());
    };
    let pod = new_pod(job);
    batch::slow_start(missing.min(BURST), |_| {
        client.because(format!("{key} wants {wanted} Pods at a time"));
        match client.create(pod.clone())? {
            Ok(_) => members.n_active += 1,
            // No reason to try again; the Pod counts as made.
            Err(status)
                if status.reason == Reason::Forbidden
                    && status.causes.iter().any(|cause| cause.reason == "NamespaceTerminating") =>
            {
                members.n_active += 1;
            }
            Err(status) => return Err(status.into()),
        }
        Ok(())
    })
}

fn new_pod(job: &Object) -> Object {
    let mut pod = template::pod_from(&job["spec"]["template"], job);
    let mut finalizers: Vec<Value> = pod["metadata"]["finalizers"].items().to_vec();
    if !finalizers.contains(&TRACKING.into()) {
        finalizers.push(TRACKING.into());
    }
    pod.set(&["metadata", "finalizers"], finalizers);
    pod
}

/// Deletes some active Pods, those first that matter least. `untracked` ones are not to be counted: they lose the finalizer first.
fn remove(
    client: &mut Client<'_>,
    members: &mut Members,
    count: usize,
    because: &str,
    untracked: bool,
) -> Result<(), Halt> {
    let doomed: Vec<Object> = members.active.iter().take(count).cloned().collect();
    batch::all(doomed, |pod| {
        client.because(because);
        if untracked {
            members::release(client, &pod)?;
        }
        // A Pod that is gone already counts as removed all the same.
        match client.delete(&pod.key())? {
            Err(status) if !status.is_not_found() => Err(status.into()),
            _ => {
                members.was_removed(&pod);
                Ok(())
            }
        }
    })
}

/// A tracked Pod whose Job is gone or over loses the finalizer that was to have it counted.
///
/// `syncOrphanPod`.
fn sync_pod(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    let Some(pod) = client.get(key)?.filter(members::is_tracked) else {
        return Ok(());
    };
    if let Some(owner) = pod.controller() {
        if owner.kind != kind() {
            return Ok(());
        }
        let job = client.get(&Key::new(kind(), pod.namespace(), &owner.name))?;
        let job = job.filter(|job| job.uid() == &*owner.uid);
        if job.is_some_and(|job| !is_finished(&job) || is_managed_elsewhere(&job)) {
            return Ok(());
        }
    }
    client.because(format!("nobody is left to count {key}"));
    members::release(client, &pod).map(|_| ())
}

/// The end of a Job, when it is known.
type End = Option<Verdict>;
