//! How many replicas the metrics ask for, worked out as the real controller does.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/replica_calculator.go#L80>, `GetResourceReplicas`, and
//! `calcPlainMetricReplicas`, L193.
//!
//! The load is that many replicas at exactly the target, in equal shares on all Pods that were ready when it was measured. A Pod that is not ready carries
//! nothing, and is not measured. Every Pod requests the same.

use evenkeel_api::{Projection, Scope, Select};
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Object, Quantity, Selector, Value, json};

use super::target::Target;
use crate::{pods, template};

/// The Pods of a target, by what the controller makes of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Counts {
    pub(super) ready: i64,
    /// Those that have not started.
    pub(super) pending: i64,
    /// Those that have started, and are not ready.
    pub(super) waiting: i64,
    /// What all of the ready ones request of the metric's resource, in thousandths; none if one of the Pods requests nothing.
    requested: Option<i64>,
}

/// How a metric turns what is used into a ratio to its target.
struct Gauge {
    target: i128,
    /// What a Pod requests, and of how many parts of that the target is told: of hundred, or of one.
    request: i128,
    parts: i128,
    /// What a Pod that is not measured is taken to use where there seem to be too many.
    fallback: i128,
}

/// How far the ratio may be from one and nothing happens, downwards and upwards.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Tolerances {
    pub(super) down: f64,
    pub(super) up: f64,
}

/// The load as it is measured: how many replicas it asks for, and how many Pods were ready when it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Measured {
    pub(super) asked: i64,
    pub(super) ready_then: i64,
}

impl Tolerances {
    fn hold(self, ratio: f64) -> bool {
        1.0 - self.down <= ratio && ratio <= 1.0 + self.up
    }
}

/// The Pods of a target as one metric sees them; of none, if only their number is of interest.
pub(super) fn counted(
    client: &mut Client<'_>,
    autoscaler: &Object,
    target: &Target,
    metric: &Value,
) -> Result<Counts, Pause> {
    let Some(selector) = Selector::of(&target.selector).filter(|_| !target.selector.is_null()) else {
        return Ok(Counts::default());
    };
    let (resource, container) = match metric["type"].text() {
        "Resource" => (&metric["resource"]["name"], ""),
        "ContainerResource" => (&metric["containerResource"]["name"], metric["containerResource"]["container"].text()),
        _ => (&Value::Null, ""),
    };
    let args = Value::from(json!({"resource": resource.text(), "container": container}));
    let scope = Scope::all(&pods::kind(), autoscaler.namespace()).select(Select::Labels(selector));
    let answer = client.view(scope, Projection { name: "measured Pods", args, of: tally, join: sum })?;
    Ok(Counts {
        ready: answer["ready"].count(),
        pending: answer["pending"].count(),
        waiting: answer["waiting"].count(),
        requested: answer["requested"].as_int(),
    })
}

/// Source: `groupPods`, L416. Pods that are being deleted or have failed do not count, and none that has ended well can be measured.
fn tally(args: &Value, pods: &[Object]) -> Value {
    let (mut ready, mut pending, mut waiting, mut requested) = (0, 0, 0, Some(0));
    for pod in pods.iter().filter(|pod| template::is_active(pod)) {
        let request = requested_by(pod, args["resource"].text(), args["container"].text());
        if pod["status"]["phase"].text() != "Running" {
            pending += 1;
        } else if template::is_ready(pod) {
            ready += 1;
            requested = requested.zip(request).map(|(sum, more)| sum + more);
        } else {
            waiting += 1;
        }
        requested = requested.filter(|_| request.is_some());
    }
    let tally = Value::from(json!({"ready": ready, "pending": pending, "waiting": waiting}));
    requested.map_or(tally.clone(), |requested: i64| tally.with(&["requested"], requested))
}

fn sum(_: &Value, left: &Value, right: &Value) -> Value {
    let mut sum = Value::map();
    for field in ["ready", "pending", "waiting"] {
        sum.set(&[field], left[field].count() + right[field].count());
    }
    if let Some((left, right)) = left["requested"].as_int().zip(right["requested"].as_int()) {
        sum.set(&["requested"], left + right);
    }
    sum
}

/// What a Pod requests, in thousandths; none if one of the containers that count requests nothing.
///
/// Source: `calculateRequests`, L475.
fn requested_by(pod: &Object, resource: &str, container: &str) -> Option<i64> {
    let spec = &pod["spec"];
    let milli = |amount: &Value| Quantity::of(amount).and_then(|amount| i64::try_from(amount.milli).ok());
    let of_pod = &spec["resources"]["requests"];
    if container.is_empty() && !of_pod.is_null() {
        return milli(&of_pod[resource]);
    }
    let beside = spec["initContainers"].items().iter().filter(|beside| beside["restartPolicy"].text() == "Always");
    let all = spec["containers"].items().iter().chain(beside);
    let counting: Vec<&Value> = all.filter(|one| container.is_empty() || one["name"].text() == container).collect();
    let requests = counting.iter().map(|one| milli(&one["resources"]["requests"][resource]));
    requests.sum::<Option<i64>>().filter(|_| !counting.is_empty())
}

impl Gauge {
    /// None if the metric cannot be had.
    fn of(metric: &Value, counts: Counts) -> Option<Gauge> {
        let target = match metric["type"].text() {
            "Resource" => &metric["resource"]["target"],
            "ContainerResource" => &metric["containerResource"]["target"],
            "Pods" => &metric["pods"]["target"],
            _ => return None,
        };
        if let Some(amount) = Quantity::of(&target["averageValue"]) {
            let target = Some(amount.milli).filter(|amount| *amount > 0)?;
            return Some(Gauge { target, request: 1, parts: 1, fallback: target });
        }
        let target = target["averageUtilization"].as_int().map(i128::from).filter(|percent| *percent > 0)?;
        let request = counts.requested?.checked_div(counts.ready).map(i128::from).filter(|request| *request > 0)?;
        Some(Gauge { target, request, parts: 100, fallback: request * target.max(100) / 100 })
    }

