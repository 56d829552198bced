//! `evenkeel check`: says whether manifests settle.

use std::process::ExitCode;

use evenkeel_report::{Detail, Report, text};
use evenkeel_scenario::document::LAG;
use evenkeel_scenario::{Input, Parts, Settings, run as answer};
use evenkeel_system::Limits;

use crate::arguments::{Caches, Check, Fairness, Granularity, Output, Search};
use crate::load::Loaded;
use crate::screen::{complain, layout, print};
use crate::watch::Looker;

/// Runs the command.
pub(crate) fn run(options: &Check) -> ExitCode {
    let detail = if options.verbose { Detail::Full } else { Detail::Short };
    let layout = layout(options.screen, detail);
    let mut loaded = Loaded::from_paths(&options.paths);
    let input = if options.then.is_empty() {
        loaded.input()
    } else {
        let then = Loaded::from_paths(&options.then);
        let input = loaded.input_then(&then, options.prune);
        loaded.texts.extend(then.texts);
        input
    };
    match input {
        Ok(input) => {
            let report = checked(input, options.search, options.screen.quiet);
            match options.output {
                Output::Text => print(&text::text(&report, &layout)),
                Output::Json => print(&report.to_json()),
            }
            ExitCode::from(report.verdict.exit_code())
        }
        Err(problems) => {
            complain(&problems, &loaded, options.output, &layout);
            ExitCode::from(2)
        }
    }
}

/// Answers a question, with the options of the command line put over those of the scenario.
pub(crate) fn checked(mut input: Input, search: Search, quiet: bool) -> Report {
    let scenario = &mut input.scenario;
    if let Some(granularity) = search.granularity {
        scenario.granularity = match granularity {
            Granularity::Atomic => evenkeel_scenario::Granularity::Atomic,
            Granularity::Interleaved => evenkeel_scenario::Granularity::Interleaved,
        };
    }
    scenario.lag = match search.caches {
        Some(Caches::Fresh) => 0,
        Some(Caches::Stale) if scenario.lag == 0 => LAG,
        _ => scenario.lag,
    };
    if let Some(fairness) = search.fairness {
        scenario.fairness = match fairness {
            Fairness::Unfair => evenkeel_system::Fairness::Unfair,
            Fairness::Weak => evenkeel_system::Fairness::Weak,
        };
    }
    let default = Limits::default();
    let or = |given: Option<u64>, said: Option<u64>, default: usize| {
        given.or(said).map_or(default, |n| usize::try_from(n).unwrap_or(usize::MAX))
    };
    let limits = Limits {
        states: or(search.max_states, scenario.max_states, default.states),
        bytes: or(search.max_bytes, scenario.max_bytes, default.bytes),
    };
    let parts = if search.together { Parts::Together } else { Parts::Apart };
    let seconds = search.max_seconds.or(scenario.max_seconds);
    let mut looker = Looker::new(seconds, quiet);
    let mut report = answer(&input, &Settings { limits, parts }, &mut looker);
    looker.clear();
    report.statistics.wall_millis = looker.millis();
    report.limits.millis = seconds.map(|seconds| seconds.saturating_mul(1000));
    report
}
