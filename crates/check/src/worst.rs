//! The exact worst case: longest ways until the state is settled.
//!
//! Settled are the legitimate states that no process leaves any more. Outside them the graph has to be free of cycles (a step that
//! changes nothing costs nothing, and does not count); then the dearest way from each state is known once it is known for its successors.
//!
//! Where the environment can throw a settled state out, the way back counts like one from an initial state; what came before it does not.

use evenkeel_system::{Cost, Run, Stabilizing, WorstCase};

use crate::bits::Bits;
use crate::graph::Graph;
use crate::thread::View;
use crate::walk::{self, Step};

/// The worst case, with the bytes that finding it took.
///
/// `order` has every state that is not settled, each after those that it can step to.
pub(crate) fn worst_case<S: Stabilizing>(
    system: &S,
    graph: &Graph,
    settled: &Bits,
    order: &[u32],
) -> (WorstCase<S::State, S::Action>, usize) {
    let mut worst = Worst {
        system,
        graph,
        settled,
        costs: vec![Cost::default(); graph.n_states()],
    };
    let mut actions = Vec::new();
    for &state in order.iter().filter(|&&state| !settled.get(state as usize)) {
        worst.costs[state as usize] = worst.dearest(state as usize, &mut actions);
    }
    let case = WorstCase {
        cost: worst
            .costs
            .iter()
            .copied()
            .reduce(dearer)
            .unwrap_or_default(),
        run: worst.run(),
    };
    (case, worst.costs.capacity() * size_of::<Cost>())
}

struct Worst<'a, S: Stabilizing> {
    system: &'a S,
    graph: &'a Graph,
    settled: &'a Bits,
    /// The cost of the dearest way from each state, each of its numbers on its own; nothing for settled states.
    costs: Vec<Cost>,
}

impl<S: Stabilizing> Worst<'_, S> {
    fn dearest(&self, state: usize, actions: &mut Vec<S::Action>) -> Cost {
        let here: S::State = self.graph.state(state);
        actions.clear();
        self.system.enabled(&here, actions);
        let mut cost = Cost::default();
        for (action, edge) in actions.iter().zip(self.graph.successors(state)) {
            if edge.target() != state {
                cost = dearer(
                    cost,
                    self.system.cost(&here, action) + self.costs[edge.target()],
                );
            }
        }
        cost
    }

    /// A run that attains the most moves.
    fn run(&self) -> Run<S::State, S::Action> {
        let start = self.start();
        let mut steps = walk::from_initial(self.graph, start);
        let mut at = start;
        while let Some(step) = self.next(at) {
            at = step.target(self.graph);
            steps.push(step);
        }
        walk::run(self.system, self.graph, start, &steps)
    }

    /// The first of the states with the most moves ahead, and from there back to where its way outside the settled states began.
    fn start(&self) -> usize {
        let most = self.costs.iter().map(|cost| cost.moves).max().unwrap_or(0);
        let mut start = self
            .costs
            .iter()
            .position(|cost| cost.moves == most)
            .expect("the most is that of some state");
        while let Some(parent) = self
            .graph
            .parent(start)
            .filter(|parent| !self.settled.get(parent.state as usize))
        {
            start = parent.state as usize;
        }
        start
    }

    /// The next step of a way with the most moves, one of a process if that will do.
    fn next(&self, state: usize) -> Option<Step> {
        if self.settled.get(state) {
            return None;
        }
        let view = View::of(self.system, self.graph, state);
        let edges = self.graph.successors(state);
        let attains = |&choice: &usize| {
            let ahead = self.costs[edges[choice].target()].moves;
            let moves = self.system.cost(&view.state, &view.actions[choice]).moves + ahead;
            edges[choice].target() != state && moves == self.costs[state].moves
        };
        let choice = (0..edges.len())
            .filter(attains)
            .min_by_key(|&choice| !edges[choice].owed());
        let choice = choice
            .expect("a state that is not settled can be left: otherwise it would be stuck")
            as u32;
        Some(Step {
            state: state as u32,
            choice,
        })
    }
}

fn dearer(one: Cost, other: Cost) -> Cost {
    Cost {
        moves: one.moves.max(other.moves),
        reconciles: one.reconciles.max(other.reconciles),
        api_writes: one.api_writes.max(other.api_writes),
    }
}
