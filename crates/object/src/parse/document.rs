//! One document of an input, and where in the input each of its parts stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Object, Path, Position, Problem, Step, Value};

/// One manifest: an object that somebody wrote, and the place of everything in it.
///
/// Copying one copies pointers.
#[derive(Clone, Debug)]
pub struct Document {
    /// The name of the input it comes from, as the user knows it.
    pub source: Arc<str>,
    /// What was written.
    pub value: Value,
    pub(super) mark: Mark,
}

/// Where a value stands, and where its parts do.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) span: Span,
    pub(super) parts: Parts,
}

/// From its first character to just behind its last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub(super) start: Position,
    pub(super) end: Position,
}

/// The marks of the fields or items of a value.
#[derive(Clone, Debug)]
pub(super) enum Parts {
    None,
    List(Arc<Vec<Mark>>),
    Map(Arc<Marks>),
}

/// By field: where its name stands, and where its value does.
pub(super) type Marks = BTreeMap<Arc<str>, (Span, Mark)>;

impl Document {
    /// Where the value at that place begins.
    ///
    /// Where nothing stands at that place, it is the beginning of the innermost value around it that is there.
    pub fn position(&self, path: &Path) -> Position {
        self.walk(path).value.start
    }

    /// Just behind the last character of the value at that place, or of the innermost value around it that is there.
    pub fn end(&self, path: &Path) -> Position {
        self.walk(path).value.end
    }

    /// Where the name of the field at that place stands; of an item or the whole document, where its value does.
    pub fn name_position(&self, path: &Path) -> Position {
        let found = self.walk(path);
        found.name.unwrap_or(found.value).start
    }

    /// A problem with the value at that place.
    pub fn problem(&self, path: &Path, message: impl Into<String>) -> Problem {
        let span = self.walk(path).value;
        Problem::new(&self.source, message).at(span.start, Some(span.end))
    }

    /// A problem with the field at that place itself, such as that there should be none of that name.
    pub fn name_problem(&self, path: &Path, message: impl Into<String>) -> Problem {
        let found = self.walk(path);
        let span = found.name.unwrap_or(found.value);
        Problem::new(&self.source, message).at(span.start, Some(span.end))
    }

    /// What was written, as an object.
    pub fn object(&self) -> Object {
        Object(self.value.clone())
    }

    /// The part of this document at that place, as a document of its own.
    pub fn part(&self, path: &Path) -> Option<Document> {
        let mut document = self.clone();
        for step in &path.0 {
            document = document.child(step)?;
        }
        Some(document)
    }

    fn child(&self, step: &Step) -> Option<Document> {
        let (_, mark) = self.mark.child(step)?;
        Some(Document {
            source: self.source.clone(),
            value: match step {
                Step::Field(name) => self.value[&**name].clone(),
                Step::Index(index) => self.value[*index].clone(),
            },
            mark: mark.clone(),
        })
    }

    fn walk(&self, path: &Path) -> Found {
        let mut mark = &self.mark;
        let mut name = None;
        for step in &path.0 {
            let Some((next_name, next)) = mark.child(step) else {
                break;
            };
            (name, mark) = (next_name, next);
        }
        Found { name, value: mark.span }
    }
}

/// Where a walk along a path ended.
struct Found {
    name: Option<Span>,
    value: Span,
}

impl Mark {
    fn child(&self, step: &Step) -> Option<(Option<Span>, &Mark)> {
        match (step, &self.parts) {
            (Step::Field(name), Parts::Map(marks)) => marks.get(name).map(|(name, mark)| (Some(*name), mark)),
            (Step::Index(index), Parts::List(marks)) => marks.get(*index).map(|mark| (None, mark)),
            _ => None,
        }
    }
}
