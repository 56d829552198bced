//! A way round in a set of configurations in which a fair run can stay.

use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;

use super::fair::Trap;
use super::matrix::Matrix;
use super::question::{Choice, Outcome};

/// The configurations of a round that serves every duty that is owed, the first once more at the end left out.
pub(super) fn tour(matrix: &Matrix, trap: &Trap) -> Vec<u32> {
    let inside: FxHashSet<u32> = trap.configurations.iter().copied().collect();
    let start = trap.configurations[0];
    let mut round = vec![start];
    let mut left = trap.owed;
    loop {
        let at = *round.last().expect("a round has a beginning");
        // Where nothing is owed any more, one step at least, and back.
        let is_step = |choice: &Choice| if left == 0 { round.len() == 1 } else { choice.served & left != 0 };
        let Some((way, served)) = nearest(matrix, &inside, at, &is_step, None) else { break };
        round.extend(way);
        left &= !served;
        if left == 0 {
            break;
        }
    }
    let at = *round.last().expect("a round has a beginning");
    if at != start
        && let Some((way, _)) = nearest(matrix, &inside, at, &|_| true, Some(start))
    {
        round.extend(way);
    }
    if round.len() > 1 && round.last() == Some(&start) {
        round.pop();
    }
    round
}

/// A shortest way inside that ends with such a choice, and what that serves.
fn nearest(
    matrix: &Matrix,
    inside: &FxHashSet<u32>,
    from: u32,
    is_step: &dyn Fn(&Choice) -> bool,
    to: Option<u32>,
) -> Option<(Vec<u32>, u64)> {
    let mut before: FxHashMap<u32, u32> = FxHashMap::default();
    let mut open = VecDeque::from([from]);
    let stays = |(_, outcomes): &(&Choice, &[Outcome])| outcomes.iter().all(|o| inside.contains(&o.target));
    while let Some(at) = open.pop_front() {
        for (choice, outcomes) in matrix.choices(at).filter(stays) {
            let goal = outcomes.iter().find(|outcome| to.is_none_or(|to| outcome.target == to));
            if let Some(goal) = goal.filter(|_| is_step(choice)) {
                let mut way = vec![goal.target];
                let mut back = at;
                while back != from {
                    way.push(back);
                    back = before[&back];
                }
                way.reverse();
                return Some((way, choice.served));
            }
            for outcome in outcomes.iter().filter(|outcome| outcome.target != from) {
                before.entry(outcome.target).or_insert_with(|| {
                    open.push_back(outcome.target);
                    at
                });
            }
        }
    }
    None
}
