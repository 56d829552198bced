//! Builds values, and the marks that go with them, from the events of the YAML parser.

use std::collections::BTreeMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span as EventSpan, Tag};

use super::document::{Mark, Parts, Span};
use super::fault::{self, excerpt};
use super::node::{Content, Frame, Key, Node, OpenMap, described, merge};
use super::scalar::{self, Refusal};
use super::split::Piece;
use super::{ALIASED_NODES_MAX, DEPTH_MAX, NODES_MAX};
use crate::{Position, Problem, Value};

/// How much of what is limited for a whole input was used up.
#[derive(Default)]
pub(super) struct Budget {
    nodes: usize,
    aliased: usize,
}

impl Budget {
    /// Whether so much was used up that nothing more is read.
    pub(super) fn is_exhausted(&self) -> bool {
        self.nodes > NODES_MAX || self.aliased > ALIASED_NODES_MAX
    }
}

/// The values of a piece that could be read to the end, and everything that is wrong with it.
pub(super) fn build(
    source: &Arc<str>,
    piece: &Piece,
    budget: &mut Budget,
    problems: &mut Vec<Problem>,
) -> Vec<(Value, Mark)> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    let mut builder =
        Builder { source, piece, budget, problems, frames: Vec::new(), anchors: BTreeMap::new(), root: None };
    let mut values = Vec::new();
    let mut parser = Parser::new_from_str_with_options(piece.text, options);
    while let Some(event) = parser.next_event() {
        match builder.event(event) {
            Ok(Some(root)) => values.push((root.value, root.mark)),
            Ok(None) => {}
            Err(problem) => {
                builder.problems.push(*problem);
                break;
            }
        }
    }
    values
}

struct Builder<'b> {
    source: &'b Arc<str>,
    piece: &'b Piece<'b>,
    budget: &'b mut Budget,
    problems: &'b mut Vec<Problem>,
    frames: Vec<Frame>,
    /// By number; not there while what the anchor stands at is still open.
    anchors: BTreeMap<usize, Node>,
    root: Option<Node>,
}

type Step<T> = Result<T, Box<Problem>>;

