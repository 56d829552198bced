//! What is wrong with an input, with the lines it is about; for people and as JSON.

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use evenkeel_object::{Position, Problem};
use serde::{Deserialize, Serialize};

use crate::layout::some;
use crate::{API_VERSION, Detail, Ink, Layout};

/// The kind of the document that lists problems.
pub const KIND: &str = "Problems";

/// Of more problems only the first are shown, unless everything is asked for. All are in the JSON form.
const SHOWN_MAX: usize = 20;
/// A line of more bytes is not shown: it was not written by hand.
const LINE_BYTES_MAX: usize = 2_000;

/// The problems as text, each with the line it is about, if `text_of` knows the text of its source.
///
/// `text_of` gets the name that the source has in the problem.
pub fn render<'t>(problems: &[Problem], text_of: &dyn Fn(&str) -> Option<&'t str>, layout: &Layout) -> String {
    let shown = match layout.detail {
        Detail::Short if problems.len() > SHOWN_MAX => SHOWN_MAX,
        _ => problems.len(),
    };
    let mut text = String::new();
    for problem in &problems[..shown] {
        text += &one(problem, text_of(&problem.source), layout);
        text += "\n\n";
    }
    if shown < problems.len() {
        text += &format!("and {}\n\n", some((problems.len() - shown) as u64, "more problem"));
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn one(problem: &Problem, text: Option<&str>, layout: &Layout) -> String {
    let renderer = match layout.ink {
        Ink::Plain => Renderer::plain(),
        Ink::Ansi => Renderer::styled(),
    };
    let mut elements: Vec<Element> = Vec::new();
    let label = label(problem);
    let excerpt = problem.position.and_then(|position| Excerpt::of(text?, position, problem.end));
    match &excerpt {
        Some(excerpt) => {
            let annotation = AnnotationKind::Primary.span(excerpt.range.clone()).label(&*label);
            elements.push(
                Snippet::source(excerpt.text)
                    .line_start(excerpt.line)
                    .fold(false)
                    .path(&*problem.source)
                    .annotation(annotation)
                    .into(),
            );
        }
        None => {
            elements.push(origin(problem));
            if !label.is_empty() {
                elements.push(Level::NOTE.message(&*label).into());
            }
        }
    }
    if let Some(hint) = &problem.hint {
        elements.push(Level::HELP.message(&**hint).into());
    }
    let group = Level::ERROR.primary_title(&*problem.message).elements(elements);
    renderer.term_width(layout.width.max(40)).render(&[group])
}

fn origin(problem: &Problem) -> Element<'_> {
    let origin = Origin::path(&*problem.source);
    match problem.position {
        Some(Position { line, column }) => origin.line(line as usize).char_column(column as usize).into(),
        None => origin.into(),
    }
}

fn label(problem: &Problem) -> String {
    match (&*problem.found, &*problem.expected) {
        ("", "") => String::new(),
        (found, "") => format!("found {found}"),
        ("", expected) => format!("expected {expected}"),
        (found, expected) => format!("found {found}, expected {expected}"),
    }
}

/// The lines that are shown for a problem, and the part of them that it is about.
struct Excerpt<'t> {
    text: &'t str,
    /// The number of the first of them.
    line: usize,
    range: std::ops::Range<usize>,
}

impl<'t> Excerpt<'t> {
    /// The line at that position and the one before it; none if there is no such line, or it is too long to be looked at.
    fn of(text: &'t str, position: Position, end: Option<Position>) -> Option<Excerpt<'t>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let at = position.line as usize;
        let first = at.saturating_sub(1).max(1);
        let lines: Vec<&str> = text.split('\n').skip(first - 1).take(at + 1 - first).collect();
        let line = lines.last().filter(|_| first + lines.len() == at + 1)?;
        if lines.iter().any(|line| line.len() > LINE_BYTES_MAX) {
            return None;
        }
        let begin = text.split('\n').take(first - 1).map(|line| line.len() + 1).sum::<usize>();
        let size = lines.iter().map(|line| line.len() + 1).sum::<usize>();
        let shown = &text[begin..(begin + size).min(text.len())];
        let lead = size - line.len() - 1;
        let from = lead + offset(line, position.column);
        let to = match end {
            Some(end) if end.line == position.line => lead + offset(line, end.column),
            Some(_) => lead + line.trim_end().len(),
            None => from,
        };
        let excerpt = Excerpt { text: shown.trim_end_matches(['\n', '\r']), line: first, range: from..to.max(from) };
        Some(excerpt.bounded())
    }

    /// Keeps the range within the text, at the boundaries of characters.
    fn bounded(mut self) -> Excerpt<'t> {
        let start = self.range.start.min(self.text.len());
        let next = self.text[start..].chars().next().map_or(0, char::len_utf8);
        let end = self.range.end.min(self.text.len()).max(start + next);
        self.range = start..end;
        self
    }
}

/// Where the character of that column begins, in bytes.
fn offset(line: &str, column: u32) -> usize {
    let index = column.saturating_sub(1) as usize;
    line.char_indices().nth(index).map_or(line.len(), |(offset, _)| offset)
}

/// Problems as a document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problems {
    /// [`API_VERSION`].
    pub api_version: String,
    /// [`KIND`].
    pub kind: String,
    /// All of them, in the order in which they were given.
    pub problems: Vec<Record>,
}

