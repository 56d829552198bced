//! The assumptions under which a claim is made; every verdict names them.

use std::fmt;

/// Which sets of enabled processes may move in one step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Daemon {
    /// One process a step. What a Kubernetes control plane is: the API server puts all writes in one order.
    #[default]
    Central,
}

/// Which infinite runs count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Fairness {
    /// Every run counts, also one that passes over a process for ever.
    Unfair,
    /// A process that stays enabled is taken at some time.
    #[default]
    Weak,
}

impl fmt::Display for Daemon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Daemon::Central => f.write_str("central"),
        }
    }
}

impl fmt::Display for Fairness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fairness::Unfair => "unfair",
            Fairness::Weak => "weakly fair",
        })
    }
}
