//! `evenkeel replay`: walks a run of a report.

use std::io::Read;
use std::process::ExitCode;

use evenkeel_report::{Detail, Leg, Replay as Walk, Report};

use crate::arguments::{Replay, Run};
use crate::screen::{layout, print};

/// Runs the command.
pub(crate) fn run(options: &Replay) -> ExitCode {
    let layout = layout(options.screen, Detail::Full);
    let source = options.report.display().to_string();
    let report = match read(options) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("error: {source}: {error}\n  expected what `evenkeel check --output json` prints");
            return ExitCode::from(2);
        }
    };
    let leg = match options.run {
        Run::Evidence => Leg::Evidence,
        Run::Left => Leg::Left,
        Run::Right => Leg::Right,
        Run::WorstCase => Leg::WorstCase,
    };
    let walk = Walk::of(&report, leg).or_else(|| Walk::of(&report, Leg::WorstCase).filter(|_| leg == Leg::Evidence));
    let Some(walk) = walk else {
        eprintln!(
            "error: {source}: the report has no such run\n  hint: its verdict is {}; --run says which run to walk",
            report.verdict
        );
        return ExitCode::from(2);
    };
    match options.step {
        Some(step) if step > walk.len() => {
            eprintln!("error: {source}: there is no step {step}; the run has {} steps", walk.len());
            return ExitCode::from(2);
        }
        Some(step) => {
            if step > 0 {
                print(&walk.text(step, &layout));
            }
            for object in walk.objects(step).values() {
                print(&format!("{}\n", object.0));
            }
        }
        None => (1..=walk.len()).for_each(|step| print(&walk.text(step, &layout))),
    }
    ExitCode::SUCCESS
}

fn read(options: &Replay) -> Result<Report, String> {
    let mut text = String::new();
    if options.report.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
    } else {
        text = std::fs::read_to_string(&options.report).map_err(|error| error.to_string())?;
    }
    Report::from_json(&text).map_err(|error| error.to_string())
}
