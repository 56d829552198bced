//! The Common Expression Language, as Kubernetes speaks it.
//!
//! * [`program`]: an expression, ready to be evaluated: [`Program::compile`], [`Program::evaluate`]
//! * `text`, `parse`, `tree`: from text to a tree; `library`: the functions that Kubernetes 1.37 knows
//! * `datum`, `convert`: the values that expressions compute with, and from and to ours
//! * `evaluate`, `each`, `operate`, `call`: what a tree comes to
//! * [`Type`], [`Mistake`]: what is known of it before: `known`, `mistake`; `infer`, `overload`: of a tree
//!
//! Only the parser and the functions of the libraries are those of the crates `cel` and `kube-cel`, and only this module knows
//! them. The rest is our own, because theirs walks maps in the order of a random hash, takes a field of a string for `false`, and
//! copies whole objects to look at one field.
//!
//! What is left out: static types in policies and schemas (an expression that the server refuses as ill-typed fails there only when it
//! is evaluated; those of our own documents are typed), cost budgets, the authorizer, and objects written as `Type{…}`. The latter two
//! are reported when an expression is compiled.

mod call;
mod convert;
mod datum;
mod each;
mod evaluate;
mod infer;
mod known;
mod library;
mod mistake;
mod operate;
mod overload;
mod parse;
pub mod program;
mod text;
mod tree;

pub(crate) use datum::{Datum, Like, Text};
pub(crate) use evaluate::{Fault, Names};
pub use known::{Record, Type};
pub use mistake::{Mistake, misfits};
pub use program::{CompileError, Problem, Program, variables};

#[cfg(test)]
mod tests;
