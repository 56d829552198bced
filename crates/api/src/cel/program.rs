//! An expression, ready to be evaluated.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use evenkeel_object::Value;
use rustc_hash::FxHashMap;

use super::datum::Datum;
use super::evaluate::{Fault, Names, Scope};
use super::infer::Inference;
use super::known::Type;
use super::mistake::Mistake;
use super::parse::{Makes, parse};
use super::text::{depth, only_place_of};
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
    static MUTATIONS: RefCell<FxHashMap<Box<str>, Result<Program, CompileError>>> = RefCell::default();
}

impl Program {
    /// The expression that a text is. The same text is compiled once a thread.
    pub fn compile(text: &str) -> Result<Program, CompileError> {
        COMPILED.with_borrow_mut(|compiled| {
            if let Some(program) = compiled.get(text) {
                return program.clone();
            }
            let program = compile(text, Makes::Values);
            compiled.insert(text.into(), program.clone());
            program
        })
    }

    /// The expression of a mutation that a text is: it may make objects (`Object{…}`) and operations of a patch (`JSONPatch{…}`).
    pub fn compile_mutation(text: &str) -> Result<Program, CompileError> {
        MUTATIONS.with_borrow_mut(|compiled| {
            compiled.entry(text.into()).or_insert_with(|| compile(text, Makes::Objects)).clone()
        })
    }

    /// What the expression comes to with these variables, as a value of an object; or the error, in the words of the server.
    ///
    /// What an expression with an error would have come to is unknown; it must never be taken for `true`.
    pub fn evaluate(&self, variables: &[(&str, &Value)]) -> Result<Value, String> {
        self.run(&variables).and_then(Datum::into_value).map_err(|fault| fault.0)
    }

    /// What the expression comes to with these variables.
    pub(crate) fn run(&self, names: &dyn Names) -> Result<Datum, Fault> {
        let mut scope = Scope { names, bound: Vec::new() };
        scope.evaluate(&self.inner.tree)
    }

    /// The type of what it comes to with variables of these types, and what is wrong with it whatever their values are.
    ///
    /// Nothing is known of a variable that is not among them, and nothing that might be right is a mistake.
    pub fn infer(&self, variables: &[(&str, Type)]) -> (Type, Vec<Mistake>) {
        let mut inference = Inference::new(variables);
        let of = inference.of(&self.inner.tree);
        let mut mistakes = inference.mistakes;
        for mistake in &mut mistakes {
            mistake.place = only_place_of(&self.inner.text, &mistake.word);
        }
        (of, mistakes)
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

fn compile(text: &str, makes: Makes) -> Result<Program, CompileError> {
    if let Some(message) = too_much(text) {
        return Err(CompileError { message, line: 1, column: 1, gap: true });
    }
    let tree = parse(text, makes)?;
    let mut variables = Vec::new();
    tree.free(&mut Vec::new(), &mut variables);
    let text = text.into();
    Ok(Program { inner: Arc::new(Inner { text, tree, variables }) })
}

/// What there is too much of for the parser.
fn too_much(text: &str) -> Option<String> {
    if text.len() > LENGTH_MAX {
        return Some(format!("an expression of more than {LENGTH_MAX} bytes is not supported"));
    }
    (depth(text) > DEPTH_MAX).then(|| format!("an expression nested deeper than {DEPTH_MAX} is not supported"))
}

/// Variables that are values.
impl Names for &[(&str, &Value)] {
    fn get(&self, name: &str) -> Option<Result<Datum, Fault>> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| Ok(Datum::Value((*value).clone())))
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({:?})", self.inner.text)
    }
}
