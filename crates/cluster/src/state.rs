//! A state of a cluster: handles, and nothing that cannot influence the future.

use evenkeel_system::Pack;

/// The store, and what the controllers are at.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct State {
    /// The handle of each cell's list; empty cells at the end are left out.
    pub(crate) cells: Vec<u32>,
    /// Processes that would have something to do, and that nothing has woken.
    pub(crate) asleep: Vec<u32>,
    /// Reconciles under way, in the order of their processes.
    pub(crate) flights: Vec<Flight>,
    /// Manifests that the server has not accepted yet, by number.
    pub(crate) pending: Vec<u32>,
    /// How many crashes may still come.
    pub(crate) budget: u32,
    /// How many times the world outside may still disturb it.
    pub(crate) disturbances: u32,
}

/// A reconcile under way: it waits for the answer to a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Flight {
    pub(crate) process: u32,
    /// Where it stands in the tree of its process.
    pub(crate) node: u32,
    /// The handle of the list of objects that have changed since it read them.
    pub(crate) outdated: u32,
    /// Whether its key was put into the queue again since it began.
    pub(crate) woken: bool,
}

impl Pack for State {
    fn pack(&self, words: &mut Vec<u32>) {
        words.push(self.pending.len() as u32);
        words.push(self.disturbances << 16 | self.budget);
        words.push((self.asleep.len() as u32) << 16 | self.flights.len() as u32);
        words.extend_from_slice(&self.pending);
        words.extend_from_slice(&self.asleep);
        for flight in &self.flights {
            words.extend([flight.process, flight.node, flight.outdated << 1 | u32::from(flight.woken)]);
        }
        words.extend_from_slice(&self.cells);
    }

    fn unpack(words: &[u32]) -> State {
        let (n_asleep, n_flights) = ((words[2] >> 16) as usize, (words[2] & 0xffff) as usize);
        let (pending, rest) = words[3..].split_at(words[0] as usize);
        let (asleep, rest) = rest.split_at(n_asleep);
        let (flights, cells) = rest.split_at(3 * n_flights);
        let flight = |w: &[u32]| Flight { process: w[0], node: w[1], outdated: w[2] >> 1, woken: w[2] & 1 == 1 };
        State {
            cells: cells.to_vec(),
            asleep: asleep.to_vec(),
            flights: flights.chunks(3).map(flight).collect(),
            pending: pending.to_vec(),
            budget: words[1] & 0xffff,
            disturbances: words[1] >> 16,
        }
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_system::Pack;

    use super::{Flight, State};

    #[test]
    fn a_state_can_be_packed_and_read_back() {
        let flights = vec![Flight { process: 4, node: 9, outdated: 2, woken: true }];
        let state =
            State { cells: vec![1, 2, 3], asleep: vec![7], flights, pending: vec![5, 6], budget: 1, disturbances: 3 };
        let mut words = Vec::new();
        state.pack(&mut words);
        assert_eq!(State::unpack(&words), state);
    }
}
