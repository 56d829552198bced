//! The successors of a few states, on their way into the graph.

use evenkeel_system::{Label, Stabilizing};

use crate::table::Batch;

/// States before they are looked up, and what is known of them. Nothing stays here; keeping it saves allocations.
pub(crate) struct Stage<S: Stabilizing> {
    /// Where they are packed and looked up.
    pub(crate) batch: Batch,
    states: Vec<S::State>,
    n_states: usize,
    /// What else is known of the step to each.
    pub(crate) labels: Vec<Label>,
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
            n_states: 0,
            labels: Vec::new(),
            ends: Vec::new(),
            actions: Vec::new(),
        }
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        self.batch.clear();
        self.n_states = 0;
        self.labels.clear();
        self.ends.clear();
    }

    /// Takes every choice of a state.
    pub(crate) fn expand(&mut self, system: &S, state: &S::State) {
        let Stage { batch, states, n_states, labels, actions, .. } = self;
        system.successors(state, actions, |next, label| {
            batch.push(next);
            match states.get_mut(*n_states) {
                Some(slot) => slot.clone_from(next),
                None => states.push(next.clone()),
            }
            *n_states += 1;
            labels.push(label);
        });
        self.ends.push(self.n_states);
    }

    /// The state of that number among all successors.
    pub(crate) fn state(&self, number: usize) -> &S::State {
        &self.states[number]
    }
}
