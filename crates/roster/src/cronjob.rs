//! The CronJob controller: makes a Job whenever the schedule says so.
//!
//! Time is not modelled, and a schedule that may fire at any moment has no end. So by default it does not fire in the window that is examined; with
//! [`CronJobs::fires`] it may fire at any moment, or not, at most so often. The n-th time is the n-th minute: it stands in
//! `status.lastScheduleTime` and, as in the real controller, in the name of the Job.
//!
//! Left out: `startingDeadlineSeconds`, time zones, and with `Forbid` the runs that were missed.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/cronjob/cronjob_controllerv2.go>.

use evenkeel_api::{Propagation, Read, Scope, status::Reason};
use evenkeel_control::{Client, Controller, Done, Event, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Value, json};

use crate::adoption::owners_woken;
use crate::job;
use evenkeel_control::halt::{Halt, ended};

/// The CronJob controller.
#[derive(Clone, Copy, Debug, Default)]
pub struct CronJobs {
    /// How often the schedule of each CronJob may fire.
    pub fires: u32,
}

fn kind() -> Kind {
    Kind::new("batch", "CronJob")
}

fn job_kind() -> Kind {
    Kind::new("batch", "Job")
}

impl Controller for CronJobs {
    fn name(&self) -> &str {
        "cronjob-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    fn wakes(&self) -> Wakes {
        if self.fires == 0 { Wakes::On(vec![kind(), job_kind()]) } else { Wakes::Periodically }
    }

    fn woken(&self, event: &Event, store: &mut dyn Read) -> Vec<Key> {
        if event.object().kind() == kind() { vec![event.object().key()] } else { owners_woken(event, store, &kind()) }
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(self.sync(client, key))
    }
}

impl CronJobs {
    fn sync(self, client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
        let Some(mut cron) = client.get(key)? else {
            return Ok(());
        };
        let before = cron["status"].clone();
        let jobs = client.list(Scope::controlled_by(&job_kind(), &cron))?;
        clean_up(client, &cron, &jobs)?;
        keep_active(&mut cron, &jobs);
        if !cron.is_terminating() && !cron["spec"]["suspend"].is_true() {
            self.fire(client, &mut cron, &jobs)?;
        }
        if cron["status"] != before {
            client.because(format!("the status of {key} follows its Jobs"));
            client.update_status(cron)??;
        }
        Ok(())
    }

    /// Makes a Job now, or does not.
    fn fire(self, client: &mut Client<'_>, cron: &mut Object, jobs: &[Object]) -> Result<(), Halt> {
        let minute = minute_of(&cron["status"]["lastScheduleTime"]);
        if minute >= self.fires || client.choose(2)? == 0 {
            return Ok(());
        }
        let active: Vec<&Object> = jobs.iter().filter(|job| !job::is_finished(job)).collect();
        match cron["spec"]["concurrencyPolicy"].text() {
            "Forbid" if !active.is_empty() => return Ok(()),
            "Replace" => {
                for job in active {
                    client.because(format!("{} replaces Jobs that still run", cron.key()));
                    delete(client, job)?;
                    let uid = job.uid();
                    let mut left = cron["status"]["active"].items().to_vec();
                    left.retain(|reference| reference["uid"].text() != uid);
                    set_active(cron, left);
                }
            }
            _ => {}
        }
        client.because(format!("the schedule of {} fires", cron.key()));
        let created = match client.create(new_job(cron, minute + 1))? {
            Err(status) if status.reason == Reason::AlreadyExists => return Ok(()),
            answer => answer?,
        };
        let mut active = cron["status"]["active"].items().to_vec();
        active.push(reference(&created));
        set_active(cron, active);
        cron.set(&["status", "lastScheduleTime"], time_of(minute + 1));
        Ok(())
    }
}

/// The number of the last run.
fn minute_of(time: &Value) -> u32 {
    let part = |range: std::ops::Range<usize>| {
        time.text().get(range).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0)
    };
    part(11..13) * 60 + part(14..16)
}

/// The time of a run; after a day it stays, and so does the schedule.
fn time_of(minute: u32) -> String {
    let minute = minute.min(24 * 60 - 1);
    format!("1970-01-01T{:02}:{:02}:00Z", minute / 60, minute % 60)
}

fn new_job(cron: &Object, minute: u32) -> Object {
    let template = &cron["spec"]["jobTemplate"];
    let key = Key::new(job_kind(), cron.namespace(), &format!("{}-{minute}", cron.name()));
    let mut job = Object::new("batch/v1", &key);
    for field in ["labels", "annotations"] {
        if !template["metadata"][field].is_null() {
            job.set(&["metadata", field], template["metadata"][field].clone());
        }
    }
    job.set(&["metadata", "annotations", "batch.kubernetes.io/cronjob-scheduled-timestamp"], time_of(minute));
    job.set(&["metadata", "ownerReferences"], Value::list([cron.controller_reference()]));
    job.set(&["spec"], template["spec"].clone());
    job
}

