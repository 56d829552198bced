//! Distances from a root, each computed from those of the neighbours.

use crate::textbook::{Cells, Network, Protocol};

/// The processes whose distance from process 0 is sought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Distances {
    /// Who sees whom.
    pub network: Network,
    /// How the root comes to hold 0.
    pub root: Root,
}

/// How the root comes to hold 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Root {
    /// It always does.
    Constant,
    /// It writes it, like any other process.
    Written,
}

impl Protocol for Distances {
    fn size(&self) -> usize {
        self.network.size()
    }

    fn domain(&self, i: usize) -> u8 {
        match (i, self.root) {
            (0, Root::Constant) => 1,
            _ => self.size() as u8,
        }
    }

    fn statement(&self, cells: Cells, i: usize) -> Option<u8> {
        let beyond = |j: &usize| cells.get(*j) + 1;
        let neighbours = self.network.neighbours(i).iter().map(beyond);
        let distance = match i {
            0 => 0,
            _ => neighbours.fold(self.size() as u8 - 1, u8::min),
        };
        (distance != cells.get(i)).then_some(distance)
    }

    /// Nobody has anything to write; the numbers are then the distances.
    fn legitimate(&self, cells: Cells) -> bool {
        self.n_enabled(cells) == 0
    }
}
