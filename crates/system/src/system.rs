//! The trait of a transition system, and what judging it needs to know besides.

use std::fmt::Debug;
use std::ops::Add;

use crate::Pack;

/// Has initial states, and in each state a list of enabled actions, each leading to exactly one state.
///
/// `step` is total on enabled actions, and what is enabled is decided in [`System::enabled`] alone. Equal states have equal
/// futures. Both functions are pure: an implementation may remember what it computed (behind a `RefCell` or a lock), but the
/// same arguments always give the same answer, and the actions of a state always come in the same order.
pub trait System {
    /// A state. Two states that are equal have the same packed words, and the other way round.
    type State: Clone + Eq + Pack;
    /// A choice that the daemon or the environment can make.
    type Action: Clone + Eq + Debug;

    /// The states in which a run may begin; at least one.
    fn initial(&self) -> Vec<Self::State>;

    /// Appends the actions that are enabled in `state`, in a fixed order.
    fn enabled(&self, state: &Self::State, actions: &mut Vec<Self::Action>);

    /// The one state to which an enabled action leads.
    fn step(&self, state: &Self::State, action: &Self::Action) -> Self::State;
}

/// What fairness owes: a process that may not be passed over for ever. The number means something to its system only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Duty(pub u32);

/// What one step adds to the bill.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Cost {
    /// Steps of any process; the environment's are free.
    pub moves: u64,
    /// Reconciles that a controller began.
    pub reconciles: u64,
    /// Writes that the API server carried out (those that changed something).
    pub api_writes: u64,
}

impl Cost {
    /// One move of a process, and nothing else.
    pub const MOVE: Cost = Cost { moves: 1, reconciles: 0, api_writes: 0 };
}

impl Add for Cost {
    type Output = Cost;

    fn add(self, other: Cost) -> Cost {
        Cost {
            moves: self.moves + other.moves,
            reconciles: self.reconciles + other.reconciles,
            api_writes: self.api_writes + other.api_writes,
        }
    }
}

/// What a search keeps of a step besides where it leads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Label {
    /// Who owes it; none for the environment.
    pub duty: Option<Duty>,
    /// What it costs.
    pub cost: Cost,
    /// Whether a duty may go by another name afterwards.
    pub renames: bool,
}

/// A system of which one can ask whether it stabilizes.
pub trait Stabilizing: System {
    /// Whether a state is legitimate.
    fn legitimate(&self, state: &Self::State) -> bool;

    /// The process that owes this action, or none for the environment and for faults, which may stay away for ever.
    fn duty(&self, action: &Self::Action) -> Option<Duty>;

    /// What the action costs when taken in `state`.
    fn cost(&self, _state: &Self::State, action: &Self::Action) -> Cost {
        if self.duty(action).is_some() { Cost::MOVE } else { Cost::default() }
    }

    /// Takes every choice of `state`: hands over each successor with its label, in the order of the actions.
    ///
    /// A search asks nothing else, so a system that finds all of this together should say so here. `actions` is only for those that do not, and
    /// is left in any condition.
    fn successors(
        &self,
        state: &Self::State,
        actions: &mut Vec<Self::Action>,
        mut each: impl FnMut(&Self::State, Label),
    ) where
        Self: Sized,
    {
        actions.clear();
        self.enabled(state, actions);
        for action in actions.iter() {
            let (duty, cost) = (self.duty(action), self.cost(state, action));
            each(&self.step(state, action), Label { duty, cost, renames: self.renames(state, action) });
        }
    }

    /// The name that `duty`, owed in `state`, goes by after `action`; none if the process is gone.
    ///
    /// A system that keeps interchangeable things sorted gives them new places as it goes. Fairness is owed to the thing, not to
    /// the place, so the judge follows each duty along the run through this function.
    fn carried(&self, _state: &Self::State, _action: &Self::Action, duty: Duty) -> Option<Duty> {
        Some(duty)
    }

    /// Whether [`Stabilizing::carried`] gives any duty another name along that action; who says more there has to say so here.
    fn renames(&self, _state: &Self::State, _action: &Self::Action) -> bool {
        false
    }

    /// A final state as it is compared with others: without what only the environment has left to do.
    fn form(&self, state: &Self::State) -> Self::State {
        state.clone()
    }

    /// An invariant that `state` breaks, by its index among those of the system.
    fn violated(&self, _state: &Self::State) -> Option<usize> {
        None
    }

    /// Whether it is not known that `state` breaks no invariant, or that it is legitimate although [`Stabilizing::legitimate`] says so.
    ///
    /// An unknown is never a pass: with such a state in reach nothing is said to stabilize.
    fn unknown(&self, _state: &Self::State) -> bool {
        false
    }
}
