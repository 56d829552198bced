//! The exact worst case: longest ways until the state is settled.
//!
//! Settled are the legitimate states that no process leaves any more. Outside them the graph has to be free of cycles (a step that
//! changes nothing costs nothing, and does not count); then the dearest way from each state is known once it is known for its successors.
//!
//! Where the environment can throw a settled state out, the way back counts like one from an initial state; what came before it does not.

use evenkeel_system::{Cost, Run, Stabilizing, System, WorstCase};

use crate::bits::Bits;
use crate::graph::Graph;
use crate::walk::{self, Step};

type Case<S> = WorstCase<<S as System>::State, <S as System>::Action>;

/// The worst case, with the bytes that finding it took.
///
/// `order` has every state that is not settled, each after those that it can step to.
pub(crate) fn worst_case<S: Stabilizing>(system: &S, graph: &Graph, settled: &Bits, order: &[u32]) -> (Case<S>, usize) {
    // Half the memory, and nearly always wide enough.
    narrow::<S, u32>(system, graph, settled, order)
        .or_else(|| narrow::<S, u64>(system, graph, settled, order))
        .expect("a cost has 64 bits")
}

/// The same, unless some cost needs more bits than `N` has.
fn narrow<S: Stabilizing, N: Number>(
    system: &S,
    graph: &Graph,
    settled: &Bits,
    order: &[u32],
) -> Option<(Case<S>, usize)> {
    let costs = vec![[N::default(); 3]; graph.n_states()];
    let mut worst = Worst { system, graph, settled, costs };
    for &state in order.iter().filter(|&&state| !settled.get(state as usize)) {
        worst.costs[state as usize] = worst.dearest(state as usize)?;
    }
    let case = WorstCase { cost: worst.cost(), run: worst.run() };
    Some((case, worst.costs.capacity() * size_of::<[N; 3]>()))
}

/// A number of as many bits as costs turn out to need.
trait Number: Copy + Default + Into<u64> + TryFrom<u64> {}

impl Number for u32 {}
impl Number for u64 {}

struct Worst<'a, S: Stabilizing, N> {
    system: &'a S,
    graph: &'a Graph,
    settled: &'a Bits,
    /// Moves, reconciles and writes of the dearest way from each state, each on its own; nothing for settled states.
    costs: Vec<[N; 3]>,
}

impl<S: Stabilizing, N: Number> Worst<'_, S, N> {
    fn dearest(&self, state: usize) -> Option<[N; 3]> {
        let mut dearest = [0; 3];
        for (choice, edge) in self.graph.successors(state).iter().enumerate() {
            if edge.target() != state {
                let cost = self.graph.cost(state, choice);
                let [moves, reconciles, api_writes] = self.costs[edge.target()].map(Into::into);
                dearest[0] = dearest[0].max(cost.moves + moves);
                dearest[1] = dearest[1].max(cost.reconciles + reconciles);
                dearest[2] = dearest[2].max(cost.api_writes + api_writes);
            }
        }
        let [moves, reconciles, api_writes] = dearest.map(|number| N::try_from(number).ok());
        Some([moves?, reconciles?, api_writes?])
    }

    /// The most of each number that any state has ahead.
    fn cost(&self) -> Cost {
        let most = |number: usize| self.costs.iter().map(|cost| cost[number].into()).max().unwrap_or(0);
        Cost { moves: most(0), reconciles: most(1), api_writes: most(2) }
    }

    fn moves(&self, state: usize) -> u64 {
        self.costs[state][0].into()
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
        let most = self.cost().moves;
        let mut start =
            (0..self.costs.len()).find(|&state| self.moves(state) == most).expect("the most is that of some state");
        while let Some(parent) = self.graph.parent(start).filter(|parent| !self.settled.get(parent.state as usize)) {
            start = parent.state as usize;
        }
        start
    }

    /// The next step of a way with the most moves, one of a process if that will do.
    fn next(&self, state: usize) -> Option<Step> {
        if self.settled.get(state) {
            return None;
        }
        let edges = self.graph.successors(state);
        let attains = |&choice: &usize| {
            let ahead = self.moves(edges[choice].target());
            let moves = self.graph.cost(state, choice).moves + ahead;
            edges[choice].target() != state && moves == self.moves(state)
        };
        let choice = (0..edges.len()).filter(attains).min_by_key(|&choice| !edges[choice].owed());
        let choice = choice.expect("a state that is not settled can be left: otherwise it would be stuck") as u32;
        Some(Step { state: state as u32, choice })
    }
}