    /// What each of the Pods uses, rounded up as quantities are.
    fn usage(&self, Measured { asked, ready_then }: Measured) -> i128 {
        let above = i128::from(asked).saturating_mul(self.target).saturating_mul(self.request);
        let below = self.parts * i128::from(ready_then);
        above / below + i128::from(above % below != 0)
    }

    /// Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/metrics/utilization.go#L26>.
    #[allow(clippy::cast_precision_loss, reason = "the real one does so")]
    fn ratio(&self, used: i128, n_pods: i64) -> f64 {
        (used.saturating_mul(self.parts) / (self.request * i128::from(n_pods))) as f64 / self.target as f64
    }
}

/// How many replicas one metric asks for where there are `current`; none if the metric cannot be had.
pub(super) fn proposed(
    metric: &Value,
    measured: Measured,
    counts: Counts,
    current: i64,
    tolerances: Tolerances,
) -> Option<i64> {
    let gauge = Gauge::of(metric, counts).filter(|_| counts.ready > 0 && measured.ready_then > 0)?;
    let of_cpu =
        [&metric["resource"], &metric["containerResource"]].iter().any(|source| source["name"].text() == "cpu");
    let (unready, missing) =
        if of_cpu { (counts.pending + counts.waiting, 0) } else { (counts.pending, counts.waiting) };
    let mut used = gauge.usage(measured).saturating_mul(counts.ready.into());
    let mut n_pods = counts.ready;
    let first = gauge.ratio(used, n_pods);
    let grows_beside_unready = unready > 0 && first > 1.0;
    if !grows_beside_unready && missing == 0 {
        return Some(if tolerances.hold(first) { current } else { rounded_up(first, n_pods) });
    }
    if first < 1.0 {
        used = used.saturating_add(gauge.fallback * i128::from(missing));
    }
    if first != 1.0 {
        n_pods += missing;
    }
    if grows_beside_unready {
        n_pods += unready;
    }
    let ratio = gauge.ratio(used, n_pods);
    let turns = |a: f64, b: f64| a < 1.0 && b > 1.0 || a > 1.0 && b < 1.0;
    let proposed = rounded_up(ratio, n_pods);
    let is_backwards = ratio < 1.0 && proposed > current || ratio > 1.0 && proposed < current;
    Some(if tolerances.hold(ratio) || turns(first, ratio) || is_backwards { current } else { proposed })
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "the real one does so")]
fn rounded_up(ratio: f64, n_pods: i64) -> i64 {
    (ratio * n_pods as f64).ceil().min(f64::from(i32::MAX)) as i64
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Value, json};

    use super::{Counts, Measured, Tolerances, proposed};

    const TENTH: Tolerances = Tolerances { down: 0.1, up: 0.1 };

    fn check(metric: &Value, (asked, ready_then): (i64, i64), counts: Counts, expect: Option<i64>) {
        let current = counts.ready + counts.pending + counts.waiting;
        let measured = Measured { asked, ready_then };
        assert_eq!(proposed(metric, measured, counts, current, TENTH), expect, "{measured:?} {counts:?}");
    }

    fn cpu() -> Value {
        let target = json!({"type": "Utilization", "averageUtilization": 50});
        Value::from(json!({"type": "Resource", "resource": {"name": "cpu", "target": target}}))
    }

    fn ready(ready: i64) -> Counts {
        Counts { ready, requested: Some(ready * 100), ..Counts::default() }
    }

    #[test]
    fn whole_percents_are_what_is_compared() {
        check(&cpu(), (12, 4), ready(16), Some(48));
        check(&cpu(), (12, 16), ready(30), Some(23));
        check(&cpu(), (12, 23), ready(4), Some(3));
        check(&cpu(), (12, 10), ready(3), Some(4));
    }

    #[test]
    fn a_ratio_near_one_changes_nothing() {
        check(&cpu(), (12, 11), ready(11), Some(11));
        check(&cpu(), (12, 13), ready(13), Some(13));
        check(&cpu(), (12, 10), ready(10), Some(12));
    }

    #[test]
    fn without_requests_or_ready_pods_there_is_nothing_to_compare() {
        check(&cpu(), (12, 4), Counts { requested: None, ..ready(4) }, None);
        check(&cpu(), (12, 0), ready(4), None);
        check(&cpu(), (12, 4), Counts { pending: 4, ..ready(0) }, None);
    }

    #[test]
    fn pods_that_are_not_ready_dampen_growth() {
        check(&cpu(), (12, 4), Counts { pending: 4, ..ready(4) }, Some(12));
        check(&cpu(), (12, 4), Counts { pending: 8, ..ready(4) }, Some(12));
        check(&cpu(), (12, 4), Counts { waiting: 12, ..ready(4) }, Some(16));
    }

    #[test]
    fn pods_of_which_a_metric_is_missing_dampen_shrinking() {
        let target = json!({"type": "AverageValue", "averageValue": "10"});
        let metric = Value::from(json!({"type": "Pods", "pods": {"metric": {"name": "rate"}, "target": target}}));
        check(&metric, (6, 10), ready(10), Some(6));
        check(&metric, (6, 10), Counts { waiting: 4, ..ready(10) }, Some(10));
        check(&metric, (5, 4), ready(4), Some(5));
    }
}
