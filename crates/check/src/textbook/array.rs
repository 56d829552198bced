//! Dijkstra's array of three-state machines.
//!
//! E. W. Dijkstra, *Self-stabilizing systems in spite of distributed control*, CACM 17(11), 1974.

use crate::textbook::{Cells, Protocol};

/// `n` processes in a row, each with three states; bottom is the first, top the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Array {
    /// How many processes there are.
    pub n: usize,
}

impl Array {
    /// What the privileges of process `i` have it write; an inner one can have two, and then they agree.
    fn privileges(self, cells: Cells, i: usize) -> [Option<u8>; 2] {
        let state = |i: usize| cells.get(i);
        let next = (state(i) + 1) % 3;
        if i == 0 {
            return [(next == state(1)).then(|| (state(0) + 2) % 3), None];
        }
        let left = state(i - 1);
        if i == self.n - 1 {
            return [(left == state(0) && (left + 1) % 3 != state(i)).then(|| (left + 1) % 3), None];
        }
        [left, state(i + 1)].map(|neighbour| (next == neighbour).then_some(neighbour))
    }
}

impl Protocol for Array {
    fn size(&self) -> usize {
        self.n
    }

    fn domain(&self, _: usize) -> u8 {
        3
    }

    fn statement(&self, cells: Cells, i: usize) -> Option<u8> {
        let [one, other] = self.privileges(cells, i);
        one.or(other)
    }

    /// There is one privilege.
    fn legitimate(&self, cells: Cells) -> bool {
        (0..self.n).flat_map(|i| self.privileges(cells, i)).flatten().count() == 1
    }
}
