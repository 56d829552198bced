//! The successors of a few states, on their way into the graph.

use evenkeel_system::{Label, Stabilizing};

use crate::table::Batch;

/// States before they are looked up, and what is known of them. Nothing stays here; keeping it saves allocations.
pub(crate) struct Stage<S: Stabilizing> {
    /// Where they are packed and looked up.
    pub(crate) batch: Batch,
    pub(crate) states: Vec<S::State>,
    /// What else is known of the step to each.
    pub(crate) labels: Vec<Label>,
    /// For each state that was expanded, how many successors it and those before it have.
    pub(crate) ends: Vec<usize>,
    /// The actions of the state under expansion.
    actions: Vec<S::Action>,
}

impl<S: Stabilizing> Stage<S> {
    pub(crate) fn new() -> Self {
        Stage { batch: Batch::default(), states: Vec::new(), labels: Vec::new(), ends: Vec::new(), actions: Vec::new() }
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        self.batch.clear();
        self.states.clear();
        self.labels.clear();
        self.ends.clear();
    }

    /// Takes every choice of a state.
    pub(crate) fn expand(&mut self, system: &S, state: &S::State) {
        let Stage { batch, states, labels, actions, .. } = self;
        system.successors(state, actions, |next, label| {
            batch.push(&next);
            states.push(next);
            labels.push(label);
        });
        self.ends.push(self.states.len());
    }
}
