//! Dijkstra's mutual exclusion.
//!
//! E. W. Dijkstra, *Self-stabilizing systems in spite of distributed control*, CACM 17(11), 1974. Legitimate is one privilege.

use crate::algorithm::{Algorithm, Move, Standing, View};

/// On a ring: the first process steps on when it equals its left neighbour, the others copy theirs.
#[derive(Clone, Copy, Debug)]
pub struct KState {
    /// How many states each process has.
    pub k: u32,
}

impl Algorithm for KState {
    fn domain(&self, _: usize) -> u32 {
        self.k
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        let left = view.neighbours[0];
        match view.process {
            0 if view.own == left => moves.push(Move::to(0, (view.own + 1) % self.k)),
            0 => {}
            _ if view.own != left => moves.push(Move::to(0, left)),
            _ => {}
        }
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        standing.n_enabled == 1
    }
}

/// In a row whose top sees the bottom: on a ring of `n` processes, the first of which is the bottom and the last the top.
#[derive(Clone, Copy, Debug)]
pub struct ThreeState {
    /// How many processes there are.
    pub n: usize,
}

impl Algorithm for ThreeState {
    fn domain(&self, _: usize) -> u32 {
        3
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        let (left, right, own) = (view.neighbours[0], view.neighbours[1], view.own);
        let next = |value: u32| (value + 1) % 3;
        if view.process == 0 {
            moves.extend((next(own) == right).then(|| Move::to(0, (own + 2) % 3)));
        } else if view.process == self.n - 1 {
            moves.extend((left == right && next(left) != own).then(|| Move::to(0, next(left))));
        } else {
            moves.extend((next(own) == left).then(|| Move::to(0, left)));
            moves.extend((next(own) == right).then(|| Move::to(1, right)));
        }
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        standing.n_privileges == 1
    }
}

/// In a row: a bit, and for the inner ones a direction. The bottom looks up always, the top never.
#[derive(Clone, Copy, Debug)]
pub struct FourState {
    /// How many processes there are.
    pub n: usize,
}

impl FourState {
    /// The bit of a value, and whether its process looks up.
    fn read(self, process: usize, value: u32) -> (u32, bool) {
        match process {
            0 => (value, true),
            _ if process == self.n - 1 => (value, false),
            _ => (value / 2, value % 2 == 1),
        }
    }
}

impl Algorithm for FourState {
    fn domain(&self, process: usize) -> u32 {
        if process == 0 || process == self.n - 1 { 2 } else { 4 }
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        let process = view.process;
        let (bit, up) = self.read(process, view.own);
        let flipped = 1 - bit;
        if process == 0 {
            let (right, right_up) = self.read(1, view.neighbours[0]);
            moves.extend((bit == right && !right_up).then(|| Move::to(0, flipped)));
            return;
        }
        let (left, _) = self.read(process - 1, view.neighbours[0]);
        if process == self.n - 1 {
            moves.extend((bit != left).then(|| Move::to(0, flipped)));
            return;
        }
        let (right, right_up) = self.read(process + 1, view.neighbours[1]);
        moves.extend((bit != left).then(|| Move::to(0, 2 * flipped + 1)));
        moves.extend((bit == right && up && !right_up).then(|| Move::to(1, 2 * bit)));
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        standing.n_privileges == 1
    }

    fn told(&self, process: usize, value: u32) -> String {
        let (bit, up) = self.read(process, value);
        format!("{bit}{}", if up { "↑" } else { "↓" })
    }
}
