//! What becomes of a recommendation: held back by those before it, limited in its rate, and kept within the bounds.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/horizontal.go#L1109>, `normalizeDesiredReplicas`, and L1144,
//! `normalizeDesiredReplicasWithBehaviors`.
//!
//! Left out: where the longest period of the policies for one direction is shorter than that for the other, the real one may overwrite a change that the
//! other still counts.

use evenkeel_object::{Object, Quantity, Value};

use super::load::{fastest, limited};
use super::measured::Tolerances;
use super::memory::{Kept, Memory};
use super::pace::Pace;
use super::{bounds, tell};

/// The `--horizontal-pod-autoscaler-tolerance` that is the default.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/config/v1alpha1/defaults.go>.
const TOLERANCE: f64 = 0.1;

/// The rules of an autoscaler, which the server has filled in where it has any.
pub(super) struct Rules<'o> {
    pace: &'o Pace,
    up: &'o Value,
    down: &'o Value,
    has_behavior: bool,
}

impl<'o> Rules<'o> {
    pub(super) fn of(autoscaler: &'o Object, pace: &'o Pace) -> Rules<'o> {
        let behavior = &autoscaler["spec"]["behavior"];
        Rules { pace, up: &behavior["scaleUp"], down: &behavior["scaleDown"], has_behavior: !behavior.is_null() }
    }

    /// Source: `tolerancesForHpa`, L1575.
    pub(super) fn tolerances(&self) -> Tolerances {
        let of = |rules: &Value| {
            #[allow(clippy::cast_precision_loss, reason = "the real one does so")]
            let told = Quantity::of(&rules["tolerance"]).map(|tolerance| tolerance.milli as f64 / 1000.0);
            told.unwrap_or(TOLERANCE)
        };
        Tolerances { down: of(self.down), up: of(self.up) }
    }

    /// How many places of each list can still matter.
    pub(super) fn kept(&self) -> Kept {
        let longest = [self.up, self.down].iter().flat_map(|rules| rules["policies"].items()).map(period).max();
        Kept {
            samples: self.pace.behind().0,
            recommendations: self.reach_up().max(self.reach_down()),
            changes: self.pace.reach(longest.unwrap_or(0)),
            least: self.reach_up() > 0,
        }
    }

    fn reach_up(&self) -> usize {
        self.pace.reach(self.window_up())
    }

    fn reach_down(&self) -> usize {
        self.pace.reach(self.window_down())
    }

    /// For how long recommendations hold the replicas down, and up, in milliseconds.
    fn window_up(&self) -> i64 {
        self.up["stabilizationWindowSeconds"].count() * 1000
    }

    fn window_down(&self) -> i64 {
        let told = self.down["stabilizationWindowSeconds"].as_int();
        told.map_or(self.pace.stabilization, |seconds| seconds * 1000)
    }

    /// How many replicas a target of `current` gets where `proposed` are recommended; tells what became of the recommendation.
    pub(super) fn followed(
        &self,
        autoscaler: &mut Object,
        current: i64,
        proposed: i64,
        (memory, first): (&Memory, Option<i64>),
    ) -> i64 {
        let (held, reason) = self.stabilized(current, proposed, (memory, first));
        let (reason, text) = if held == proposed {
            ("ReadyForNewScale", "recommended size matches current size")
        } else if reason == "ScaleUpStabilized" {
            (reason, "recent recommendations were lower than current one, applying the lowest recent recommendation")
        } else {
            (reason, "recent recommendations were higher than current one, applying the highest recent recommendation")
        };
        tell(autoscaler, "AbleToScale", "True", reason, text);
        let (least, most) = bounds(autoscaler);
        let (desired, reason, text) = if self.has_behavior {
            self.slowed((current, held), (least, most), memory)
        } else {
            let fastest = fastest(current);
            limited(held, least, most.min(fastest), fastest < most)
        };
        let status = if desired == held { "False" } else { "True" };
        tell(autoscaler, "ScalingLimited", status, reason, text);
        desired
    }

    /// Source: `stabilizeRecommendation`, L1083, and `stabilizeRecommendationWithBehaviors`, L1257.
    fn stabilized(&self, current: i64, proposed: i64, (memory, first): (&Memory, Option<i64>)) -> (i64, &'static str) {
        let first = first.unwrap_or(proposed);
        let greatest = memory.range(self.reach_down(), proposed).1;
        let greatest = if self.window_down() > 0 { greatest.max(first) } else { greatest };
        if !self.has_behavior {
            return (greatest, "ScaleDownStabilized");
        }
        let least = memory.range(self.reach_up(), proposed).0;
        let least = if self.window_up() > 0 { least.min(first) } else { least };
        let reason = if proposed >= current { "ScaleUpStabilized" } else { "ScaleDownStabilized" };
        (current.max(least).min(greatest), reason)
    }

    /// Source: `convertDesiredReplicasWithBehaviorRate`, L1317.
    fn slowed(
        &self,
        (current, held): (i64, i64),
        (least, most): (i64, i64),
        memory: &Memory,
    ) -> (i64, &'static str, &'static str) {
        if held > current {
            let rate = self.rate(true, current, memory).max(current);
            return limited(held, held, most.min(rate), rate < most);
        }
        let rate = self.rate(false, current, memory).min(current);
        if held < current && least < rate && held < rate {
            let text = "the desired replica count is decreasing faster than the maximum scale rate";
            return (rate, "ScaleDownLimit", text);
        }
        if held < current { limited(held, least, held.max(least), false) } else { limited(held, held, held, false) }
    }

    /// How far the replicas may go now by the policies for one direction.
    ///
    /// Source: `calculateScaleUpLimitWithScalingRules`, L1434, and `calculateScaleDownLimitWithBehaviors`, L1463.
    fn rate(&self, is_up: bool, current: i64, memory: &Memory) -> i64 {
        let rules = if is_up { self.up } else { self.down };
        let limits = rules["policies"].items().iter().map(|policy| {
            let reach = self.pace.reach(period(policy));
            let sum = |changes: &[i64]| changes.iter().take(reach).sum::<i64>();
            let start = current - sum(&memory.raised) + sum(&memory.lowered);
            allowed(start, policy, is_up)
        });
        let limit = match rules["selectPolicy"].text() {
            "Disabled" => None,
            select if (select == "Min") == is_up => limits.min(),
            _ => limits.max(),
        };
        limit.unwrap_or(current)
    }
}

/// The period of a policy, in milliseconds.
fn period(policy: &Value) -> i64 {
    policy["periodSeconds"].count() * 1000
}

/// How many replicas a policy allows where there were `start` when its period began.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "the real one does so")]
fn allowed(start: i64, policy: &Value, is_up: bool) -> i64 {
    let value = policy["value"].count();
    match (policy["type"].text(), is_up) {
        ("Percent", true) => (start as f64 * (1.0 + value as f64 / 100.0)).ceil() as i64,
        ("Percent", false) => (start as f64 * (1.0 - value as f64 / 100.0)) as i64,
        (_, true) => start + value,
        (_, false) => start - value,
    }
}
