//! Workloads that end.

use evenkeel_object::{Object, Value};

use super::fill::{each, fill, inside};
use super::pod;

/// Fills in what the defaults of the group `batch` are.
pub(super) fn apply(kind: &str, object: &mut Object) {
    match kind {
        "Job" => job(object),
        "CronJob" => cron_job(object),
        _ => {}
    }
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/v1/defaults.go: SetDefaults_Job
fn job(object: &mut Object) {
    let labels = object.at(&["spec", "template", "metadata", "labels"]).clone();
    if !labels.is_null() {
        inside(object, &["metadata"], |meta| fill(meta, "labels", labels));
    }
    inside(object, &["spec"], |spec| {
        if spec["completions"].is_null() && spec["parallelism"].is_null() {
            fill(spec, "completions", 1);
        }
        fill(spec, "parallelism", 1);
        let limit = match spec["backoffLimitPerIndex"] {
            Value::Null => 6,
            _ => i32::MAX,
        };
        fill(spec, "backoffLimit", limit);
        fill(spec, "completionMode", "NonIndexed");
        fill(spec, "suspend", false);
        let replace = match spec["podFailurePolicy"] {
            Value::Null => "TerminatingOrFailed",
            _ => "Failed",
        };
        fill(spec, "podReplacementPolicy", replace);
        fill(spec, "manualSelector", false);
        template(spec);
    });
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/v1/defaults.go: SetDefaults_CronJob
fn cron_job(object: &mut Object) {
    inside(object, &["spec"], |spec| {
        fill(spec, "concurrencyPolicy", "Allow");
        fill(spec, "suspend", false);
        fill(spec, "successfulJobsHistoryLimit", 3);
        fill(spec, "failedJobsHistoryLimit", 1);
        // Of the Job to be made only this is filled in; the rest when it is made.
        inside(spec, &["jobTemplate", "spec"], template);
    });
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/v1/defaults.go: SetDefaults_PodFailurePolicyOnPodConditionsPattern
fn template(spec: &mut Value) {
    each(spec, &["podFailurePolicy", "rules"], |rule| {
        each(rule, &["onPodConditions"], |pattern| {
            fill(pattern, "status", "True");
        });
    });
    pod::template(spec, &["template"]);
}
