//! How wide the terminal is, and whether it has colours.

use std::io::{IsTerminal, Write};

use evenkeel_object::Problem;
use evenkeel_report::{Detail, Ink, Layout, diagnostic};

use crate::arguments::{Colour, Output, Screen};
use crate::load::Loaded;

/// How to lay out what goes to standard output.
pub(crate) fn layout(screen: Screen, detail: Detail) -> Layout {
    let ink = match screen.color {
        Colour::Always => Ink::Ansi,
        Colour::Never => Ink::Plain,
        Colour::Auto if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() => Ink::Ansi,
        Colour::Auto => Ink::Plain,
    };
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    Layout { width: columns.unwrap_or(110).clamp(60, 240), ink, detail }
}

/// Tells what is wrong with the input.
pub(crate) fn complain(problems: &[Problem], loaded: &Loaded, output: Output, layout: &Layout) {
    match output {
        Output::Json => print(&diagnostic::to_json(problems)),
        Output::Text => {
            let text_of = |source: &str| loaded.texts.get(source).map(String::as_str);
            eprint!("{}", diagnostic::render(problems, &text_of, layout));
        }
    }
}

/// Writes to standard output; a reader who has gone away is no error.
pub(crate) fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
