//! Measures exploring and judging: Dijkstra's ring with as many states as processes, from all configurations.
//!
//! `cargo run --release -p evenkeel-check --example ring -- 7`; a second number is that of states, if there are fewer or more than processes.
#![allow(clippy::disallowed_methods)] // Measuring is what clocks are for.

use std::time::Instant;

use evenkeel_check::textbook::{Central, Ring};
use evenkeel_check::{Question, explore, judge};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a small number"));
    let n: u8 = arguments.next().unwrap_or(7);
    let system = Central(Ring { n: usize::from(n), k: arguments.next().unwrap_or(n) });
    let question = Question::default();
    let start = Instant::now();
    let graph = explore(&system, &question.limits, &mut ());
    let explored = start.elapsed().as_secs_f64();
    let judgement = judge(&system, &question, &graph);
    let judged = start.elapsed().as_secs_f64() - explored;
    let statistics = judgement.statistics;
    println!(
        "{}: {} states, {} transitions, {} bytes",
        judgement.verdict, statistics.states, statistics.transitions, statistics.bytes
    );
    println!("worst case: {:?}", judgement.worst_case.map(|worst| worst.cost.moves));
    println!(
        "explored in {explored:.3} s ({:.2} M states/s), judged in {judged:.3} s",
        statistics.states as f64 / explored / 1e6
    );
}
