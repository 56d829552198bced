//! Dijkstra's ring of K-state machines, the first self-stabilizing protocol.
//!
//! E. W. Dijkstra, *Self-stabilizing systems in spite of distributed control*, CACM 17(11), 1974. The exact worst case is from K. Altisen,
//! P. Corbineau, S. Devismes, *Certification of an exact worst-case self-stabilization time*, ICDCN 2021.

use crate::textbook::{Cells, Protocol};

/// `n` processes in a ring, each with a number below `k`. The one that may move holds the token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ring {
    /// How many processes there are.
    pub n: usize,
    /// How many states each has.
    pub k: u8,
}

impl Protocol for Ring {
    fn size(&self) -> usize {
        self.n
    }

    fn domain(&self, _: usize) -> u8 {
        self.k
    }

    /// The root counts on once its number has come round; the others copy.
    fn statement(&self, cells: Cells, i: usize) -> Option<u8> {
        let (own, left) = (cells.get(i), cells.get(if i == 0 { self.n - 1 } else { i - 1 }));
        match i {
            0 => (own == left).then(|| if own + 1 == self.k { 0 } else { own + 1 }),
            _ => (own != left).then_some(left),
        }
    }

    /// There is one token.
    fn legitimate(&self, cells: Cells) -> bool {
        let enabled = |&i: &usize| self.statement(cells, i).is_some();
        // Most configurations have many tokens; two are enough to know.
        (0..self.n).filter(enabled).take(2).count() == 1
    }
}
