//! How many replicas the load asks for.

use evenkeel_control::{Client, Pause};
use evenkeel_object::Object;

use super::target::Target;
use super::{Decision, bounds, metric, tell};

/// The load behind the targets. It is constant: who asks for 3 replicas once asks for 3 as long as the autoscaler lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Load {
    /// Nothing is known of it: there are no metrics. Only the bounds are enforced.
    #[default]
    Unknown,
    /// It asks for that many replicas, whatever the bounds are.
    Constant(i64),
    /// It asks for some number of replicas between the bounds: each of them is a possible world. Which it is, is noted in the text of the condition
    /// `ScalingActive`; whoever deletes that condition changes the world.
    Any,
}

/// How the text of the condition begins that says that there was a metric.
pub(super) const CALCULATED: &str = "the HPA was able to successfully calculate a replica count";

/// What follows where the number that the load asks for was chosen. (The real one names the metric there, too.)
const ASKS_FOR: &str = ": the load asks for ";

impl Load {
    /// What the load makes of a target that is within its bounds.
    pub(super) fn decided(
        self,
        client: &mut Client<'_>,
        autoscaler: &mut Object,
        target: &Target,
    ) -> Result<Decision, Pause> {
        let (least, most) = bounds(autoscaler);
        let asked = match (self, noted(autoscaler)) {
            (Load::Unknown, _) => {
                let (reason, text) = metric::why(autoscaler);
                tell(autoscaler, "ScalingActive", "False", reason, &text);
                let metrics = metric::metrics(autoscaler);
                autoscaler.set(&["status", "currentMetrics"], metrics);
                return Ok(Decision::Nothing);
            }
            (Load::Constant(replicas), _) | (Load::Any, Some(replicas)) => replicas,
            (Load::Any, None) => chosen(client, least, most)?,
        };
        client.because(format!("the load behind {} asks for {asked} replicas", autoscaler.key()));
        let text = match self {
            Load::Any => format!("{CALCULATED}{ASKS_FOR}{asked}"),
            _ => format!("{CALCULATED} from {}", metric::name(autoscaler)),
        };
        tell(autoscaler, "ScalingActive", "True", "ValidMetricFound", &text);
        let desired = followed(autoscaler, target.replicas, asked);
        Ok(if desired == target.replicas { Decision::Stay } else { Decision::Rescale(desired) })
    }
}

/// Tells how far the load is followed; how many replicas the target gets of that in one pass.
fn followed(autoscaler: &mut Object, now: i64, asked: i64) -> i64 {
    let (least, most) = bounds(autoscaler);
    let text = "recommended size matches current size";
    tell(autoscaler, "AbleToScale", "True", "ReadyForNewScale", text);
    let fastest = if autoscaler["spec"]["behavior"].is_null() { fastest(now) } else { most };
    let (desired, reason, text) = limited(asked, least, most.min(fastest), fastest < most);
    let status = if desired == asked { "False" } else { "True" };
    tell(autoscaler, "ScalingLimited", status, reason, text);
    desired
}

pub(super) fn chosen(client: &mut Client<'_>, least: i64, most: i64) -> Result<i64, Pause> {
    let options = usize::try_from(most - least + 1).unwrap_or(1).max(1);
    let choice = client.choose(options)?;
    Ok(least + i64::try_from(choice).unwrap_or(0))
}

/// What the load asked for before.
fn noted(autoscaler: &Object) -> Option<i64> {
    let text = autoscaler.condition("ScalingActive")["message"].text();
    text.strip_prefix(CALCULATED)?.strip_prefix(ASKS_FOR)?.parse().ok()
}

/// How far the replicas may grow in one pass.
///
/// Source: `calculateScaleUpLimit`.
pub(super) fn fastest(now: i64) -> i64 {
    now.saturating_mul(2).max(4)
}

/// What becomes of the number that the load asks for, with the reason.
///
/// Source: `convertDesiredReplicasWithRules`.
pub(super) fn limited(asked: i64, least: i64, most: i64, is_rate: bool) -> (i64, &'static str, &'static str) {
    if asked < least {
        (least, "TooFewReplicas", "the desired replica count is less than the minimum replica count")
    } else if asked <= most {
        (asked, "DesiredWithinRange", "the desired count is within the acceptable range")
    } else if is_rate {
        (most, "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
    } else {
        (most, "TooManyReplicas", "the desired replica count is more than the maximum replica count")
    }
}
