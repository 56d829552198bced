//! HorizontalPodAutoscalers: keep the replicas of a target between bounds, and where in between as the load asks.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/horizontal.go>, `reconcileAutoscaler`.
//!
//! * `target`: what is scaled; `load`: how many replicas the load asks for; `metric`: what is told of metrics; `rivals`: other autoscalers of
//!   the same Pods
//! * with a clock, `pace`: by which times it goes; `timed`: when it looks, and what it does then; `measured`: what metrics say; `rules`: windows and
//!   rates; `memory`: what it remembers
//!
//! The bounds are enforced before any metric is looked at, and by each autoscaler for itself: two of one target with bounds that do not meet fight.
//!
//! Left out: `lastScaleTime`, what was measured (`currentMetrics`), and targets of which several versions of a kind compete. Without a clock also
//! `behavior` (with it the rate at which the replicas grow is not limited at all here), stabilization windows and tolerances.

mod load;
mod measured;
mod memory;
mod metric;
mod pace;
mod rivals;
mod rules;
mod target;
#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod tests;
mod timed;
#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod timed_tests;

use evenkeel_api::Scope;
use evenkeel_control::{Client, Controller, Done, OwnWrites, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Value};

pub use load::Load;
pub use pace::Pace;

use crate::condition::{self, condition};
use evenkeel_control::halt::{Halt, ended};
use target::Target;

/// What may be set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// The load behind every target.
    pub load: Load,
    /// How time passes; without it, it looks at any moment, and at metrics that are always up to date.
    pub pace: Option<Pace>,
}

/// The controller of HorizontalPodAutoscalers.
#[derive(Clone, Debug)]
pub struct Autoscalers {
    settings: Settings,
}

/// The kind.
pub fn kind() -> Kind {
    Kind::new("autoscaling", "HorizontalPodAutoscaler")
}

impl Autoscalers {
    /// The controller with these settings.
    pub fn new(settings: Settings) -> Autoscalers {
        Autoscalers { settings }
    }
}

impl Controller for Autoscalers {
    fn name(&self) -> &str {
        "horizontal-pod-autoscaler"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::Periodically
    }

    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/horizontal.go#L559: EnsureReady
    fn own_writes(&self) -> OwnWrites {
        OwnWrites::Awaited
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        let Some(autoscaler) = client.get(key)? else {
            return Ok(Done::Settled);
        };
        // What goes wrong is tried again at the next interval anyway.
        let looked = match &self.settings.pace {
            Some(pace) => self.looked_at(client, &autoscaler, pace),
            None => self.scaled(client, &autoscaler),
        };
        match ended(looked)? {
            Done::Retry(_) | Done::Settled => Ok(Done::Settled),
        }
    }
}

/// The bounds of an autoscaler.
fn bounds(autoscaler: &Object) -> (i64, i64) {
    let spec = &autoscaler["spec"];
    (spec["minReplicas"].as_int().unwrap_or(1), spec["maxReplicas"].count())
}

/// What a pass comes to.
enum Decision {
    /// Nothing could be decided: only the conditions change.
    Nothing,
    /// The target stays as it is.
    Stay,
    /// The target gets that many replicas.
    Rescale(i64),
}

impl Autoscalers {
    fn scaled(&self, client: &mut Client<'_>, before: &Object) -> Result<(), Halt> {
        let mut after = before.clone();
        let target = match target::found(client, before)? {
            Ok(target) => target,
            Err(why) => {
                let text = format!("the HPA controller was unable to get the target's current scale: {why}");
                tell(&mut after, "AbleToScale", "False", "FailedGetScale", &text);
                return write(client, before, after);
            }
        };
        let text = "the HPA controller was able to get the target's current scale";
        tell(&mut after, "AbleToScale", "True", "SucceededGetScale", text);
        // Each pass tells what it measured itself: nothing, where the bounds decide.
        after.remove(&["status", "currentMetrics"]);
        let decision = match decided_at_once(client, &mut after, &target)? {
            Some(decision) => decision,
            None => self.settings.load.decided(client, &mut after, &target)?,
        };
        let desired = match decision {
            Decision::Nothing => after["status"]["desiredReplicas"].count(),
            Decision::Stay => target.replicas,
            Decision::Rescale(to) => match rescale(client, &mut after, &target, to)? {
                true => to,
                false => after["status"]["desiredReplicas"].count(),
            },
        };
        count(&mut after, target.replicas, desired);
        write(client, before, after)
    }
}

