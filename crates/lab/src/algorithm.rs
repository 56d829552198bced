//! What a process does with what it sees.

/// What a process sees: its own value, and those of its neighbours in the order of its topology.
#[derive(Clone, Copy, Debug)]
pub struct View<'v> {
    /// Which process.
    pub process: usize,
    /// Its own value.
    pub own: u32,
    /// Those of its neighbours.
    pub neighbours: &'v [u32],
}

/// An action that a process may take.
#[derive(Clone, PartialEq, Debug)]
pub struct Move {
    /// Which of the algorithm's actions, from 0; below 8.
    pub action: u8,
    /// What it may come to; the chances add up to one.
    pub outcomes: Vec<Outcome>,
}

/// What an action comes to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Outcome {
    /// The value that the process writes.
    pub value: u32,
    /// What it writes at a neighbour, by its place among them: that of which something is handed over. Under the central daemon only.
    pub elsewhere: Option<(usize, u32)>,
    /// How likely it is.
    pub chance: f64,
}

impl Move {
    /// An action that writes one value.
    pub fn to(action: u8, value: u32) -> Move {
        Move { action, outcomes: vec![Outcome { value, elsewhere: None, chance: 1.0 }] }
    }
}

/// A configuration, as legitimacy is asked of it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'s> {
    /// The value of each process.
    pub values: &'s [u32],
    /// How many processes are enabled.
    pub n_enabled: u32,
    /// How many actions are: a process can have several.
    pub n_privileges: u32,
}

/// An algorithm in the atomic-state model: a process reads its own and its neighbours' values and writes its own in one step.
///
/// What it does is a function of what it sees: the same view, the same moves.
pub trait Algorithm {
    /// How many values each process has; at least one.
    fn domain(&self, process: usize) -> u32;

    /// Adds what a process may do. It is enabled if that is anything at all.
    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>);

    /// Whether all is well.
    fn legitimate(&self, standing: Standing<'_>) -> bool;

    /// Whether there are fewer configurations than the values would make.
    fn is_partial(&self) -> bool {
        false
    }

    /// Whether there can be such a configuration; nobody steps out of those that there can be.
    fn exists(&self, _values: &[u32]) -> bool {
        true
    }

    /// Why what it said of legitimacy so far cannot be relied on, if so.
    fn failure(&self) -> Option<String> {
        None
    }

    /// A value of a process, for people.
    fn told(&self, _process: usize, value: u32) -> String {
        value.to_string()
    }
}
