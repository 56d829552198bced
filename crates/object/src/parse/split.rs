//! Cuts an input into its documents, so that a fault in one does not spoil the next.

use std::sync::Arc;

use serde::de::IgnoredAny;

use crate::{Position, Problem};

/// A piece of an input that holds a document (or none, if it is blank).
pub(super) struct Piece<'t> {
    /// Its text.
    pub(super) text: &'t str,
    /// Where it begins in the input.
    pub(super) start: Position,
}

/// The pieces of an input, and the separators that are none.
///
/// As in kubectl, a line that begins with `---` separates, whatever it stands in, and nothing but a comment may follow on it. Objects of
/// JSON may also follow one another without a separator.
// https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/yaml/decoder.go: YAMLReader.Read, YAMLOrJSONDecoder.Decode
pub(super) fn split<'t>(source: &Arc<str>, text: &'t str) -> (Vec<Piece<'t>>, Vec<Problem>) {
    let mut pieces = Vec::new();
    let mut problems = Vec::new();
    let (mut begin, mut begin_line) = (0, 1);
    let (mut offset, mut line) = (0, 1);
    for content in text.split_inclusive('\n') {
        if let Some(rest) = content.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                problems.push(bad_separator(source, line, rest));
            }
            let piece = &text[begin..offset];
            // Directives (`%YAML 1.1`) stand before the separator and belong to what follows it.
            if !is_directives(piece) {
                values(piece, begin_line, &mut pieces);
                (begin, begin_line) = (offset + content.len(), line + 1);
            }
        }
        offset += content.len();
        line += 1;
    }
    values(&text[begin..], begin_line, &mut pieces);
    (pieces, problems)
}

fn bad_separator(source: &Arc<str>, line: u32, rest: &str) -> Problem {
    let problem = Problem::new(source, "this line begins like a separator of documents, but is none")
        .at(Position { line, column: 1 }, None)
        .instead(
            format!("--- followed by {}", super::fault::excerpt(rest)),
            "--- alone on its line, or followed by a comment",
        );
    if rest.starts_with("--BEGIN") || rest.starts_with("--END") {
        problem.hint("indent the certificate or key below its field, under a `|`")
    } else {
        problem.hint("put what follows --- on a line of its own")
    }
}

fn is_directives(piece: &str) -> bool {
    let mut lines = piece.lines().filter(|line| !is_blank(line)).peekable();
    lines.peek().is_some() && lines.all(|line| line.starts_with('%'))
}

fn is_blank(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim();
    line.is_empty() || line.starts_with('#')
}

/// Appends the piece, or, if it is a sequence of JSON values, each of them.
fn values<'t>(text: &'t str, line: u32, pieces: &mut Vec<Piece<'t>>) {
    let whole = Piece { text, start: Position { line, column: 1 } };
    let content = text.trim_start();
    if !content.starts_with('{') {
        pieces.push(whole);
        return;
    }
    let lead = text.len() - content.len();
    let mut stream = serde_json::Deserializer::from_str(content).into_iter::<IgnoredAny>();
    let mut ends = Vec::new();
    while let Some(Ok(_)) = stream.next() {
        ends.push(lead + stream.byte_offset());
    }
    // What is behind the last value that could be read goes the way of YAML, which says what is wrong with it.
    let mut start = whole.start;
    let mut begin = 0;
    for end in ends {
        let value = &text[begin..end];
        pieces.push(Piece { text: value, start });
        start = advance(start, value);
        begin = end;
    }
    if begin == 0 || !text[begin..].trim().is_empty() {
        pieces.push(Piece { text: &text[begin..], start });
    }
}

/// The position behind `text`, if it begins at `start`.
fn advance(start: Position, text: &str) -> Position {
    let lines = text.matches('\n').count() as u32;
    let last = text.rsplit('\n').next().unwrap_or_default();
    let columns = last.chars().count() as u32;
    if lines == 0 {
        Position { line: start.line, column: start.column + columns }
    } else {
        Position { line: start.line + lines, column: 1 + columns }
    }
}
