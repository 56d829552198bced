//! An algorithm of the literature, looked at once.

use evenkeel_check::space::{Answer, Expected, Fairness, Rounds, Worst, judge_space};
use evenkeel_check::textbook::TwoPhase;
use evenkeel_check::{Question, check};
use evenkeel_system::{Limits, Verdict, Watch};

use crate::algorithm::Algorithm;
use crate::algorithms::{self, Parameters};
use crate::daemon::Daemon;
use crate::laboratory::{Laboratory, Owed};
use crate::topology::Topology;
use crate::written::{Mistake, written};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The name of the algorithm: [`algorithms::ALL`], or of the file in which it is written.
    pub algorithm: String,
    /// How it is written, if it is none of these.
    pub text: Option<String>,
    /// Where it runs.
    pub topology: Topology,
    /// The numbers that it takes.
    pub parameters: Parameters,
    /// Who moves together.
    pub daemon: Daemon,
    /// Which endless runs count.
    pub fairness: Fairness,
    /// To whom fairness is owed.
    pub owed: Owed,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The numbers.
    pub answer: Answer,
    /// The names of the processes.
    pub names: Vec<String>,
    /// The configurations of the answer's evidence, as the value of each process.
    pub evidence: Vec<Vec<String>>,
}

impl Experiment {
    /// Carries it out; says what cannot be, or all that is wrong with the text.
    pub fn run(&self, limits: &Limits, watch: &mut dyn Watch) -> Result<Finding, Vec<String>> {
        if self.algorithm == "two-phase-commit" {
            return self.two_phase(limits, watch).map_err(|problem| vec![problem]);
        }
        let (algorithm, topology) = self.subject()?;
        let laboratory = Laboratory::new(algorithm, topology, self.daemon).and_then(|l| l.owing(self.owed));
        let laboratory = laboratory.map_err(|problem| vec![problem])?;
        let answer = judge_space(&laboratory, self.fairness, limits, watch);
        if let Some(failure) = laboratory.failure() {
            return Err(vec![format!("{}:{failure}", self.algorithm)]);
        }
        let evidence = answer.evidence.iter().map(|&configuration| laboratory.told(configuration)).collect();
        let topology = laboratory.topology();
        let names = (0..topology.size()).map(|process| topology.name(process).to_owned()).collect();
        Ok(Finding { answer, names, evidence })
    }

    fn subject(&self) -> Result<(Box<dyn Algorithm>, Topology), Vec<String>> {
        let Some(text) = &self.text else {
            let found = algorithms::named(&self.algorithm, &self.topology, &self.parameters);
            return found.map_err(|problem| vec![problem]);
        };
        let told =
            |mistakes: Vec<Mistake>| mistakes.iter().map(|m| format!("{}:{m}", self.algorithm)).collect::<Vec<_>>();
        Ok((written(text, &self.topology, &self.parameters).map_err(told)?, self.topology.clone()))
    }

    /// It begins in one configuration, so it is explored from there.
    fn two_phase(&self, limits: &Limits, watch: &mut dyn Watch) -> Result<Finding, String> {
        let n_managers = u8::try_from(self.topology.size()).ok().filter(|n| *n <= 16);
        let n_managers = n_managers.ok_or("two-phase-commit is looked at with 16 resource managers at most")?;
        if self.daemon != Daemon::Central {
            return Err(format!("two-phase-commit is looked at under the central daemon, not the {} one", self.daemon));
        }
        if let Some(unknown) = self.parameters.keys().next() {
            return Err(format!("two-phase-commit has no parameter {unknown:?}; it takes: none"));
        }
        // It comes to an end whoever is passed over, so that nothing stronger has to be asked.
        let question = Question { fairness: evenkeel_system::Fairness::Unfair, limits: *limits, ..Question::default() };
        let judgement = check(&TwoPhase { n_managers }, &question, watch);
        let statistics = judgement.statistics;
        let answer = Answer {
            verdict: judgement.verdict,
            states: statistics.states as u64,
            legitimate: statistics.legitimate as u64,
            is_closed: judgement.verdict == Verdict::Stabilizes,
            worst: judgement.worst_case.map(|worst| Worst { steps: worst.cost.moves, moves: worst.cost.moves }),
            rounds: Rounds::NotCounted,
            expected: None::<Expected>,
            is_possible: (judgement.verdict == Verdict::Stabilizes).then_some(true),
            evidence: Vec::new(),
            stop: judgement.stop,
        };
        Ok(Finding { answer, names: Vec::new(), evidence: Vec::new() })
    }
}
