//! What a verdict means, and how it is read off the explored graph.
//!
//! An edge from a state to itself is a *stutter*: it serves the process that takes it, and changes nothing. A state *rests* if no process can
//! change it; the environment may still act there, but it need not, so a run may end there. A run is *fair*, under weak fairness, if no
//! process stays enabled for ever from some point on without being taken; every run is fair under the unfair daemon. Runs that end in a resting
//! state are fair.
//!
//! * `violates`: a reachable state breaks an invariant.
//! * `stuck`: a reachable state rests and is not legitimate. (A state in which processes only stutter rests.) So is a run stuck that stutters for ever
//!   in one illegitimate state which it cannot come back to: some choice would change it, and fairness does not owe that choice.
//! * `oscillates`: a fair run visits illegitimate states again and again without end, and the state changes. Overshoot that ends well is cost, not
//!   oscillation; legitimate states that are left and entered again for ever are oscillation.
//! * `ambiguous`, only where confluence is claimed: two final states can be reached from one initial state.
//! * `stabilizes`: none of these, and everything reachable was seen. Every fair run then ends up among the legitimate states and
//!   stays there. Closure need not hold for all legitimate states: it holds for the *settled* ones, the greatest set of legitimate
//!   states that no process leaves, and it is there that the worst case is measured.
//! * `undecided`: what was seen holds no fault, but the search was cut short, or of some state it is unknown whether it breaks an invariant or is
//!   legitimate after all. Such a state counts as legitimate until all faults have been looked for, so none is made up. A fault in what it saw is one of the whole: the edges of
//!   expanded states are all known, so a resting state rests and a fair cycle is fair.
//!
//! If a system can be stuck and can oscillate, what is nearer to an initial state is told; if they are equally near, that it is stuck.

use evenkeel_system::{Evidence, Fairness, Judgement, Lasso, Stabilizing, Statistics, Verdict, WorstCase};

use crate::Question;
use crate::bits::Bits;
use crate::closure::closed;
use crate::component::Finder;
use crate::confluence::{self, Finals, Fork};
use crate::cycle::{self, Round};
use crate::fair;
use crate::graph::{Edge, Graph};
use crate::members::Members;
use crate::walk;
use crate::worst::worst_case;

/// Judges what was explored of `system`.
pub fn judge<S: Stabilizing>(system: &S, question: &Question, graph: &Graph) -> Judgement<S::State, S::Action> {
    let survey = Survey::of(graph);
    let mut judge = Judge::new(system, question, graph);
    let fault = judge.fault(&survey);
    let worst_case =
        if graph.complete() && fault.as_ref().is_none_or(Fault::converges) { judge.worst_case() } else { None };
    let statistics = judge.statistics(&survey);
    Judgement {
        verdict: fault.as_ref().map_or_else(|| faultless(graph), Fault::verdict),
        evidence: fault.as_ref().map_or(Evidence::None, |fault| fault.evidence(system, graph)),
        worst_case,
        finals: judge.finals.len(),
        invariant: graph.violation().map(|(_, invariant)| invariant),
        stop: graph.stop(),
        limits: question.limits,
        statistics,
    }
}

fn faultless(graph: &Graph) -> Verdict {
    if graph.complete() { Verdict::Stabilizes } else { Verdict::Undecided }
}

/// What one look at each expanded state tells.
struct Survey {
    resting: usize,
    /// The nearest state that rests and is not legitimate.
    stuck: Option<usize>,
}

impl Survey {
    fn of(graph: &Graph) -> Survey {
        let mut survey = Survey { resting: 0, stuck: None };
        for state in (0..graph.n_expanded()).filter(|&state| graph.rests(state)) {
            survey.resting += 1;
            if !graph.legitimate(state) {
                survey.stuck.get_or_insert(state);
            }
        }
        survey
    }
}

/// What is wrong with a system.
enum Fault {
    Violates(usize),
    /// The nearest state that rests and is not legitimate.
    Stuck(usize),
    /// A round that changes nothing, in a state that something else could change.
    Stutters(Round),
    Oscillates(Round),
    /// No fault, but none can be ruled out: the nearest state of which something is unknown.
    Unknown(usize),
    Ambiguous(Fork),
}

impl Fault {
    fn verdict(&self) -> Verdict {
        match self {
            Fault::Violates(_) => Verdict::Violates,
            Fault::Stuck(_) | Fault::Stutters(_) => Verdict::Stuck,
            Fault::Oscillates(_) => Verdict::Oscillates,
            Fault::Unknown(_) => Verdict::Undecided,
            Fault::Ambiguous(_) => Verdict::Ambiguous,
        }
    }

    /// Whether every fair run nevertheless comes to stay among the legitimate states.
    fn converges(&self) -> bool {
        matches!(self, Fault::Ambiguous(_))
    }

    fn evidence<S: Stabilizing>(&self, system: &S, graph: &Graph) -> Evidence<S::State, S::Action> {
        let run_to = |state| walk::run(system, graph, state, &walk::from_initial(graph, state));
        match self {
            Fault::Violates(state) | Fault::Stuck(state) | Fault::Unknown(state) => Evidence::Run(run_to(*state)),
            Fault::Stutters(round) | Fault::Oscillates(round) => {
                let cycle = walk::actions(system, graph, &round.steps);
                Evidence::Lasso(Lasso { prefix: run_to(round.start), cycle })
            }
            Fault::Ambiguous(fork) => {
                let run = |branch: &[_]| walk::run(system, graph, fork.at, &[&fork.shared, branch].concat());
                Evidence::Fork { left: run(&fork.left), right: run(&fork.right), shared: fork.shared.len() }
            }
        }
    }
}

