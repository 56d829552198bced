//! Why a search ended, and how it tells of itself on the way.

use std::fmt;

/// How far a search may go. A limit that was hit is never a pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Distinct states.
    pub states: usize,
    /// Bytes that the search's own tables hold.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { states: 20_000_000, bytes: 4 << 30 }
    }
}

/// The reason for which a search ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// Everything reachable was seen.
    Complete,
    /// That many distinct states were seen, and there are more.
    States(usize),
    /// The tables reached that many bytes.
    Bytes(usize),
    /// The time that was granted ran out.
    Time,
    /// A person interrupted it.
    Interrupted,
    /// A state that breaks an invariant was found; what lies beyond it was not looked at.
    Violation,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Complete => f.write_str("complete"),
            Stop::States(n) => write!(f, "the limit of {n} states was reached"),
            Stop::Bytes(n) => write!(f, "the limit of {n} bytes was reached"),
            Stop::Time => f.write_str("the time limit was reached"),
            Stop::Interrupted => f.write_str("interrupted"),
            Stop::Violation => f.write_str("an invariant was broken"),
        }
    }
}

/// How far a search has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Distinct states seen.
    pub states: usize,
    /// Transitions seen.
    pub transitions: usize,
    /// States seen but not yet expanded.
    pub frontier: usize,
    /// Steps from an initial state to the state now expanded.
    pub depth: usize,
    /// Bytes held by the search's tables.
    pub bytes: usize,
}

/// Whether to go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// Go on.
    Continue,
    /// End the search, for this reason.
    End(Stop),
}

/// Looks on while a search runs; it is where clocks and Ctrl-C come in.
pub trait Watch {
    /// Is called every few dozen states.
    fn progress(&mut self, progress: &Progress) -> Flow;
}

/// Looks on in silence and never ends a search.
impl Watch for () {
    fn progress(&mut self, _: &Progress) -> Flow {
        Flow::Continue
    }
}
