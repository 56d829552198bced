//! The report for people: the verdict and what it hangs on in the first line, what shows it below, what was assumed at the end.
//!
//! * `run`: runs, one line a step; `fight`: who fights over what, who waits, what grows; `fork`: two ends of one beginning
//! * `calm`: what is told when all is well; `unmet`: what is demanded and does not hold; `footer`: parts, assumptions, and what was not looked at

mod calm;
mod fight;
mod footer;
mod fork;
mod run;
#[cfg(test)]
mod tests;
mod unmet;

use evenkeel_system::Verdict;

use crate::layout::{self, columns, count, paragraph, time};
use crate::{Evidence, Layout, Report, Style};

/// The report as text; ends with a line feed, no line has spaces at its end.
pub fn text(report: &Report, layout: &Layout) -> String {
    let mut text = headline(report, layout);
    text.push('\n');
    let none = Evidence::default();
    let evidence = report.evidence.as_ref().unwrap_or(&none);
    if let Some(part) = &evidence.part {
        text += &footer::in_part(part, layout);
    }
    text += &match report.verdict {
        Verdict::Stabilizes => calm::body(report, layout),
        Verdict::Oscillates => fight::oscillation(evidence, layout),
        Verdict::Diverges => fight::divergence(report, evidence, layout),
        Verdict::Stuck => fight::deadlock(evidence, layout),
        Verdict::Ambiguous => fork::body(report, evidence, layout),
        Verdict::Violates => violation(report, evidence, layout),
        Verdict::Undecided => undecided(report, evidence, layout),
    };
    text += &footer::footer(report, layout);
    layout::trimmed(&text)
}

/// The word and the assumptions to the left, the size of the search to the right.
fn headline(report: &Report, layout: &Layout) -> String {
    let word = report.verdict.word();
    let assumptions = footer::assumptions(&report.assumptions);
    let size = size(report);
    let left = columns(word) + 3 + columns(&assumptions);
    let word = layout.ink.paint(Style::of(report.verdict), word);
    let size_dim = layout.ink.paint(Style::Dim, &size);
    if left + 3 + columns(&size) <= layout.width {
        let gap = layout.width - left - columns(&size);
        format!("{word}   {assumptions}{:gap$}{size_dim}\n", "")
    } else if left <= layout.width {
        format!("{word}   {assumptions}\n  {size_dim}\n")
    } else {
        format!("{word}\n{}  {size_dim}\n", paragraph(&assumptions, 2, layout.width))
    }
}

fn size(report: &Report) -> String {
    let statistics = &report.statistics;
    let noun = if statistics.states == 1 { "state" } else { "states" };
    format!("{} {noun} in {}", count(statistics.states), time(statistics.wall_millis))
}

fn violation(report: &Report, evidence: &Evidence, layout: &Layout) -> String {
    let mut text = unmet::unmet("Broken", &evidence.unmet, layout);
    if text.is_empty() {
        text = unmet::headed("Broken", report.invariant.as_deref().unwrap_or("an invariant"), layout) + "\n";
    }
    if evidence.prefix.is_empty() {
        return text + "  It is broken from the very beginning.\n";
    }
    text + &run::way(evidence, "It is broken after", layout)
}

fn undecided(report: &Report, evidence: &Evidence, layout: &Layout) -> String {
    if report.limits.reached.is_none() && !evidence.unmet.is_empty() {
        let unknown = unmet::unmet("Not known", &evidence.unmet, layout);
        let told = "Nothing else was found to be wrong.";
        return unknown + &paragraph(told, 2, layout.width) + &run::way(evidence, "It comes to that after", layout);
    }
    let reached = report.limits.reached.as_deref().unwrap_or("the search was cut short");
    let statistics = &report.statistics;
    let told = format!(
        "Not known: {reached}. {} and {} were seen, in {} of memory; what lies beyond was not.",
        layout::some(statistics.states, "state"),
        layout::some(statistics.transitions, "transition"),
        layout::bytes(statistics.peak_bytes),
    );
    paragraph(&told, 2, layout.width)
}
