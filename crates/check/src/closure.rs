//! The legitimate states that stay legitimate: the greatest closed subset.

use crate::bits::Bits;
use crate::graph::{Edge, Graph};

/// The greatest set of legitimate states that no edge leaves among those that `counts` admits.
///
/// Peeling: a state with an edge out of the set is taken out of it, and so are those that lead there. Of states that were not
/// expanded no edge is known, so they stay.
pub(crate) fn closed(graph: &Graph, counts: impl Fn(Edge) -> bool) -> Bits {
    let mut set = graph.legitimate_states().clone();
    let mut removed: Vec<u32> =
        set.ones().filter(|&state| leaves(graph, &set, state, &counts)).map(|s| s as u32).collect();
    if removed.is_empty() {
        return set;
    }
    let before = Predecessors::within(graph, &set, counts);
    removed.iter().for_each(|&state| set.remove(state as usize));
    while let Some(state) = removed.pop() {
        for &earlier in before.of(state as usize) {
            if set.get(earlier as usize) {
                set.remove(earlier as usize);
                removed.push(earlier);
            }
        }
    }
    set
}

fn leaves(graph: &Graph, set: &Bits, state: usize, counts: impl Fn(Edge) -> bool) -> bool {
    graph.successors(state).iter().any(|&edge| counts(edge) && !set.get(edge.target()))
}

/// The edges within a set of states, turned round.
struct Predecessors {
    ends: Vec<usize>,
    sources: Vec<u32>,
}

impl Predecessors {
    fn within(graph: &Graph, set: &Bits, counts: impl Fn(Edge) -> bool) -> Predecessors {
        let edges = || {
            set.ones()
                .flat_map(|state| graph.successors(state).iter().map(move |&edge| (state, edge)))
                .filter(|&(_, edge)| counts(edge) && set.get(edge.target()))
        };
        let mut ends = vec![0; graph.n_states() + 1];
        edges().for_each(|(_, edge)| ends[edge.target() + 1] += 1);
        (1..ends.len()).for_each(|i| ends[i] += ends[i - 1]);
        let mut sources = vec![0; ends[graph.n_states()]];
        let mut next = ends.clone();
        for (state, edge) in edges() {
            sources[next[edge.target()]] = state as u32;
            next[edge.target()] += 1;
        }
        Predecessors { ends, sources }
    }

    fn of(&self, state: usize) -> &[u32] {
        &self.sources[self.ends[state]..self.ends[state + 1]]
    }
}