struct Judge<'a, S: Stabilizing> {
    system: &'a S,
    question: &'a Question,
    graph: &'a Graph,
    finder: Finder<'a>,
    finals: Finals,
    /// What lies outside the legitimate states that nothing leaves.
    outside: Condensation,
    /// What the tables over all states held besides the graph.
    bytes: usize,
}

impl<'a, S: Stabilizing> Judge<'a, S> {
    fn new(system: &'a S, question: &'a Question, graph: &'a Graph) -> Self {
        let mut finder = Finder::new(graph);
        // A cycle that passes an illegitimate state keeps outside of what nothing leaves, so nothing else need be looked at.
        let outside = Condensation::of(&mut finder, &closed(graph, |_| true));
        let bytes = finder.bytes() + outside.bytes();
        Judge { system, question, graph, finder, finals: Finals::of(system, graph), outside, bytes }
    }

    fn fault(&mut self, survey: &Survey) -> Option<Fault> {
        if let Some((state, _)) = self.graph.violation() {
            return Some(Fault::Violates(state));
        }
        if let Some(fault) = self.endless(survey.stuck) {
            return Some(fault);
        }
        match survey.stuck.map(Fault::Stuck).or(self.graph.unknown().map(Fault::Unknown)) {
            Some(fault) => Some(fault),
            None if self.question.confluence => {
                confluence::fork(self.graph, &self.finals, &mut self.finder).map(Fault::Ambiguous)
            }
            None => None,
        }
    }

    /// The nearest set of states in which a fair run can go round for ever, unless a run can come to rest as near.
    fn endless(&mut self, stuck: Option<usize>) -> Option<Fault> {
        let suspects = std::mem::take(&mut self.outside.suspects);
        if !suspects.is_empty() {
            self.bytes += Members::bytes(self.graph.n_states());
        }
        let (single, several): (Vec<_>, Vec<_>) = suspects.into_iter().partition(|states| states.len() == 1);
        let depth = |states: &Vec<u32>| self.graph.depth(states[0] as usize);
        let before = stuck.map(|state| self.graph.depth(state));
        let oscillation = self.nearest(several, before);
        let no_later = oscillation.as_ref().map(|states| depth(states) + 1);
        let stutter = self.nearest(single, no_later.or(before));
        let round = |states: Vec<u32>| cycle::round(self.system, self.graph, self.question.fairness, &states);
        match stutter {
            Some(states) => Some(Fault::Stutters(round(states))),
            None => oscillation.map(|states| Fault::Oscillates(round(states))),
        }
    }

    /// Of these sets of states the nearest that has a fair run, if it is nearer than `before`.
    fn nearest(&self, suspects: Vec<Vec<u32>>, before: Option<usize>) -> Option<Vec<u32>> {
        match self.question.fairness {
            Fairness::Weak => fair::nearest(self.system, self.graph, suspects, before),
            Fairness::Unfair => {
                let near = |states: &Vec<u32>| before.is_none_or(|depth| self.graph.depth(states[0] as usize) < depth);
                suspects.into_iter().min().filter(near)
            }
        }
    }

    /// None if one can go round for ever outside the settled states; fairness then ends it, but no number bounds it.
    fn worst_case(&mut self) -> Option<WorstCase<S::State, S::Action>> {
        let settled = closed(self.graph, Edge::owed);
        if self.outside.cyclic {
            // A cycle may need the environment to throw it out of the settled states each time round.
            self.outside = Condensation::of(&mut self.finder, &settled);
        }
        if self.outside.cyclic {
            return None;
        }
        let (case, bytes) = worst_case(self.system, self.graph, &settled, &self.outside.order);
        self.bytes += bytes;
        Some(case)
    }

    fn statistics(&self, survey: &Survey) -> Statistics {
        Statistics {
            states: self.graph.n_states(),
            transitions: self.graph.n_transitions(),
            legitimate: self.graph.legitimate_states().count(),
            terminal: survey.resting,
            depth: self.graph.n_states().checked_sub(1).map_or(0, |last| self.graph.depth(last)),
            bytes: self.graph.bytes() + self.bytes,
        }
    }
}

/// The components of a part of the graph.
struct Condensation {
    /// Every state, after those that it can step to; meaningless if there is a cycle.
    order: Vec<u32>,
    /// Whether some component has more than one state.
    cyclic: bool,
    /// The components in which going round for ever would be a fault, each in order.
    suspects: Vec<Vec<u32>>,
}

impl Condensation {
    /// That of the expanded states which are not in `inside`.
    fn of(finder: &mut Finder<'_>, inside: &Bits) -> Condensation {
        let graph = finder.graph();
        let mut parts = Condensation { order: Vec::new(), cyclic: false, suspects: Vec::new() };
        let states = (0..graph.n_expanded()).filter(|&state| !inside.get(state));
        finder.run(states, |component| {
            parts.order.extend_from_slice(component);
            parts.cyclic |= component.len() > 1;
            if fair::suspect(graph, component) {
                parts.suspects.push(fair::in_order(component));
            }
        });
        parts
    }

    fn bytes(&self) -> usize {
        let words: usize = self.suspects.iter().map(Vec::capacity).sum();
        (self.order.capacity() + words) * size_of::<u32>()
    }
}