fn reference(job: &Object) -> Value {
    Value::from(
        json!({"apiVersion": "batch/v1", "kind": "Job", "namespace": job.namespace(), "name": job.name(), "uid": job.uid()}),
    )
}

fn set_active(cron: &mut Object, active: Vec<Value>) {
    if active.is_empty() {
        cron.remove(&["status", "active"]);
    } else {
        cron.set(&["status", "active"], active);
    }
}

/// Takes those that are over or gone off the list of active Jobs.
fn keep_active(cron: &mut Object, jobs: &[Object]) {
    let mut active = cron["status"]["active"].items().to_vec();
    active.retain(|reference| jobs.iter().any(|job| job.uid() == reference["uid"].text() && !job::is_finished(job)));
    let listed =
        |job: &Object| cron["status"]["active"].items().iter().any(|reference| reference["uid"].text() == job.uid());
    if jobs.iter().any(|job| job.is_condition_true("Complete") && listed(job)) {
        cron.set(&["status", "lastSuccessfulTime"], "1970-01-01T00:00:00Z");
    }
    set_active(cron, active);
}

/// Deletes the oldest Jobs beyond the limits of the history.
fn clean_up(client: &mut Client<'_>, cron: &Object, jobs: &[Object]) -> Result<(), Halt> {
    let limits = [("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)];
    for (condition, field, default) in limits {
        let limit = cron["spec"][field].as_int().unwrap_or(default);
        let mut ended: Vec<&Object> = jobs.iter().filter(|job| job.is_condition_true(condition)).collect();
        // The longer the name, the later the minute.
        ended.sort_by_key(|job| (job.name().len(), job.name().to_owned()));
        let surplus = ended.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        for job in &ended[..surplus] {
            client.because(format!("{} keeps {limit} Jobs that are {condition}", cron.key()));
            delete(client, job)?;
        }
    }
    Ok(())
}

fn delete(client: &mut Client<'_>, job: &Object) -> Result<(), Halt> {
    match client.delete_with(&job.key(), Some(Propagation::Background), None)? {
        Err(status) if !status.is_not_found() => Err(status.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]
mod tests {
    use super::{CronJobs, kind, minute_of, time_of};
    use crate::stage::Stage;
    use evenkeel_object::{Key, Value, json};

    fn stage(policy: &str) -> Stage {
        Stage::of([
            json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c", "namespace": "default"},
            "spec": {"schedule": "* * * * *", "concurrencyPolicy": policy, "jobTemplate": {"spec": {"completions": 1}}}}),
        ])
    }

    fn reconcile(stage: &mut Stage, fires: u32, choices: Vec<usize>) -> Vec<String> {
        stage.choices = choices;
        stage.reconcile(&CronJobs { fires }, &Key::new(kind(), "default", "c"))
    }

    #[test]
    fn by_default_the_schedule_does_not_fire() {
        assert!(reconcile(&mut stage("Allow"), 0, vec![1]).is_empty());
    }

    #[test]
    fn it_may_fire_or_not_and_no_more_often_than_it_may() {
        let mut stage = stage("Allow");
        assert!(reconcile(&mut stage, 1, vec![0]).is_empty());
        assert_eq!(reconcile(&mut stage, 1, vec![1]), ["create Job/c-1", "update status CronJob/c"]);
        let cron = stage.get(("batch", "CronJob"), "c");
        assert_eq!(cron["status"]["active"][0]["name"].text(), "c-1");
        assert!(reconcile(&mut stage, 1, vec![1]).is_empty());
    }

    #[test]
    fn runs_that_must_not_overlap_wait_or_replace() {
        let mut forbidding = stage("Forbid");
        reconcile(&mut forbidding, 2, vec![1]);
        assert!(reconcile(&mut forbidding, 2, vec![1]).is_empty());
        let mut replacing = stage("Replace");
        reconcile(&mut replacing, 2, vec![1]);
        assert_eq!(reconcile(&mut replacing, 2, vec![1])[..2], ["delete Job/c-1", "create Job/c-2"]);
    }

    #[test]
    fn old_jobs_beyond_the_limit_are_deleted() {
        let mut stage = stage("Allow");
        for _ in 0..2 {
            reconcile(&mut stage, 2, vec![1]);
        }
        for name in ["c-1", "c-2"] {
            stage.change(
                ("batch", "Job"),
                name,
                json!({"status": {"conditions": [{"type": "Failed", "status": "True"}]}}),
            );
        }
        assert_eq!(reconcile(&mut stage, 0, vec![]), ["delete Job/c-1", "update status CronJob/c"]);
    }

    #[test]
    fn the_number_of_a_run_is_its_minute() {
        assert_eq!(minute_of(&Value::from(time_of(75))), 75);
        assert_eq!(minute_of(&Value::Null), 0);
    }
}
