//! Distances, and a leader.

use crate::algorithm::{Algorithm, Move, Standing, View};

/// The first process holds 0; each other one more than the least of its neighbours', and never more than `n - 1`.
#[derive(Clone, Copy, Debug)]
pub struct Distances {
    /// How many processes there are.
    pub n: u32,
}

impl Algorithm for Distances {
    fn domain(&self, process: usize) -> u32 {
        if process == 0 { 1 } else { self.n }
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        if view.process > 0 {
            let near = view.neighbours.iter().map(|distance| distance + 1).min();
            let distance = near.unwrap_or(self.n).min(self.n - 1);
            moves.extend((distance != view.own).then(|| Move::to(0, distance)));
        }
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        standing.n_enabled == 0
    }
}

/// Process *i* has the identity *i* + 1. Each holds an identity, which may be nobody's (0), and a distance below `n` to who has it: the least pair of its own
/// with distance 0, and of its neighbours' with one step more. An identity that is nobody's is told on over ever larger distances, until it is forgotten.
#[derive(Clone, Copy, Debug)]
pub struct Leader {
    /// How many processes there are.
    pub n: u32,
}

impl Algorithm for Leader {
    fn domain(&self, _: usize) -> u32 {
        (self.n + 1) * self.n
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        // Identity times n, plus distance: the order of pairs is that of the numbers.
        let beyond = view.neighbours.iter().filter(|&&value| value % self.n + 1 < self.n).map(|value| value + 1);
        let own = (view.process as u32 + 1) * self.n;
        let least = beyond.chain([own]).min().unwrap_or(own);
        moves.extend((least != view.own).then(|| Move::to(0, least)));
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        standing.n_enabled == 0
    }

    fn told(&self, _: usize, value: u32) -> String {
        format!("{}+{}", value / self.n, value % self.n)
    }
}
