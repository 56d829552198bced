//! What a search saw: states, edges, and a shortest way to each state.
//!
//! States are numbered in breadth-first order, so a smaller number is never farther from the initial states. The edges of a state are
//! in the order of `enabled`: edge `k` is its `k`-th enabled action, which is why actions need not be kept.

use std::ops::Range;

use evenkeel_system::{Cost, Duty, Label, Pack, Stop};
use rustc_hash::FxHashMap;

use crate::bits::Bits;
use crate::table::{Batch, Interned, Table};

/// More states than this cannot be numbered: an edge keeps one bit of its word for itself.
pub(crate) const STATES_MAX: usize = (1 << 31) - 1;

/// One transition, as its source keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge(u32);

impl Edge {
    const ENVIRONMENT: u32 = 1 << 31;

    #[inline]
    fn new(target: u32, label: &Label) -> Edge {
        Edge(if label.duty.is_some() { target } else { target | Edge::ENVIRONMENT })
    }

    /// The state to which it leads.
    #[inline]
    pub fn target(self) -> usize {
        (self.0 & !Edge::ENVIRONMENT) as usize
    }

    /// Whether it is a step of a process; otherwise it is one of the environment, which may stay away for ever.
    #[inline]
    pub fn owed(self) -> bool {
        self.0 & Edge::ENVIRONMENT == 0
    }
}

/// The state from which another was first seen, and by which of its edges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parent {
    /// The earlier state.
    pub state: u32,
    /// The index of the edge among those of `state`, and so of the action among those enabled there.
    pub choice: u32,
}

impl Parent {
    /// Stands in for the parent of an initial state.
    pub(crate) const NONE: Parent = Parent { state: u32::MAX, choice: 0 };
}

/// The reachable part of a system, as far as it was explored.
pub struct Graph {
    table: Table,
    parents: Vec<Parent>,
    legitimate: Bits,
    /// Where the edges of each expanded state begin, and, last, where the next will.
    rows: Vec<usize>,
    edges: Vec<Edge>,
    /// What else is known of each edge, by its place among `distinct`.
    labels: Vec<u32>,
    /// The distinct labels. There are few: processes are few, and a step does few things.
    distinct: Vec<Label>,
    places: FxHashMap<Label, u32>,
    /// The first state at each distance from the initial states.
    levels: Vec<u32>,
    n_initial: usize,
    violation: Option<(usize, usize)>,
    unknown: Option<usize>,
    stop: Stop,
}

impl Graph {
    /// How many distinct states were seen.
    #[inline]
    pub fn n_states(&self) -> usize {
        self.table.len()
    }

    /// How many of them were expanded: those of smaller number than this. Only their edges are known.
    #[inline]
    pub fn n_expanded(&self) -> usize {
        self.rows.len() - 1
    }

    /// How many of them are initial: those of smaller number than this.
    pub fn n_initial(&self) -> usize {
        self.n_initial
    }

    /// How many transitions leave the expanded states.
    pub fn n_transitions(&self) -> usize {
        self.edges.len()
    }

    /// The state of that number; `T` is the state of the system that was explored.
    #[inline]
    pub fn state<T: Pack>(&self, index: usize) -> T {
        T::unpack(self.table.words(index))
    }

    /// The edges of a state, one for each enabled action; none where it was not expanded.
    #[inline]
    pub fn successors(&self, index: usize) -> &[Edge] {
        if index < self.n_expanded() { &self.edges[self.rows[index]..self.rows[index + 1]] } else { &[] }
    }

    /// Whether a state is legitimate.
    #[inline]
    pub fn legitimate(&self, index: usize) -> bool {
        self.legitimate.get(index)
    }

    /// The last step of a shortest run to a state; none if it is initial.
    pub fn parent(&self, index: usize) -> Option<Parent> {
        (index >= self.n_initial).then(|| self.parents[index])
    }

    /// The length of a shortest run to a state.
    pub fn depth(&self, index: usize) -> usize {
        self.levels.partition_point(|&first| first as usize <= index) - 1
    }

    /// Whether no process can change a state. What the environment may do there it need not do, so a run may end in it.
    #[inline]
    pub fn rests(&self, index: usize) -> bool {
        index < self.n_expanded() && !self.successors(index).iter().any(|edge| edge.owed() && edge.target() != index)
    }

    /// The state that broke an invariant and so ended the search, and the index of the invariant.
    pub fn violation(&self) -> Option<(usize, usize)> {
        self.violation
    }

    /// The first state of which something is unknown.
    pub fn unknown(&self) -> Option<usize> {
        self.unknown
    }

    /// Why the search ended.
    pub fn stop(&self) -> Stop {
        self.stop
    }

    /// The bytes that its tables hold.
    pub fn bytes(&self) -> usize {
        self.table.bytes()
            + self.legitimate.bytes()
            + self.parents.capacity() * size_of::<Parent>()
            + self.rows.capacity() * size_of::<usize>()
            + self.edges.capacity() * size_of::<Edge>()
            + self.labels.capacity() * size_of::<u32>()
            + self.distinct.capacity() * 2 * size_of::<Label>()
            + self.levels.capacity() * size_of::<u32>()
    }
}

