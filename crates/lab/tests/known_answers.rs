//! Numbers that were proved, printed, or computed by an independent program from the definitions.

use evenkeel_check::space::{Answer, Fairness, Rounds, judge_space};
use evenkeel_lab::{Daemon, Laboratory, Owed, Parameters, Topology, algorithms};
use evenkeel_system::Verdict;

const ALL_FAIR: [Fairness; 3] = [Fairness::Unfair, Fairness::Weak, Fairness::Strong];

fn laboratory(name: &str, graph: &str, daemon: Daemon, k: Option<u32>) -> Laboratory {
    let topology = Topology::parse(graph).expect("it is a topology");
    let parameters: Parameters = k.map(|k| ("k".to_owned(), k)).into_iter().collect();
    let (algorithm, topology) = algorithms::named(name, &topology, &parameters).expect("it is an algorithm");
    Laboratory::new(algorithm, topology, daemon).expect("it can be looked at")
}

fn answer(name: &str, graph: &str, daemon: Daemon, fairness: Fairness) -> Answer {
    judge_space(&laboratory(name, graph, daemon, None), fairness, &Default::default(), &mut ())
}

/// Steps, moves and rounds under the unfair daemon; those that have no bound are nothing.
fn worst(name: &str, graph: &str, daemon: Daemon) -> [Option<u64>; 3] {
    let answer = answer(name, graph, daemon, Fairness::Unfair);
    assert_eq!(answer.verdict, Verdict::Stabilizes, "{name} on {graph}, {daemon}");
    let rounds = match answer.rounds {
        Rounds::AtMost(rounds) => Some(rounds),
        Rounds::Unbounded | Rounds::NotCounted => None,
    };
    [answer.worst.map(|worst| worst.steps), answer.worst.map(|worst| worst.moves), rounds]
}

#[test]
fn the_ring_takes_as_long_as_was_proved() {
    for (n, legitimate, central, [steps, moves, rounds], synchronous) in [
        (3, 15, 2, [3, 8, 3], 3),
        (4, 40, 13, [13, 17, 5], 5),
        (5, 85, 24, [24, 29, 7], 7),
        (6, 156, 38, [38, 44, 9], 9),
    ] {
        let graph = format!("ring:{n}");
        let name = "dijkstra-k-state";
        assert_eq!(answer(name, &graph, Daemon::Central, Fairness::Unfair).legitimate, legitimate);
        assert_eq!(worst(name, &graph, Daemon::Central)[0], Some(central), "{graph}");
        assert_eq!(worst(name, &graph, Daemon::Distributed), [Some(steps), Some(moves), Some(rounds)], "{graph}");
        assert_eq!(worst(name, &graph, Daemon::Synchronous)[0], Some(synchronous), "{graph}");
    }
}

#[test]
fn the_ring_converges_if_it_has_states_enough() {
    for n in 3..=5 {
        for k in 2..=n + 1 {
            for (daemon, least) in [(Daemon::Central, n - 1), (Daemon::Distributed, n), (Daemon::Synchronous, n)] {
                for fairness in ALL_FAIR {
                    let laboratory = laboratory("dijkstra-k-state", &format!("ring:{n}"), daemon, Some(k));
                    let answer = judge_space(&laboratory, fairness, &Default::default(), &mut ());
                    let expect = if k >= least { Verdict::Stabilizes } else { Verdict::Oscillates };
                    assert_eq!(answer.verdict, expect, "n = {n}, K = {k}, {daemon}, {fairness:?}");
                }
            }
        }
    }
}

#[test]
fn the_mean_is_what_a_probabilistic_checker_says() {
    for (n, mean) in [(5, 5.002_250), (6, 7.327_388), (7, 9.949_667)] {
        let answer = answer("dijkstra-k-state", &format!("ring:{n}"), Daemon::Central, Fairness::Unfair);
        let found = answer.expected.expect("it is finite").steps.max;
        assert!((found - mean).abs() < 1e-6, "n = {n}: {found}");
    }
}

#[test]
fn the_three_state_row_takes_as_long_as_is_known() {
    for (n, legitimate, central, moves, rounds, synchronous) in
        [(3, 21, 2, 2, 1, 1), (4, 33, 10, 11, 3, 2), (5, 45, 22, 23, 6, 5), (6, 57, 39, 40, 9, 6)]
    {
        let (name, graph) = ("dijkstra-3-state", format!("chain:{n}"));
        assert_eq!(answer(name, &graph, Daemon::Central, Fairness::Unfair).legitimate, legitimate);
        assert_eq!(worst(name, &graph, Daemon::Central)[0], Some(central), "n = {n}");
        let [_, found_moves, found_rounds] = worst(name, &graph, Daemon::Distributed);
        assert_eq!((found_moves, found_rounds), (Some(moves), Some(rounds)), "n = {n}");
        assert_eq!(worst(name, &graph, Daemon::Synchronous)[0], Some(synchronous), "n = {n}");
    }
}

