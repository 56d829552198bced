//! A field, told to people.

use std::fmt::Write;

use evenkeel_report::{Layout, Style, layout};

use crate::reference::all;
use crate::{Field, Found, Need, Reference, Shape};

/// How far down to tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// What it is, and one line for each field below it.
    Fields,
    /// The names and types of all fields below it.
    Tree,
}

/// Blanks before what belongs to the line above.
const INDENT: usize = 2;
/// Where values begin that have a name before them, behind the indent.
const COLUMN: usize = 10;

/// What a field is, or a document.
pub fn explain(found: &Found, depth: Depth, layout: &Layout) -> String {
    let mut text = head(found.reference, layout);
    let fields = found.fields();
    match (found.way.last(), depth) {
        (_, Depth::Tree) => {
            if !found.way.is_empty() {
                let _ = writeln!(text, "\n{:INDENT$}{}", "", found.path());
            }
            return text + "\n" + &tree(fields, layout);
        }
        (Some(field), Depth::Fields) => text += &about(&found.path(), field, layout),
        (None, Depth::Fields) => text += &(String::from("\n") + &paragraph(&found.reference.text, layout)),
    }
    text += &below("Fields", fields, layout);
    if found.way.is_empty() {
        text += &below("Fields of spec", found.reference.spec(), layout);
    }
    text
}

/// Which documents there are.
pub fn overview(layout: &Layout) -> String {
    let mut text = String::new();
    for reference in all() {
        text += &format!("{}\n{}\n", head(reference, layout), paragraph(&reference.text, layout));
    }
    let kinds: Vec<String> = all().iter().map(|reference| reference.kind.to_lowercase()).collect();
    text + &format!("Their fields: evenkeel explain {}\n", kinds.join(", or evenkeel explain "))
}

fn head(reference: &Reference, layout: &Layout) -> String {
    format!("{}  {}\n", layout.ink.paint(Style::Strong, &reference.kind), reference.api_version)
}

/// Where a field is, what may stand there, and what it is.
fn about(path: &str, field: &Field, layout: &Layout) -> String {
    let mut text = String::from("\n");
    let mut line = |name: &str, value: &str| {
        let value = layout::paragraph(value, INDENT + COLUMN, layout.width);
        let _ = write!(text, "{:INDENT$}{name:<COLUMN$}{}", "", value.trim_start());
    };
    line("path", path);
    line("type", &format!("{}{}", field.shape, note(&field.shape)));
    match &field.need {
        Need::Needed => line("default", "none: it is needed"),
        Need::OneOfThese => line("default", "none: one of several fields is needed"),
        Need::Alone => line("default", "false"),
        Need::Left(words) if words.is_empty() => {}
        Need::Default(words) | Need::Left(words) => line("default", words),
    }
    let words = field.shape.words();
    if !words.is_empty() {
        line("values", &words.join(", "));
    }
    text + "\n" + &paragraph(&sentence(&field.text), layout)
}

/// What a type means that one cannot guess.
fn note(shape: &Shape) -> &'static str {
    match shape {
        Shape::Duration => " (as 500ms, 15s or 1m30s)",
        Shape::Expression => " (the whole text is one of CEL)",
        Shape::Template => " (a text with ${expressions} of CEL in it)",
        Shape::MapTemplate => " (with ${expressions} of CEL in any text)",
        Shape::ObjectTemplate => " (with ${expressions} of CEL in any text but apiVersion and kind)",
        Shape::Selector => " (matchLabels and matchExpressions, as in Kubernetes)",
        _ => "",
    }
}

/// One line for each field, and which of them are needed together.
fn below(title: &str, fields: &[Field], layout: &Layout) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let types: Vec<String> = fields.iter().map(kind).collect();
    let names = fields.iter().map(|field| field.name.len()).max().unwrap_or(0);
    let columns = types.iter().map(String::len).max().unwrap_or(0);
    let mut text = format!("\n{}\n", layout.ink.paint(Style::Strong, title));
    for (field, kind) in fields.iter().zip(&types) {
        let line = format!("{:INDENT$}{:<names$}  {kind:<columns$}  {}", "", field.name, field.summary());
        text += &(cut(line.trim_end(), layout.width) + "\n");
    }
    let choice: Vec<&str> = Field::choice(fields).iter().map(|field| &*field.name).collect();
    if !choice.is_empty() {
        let alone = Field::alone(fields).map_or(String::new(), |field| format!("; or none, with {}: true", field.name));
        text +=
            &(String::from("\n") + &paragraph(&format!("Needs exactly one of {}{alone}.", choice.join(", ")), layout));
    }
    text
}

/// The type of a field, and whether it is needed.
fn kind(field: &Field) -> String {
    let needed = if field.need == Need::Needed { ", needed" } else { "" };
    format!("{}{needed}", field.shape)
}

/// All fields, one a line, each set in below what it is in.
fn tree(fields: &[Field], layout: &Layout) -> String {
    let mut lines = Vec::new();
    gather(fields, INDENT, &mut lines);
    let columns = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    lines.iter().map(|(name, kind)| cut(&format!("{name:<columns$}  {kind}"), layout.width) + "\n").collect()
}

fn gather(fields: &[Field], indent: usize, lines: &mut Vec<(String, String)>) {
    for field in fields {
        lines.push((format!("{:indent$}{}", "", field.name), kind(field)));
        gather(&field.fields, indent + INDENT, lines);
    }
}

fn paragraph(text: &str, layout: &Layout) -> String {
    layout::paragraph(text, INDENT, layout.width)
}

/// What a cell of a table says, as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).chain((!text.ends_with('.')).then_some('.')).collect(),
        None => String::new(),
    }
}

/// The line, at most so long.
fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let kept: String = line.chars().take(width.saturating_sub(1)).collect();
    kept.trim_end().to_owned() + "…"
}
