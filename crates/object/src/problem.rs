//! What is wrong with something that a person wrote, and where.

use std::fmt;
use std::sync::Arc;

/// A place in a text. Lines and columns count from 1; a column counts characters, not bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The character within it.
    pub column: u32,
}

impl Position {
    /// The first character of a text.
    pub const START: Position = Position { line: 1, column: 1 };
}

/// One thing that is wrong with an input: where, what was found, what was expected.
///
/// It is data, not an error that is thrown: whoever reads an input goes on and gathers all of them. They are ordered by where they are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Problem {
    /// The name of the input, as the user knows it: a path, or `-`.
    pub source: Arc<str>,
    /// Where it begins; none if it is about the whole of the input.
    pub position: Option<Position>,
    /// The place just behind its last character.
    pub end: Option<Position>,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What stands there; empty if that says nothing.
    pub found: String,
    /// What could stand there; empty if that says nothing.
    pub expected: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem with the whole of an input.
    pub fn new(source: &Arc<str>, message: impl Into<String>) -> Problem {
        Problem {
            source: source.clone(),
            position: None,
            end: None,
            message: message.into(),
            found: String::new(),
            expected: String::new(),
            hint: None,
        }
    }

    /// This problem, beginning there and ending just before `end`.
    #[must_use]
    pub fn at(mut self, position: Position, end: Option<Position>) -> Problem {
        self.position = Some(position);
        self.end = end;
        self
    }

    /// This problem, with what was found and what was expected.
    #[must_use]
    pub fn instead(mut self, found: impl Into<String>, expected: impl Into<String>) -> Problem {
        self.found = found.into();
        self.expected = expected.into();
        self
    }

    /// This problem, with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One line: `web.yaml:3:7: metadata.name is missing (found nothing, expected a name)`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(position) = self.position {
            write!(f, ":{position}")?;
        }
        write!(f, ": {}", self.message)?;
        match (&*self.found, &*self.expected) {
            ("", "") => Ok(()),
            (found, "") => write!(f, " (found {found})"),
            ("", expected) => write!(f, " (expected {expected})"),
            (found, expected) => write!(f, " (found {found}, expected {expected})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, Problem};

    #[test]
    fn a_problem_reads_as_one_line() {
        let problem = Problem::new(&"web.yaml".into(), "metadata.name is missing");
        assert_eq!(problem.to_string(), "web.yaml: metadata.name is missing");
        assert_eq!(
            problem.at(Position { line: 3, column: 7 }, None).instead("nothing", "a name").to_string(),
            "web.yaml:3:7: metadata.name is missing (found nothing, expected a name)"
        );
    }
}
