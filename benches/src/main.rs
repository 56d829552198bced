//! Runs the same work on a system written by hand and on plain manifests through the whole API semantics, and prints both beside each other.
//!
//! `cargo run --release -p evenkeel-benches -- 2 3 1 1000000`: deployments, replicas, kills, and the most states to look at from manifests.
#![allow(clippy::disallowed_methods)] // Measuring is what clocks are for.

mod by_hand;
mod manifests;

use std::time::Instant;

use evenkeel_check::{Question, explore, judge};
use evenkeel_scenario::{Parts, Settings, run};
use evenkeel_system::Limits;

/// How large the model is.
#[derive(Clone, Copy, Debug)]
struct Size {
    deployments: usize,
    replicas: usize,
    kills: usize,
}

/// One line of the table.
struct Row {
    what: &'static str,
    verdict: String,
    states: usize,
    transitions: usize,
    seconds: f64,
    bytes: usize,
    calls: Option<u64>,
}

fn main() {
    let arguments: Vec<usize> =
        std::env::args().skip(1).map(|argument| argument.parse().expect("a whole number")).collect();
    let argument = |place: usize, default: usize| arguments.get(place).copied().unwrap_or(default);
    let size = Size { deployments: argument(0, 2), replicas: argument(1, 3), kills: argument(2, 1) };
    println!("fight {}·{}·{}: an autoscaler against an applier", size.deployments, size.replicas, size.kills);
    let by_hand = by_hand(size);
    let from_manifests = from_manifests(size, argument(3, 1_000_000));
    for row in [&by_hand, &from_manifests] {
        println!("{}", row.text());
    }
    println!("a state from manifests costs {:.1} times as long as one by hand", by_hand.rate() / from_manifests.rate());
}

fn by_hand(size: Size) -> Row {
    let system = by_hand::Fight { size };
    let question = Question::default();
    let start = Instant::now();
    let graph = explore(&system, &question.limits, &mut ());
    let seconds = start.elapsed().as_secs_f64();
    let judgement = judge(&system, &question, &graph);
    let statistics = judgement.statistics;
    Row {
        what: "by hand",
        verdict: judgement.verdict.to_string(),
        states: statistics.states,
        transitions: statistics.transitions,
        seconds,
        bytes: statistics.bytes,
        calls: None,
    }
}

fn from_manifests(size: Size, states: usize) -> Row {
    let input = manifests::input(size);
    let settings = Settings { limits: Limits { states, ..Limits::default() }, parts: Parts::Together };
    let start = Instant::now();
    let report = run(&input, &settings, &mut ());
    let seconds = start.elapsed().as_secs_f64();
    let statistics = &report.statistics;
    Row {
        what: "from manifests",
        verdict: report.verdict.to_string(),
        states: statistics.states as usize,
        transitions: statistics.transitions as usize,
        seconds,
        bytes: statistics.peak_bytes as usize,
        calls: Some(statistics.controller_calls),
    }
}

impl Row {
    fn rate(&self) -> f64 {
        self.states as f64 / self.seconds
    }

    fn text(&self) -> String {
        let calls = self.calls.map_or_else(String::new, |calls| {
            format!(", {calls} calls of a controller (one on {} edges)", self.transitions as u64 / calls.max(1))
        });
        format!(
            "{:>14}  {:<10}  {} states, {} transitions in {:.2} s: {:.0} states/s, {} bytes a state{calls}",
            self.what,
            self.verdict,
            self.states,
            self.transitions,
            self.seconds,
            self.rate(),
            self.bytes / self.states.max(1),
        )
    }
}
