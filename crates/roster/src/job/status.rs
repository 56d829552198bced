//! Counting what ended, exactly once, and the end of the Job.
//!
//! A Pod that ended is first written down as uncounted, then loses its finalizer, then is counted: three writes, so that a crash in between neither forgets nor
//! counts it twice.

use evenkeel_control::Client;
use evenkeel_object::{Object, Value, json};

use crate::batch;
use crate::template::phase;
use evenkeel_control::halt::Halt;

use super::End;
use super::members::{self, Members, is_tracked};
use super::policy;

const UNCOUNTED: [&str; 2] = ["status", "uncountedTerminatedPods"];

/// The condition that a Job ends with, or heads for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Verdict {
    /// `SuccessCriteriaMet` or `FailureTarget`.
    kind: &'static str,
    /// Why, for machines.
    pub(super) reason: String,
    message: String,
}

/// The end that conditions or failures have decided already.
pub(super) fn end_in_sight(job: &Object, members: &Members) -> End {
    for kind in ["SuccessCriteriaMet", "FailureTarget"] {
        if job.is_condition_true(kind) {
            let condition = job.condition(kind);
            return Some(Verdict {
                kind,
                reason: condition["reason"].text().to_owned(),
                message: condition["message"].text().to_owned(),
            });
        }
    }
    let mut failed = members.all.iter().filter(|pod| members.is_failed(pod));
    if let Some(message) = failed.find_map(|pod| policy::failure(job, pod)) {
        return Some(failure("PodFailurePolicy", &message));
    }
    let limit = job["spec"]["backoffLimit"].as_int().unwrap_or(6);
    let is_over_limit = members.n_failed > limit || restarts_exceed(job, members, limit);
    is_over_limit.then(|| failure("BackoffLimitExceeded", "Job has reached the specified backoff limit"))
}

fn failure(reason: &str, message: &str) -> Verdict {
    Verdict { kind: "FailureTarget", reason: reason.to_owned(), message: message.to_owned() }
}

/// With `restartPolicy: OnFailure` restarts of containers count as failures.
fn restarts_exceed(job: &Object, members: &Members, limit: i64) -> bool {
    if job["spec"]["template"]["spec"]["restartPolicy"].text() != "OnFailure" {
        return false;
    }
    let unfinished = members.all.iter().filter(|pod| matches!(phase(pod), "Running" | "Pending"));
    let restarts: i64 = unfinished
        .flat_map(|pod| ["initContainerStatuses", "containerStatuses"].map(|field| pod["status"][field].items()))
        .flatten()
        .map(|container| container["restartCount"].count())
        .sum();
    if limit == 0 { restarts > 0 } else { restarts >= limit }
}

/// The good end, if all that was asked for has succeeded and nothing is active any more.
pub(super) fn success(job: &Object, members: &Members) -> End {
    let is_complete = match job["spec"]["completions"].as_int() {
        Some(completions) => members.n_succeeded >= completions,
        None => members.n_succeeded > 0,
    };
    (is_complete && members.n_active == 0).then(|| Verdict {
        kind: "SuccessCriteriaMet",
        reason: "CompletionsReached".to_owned(),
        message: "Reached expected number of succeeded pods".to_owned(),
    })
}

/// Keeps up the condition `Suspended`, and the start time with it.
pub(super) fn set_suspended(job: &mut Object, is_suspended: bool) {
    let changed = if is_suspended {
        ensure(job, "Suspended", "True", "JobSuspended", "Job suspended")
    } else {
        ensure(job, "Suspended", "False", "JobResumed", "Job resumed")
    };
    if changed && is_suspended {
        job.remove(&["status", "startTime"]);
    }
}

/// Sets a condition; one that is not there is not added as `False`. Whether anything changed.
fn ensure(job: &mut Object, kind: &str, status: &str, reason: &str, message: &str) -> bool {
    let condition = Value::from(json!({"type": kind, "status": status, "reason": reason, "message": message}));
    let mut conditions = job["status"]["conditions"].items().to_vec();
    match conditions.iter().position(|other| other["type"].text() == kind) {
        Some(place) if conditions[place] == condition => return false,
        Some(place) => conditions[place] = condition,
        None if status == "False" => return false,
        None => conditions.push(condition),
    }
    job.set(&["status", "conditions"], conditions);
    true
}

