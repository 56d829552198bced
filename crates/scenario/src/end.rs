//! What is told of the last state of a run: who waits for whom, and what is demanded and does not hold.

use evenkeel_cluster::{self as cluster, Action, Cluster, Narrator, State};
use evenkeel_parts::Part;
use evenkeel_report::{Evidence, Reference, Unmet, Wait};
use evenkeel_system::{Run, Verdict};

use crate::setup::Situation;
use crate::tell::{empty, told};

/// A run into a state that nothing leads out of.
pub(crate) fn dead_end(cluster: &Cluster, run: &Run<State, Action>, situation: &Situation) -> Evidence {
    let mut narrator = Narrator::new(cluster, &run.start);
    let mut evidence = empty(&narrator);
    evidence.prefix = told(&mut narrator, &run.actions, 1);
    let mut waits: Vec<Wait> =
        narrator.waits().into_iter().map(|(key, awaited)| Wait { object: Reference::from(&key), awaited }).collect();
    for (controller, key) in narrator.asleep() {
        let awaited = format!("{controller} would have something to do, and nothing wakes it");
        waits.push(Wait { object: Reference::from(&key), awaited });
    }
    // Those who try again and again are waited for; what they are told is the reason.
    for action in narrator.enabled() {
        let step = narrator.clone().take(&action);
        for sent in step.requests.iter().filter(|sent| sent.refused.is_some()) {
            let refusal = sent.refused.as_ref().map(ToString::to_string).unwrap_or_default();
            // Of one with many objects in hand it is said which it was.
            let what = if step.subject.kind.is("", "Step") { format!(" {}", sent.request.key) } else { String::new() };
            let awaited = format!("{} is refused{what} again and again: {refusal}", step.controller);
            let wait = Wait { object: Reference::from(&step.subject), awaited };
            if !waits.contains(&wait) {
                waits.push(wait);
            }
        }
        if let (Some(why), true) = (&step.retry, step.requests.iter().all(|sent| sent.refused.is_none())) {
            let awaited = format!("{} fails again and again: {why}", step.controller);
            waits.push(Wait { object: Reference::from(&step.subject), awaited });
        }
    }
    for (key, refusal) in &situation.refusals {
        if !narrator.objects().iter().any(|object| object.key() == *key)
            && !waits.iter().any(|wait| wait.object.key() == *key)
        {
            waits.push(Wait { object: Reference::from(key), awaited: format!("cannot be applied: {refusal}") });
        }
    }
    evidence.waits = waits;
    evidence.unmet = unmet(&narrator.unmet());
    evidence
}

/// A run to a state that breaks an invariant, or of which it is not known that it meets what is demanded.
pub(crate) fn way_to(cluster: &Cluster, run: &Run<State, Action>, verdict: Verdict) -> Evidence {
    let mut narrator = Narrator::new(cluster, &run.start);
    let mut evidence = empty(&narrator);
    evidence.prefix = told(&mut narrator, &run.actions, 1);
    evidence.unmet = unmet(&narrator.broken());
    if verdict == Verdict::Violates {
        evidence.unmet.retain(|unmet| unmet.error.is_none());
    } else if evidence.unmet.is_empty() {
        evidence.unmet = unmet(&narrator.unmet());
    }
    evidence
}

fn unmet(demands: &[cluster::Unmet]) -> Vec<Unmet> {
    let of = |unmet: &cluster::Unmet| {
        let demand = unmet.demand.clone();
        unmet.findings.clone().into_iter().map(move |finding| Unmet {
            name: demand.name.clone(),
            expression: demand.expression.text().to_owned(),
            object: finding.object.as_ref().map(Reference::from),
            error: finding.error,
        })
    };
    demands.iter().flat_map(of).collect()
}

/// The name of the invariant that is broken.
pub(crate) fn invariant(part: &Part) -> Option<String> {
    let place = part.judgement.invariant?;
    Some(part.cluster.legitimacy().invariants[place].name.clone())
}
