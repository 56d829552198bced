//! Whether one initial state can end in two ways.
//!
//! Every choice counts, also those of the environment. Final states that differ in nothing but what the environment has left to do are one
//! ([`Stabilizing::form`]).

use std::collections::VecDeque;

use evenkeel_system::{Pack, Stabilizing};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::component::Finder;
use crate::graph::Graph;
use crate::walk::{self, Step};

/// No final state is reached.
const NONE: u32 = u32::MAX;
/// More than one final state is reached.
const MANY: u32 = u32::MAX - 1;

/// Two ways on from one state, each to another final state.
pub(crate) struct Fork {
    /// The state at which they part.
    pub(crate) at: usize,
    /// A shortest way there from an initial state from which it can be reached.
    pub(crate) shared: Vec<Step>,
    pub(crate) left: Vec<Step>,
    pub(crate) right: Vec<Step>,
}

/// The final states, and which of them count as one: for each the first that looks like it.
pub(crate) struct Finals(FxHashMap<u32, u32>);

impl Finals {
    /// Those of what was explored.
    pub(crate) fn of<S: Stabilizing>(system: &S, graph: &Graph) -> Finals {
        let mut first: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
        let states = (0..graph.n_expanded()).filter(|&state| is_final(graph, state));
        let form = |state: usize| {
            let mut words = Vec::new();
            system.form(&graph.state(state)).pack(&mut words);
            (state as u32, *first.entry(words).or_insert(state as u32))
        };
        Finals(states.map(form).collect())
    }

    /// How many there are that can be told apart.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().filter(|(state, first)| state == first).count()
    }

    /// The state that a final one counts as; none if it is not final.
    fn get(&self, state: usize) -> Option<u32> {
        self.0.get(&(state as u32)).copied()
    }
}

/// Whether a run may end here as it should.
fn is_final(graph: &Graph, state: usize) -> bool {
    graph.legitimate(state) && graph.rests(state)
}

/// Two runs from one initial state to two final states, if there are any.
pub(crate) fn fork(graph: &Graph, finals: &Finals, finder: &mut Finder<'_>) -> Option<Fork> {
    let ends = Ends::of(graph, finals, finder);
    let start = (0..graph.n_initial()).find(|&state| ends.ends[state] == MANY)?;
    let at = ends.parting(start);
    let (left, end) = ends.decided(at).next().expect("runs part where a choice decides");
    let way = |goal: &dyn Fn(usize) -> bool| walk::shortest(graph, at, |_| true, goal);
    let right = way(&|state| finals.get(state).is_some_and(|other| other as usize != end))
        .expect("it reaches more than one final state");
    let shared = if start == at { Vec::new() } else { ends.way(start, at) };
    Some(Fork { at, shared, left: ends.finish(&left, end), right })
}

/// Which final state is reached from each state: none, one, or many.
struct Ends<'g> {
    graph: &'g Graph,
    finals: &'g Finals,
    ends: Vec<u32>,
}

/// How a single end comes to be decided in a state.
enum Decision {
    /// The state is itself final.
    Here,
    /// By taking that edge.
    By(Step),
}

impl<'g> Ends<'g> {
    /// Components come after those that they reach, so one pass is enough.
    fn of(graph: &'g Graph, finals: &'g Finals, finder: &mut Finder<'_>) -> Self {
        let mut ends = vec![NONE; graph.n_states()];
        finder.run(0..graph.n_expanded(), |component| {
            let mut end = NONE;
            for &state in component {
                let own = finals.get(state as usize).unwrap_or(NONE);
                let reached = graph.successors(state as usize).iter().map(|edge| ends[edge.target()]);
                end = reached.fold(join(end, own), join);
            }
            component.iter().for_each(|&state| ends[state as usize] = end);
        });
        Ends { graph, finals, ends }
    }

    /// What decides, in a state that reaches many ends, for one of them.
    fn decided(&self, state: usize) -> impl Iterator<Item = (Decision, usize)> {
        let here = self.finals.get(state).map(|end| (Decision::Here, end as usize));
        let edges = (0..).zip(self.graph.successors(state)).filter_map(move |(choice, edge)| {
            let end = self.ends[edge.target()];
            let step = Step { state: state as u32, choice };
            (end < MANY).then_some((Decision::By(step), end as usize))
        });
        here.into_iter().chain(edges)
    }

    /// The nearest state in which two choices decide for two ends; or, if there is none, the nearest in which one decides.
    fn parting(&self, start: usize) -> usize {
        let mut first = None;
        let mut seen = FxHashSet::from_iter([start]);
        let mut queue = VecDeque::from([start]);
        while let Some(state) = queue.pop_front() {
            let mut decided = self.decided(state).map(|(_, end)| end);
            if let Some(end) = decided.next() {
                if decided.any(|other| other != end) {
                    return state;
                }
                first.get_or_insert(state);
            }
            let undecided = self.graph.successors(state).iter().map(|edge| edge.target());
            queue.extend(undecided.filter(|&target| self.ends[target] == MANY && seen.insert(target)));
        }
        first.expect("among states that reach many ends, one decides")
    }

    fn way(&self, from: usize, to: usize) -> Vec<Step> {
        walk::shortest(self.graph, from, |_| true, |state| state == to).expect("it was reached from there")
    }

    fn finish(&self, decision: &Decision, end: usize) -> Vec<Step> {
        let &Decision::By(step) = decision else {
            return Vec::new();
        };
        let target = step.target(self.graph);
        let mut steps = vec![step];
        let goal = |state: usize| self.finals.get(state) == Some(end as u32);
        if !goal(target) {
            steps.extend(walk::shortest(self.graph, target, |_| true, goal).expect("it was reached from there"));
        }
        steps
    }
}

fn join(one: u32, other: u32) -> u32 {
    match (one, other) {
        (NONE, end) | (end, NONE) => end,
        (one, other) if one == other => one,
        _ => MANY,
    }
}
