//! `evenkeel test`: runs every case below some folders.

use std::path::Path;
use std::process::ExitCode;

use evenkeel_report::table::{Outcome, Row, table};
use evenkeel_report::{Detail, diagnostic};

use crate::arguments::Test;
use crate::check::checked;
use crate::load::{Loaded, cases};
use crate::screen::{layout, print};

/// Runs the command.
pub(crate) fn run(options: &Test) -> ExitCode {
    let layout = layout(options.screen, Detail::Short);
    let mut rows = Vec::new();
    for folder in &options.paths {
        for case in cases(folder) {
            rows.push(row(&case, options, &layout));
        }
    }
    if rows.is_empty() {
        eprintln!(
            "error: no Scenario was found below {}",
            options.paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
        );
        return ExitCode::from(2);
    }
    print(&table(&rows, &layout));
    if rows.iter().all(Row::is_good) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn row(case: &Path, options: &Test, layout: &evenkeel_report::Layout) -> Row {
    let loaded = Loaded::from_paths(&[case.to_owned()]);
    let name = case.display().to_string();
    match loaded.input() {
        Ok(input) => {
            let expected = input.scenario.expect;
            let report = checked(input, options.search, options.screen.quiet);
            let statistics = report.statistics;
            Row {
                case: name,
                outcome: Outcome::Verdict(report.verdict),
                expected,
                states: statistics.states,
                millis: statistics.wall_millis,
            }
        }
        Err(problems) => {
            let text_of = |source: &str| loaded.texts.get(source).map(String::as_str);
            eprint!("{}", diagnostic::render(&problems, &text_of, layout));
            let reason = problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
            Row { case: name, outcome: Outcome::Failed(reason), expected: None, states: 0, millis: 0 }
        }
    }
}
