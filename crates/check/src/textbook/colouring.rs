//! Colouring with one colour more than anyone has neighbours: who is in conflict takes the smallest colour that is free around it.

use crate::textbook::{Cells, Network, Protocol};

/// The processes to colour.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Colouring {
    /// Who must differ from whom.
    pub network: Network,
}

impl Protocol for Colouring {
    fn size(&self) -> usize {
        self.network.size()
    }

    fn domain(&self, _: usize) -> u8 {
        self.network.degree() as u8 + 1
    }

    fn statement(&self, cells: Cells, i: usize) -> Option<u8> {
        let taken = |colour: u8| self.network.neighbours(i).iter().any(|&j| cells.get(j) == colour);
        let free = || (0..).find(|&colour| !taken(colour)).expect("there are more colours than neighbours");
        taken(cells.get(i)).then(free)
    }

    /// Nobody is in conflict.
    fn legitimate(&self, cells: Cells) -> bool {
        self.n_enabled(cells) == 0
    }
}
