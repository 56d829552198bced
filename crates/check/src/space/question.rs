//! What can be asked about a space of configurations.

use evenkeel_system::{Stop, Verdict};

/// Which infinite runs count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fairness {
    /// All.
    Unfair,
    /// Those in which nobody who stays enabled from some point on is never taken.
    Weak,
    /// Those in which nobody who is enabled again and again is never taken.
    Strong,
}

/// A system whose configurations are the numbers below [`Space::size`], all of them initial, with at most 64 processes and 64 duties.
///
/// The functions are pure: the same arguments give the same answers, in the same order.
pub trait Space {
    /// How many configurations there are.
    fn size(&self) -> u32;

    /// Whether there is a configuration of that number; nobody steps out of those that there are.
    fn exists(&self, _configuration: u32) -> bool {
        true
    }

    /// Whether a configuration is legitimate.
    fn legitimate(&self, configuration: u32) -> bool;

    /// The processes that are enabled, as bits.
    fn enabled(&self, configuration: u32) -> u64;

    /// What fairness owes there, as bits: to processes, or to their actions.
    fn duties(&self, configuration: u32) -> u64;

    /// Whether never more than one process moves in a step, so that moves and steps are the same.
    fn moves_are_steps(&self) -> bool {
        false
    }

    /// Adds what the daemon can choose.
    fn choices(&self, configuration: u32, choices: &mut Choices);
}

/// One choice of the daemon.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The processes that move, as bits.
    pub movers: u64,
    /// The duties that are served, as bits.
    pub served: u64,
    /// How likely it is under the uniform random daemon.
    pub weight: f64,
    /// Where its outcomes end among all.
    end: u32,
}

/// Where a choice can lead.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The configuration.
    pub target: u32,
    /// How likely it is; all of a choice add up to one.
    pub chance: f64,
}

/// The choices in a configuration, each with at least one outcome.
#[derive(Default, Debug)]
pub struct Choices {
    choices: Vec<Choice>,
    outcomes: Vec<Outcome>,
}

impl Choices {
    /// Adds a choice with what was added by [`Choices::lead`] since the one before.
    #[inline]
    pub fn choose(&mut self, movers: u64, served: u64, weight: f64) {
        self.choices.push(Choice { movers, served, weight, end: self.outcomes.len() as u32 });
    }

    /// Adds an outcome to the choice that is added next.
    #[inline]
    pub fn lead(&mut self, target: u32, chance: f64) {
        self.outcomes.push(Outcome { target, chance });
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.choices.clear();
        self.outcomes.clear();
    }

    /// Each choice with its outcomes.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (&Choice, &[Outcome])> {
        let mut start = 0;
        self.choices.iter().map(move |choice| {
            let outcomes = &self.outcomes[start..choice.end as usize];
            start = choice.end as usize;
            (choice, outcomes)
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.choices.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }
}

/// The longest way until settled, over all configurations and all choices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Worst {
    /// Choices of the daemon.
    pub steps: u64,
    /// Activations of processes.
    pub moves: u64,
}

/// The most rounds until settled, the last counted as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounds {
    /// So many.
    AtMost(u64),
    /// There is no bound.
    Unbounded,
    /// Too much would have to be looked at, or it does not stabilize.
    NotCounted,
}

/// A number for each configuration, in short.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Extremes {
    /// The largest.
    pub max: f64,
    /// The mean over all configurations, settled ones included.
    pub mean: f64,
}

/// How long it takes on average if the daemon chooses by chance.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Expected {
    /// Choices of the daemon.
    pub steps: Extremes,
    /// Activations of processes.
    pub moves: Extremes,
    /// No number is farther off than this (but for rounding).
    pub error: f64,
}

/// What is known of a space.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// `Stabilizes`, `Oscillates`, `Stuck` or `Undecided`. Where chance has a part, that it stabilizes is meant with probability one, whatever the daemon does.
    pub verdict: Verdict,
    /// How many configurations there are.
    pub states: u64,
    /// How many of them are legitimate.
    pub legitimate: u64,
    /// Whether nobody leaves the legitimate ones. Otherwise it is asked about the largest part of them that nobody leaves.
    pub is_closed: bool,
    /// None if there is no bound.
    pub worst: Option<Worst>,
    /// The most rounds.
    pub rounds: Rounds,
    /// None if it is infinite.
    pub expected: Option<Expected>,
    /// Whether each configuration has a way to the legitimate ones (weak stabilization).
    pub is_possible: Option<bool>,
    /// A round of configurations that a fair run can go for ever, or the one in which it is stuck; empty if it stabilizes.
    pub evidence: Vec<u32>,
    /// Why the search ended.
    pub stop: Stop,
}
