//! Asks the question and puts the answer together.

use std::collections::BTreeSet;

use evenkeel_check::{Question, explore};
use evenkeel_cluster::{Cluster, Granularity, Legitimacy};
use evenkeel_model::Model;
use evenkeel_object::{Kind, Object};
use evenkeel_parts::{Part, Parts as Explored, Setup, Whole, explore as explore_parts, search, severity, whole};
use evenkeel_report::Report;
use evenkeel_roster::nodes::Capacity;
use evenkeel_system::{Limits, Stop, Verdict, Watch};

use crate::beyond::beyond;
use crate::document::Scenario;
use crate::input::Input;
use crate::room;
use crate::setup::{Situation, assumed, everything};
use crate::tell;

/// How a check is run, apart from what it asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How far it may go.
    pub limits: Limits,
    /// Whether what does not touch is explored apart.
    pub parts: Parts,
}

/// Whether what does not touch is explored apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Parts {
    /// It is.
    #[default]
    Apart,
    /// Everything is explored together.
    Together,
}

/// The most final states of what was given from which the rest is explored.
const MAX_BEGINNINGS: usize = 64;

/// Answers the question that an input asks.
///
/// A run in which nobody interrupts a reconcile is a run in which each request is a step, too, and it is fair in both senses if it is in one; and a
/// cache that may lag need not. So a fault of a milder question is one of the question asked, and is looked for first, as it is found so much sooner.
pub fn run(input: &Input, settings: &Settings, watch: &mut dyn Watch) -> Report {
    for scenario in milder(&input.scenario) {
        let report = run_as_said(&Input { scenario, ..input.clone() }, settings, watch);
        if !matches!(report.verdict, Verdict::Stabilizes | Verdict::Undecided) {
            return Report { assumptions: tell::assumptions(input, report.assumptions), ..report };
        }
    }
    if input.scenario.granularity == Granularity::Interleaved && input.scenario.lag > 0 {
        let reason = "no fault was found with fresh caches or atomic reconciles; stale caches are not modelled yet \
                      where reconciles interleave";
        return tell::undecided(input, &question(input, settings), reason.to_owned());
    }
    run_as_said(input, settings, watch)
}

/// The scenarios under which less can happen, those that are explored sooner first.
fn milder(scenario: &Scenario) -> Vec<Scenario> {
    let is_interleaved = scenario.granularity == Granularity::Interleaved;
    let with = |granularity, lag| Scenario { granularity, lag, ..scenario.clone() };
    let mut milder = Vec::new();
    if is_interleaved || scenario.lag > 0 {
        milder.push(with(Granularity::Atomic, 0));
    }
    if is_interleaved && scenario.lag > 0 {
        milder.push(with(Granularity::Atomic, scenario.lag));
        milder.push(with(Granularity::Interleaved, 0));
    }
    milder
}

fn question(input: &Input, settings: &Settings) -> Question {
    Question { fairness: input.scenario.fairness, confluence: input.scenario.confluence, limits: settings.limits }
}

/// Answers the question in the granularity that it names.
fn run_as_said(input: &Input, settings: &Settings, watch: &mut dyn Watch) -> Report {
    let question = question(input, settings);
    if let Some(reason) = beyond(everything(input), input.scenario.load).into_iter().next() {
        return tell::undecided(input, &question, reason);
    }
    let (preset, mut environment) = assumed(input);
    environment.extend(tell::settings(input));
    let found = match input.scenario.settled {
        None => beginnings(input, &preset, &question, settings, watch),
        Some(_) => settled(input, &preset, &question, settings, watch),
    };
    let beginnings = match found {
        Ok(beginnings) => beginnings,
        Err(report) => return *report,
    };
    let mut worst: Option<Report> = None;
    let n_beginnings = beginnings.len();
    for beginning in beginnings {
        let applied = if input.scenario.settled.is_some() { &[] } else { &input.manifests[..] };
        let mut report = answer(input, Beginning { objects: &beginning, applied }, &question, settings, watch);
        report.assumptions.environment.clone_from(&environment);
        if n_beginnings > 1 {
            report
                .assumptions
                .environment
                .push(format!("each of the {n_beginnings} states in which what was given can settle"));
        }
        worst = Some(match worst {
            Some(known) => worse(known, report),
            None => report,
        });
    }
    worst.expect("there is at least one beginning")
}

/// Where a run begins.
#[derive(Clone, Copy)]
struct Beginning<'b> {
    /// What is there.
    objects: &'b [Object],
    /// What is then applied.
    applied: &'b [Object],
}

fn answer(
    input: &Input,
    beginning: Beginning<'_>,
    question: &Question,
    settings: &Settings,
    watch: &mut dyn Watch,
) -> Report {
    let (situation, parts) = match settings.parts {
        Parts::Apart => apart(input, beginning, question, watch),
        Parts::Together => {
            let situation = Situation::new(input, beginning.objects, beginning.applied);
            let parts = together(&situation, question, watch);
            (situation, parts)
        }
    };
    if let Some((key, why)) = situation.kept.first() {
        return tell::undecided(input, question, format!("{key} cannot be deleted, and nobody tries again: {why}"));
    }
    let whole: Whole = whole(&parts);
    tell::report(input, &situation, question, &parts.parts, &whole)
}

