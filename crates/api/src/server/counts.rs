//! Counts and shares that are refused: negative ones, percentages that are none, updates that could never move.

use evenkeel_object::{Object, Value};

use super::fault;
use crate::Cause;

/// The counts in the spec of a Deployment, ReplicaSet, StatefulSet or DaemonSet, and how it is updated.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/validation/validation.go: ValidateDeploymentSpec, ValidateStatefulSetSpec, …
pub(crate) fn controller(object: &Object, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    let limit: &[&str] = match object["kind"].text() {
        "Deployment" => &["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"],
        "DaemonSet" => &["minReadySeconds", "revisionHistoryLimit"],
        // Of the limit of a StatefulSet nothing is asked.
        _ => &["replicas", "minReadySeconds"],
    };
    for field in limit {
        not_negative(&spec[*field], &format!("spec.{field}"), causes);
    }
    match object["kind"].text() {
        "Deployment" => deployment(spec, causes),
        "StatefulSet" => stateful_set(spec, causes),
        "DaemonSet" => daemon_set(spec, causes),
        _ => {}
    }
}

/// The counts in the spec of a Job that stands at `place`.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/validation/validation.go: validateJobSpec
pub(crate) fn job(spec: &Value, place: &str, causes: &mut Vec<Cause>) {
    const COUNTS: [&str; 7] = [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ];
    for field in COUNTS {
        not_negative(&spec[field], &format!("{place}.{field}"), causes);
    }
}

/// The counts in the spec of a CronJob.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/validation/validation.go: validateCronJobSpec
pub(crate) fn cron_job(spec: &Value, causes: &mut Vec<Cause>) {
    for field in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        not_negative(&spec[field], &format!("spec.{field}"), causes);
    }
    job(&spec["jobTemplate"]["spec"], "spec.jobTemplate.spec", causes);
}

/// The shares of a PodDisruptionBudget.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/policy/validation/validation.go: ValidatePodDisruptionBudgetSpec
pub(crate) fn budget(spec: &Value, causes: &mut Vec<Cause>) {
    for field in ["minAvailable", "maxUnavailable"] {
        let place = format!("spec.{field}");
        share(&spec[field], &place, causes);
        at_most_all(&spec[field], &place, causes);
    }
}

/// A count that is there is not negative.
pub(crate) fn not_negative(value: &Value, place: &str, causes: &mut Vec<Cause>) {
    if value.as_int().is_some_and(|number| number < 0) {
        causes.push(fault::wrong(place, value, "must be greater than or equal to 0"));
    }
}

fn deployment(spec: &Value, causes: &mut Vec<Cause>) {
    let deadline = &spec["progressDeadlineSeconds"];
    if deadline.as_int().is_some_and(|deadline| deadline <= spec["minReadySeconds"].count()) {
        causes.push(fault::wrong("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"));
    }
    let strategy = &spec["strategy"];
    let update = &strategy["rollingUpdate"];
    match strategy["type"].text() {
        "Recreate" if !update.is_null() => {
            let why = "may not be specified when strategy `type` is 'Recreate'";
            causes.push(fault::not_allowed("spec.strategy.rollingUpdate", why));
        }
        "Recreate" => {}
        "RollingUpdate" => {
            let [unavailable, surge] = rolling(update, "spec.strategy.rollingUpdate", causes);
            if unavailable == 0 && surge == 0 {
                let (place, value) = ("spec.strategy.rollingUpdate.maxUnavailable", &update["maxUnavailable"]);
                causes.push(fault::wrong(place, value, "may not be 0 when `maxSurge` is 0"));
            }
            at_most_all(&update["maxUnavailable"], "spec.strategy.rollingUpdate.maxUnavailable", causes);
        }
        _ => causes.push(fault::not_supported("spec.strategy", strategy, &["Recreate", "RollingUpdate"])),
    }
}

fn daemon_set(spec: &Value, causes: &mut Vec<Cause>) {
    let strategy = &spec["updateStrategy"];
    let update = &strategy["rollingUpdate"];
    match strategy["type"].text() {
        "OnDelete" => {}
        "RollingUpdate" => {
            let place = "spec.updateStrategy.rollingUpdate";
            let [unavailable, surge] = rolling(update, place, causes);
            for field in ["maxUnavailable", "maxSurge"] {
                at_most_all(&update[field], &format!("{place}.{field}"), causes);
            }
            if unavailable != 0 && surge != 0 {
                let why = "may not be set when maxUnavailable is non-zero";
                causes.push(fault::wrong(&format!("{place}.maxSurge"), &update["maxSurge"], why));
            } else if unavailable == 0 && surge == 0 {
                causes.push(fault::required(&format!("{place}.maxUnavailable"), "cannot be 0 when maxSurge is 0"));
            }
        }
        _ => causes.push(fault::not_supported("spec.updateStrategy", strategy, &["RollingUpdate", "OnDelete"])),
    }
}

fn stateful_set(spec: &Value, causes: &mut Vec<Cause>) {
    not_negative(&spec["ordinals"]["start"], "spec.ordinals.start", causes);
    let policy = &spec["podManagementPolicy"];
    if !matches!(policy.text(), "OrderedReady" | "Parallel") {
        causes.push(fault::wrong("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'"));
    }
    let strategy = &spec["updateStrategy"];
    let update = &strategy["rollingUpdate"];
    let place = "spec.updateStrategy.rollingUpdate";
    match strategy["type"].text() {
        "OnDelete" if !update.is_null() => {
            causes.push(fault::wrong(place, update, "only allowed for updateStrategy 'RollingUpdate'"));
        }
        "OnDelete" => {}
        "RollingUpdate" => {
            not_negative(&update["partition"], &format!("{place}.partition"), causes);
            let unavailable = &update["maxUnavailable"];
            let place = format!("{place}.maxUnavailable");
            share(unavailable, &place, causes);
            if !unavailable.is_null() && number(unavailable) == 0 {
                causes.push(fault::wrong(&place, unavailable, "cannot be 0"));
            }
            at_most_all(unavailable, &place, causes);
        }
        _ => causes.push(fault::wrong("spec.updateStrategy", strategy, "must be 'RollingUpdate' or 'OnDelete'")),
    }
}

/// How many Pods may be missing, and how many there may be beyond those wanted.
fn rolling(update: &Value, place: &str, causes: &mut Vec<Cause>) -> [i64; 2] {
    ["maxUnavailable", "maxSurge"].map(|field| {
        share(&update[field], &format!("{place}.{field}"), causes);
        number(&update[field])
    })
}

/// A share is a number or a percentage.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/validation/validation.go: ValidatePositiveIntOrPercent
fn share(value: &Value, place: &str, causes: &mut Vec<Cause>) {
    not_negative(value, place, causes);
    if value.as_str().is_some() && percent(value).is_none() {
        let why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is \
                   '[0-9]+%')";
        causes.push(fault::wrong(place, value, why));
    }
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/validation/validation.go: IsNotMoreThan100Percent
fn at_most_all(value: &Value, place: &str, causes: &mut Vec<Cause>) {
    if percent(value).is_some_and(|percent| percent > 100) {
        causes.push(fault::wrong(place, value, "must not be greater than 100%"));
    }
}

/// The number of a percentage; one that is too large for a number is the largest.
fn percent(value: &Value) -> Option<i64> {
    let digits = value.as_str()?.strip_suffix('%')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(i64::MAX))
}

/// The number in a share, whatever it is a number of.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/validation/validation.go: getIntOrPercentValue
fn number(value: &Value) -> i64 {
    percent(value).or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| value.count())
}
