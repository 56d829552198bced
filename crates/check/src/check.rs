//! The entry: a question about a system, and its answer.

use evenkeel_system::{Fairness, Judgement, Limits, Stabilizing, Watch};

use crate::{explore, judge};

/// What is asked of a system besides whether it stabilizes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Question {
    /// Which infinite runs count.
    pub fairness: Fairness,
    /// Whether confluence is claimed too: one final state from each initial state, whatever the order.
    pub confluence: bool,
    /// How far the search may go.
    pub limits: Limits,
}

/// Explores all that is reachable and judges it.
///
/// The claims are those of [`judge`]; `watch` is asked every few dozen states whether to go on.
pub fn check<S: Stabilizing>(system: &S, question: &Question, watch: &mut dyn Watch) -> Judgement<S::State, S::Action> {
    judge(system, question, &explore(system, &question.limits, watch))
}
