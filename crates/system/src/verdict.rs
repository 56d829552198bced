//! The closed set of words in which evenkeel answers, and what comes with each.

use std::fmt;

use crate::{Cost, Lasso, Limits, Run, Stop};

/// The answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Every run that the daemon admits and deems fair reaches a legitimate state and stays among them.
    Stabilizes,
    /// A fair run goes round for ever through states that are not all legitimate.
    Oscillates,
    /// A fair run goes round for ever and grows with each round.
    Diverges,
    /// A run ends outside the legitimate states, with no way back.
    Stuck,
    /// Two runs from one initial state end in different states.
    Ambiguous,
    /// A run reaches a state that breaks an invariant.
    Violates,
    /// A limit was hit before the answer was known, or the answer hangs on something that cannot be told of some state.
    Undecided,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Verdict; 7] = [
        Verdict::Stabilizes,
        Verdict::Oscillates,
        Verdict::Diverges,
        Verdict::Stuck,
        Verdict::Ambiguous,
        Verdict::Violates,
        Verdict::Undecided,
    ];

    /// The word, as it stands in reports and scenarios.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Stabilizes => "stabilizes",
            Verdict::Oscillates => "oscillates",
            Verdict::Diverges => "diverges",
            Verdict::Stuck => "stuck",
            Verdict::Ambiguous => "ambiguous",
            Verdict::Violates => "violates",
            Verdict::Undecided => "undecided",
        }
    }

    /// The verdict of that word.
    pub fn from_word(word: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// The program's exit code. 2 is left for what could not run at all.
    pub fn exit_code(self) -> u8 {
        match self {
            Verdict::Stabilizes => 0,
            Verdict::Undecided => 3,
            _ => 1,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What shows that a verdict is right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Evidence<S, A> {
    /// Nothing to show: the search was exhaustive and found no fault, or was cut short.
    None,
    /// A shortest run to the state in question: one that is stuck, that breaks an invariant, or (undecided) of which something is unknown.
    Run(Run<S, A>),
    /// A shortest run to a cycle, and the cycle, which serves every duty that the fairness assumed owes. If the verdict is `stuck`, nothing on it
    /// changes the state.
    Lasso(Lasso<S, A>),
    /// Two runs from one initial state; `shared` is the number of actions after which they part.
    Fork {
        /// Ends in one final state.
        left: Run<S, A>,
        /// Ends in another.
        right: Run<S, A>,
        /// How many actions they have in common at the start.
        shared: usize,
    },
}

/// The exact worst case until the first legitimate state, and the run that attains it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorstCase<S, A> {
    /// The largest cost, each of its three numbers on its own.
    pub cost: Cost,
    /// A run that attains the largest number of moves.
    pub run: Run<S, A>,
}

/// What the search saw.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    /// Distinct states.
    pub states: usize,
    /// Transitions, also those that lead a state to itself.
    pub transitions: usize,
    /// Legitimate states among them.
    pub legitimate: usize,
    /// States that no process changes: a run may end there. (The environment may still act, but it need not.)
    pub terminal: usize,
    /// The longest of the shortest ways from an initial state.
    pub depth: usize,
    /// The most bytes that the search's own tables held.
    pub bytes: usize,
}

/// A verdict, with everything that comes with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement<S, A> {
    /// The word.
    pub verdict: Verdict,
    /// What shows it.
    pub evidence: Evidence<S, A>,
    /// The largest cost of reaching a legitimate state; none where it is unbounded (a run that is not fair goes round for ever)
    /// or where the system does not converge.
    pub worst_case: Option<WorstCase<S, A>>,
    /// Final states, legitimate and changed by no process, that can be told apart by [`crate::Stabilizing::form`].
    pub finals: usize,
    /// Which invariant is broken, if the verdict is `violates`.
    pub invariant: Option<usize>,
    /// Why the search ended.
    pub stop: Stop,
    /// How far it was allowed to go.
    pub limits: Limits,
    /// What it saw.
    pub statistics: Statistics,
}
