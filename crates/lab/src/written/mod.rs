//! Algorithms as text: guarded commands of processes on a graph.
//!
//! ```text
//! # Dijkstra's ring
//! param k = n
//! var v : 0..k-1
//! process 0:
//!   step: v == left.v -> v := (v + 1) % k
//! process others:
//!   copy: v != left.v -> v := left.v
//! legitimate: enabled == 1
//! ```
//!
//! * `token`: words and signs; `expression`: what is computed; `parse`: from text to a script
//! * `program`: a script on a topology, as an algorithm

pub(crate) mod expression;
pub(crate) mod parse;
pub(crate) mod program;
pub(crate) mod token;

use std::fmt;

use crate::algorithm::Algorithm;
use crate::algorithms::Parameters;
use crate::topology::Topology;

/// What is wrong with a text, and where.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What was found, and what was expected.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.what)
    }
}

/// An algorithm that is written down, on a topology; otherwise everything that is wrong with it.
pub fn written(text: &str, topology: &Topology, parameters: &Parameters) -> Result<Box<dyn Algorithm>, Vec<Mistake>> {
    let script = parse::parse(text)?;
    Ok(Box::new(program::Program::new(script, topology, parameters)?))
}
