//! Puts the answer together.

use evenkeel_system::{Limits, Stop, Verdict, Watch};

use super::expected::{expected, extremes};
use super::fair::Finder;
use super::longest::{Ways, longest};
use super::matrix::Matrix;
use super::question::{Answer, Expected, Fairness, Rounds, Space, Worst};
use super::rounds::rounds;
use super::settled::Settled;
use super::tarjan::Tarjan;
use super::tour::tour;

/// Judges a space under a fairness.
///
/// The limit on bytes holds for choices that have to be kept because something goes round, that on states for the places on which rounds are counted.
pub fn judge_space<S: Space>(space: &S, fairness: Fairness, limits: &Limits, watch: &mut dyn Watch) -> Answer {
    let mut answer = Answer {
        verdict: Verdict::Undecided,
        states: 0,
        legitimate: 0,
        is_closed: false,
        worst: None,
        rounds: Rounds::NotCounted,
        expected: None,
        is_possible: None,
        evidence: Vec::new(),
        stop: Stop::Complete,
    };
    if let Err(stop) = fill(&mut answer, space, fairness, (limits, watch)) {
        answer.stop = stop;
    }
    answer
}

fn fill<S: Space>(
    answer: &mut Answer,
    space: &S,
    fairness: Fairness,
    (limits, watch): (&Limits, &mut dyn Watch),
) -> Result<(), Stop> {
    let settled = Settled::of(space, watch)?;
    answer.states = settled.n_states;
    answer.legitimate = settled.n_legitimate;
    answer.is_closed = settled.is_closed;
    match longest(space, &settled, watch)? {
        Some(ways) => straight(answer, &ways),
        None => winding(answer, fairness, &Matrix::of(space, &settled, (limits.bytes, watch))?),
    }
    if answer.verdict == Verdict::Stabilizes {
        answer.rounds = rounds(space, &settled, (limits.states, watch))?;
    }
    Ok(())
}

/// Nothing goes round outside of what is settled.
fn straight(answer: &mut Answer, ways: &Ways) {
    if let Some(stuck) = ways.stuck {
        answer.verdict = Verdict::Stuck;
        answer.evidence = vec![stuck];
        answer.is_possible = Some(false);
        return;
    }
    answer.verdict = Verdict::Stabilizes;
    answer.is_possible = Some(true);
    let most = |all: &[u32]| all.iter().copied().max().unwrap_or(0).into();
    answer.worst = Some(Worst { steps: most(&ways.steps), moves: most(ways.moves()) });
    answer.expected = Some(Expected {
        steps: extremes(&ways.mean_steps, answer.states),
        moves: extremes(ways.mean_moves(), answer.states),
        error: 0.0,
    });
}

/// Something goes round: whether a fair run can do so for ever is the question.
fn winding(answer: &mut Answer, fairness: Fairness, matrix: &Matrix) {
    let all = || (0..matrix.len() as u32).filter(|&c| !matrix.is_settled(c));
    let is_possible = matrix.can_settle().iter().all(|can| *can);
    answer.is_possible = Some(is_possible);
    let stuck = all().find(|&c| matrix.choices(c).next().is_none());
    if let Some(stuck) = stuck {
        answer.verdict = Verdict::Stuck;
        answer.evidence = vec![stuck];
    } else if let Some(trap) = Finder::new(matrix, fairness).trap() {
        answer.verdict = if trap.configurations.len() > 1 { Verdict::Oscillates } else { Verdict::Stuck };
        answer.evidence = tour(matrix, &trap);
    } else {
        answer.verdict = Verdict::Stabilizes;
    }
    if is_possible {
        answer.expected = expected(matrix, &in_order(matrix, all()), answer.states);
    }
}

/// Some configurations, each after most of what it can step to.
fn in_order(matrix: &Matrix, all: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut order = Vec::new();
    let mut tarjan = Tarjan::default();
    let mut successors = |state: u32, found: &mut Vec<u32>| {
        let targets = matrix.choices(state).flat_map(|(_, outcomes)| outcomes.iter().map(|outcome| outcome.target));
        found.extend(targets.filter(|target| !matrix.is_settled(*target)));
    };
    for state in all {
        tarjan.run(state, &mut successors, &mut |component| order.extend(component.iter().rev()));
    }
    order
}
