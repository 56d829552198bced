//! Which states belong to a set, and where they stand in it.

const NOWHERE: u32 = u32::MAX;

/// Where the states of one set stand in it.
pub(crate) struct Members {
    places: Vec<u32>,
}

impl Members {
    /// A set without members, in a graph of `n_states`.
    pub(crate) fn none(n_states: usize) -> Members {
        Members { places: vec![NOWHERE; n_states] }
    }

    /// The bytes that a set takes in a graph of `n_states`.
    pub(crate) fn bytes(n_states: usize) -> usize {
        n_states * size_of::<u32>()
    }

    /// Adds the states of a set that was empty.
    pub(crate) fn admit(&mut self, states: &[u32]) {
        (0..).zip(states).for_each(|(place, &state)| self.places[state as usize] = place);
    }

    /// Empties the set of these, its members.
    pub(crate) fn dismiss(&mut self, states: &[u32]) {
        states.iter().for_each(|&state| self.places[state as usize] = NOWHERE);
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
