//! The tables of fields in a Markdown text, and the sections they stand in.

use std::fmt;

/// The head of a table of fields. Other tables are not looked at.
const HEAD: [&str; 4] = ["field", "type", "default", "what it is"];

/// A section of a Markdown text: what stands below one heading.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Section<'t> {
    /// What links to it say behind `#`.
    pub anchor: String,
    /// The rows of its tables of fields.
    pub rows: Vec<Row<'t>>,
}

/// A row of a table of fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row<'t> {
    /// The line it stands in.
    pub line: usize,
    /// The fields that it is about.
    pub names: Vec<&'t str>,
    /// What may stand there.
    pub shape: Text,
    /// Whether it may be left out.
    pub default: &'t str,
    /// What it is.
    pub text: Text,
}

/// A piece of Markdown without its links.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// What one reads.
    pub text: String,
    /// The section of the same document that the first of its links leads to.
    pub anchor: Option<String>,
}

/// What is wrong with a text of ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flaw {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// The sections of a Markdown text, with the tables of fields in them.
pub fn sections(markdown: &str) -> Result<Vec<Section<'_>>, Flaw> {
    let mut sections = vec![Section::default()];
    let (mut is_code, mut is_table) = (false, false);
    for (at, line) in markdown.lines().enumerate() {
        is_code ^= line.starts_with("```");
        let cells = cells(line);
        is_table = !is_code && (cells[..] == HEAD || is_table && !cells.is_empty());
        let section = sections.last_mut().expect("there is one from the beginning");
        match line.trim_start_matches('#').strip_prefix(' ') {
            Some(heading) if line.starts_with('#') && !is_code => {
                sections.push(Section { anchor: anchor(heading), rows: Vec::new() });
            }
            _ if is_table && cells[..] != HEAD && !cells[0].starts_with("---") => {
                section.rows.push(row(&cells, at + 1)?);
            }
            _ => {}
        }
    }
    Ok(sections)
}

/// The first paragraph of a Markdown text, without links.
pub fn first_paragraph(markdown: &str) -> String {
    let lines = markdown.lines().skip_while(|line| line.is_empty() || line.starts_with('#'));
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    without_links(&lines.join(" ")).text
}

/// The cells of a line of a table; none if it is not one.
fn cells(line: &str) -> Vec<&str> {
    let inside = line.strip_prefix('|').and_then(|rest| rest.strip_suffix('|'));
    inside.map(|inside| inside.split('|').map(str::trim).collect()).unwrap_or_default()
}

fn row<'t>(cells: &[&'t str], line: usize) -> Result<Row<'t>, Flaw> {
    let flaw = |message: String| Flaw { line, message };
    let &[names, shape, default, text] = cells else {
        return Err(flaw(format!("there are {} cells, and not {}", cells.len(), HEAD.len())));
    };
    let bare = |name: &'t str| name.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
    let names: Option<Vec<&str>> = names.split(", ").map(bare).collect();
    let names = names.ok_or_else(|| flaw(format!("{:?} is no name of a field in backticks", cells[0])))?;
    Ok(Row { line, names, shape: without_links(shape), default, text: without_links(text) })
}

/// What a heading is called in links, as everywhere: letters and digits in lower case, with hyphens for blanks.
fn anchor(heading: &str) -> String {
    let letters = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    letters.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The text with what each link says in the place of the link.
fn without_links(markdown: &str) -> Text {
    let mut text = String::new();
    let mut anchor = None;
    let mut rest = markdown;
    while let Some((before, label, target, after)) = link(rest) {
        text = text + before + label;
        anchor = anchor.or_else(|| target.strip_prefix('#').map(str::to_owned));
        rest = after;
    }
    Text { text: text + rest, anchor }
}

/// What stands before the first link, what it says, where it leads, and what comes after it.
fn link(markdown: &str) -> Option<(&str, &str, &str, &str)> {
    let middle = markdown.find("](")?;
    let open = markdown[..middle].rfind('[')?;
    let close = middle + markdown[middle..].find(')')?;
    Some((&markdown[..open], &markdown[open + 1..middle], &markdown[middle + 2..close], &markdown[close + 1..]))
}

#[cfg(test)]
mod tests {
    use super::{first_paragraph, sections, without_links};

    #[test]
    fn tables_of_fields_are_found_in_their_sections() {
        let text = "# A\n\nWhat it\nis.\n\n## `b-c` d\n\n| field | type | default | what it is |\n|---|---|---|---|\n| `x`, `y.z` | [map](#e) | | of [f](g.md) |\n\n| other | table |\n|---|---|\n| `n` | m |\n";
        let sections = sections(text).expect("it is sound");
        let found: Vec<(&str, usize)> = sections.iter().map(|section| (&*section.anchor, section.rows.len())).collect();
        assert_eq!(found, [("", 0), ("a", 0), ("b-c-d", 1)]);
        let row = &sections[2].rows[0];
        assert_eq!((row.line, &row.names[..]), (10, &["x", "y.z"][..]));
        assert_eq!((&*row.shape.text, row.shape.anchor.as_deref()), ("map", Some("e")));
        assert_eq!((&*row.text.text, row.text.anchor.as_deref()), ("of f", None));
        assert_eq!(first_paragraph(text), "What it is.");
    }

    #[test]
    fn a_row_that_cannot_be_read_is_told_with_its_line() {
        let told = |row: &str| {
            let text = format!("| field | type | default | what it is |\n|---|---|---|---|\n{row}\n");
            sections(&text).expect_err("it is not sound").to_string()
        };
        assert_eq!(told("| `x` | text | none |"), "line 3: there are 3 cells, and not 4");
        assert_eq!(told("| x | text | | |"), "line 3: \"x\" is no name of a field in backticks");
    }

    #[test]
    fn brackets_that_are_no_link_stay() {
        assert_eq!(without_links("`a[]` and [b](#c), then `[d]`").text, "`a[]` and b, then `[d]`");
    }
}
