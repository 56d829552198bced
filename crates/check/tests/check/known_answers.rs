//! Systems from the literature whose numbers are published or were computed independently.

use evenkeel_check::textbook::{
    Array, Central, Colouring, Distances, Layers, Network, Operator, Protocol, Ring, Root, TwoPhase,
};
use evenkeel_check::{Question, check};
use evenkeel_system::{Evidence, Fairness, Judgement, Stabilizing, Verdict};

use crate::witness;

const FAIRNESSES: [Fairness; 2] = [Fairness::Unfair, Fairness::Weak];

fn judged<S: Stabilizing<State: std::fmt::Debug>>(system: &S, fairness: Fairness) -> Judgement<S::State, S::Action> {
    let judgement = check(system, &Question { fairness, ..Question::default() }, &mut ());
    witness::examine(system, fairness, &judgement);
    judgement
}

/// Asserts that it stabilizes whatever the fairness, and gives the worst case in moves.
fn worst_moves<S: Stabilizing<State: std::fmt::Debug>>(system: &S) -> u64 {
    let moves = FAIRNESSES.map(|fairness| {
        let judgement = judged(system, fairness);
        assert_eq!(judgement.verdict, Verdict::Stabilizes);
        let worst = judgement.worst_case.expect("it converges under the unfair daemon too");
        assert_eq!(worst.run.actions.len() as u64, worst.cost.moves);
        worst.cost.moves
    });
    assert_eq!(moves[0], moves[1]);
    moves[0]
}

#[test]
fn two_phase_commit_has_the_states_that_others_count() {
    for (n_managers, states) in [(3, 288), (5, 8_832), (7, 296_448)] {
        let judgement = judged(&TwoPhase { n_managers }, Fairness::Weak);
        assert_eq!((judgement.statistics.states, judgement.verdict), (states, Verdict::Stabilizes));
    }
}

#[test]
fn two_phase_commit_may_end_either_way() {
    let question = Question { confluence: true, ..Question::default() };
    let judgement = check(&TwoPhase { n_managers: 3 }, &question, &mut ());
    witness::examine(&TwoPhase { n_managers: 3 }, Fairness::Weak, &judgement);
    assert_eq!(judgement.verdict, Verdict::Ambiguous);
}

#[test]
fn the_ring_converges_if_it_has_almost_as_many_states_as_processes() {
    for n in 3..=6 {
        for k in 2..=n as u8 + 1 {
            for fairness in FAIRNESSES {
                let judgement = judged(&Central(Ring { n, k }), fairness);
                let (states, k) = (usize::from(k).pow(n as u32), usize::from(k));
                let expected = if k >= n - 1 { Verdict::Stabilizes } else { Verdict::Oscillates };
                assert_eq!((judgement.verdict, judgement.statistics.states), (expected, states), "n = {n}, K = {k}");
                assert_eq!(judgement.statistics.legitimate, k * (1 + (n - 1) * (k - 1)), "n = {n}, K = {k}");
            }
        }
    }
}

#[test]
fn the_ring_converges_as_late_as_was_proved() {
    for (n, moves) in [(3, 2), (4, 13), (5, 24), (6, 38)] {
        assert_eq!(worst_moves(&Central(Ring { n, k: n as u8 })), moves, "n = {n}");
    }
}

#[test]
fn the_three_state_array_converges() {
    for (n, moves, legitimate) in [(3, 2, 21), (4, 10, 33), (5, 22, 45), (6, 39, 57)] {
        let system = Central(Array { n });
        assert_eq!(worst_moves(&system), moves, "n = {n}");
        assert_eq!(judged(&system, Fairness::Weak).statistics.legitimate, legitimate, "n = {n}");
    }
}

#[test]
fn colouring_takes_a_move_less_than_there_are_processes() {
    let rings = (3..=7).map(Network::ring).chain((3..=7).map(Network::chain));
    for network in rings.chain((4..=5).map(Network::star)).chain((3..=5).map(Network::clique)) {
        let n = network.size() as u64;
        assert_eq!(worst_moves(&Central(Colouring { network })), n - 1);
    }
}

#[test]
fn rings_have_as_many_colourings_as_the_chromatic_polynomial_says() {
    for (n, legitimate) in [(3, 6), (4, 18), (5, 30), (6, 66), (7, 126)] {
        let judgement = judged(&Central(Colouring { network: Network::ring(n) }), Fairness::Weak);
        assert_eq!((judgement.statistics.legitimate, judgement.finals), (legitimate, legitimate), "n = {n}");
    }
}

#[test]
fn distances_from_a_root_are_found() {
    let chains = [(3, 3), (4, 6), (5, 12)].map(|(n, moves)| (Network::chain(n), moves));
    let rings = [(4, 4), (5, 10)].map(|(n, moves)| (Network::ring(n), moves));
    for (network, moves) in chains.into_iter().chain(rings) {
        let system = Central(Distances { network, root: Root::Constant });
        assert_eq!(worst_moves(&system), moves, "{system:?}");
        assert_eq!(judged(&system, Fairness::Weak).finals, 1);
    }
}

#[test]
fn a_layer_needs_a_lower_one_that_falls_silent() {
    let chain = || Distances { network: Network::chain(3), root: Root::Written };
    let ring = Ring { n: 3, k: 3 };
    assert_eq!(worst_moves(&Layers { lower: chain(), operator: Operator::Either }), 8);
    assert_eq!(worst_moves(&Layers { lower: chain(), operator: Operator::Both }), 5);
    assert_eq!(worst_moves(&Layers { lower: ring, operator: Operator::Both }), 4);
    for fairness in FAIRNESSES {
        let judgement = judged(&Layers { lower: ring, operator: Operator::Either }, fairness);
        assert_eq!(judgement.verdict, Verdict::Oscillates);
    }
}

#[test]
fn a_ring_with_too_few_states_goes_round_a_short_cycle() {
    let judgement = judged(&Central(Ring { n: 4, k: 2 }), Fairness::Weak);
    let Evidence::Lasso(lasso) = judgement.evidence else { panic!("an oscillation is shown by a lasso") };
    assert_eq!(lasso.prefix.actions.len(), 0);
    // Three tokens go round; nobody can be passed over for long.
    assert!(lasso.cycle.len() <= 24, "{:?}", lasso.cycle);
    assert_eq!(Ring { n: 4, k: 2 }.n_enabled(lasso.prefix.start), 3);
}