/// Each part on its own; with nodes that are never full if that comes to the same.
fn apart(input: &Input, beginning: Beginning<'_>, question: &Question, watch: &mut dyn Watch) -> (Situation, Explored) {
    if room::is_bounded(input) && room::is_constant(input) {
        let situation = Situation::with(Capacity::Ample, input, beginning.objects, beginning.applied);
        let parts = explore_parts(&situation, question, watch);
        if parts.finished && room::suffices(&parts.parts, situation.objects()) {
            return (situation, parts);
        }
    }
    let situation = Situation::new(input, beginning.objects, beginning.applied);
    let parts = explore_parts(&situation, question, watch);
    (situation, parts)
}

/// Everything as one part.
fn together(situation: &Situation, question: &Question, watch: &mut dyn Watch) -> Explored {
    let cluster = situation.whole();
    let judgement = search(&cluster, question, watch);
    Explored { parts: vec![Part::alone(cluster, judgement)], finished: true }
}

/// The stores from which the manifests are applied: the assumed objects, and what was given in each state in which it can settle.
pub(crate) fn beginnings(
    input: &Input,
    preset: &[Object],
    question: &Question,
    settings: &Settings,
    watch: &mut dyn Watch,
) -> Result<Vec<Vec<Object>>, Box<Report>> {
    if input.given.is_empty() {
        return Ok(vec![preset.to_vec()]);
    }
    let mut before = Input {
        given: Vec::new(),
        manifests: input.given.clone(),
        appliers: Vec::new(),
        pruned: Vec::new(),
        ..input.clone()
    };
    before.scenario = undisturbed(&before.scenario);
    // What is demanded is demanded of what happens from then on.
    before.scenario.legitimacy = Legitimacy::default();
    let situation = Situation::new(&before, preset, &before.manifests);
    let cluster = situation.whole();
    let judgement = search(&cluster, question, watch);
    if judgement.verdict != Verdict::Stabilizes {
        let parts = Explored { parts: vec![Part::alone(cluster, judgement)], finished: true };
        let mut report = tell::report(&before, &situation, question, &parts.parts, &whole(&parts));
        report.assumptions.initial = "what was given, which does not settle by itself".to_owned();
        return Err(Box::new(report));
    }
    let finals = finals(&cluster, settings, watch).expect("what was judged to stabilize was seen to the end");
    few(finals, "what was given settles").map_err(|reason| Box::new(tell::undecided(input, question, reason)))
}

/// Those states, unless there are too many to begin from each.
fn few(states: Vec<Vec<Object>>, what: &str) -> Result<Vec<Vec<Object>>, String> {
    match states.len() {
        n_states if n_states > MAX_BEGINNINGS => {
            Err(format!("{what} in {n_states} states, more than {MAX_BEGINNINGS}"))
        }
        _ => Ok(states),
    }
}

/// The scenario without anything that goes wrong, each reconcile a step.
fn undisturbed(scenario: &Scenario) -> Scenario {
    Scenario {
        granularity: Granularity::Atomic,
        lag: 0,
        crashes: 0,
        pod_deletions: 0,
        settled: None,
        ..scenario.clone()
    }
}

/// The stores in which everything has settled that was given and applied; if it does not settle, the report says so.
fn settled(
    input: &Input,
    preset: &[Object],
    question: &Question,
    settings: &Settings,
    watch: &mut dyn Watch,
) -> Result<Vec<Vec<Object>>, Box<Report>> {
    let calm = Input { scenario: undisturbed(&input.scenario), ..input.clone() };
    let report = run_as_said(&calm, settings, watch);
    if report.verdict != Verdict::Stabilizes {
        return Err(Box::new(report));
    }
    let mut found = BTreeSet::new();
    for beginning in beginnings(&calm, preset, question, settings, watch)? {
        let cluster = Situation::new(&calm, &beginning, &calm.manifests).whole();
        let finals = finals(&cluster, settings, watch).map_err(|stop| {
            let reason = format!("not every state was found in which the manifests have settled: {stop}");
            Box::new(tell::undecided(input, question, reason))
        })?;
        found.extend(finals);
    }
    few(found.into_iter().collect(), "the manifests settle")
        .map_err(|reason| Box::new(tell::undecided(input, question, reason)))
}

/// The stores of the final states, if all were seen.
fn finals(cluster: &Cluster, settings: &Settings, watch: &mut dyn Watch) -> Result<Vec<Vec<Object>>, Stop> {
    let graph = explore(cluster, &settings.limits, watch);
    if graph.stop() != Stop::Complete {
        return Err(graph.stop());
    }
    let is_final = |index: &usize| graph.rests(*index) && graph.legitimate(*index);
    Ok((0..graph.n_expanded()).filter(is_final).map(|index| cluster.objects(&graph.state(index))).collect())
}

fn worse(one: Report, other: Report) -> Report {
    if severity(other.verdict) > severity(one.verdict) { other } else { one }
}

/// The objects that no controller acts on although somebody would have to: those of custom kinds.
pub(crate) fn unmodelled(input: &Input, situation: &Situation) -> Vec<(Kind, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    let foreign =
        |kind: &Kind| situation.kinds().contains(kind) && kind.group.contains('.') && !kind.group.ends_with(".k8s.io");
    let custom = everything(input).map(Object::kind).filter(|kind| foreign(kind));
    let modelled: Vec<&Kind> = input.models.iter().map(Model::kind).collect();
    for kind in input.inert.iter().map(Object::kind).chain(custom).filter(|kind| !modelled.contains(&kind)) {
        *counts.entry(kind).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}