/// Counts the Pods that ended, lets them go, and ends the Job when all are counted and gone.
///
/// `known` is the status as it was read. `trackJobStatusAndRemoveFinalizers`.
pub(super) fn track(
    client: &mut Client<'_>,
    job: &Object,
    known: &Value,
    members: &Members,
    end: &End,
) -> Result<(), Halt> {
    let mut job = job.clone();
    let tracked: Vec<&str> = members.all.iter().filter(|pod| is_tracked(pod)).map(Object::uid).collect();
    count_released(&mut job, &tracked);
    set_counts(&mut job, members);
    let ended: Vec<&Object> =
        members.all.iter().filter(|pod| is_tracked(pod) && is_to_go(&job, members, end, pod)).collect();
    note_uncounted(&mut job, members, end, &ended);
    if let Some(end) = end {
        ensure(&mut job, end.kind, "True", &end.reason, &end.message);
    }
    job = written(client, job, known)?;
    let known = job["status"].clone();
    let mut left = tracked;
    let released = batch::all(&ended, |pod| {
        client.because(format!("{} has taken note of {}", job.key(), pod.key()));
        members::release(client, pod)?;
        left.retain(|uid| *uid != pod.uid());
        Ok(())
    });
    if let Err(Halt::Pause(pause)) = released {
        return Err(pause.into());
    }
    count_released(&mut job, &left);
    if let (Ok(()), Some(end)) = (&released, end) {
        finish(&mut job, members, end);
    }
    written(client, job, &known)?;
    released
}

/// Whether a Pod is to be let go: it ended, or its Job does.
fn is_to_go(job: &Object, members: &Members, end: &End, pod: &Object) -> bool {
    job.is_terminating() || end.is_some() || phase(pod) == "Succeeded" || members.is_failed(pod)
}

/// Writes down those that are to be let go and are not counted yet.
fn note_uncounted(job: &mut Object, members: &Members, end: &End, ended: &[&Object]) {
    let is_failing = end.as_ref().is_some_and(|end| end.kind == "FailureTarget");
    for pod in ended {
        let uid = Value::from(pod.uid());
        let listed = |job: &Object, field: &str| job["status"]["uncountedTerminatedPods"][field].items().contains(&uid);
        let field = if phase(pod) == "Succeeded" && !listed(job, "failed") {
            "succeeded"
        } else if (members.is_failed(pod) || is_failing) && policy::counts(job, pod) {
            "failed"
        } else {
            continue;
        };
        if !listed(job, field) {
            let mut uids = job["status"]["uncountedTerminatedPods"][field].items().to_vec();
            uids.push(uid);
            job.set(&[UNCOUNTED[0], UNCOUNTED[1], field], uids);
        }
    }
}

/// Counts the uncounted Pods that have lost their finalizer.
fn count_released(job: &mut Object, tracked: &[&str]) {
    if job.at(&UNCOUNTED).is_null() {
        job.set(&UNCOUNTED, Value::map());
    }
    for field in ["succeeded", "failed"] {
        let uids = job.at(&UNCOUNTED)[field].items().to_vec();
        let (left, counted): (Vec<Value>, Vec<Value>) = uids.into_iter().partition(|uid| tracked.contains(&uid.text()));
        if counted.is_empty() {
            continue;
        }
        let more = i64::try_from(counted.len()).expect("a count of Pods fits");
        let count = job["status"][field].count() + more;
        job.set(&["status", field], count);
        if left.is_empty() {
            job.remove(&[UNCOUNTED[0], UNCOUNTED[1], field]);
        } else {
            job.set(&[UNCOUNTED[0], UNCOUNTED[1], field], left);
        }
    }
}

fn set_counts(job: &mut Object, members: &Members) {
    if members.n_active == 0 {
        job.remove(&["status", "active"]);
    } else {
        job.set(&["status", "active"], members.n_active);
    }
    job.set(&["status", "ready"], members.n_ready);
    job.set(&["status", "terminating"], members.n_terminating);
}

/// Ends the Job, if all its Pods are counted and none is on its way out any more.
fn finish(job: &mut Object, members: &Members, end: &Verdict) {
    let is_counted = job.at(&UNCOUNTED).entries().next().is_none();
    if !is_counted || members.n_terminating > 0 {
        return;
    }
    let is_good = end.kind == "SuccessCriteriaMet";
    let kind = if is_good { "Complete" } else { "Failed" };
    ensure(job, kind, "True", &end.reason, &end.message);
    if is_good {
        job.set(&["status", "completionTime"], "1970-01-01T00:00:00Z");
    }
}

/// Writes the status if it is another than the one that is known; the Job as it is then.
fn written(client: &mut Client<'_>, job: Object, known: &Value) -> Result<Object, Halt> {
    if job["status"] == *known {
        return Ok(job);
    }
    client.because(format!("the status of {} follows its Pods", job.key()));
    Ok(client.update_status(job)??)
}
