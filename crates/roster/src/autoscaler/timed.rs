//! Autoscalers where there is a clock: when one is looked at, and what is done then.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/horizontal.go#L345>: an autoscaler is looked at as soon as it
//! comes, L286, or its spec changes, L250, and then a whole period after each look.
//!
//! What counts down to the next look, and what is remembered until then, is a timer (`evenkeel_api::timer`). Where a look changes nothing, and the next ones
//! could change nothing either as long as all stays as it is, the timer is stopped: that is the same as looking in vain again and again. As soon as a look
//! would change something, it goes on, so that the next look comes after one tick, or more, up to a whole period: which, nobody knows.
//!
//! Simpler than the real one: a look out of turn counts, in everything that is remembered, as the look before it.

use evenkeel_api::timer;
use evenkeel_control::halt::Halt;
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Object, Value};

use super::load::{CALCULATED, chosen};
use super::measured::{Measured, counted, proposed};
use super::memory::Memory;
use super::rules::Rules;
use super::target::{self, Target};
use super::{Autoscalers, Decision, Load, Pace, bounds, count, decided_at_once, differ, metric, rescale, tell, write};

/// What makes it look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Turn {
    /// It is new.
    First,
    /// The period is over.
    Due,
    /// Its spec has changed; so many ticks are left of the period, or it is not known how many.
    Early(Option<i64>),
    /// Nothing: it is asked what a look would change.
    Imagined,
}

/// What a look comes to, before anything is written.
struct Look {
    after: Object,
    target: Option<Target>,
    decision: Decision,
    /// What is remembered then, but for what was recommended and done.
    memory: Memory,
    recommended: Vec<i64>,
    /// How many Pods are ready.
    ready: i64,
}

impl Look {
    /// By how much the replicas are to change.
    fn change(&self) -> i64 {
        match (&self.decision, &self.target) {
            (Decision::Rescale(to), Some(target)) => to - target.replicas,
            _ => 0,
        }
    }
}

impl Autoscalers {
    /// Does what has to be done at this tick.
    pub(super) fn looked_at(&self, client: &mut Client<'_>, autoscaler: &Object, pace: &Pace) -> Result<(), Halt> {
        let timer = client.get_live(&timer::key(autoscaler))?.filter(|timer| timer::is_of(timer, autoscaler));
        let Some(timer) = timer else {
            let memory = Memory { samples: vec![0; pace.behind().0], ..Memory::default() };
            return self.look(client, autoscaler, (Turn::First, memory), pace);
        };
        let (left, memory) = (timer::left(&timer), Memory::read(&timer["memory"]));
        let (n_samples, before) = pace.behind();
        let status = &autoscaler["status"];
        let seen = status["observedGeneration"].as_int();
        match left {
            Some(0) => self.look(client, autoscaler, (Turn::Due, memory), pace),
            Some(left) if before > 0 && left <= before && memory.samples.len() == n_samples => {
                sample(client, autoscaler, (left, memory))
            }
            left if seen.is_some_and(|seen| seen < autoscaler["metadata"]["generation"].count()) => {
                self.look(client, autoscaler, (Turn::Early(left), memory), pace)
            }
            Some(_) => Ok(()),
            None => self.look(client, autoscaler, (Turn::Imagined, memory), pace),
        }
    }

