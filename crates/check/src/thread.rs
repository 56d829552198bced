//! Duties followed along edges.
//!
//! A *thread* is a duty enabled in a state, followed from there: one process that waits for its turn. Along an edge a thread ends
//! well, *served*, if the edge takes its duty, if its process is gone, or if the duty is no longer enabled where the edge leads. Otherwise it goes
//! on, perhaps under another name, because a system that keeps interchangeable things sorted moves them about.

use evenkeel_system::{Duty, Stabilizing};

use crate::graph::Graph;

const NOWHERE: u32 = u32::MAX;

/// Where the states of one set stand in it.
pub(crate) struct Members {
    places: Vec<u32>,
}

impl Members {
    /// A set without members, in a graph of `n_states`.
    pub(crate) fn none(n_states: usize) -> Members {
        Members {
            places: vec![NOWHERE; n_states],
        }
    }

    /// The bytes that a set takes in a graph of `n_states`.
    pub(crate) fn bytes(n_states: usize) -> usize {
        n_states * size_of::<u32>()
    }

    /// Adds the states of a set that was empty.
    pub(crate) fn admit(&mut self, states: &[u32]) {
        (0..)
            .zip(states)
            .for_each(|(place, &state)| self.places[state as usize] = place);
    }

    /// Empties the set of these, its members.
    pub(crate) fn dismiss(&mut self, states: &[u32]) {
        states
            .iter()
            .for_each(|&state| self.places[state as usize] = NOWHERE);
    }

    #[inline]
    pub(crate) fn contains(&self, state: usize) -> bool {
        self.places[state] != NOWHERE
    }

    #[inline]
    pub(crate) fn place(&self, state: usize) -> usize {
        debug_assert!(self.contains(state));
        self.places[state] as usize
    }
}

/// A state with all that can be done there.
pub(crate) struct View<S: Stabilizing> {
    pub(crate) state: S::State,
    pub(crate) actions: Vec<S::Action>,
}

impl<S: Stabilizing> View<S> {
    pub(crate) fn of(system: &S, graph: &Graph, index: usize) -> Self {
        let state = graph.state(index);
        let mut actions = Vec::new();
        system.enabled(&state, &mut actions);
        View { state, actions }
    }

    /// The duties enabled here, each once, in order.
    pub(crate) fn duties(&self, system: &S) -> Vec<Duty> {
        let mut duties: Vec<Duty> = self
            .actions
            .iter()
            .filter_map(|action| system.duty(action))
            .collect();
        duties.sort_unstable();
        duties.dedup();
        duties
    }

    /// What becomes of `duty` along the edge of that number, into a state where `awaiting` are enabled; none if it is served.
    pub(crate) fn carry(
        &self,
        system: &S,
        choice: usize,
        duty: Duty,
        awaiting: &[Duty],
    ) -> Option<Duty> {
        let action = &self.actions[choice];
        if system.duty(action) == Some(duty) {
            return None;
        }
        system
            .carried(&self.state, action, duty)
            .filter(|carried| awaiting.binary_search(carried).is_ok())
    }
}

/// The duties enabled in each state of one set.
pub(crate) struct Enabled {
    starts: Vec<usize>,
    duties: Vec<Duty>,
}

impl Enabled {
    pub(crate) fn of<S: Stabilizing>(system: &S, graph: &Graph, states: &[u32]) -> Enabled {
        let mut enabled = Enabled {
            starts: vec![0],
            duties: Vec::new(),
        };
        for &state in states {
            enabled
                .duties
                .extend(View::of(system, graph, state as usize).duties(system));
            enabled.starts.push(enabled.duties.len());
        }
        enabled
    }

    /// Those of the state at that place of the set, in order.
    pub(crate) fn at(&self, place: usize) -> &[Duty] {
        &self.duties[self.threads(place)]
    }

    /// The numbers of the threads that begin in the state at that place.
    pub(crate) fn threads(&self, place: usize) -> std::ops::Range<usize> {
        self.starts[place]..self.starts[place + 1]
    }

    /// The number of the thread of a duty that is enabled at that place.
    pub(crate) fn thread(&self, place: usize, duty: Duty) -> usize {
        self.starts[place]
            + self
                .at(place)
                .binary_search(&duty)
                .expect("it is enabled there")
    }

    pub(crate) fn n_threads(&self) -> usize {
        self.duties.len()
    }
}
