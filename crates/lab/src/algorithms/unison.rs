//! Clocks in step.

use crate::algorithm::{Algorithm, Move, Standing, View};
use crate::topology::Topology;

/// Each clock becomes one more than the least among its own and its neighbours', modulo `k`. Legitimate: all are equal.
///
/// A. Arora, S. Dolev, M. Gouda, *Maintaining digital clocks in step*, Parallel Processing Letters 1(1), 1991. Meant for the synchronous daemon.
#[derive(Clone, Copy, Debug)]
pub struct Synchronous {
    /// The period.
    pub k: u32,
}

impl Algorithm for Synchronous {
    fn domain(&self, _: usize) -> u32 {
        self.k
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        let least = view.neighbours.iter().copied().chain([view.own]).min().unwrap_or(view.own);
        let next = (least + 1) % self.k;
        moves.extend((next != view.own).then(|| Move::to(0, next)));
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        standing.values.iter().all(|value| *value == standing.values[0])
    }
}

/// A clock runs round from 0 to `k - 1`, after a tail from `-alpha` to -1 on which it only goes up. On the round it goes on when each neighbour's is where it is, or
/// one ahead; one that is farther from a neighbour's than one goes back to the end of the tail, and comes up again as none of its neighbours is behind.
/// Legitimate: all are on the round, and no two neighbours are farther apart than one.
///
/// C. Boulinier, F. Petit, V. Villain, *When graph theory helps self-stabilization*, PODC 2004. It is enough that `alpha` is at least the length of the longest hole
/// less two, and `k` above the cyclomatic characteristic; `n - 2` and `n + 1` always are.
#[derive(Clone, Debug)]
pub struct Asynchronous {
    k: u32,
    alpha: u32,
    edges: Vec<(usize, usize)>,
}

impl Asynchronous {
    /// On a topology, with a period and a tail.
    pub fn on(topology: &Topology, k: u32, alpha: u32) -> Asynchronous {
        let of = |i: usize| topology.neighbours(i).iter().filter(move |&&j| i < j).map(move |&j| (i, j));
        Asynchronous { k, alpha, edges: (0..topology.size()).flat_map(of).collect() }
    }

    /// The place on the round; none on the tail. (0 is where the tail ends and the round begins.)
    fn place(&self, value: u32) -> Option<u32> {
        value.checked_sub(self.alpha)
    }

    /// Whether two clocks are on the round, and not farther apart than one.
    fn near(&self, one: u32, other: u32) -> bool {
        let (Some(one), Some(other)) = (self.place(one), self.place(other)) else { return false };
        one == other || one == (other + 1) % self.k || other == (one + 1) % self.k
    }
}

impl Algorithm for Asynchronous {
    fn domain(&self, _: usize) -> u32 {
        self.alpha + self.k
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        let (own, alpha) = (view.own, self.alpha);
        let mut neighbours = view.neighbours.iter();
        match self.place(own) {
            Some(place) => {
                let next = alpha + (place + 1) % self.k;
                if neighbours.clone().all(|&value| value == own || value == next) {
                    moves.push(Move::to(0, next));
                } else if place != 0 && neighbours.any(|&value| !self.near(own, value)) {
                    moves.push(Move::to(1, 0));
                }
            }
            None if neighbours.all(|&value| own <= value && value <= alpha) => moves.push(Move::to(2, own + 1)),
            None => {}
        }
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        let values = standing.values;
        values.iter().all(|&value| value >= self.alpha)
            && self.edges.iter().all(|&(i, j)| self.near(values[i], values[j]))
    }

    fn told(&self, _: usize, value: u32) -> String {
        (i64::from(value) - i64::from(self.alpha)).to_string()
    }
}