impl Builder<'_> {
    /// Takes one event; gives a document back when it is complete. An error ends the reading of this piece.
    fn event(&mut self, event: granit_parser::ParseResult) -> Step<Option<Node>> {
        let (event, span) = event.map_err(|error| self.fault(&error))?;
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                self.root = None;
            }
            Event::DocumentEnd => return Ok(self.root.take()),
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(&text, style, tag.as_deref(), span);
                self.finish(node, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open(Content::List(Vec::new(), Vec::new()), anchor, span)?;
            }
            Event::MappingStart(_, anchor, _) => {
                self.open(Content::Map(Box::default()), anchor, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::UnresolvedAlias(name) => {
                let problem = self
                    .problem(self.span(span), "this alias stands for nothing")
                    .instead(format!("*{name}"), format!("an anchor &{name} before it"))
                    .hint("anchors do not reach from one document to the next");
                self.problems.push(problem);
                self.place(Node::null(self.span(span)))?;
            }
            _ => {}
        }
        Ok(None)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: EventSpan) -> Node {
        let is_plain = style == ScalarStyle::Plain && tag.is_none();
        let span = self.span(span);
        let scalar = scalar::resolve(text, style, tag);
        let float = scalar.as_ref().ok().and_then(|scalar| scalar.float());
        let value = match scalar.and_then(|scalar| scalar.value()) {
            Ok(value) => value,
            // As a key, what is not finite is its text.
            Err(Refusal::NotFinite) if self.awaits_key() => Value::Null,
            Err(refusal) => {
                let problem = refused(self.problem(span, ""), text, refusal);
                self.problems.push(problem);
                Value::Null
            }
        };
        Node { value, float, is_merge: is_plain && text == "<<", ..Node::null(span) }
    }

    fn open(&mut self, content: Content, anchor: usize, span: EventSpan) -> Step<()> {
        let span = self.span(span);
        if self.frames.len() >= DEPTH_MAX {
            return Err(self.too_deep(span));
        }
        self.frames.push(Frame { content, start: span.start, anchor, nodes: 1, height: 1 });
        Ok(())
    }

    fn close(&mut self, span: EventSpan) -> Step<()> {
        let frame = self.frames.pop().expect("the parser ends only what it has begun");
        let end = self.span(span);
        let (value, parts, last) = match frame.content {
            Content::List(items, marks) => {
                let last = marks.last().map(|mark| mark.span.end);
                (items.into(), Parts::List(Arc::new(marks)), last)
            }
            Content::Map(map) => {
                let last = map.marks.values().map(|(_, mark)| mark.span.end).max();
                (map.fields.into(), Parts::Map(Arc::new(map.marks)), last)
            }
        };
        // A block ends with its last part; the parser says so only at the next token, which may be far below. Brackets are tokens.
        let end = match last {
            Some(last) if end.start == end.end => last,
            _ => end.end,
        };
        let node = Node {
            value,
            mark: Mark { span: Span { start: frame.start, end: end.max(frame.start) }, parts },
            nodes: frame.nodes,
            height: frame.height,
            float: None,
            is_merge: false,
        };
        self.finish(node, frame.anchor)
    }

    fn finish(&mut self, node: Node, anchor: usize) -> Step<()> {
        self.budget.nodes += 1;
        if self.budget.nodes > NODES_MAX {
            let problem = self.problem(node.mark.span, "this input is too large");
            return Err(Box::new(problem.instead("", format!("at most {NODES_MAX} values"))));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.place(node)
    }

    fn alias(&mut self, anchor: usize, span: EventSpan) -> Step<()> {
        let span = self.span(span);
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            let problem = self
                .problem(span, "this alias stands within what it stands for")
                .instead("a value that contains itself", "a finite value");
            self.problems.push(problem);
            return self.place(Node::null(span));
        };
        self.budget.aliased = self.budget.aliased.saturating_add(node.nodes);
        if self.budget.aliased > ALIASED_NODES_MAX {
            let problem = self
                .problem(span, "the aliases of this input stand for too much")
                .instead("", format!("at most {ALIASED_NODES_MAX} values through aliases"));
            return Err(Box::new(problem));
        }
        if self.frames.len() + node.height > DEPTH_MAX {
            return Err(self.too_deep(span));
        }
        // An alias of `<<` is no merge.
        self.place(Node { is_merge: false, ..node })
    }

    /// Puts a value where it belongs: into the map or list that is open, or on top.
    fn place(&mut self, node: Node) -> Step<()> {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.nodes = frame.nodes.saturating_add(node.nodes);
        frame.height = frame.height.max(node.height + 1);
        match &mut frame.content {
            Content::List(items, marks) => {
                items.push(node.value);
                marks.push(node.mark);
            }
            Content::Map(map) => match map.key.take() {
                None => self.key(&node),
                Some(Key::Refused) => {}
                Some(Key::Merge) => {
                    if !merge(map, &node) {
                        let problem = self
                            .problem(node.mark.span, "only maps can be merged with <<")
                            .instead(described(&node.value), "a map, or a list of maps");
                        self.problems.push(problem);
                    }
                }
                Some(Key::Field(name, span)) => {
                    map.fields.insert(name.clone(), node.value);
                    map.marks.insert(name, (span, node.mark));
                }
            },
        }
        Ok(())
    }

    /// Takes a value as the key of the map that is open.
    fn key(&mut self, node: &Node) {
        let span = node.mark.span;
        let key = match scalar::key(&node.value, node.float) {
            _ if node.is_merge => Key::Merge,
            Some(name) => {
                let name: Arc<str> = name.into();
                self.note(&name, span);
                Key::Field(name, span)
            }
            None => {
                let problem = self.bad_key(node);
                self.problems.push(problem);
                Key::Refused
            }
        };
        if let Some(map) = self.open_map() {
            map.key = Some(key);
        }
    }

    /// Remembers that a field was written there; it must not have been written before.
    fn note(&mut self, name: &Arc<str>, span: Span) {
        let before = self.open_map().and_then(|map| map.written.insert(name.clone(), span.start));
        if let Some(before) = before {
            let before = format!("it stands in line {}, column {} already", before.line, before.column);
            let problem = self
                .problem(span, format!("the field {name} is here twice"))
                .instead(before, "each field once")
                .hint("kubectl takes the last one without a word; remove one");
            self.problems.push(problem);
        }
    }

    fn awaits_key(&mut self) -> bool {
        self.open_map().is_some_and(|map| map.key.is_none())
    }

    fn open_map(&mut self) -> Option<&mut OpenMap> {
        match &mut self.frames.last_mut()?.content {
            Content::Map(map) => Some(map),
            Content::List(..) => None,
        }
    }

    fn bad_key(&self, node: &Node) -> Problem {
        let problem = self
            .problem(node.mark.span, "this cannot be the name of a field")
            .instead(described(&node.value), "a text");
        if node.value.as_map().is_some() && self.piece.text.contains("{{") {
            problem.hint(fault::TEMPLATE)
        } else {
            problem
        }
    }

    fn too_deep(&self, span: Span) -> Box<Problem> {
        let problem = self.problem(span, format!("more than {DEPTH_MAX} levels deep"));
        Box::new(problem.instead("", "fewer levels"))
    }

    fn fault(&self, error: &granit_parser::ScanError) -> Box<Problem> {
        let fault = fault::fault(error, self.piece.text);
        let mut start = self.position(*error.marker());
        start.column = start.column.saturating_sub(fault.back).max(1);
        let mut problem = Problem::new(self.source, fault.message).at(start, None).instead(fault.found, fault.expected);
        problem.hint = fault.hint.map(String::from);
        Box::new(problem)
    }

    fn problem(&self, span: Span, message: impl Into<String>) -> Problem {
        Problem::new(self.source, message).at(span.start, Some(span.end))
    }

    fn span(&self, span: EventSpan) -> Span {
        Span { start: self.position(span.start), end: self.position(span.end) }
    }

    fn position(&self, marker: granit_parser::Marker) -> Position {
        let start = self.piece.start;
        let line = u32::try_from(marker.line()).unwrap_or(u32::MAX).max(1);
        let column = u32::try_from(marker.col()).unwrap_or(u32::MAX);
        let lead = if line == 1 { start.column } else { 1 };
        Position { line: start.line.saturating_add(line - 1), column: column.saturating_add(lead) }
    }
}

fn refused(problem: Problem, text: &str, refusal: Refusal) -> Problem {
    let (message, expected) = match refusal {
        Refusal::NotFinite => ("JSON has no such number".into(), "a finite number".into()),
        Refusal::NotAs(tag) => (format!("this is not a {tag}"), format!("a {tag}")),
        Refusal::Tag(tag) => (format!("the tag {tag} is not supported"), "a value that JSON has".into()),
    };
    Problem { message, ..problem }.instead(excerpt(text), expected)
}
