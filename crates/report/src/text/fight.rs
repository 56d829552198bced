//! What does not come to rest: who fights over which field, who waits for whom, what grows.

use std::collections::BTreeMap;

use crate::layout::{columns, pad, paragraph, shown, some, wrap};
use crate::replay::Objects;
use crate::{Evidence, Field, Growth, Layout, Leg, Replay, Report, Style, Wait};

use super::footer::in_part;
use super::run::{Mark, run, way};
use super::unmet::unmet;

/// The fields that go round, with their writers, and the run.
pub(super) fn oscillation(evidence: &Evidence, layout: &Layout) -> String {
    let mut text = String::new();
    for field in &evidence.fields {
        text += &field_text(field, layout);
        text.push('\n');
    }
    text + &lasso(evidence, "goes round for ever", layout)
}

/// What grows, and the run.
pub(super) fn divergence(report: &Report, evidence: &Evidence, layout: &Layout) -> String {
    let growth = match evidence.growth.is_empty() {
        true => counted(report),
        false => evidence.growth.clone(),
    };
    let mut text = String::from("  Each round leaves more behind than there was before:\n");
    let width = growth.iter().map(|growth| columns(&growth.what)).max().unwrap_or(0);
    for growth in &growth {
        let what = layout.ink.paint(Style::Strong, pad(&growth.what, width));
        text += &format!("    {what}   {} → {} → …\n", growth.before, growth.after);
    }
    text.push('\n');
    for field in &evidence.fields {
        text += &field_text(field, layout);
        text.push('\n');
    }
    text + &lasso(evidence, "goes on for ever", layout)
}

/// Who waits for what, what is refused, and the run.
pub(super) fn deadlock(evidence: &Evidence, layout: &Layout) -> String {
    let mut text = waits(&evidence.waits, layout);
    text += &unmet("Not met", &evidence.unmet, layout);
    text += &refusals(evidence, layout);
    if evidence.cycle.is_empty() {
        text += &way(evidence, "Nothing leads back from where it ends after", layout);
    } else {
        text += &lasso(evidence, "is tried in vain for ever", layout);
    }
    for other in &evidence.elsewhere {
        text += &format!("\n{}", in_part(&other.part, layout));
        let told = waits(&other.waits, layout) + &unmet("Not met", &other.unmet, layout);
        text += told.strip_suffix('\n').unwrap_or(&told);
    }
    text
}

/// What is not as it should be, one line an object.
fn waits(all: &[Wait], layout: &Layout) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut text = String::from("  What is not as it should be:\n");
    let width = all.iter().map(|wait| columns(&wait.object.to_string())).max().unwrap_or(0);
    for wait in all {
        let object = layout.ink.paint(Style::Strong, pad(&wait.object.to_string(), width));
        let lines = wrap(&wait.awaited, layout.width.saturating_sub(width + 6).max(20));
        text += &format!("    {object}  {}\n", lines.join(&format!("\n{:1$}", "", width + 6)));
    }
    text + "\n"
}

/// What the API server refused on the way, each refusal once, and not again what is refused to the end and was just told.
fn refusals(evidence: &Evidence, layout: &Layout) -> String {
    let mut seen = Vec::new();
    let reason = |refused: &str| refused.split_once(": ").map_or(refused.to_owned(), |(_, reason)| reason.to_owned());
    let is_told = |refused: &str| evidence.waits.iter().any(|wait| wait.awaited.ends_with(&reason(refused)));
    for step in evidence.prefix.iter().chain(&evidence.cycle) {
        if let Some(refused) = &step.refused
            && !seen.contains(&(&step.controller, refused))
            && !is_told(refused)
        {
            seen.push((&step.controller, refused));
        }
    }
    if seen.is_empty() {
        return String::new();
    }
    let mut text = String::from("  What is refused:\n");
    for (controller, refused) in seen {
        let actor = layout.ink.paint(Style::Actor, controller);
        let indent = 4 + columns(controller) + 2;
        let lines = wrap(refused, layout.width.saturating_sub(indent).max(20));
        text += &format!("    {actor}  {}\n", lines.join(&format!("\n{:indent$}", "")));
    }
    text + "\n"
}

/// `Deployment/web .spec.replicas   2 ⇄ 4`, and who writes what and why.
fn field_text(field: &Field, layout: &Layout) -> String {
    let ink = layout.ink;
    let values: Vec<String> =
        field.values.iter().map(|value| shown(&field.object, &field.path, value, layout.detail)).collect();
    let values = match values.as_slice() {
        [one, other] => format!("{one} ⇄ {other}"),
        many => many.join(" → ") + " ↻",
    };
    let mut text =
        format!("  {} {}   {}\n", ink.paint(Style::Strong, &field.object), field.path, ink.paint(Style::Bad, values));
    let told =
        |writer: &crate::Writer| format!("writes {}", shown(&field.object, &field.path, &writer.value, layout.detail));
    let controller = field.writers.iter().map(|w| columns(&w.controller)).max().unwrap_or(0);
    let value = field.writers.iter().map(|w| columns(&told(w))).max().unwrap_or(0);
    for writer in &field.writers {
        let indent = 4 + controller + 2 + value + 3;
        let lines = wrap(&writer.because, layout.width.saturating_sub(indent).max(20));
        let because = lines.join(&format!("\n{:indent$}", ""));
        let actor = ink.paint(Style::Actor, pad(&writer.controller, controller));
        text += &format!("    {actor}  {}   {because}\n", pad(&told(writer), value));
    }
    text
}

/// The way to a cycle and the cycle.
fn lasso(evidence: &Evidence, goes: &str, layout: &Layout) -> String {
    let round = some(evidence.cycle.len() as u64, "step");
    let told = match evidence.prefix.len() as u64 {
        0 => format!("From the very beginning it {goes}, {round} a round:"),
        n => format!("After {} it {goes}, {round} a round:", some(n, "step")),
    };
    paragraph(&told, 2, layout.width) + &run(&[(Mark::Once, &evidence.prefix), (Mark::Round, &evidence.cycle)], layout)
}

/// What one round adds, counted by kind.
fn counted(report: &Report) -> Vec<Growth> {
    let Some(replay) = Replay::of(report, Leg::Evidence) else {
        return Vec::new();
    };
    let before = kinds(&replay.objects(replay.cycle().unwrap_or(0)));
    let after = kinds(&replay.objects(replay.len()));
    after
        .into_iter()
        .map(|(what, after)| Growth { before: before.get(&what).copied().unwrap_or(0), what, after })
        .filter(|growth| growth.after > growth.before)
        .collect()
}

fn kinds(objects: &Objects) -> BTreeMap<String, u64> {
    let mut kinds = BTreeMap::new();
    for key in objects.keys() {
        *kinds.entry(format!("objects of kind {}", key.kind)).or_default() += 1;
    }
    kinds
}
