//! The program. One file a command; `load` reads files, `watch` looks at clock and keyboard, `screen` at the terminal.
//!
//! This is the only crate of the product that touches files, the clock and the environment.
#![allow(clippy::disallowed_methods)]

mod arguments;
mod check;
mod explain;
mod lab;
mod load;
mod replay;
mod schema;
mod screen;
mod test;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Command::Check(options) => check::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Replay(options) => replay::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Lab(options) => lab::run(&options),
        Command::Schema { kind } => schema::run(kind),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "evenkeel", &mut std::io::stdout());
            ExitCode::SUCCESS
        }
    }
}
