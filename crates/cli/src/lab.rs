//! `evenkeel lab`: judges a textbook algorithm of self-stabilization.

use std::fmt::Write;
use std::process::ExitCode;

use evenkeel_check::space::{Expected, Extremes, Fairness, Rounds};
use evenkeel_lab::experiment::{Experiment, Finding};
use evenkeel_lab::{Owed, Parameters, Topology, algorithms};
use evenkeel_system::{Limits, Stop};
use serde_json::{Value, json};

use crate::arguments::{Daemon, Lab, LabFairness, Output};
use crate::screen::print;
use crate::watch::Looker;

/// Runs the command.
pub(crate) fn run(options: &Lab) -> ExitCode {
    let Some(algorithm) = &options.algorithm else {
        print(&list());
        return ExitCode::SUCCESS;
    };
    let found = experiment(algorithm, options).map_err(|problem| vec![problem]).and_then(|experiment| {
        let mut looker = Looker::new(options.max_seconds, options.screen.quiet);
        let finding = experiment.run(&limits(options), &mut looker);
        looker.clear();
        Ok((finding?, looker.millis(), experiment))
    });
    match found {
        Ok((finding, millis, experiment)) => {
            match options.output {
                Output::Text => print(&text(&finding, &experiment, millis)),
                Output::Json => print(&format!("{:#}\n", json(&finding, &experiment, millis))),
            }
            ExitCode::from(finding.answer.verdict.exit_code())
        }
        Err(problems) => {
            match options.output {
                Output::Text => problems.iter().for_each(|problem| eprintln!("error: {problem}")),
                Output::Json => print(&format!("{:#}\n", json!({"errors": problems}))),
            }
            ExitCode::from(2)
        }
    }
}

fn list() -> String {
    let mut text = String::from("evenkeel lab ALGORITHM --graph GRAPH, where ALGORITHM is one of\n\n");
    for (name, what) in algorithms::ALL {
        let _ = writeln!(text, "  {name:<20} {what}");
    }
    text
}

fn limits(options: &Lab) -> Limits {
    let default = Limits::default();
    let or = |given: Option<u64>, default: usize| given.map_or(default, |n| usize::try_from(n).unwrap_or(usize::MAX));
    Limits { states: or(options.max_states, default.states), bytes: or(options.max_bytes, default.bytes) }
}

fn experiment(algorithm: &str, options: &Lab) -> Result<Experiment, String> {
    let graph = options.graph.as_ref().ok_or("--graph is missing: ring:6, for example")?;
    let drawing = if graph.contains(':') || graph.contains('{') {
        graph.clone()
    } else {
        std::fs::read_to_string(graph).map_err(|error| format!("{graph}: {error}"))?
    };
    let topology = Topology::parse(&drawing).map_err(|problem| match drawing == *graph {
        true => problem,
        false => format!("{graph}: {problem}"),
    })?;
    let is_named = algorithms::ALL.iter().any(|(name, _)| *name == algorithm);
    let text = match is_named || !(algorithm.contains(['/', '.']) || std::path::Path::new(algorithm).exists()) {
        true => None,
        false => Some(std::fs::read_to_string(algorithm).map_err(|error| format!("{algorithm}: {error}"))?),
    };
    Ok(Experiment {
        algorithm: algorithm.to_owned(),
        text,
        topology,
        parameters: parameters(&options.param)?,
        daemon: match options.daemon {
            Daemon::Central => evenkeel_lab::Daemon::Central,
            Daemon::LocallyCentral => evenkeel_lab::Daemon::LocallyCentral,
            Daemon::Synchronous => evenkeel_lab::Daemon::Synchronous,
            Daemon::Distributed => evenkeel_lab::Daemon::Distributed,
        },
        fairness: match options.fairness {
            LabFairness::Unfair => Fairness::Unfair,
            LabFairness::Weak => Fairness::Weak,
            LabFairness::Strong => Fairness::Strong,
        },
        owed: match options.process {
            crate::arguments::Owed::Process => Owed::Process,
            crate::arguments::Owed::Action => Owed::Action,
        },
    })
}

