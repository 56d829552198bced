//! Where in a document the types of an expression are wrong.

use evenkeel_api::cel::{Mistake, Program, Type};
use evenkeel_object::parse::Document;
use evenkeel_object::{Path, Position, Problem};

/// The type of what the expression `program` in the value at `path` comes to, as an object or a variable holds it; `known` are the types of its
/// variables. What is wrong with it goes into `problems`.
pub fn inferred(
    document: &Document,
    path: &Path,
    program: &Program,
    known: &[(&str, Type)],
    problems: &mut Vec<Problem>,
) -> Type {
    let (of, mistakes) = program.infer(known);
    for mistake in mistakes {
        let word = mistake.place.and_then(|place| word(document, path, program.text(), place));
        let mut problem = problem(document, path, mistake);
        problem.position = word.or(problem.position);
        problems.push(problem);
    }
    of.stored()
}

/// A mistake as a problem with the value at `path`.
pub fn problem(document: &Document, path: &Path, mistake: Mistake) -> Problem {
    said(document.problem(path, ""), mistake)
}

/// A mistake as a problem with the field at `path` itself.
pub fn name_problem(document: &Document, path: &Path, mistake: Mistake) -> Problem {
    said(document.name_problem(path, ""), mistake)
}

fn said(problem: Problem, mistake: Mistake) -> Problem {
    Problem {
        message: mistake.message,
        found: mistake.found,
        expected: mistake.expected,
        hint: mistake.hint,
        ..problem
    }
}

/// A problem with an expression that comes to a value of another type than it should.
pub fn other_type(document: &Document, path: &Path, found: &Type, expected: &str) -> Problem {
    let name = path.to_string();
    let mut problem = document.problem(path, format!("{} comes to {found}", name.trim_start_matches('.')));
    (problem.found, problem.expected) = (found.to_string(), expected.to_owned());
    problem
}

/// Where a word of the expression stands, if the document has the text in one line, just as it is meant.
fn word(document: &Document, path: &Path, expression: &str, (line, column): (usize, usize)) -> Option<Position> {
    let text = path.of(&document.value).as_str()?;
    let before = text[..text.find(expression)?].chars().count();
    let (start, end) = (document.position(path), document.end(path));
    let width = (end.column as usize).checked_sub(start.column as usize)?;
    let length = text.chars().count();
    let quote = match width.checked_sub(length)? {
        quotes @ (0 | 2) if start.line == end.line && line == 1 => quotes / 2,
        _ => return None,
    };
    let column = start.column as usize + quote + before + column - 1;
    Some(Position { line: start.line, column: u32::try_from(column).ok()? })
}
