//! Good inputs with bytes flipped, lines gone or doubled, and values, fields and kinds swapped: whatever is asked, there is an answer, and it can be
//! printed.
//!
//! * `seeds`: what is mutated; `change`: how, as text; `tree`: how, as values
//!
//! Each input is made from a seed and its number alone, so that what broke can be made again: `EVENKEEL_MUTATED=SEED:FROM:COUNT` asks for others.
// Tests look at the clock and at the environment.
#![allow(clippy::disallowed_methods)]

mod change;
#[path = "../program/mod.rs"]
mod program;
mod seeds;
mod tree;

use std::panic::catch_unwind;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use change::{Files, Random, mutated};
use evenkeel_object::{Problem, parse_bytes};
use evenkeel_report::{Detail, Ink, Layout, Report, diagnostic, text};
use evenkeel_scenario::{Granularity, Input, Parts, Settings, run};
use evenkeel_system::{Fairness, Flow, Limits, Progress, Stop, Verdict, Watch};
use program::Folder;

/// The numbers of the inputs that are looked at.
#[derive(Clone, Copy)]
struct Batch {
    seed: u64,
    from: u64,
    count: u64,
}

/// How long one input may take. Ten times less is what the slowest need on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends a search after so many looks; what it costs to look at one state is the model's affair.
struct Looks(usize);

impl Watch for Looks {
    fn progress(&mut self, _: &Progress) -> Flow {
        self.0 += 1;
        if self.0 > 1_000 { Flow::End(Stop::Time) } else { Flow::Continue }
    }
}

/// What an input comes to: what is printed, and the exit code with it.
fn answered(files: &Files, random: &mut Random) -> u8 {
    let layout = Layout { width: 100, ink: Ink::Plain, detail: Detail::Full };
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let (more, wrong) = parse_bytes(name, bytes);
        documents.extend(more);
        problems.extend(wrong);
    }
    // Also what has faults is sorted, as the program does to tell all of them.
    let input = match Input::sort(&documents) {
        Err(more) => {
            problems.extend(more);
            None
        }
        Ok(input) => Some(input),
    };
    let Some(mut input) = input.filter(|_| problems.is_empty()) else {
        complained(files, &problems, &layout);
        return 2;
    };
    let settings = varied(&mut input, random);
    let report = run(&input, &settings, &mut Looks(0));
    let printed = text::text(&report, &layout);
    assert!(printed.starts_with(report.verdict.word()), "{printed}");
    assert_eq!(report.verdict.exit_code(), code_of(&printed), "{printed}");
    assert_eq!(report.verdict == Verdict::Undecided, report.limits.reached.is_some(), "{printed}");
    assert_eq!(Report::from_json(&report.to_json()).expect("it was just written"), report);
    report.verdict.exit_code()
}

/// Problems can be shown, and each has a place: a file that was read, and a line of it.
fn complained(files: &Files, problems: &[Problem], layout: &Layout) {
    let texts: Vec<(&str, String)> =
        files.iter().map(|(name, bytes)| (*name, String::from_utf8_lossy(bytes).into_owned())).collect();
    let text_of = |source: &str| texts.iter().find(|(name, _)| *name == source).map(|(_, text)| text.as_str());
    assert!(diagnostic::render(problems, &text_of, layout).contains("error"));
    for problem in problems {
        let text = text_of(&problem.source).expect("the problem is with a file");
        let at = problem.position.expect("the problem is somewhere in it");
        assert!(at.line >= 1 && at.line as usize <= text.split(['\n', '\r']).count(), "{problem:?}");
        assert!(!problem.message.is_empty());
    }
}

/// Asks in one of the ways in which the command line can ask.
fn varied(input: &mut Input, random: &mut Random) -> Settings {
    if random.below(3) == 0 {
        input.scenario.granularity = Granularity::Interleaved;
    }
    if random.below(3) == 0 {
        input.scenario.lag = 1 + random.below(3) as u32;
    }
    if random.below(5) == 0 {
        input.scenario.fairness = Fairness::Unfair;
    }
    let parts = if random.below(5) == 0 { Parts::Together } else { Parts::Apart };
    Settings { limits: Limits { states: 200, bytes: 64 << 20 }, parts }
}

/// The exit code that goes with the first word of a report.
fn code_of(report: &str) -> u8 {
    match report.split_whitespace().next().unwrap_or_default() {
        "stabilizes" => 0,
        "undecided" => 3,
        "oscillates" | "diverges" | "stuck" | "ambiguous" | "violates" => 1,
        other => panic!("{other:?} is no verdict"),
    }
}

