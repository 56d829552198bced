//! What each process may do, by what it sees, worked out once.

use crate::algorithm::{Algorithm, Move, Outcome, View};
use crate::topology::Topology;

/// More views than this of one process are not kept: what it may do is then worked out each time.
const VIEWS_MAX: u64 = 1 << 20;

/// An action, with its outcomes among all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Act {
    pub(crate) action: u8,
    start: u32,
    end: u32,
}

/// What one process may do.
pub(crate) struct Table {
    process: usize,
    neighbours: Vec<usize>,
    /// How far apart views are that differ in one neighbour's value.
    strides: Vec<u32>,
    /// Where the acts of each view begin, and, last, where they end; nothing if there are too many views.
    starts: Vec<u32>,
    acts: Vec<Act>,
    outcomes: Vec<Outcome>,
}

/// What a process may do where it is.
pub(crate) struct Acts<'t> {
    pub(crate) acts: &'t [Act],
    outcomes: &'t [Outcome],
}

impl<'t> Acts<'t> {
    pub(crate) fn outcomes(&self, act: &Act) -> &'t [Outcome] {
        &self.outcomes[act.start as usize..act.end as usize]
    }
}

/// Acts that are worked out each time.
#[derive(Default)]
pub(crate) struct Fresh {
    acts: Vec<Act>,
    outcomes: Vec<Outcome>,
}

impl Table {
    pub(crate) fn of(algorithm: &dyn Algorithm, topology: &Topology, process: usize) -> Table {
        let neighbours = topology.neighbours(process).to_vec();
        let mut strides = Vec::new();
        let mut n_views = u64::from(algorithm.domain(process));
        for &neighbour in &neighbours {
            strides.push(n_views.min(VIEWS_MAX) as u32);
            n_views = n_views.saturating_mul(algorithm.domain(neighbour).into());
        }
        let mut table =
            Table { process, neighbours, strides, starts: Vec::new(), acts: Vec::new(), outcomes: Vec::new() };
        if n_views <= VIEWS_MAX {
            table.fill(algorithm);
        }
        table
    }

    fn fill(&mut self, algorithm: &dyn Algorithm) {
        let domains: Vec<u32> =
            [self.process].iter().chain(&self.neighbours).map(|&process| algorithm.domain(process)).collect();
        let mut values = vec![0; domains.len()];
        let mut fresh = Fresh::default();
        loop {
            self.starts.push(fresh.acts.len() as u32);
            let view = View { process: self.process, own: values[0], neighbours: &values[1..] };
            fresh.add(algorithm, view);
            // The next view: the own value counts up first.
            let Some(place) = (0..values.len()).find(|&place| values[place] + 1 < domains[place]) else { break };
            values[..place].fill(0);
            values[place] += 1;
        }
        self.starts.push(fresh.acts.len() as u32);
        (self.acts, self.outcomes) = (fresh.acts, fresh.outcomes);
    }

    /// Whether nothing has to be worked out.
    pub(crate) fn is_kept(&self) -> bool {
        !self.starts.is_empty()
    }

    /// Whether some act writes elsewhere, as far as is known.
    pub(crate) fn writes_elsewhere(&self) -> bool {
        self.outcomes.iter().any(|outcome| outcome.elsewhere.is_some())
    }

    /// The largest number of an action, as far as is known.
    pub(crate) fn last_action(&self) -> u8 {
        self.acts.iter().map(|act| act.action).max().unwrap_or(0)
    }

    /// What the process may do in a configuration, if that is kept.
    #[inline(always)]
    pub(crate) fn at(&self, values: &[u32]) -> Acts<'_> {
        self.of_view(self.view(values))
    }

    /// The number of what the process sees.
    #[inline(always)]
    pub(crate) fn view(&self, values: &[u32]) -> u32 {
        // Most have few neighbours, and without a loop this is much quicker.
        let own = values[self.process];
        match (&self.neighbours[..], &self.strides[..]) {
            (&[left], &[one]) => own + values[left] * one,
            (&[left, right], &[one, other]) => own + values[left] * one + values[right] * other,
            (neighbours, strides) => neighbours
                .iter()
                .zip(strides)
                .fold(own, |view, (&n, stride)| view.wrapping_add(values[n].wrapping_mul(*stride))),
        }
    }

    /// Whether the process may do anything where it sees that.
    #[inline(always)]
    pub(crate) fn is_enabled(&self, view: u32) -> bool {
        self.starts[view as usize] < self.starts[view as usize + 1]
    }

    /// What it may do there.
    #[inline(always)]
    pub(crate) fn of_view(&self, view: u32) -> Acts<'_> {
        let range = self.starts[view as usize] as usize..self.starts[view as usize + 1] as usize;
        Acts { acts: &self.acts[range], outcomes: &self.outcomes }
    }

    /// The same, worked out.
    pub(crate) fn worked_out<'f>(&self, algorithm: &dyn Algorithm, values: &[u32], fresh: &'f mut Fresh) -> Acts<'f> {
        let neighbours: Vec<u32> = self.neighbours.iter().map(|&neighbour| values[neighbour]).collect();
        fresh.acts.clear();
        fresh.outcomes.clear();
        fresh.add(algorithm, View { process: self.process, own: values[self.process], neighbours: &neighbours });
        Acts { acts: &fresh.acts, outcomes: &fresh.outcomes }
    }
}

impl Fresh {
    fn add(&mut self, algorithm: &dyn Algorithm, view: View<'_>) {
        let mut moves: Vec<Move> = Vec::new();
        algorithm.moves(view, &mut moves);
        for Move { action, outcomes } in moves {
            let start = self.outcomes.len() as u32;
            self.outcomes.extend(outcomes);
            self.acts.push(Act { action, start, end: self.outcomes.len() as u32 });
        }
    }
}
