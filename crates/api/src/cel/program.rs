//! An expression, ready to be evaluated.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use evenkeel_object::Value;
use rustc_hash::FxHashMap;

use super::datum::Datum;
use super::evaluate::{Fault, Names, Scope};
use super::parse::parse;
use super::tree::Tree;

/// An expression. Copying one copies a pointer.
#[derive(Clone)]
pub struct Program {
    inner: Arc<Inner>,
}

struct Inner {
    text: Box<str>,
    tree: Tree,
    variables: Vec<Arc<str>>,
}

/// Why a text is no expression that can be evaluated.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("ERROR: <input>:{line}:{column}: {message}")]
pub struct CompileError {
    /// What is wrong.
    pub message: String,
    /// The line in the expression, from 1.
    pub line: usize,
    /// The column in that line, from 1; in characters.
    pub column: usize,
    /// Whether the server would take the expression, and it is only us who cannot: what it comes to is then unknown.
    pub gap: bool,
}

/// An expression in an object that cannot be compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Where in the object it stands, e.g. `spec.validations[0].expression`.
    pub field: String,
    /// What is wrong with it.
    pub error: CompileError,
}

/// How deep an expression may nest: parser, evaluation and freeing recurse, and a stack is finite.
const DEPTH_MAX: usize = 250;

/// How long an expression may be. The server's own limit is its cost budget.
const LENGTH_MAX: usize = 64 * 1024;

thread_local! {
    static COMPILED: RefCell<FxHashMap<Box<str>, Result<Program, CompileError>>> = RefCell::default();
}

impl Program {
    /// The expression that a text is. The same text is compiled once a thread.
    pub fn compile(text: &str) -> Result<Program, CompileError> {
        COMPILED.with_borrow_mut(|compiled| {
            if let Some(program) = compiled.get(text) {
                return program.clone();
            }
            let program = compile(text);
            compiled.insert(text.into(), program.clone());
            program
        })
    }

    /// What the expression comes to with these variables, as a value of an object; or the error, in the words of the server.
    ///
    /// What an expression with an error would have come to is unknown; it must never be taken for `true`.
    pub fn evaluate(&self, variables: &[(&str, &Value)]) -> Result<Value, String> {
        self.run(&variables)
            .and_then(Datum::into_value)
            .map_err(|fault| fault.0)
    }

    /// What the expression comes to with these variables.
    pub(crate) fn run(&self, names: &dyn Names) -> Result<Datum, Fault> {
        let mut scope = Scope {
            names,
            bound: Vec::new(),
        };
        scope.evaluate(&self.inner.tree)
    }

    /// The text that it was compiled from.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// The variables that it reads, in the order of their names; without those that its macros bind.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.inner.variables.iter().map(|name| &**name)
    }

    /// Whether it reads that variable.
    pub fn reads(&self, variable: &str) -> bool {
        self.variables().any(|name| name == variable)
    }

    /// Whether it reads that field of that variable.
    pub fn selects(&self, variable: &str, field: &str) -> bool {
        self.inner.tree.selects(variable, field)
    }

    /// The variables that it reads and that are not among these.
    pub fn unknown<'p>(&'p self, declared: &'p [&str]) -> impl Iterator<Item = &'p str> {
        self.variables().filter(|name| !declared.contains(name))
    }
}

/// The variables that an expression reads, in the order of their names; without those that its macros bind.
pub fn variables(program: &Program) -> Vec<String> {
    program.variables().map(str::to_string).collect()
}

fn compile(text: &str) -> Result<Program, CompileError> {
    if let Some(message) = too_much(text) {
        return Err(CompileError {
            message,
            line: 1,
            column: 1,
            gap: true,
        });
    }
    let tree = parse(text)?;
    let mut variables = Vec::new();
    tree.free(&mut Vec::new(), &mut variables);
    let text = text.into();
    Ok(Program {
        inner: Arc::new(Inner {
            text,
            tree,
            variables,
        }),
    })
}

/// What there is too much of for the parser.
fn too_much(text: &str) -> Option<String> {
    if text.len() > LENGTH_MAX {
        return Some(format!(
            "an expression of more than {LENGTH_MAX} bytes is not supported"
        ));
    }
    (depth(text) > DEPTH_MAX)
        .then(|| format!("an expression nested deeper than {DEPTH_MAX} is not supported"))
}

/// About how deep the tree of an expression is: chains of operators and selections, summed over the parentheses that are open.
fn depth(text: &str) -> usize {
    // For each open parenthesis: the chain that `&&`, `||` and commas end, and the conditions, which only commas end.
    let mut open = vec![(0usize, 0usize)];
    let (mut deepest, mut at) = (0, 0);
    while at < text.len() {
        if let Some(end) = literal_end(text, at) {
            at = end;
            continue;
        }
        let n_open = open.len();
        let top = open
            .last_mut()
            .expect("the outermost level is never closed");
        match text.as_bytes()[at] {
            b'(' | b'[' | b'{' => {
                top.0 += 1;
                open.push((1, 0));
            }
            b')' | b']' | b'}' if n_open > 1 => {
                open.pop();
            }
            b',' => *top = (0, 0),
            b'&' | b'|' => top.0 = 0,
            b'?' => top.1 += 1,
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'=' | b'<' | b'>' | b'!' => top.0 += 1,
            _ => {}
        }
        deepest = deepest.max(
            open.iter()
                .map(|(chain, conditions)| chain + conditions)
                .sum(),
        );
        at += 1;
    }
    deepest
}

/// Where the string or comment that begins at this byte ends; none if none begins there.
pub(super) fn literal_end(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    if rest.starts_with("//") {
        return Some(at + rest.find('\n').unwrap_or(rest.len()));
    }
    let quote = rest
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))?;
    let raw = at
        .checked_sub(1)
        .is_some_and(|before| matches!(text.as_bytes()[before], b'r' | b'R'));
    let triple = quote.to_string().repeat(3);
    let end = match rest.starts_with(&triple) {
        true => triple,
        false => quote.to_string(),
    };
    let mut place = end.len();
    while place < rest.len() {
        if rest.as_bytes()[place..].starts_with(end.as_bytes()) {
            return Some(at + place + end.len());
        }
        place += if rest.as_bytes()[place] == b'\\' && !raw {
            2
        } else {
            1
        };
    }
    Some(text.len())
}

/// Variables that are values.
impl Names for &[(&str, &Value)] {
    fn get(&self, name: &str) -> Option<Result<Datum, Fault>> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| Ok(Datum::Value((*value).clone())))
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({:?})", self.inner.text)
    }
}