/// The files as one text, to be pasted into a bug.
fn shown(batch: Batch, number: u64, files: &Files) -> String {
    let texts: String =
        files.iter().map(|(name, bytes)| format!("=== {name}\n{}\n", String::from_utf8_lossy(bytes))).collect();
    format!("EVENKEEL_MUTATED={}:{number}:1\n{texts}", batch.seed)
}

/// The batch that the environment asks for, or this one.
fn asked_for(batch: Batch) -> Batch {
    let Ok(asked) = std::env::var("EVENKEEL_MUTATED") else {
        return batch;
    };
    let numbers: Vec<u64> = asked.split(':').map(|number| number.parse().expect("SEED:FROM:COUNT")).collect();
    let &[seed, from, count] = &numbers[..] else { panic!("EVENKEEL_MUTATED is SEED:FROM:COUNT, not {asked}") };
    Batch { seed, from, count }
}

/// Answers inputs as long as there are any; tells the code that each came to, or that it broke.
fn work(batch: Batch, next: &Mutex<u64>, done: &Sender<(u64, Option<u8>)>) {
    loop {
        let number = {
            let mut next = next.lock().expect("nobody breaks while holding it");
            *next += 1;
            *next - 1
        };
        if number >= batch.from + batch.count {
            return;
        }
        let mut random = Random::of(batch.seed, number);
        let files = mutated(&mut random);
        let code = catch_unwind(move || answered(&files, &mut random)).ok();
        if done.send((number, code)).is_err() {
            return;
        }
    }
}

/// How many inputs came to each exit code. Breaks with the first that broke, or that took too long.
fn tally(batch: Batch) -> [usize; 4] {
    let (done, answers) = channel();
    let next = Arc::new(Mutex::new(batch.from));
    for _ in 0..2 {
        let (next, done) = (next.clone(), done.clone());
        std::thread::spawn(move || work(batch, &next, &done));
    }
    drop(done);
    let mut open: std::collections::BTreeSet<u64> = (batch.from..batch.from + batch.count).collect();
    let (mut codes, mut broken) = ([0; 4], Vec::new());
    let input = |number| shown(batch, number, &mutated(&mut Random::of(batch.seed, number)));
    while !open.is_empty() {
        match answers.recv_timeout(PATIENCE) {
            Ok((number, code)) => {
                open.remove(&number);
                match code {
                    Some(code) => codes[usize::from(code)] += 1,
                    None => broken.push(number),
                }
            }
            Err(_) => {
                let first: Vec<String> = open.iter().take(2).map(|number| input(*number)).collect();
                panic!("one of these takes too long, or one soon after the first:\n{}", first.join("\n"));
            }
        }
    }
    let numbers = format!("{broken:?}");
    assert!(broken.is_empty(), "{} inputs broke something: {numbers}\n{}", broken.len(), input(broken[0]));
    codes
}

#[test]
fn whatever_was_done_to_an_input_there_is_an_answer() {
    let codes = tally(asked_for(Batch { seed: 0x2545_f491_4f6c_dd1d, from: 0, count: 10_000 }));
    println!("exit codes 0 to 3: {codes:?}");
    let n_asked = codes[0] + codes[1] + codes[3];
    assert!(n_asked * 4 > codes.iter().sum::<usize>(), "most of the inputs should not be nonsense: {codes:?}");
}

#[test]
fn whatever_was_done_to_an_input_the_program_ends_with_the_code_of_what_it_says() {
    let batch = Batch { seed: 0x9e37_79b9_7f4a_7c15, from: 0, count: 100 };
    for number in batch.from..batch.count {
        let mut random = Random::of(batch.seed, number);
        let files = mutated(&mut random);
        let folder = files.iter().fold(Folder::new(), |folder, (name, bytes)| folder.with(name, bytes));
        let granularity = ["atomic", "interleaved"][random.below(2)];
        let caches = ["fresh", "stale"][random.below(2)];
        let limits = ["--max-states", "200", "--max-seconds", "20", "--granularity", granularity, "--caches", caches];
        let answer = folder.run(&[&["check", "."][..], &limits].concat());
        let input = || format!("{:?}\n{}\n{}", answer.code, answer.err, shown(batch, number, &files));
        assert!(!answer.err.contains("panicked"), "{}", input());
        if answer.out.is_empty() {
            assert_eq!(answer.code, Some(2), "{}", input());
            let has_place = files.iter().any(|(name, _)| answer.err.contains(&format!("{name}:")));
            assert!(answer.err.contains("error") && has_place, "{}", input());
        } else {
            assert_eq!(answer.code, Some(code_of(&answer.out).into()), "{}", input());
        }
    }
}