#[test]
fn colouring_converges_if_no_two_neighbours_move_at_once() {
    let rings = (3..=7).map(|n| (format!("ring:{n}"), n));
    let chains = (3..=7).map(|n| (format!("chain:{n}"), n));
    let others = [("star:4", 4), ("star:5", 5), ("clique:3", 3), ("clique:4", 4), ("clique:5", 5)];
    for (graph, n) in rings.chain(chains).chain(others.map(|(graph, n)| (graph.to_owned(), n))) {
        for daemon in [Daemon::Central, Daemon::LocallyCentral] {
            let [_, moves, rounds] = worst("colouring", &graph, daemon);
            assert_eq!((moves, rounds), (Some(n - 1), Some(1)), "{graph}, {daemon}");
        }
        for (daemon, possible) in [(Daemon::Distributed, true), (Daemon::Synchronous, false)] {
            for fairness in ALL_FAIR {
                let answer = answer("colouring", &graph, daemon, fairness);
                let found = (answer.verdict, answer.is_possible);
                assert_eq!(found, (Verdict::Oscillates, Some(possible)), "{graph}, {daemon}, {fairness:?}");
            }
        }
    }
    for (n, legitimate) in [(3, 6), (4, 18), (5, 30), (6, 66), (7, 126)] {
        let answer = answer("colouring", &format!("ring:{n}"), Daemon::Central, Fairness::Unfair);
        assert_eq!(answer.legitimate, legitimate, "n = {n}");
    }
}

#[test]
fn distances_are_found_as_late_as_is_known() {
    for (graph, central, steps, moves, rounds, synchronous) in [
        ("chain:3", 3, 3, 3, 2, 2),
        ("chain:4", 6, 6, 8, 3, 3),
        ("chain:5", 12, 12, 15, 4, 4),
        ("ring:4", 4, 4, 4, 2, 2),
        ("ring:5", 10, 10, 13, 2, 2),
    ] {
        assert_eq!(worst("bfs-distances", graph, Daemon::Central)[0], Some(central), "{graph}");
        let distributed = [Some(steps), Some(moves), Some(rounds)];
        assert_eq!(worst("bfs-distances", graph, Daemon::Distributed), distributed, "{graph}");
        assert_eq!(worst("bfs-distances", graph, Daemon::Synchronous)[0], Some(synchronous), "{graph}");
    }
}

#[test]
fn tokens_meet_as_soon_as_was_proved() {
    for (n, mean) in [(3, 4.0 / 3.0), (5, 16.0 / 5.0), (7, 48.0 / 7.0), (9, 12.0)] {
        let answer = answer("herman", &format!("ring:{n}"), Daemon::Synchronous, Fairness::Unfair);
        let expected = answer.expected.expect("it is finite");
        assert_eq!((answer.verdict, answer.states), (Verdict::Stabilizes, 1 << n), "n = {n}");
        assert!((expected.steps.max - mean).abs() < 1e-9 && expected.error < 1e-9, "n = {n}: {expected:?}");
    }
    for (n, mean) in [(3, 3.0), (4, 6.0), (5, 10.0), (6, 15.0), (7, 21.0), (8, 28.0)] {
        let answer = answer("israeli-jalfon", &format!("ring:{n}"), Daemon::Central, Fairness::Unfair);
        let expected = answer.expected.expect("it is finite");
        assert_eq!((answer.verdict, answer.states), (Verdict::Stabilizes, (1 << n) - 1), "n = {n}");
        assert!((expected.steps.max - mean).abs() < 1e-9 && expected.error < 1e-9, "n = {n}: {expected:?}");
    }
}

#[test]
fn what_falls_silent_is_right_then() {
    for graph in ["chain:4", "ring:5", "star:4", "clique:4", "grid:2x3"] {
        for name in ["independent-set", "matching", "bfs-distances"] {
            let answer = answer(name, graph, Daemon::Central, Fairness::Unfair);
            assert_eq!((answer.verdict, answer.is_closed), (Verdict::Stabilizes, true), "{name} on {graph}");
        }
    }
    let independent = answer("independent-set", "ring:5", Daemon::Central, Fairness::Unfair);
    assert_eq!(independent.legitimate, 5);
    let leader = answer("leader", "chain:4", Daemon::Distributed, Fairness::Unfair);
    assert_eq!((leader.verdict, leader.legitimate), (Verdict::Stabilizes, 1));
}

#[test]
fn four_states_are_enough_for_a_row() {
    for n in 3..=5 {
        let answer = answer("dijkstra-4-state", &format!("chain:{n}"), Daemon::Central, Fairness::Unfair);
        assert_eq!((answer.verdict, answer.is_closed), (Verdict::Stabilizes, true), "n = {n}");
    }
}

#[test]
fn clocks_come_into_step() {
    for graph in ["ring:4", "chain:4", "ring:5"] {
        let synchronous = answer("unison-synchronous", graph, Daemon::Synchronous, Fairness::Unfair);
        assert_eq!((synchronous.verdict, synchronous.is_closed), (Verdict::Stabilizes, true), "{graph}");
    }
    for graph in ["ring:3", "chain:3", "ring:4", "star:4", "ring:5"] {
        let asynchronous = answer("unison-asynchronous", graph, Daemon::Distributed, Fairness::Unfair);
        assert_eq!((asynchronous.verdict, asynchronous.is_closed), (Verdict::Stabilizes, true), "{graph}");
    }
}

#[test]
fn fairness_can_be_owed_to_actions() {
    let laboratory =
        laboratory("matching", "ring:4", Daemon::Central, None).owing(Owed::Action).expect("there are few");
    let answer = judge_space(&laboratory, Fairness::Weak, &Default::default(), &mut ());
    assert_eq!(answer.verdict, Verdict::Stabilizes);
}
