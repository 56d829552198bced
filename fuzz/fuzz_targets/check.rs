//! A whole question, with small limits: it has an answer that can be printed and read again, or problems that can be shown.
//!
//! Lines `=== NAME` begin a file of that name, so that a Scenario has files to point at.
#![no_main]

use evenkeel_object::{Problem, parse_bytes};
use evenkeel_report::{Detail, Ink, Layout, Report, diagnostic, text};
use evenkeel_scenario::{Input, Parts, Settings, run};
use evenkeel_system::{Flow, Limits, Progress, Stop, Watch};
use libfuzzer_sys::fuzz_target;

const LAYOUT: Layout = Layout { width: 100, ink: Ink::Plain, detail: Detail::Full };

/// Ends a search after so many looks.
struct Looks(usize);

impl Watch for Looks {
    fn progress(&mut self, _: &Progress) -> Flow {
        self.0 += 1;
        if self.0 > 300 { Flow::End(Stop::Time) } else { Flow::Continue }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let files = files(&text);
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    for (name, text) in &files {
        let (more, wrong) = parse_bytes(name, text.as_bytes());
        documents.extend(more);
        problems.extend(wrong);
    }
    match Input::sort(&documents) {
        Ok(input) if problems.is_empty() => answered(&input),
        Ok(_) => complained(&files, &problems),
        Err(more) => complained(&files, &more),
    }
});

/// The files of a text, by name.
fn files(text: &str) -> Vec<(&str, &str)> {
    let mut parts = text.split("=== ");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once('\n').unwrap_or((part, "")));
    std::iter::once(("input.yaml", first)).chain(rest).collect()
}

fn answered(input: &Input) {
    let settings = Settings { limits: Limits { states: 100, bytes: 32 << 20 }, parts: Parts::Apart };
    let report = run(input, &settings, &mut Looks(0));
    assert!(text::text(&report, &LAYOUT).starts_with(report.verdict.word()));
    assert_eq!(Report::from_json(&report.to_json()).expect("it was just written"), report);
}

fn complained(files: &[(&str, &str)], problems: &[Problem]) {
    let text_of = |source: &str| files.iter().find(|(name, _)| *name == source).map(|(_, text)| *text);
    assert!(diagnostic::render(problems, &text_of, &LAYOUT).contains("error"));
}
