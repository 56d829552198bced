//! A state of a cluster: handles, and nothing that cannot influence the future.

use evenkeel_system::Pack;

/// The store, and what the controllers are at.
#[derive(PartialEq, Eq, Hash, Debug, Default)]
pub struct State {
    /// The handle of each cell's list; empty cells at the end are left out.
    pub(crate) cells: Vec<u32>,
    /// Processes that would have something to do, and that nothing has woken.
    pub(crate) asleep: Vec<u32>,
    /// Reconciles under way, in the order of their processes.
    pub(crate) flights: Vec<Flight>,
    /// The last changes of the store, oldest first, as far as some cache may not show them yet.
    pub(crate) log: Vec<Passed>,
    /// The caches that may not show all of them, in order.
    pub(crate) behind: Vec<Behind>,
    /// Manifests that the server has not accepted yet, by number.
    pub(crate) pending: Vec<u32>,
    /// How many crashes may still come.
    pub(crate) budget: u32,
    /// How many times the world outside may still disturb it.
    pub(crate) disturbances: u32,
    /// How far what people planned has come.
    pub(crate) step: u32,
}

impl Clone for State {
    fn clone(&self) -> State {
        let mut clone = State::default();
        clone.clone_from(self);
        clone
    }

    /// Takes over what another state is, in the memory that this one holds.
    fn clone_from(&mut self, other: &State) {
        let State { cells, asleep, flights, log, behind, pending, budget, disturbances, step } = other;
        self.cells.clone_from(cells);
        // Most of these are empty, nearly always.
        copy(asleep, &mut self.asleep);
        copy(flights, &mut self.flights);
        copy(log, &mut self.log);
        copy(behind, &mut self.behind);
        copy(pending, &mut self.pending);
        (self.budget, self.disturbances, self.step) = (*budget, *disturbances, *step);
    }
}

fn copy<T: Copy>(from: &[T], into: &mut Vec<T>) {
    into.clear();
    if !from.is_empty() {
        into.extend_from_slice(from);
    }
}

/// A change of the store that somebody may not have seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Passed {
    pub(crate) cell: u32,
    /// What the cell held before.
    pub(crate) list: u32,
    /// Whose change it was, if that process waits until it sees it.
    pub(crate) by: u32,
}

/// A cache that may lag: what a controller sees of a kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Behind {
    pub(crate) controller: u32,
    /// The handle of the kind.
    pub(crate) kind: u32,
    /// The first change in the log that it need not show.
    pub(crate) from: u32,
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
        words.push((self.behind.len() as u32) << 24 | (self.log.len() as u32) << 16 | self.pending.len() as u32);
        words.push(self.step << 16 | self.disturbances << 8 | self.budget);
        words.push((self.asleep.len() as u32) << 16 | self.flights.len() as u32);
        words.extend(self.log.iter().flat_map(|passed| [passed.cell, passed.list, passed.by]));
        words.extend(self.behind.iter().flat_map(|behind| [behind.controller << 16 | behind.kind, behind.from]));
        words.extend_from_slice(&self.pending);
        words.extend_from_slice(&self.asleep);
        for flight in &self.flights {
            words.extend([flight.process, flight.node, flight.outdated << 1 | u32::from(flight.woken)]);
        }
        words.extend_from_slice(&self.cells);
    }

    fn unpack(words: &[u32]) -> State {
        let [lengths, faults, others] = [words[0], words[1], words[2]];
        let (n_asleep, n_flights) = ((others >> 16) as usize, (others & 0xffff) as usize);
        let (log, rest) = words[3..].split_at(3 * (lengths >> 16 & 0xff) as usize);
        let (behind, rest) = rest.split_at(2 * (lengths >> 24) as usize);
        let (pending, rest) = rest.split_at((lengths & 0xffff) as usize);
        let (asleep, rest) = rest.split_at(n_asleep);
        let (flights, cells) = rest.split_at(3 * n_flights);
        let flight = |w: &[u32]| Flight { process: w[0], node: w[1], outdated: w[2] >> 1, woken: w[2] & 1 == 1 };
        State {
            cells: cells.to_vec(),
            asleep: asleep.to_vec(),
            flights: flights.chunks(3).map(flight).collect(),
            log: log.chunks(3).map(|w| Passed { cell: w[0], list: w[1], by: w[2] }).collect(),
            behind: behind
                .chunks(2)
                .map(|w| Behind { controller: w[0] >> 16, kind: w[0] & 0xffff, from: w[1] })
                .collect(),
            pending: pending.to_vec(),
            budget: faults & 0xff,
            disturbances: faults >> 8 & 0xff,
            step: faults >> 16,
        }
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_system::Pack;

    use super::{Behind, Flight, Passed, State};

    #[test]
    fn a_state_can_be_packed_and_read_back() {
        let flights = vec![Flight { process: 4, node: 9, outdated: 2, woken: true }];
        let state = State {
            cells: vec![1, 2, 3],
            asleep: vec![7],
            flights,
            log: vec![Passed { cell: 2, list: 8, by: u32::MAX }],
            behind: vec![Behind { controller: 3, kind: 1, from: 0 }],
            pending: vec![5, 6],
            budget: 1,
            disturbances: 3,
            step: 2,
        };
        let mut words = Vec::new();
        state.pack(&mut words);
        assert_eq!(State::unpack(&words), state);
    }
}
