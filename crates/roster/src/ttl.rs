//! The time to live of Jobs that have ended: `ttlSecondsAfterFinished` passes at any moment, and then the Job is deleted, its Pods first.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/ttlafterfinished/ttlafterfinished_controller.go>.

use evenkeel_api::{Projection, Propagation, Scope};
use evenkeel_control::halt::{Halt, ended};
use evenkeel_control::{Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Object, Value};

use crate::job;

/// The controller.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeToLive;

impl Controller for TimeToLive {
    fn name(&self) -> &str {
        "ttl-after-finished-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&job::kind())]
    }

    // It queues each Job that comes or changes and is to be deleted, for the time at which it is, and reads nothing else.
    fn wakes(&self) -> Wakes {
        Wakes::OnWhatItReads
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(reconciled(client, key))
    }
}

/// Source: `processJob`.
fn reconciled(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    if !client.view(Scope::one(key), any_due())?.is_true() {
        return Ok(());
    }
    // What the cache shows may be of another Job of that name.
    let Some(fresh) = client.get_live(key)?.filter(is_due) else { return Ok(()) };
    client.because(format!("{key} has ended, and its time to live has passed"));
    match client.delete_with(key, Some(Propagation::Foreground), Some(fresh.uid()))? {
        Err(status) if !status.is_not_found() => Err(status.into()),
        _ => Ok(()),
    }
}

/// Whether any Job is to be deleted; nothing else of it matters.
fn any_due() -> Projection {
    Projection {
        name: "whether any Job is due",
        args: Value::Null,
        of: |_, jobs| Value::Bool(jobs.iter().any(is_due)),
        join: |_, left, right| Value::Bool(left.is_true() || right.is_true()),
    }
}

/// Source: `needsCleanup`.
fn is_due(job: &Object) -> bool {
    let has_ended = ["Complete", "Failed"].iter().any(|kind| job.is_condition_true(kind));
    has_ended && !job["spec"]["ttlSecondsAfterFinished"].is_null() && !job.is_terminating()
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Key, json};

    use super::TimeToLive;
    use crate::stage::Stage;

    fn check(spec: &serde_json::Value, status: &serde_json::Value, expect: &[&str]) {
        let job = json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "default"}, "spec": spec, "status": status,
        });
        let mut stage = Stage::of([job]);
        let key = Key::new(crate::job::kind(), "default", "j");
        assert_eq!(stage.reconcile(&TimeToLive, &key), expect);
    }

    #[test]
    fn a_job_is_deleted_once_it_has_ended_and_only_if_it_says_so() {
        let ended = |kind: &str| json!({"conditions": [{"type": kind, "status": "True"}]});
        check(&json!({"ttlSecondsAfterFinished": 0}), &ended("Complete"), &["delete Job/j"]);
        check(&json!({"ttlSecondsAfterFinished": 60}), &ended("Failed"), &["delete Job/j"]);
        check(&json!({"ttlSecondsAfterFinished": 0}), &ended("Suspended"), &[]);
        check(&json!({}), &ended("Complete"), &[]);
    }
}
