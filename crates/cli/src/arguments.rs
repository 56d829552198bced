//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Will this set of Kubernetes resources, with their controllers and webhooks, settle; and what guarantees it?
#[derive(Parser, Debug)]
#[command(name = "evenkeel", version, propagate_version = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  evenkeel check deploy/                      every behaviour from \"these were just applied\"
  kubectl kustomize overlay | evenkeel check -
  helm template chart | evenkeel check - --output json > report.json
  evenkeel replay report.json --step 3        the objects after the third step of the evidence
  evenkeel test zoo                           every case below a folder against its expectation
  evenkeel lab colouring --graph ring:5       a textbook algorithm, from every configuration
  evenkeel explain scenario.appliers          what a field of a Scenario or a ControllerModel is

Exit codes: 0 it settles · 1 it does not · 2 the input cannot be read · 3 undecided";

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Says whether manifests settle, and shows why not.
    Check(Check),
    /// Runs every case below some folders and compares with what is expected.
    Test(Test),
    /// Walks a run of a report: the objects, and what changed, at any step.
    Replay(Replay),
    /// Tells what a field of a Scenario or a ControllerModel is.
    Explain(Explain),
    /// Prints the JSON Schema of a kind of document, for editors.
    Schema {
        /// The kind of document.
        #[arg(value_enum)]
        kind: Kind,
    },
    /// Judges a textbook algorithm of self-stabilization, from every configuration.
    Lab(Lab),
    /// Prints a script that completes commands in a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  evenkeel check app.yaml db/                 files and folders together are one question
  evenkeel check - --granularity interleaved  each API call is a step of its own
  evenkeel check app/ --max-states 100000 --max-seconds 10
  evenkeel check main/ --then branch/ --prune a change: main has settled, branch is applied

A Scenario document (apiVersion: evenkeel.dev/v1alpha1) beside the manifests says what the manifests cannot:
appliers, environment, expectations. Options given here count more than it.")]
pub(crate) struct Check {
    /// Files and folders with manifests (YAML or JSON); `-` for standard input.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// What is applied once all that has settled: does the change come through?
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) then: Vec<PathBuf>,
    /// Delete what is not in `--then` any more.
    #[arg(long, requires = "then")]
    pub(crate) prune: bool,
    #[command(flatten)]
    pub(crate) search: Search,
    /// How to print the report.
    #[arg(long, short, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// Tell everything: whole runs, the run of the worst case.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) screen: Screen,
}

#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct Search {
    /// What one step is: a whole reconcile, or one API call.
    #[arg(long, value_enum)]
    pub(crate) granularity: Option<Granularity>,
    /// Whether what controllers read may lag behind the store (by two changes, unless a Scenario says otherwise).
    #[arg(long, value_enum)]
    pub(crate) caches: Option<Caches>,
    /// Which endless runs count.
    #[arg(long, value_enum)]
    pub(crate) fairness: Option<Fairness>,
    /// Explore everything together, also what does not touch.
    #[arg(long)]
    pub(crate) together: bool,
    /// The most states to look at [default: 20000000].
    #[arg(long, value_name = "N")]
    pub(crate) max_states: Option<u64>,
    /// The most seconds to take.
    #[arg(long, value_name = "N")]
    pub(crate) max_seconds: Option<u64>,
    /// The most bytes the search's tables may hold [default: 4 GiB].
    #[arg(long, value_name = "N")]
    pub(crate) max_bytes: Option<u64>,
}

#[derive(Args, Debug)]
pub(crate) struct Test {
    /// Folders; every Scenario below them is a case, with the files beside it.
    #[arg(required = true, value_name = "DIR")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) search: Search,
    #[command(flatten)]
    pub(crate) screen: Screen,
}

#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// A report, as `evenkeel check --output json` prints it; `-` for standard input.
    #[arg(value_name = "REPORT")]
    pub(crate) report: PathBuf,
    /// Only this step, with every object as it is then.
    #[arg(long, value_name = "N")]
    pub(crate) step: Option<usize>,
    /// Which run to walk.
    #[arg(long, value_enum, default_value_t = Run::Evidence)]
    pub(crate) run: Run,
    #[command(flatten)]
    pub(crate) screen: Screen,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  evenkeel explain controllermodel.rules      what a rule consists of
  evenkeel explain scenario.appliers.mode     one field; `spec` may be left out
  evenkeel explain scenario --recursive       the names and types of all fields")]
