//! Whether evidence shows what it is given for. Nothing is believed: everything is replayed.

use std::collections::BTreeSet;
use std::fmt::Debug;

use evenkeel_system::{Duty, Evidence, Fairness, Judgement, Lasso, Run, Stabilizing, Verdict};

/// Panics unless the evidence of `judgement` shows its verdict.
pub(crate) fn examine<S>(system: &S, fairness: Fairness, judgement: &Judgement<S::State, S::Action>)
where
    S: Stabilizing<State: Debug>,
{
    match (judgement.verdict, &judgement.evidence) {
        (Verdict::Stabilizes | Verdict::Undecided, Evidence::None) => {}
        (Verdict::Undecided, Evidence::Run(run)) => assert!(system.unknown(&end(system, run)), "nothing is unknown"),
        (Verdict::Violates, Evidence::Run(run)) => {
            assert_eq!(
                system.violated(&end(system, run)),
                judgement.invariant,
                "the invariant is not the one that is broken"
            );
            assert!(judgement.invariant.is_some());
        }
        (Verdict::Stuck, Evidence::Run(run)) => {
            let end = end(system, run);
            assert!(!system.legitimate(&end) && rests(system, &end), "{end:?} is not stuck");
        }
        (Verdict::Stuck, Evidence::Lasso(lasso)) => {
            let states = examine_lasso(system, fairness, lasso);
            assert!(states.iter().all(|state| *state == states[0]), "it moves: {states:?}");
            assert!(!rests(system, &states[0]), "going nowhere where nothing can change needs no cycle to be shown");
        }
        (Verdict::Oscillates, Evidence::Lasso(lasso)) => {
            let states = examine_lasso(system, fairness, lasso);
            assert!(states.iter().any(|state| *state != states[0]), "it does not move: {states:?}");
        }
        (Verdict::Ambiguous, Evidence::Fork { left, right, shared }) => {
            assert!(
                left.start == right.start && left.actions[..*shared] == right.actions[..*shared],
                "nothing is shared"
            );
            assert_ne!(left.actions.get(*shared), right.actions.get(*shared), "they part later");
            let ends = [end(system, left), end(system, right)];
            assert!(ends[0] != ends[1] && ends.iter().all(|end| system.legitimate(end) && rests(system, end)));
        }
        (verdict, evidence) => panic!("{verdict} is not shown by {evidence:?}"),
    }
}

/// Every state of a run, the first and the last included.
pub(crate) fn replay<S: Stabilizing<State: Debug>>(system: &S, run: &Run<S::State, S::Action>) -> Vec<S::State> {
    assert!(system.initial().contains(&run.start), "{:?} is not initial", run.start);
    replay_from(system, &run.start, &run.actions)
}

fn end<S: Stabilizing<State: Debug>>(system: &S, run: &Run<S::State, S::Action>) -> S::State {
    replay(system, run).pop().expect("a run has a first state")
}

fn replay_from<S: Stabilizing<State: Debug>>(system: &S, start: &S::State, actions: &[S::Action]) -> Vec<S::State> {
    let mut states = vec![start.clone()];
    for action in actions {
        let state = &states[states.len() - 1];
        assert!(enabled(system, state).contains(action), "{action:?} is not enabled in {state:?}");
        states.push(system.step(state, action));
    }
    states
}

/// Checks that a lasso closes, is illegitimate, and is fair; gives the states of its cycle.
fn examine_lasso<S>(system: &S, fairness: Fairness, lasso: &Lasso<S::State, S::Action>) -> Vec<S::State>
where
    S: Stabilizing<State: Debug>,
{
    let start = end(system, &lasso.prefix);
    let states = replay_from(system, &start, &lasso.cycle);
    assert!(!lasso.cycle.is_empty() && states[states.len() - 1] == start, "the cycle does not close");
    assert!(states.iter().any(|state| !system.legitimate(state)), "the cycle is legitimate");
    if fairness == Fairness::Weak {
        let waiting =
            duties(system, &start).into_iter().filter(|&duty| !is_served(system, &states, &lasso.cycle, duty));
        assert_eq!(waiting.count(), 0, "the cycle passes over somebody: {states:?} by {:?}", lasso.cycle);
    }
    states
}

/// Whether a process with a duty at the start of a cycle is taken on it, or disabled at some time.
fn is_served<S: Stabilizing>(system: &S, states: &[S::State], cycle: &[S::Action], mut duty: Duty) -> bool {
    for (i, action) in cycle.iter().enumerate() {
        match system.carried(&states[i], action, duty) {
            _ if system.duty(action) == Some(duty) => return true,
            Some(carried) if duties(system, &states[i + 1]).contains(&carried) => duty = carried,
            _ => return true,
        }
    }
    false
}

fn rests<S: Stabilizing>(system: &S, state: &S::State) -> bool {
    let changes = |action: &S::Action| system.duty(action).is_some() && system.step(state, action) != *state;
    !enabled(system, state).iter().any(changes)
}

fn duties<S: Stabilizing>(system: &S, state: &S::State) -> BTreeSet<Duty> {
    enabled(system, state).iter().filter_map(|action| system.duty(action)).collect()
}

fn enabled<S: Stabilizing>(system: &S, state: &S::State) -> Vec<S::Action> {
    let mut actions = Vec::new();
    system.enabled(state, &mut actions);
    actions
}
