//! Algorithms as text: the same answers as from those of the library, and mistakes told all at once.

use evenkeel_check::space::Fairness;
use evenkeel_lab::experiment::Experiment;
use evenkeel_lab::{Daemon, Owed, Parameters, Topology};

const RING: &str = "
param k = n
var v : 0..k-1
process 0:
  step: v == left.v -> v := (v + 1) % k
process others:
  copy: v != left.v -> v := left.v
legitimate: enabled == 1
";

const COLOURING: &str = "
param colours = n
var c : 0..colours-1
process all:
  mend: any(q: q.c == c) -> c := if(all(q: q.c != 0), 0, if(all(q: q.c != 1), 1, 2))
legitimate each: all(q: q.c != c)
";

const MATCHING: &str = "
var p : 0..degree
process all:
  marry for q: p == 0 and q.p == q.back -> p := q.place
  seduce for q: p == 0 and not any(r: r.p == r.back) and q.p == 0 -> p := q.place
  abandon for q: p == q.place and q.p != 0 and q.p != q.back -> p := 0
legitimate: enabled == 0
";

const DISTANCES: &str = "
var d : 0..if(id == 0, 0, n - 1)
process others:
  near: min(q: q.d) + 1 < n and d != min(q: q.d) + 1 -> d := min(q: q.d) + 1
  far: min(q: q.d) + 1 >= n and d != n - 1 -> d := n - 1
process 0:
legitimate: enabled == 0
";

fn experiment(name: &str, text: Option<&str>, graph: &str, parameters: &[(&str, u32)]) -> Experiment {
    let parameters: Parameters = parameters.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect();
    Experiment {
        algorithm: name.to_owned(),
        text: text.map(str::to_owned),
        topology: Topology::parse(graph).expect("it is a topology"),
        parameters,
        daemon: Daemon::Distributed,
        fairness: Fairness::Weak,
        owed: Owed::Process,
    }
}

#[test]
fn what_is_written_is_what_the_library_has() {
    for (name, text, graph, parameters) in [
        ("dijkstra-k-state", RING, "ring:5", &[][..]),
        ("dijkstra-k-state", RING, "ring:4", &[("k", 2)][..]),
        ("colouring", COLOURING, "ring:5", &[("colours", 3)][..]),
        ("matching", MATCHING, "grid:2x2", &[][..]),
        ("bfs-distances", DISTANCES, "chain:4", &[][..]),
    ] {
        let of_the_library: &[_] = if name == "colouring" { &[] } else { parameters };
        for daemon in [Daemon::Central, Daemon::LocallyCentral, Daemon::Synchronous, Daemon::Distributed] {
            let run = |experiment: Experiment| {
                Experiment { daemon, ..experiment }
                    .run(&Default::default(), &mut ())
                    .expect("it can be looked at")
                    .answer
            };
            let known = run(experiment(name, None, graph, of_the_library));
            assert_eq!(run(experiment(name, Some(text), graph, parameters)), known, "{name} on {graph}, {daemon}");
        }
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let check = |text: &str, graph: &str, expect: &[&str]| {
        let found = experiment("a.txt", Some(text), graph, &[]).run(&Default::default(), &mut ());
        assert_eq!(found.expect_err("something is wrong with it"), expect, "{text}");
    };
    check(
        "param k = m\nvar v : 0..3\nprocess 0:\n  step: v == left.w -> v := v + true\n  v + 1 -> v := 2\nlegitimate: v == 1",
        "ring:3",
        &[
            "a.txt:1:11: one of n was expected, not \"m\"",
            "a.txt:4:19: one of v was expected, not \"w\"",
            "a.txt:5:5: \":\" was expected, not \"+\"",
            "a.txt:6:13: one of n, enabled, privileges was expected, not \"v\"",
        ],
    );
    check(
        "var v : 0..3\nprocess all:\n  step: v <= min(q: q.v) -> v := v + 1\nlegitimate: all(p: p.v == 3)",
        "ring:3",
        &["a.txt:3:34: step: v would become 4 at process 0, where 0 to 3 were expected"],
    );
    check(
        "var v : 0..3\nprocess 7:\n  step: left.v != v -> v := left.v\nlegitimate: enabled == 0",
        "star:4",
        &["a.txt:2:9: there are processes 0 to 3, and none of number 7"],
    );
    check(
        "var v : 0..3\nprocess all:\n  step: left.v != v -> v := left.v\nlegitimate: enabled == 0",
        "star:4",
        &["a.txt:3:9: left and right are known on a ring and on a chain only"],
    );
    check(
        "",
        "ring:3",
        &[
            "a.txt:1:1: a variable was expected somewhere: var v : 0..k-1",
            "a.txt:1:1: what processes do was expected somewhere: process all:",
            "a.txt:1:1: what is legitimate was expected somewhere: legitimate: enabled == 0",
        ],
    );
}

#[test]
fn a_legitimacy_that_cannot_be_computed_is_no_answer() {
    let text = "var v : 0..2\nprocess all:\n  step: v == 0 -> v := 1\nlegitimate: 1 / count(p: p.v == 0) == 1";
    let found = experiment("a.txt", Some(text), "ring:3", &[]).run(&Default::default(), &mut ());
    assert_eq!(found.expect_err("it cannot be computed"), ["a.txt:4:13: 1 cannot be divided by 0"]);
}
