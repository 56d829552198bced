//! `evenkeel schema`: prints what may stand in our documents, for editors.

use std::process::ExitCode;

use evenkeel_reference::{controllermodel, scenario, schema};

use crate::arguments::Kind;
use crate::screen::print;

/// Runs the command.
pub(crate) fn run(kind: Kind) -> ExitCode {
    print(&schema(match kind {
        Kind::Scenario => scenario(),
        Kind::Controllermodel => controllermodel(),
    }));
    ExitCode::SUCCESS
}
