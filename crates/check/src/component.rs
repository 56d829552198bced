//! Strongly connected components, after Tarjan (1972), without recursion.

use crate::graph::Graph;

/// The number of a state that is done with, or was never asked for.
const OUTSIDE: u32 = u32::MAX;
/// The number of a state that is yet to be visited.
const UNVISITED: u32 = 0;

/// Finds components of parts of one graph, one part after the other.
pub(crate) struct Finder<'g> {
    graph: &'g Graph,
    /// Each state's place in the order of visits while it is being worked on.
    numbers: Vec<u32>,
    frames: Vec<Frame>,
    /// States visited whose component is not yet known.
    open: Vec<u32>,
}

/// A state whose edges are being followed.
struct Frame {
    state: u32,
    number: u32,
    /// The smallest number it is known to reach.
    low: u32,
    /// How many states were open when it was entered.
    base: usize,
    next: usize,
    end: usize,
}

impl<'g> Finder<'g> {
    pub(crate) fn new(graph: &'g Graph) -> Self {
        Finder { graph, numbers: vec![OUTSIDE; graph.n_states()], frames: Vec::new(), open: Vec::new() }
    }

    pub(crate) fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// Calls `found` with each component of the subgraph of `states`: every component after all those that it reaches.
    ///
    /// The states have to be expanded ones.
    pub(crate) fn run(&mut self, states: impl Iterator<Item = usize> + Clone, mut found: impl FnMut(&[u32])) {
        states.clone().for_each(|state| self.numbers[state] = UNVISITED);
        let mut n_visited = 0;
        for state in states {
            if self.numbers[state] == UNVISITED {
                self.enter(state, &mut n_visited);
                self.finish(&mut n_visited, &mut found);
            }
        }
    }

    /// The bytes it holds.
    pub(crate) fn bytes(&self) -> usize {
        (self.numbers.capacity() + self.open.capacity()) * size_of::<u32>()
            + self.frames.capacity() * size_of::<Frame>()
    }

    fn enter(&mut self, state: usize, n_visited: &mut u32) {
        *n_visited += 1;
        let number = *n_visited;
        self.numbers[state] = number;
        let row = self.graph.row(state);
        let base = self.open.len();
        self.frames.push(Frame { state: state as u32, number, low: number, base, next: row.start, end: row.end });
    }

    /// Works off everything that was entered.
    fn finish(&mut self, n_visited: &mut u32, found: &mut impl FnMut(&[u32])) {
        while let Some(frame) = self.frames.last_mut() {
            match descend(self.graph, &self.numbers, frame) {
                Some(unvisited) => self.enter(unvisited, n_visited),
                None => self.leave(found),
            }
        }
    }

    /// Hands what was reached to the state before, and closes the component if nothing older was reached.
    fn leave(&mut self, found: &mut impl FnMut(&[u32])) {
        let frame = self.frames.pop().expect("it is the frame that was just looked at");
        if let Some(before) = self.frames.last_mut() {
            before.low = before.low.min(frame.low);
        }
        self.open.push(frame.state);
        if frame.low == frame.number {
            let members = &self.open[frame.base..];
            members.iter().for_each(|&member| self.numbers[member as usize] = OUTSIDE);
            found(members);
            self.open.truncate(frame.base);
        }
    }
}

/// Follows edges up to one that leads to a state not yet visited.
#[inline]
fn descend(graph: &Graph, numbers: &[u32], frame: &mut Frame) -> Option<usize> {
    let (row, mut low) = (frame.next..frame.end, frame.low);
    for (edge, next) in graph.edges(row.clone()).iter().zip(row.start + 1..) {
        let number = numbers[edge.target()];
        if number == UNVISITED {
            (frame.next, frame.low) = (next, low);
            return Some(edge.target());
        }
        low = low.min(number);
    }
    (frame.next, frame.low) = (frame.end, low);
    None
}