    fn look(
        &self,
        client: &mut Client<'_>,
        before: &Object,
        (turn, memory): (Turn, Memory),
        pace: &Pace,
    ) -> Result<(), Halt> {
        let known = memory.clone();
        let mut look = self.imagined(client, before, memory, pace)?;
        let (planned, rules) = (look.change(), Rules::of(before, pace));
        if turn == Turn::Imagined {
            finish(&mut look, true);
            let memory = look.memory.clone().looked(look.recommended.clone(), planned, rules.kept());
            let is_idle = planned == 0 && !differ(before, &look.after) && rests(&known, &memory, look.ready, pace);
            return if is_idle { Ok(()) } else { start(client, before, known, pace) };
        }
        let is_done = match (&look.decision, &look.target) {
            (Decision::Rescale(to), Some(target)) => rescale(client, &mut look.after, target, *to)?,
            _ => true,
        };
        finish(&mut look, is_done);
        let change = if is_done { planned } else { 0 };
        let Look { after, memory, recommended, ready, .. } = look;
        let memory = match turn {
            Turn::Early(_) => memory.looked_again(recommended, change, rules.kept()),
            _ => memory.looked(recommended, change, rules.kept()),
        };
        let is_same = !differ(before, &after) && rests(&known, &memory, ready, pace);
        if is_same && !is_done && turn == Turn::Due {
            // It is refused as it was before: it looks again and again, in vain.
            return Ok(());
        }
        let is_idle = is_same && planned == 0;
        let (left, memory) = match turn {
            Turn::Early(Some(left)) => (Some(left), Memory { samples: known.samples, ..memory }),
            _ if is_idle => (None, resting(memory, ready, pace)),
            Turn::Early(None) => started(client, Memory { samples: known.samples, ..memory }, pace)?,
            _ => (Some(pace.ticks()), memory),
        };
        client.create(timer::timer(before, left, memory.written()))??;
        write(client, before, after)
    }

    /// What a look would come to.
    fn imagined(
        &self,
        client: &mut Client<'_>,
        before: &Object,
        mut memory: Memory,
        pace: &Pace,
    ) -> Result<Look, Pause> {
        let mut after = before.clone();
        let target = match target::found(client, before)? {
            Ok(target) => target,
            Err(why) => {
                let text = format!("the HPA controller was unable to get the target's current scale: {why}");
                tell(&mut after, "AbleToScale", "False", "FailedGetScale", &text);
                let (decision, recommended) = (Decision::Nothing, Vec::new());
                return Ok(Look { after, target: None, decision, memory, recommended, ready: 0 });
            }
        };
        let text = "the HPA controller was able to get the target's current scale";
        tell(&mut after, "AbleToScale", "True", "SucceededGetScale", text);
        after.remove(&["status", "currentMetrics"]);
        let ready = counted(client, before, &target, &Value::Null)?.ready;
        if pace.behind().1 == 0 {
            memory.samples.insert(0, ready);
        }
        let first = memory.recommendations.is_none().then_some(target.replicas);
        memory.recommendations.get_or_insert_default();
        let mut recommended: Vec<i64> = first.into_iter().collect();
        let decision = match decided_at_once(client, &mut after, &target)? {
            Some(decision) => decision,
            None => {
                let (decision, proposed) = self.measured(client, &mut after, &target, (&mut memory, first), pace)?;
                recommended.extend(proposed);
                decision
            }
        };
        recommended.sort_unstable();
        recommended.dedup();
        Ok(Look { after, target: Some(target), decision, memory, recommended, ready })
    }

    /// What the metrics decide, and what they recommend.
    fn measured(
        &self,
        client: &mut Client<'_>,
        autoscaler: &mut Object,
        target: &Target,
        (memory, first): (&mut Memory, Option<i64>),
        pace: &Pace,
    ) -> Result<(Decision, Option<i64>), Pause> {
        let (least, most) = bounds(autoscaler);
        let asked = match (self.settings.load, memory.asked) {
            (Load::Unknown, _) => None,
            (Load::Constant(replicas), _) | (Load::Any, Some(replicas)) => Some(replicas),
            (Load::Any, None) => Some(chosen(client, least, most)?),
        };
        if self.settings.load == Load::Any {
            memory.asked = asked;
        }
        let ready_then = memory.samples.get(pace.behind().0).or(memory.samples.last()).copied().unwrap_or(0);
        let proposed = match asked {
            Some(asked) => self.asked_for(client, autoscaler, target, Measured { asked, ready_then }, pace)?,
            None => None,
        };
        let Some(proposed) = proposed else {
            let (reason, text) = metric::why(autoscaler);
            tell(autoscaler, "ScalingActive", "False", reason, &text);
            let metrics = metric::metrics(autoscaler);
            autoscaler.set(&["status", "currentMetrics"], metrics);
            return Ok((Decision::Nothing, None));
        };
        let asked = asked.unwrap_or(proposed);
        client
            .because(format!("{} is told of {ready_then} Pods under a load for {asked}: {proposed}", autoscaler.key()));
        tell(
            autoscaler,
            "ScalingActive",
            "True",
            "ValidMetricFound",
            &format!("{CALCULATED} from {}", metric::name(autoscaler)),
        );
        let rules = autoscaler.clone();
        let desired = Rules::of(&rules, pace).followed(autoscaler, target.replicas, proposed, (memory, first));
        let decision = if desired == target.replicas { Decision::Stay } else { Decision::Rescale(desired) };
        Ok((decision, Some(proposed)))
    }

