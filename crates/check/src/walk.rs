//! Ways through the graph, and the actions that they stand for.

use std::collections::VecDeque;

use evenkeel_system::{Run, Stabilizing};
use rustc_hash::FxHashMap;

use crate::graph::Graph;

/// One choice: the state in which it is made, and which of its edges it takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    pub(crate) state: u32,
    pub(crate) choice: u32,
}

impl Step {
    /// The state to which it leads.
    pub(crate) fn target(self, graph: &Graph) -> usize {
        graph.successors(self.state as usize)[self.choice as usize].target()
    }
}

/// A shortest way from an initial state to `state`.
pub(crate) fn from_initial(graph: &Graph, state: usize) -> Vec<Step> {
    let parents = std::iter::successors(graph.parent(state), |parent| graph.parent(parent.state as usize));
    let mut steps: Vec<Step> = parents.map(|parent| Step { state: parent.state, choice: parent.choice }).collect();
    steps.reverse();
    steps
}

/// A shortest way of at least one step from `from` to a goal, over edges between different states that stay `inside`.
pub(crate) fn shortest(
    graph: &Graph,
    from: usize,
    inside: impl Fn(usize) -> bool,
    goal: impl Fn(usize) -> bool,
) -> Option<Vec<Step>> {
    shortest_within(&mut { usize::MAX }, graph, from, inside, goal)
}

/// The same; but nothing is found once as many edges were looked at as are in `budget`, which keeps what is left.
pub(crate) fn shortest_within(
    budget: &mut usize,
    graph: &Graph,
    from: usize,
    inside: impl Fn(usize) -> bool,
    goal: impl Fn(usize) -> bool,
) -> Option<Vec<Step>> {
    let mut came_by: FxHashMap<u32, Step> = FxHashMap::default();
    let mut queue = VecDeque::from([from as u32]);
    while let Some(state) = queue.pop_front() {
        let edges = graph.successors(state as usize);
        *budget = budget.checked_sub(edges.len())?;
        for (choice, edge) in (0..).zip(edges) {
            let target = edge.target();
            if target == state as usize || !inside(target) {
                continue;
            }
            let step = Step { state, choice };
            if goal(target) {
                return Some(retrace(&came_by, from, step));
            }
            if target != from && !came_by.contains_key(&(target as u32)) {
                came_by.insert(target as u32, step);
                queue.push_back(target as u32);
            }
        }
    }
    None
}

fn retrace(came_by: &FxHashMap<u32, Step>, from: usize, last: Step) -> Vec<Step> {
    let mut steps = vec![last];
    let mut at = last.state;
    while at as usize != from {
        let step = came_by[&at];
        steps.push(step);
        at = step.state;
    }
    steps.reverse();
    steps
}

/// The actions that the steps take.
pub(crate) fn actions<S: Stabilizing>(system: &S, graph: &Graph, steps: &[Step]) -> Vec<S::Action> {
    steps.iter().map(|&step| action(system, graph, step)).collect()
}

fn action<S: Stabilizing>(system: &S, graph: &Graph, step: Step) -> S::Action {
    let mut enabled = Vec::new();
    system.enabled(&graph.state(step.state as usize), &mut enabled);
    enabled.swap_remove(step.choice as usize)
}

/// The run that takes these steps; it begins at `start` where there are none.
pub(crate) fn run<S: Stabilizing>(system: &S, graph: &Graph, start: usize, steps: &[Step]) -> Run<S::State, S::Action> {
    let first = steps.first().map_or(start, |step| step.state as usize);
    Run { start: graph.state(first), actions: actions(system, graph, steps) }
}
