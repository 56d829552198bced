//! How long it takes on average, where configurations can come round again.
//!
//! The numbers are the solution of a system of linear equations, found by going over the configurations again and again, those that are nearer to what is settled first. How far
//! off they are is known from what is left over: with the matrix *P* of the moves among what is not settled, the norm of *(1 - P)⁻¹* is the largest mean number of
//! steps, so an error is at most that times the largest remainder.

use super::matrix::Matrix;
use super::question::{Expected, Extremes};

/// When a pass changes nothing by more than this, relative to the largest number, it was the last.
const ENOUGH: f64 = 1e-14;

/// The most passes.
const PASSES_MAX: usize = 200_000;

/// The mean numbers of steps and moves, if everything has a way to what is settled. `order` has all that is not settled, each after most of what it can step to.
pub(super) fn expected(matrix: &Matrix, order: &[u32], n_states: u64) -> Option<Expected> {
    let mut means = Means { matrix, steps: vec![0.0; matrix.len()], moves: vec![0.0; matrix.len()] };
    for _ in 0..PASSES_MAX {
        let (change, largest) = means.pass(order);
        if change <= ENOUGH * largest {
            break;
        }
    }
    let [rest_of_steps, rest_of_moves] = means.remainders(order);
    let largest = means.steps.iter().copied().fold(0.0, f64::max);
    if rest_of_steps >= 0.5 {
        return None;
    }
    let norm = largest / (1.0 - rest_of_steps);
    let error = norm * rest_of_steps.max(rest_of_moves);
    Some(Expected { steps: extremes(&means.steps, n_states), moves: extremes(&means.moves, n_states), error })
}

/// The largest of some numbers, and the mean of so many: what is not among them, or is no state, is nothing.
pub(super) fn extremes(all: &[f64], n_states: u64) -> Extremes {
    let max = all.iter().copied().fold(0.0, f64::max);
    Extremes { max, mean: all.iter().sum::<f64>() / n_states as f64 }
}

struct Means<'m> {
    matrix: &'m Matrix,
    steps: Vec<f64>,
    moves: Vec<f64>,
}

impl Means<'_> {
    /// What a configuration's equations come to, with what is known of those that it does not itself stand in.
    fn equation(&self, configuration: u32) -> ([f64; 2], f64) {
        let (mut sums, mut own) = ([0.0, 0.0], 0.0);
        for (choice, outcomes) in self.matrix.choices(configuration) {
            sums[0] += choice.weight;
            sums[1] += choice.weight * f64::from(choice.movers.count_ones());
            for outcome in outcomes {
                let chance = choice.weight * outcome.chance;
                if outcome.target == configuration {
                    own += chance;
                } else {
                    sums[0] += chance * self.steps[outcome.target as usize];
                    sums[1] += chance * self.moves[outcome.target as usize];
                }
            }
        }
        (sums, own)
    }

    /// Goes over all once; tells the largest change, and the largest number.
    fn pass(&mut self, order: &[u32]) -> (f64, f64) {
        let (mut change, mut largest) = (0.0_f64, 0.0_f64);
        for &configuration in order {
            let ([steps, moves], own) = self.equation(configuration);
            let at = configuration as usize;
            let [steps, moves] = [steps, moves].map(|sum| sum / (1.0 - own));
            change = change.max((steps - self.steps[at]).abs()).max((moves - self.moves[at]).abs());
            largest = largest.max(steps).max(moves);
            (self.steps[at], self.moves[at]) = (steps, moves);
        }
        (change, largest)
    }

    /// By how much the equations are missed at most.
    fn remainders(&self, order: &[u32]) -> [f64; 2] {
        let mut most = [0.0_f64; 2];
        for &configuration in order {
            let (sums, own) = self.equation(configuration);
            let at = configuration as usize;
            for (most, (sum, known)) in most.iter_mut().zip(sums.into_iter().zip([self.steps[at], self.moves[at]])) {
                *most = most.max((sum + own * known - known).abs());
            }
        }
        most
    }
}
