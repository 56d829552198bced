//! The Common Expression Language, as Kubernetes speaks it.
//!
//! * [`program`]: an expression, ready to be evaluated: [`Program::compile`], [`Program::evaluate`]
//! * `text`, `parse`, `tree`: from text to a tree; `library`: the functions that Kubernetes 1.37 knows
//! * `datum`, `convert`: the values that expressions compute with, and from and to ours
//! * `evaluate`, `each`, `operate`, `call`: what a tree comes to
//!
//! Only the parser and the functions of the libraries are those of the crates `cel` and `kube-cel`, and only this module knows
//! them. The rest is our own, because theirs walks maps in the order of a random hash, takes a field of a string for `false`, and
//! copies whole objects to look at one field.
//!
//! What is left out: static types (so an expression that the server refuses as ill-typed fails here only when it is evaluated),
//! cost budgets, the authorizer, and objects written as `Type{…}`. The latter two are reported when an expression is compiled.

mod call;
mod convert;
mod datum;
mod each;
mod evaluate;
mod library;
mod operate;
mod parse;
pub mod program;
mod text;
mod tree;

pub(crate) use datum::{Datum, Like, Text};
pub(crate) use evaluate::{Fault, Names};
pub use program::{CompileError, Problem, Program, variables};

#[cfg(test)]
mod tests;
