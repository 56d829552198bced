//! The documentation, the program and the schemas say the same.
// Tests read the examples that are checked.
#![allow(clippy::disallowed_methods)]

mod examples;
mod facts;
mod parsers;
mod sample;
mod validator;
