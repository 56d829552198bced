//! The successors of a few states, on their way into the graph.

use evenkeel_system::{Cost, Duty, Stabilizing};

use crate::table::Batch;

/// States before they are looked up, and what is known of them. Nothing stays here; keeping it saves allocations.
pub(crate) struct Stage<S: Stabilizing> {
    /// Where they are packed and looked up.
    pub(crate) batch: Batch,
    pub(crate) states: Vec<S::State>,
    /// Who owes the step to each.
    pub(crate) duties: Vec<Option<Duty>>,
    /// What the step to each costs.
    pub(crate) costs: Vec<Cost>,
    /// For each state that was expanded, how many successors it and those before it have.
    pub(crate) ends: Vec<usize>,
    /// The actions of the state under expansion.
    actions: Vec<S::Action>,
}

impl<S: Stabilizing> Stage<S> {
    pub(crate) fn new() -> Self {
        Stage {
            batch: Batch::default(),
            states: Vec::new(),
            duties: Vec::new(),
            costs: Vec::new(),
            ends: Vec::new(),
            actions: Vec::new(),
        }
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        self.batch.clear();
        self.states.clear();
        self.duties.clear();
        self.costs.clear();
        self.ends.clear();
    }

    /// Takes every choice of a state.
    pub(crate) fn expand(&mut self, system: &S, state: &S::State) {
        self.actions.clear();
        system.enabled(state, &mut self.actions);
        for action in &self.actions {
            let next = system.step(state, action);
            self.batch.push(&next);
            self.states.push(next);
            self.duties.push(system.duty(action));
            self.costs.push(system.cost(state, action));
        }
        self.ends.push(self.states.len());
    }
}