    /// The most that any of the metrics asks for. None if none of them can be had, or one cannot and the others ask for less than there is.
    ///
    /// Source: `computeReplicasForMetrics`, L378.
    fn asked_for(
        &self,
        client: &mut Client<'_>,
        autoscaler: &Object,
        target: &Target,
        measured: Measured,
        pace: &Pace,
    ) -> Result<Option<i64>, Pause> {
        let tolerances = Rules::of(autoscaler, pace).tolerances();
        let mut all = Vec::new();
        for metric in autoscaler["spec"]["metrics"].items() {
            let counts = counted(client, autoscaler, target, metric)?;
            all.push(proposed(metric, measured, counts, target.replicas, tolerances));
        }
        let most = all.iter().flatten().max().copied();
        Ok(most.filter(|most| *most >= target.replicas || all.iter().all(Option::is_some)))
    }
}

/// Puts the numbers into the status, as they are when all is done.
fn finish(look: &mut Look, is_done: bool) {
    let Some(target) = &look.target else { return };
    let desired = match look.decision {
        Decision::Rescale(to) if is_done => to,
        Decision::Stay => target.replicas,
        _ => look.after["status"]["desiredReplicas"].count(),
    };
    count(&mut look.after, target.replicas, desired);
}

/// Whether a look that led from one memory to the other will lead nowhere else as long as so many Pods are ready.
fn rests(before: &Memory, after: &Memory, ready: i64, pace: &Pace) -> bool {
    let is_steady = before.samples.iter().chain(&after.samples).all(|sample| *sample == ready);
    let plain = |memory: &Memory| Memory { samples: Vec::new(), ..memory.clone() };
    (is_steady || pace.lag == 0) && plain(before) == plain(after)
}

/// What is remembered while the timer is stopped: also what would be measured next.
fn resting(memory: Memory, ready: i64, pace: &Pace) -> Memory {
    let (n_samples, before) = pace.behind();
    Memory { samples: vec![ready; n_samples + usize::from(before > 0)], ..memory }
}

/// Lets the timer go on, at any moment of a period.
fn started(client: &mut Client<'_>, mut memory: Memory, pace: &Pace) -> Result<(Option<i64>, Memory), Pause> {
    let options = usize::try_from(pace.ticks()).unwrap_or(1);
    let left = i64::try_from(client.choose(options)?).unwrap_or(0) + 1;
    let (n_samples, before) = pace.behind();
    if left > before {
        memory.samples.truncate(n_samples);
    }
    Ok((Some(left), memory))
}

fn start(client: &mut Client<'_>, autoscaler: &Object, memory: Memory, pace: &Pace) -> Result<(), Halt> {
    let (left, memory) = started(client, memory, pace)?;
    client.because("its next look comes at some moment of a period");
    client.create(timer::timer(autoscaler, left, memory.written()))??;
    Ok(())
}

/// Takes down how many Pods are ready, for a look to come.
fn sample(client: &mut Client<'_>, autoscaler: &Object, (left, mut memory): (i64, Memory)) -> Result<(), Halt> {
    let ready = match target::found(client, autoscaler)? {
        Ok(target) => counted(client, autoscaler, &target, &Value::Null)?.ready,
        Err(_) => 0,
    };
    memory.samples.insert(0, ready);
    client.because(format!("metrics of {ready} Pods are on their way"));
    client.create(timer::timer(autoscaler, Some(left), memory.written()))??;
    Ok(())
}
