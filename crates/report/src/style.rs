//! Colours of a terminal, as few as possible.

use std::fmt;

use evenkeel_system::Verdict;

/// Whether to colour; the caller knows where the text goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Ink {
    /// Text only.
    #[default]
    Plain,
    /// With the escape sequences of ANSI terminals.
    Ansi,
}

/// What a piece of text is, which decides how it looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// What went well.
    Good,
    /// What went wrong.
    Bad,
    /// What is not known.
    Unsure,
    /// What one looks for first.
    Strong,
    /// What one may skip.
    Dim,
    /// Who acts.
    Actor,
    /// What was taken away.
    Removed,
    /// What was added.
    Added,
}

impl Style {
    /// The style of a verdict's word.
    pub fn of(verdict: Verdict) -> Style {
        match verdict {
            Verdict::Stabilizes => Style::Good,
            Verdict::Undecided => Style::Unsure,
            _ => Style::Bad,
        }
    }

    fn codes(self) -> &'static str {
        match self {
            Style::Good => "1;32",
            Style::Bad => "1;31",
            Style::Unsure => "1;33",
            Style::Strong => "1",
            Style::Dim => "2",
            Style::Actor => "36",
            Style::Removed => "31",
            Style::Added => "32",
        }
    }
}

impl Ink {
    /// The text in that style.
    pub fn paint<T: fmt::Display>(self, style: Style, text: T) -> String {
        match self {
            Ink::Plain => text.to_string(),
            Ink::Ansi => format!("\x1b[{}m{text}\x1b[0m", style.codes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ink, Style};

    #[test]
    fn colour_is_the_callers_choice() {
        assert_eq!(Ink::Plain.paint(Style::Bad, "stuck"), "stuck");
        assert_eq!(Ink::Ansi.paint(Style::Bad, "stuck"), "\x1b[1;31mstuck\x1b[0m");
    }
}