pub(crate) struct Explain {
    /// A document, or the way from it to a field; without it, which documents there are.
    #[arg(value_name = "DOCUMENT[.FIELD…]")]
    pub(crate) path: Option<String>,
    /// Names the fields below it, and those below them, with their types.
    #[arg(long, requires = "path")]
    pub(crate) recursive: bool,
    #[command(flatten)]
    pub(crate) screen: Screen,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  evenkeel lab                                which algorithms there are
  evenkeel lab dijkstra-k-state --graph ring:6 --daemon distributed
  evenkeel lab colouring --graph clique:4 --daemon synchronous --output json
  evenkeel lab matching --graph net.dot --fairness strong --process action
  evenkeel lab toggle.txt --graph chain:4     an algorithm of your own: docs/lab.md")]
pub(crate) struct Lab {
    /// The algorithm, or a file in which one is written; without it, which there are.
    pub(crate) algorithm: Option<String>,
    /// Where it runs: ring:6, chain:5, star:5, clique:4, grid:3x3 (the number is that of the processes), or a file in the language of Graphviz.
    #[arg(long, value_name = "GRAPH")]
    pub(crate) graph: Option<String>,
    /// A number that the algorithm takes.
    #[arg(long, value_name = "NAME=NUMBER")]
    pub(crate) param: Vec<String>,
    /// Who moves together.
    #[arg(long, value_enum, default_value_t = Daemon::Central)]
    pub(crate) daemon: Daemon,
    /// Which endless runs count.
    #[arg(long, value_enum, default_value_t = LabFairness::Weak)]
    pub(crate) fairness: LabFairness,
    /// What fairness is owed to: a process, or each action of a process.
    #[arg(long, value_enum, default_value_t = Owed::Process)]
    pub(crate) process: Owed,
    /// The most places (configurations, and who is waited for) on which rounds are counted [default: 20000000].
    #[arg(long, value_name = "N")]
    pub(crate) max_states: Option<u64>,
    /// The most seconds to take.
    #[arg(long, value_name = "N")]
    pub(crate) max_seconds: Option<u64>,
    /// The most bytes for choices that have to be kept [default: 4 GiB].
    #[arg(long, value_name = "N")]
    pub(crate) max_bytes: Option<u64>,
    /// How to print the answer.
    #[arg(long, short, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) screen: Screen,
}

#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct Screen {
    /// When to colour.
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
    /// Do not tell how far the search is.
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// What is said about manifests.
    Scenario,
    /// A controller of custom resources.
    Controllermodel,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For programs; the format is documented and versioned.
    Json,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Granularity {
    /// A reconcile is one step.
    Atomic,
    /// Each API call is one step.
    Interleaved,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Caches {
    /// Every cache shows the store as it is.
    Fresh,
    /// A cache need not show the last changes yet.
    Stale,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fairness {
    /// All, also those that pass over a process for ever.
    Unfair,
    /// Those in which a process that stays enabled is taken at some time.
    Weak,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Daemon {
    /// One process a step.
    Central,
    /// Any processes no two of which are neighbours.
    LocallyCentral,
    /// All that are enabled.
    Synchronous,
    /// Any that are enabled.
    Distributed,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LabFairness {
    /// All.
    Unfair,
    /// Those in which nobody who stays enabled is never taken.
    Weak,
    /// Those in which nobody who is enabled again and again is never taken.
    Strong,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owed {
    /// Each process.
    Process,
    /// Each action of each process.
    Action,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Colour {
    /// If the output is a terminal and NO_COLOR is not set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Run {
    /// The evidence of the verdict.
    Evidence,
    /// The left side, where two runs part.
    Left,
    /// The right side.
    Right,
    /// The run of the worst case.
    WorstCase,
}
