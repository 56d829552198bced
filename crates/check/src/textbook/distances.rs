//! Distances from a root, each computed from those of the neighbours.

use crate::textbook::{Cells, Network, Protocol};

/// The processes whose distance from process 0 is sought. The root's own number is 0 and stays so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Distances {
    /// Who sees whom.
    pub network: Network,
}

impl Protocol for Distances {
    fn size(&self) -> usize {
        self.network.size()
    }

    fn domain(&self, i: usize) -> u8 {
        if i == 0 { 1 } else { self.size() as u8 }
    }

    fn statement(&self, cells: Cells, i: usize) -> Option<u8> {
        let nearest = self
            .network
            .neighbours(i)
            .iter()
            .map(|&j| cells.get(j))
            .min()?;
        let distance = (nearest + 1).min(self.size() as u8 - 1);
        (i > 0 && distance != cells.get(i)).then_some(distance)
    }

    /// Nobody has anything to write; the numbers are then the distances.
    fn legitimate(&self, cells: Cells) -> bool {
        self.n_enabled(cells) == 0
    }
}
