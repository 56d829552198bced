//! Asks the question and puts the answer together.

use evenkeel_check::Question;
use evenkeel_cluster::Granularity;
use evenkeel_model::Model;
use evenkeel_object::{Kind, Object};
use evenkeel_parts::{Part, Whole, severity, whole};
use evenkeel_report::{Report, Statistics};
use evenkeel_roster::autoscaler::Load;
use evenkeel_system::{Verdict, Watch};

use crate::beyond::{beyond, beyond_deletion, beyond_models, beyond_steps};
use crate::clock;
use crate::dips::{dips, together};
use crate::document::Scenario;
use crate::explored::{Beginning, Parts, Settings, explored};
use crate::input::Input;
use crate::settle::{Asked, MAX_BEGINNINGS, Settled};
use crate::setup::{Situation, assumed, everything};
use crate::tell;

/// Answers the question that an input asks.
///
/// A run in which nobody interrupts a reconcile is a run in which each request is a step, too, and it is fair in both senses if it is in one; and a
/// cache that may lag need not. So a fault of a milder question is one of the question asked, and is looked for first, as it is found so much sooner.
pub fn run(input: &Input, settings: &Settings, watch: &mut dyn Watch) -> Report {
    let mut seen = Statistics::default();
    for scenario in milder(&input.scenario) {
        let report = run_as_said(&Input { scenario, ..input.clone() }, settings, watch);
        seen = with(&seen, &report.statistics);
        if !matches!(report.verdict, Verdict::Stabilizes | Verdict::Undecided) {
            return Report { assumptions: tell::assumptions(input, report.assumptions), ..report };
        }
    }
    if input.scenario.clock.is_some()
        && (input.scenario.granularity == Granularity::Interleaved || input.scenario.lag > 0)
    {
        let reason =
            "no fault was found with fresh caches and atomic reconciles; with a clock, others are not modelled yet";
        return tell::undecided(input, &question(input, settings), reason.to_owned());
    }
    let mut report = run_as_said(input, settings, watch);
    if report.verdict == Verdict::Undecided {
        // What was looked at in vain: with the time over, often nothing is left for the question itself.
        report.statistics = with(&seen, &report.statistics);
    }
    report
}

/// What two searches saw together.
fn with(one: &Statistics, other: &Statistics) -> Statistics {
    Statistics {
        states: one.states + other.states,
        transitions: one.transitions + other.transitions,
        controller_calls: one.controller_calls + other.controller_calls,
        wall_millis: one.wall_millis.max(other.wall_millis),
        peak_bytes: one.peak_bytes.max(other.peak_bytes),
    }
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

pub(crate) fn question(input: &Input, settings: &Settings) -> Question {
    Question { fairness: input.scenario.fairness, confluence: input.scenario.confluence, limits: settings.limits }
}

/// What of it cannot be modelled, if anything.
pub(crate) fn gap(input: &Input) -> Option<String> {
    // Metrics that lag can make an autoscaler ask for more than the load does.
    let load = if input.scenario.clock.is_none_or(|_| input.scenario.load == Load::Unknown) {
        input.scenario.load
    } else {
        Load::Any
    };
    let gaps = beyond(everything(input), load).into_iter();
    let mut gaps = gaps
        .chain(beyond_steps(&input.scenario.steps))
        .chain(beyond_deletion(input))
        .chain(beyond_models(&input.models))
        .chain(clock::beyond(input));
    gaps.next()
}

/// The stores from which it is asked; a report if what has to settle first does not.
pub(crate) fn beginnings(
    input: &Input,
    question: &Question,
    settings: &Settings,
    watch: &mut dyn Watch,
) -> Result<Settled, Box<Report>> {
    let (preset, _) = assumed(input);
    let asked = Asked { input, preset: &preset, question, settings };
    match input.scenario.settled {
        None => asked.given(watch),
        Some(_) => asked.manifests(watch),
    }
}

/// What is applied to such a store.
pub(crate) fn applied(input: &Input) -> &[Object] {
    if input.scenario.settled.is_some() { &[] } else { &input.manifests }
}

/// Why what was found may not be what happens, if so.
pub(crate) fn doubt(situation: &Situation, parts: &[Part]) -> Option<String> {
    let kept = situation.kept.first();
    kept.map(|(key, why)| format!("{key} cannot be deleted, and nobody tries again: {why}"))
        .or_else(|| situation.doubt(parts))
}

/// Answers the question in the granularity that it names.
fn run_as_said(input: &Input, settings: &Settings, watch: &mut dyn Watch) -> Report {
    let question = question(input, settings);
    if let Some(reason) = gap(input) {
        return tell::undecided(input, &question, reason);
    }
    let (_, mut environment) = assumed(input);
    environment.extend(tell::settings(input));
    let settled = match beginnings(input, &question, settings, watch) {
        Ok(settled) => settled,
        Err(report) => return *report,
    };
    let mut worst: Option<Report> = None;
    let n_beginnings = settled.stores.len();
    for store in &settled.stores {
        let beginning = Beginning { objects: store, applied: applied(input) };
        let (mut report, parts) = answer(input, beginning, &question, settings, watch);
        if report.verdict == Verdict::Stabilizes && !settled.covers(&parts) {
            let reason = format!(
                "what has settled can do so in more ways than {MAX_BEGINNINGS}, and some part sees several of them at once"
            );
            report = tell::undecided(input, &question, reason);
        }
        report.assumptions.environment.clone_from(&environment);
        if n_beginnings > 1 {
            let what = if input.scenario.settled.is_some() { "the manifests" } else { "what was given" };
            report
                .assumptions
                .environment
                .push(format!("each of the {n_beginnings} states in which {what} can settle"));
        }
        worst = Some(match worst {
            Some(known) => worse(known, report),
            None => report,
        });
    }
    worst.expect("there is at least one beginning")
}

fn answer(
    input: &Input,
    beginning: Beginning<'_>,
    question: &Question,
    settings: &Settings,
    watch: &mut dyn Watch,
) -> (Report, Vec<Part>) {
    let (situation, parts) = explored(input, beginning, question, settings, watch);
    if let Some(reason) = doubt(&situation, &parts.parts) {
        return (tell::undecided(input, question, reason), parts.parts);
    }
    let whole: Whole = whole(&parts);
    let mut report = tell::report(input, &situation, question, &parts.parts, &whole);
    if report.verdict == Verdict::Stabilizes && !input.given.is_empty() && settings.parts == Parts::Apart {
        report.dips = dips(&situation, &parts.parts, &question.limits, watch);
    }
    (report, parts.parts)
}

fn worse(one: Report, other: Report) -> Report {
    let dips = together(one.dips.clone(), &other.dips);
    let worse = if severity(other.verdict) > severity(one.verdict) { other } else { one };
    Report { dips: if worse.dips.is_empty() { Vec::new() } else { dips }, ..worse }
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
