//! The clock of a Scenario: how long a tick is, and what is counted in ticks.

use evenkeel_model::fields::Fields;
use evenkeel_object::{Object, Problem, Value};
use evenkeel_roster::autoscaler::{Load, Pace};

use crate::input::Input;
use crate::setup::everything;

/// The most ticks that anything may take that is counted.
const TICKS_MAX: i64 = 10_000;

/// How time passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clock {
    /// The times by which autoscalers go, and the tick of the clock.
    pub autoscalers: Pace,
}

impl Default for Clock {
    /// A tick a second, and the flags of the controller manager as they are by default.
    ///
    /// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/config/v1alpha1/defaults.go#L37>.
    fn default() -> Clock {
        Clock { autoscalers: Pace { tick: 1_000, period: 15_000, lag: 0, stabilization: 300_000 } }
    }
}

impl Clock {
    /// Reads the map of that name; none if there is none.
    pub(crate) fn read(environment: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Clock> {
        let mut fields = environment.map("clock", problems)?;
        let Clock { autoscalers: mut pace } = Clock::default();
        read_into(&mut pace.tick, &mut fields, "tick", problems);
        if pace.tick == 0 {
            fields.wrong("tick", "a duration that is not zero", problems);
            pace.tick = Clock::default().autoscalers.tick;
        }
        if let Some(mut autoscalers) = fields.map("autoscalers", problems) {
            read_into(&mut pace.period, &mut autoscalers, "syncPeriod", problems);
            read_into(&mut pace.lag, &mut autoscalers, "metricsLag", problems);
            read_into(&mut pace.stabilization, &mut autoscalers, "downscaleStabilization", problems);
            for (name, duration, has_to_fit) in [
                ("syncPeriod", pace.period, true),
                ("metricsLag", pace.lag, true),
                ("downscaleStabilization", pace.stabilization, false),
            ] {
                check(&autoscalers, (name, duration, has_to_fit), pace.tick, problems);
            }
            if pace.period == 0 {
                autoscalers.wrong("syncPeriod", "a duration that is not zero", problems);
                pace.period = pace.tick;
            }
            autoscalers.end(problems);
        } else {
            check(&fields, ("tick", pace.period, true), pace.tick, problems);
        }
        fields.end(problems);
        Some(Clock { autoscalers: pace })
    }

    /// What is said of it in a verdict.
    pub(crate) fn told(&self, input: &Input) -> Vec<String> {
        let Pace { tick, period, lag, stabilization } = self.autoscalers;
        let mut texts = vec![format!(
            "a clock with ticks of {}: everything else is quick, so that the next one comes where nobody has anything left to do",
            written(tick)
        )];
        let any = |kind: &str| everything(input).any(|object| object["kind"].text() == kind);
        if any("HorizontalPodAutoscaler") {
            let lag = if lag == 0 { "up to date".to_owned() } else { format!("{} old", written(lag)) };
            texts.push(format!("autoscalers look every {}, at metrics that are {lag}", written(period)));
            let held = "recommendations of the last";
            texts.push(format!(
                "{held} {} keep replicas up, unless an autoscaler says otherwise",
                written(stabilization)
            ));
        }
        let untimed: Vec<&str> =
            UNTIMED.iter().filter(|(kinds, _)| kinds.iter().any(|kind| any(kind))).map(|(_, what)| *what).collect();
        if !untimed.is_empty() {
            texts.push(format!("not counted by the clock: {}", untimed.join(", ")));
        }
        texts
    }
}

/// What takes time, and is not counted, by the kinds that have it.
const UNTIMED: &[(&[&str], &str)] = &[
    (&["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"], "minReadySeconds"),
    (&["Deployment"], "progressDeadlineSeconds"),
    (&["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"], "tolerationSeconds"),
    (&["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"], "grace periods"),
    (&["Job", "CronJob"], "deadlines, back-off and time to live of Jobs"),
];

/// What of the objects a clock cannot count.
pub(crate) fn beyond(input: &Input) -> Option<String> {
    let clock = input.scenario.clock?;
    let is_autoscaler = |object: &&Object| object.kind().is("autoscaling", "HorizontalPodAutoscaler");
    let made = input
        .models
        .iter()
        .find(|model| model.makes().iter().any(|kind| kind.is("autoscaling", "HorizontalPodAutoscaler")));
    if let Some(model) = made {
        return Some(format!(
            "{} makes autoscalers, and those that are made are not counted by a clock yet",
            model.name
        ));
    }
    everything(input)
        .filter(is_autoscaler)
        .find_map(|autoscaler| beyond_of(autoscaler, clock.autoscalers, input.scenario.load))
}

fn beyond_of(autoscaler: &Object, pace: Pace, load: Load) -> Option<String> {
    let key = autoscaler.key();
    let mut metrics = autoscaler["spec"]["metrics"].items().iter().map(|metric| metric["type"].text());
    if load != Load::Unknown
        && let Some(kind) = metrics.find(|kind| matches!(*kind, "Object" | "External"))
    {
        return Some(format!(
            "{key} has a metric of type {kind}, and with a clock only those of its own Pods are worked out"
        ));
    }
    let behavior = &autoscaler["spec"]["behavior"];
    let rules = [&behavior["scaleUp"], &behavior["scaleDown"]];
    let windows = rules.iter().map(|rules| &rules["stabilizationWindowSeconds"]);
    let periods = rules.iter().flat_map(|rules| rules["policies"].items()).map(|policy| &policy["periodSeconds"]);
    let longest = windows.chain(periods).filter_map(Value::as_int).max()?;
    let ticks = longest.saturating_mul(1_000) / pace.tick;
    (ticks > TICKS_MAX).then(|| format!("{key} looks back {ticks} ticks, and at most {TICKS_MAX} are counted"))
}

fn read_into(into: &mut i64, fields: &mut Fields<'_>, name: &'static str, problems: &mut Vec<Problem>) {
    let Some(text) = fields.text(name, problems) else { return };
    match duration(&text) {
        Some(duration) => *into = duration,
        None => fields.wrong(name, "a duration, as 500ms, 15s or 1m30s", problems),
    }
}

fn check(fields: &Fields<'_>, (name, duration, has_to_fit): (&str, i64, bool), tick: i64, problems: &mut Vec<Problem>) {
    if has_to_fit && duration % tick != 0 {
        let expected = format!("durations of which each is a multiple of the tick, which is {}", written(tick));
        let message = format!("{} is no whole number of ticks", written(duration));
        problems.push(fields.problem(name, message, &expected));
    } else if duration / tick > TICKS_MAX {
        let message = format!("{} takes {} ticks", written(duration), duration / tick);
        problems.push(fields.problem(name, message, &format!("at most {TICKS_MAX} ticks of {}", written(tick))));
    }
}

/// A duration in milliseconds, as Go writes them: `1m30s`, `1.5h`, `500ms`. None if it is none, or has parts of a millisecond.
///
/// <https://pkg.go.dev/time#ParseDuration>.
fn duration(text: &str) -> Option<i64> {
    const UNITS: [(&str, i64); 4] = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let mut rest = text;
    let mut sum = (text == "0").then_some(0);
    while !rest.is_empty() && text != "0" {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let (unit, factor) = UNITS.iter().find(|(unit, _)| after.starts_with(unit))?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let scale = 10_i64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let thousandths = format!("{whole}{fraction}").parse::<i64>().ok()?.checked_mul(*factor)?;
        if thousandths % scale != 0 {
            return None;
        }
        sum = Some(sum.unwrap_or(0_i64).checked_add(thousandths / scale)?);
        rest = &after[unit.len()..];
    }
    sum
}

/// A duration for people.
fn written(millis: i64) -> String {
    let (minutes, seconds, millis) = (millis / 60_000, millis / 1_000 % 60, millis % 1_000);
    let parts = [(minutes, "min"), (seconds, "s"), (millis, "ms")];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number} {unit}")).collect();
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::{duration, written};

    #[test]
    fn durations_are_read_as_kubernetes_spells_them() {
        let read = ["15s", "1m30s", "1.5h", "500ms", "0s", "0", "5m"].map(duration);
        let millis = [15_000, 90_000, 5_400_000, 500, 0, 0, 300_000];
        assert_eq!(read, millis.map(Some));
        assert_eq!(["", "5", "s", "-1s", "1d", "1.5ms", "1s2", "99999999999999999h"].map(duration), [None; 8]);
    }

    #[test]
    fn durations_are_told_in_plain_units() {
        assert_eq!([0, 500, 3_000, 90_000, 300_000].map(written), ["0 s", "500 ms", "3 s", "1 min 30 s", "5 min"]);
    }
}