/// One problem as it is written in JSON.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The name of the input.
    pub source: String,
    /// Its line, from 1; none if it is about the whole of the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Its column, from 1, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The line of the place just behind it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// The column of the place just behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// What stands there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub found: String,
    /// What could stand there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expected: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl From<&Problem> for Record {
    fn from(problem: &Problem) -> Record {
        Record {
            source: problem.source.to_string(),
            line: problem.position.map(|position| position.line),
            column: problem.position.map(|position| position.column),
            end_line: problem.end.map(|end| end.line),
            end_column: problem.end.map(|end| end.column),
            message: problem.message.clone(),
            found: problem.found.clone(),
            expected: problem.expected.clone(),
            hint: problem.hint.clone(),
        }
    }
}

/// The problems as a document of JSON, all of them; a line feed at the end.
pub fn to_json(problems: &[Problem]) -> String {
    let document = Problems {
        api_version: API_VERSION.into(),
        kind: KIND.into(),
        problems: problems.iter().map(Record::from).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("problems are always JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Position, Problem, parse};
    use expect_test::{Expect, expect};

    use super::{render, to_json};
    use crate::{Ink, Layout};

    fn check(text: &str, layout: &Layout, expect: &Expect) {
        let (_, problems) = parse("web.yaml", text);
        expect.assert_eq(&render(&problems, &|_| Some(text), layout));
    }

    #[test]
    fn a_problem_is_shown_with_its_line() {
        let layout = Layout::default();
        check(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    é: 1\n",
            &layout,
            &expect![[r#"
                error: metadata.name is missing
                 --> web.yaml:3:1
                  |
                2 | kind: Pod
                3 | metadata:
                  | ^^^^^^^^ expected a name (or generateName)

                error: metadata.labels["é"] is not a text
                 --> web.yaml:5:8
                  |
                4 |   labels:
                5 |     é: 1
                  |        ^ found the number 1, expected a text
                  |
                  = help: put quotation marks around it
            "#]],
        );
        check(
            "\u{feff}apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n\tname: a\r\n",
            &layout,
            &expect![[r#"
                error: YAML does not allow a tab here
                 --> web.yaml:4:1
                  |
                3 | metadata:
                4 |     name: a
                  | ^^^^ found a tab, expected spaces
                  |
                  = help: indent with spaces
            "#]],
        );
        check(
            "a: \"b\n\n\n",
            &layout,
            &expect![[r#"
            error: a quotation mark is never closed
             --> web.yaml:1:4
              |
            1 | a: "b
              |    ^ found `"b`, expected a closing quotation mark
        "#]],
        );
    }

    #[test]
    fn a_problem_can_be_shown_in_colour() {
        let layout = Layout { ink: Ink::Ansi, ..Layout::default() };
        let (_, problems) = parse("web.yaml", "a: [");
        let text = render(&problems, &|_| Some("a: ["), &layout);
        assert!(text.contains("\x1b["), "{text}");
    }

    #[test]
    fn what_has_no_line_is_shown_without_one() {
        let problem = Problem::new(&"big.yaml".into(), "this input is too large").instead("200 MiB", "at most 64 MiB");
        let far =
            Problem::new(&"a.json".into(), "far away").at(Position { line: 7, column: 9 }, None).hint("look there");
        let long = "x".repeat(5_000);
        let at = Problem::new(&"a.json".into(), "in a long line").at(Position { line: 1, column: 4_000 }, None);
        expect![[r#"
            error: this input is too large
            --> big.yaml
             = note: found 200 MiB, expected at most 64 MiB

            error: far away
            --> a.json:7:9
             = help: look there

            error: in a long line
            --> a.json:1:4000
        "#]]
        .assert_eq(&render(&[problem, far, at], &|_| Some(&long), &Layout::default()));
    }

    #[test]
    fn of_very_many_problems_the_first_are_shown() {
        let problems = vec![Problem::new(&"f".into(), "bad"); 50];
        let text = render(&problems, &|_| None, &Layout::default());
        assert!(text.ends_with("and 30 more problems\n"), "{text}");
    }

    #[test]
    fn a_place_that_is_not_in_the_text_does_no_harm() {
        for (line, column) in [(1, 99), (2, 1), (3, 1), (u32::MAX, u32::MAX)] {
            let end = Position { line, column: 1 };
            let problem = Problem::new(&"f".into(), "bad").at(Position { line, column }, Some(end));
            assert!(render(&[problem], &|_| Some("é\n"), &Layout::default()).contains("bad"));
        }
    }

    #[test]
    fn the_json_form_has_everything() {
        let problem = Problem::new(&"f".into(), "bad")
            .at(Position { line: 1, column: 2 }, Some(Position { line: 1, column: 4 }))
            .instead("x", "y")
            .hint("z");
        expect![[r#"
            {
              "apiVersion": "evenkeel.dev/v1alpha1",
              "kind": "Problems",
              "problems": [
                {
                  "source": "f",
                  "line": 1,
                  "column": 2,
                  "endLine": 1,
                  "endColumn": 4,
                  "message": "bad",
                  "found": "x",
                  "expected": "y",
                  "hint": "z"
                }
              ]
            }
        "#]]
        .assert_eq(&to_json(&[problem]));
    }
}