/// What is decided before any metric is looked at, if anything is.
fn decided_at_once(
    client: &mut Client<'_>,
    autoscaler: &mut Object,
    target: &Target,
) -> Result<Option<Decision>, Pause> {
    let (least, most) = bounds(autoscaler);
    if target.replicas == 0 && !wakes_from_zero(autoscaler, least) {
        let text = "scaling is disabled since the replica count of the target is zero";
        tell(autoscaler, "ScalingActive", "False", "ScalingDisabled", text);
        return Ok(Some(Decision::Stay));
    }
    if target.replicas > most {
        client.because(format!("{} has maxReplicas {most}", autoscaler.key()));
        return Ok(Some(Decision::Rescale(most)));
    }
    if target.replicas != 0 && target.replicas < least {
        client.because(format!("{} has minReplicas {least}", autoscaler.key()));
        return Ok(Some(Decision::Rescale(least)));
    }
    if let Some((reason, text)) = rivals::objection(client, autoscaler, target)? {
        tell(autoscaler, "ScalingActive", "False", reason, &text);
        return Ok(Some(Decision::Nothing));
    }
    Ok(None)
}

/// Whether a target of which nothing runs may be scaled: only if an autoscaler took it to zero, and is either not to have it there any more or has
/// metrics that say something without Pods.
///
/// Source: `shouldComputeMetricsForZeroReplicas`.
fn wakes_from_zero(autoscaler: &Object, least: i64) -> bool {
    autoscaler.is_condition_true("ScaledToZero") && (least != 0 || sees_without_pods(autoscaler))
}

fn sees_without_pods(autoscaler: &Object) -> bool {
    let metrics = autoscaler["spec"]["metrics"].items().iter();
    metrics.map(|metric| metric["type"].text()).any(|kind| matches!(kind, "Object" | "External"))
}

/// Sets the target's replicas and tells of it; whether it was accepted.
fn rescale(client: &mut Client<'_>, autoscaler: &mut Object, target: &Target, to: i64) -> Result<bool, Pause> {
    let refusal = match client.scale(&target.key, to)? {
        Err(refusal) if refusal.is_conflict() => client.scale(&target.key, to)?.err(),
        answer => answer.err(),
    };
    if let Some(refusal) = refusal {
        let text = format!("the HPA controller was unable to update the target scale: {}", refusal.message);
        tell(autoscaler, "AbleToScale", "False", "FailedUpdateScale", &text);
        return Ok(false);
    }
    let text = format!("the HPA controller was able to update the target scale to {to}");
    tell(autoscaler, "AbleToScale", "True", "SucceededRescale", &text);
    let (least, _) = bounds(autoscaler);
    if target.replicas > 0 && to == 0 && least == 0 && sees_without_pods(autoscaler) {
        let text = "the HPA controller scaled the workload to zero";
        tell(autoscaler, "ScaledToZero", "True", "ScaledToZero", text);
    } else {
        let text = "the HPA controller did not scale the workload to zero";
        tell(autoscaler, "ScaledToZero", "False", "NotScaledToZero", text);
    }
    Ok(true)
}

/// Sets a condition in the status.
fn tell(autoscaler: &mut Object, kind: &str, status: &str, reason: &str, message: &str) {
    let mut told = autoscaler["status"].clone();
    condition::replace(&mut told, condition(kind, status, reason, message));
    autoscaler.set(&["status"], told);
}

/// Source: `setStatus`.
fn count(autoscaler: &mut Object, current: i64, desired: i64) {
    if current == 0 {
        autoscaler.remove(&["status", "currentReplicas"]);
    } else {
        autoscaler.set(&["status", "currentReplicas"], current);
    }
    autoscaler.set(&["status", "desiredReplicas"], desired);
    let generation = autoscaler["metadata"]["generation"].clone();
    if !generation.is_null() {
        autoscaler.set(&["status", "observedGeneration"], generation);
    }
}

fn write(client: &mut Client<'_>, before: &Object, after: Object) -> Result<(), Halt> {
    if differ(before, &after) {
        client.update_status(after)??;
    }
    Ok(())
}

/// Whether anything in the status has changed.
fn differ(before: &Object, after: &Object) -> bool {
    let plain = |status: &Value| {
        let mut status = status.clone();
        // The server fills in that there is none.
        if status["currentMetrics"].is_null() {
            status.remove(&["currentMetrics"]);
        }
        status
    };
    plain(&before["status"]) != plain(&after["status"])
}
