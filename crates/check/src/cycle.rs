//! The cycle that is shown as evidence: short where that is fair already, and otherwise routed through every duty.

use evenkeel_system::{Duty, Fairness, Stabilizing};

use crate::graph::Graph;
use crate::members::Members;
use crate::thread::Threads;
use crate::walk::{self, Step};

/// From how many states a short cycle is looked for.
const STARTS_MAX: usize = 64;
/// How many edges may be looked at for short cycles, all starts together.
const EDGES_MAX: usize = 1 << 22;

/// A way from a state back to itself.
pub(crate) struct Round {
    pub(crate) start: usize,
    pub(crate) steps: Vec<Step>,
}

impl Round {
    /// The length of a shortest lasso that ends in it.
    fn cost(&self, graph: &Graph) -> usize {
        graph.depth(self.start) + self.steps.len()
    }
}

/// A round that passes an illegitimate state of the component, changes the state if the component has more than one, and, under weak
/// fairness, serves every thread that begins where it begins; so whoever goes round for ever passes over nobody.
///
/// The component's states are in order, and it has a fair run.
pub(crate) fn round<S: Stabilizing>(system: &S, graph: &Graph, fairness: Fairness, states: &[u32]) -> Round {
    let mut members = Members::none(graph.n_states());
    members.admit(states);
    let threads = match fairness {
        Fairness::Unfair => None,
        Fairness::Weak => Some(Threads::of(system, graph, &members, states)),
    };
    let router = Router { graph, states, members: &members, threads };
    router.short().unwrap_or_else(|| router.routed())
}

struct Router<'a, S: Stabilizing> {
    graph: &'a Graph,
    states: &'a [u32],
    members: &'a Members,
    /// Who waits where; none if nothing is owed to anybody.
    threads: Option<Threads<'a, S>>,
}

impl<S: Stabilizing> Router<'_, S> {
    /// The best of the shortest cycles through one of the nearest illegitimate states, gone round until everybody is served.
    fn short(&self) -> Option<Round> {
        let mut budget = EDGES_MAX;
        let mut best: Option<Round> = None;
        let illegitimate =
            self.states.iter().map(|&state| state as usize).filter(|&state| !self.graph.legitimate(state));
        for start in illegitimate.take(STARTS_MAX) {
            if best.as_ref().is_some_and(|best| best.cost(self.graph) <= self.graph.depth(start) + 2) {
                break;
            }
            let steps =
                walk::shortest_within(&mut budget, self.graph, start, |s| self.members.contains(s), |s| s == start);
            let Some(round) = steps.and_then(|steps| self.repeated(start, &steps)) else {
                continue;
            };
            if best.as_ref().is_none_or(|best| round.cost(self.graph) < best.cost(self.graph)) {
                best = Some(round);
            }
        }
        best
    }

    /// The cycle, as often as it takes to serve every thread; none if some thread is never served by it.
    fn repeated(&self, start: usize, cycle: &[Step]) -> Option<Round> {
        let mut steps = Vec::new();
        let mut waiting = self.owed(start).to_vec();
        // Each time round takes a thread to another name or back to one it had, so this many times are enough, or none are.
        for _ in 0..waiting.len().max(1) {
            cycle.iter().for_each(|&step| waiting = self.after(step, &waiting));
            steps.extend_from_slice(cycle);
            if waiting.is_empty() {
                return Some(Round { start, steps });
            }
        }
        None
    }

    /// A round from the nearest state: past an illegitimate one, then to where each waiting thread is served, then back.
    fn routed(&self) -> Round {
        let start = self.states[0] as usize;
        let mut tour = Tour { at: start, steps: Vec::new(), waiting: self.owed(start).to_vec() };
        if self.graph.legitimate(start) {
            self.follow(&mut tour, &self.way(start, |state| !self.graph.legitimate(state)));
        }
        while !tour.waiting.is_empty() {
            let way = self.way_to_serve(tour.at, &tour.waiting);
            self.follow(&mut tour, &way);
        }
        if tour.at != start {
            let way = self.way(tour.at, |state| state == start);
            self.follow(&mut tour, &way);
        }
        if tour.steps.iter().all(|step| step.target(self.graph) == start) {
            self.stir(&mut tour);
        }
        Round { start, steps: tour.steps }
    }

    /// Makes a tour that has changed nothing change something, if that can be; if not, makes sure that it has a step.
    fn stir(&self, tour: &mut Tour) {
        if self.states.len() > 1 {
            let way = self.way(tour.at, |state| state == tour.at);
            self.follow(tour, &way);
        } else if tour.steps.is_empty() {
            let idle = |edge: &crate::Edge| edge.owed() && edge.target() == tour.at;
            let choice = self
                .graph
                .successors(tour.at)
                .iter()
                .position(idle)
                .expect("a component of one state has an edge to itself");
            tour.steps.push(Step { state: tour.at as u32, choice: choice as u32 });
        }
    }

    fn follow(&self, tour: &mut Tour, way: &[Step]) {
        for &step in way {
            tour.waiting = self.after(step, &tour.waiting);
            tour.steps.push(step);
            tour.at = step.target(self.graph);
        }
    }

    /// A shortest way inside the component, which is strongly connected.
    fn way(&self, from: usize, goal: impl Fn(usize) -> bool) -> Vec<Step> {
        let inside = |state| self.members.contains(state);
        walk::shortest(self.graph, from, inside, goal).expect("a component is strongly connected")
    }

    fn owed(&self, state: usize) -> &[Duty] {
        self.threads.as_ref().map_or(&[], |threads| threads.owed(state))
    }

    fn after(&self, step: Step, waiting: &[Duty]) -> Vec<Duty> {
        self.threads.as_ref().map_or(Vec::new(), |threads| threads.after(step, waiting))
    }

    fn way_to_serve(&self, from: usize, waiting: &[Duty]) -> Vec<Step> {
        let way = self.threads.as_ref().and_then(|threads| threads.way_to_serve(from, waiting));
        way.expect("every thread of a component with a fair run can be served")
    }
}

/// A round under construction.
struct Tour {
    at: usize,
    steps: Vec<Step>,
    /// The threads that began where the tour began and are not served yet.
    waiting: Vec<Duty>,
}
