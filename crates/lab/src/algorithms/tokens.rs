//! Algorithms in which chance has a part.

use crate::algorithm::{Algorithm, Move, Outcome, Standing, View};

/// A process that equals its left neighbour holds a token, and flips a coin; the others copy. Legitimate: one token.
///
/// T. Herman, *Probabilistic self-stabilization*, IPL 35(2), 1990. Meant for the synchronous daemon, and an odd number of processes.
#[derive(Clone, Copy, Debug)]
pub struct Herman;

impl Algorithm for Herman {
    fn domain(&self, _: usize) -> u32 {
        2
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        let left = view.neighbours[0];
        if view.own == left {
            let side = |value: u32| Outcome { value, elsewhere: None, chance: 0.5 };
            moves.push(Move { action: 0, outcomes: vec![side(0), side(1)] });
        } else {
            moves.push(Move::to(1, left));
        }
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        let values = standing.values;
        let left = |i: usize| values[(i + values.len() - 1) % values.len()];
        (0..values.len()).filter(|&i| values[i] == left(i)).count() == 1
    }
}

/// A token walks to the left or to the right, each as likely; tokens that meet are one. Legitimate: one token.
///
/// A. Israeli, M. Jalfon, *Token management schemes and random walks yield self-stabilizing mutual exclusion*, PODC 1990.
#[derive(Clone, Copy, Debug)]
pub struct IsraeliJalfon;

impl Algorithm for IsraeliJalfon {
    fn domain(&self, _: usize) -> u32 {
        2
    }

    fn moves(&self, view: View<'_>, moves: &mut Vec<Move>) {
        if view.own == 1 {
            let to = |place: usize| Outcome { value: 0, elsewhere: Some((place, 1)), chance: 0.5 };
            moves.push(Move { action: 0, outcomes: vec![to(0), to(1)] });
        }
    }

    fn legitimate(&self, standing: Standing<'_>) -> bool {
        standing.values.iter().sum::<u32>() == 1
    }

    fn is_partial(&self) -> bool {
        true
    }

    /// There is a token.
    fn exists(&self, values: &[u32]) -> bool {
        values.contains(&1)
    }
}