/// What judging reads besides.
impl Graph {
    /// The legitimate states, as a set.
    pub(crate) fn legitimate_states(&self) -> &Bits {
        &self.legitimate
    }

    /// Whether everything reachable was seen.
    pub(crate) fn complete(&self) -> bool {
        self.stop == Stop::Complete
    }

    /// Where the edges of an expanded state lie.
    #[inline]
    pub(crate) fn row(&self, index: usize) -> Range<usize> {
        self.rows[index]..self.rows[index + 1]
    }

    /// The edges of a row, or of a part of it.
    #[inline]
    pub(crate) fn edges(&self, row: Range<usize>) -> &[Edge] {
        &self.edges[row]
    }
}

/// Of a search that has not begun.
impl Default for Graph {
    fn default() -> Graph {
        Graph {
            table: Table::default(),
            parents: Vec::new(),
            legitimate: Bits::default(),
            rows: vec![0],
            edges: Vec::new(),
            labels: Vec::new(),
            distinct: Vec::new(),
            places: FxHashMap::default(),
            levels: Vec::new(),
            n_initial: 0,
            violation: None,
            unknown: None,
            stop: Stop::Interrupted,
        }
    }
}

/// How the search builds it.
impl Graph {
    /// Makes room for that many initial states.
    pub(crate) fn reserve(&mut self, n_states: usize) {
        self.table.reserve(n_states);
        self.parents.reserve(n_states);
    }

    /// Looks up states, each of which is then to be interned.
    pub(crate) fn look_up(&self, batch: &mut Batch) {
        self.table.look_up(batch);
    }

    /// Finds or adds a state that was looked up. What is new has to be followed by [`Graph::describe`].
    #[inline]
    pub(crate) fn intern(&mut self, batch: &Batch, i: usize, limit: usize) -> Interned {
        self.table.intern(batch, i, limit.min(STATES_MAX))
    }

    /// Notes down how the newest state was reached and whether it is legitimate.
    #[inline]
    pub(crate) fn describe(&mut self, parent: Parent, legitimate: bool) {
        self.parents.push(parent);
        self.legitimate.push(legitimate);
        self.n_initial += usize::from(parent == Parent::NONE);
    }

    /// Adds an edge to the state under expansion.
    #[inline]
    pub(crate) fn connect(&mut self, target: u32, label: Label) {
        self.edges.push(Edge::new(target, &label));
        let distinct = &mut self.distinct;
        let place = *self.places.entry(label).or_insert_with(|| {
            distinct.push(label);
            u32::try_from(distinct.len() - 1).expect("there are fewer than 2^32 labels")
        });
        self.labels.push(place);
    }

    /// What an edge of a state costs.
    #[inline]
    pub(crate) fn cost(&self, state: usize, choice: usize) -> Cost {
        self.label(state, choice).cost
    }

    /// What is known of an edge of a state besides where it leads.
    #[inline]
    pub(crate) fn label(&self, state: usize, choice: usize) -> &Label {
        &self.distinct[self.labels[self.rows[state] + choice] as usize]
    }

    /// The duties enabled in an expanded state, each once, in order.
    pub(crate) fn duties(&self, state: usize) -> Vec<Duty> {
        let labels = &self.labels[self.row(state)];
        let mut duties: Vec<Duty> = labels.iter().filter_map(|&label| self.distinct[label as usize].duty).collect();
        duties.sort_unstable();
        duties.dedup();
        duties
    }

    /// Ends the expansion of a state.
    #[inline]
    pub(crate) fn close_row(&mut self) {
        self.rows.push(self.edges.len());
    }

    /// Begins the next distance at `first`.
    pub(crate) fn open_level(&mut self, first: usize) {
        self.levels.push(u32::try_from(first).expect("states have 31-bit numbers"));
    }

    /// The distance from the initial states that the search has come to.
    pub(crate) fn level(&self) -> usize {
        self.levels.len().saturating_sub(1)
    }

    /// Notes down that a state breaks an invariant.
    pub(crate) fn violate(&mut self, state: usize, invariant: usize) {
        self.violation = Some((state, invariant));
    }

    /// Notes down that something is unknown of a state. The first one counts.
    pub(crate) fn doubt(&mut self, state: usize) {
        self.unknown.get_or_insert(state);
    }

    /// Opens the graph of a search that was cut short again; tells the first state of the distance after the one that is being expanded.
    pub(crate) fn reopen(&mut self) -> usize {
        self.stop = Stop::Interrupted;
        if self.n_expanded() == 0 && self.levels.len() < 2 {
            // Nothing is known but initial states, and perhaps not all of them.
            self.levels.clear();
            return 0;
        }
        // Of the last level either nothing is expanded yet, and it is opened again in its turn, or it is being expanded, and no state beyond it is known.
        match self.levels.last() {
            Some(&first) if first as usize >= self.n_expanded() => {
                self.levels.pop();
                first as usize
            }
            _ => self.n_states(),
        }
    }

    /// Ends the search. A state that was half expanded counts as not expanded at all.
    pub(crate) fn finish(&mut self, stop: Stop) {
        self.edges.truncate(self.rows[self.rows.len() - 1]);
        self.labels.truncate(self.edges.len());
        self.stop = stop;
    }
}
