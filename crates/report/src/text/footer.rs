//! What stands below every verdict: the parts, what was assumed, and what was not looked at.

use evenkeel_system::Verdict;

use crate::layout::{columns, count, pad, wrap};
use crate::{Assumptions, Detail, Layout, Part, Report, Style};

/// The assumptions in one line: `weakly fair · atomic reconciles · fresh caches`.
pub(super) fn assumptions(assumptions: &Assumptions) -> String {
    let mut words = Vec::new();
    // The central daemon is what a control plane is; only another one is worth a word.
    if assumptions.daemon != "central" {
        words.push(format!("{} daemon", assumptions.daemon));
    }
    words.push(assumptions.fairness.clone());
    words.push(format!("{} reconciles", assumptions.granularity));
    words.push(format!("{} caches", assumptions.caches));
    words.join(" · ")
}

/// Everything below the evidence; each block has an empty line before it.
pub(super) fn footer(report: &Report, layout: &Layout) -> String {
    let mut text = parts(&report.parts, layout);
    if let Some(sufficient) = &report.assumptions.sufficient {
        text += &block("it holds", &[format!("if it is assumed: {sufficient}")], layout);
    }
    let is_wanted = matches!(report.verdict, Verdict::Stabilizes | Verdict::Undecided);
    if is_wanted || layout.detail == Detail::Full || !report.assumptions.faults.is_empty() {
        text += &block("assumed", &assumed(&report.assumptions), layout);
    }
    text += &block("demanded", &report.demanded, layout);
    let unmodelled: Vec<String> =
        report.unmodelled.iter().map(|kind| format!("{} ({})", kind.kind, count(kind.count))).collect();
    if !unmodelled.is_empty() {
        let told = format!("{}: nothing is known of what acts on them, so nothing does", unmodelled.join(", "));
        text += &block("inert", &[told], layout);
    }
    text += &block("left out", &report.left_out, layout);
    text
}

fn assumed(assumptions: &Assumptions) -> Vec<String> {
    let mut lines = vec![initial(&assumptions.initial)];
    if assumptions.faults.is_empty() {
        lines.push("no faults".into());
    }
    lines.extend(assumptions.faults.iter().map(|fault| format!("fault: {fault}")));
    lines.extend(assumptions.environment.iter().cloned());
    lines
}

fn initial(word: &str) -> String {
    match word.split_once('+') {
        Some(("settled", faults)) => format!("a settled state, then up to {faults} faults"),
        _ if word == "manifests" => "the manifests, applied to an empty cluster".into(),
        _ if word == "anything" => "any state at all".into(),
        _ => word.into(),
    }
}

/// A word to the left, lines to the right; nothing if there are no lines.
fn block(word: &str, lines: &[String], layout: &Layout) -> String {
    const WORD_COLUMNS: usize = 12;
    let indent = 2 + WORD_COLUMNS;
    let mut text = String::new();
    for line in lines {
        for (index, line) in wrap(line, layout.width.saturating_sub(indent).max(20)).iter().enumerate() {
            let lead = match text.is_empty() {
                true => layout.ink.paint(Style::Dim, pad(word, WORD_COLUMNS)),
                false => " ".repeat(WORD_COLUMNS),
            };
            let further = if index > 0 { "  " } else { "" };
            text += &format!("  {lead}{further}{line}\n");
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// The part that is told of next.
pub(super) fn in_part(part: &str, layout: &Layout) -> String {
    format!("  In the part {}:\n\n", layout.ink.paint(Style::Strong, part))
}

/// The parts, one a line.
fn parts(parts: &[Part], layout: &Layout) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let rows: Vec<[String; 4]> = parts.iter().map(row).collect();
    let header = ["part", "verdict", "states", "objects"].map(String::from);
    let width = |column: usize| {
        let cells = rows.iter().chain([&header]);
        cells.map(|row| columns(&row[column])).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let mut text = format!("\n{}", layout.ink.paint(Style::Dim, line(&header, &widths)));
    text = text.trim_end().to_string() + "\n";
    for (row, part) in rows.iter().zip(parts) {
        let plain = line(row, &widths);
        // The word is found by its place: a part may be called as a verdict is.
        let (before, rest) = split_at_column(&plain, 2 + widths[0] + 2);
        let (word, after) = split_at_column(rest, columns(&row[1]));
        text += &format!("{before}{}{after}\n", layout.ink.paint(Style::of(part.verdict), word));
    }
    text
}

fn row(part: &Part) -> [String; 4] {
    let objects = match (&part.same_as, part.objects.as_slice()) {
        (Some(other), _) => format!("of the same shape as {other}"),
        (None, [only]) => only.clone(),
        (None, many) => count(many.len() as u64),
    };
    let states = match part.same_as {
        Some(_) => "–".into(),
        None => count(part.states),
    };
    [part.name.clone(), part.verdict.word().into(), states, objects]
}

fn line([name, verdict, states, objects]: &[String; 4], widths: &[usize; 3]) -> String {
    let states = format!("{states:>0$}", widths[2]);
    format!("  {}  {}  {states}  {objects}", pad(name, widths[0]), pad(verdict, widths[1]))
}

fn split_at_column(text: &str, column: usize) -> (&str, &str) {
    let offset = text.char_indices().nth(column).map_or(text.len(), |(offset, _)| offset);
    text.split_at(offset)
}
