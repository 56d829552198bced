//! `evenkeel explain`: tells what a field of our documents is.

use std::process::ExitCode;

use evenkeel_reference::{Depth, explain, find, overview};
use evenkeel_report::Detail;

use crate::arguments::{Explain, Output};
use crate::load::Loaded;
use crate::screen::{complain, layout, print};

/// Runs the command.
pub(crate) fn run(options: &Explain) -> ExitCode {
    let layout = layout(options.screen, Detail::Full);
    let Some(path) = &options.path else {
        print(&overview(&layout));
        return ExitCode::SUCCESS;
    };
    let depth = if options.recursive { Depth::Tree } else { Depth::Fields };
    match find(path) {
        Ok(found) => {
            print(&explain(&found, depth, &layout));
            ExitCode::SUCCESS
        }
        Err(problem) => {
            complain(&[*problem], &Loaded::default(), Output::Text, &layout);
            ExitCode::from(2)
        }
    }
}
