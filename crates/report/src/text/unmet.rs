//! Demands and invariants that do not hold, or of which that is unknown.

use crate::layout::wrap;
use crate::{Evidence, Layout, Style, Unmet};

/// Each of them under its name, with the expression and the objects of which it is not true; nothing if there are none.
pub(super) fn unmet(word: &str, evidence: &Evidence, layout: &Layout) -> String {
    let mut text = String::new();
    let mut name = None;
    for unmet in &evidence.unmet {
        if name != Some(&unmet.name) {
            text += &headed(word, &unmet.name, layout);
        }
        name = Some(&unmet.name);
        let lines = wrap(&sentence(unmet), layout.width.saturating_sub(4).max(20));
        text += &format!("    {}\n", lines.join("\n      "));
    }
    if text.is_empty() { text } else { text + "\n" }
}

/// `Broken: enough-ready`.
pub(super) fn headed(word: &str, name: &str, layout: &Layout) -> String {
    format!("  {word}: {}\n", layout.ink.paint(Style::Strong, name))
}

fn sentence(unmet: &Unmet) -> String {
    let of = unmet.object.as_ref().map_or("it".to_owned(), |object| format!("of {object} it"));
    match &unmet.error {
        None => format!("{of} is false: {}", unmet.expression),
        Some(error) => format!("{of} cannot be evaluated: {} ({error})", unmet.expression),
    }
}