fn parameters(given: &[String]) -> Result<Parameters, String> {
    given
        .iter()
        .map(|text| {
            let (name, number) = text.split_once('=').ok_or_else(|| format!("a parameter is k=6, not {text:?}"))?;
            let number = number.parse().map_err(|_| format!("{name} is a number, not {number:?}"))?;
            Ok((name.to_owned(), number))
        })
        .collect()
}

fn json(finding: &Finding, experiment: &Experiment, millis: u64) -> Value {
    let answer = &finding.answer;
    let rounds = match answer.rounds {
        Rounds::AtMost(rounds) => Some(rounds),
        Rounds::Unbounded | Rounds::NotCounted => None,
    };
    let worst = answer.worst.map(|worst| json!({"moves": worst.moves, "steps": worst.steps, "rounds": rounds}));
    // Where steps have no bound, rounds may still have one.
    let worst = worst.or(rounds.map(|rounds| json!({"moves": null, "steps": null, "rounds": rounds})));
    let extremes = |of: Extremes| json!({"max": of.max, "mean": of.mean});
    let expected = answer.expected.map(
        |Expected { steps, moves, error }| json!({"moves": extremes(moves), "steps": extremes(steps), "error": error}),
    );
    json!({
        "verdict": answer.verdict.word(),
        "states": answer.states,
        "legitimate": answer.legitimate,
        "closed": answer.is_closed,
        "possible": answer.is_possible,
        "worstCase": worst,
        "expected": expected,
        "assumptions": {
            "algorithm": experiment.algorithm,
            "processes": experiment.topology.size(),
            "parameters": experiment.parameters,
            "daemon": experiment.daemon.to_string(),
            "fairness": fairness(experiment.fairness),
            "owedTo": owed(experiment.owed),
        },
        "evidence": {"processes": finding.names, "configurations": finding.evidence},
        "stop": answer.stop.to_string(),
        "wallMillis": millis,
    })
}

fn fairness(fairness: Fairness) -> &'static str {
    match fairness {
        Fairness::Unfair => "unfair",
        Fairness::Weak => "weakly fair",
        Fairness::Strong => "strongly fair",
    }
}

fn owed(owed: Owed) -> &'static str {
    match owed {
        Owed::Process => "process",
        Owed::Action => "action",
    }
}

fn text(finding: &Finding, experiment: &Experiment, millis: u64) -> String {
    let Finding { answer, evidence, .. } = finding;
    let fair = fairness(experiment.fairness);
    let mut text = format!(
        "{}   {} · {} processes · {} daemon · {fair}   {} configurations, {} legitimate, in {millis} ms\n",
        answer.verdict.word(),
        experiment.algorithm,
        experiment.topology.size(),
        experiment.daemon,
        answer.states,
        answer.legitimate,
    );
    let mut line = |what: &str, tells: String| {
        let _ = writeln!(text, "  {what:<22} {tells}");
    };
    let rounds = match answer.rounds {
        Rounds::AtMost(rounds) => format!("{rounds} rounds"),
        Rounds::Unbounded => "no bound on rounds".to_owned(),
        Rounds::NotCounted => "rounds not counted".to_owned(),
    };
    if answer.verdict == evenkeel_system::Verdict::Stabilizes {
        let steps = answer
            .worst
            .map_or("no bound on steps".to_owned(), |worst| format!("{} steps, {} moves", worst.steps, worst.moves));
        line("at worst", format!("{steps}, {rounds}"));
    }
    if let Some(Expected { steps, moves, .. }) = answer.expected {
        line(
            "by chance, on average",
            format!("{:.6} steps, {:.6} moves from the worst configuration", steps.max, moves.max),
        );
        line("", format!("{:.6} steps, {:.6} moves from any", steps.mean, moves.mean));
    }
    if answer.is_possible == Some(false) {
        line("", "from some configurations there is no way to a legitimate one".to_owned());
    }
    if !answer.is_closed && answer.stop == Stop::Complete {
        line("", "legitimate configurations can be left; asked is about those that cannot".to_owned());
    }
    if answer.stop != Stop::Complete {
        line("ended early", answer.stop.to_string());
    }
    if !evidence.is_empty() {
        line(if evidence.len() > 1 { "round and round" } else { "for ever" }, finding.names.join("  "));
        evidence.iter().for_each(|values| line("", values.join("  ")));
    }
    text
}
