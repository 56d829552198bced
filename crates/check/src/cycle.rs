//! The cycle that is shown as evidence: short where that is fair already, and otherwise routed through every duty.

use std::collections::VecDeque;

use evenkeel_system::{Duty, Fairness, Stabilizing};
use rustc_hash::FxHashSet;

use crate::graph::Graph;
use crate::thread::{Enabled, Members, View};
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
pub(crate) fn round<S: Stabilizing>(
    system: &S,
    graph: &Graph,
    fairness: Fairness,
    states: &[u32],
) -> Round {
    let mut members = Members::none(graph.n_states());
    members.admit(states);
    let enabled = match fairness {
        Fairness::Unfair => None,
        Fairness::Weak => Some(Enabled::of(system, graph, states)),
    };
    let router = Router {
        system,
        graph,
        states,
        members,
        enabled,
    };
    router.short().unwrap_or_else(|| router.routed())
}

struct Router<'a, S: Stabilizing> {
    system: &'a S,
    graph: &'a Graph,
    states: &'a [u32],
    members: Members,
    /// What is owed where; none if nothing is owed to anybody.
    enabled: Option<Enabled>,
}

impl<S: Stabilizing> Router<'_, S> {
    /// The best of the shortest cycles through one of the nearest illegitimate states, gone round until everybody is served.
    fn short(&self) -> Option<Round> {
        let mut budget = EDGES_MAX;
        let mut best: Option<Round> = None;
        let illegitimate = self
            .states
            .iter()
            .map(|&state| state as usize)
            .filter(|&state| !self.graph.legitimate(state));
        for start in illegitimate.take(STARTS_MAX) {
            if best
                .as_ref()
                .is_some_and(|best| best.cost(self.graph) <= self.graph.depth(start) + 2)
            {
                break;
            }
            let steps = walk::shortest(
                self.graph,
                start,
                &mut budget,
                |s| self.members.contains(s),
                |s| s == start,
            );
            let Some(round) = steps.and_then(|steps| self.repeated(start, &steps)) else {
                continue;
            };
            if best
                .as_ref()
                .is_none_or(|best| round.cost(self.graph) < best.cost(self.graph))
            {
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
            cycle
                .iter()
                .for_each(|&step| waiting = self.after(step, &waiting));
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
        let mut tour = Tour {
            at: start,
            steps: Vec::new(),
            waiting: self.owed(start).to_vec(),
        };
        if self.graph.legitimate(start) {
            self.follow(
                &mut tour,
                &self.way(start, |state| !self.graph.legitimate(state)),
            );
        }
        while !tour.waiting.is_empty() {
            let way = self.way_to_serve(tour.at, &tour.waiting);
            self.follow(&mut tour, &way);
        }
        if tour.at != start {
            let way = self.way(tour.at, |state| state == start);
            self.follow(&mut tour, &way);
        }
        if tour
            .steps
            .iter()
            .all(|step| step.target(self.graph) == start)
        {
            self.stir(&mut tour);
        }
        Round {
            start,
            steps: tour.steps,
        }
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
            tour.steps.push(Step {
                state: tour.at as u32,
                choice: choice as u32,
            });
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
        walk::shortest(self.graph, from, &mut usize::MAX.clone(), inside, goal)
            .expect("a component is strongly connected")
    }

    fn owed(&self, state: usize) -> &[Duty] {
        self.enabled
            .as_ref()
            .map_or(&[], |enabled| enabled.at(self.members.place(state)))
    }

    /// Those of the threads that a step leaves waiting, by their new names.
    fn after(&self, step: Step, waiting: &[Duty]) -> Vec<Duty> {
        if waiting.is_empty() {
            return Vec::new();
        }
        let view = View::of(self.system, self.graph, step.state as usize);
        let awaiting = self.owed(step.target(self.graph));
        let carry = |&duty: &Duty| view.carry(self.system, step.choice as usize, duty, awaiting);
        let mut left: Vec<Duty> = waiting.iter().filter_map(carry).collect();
        left.sort_unstable();
        left.dedup();
        left
    }

    /// A shortest way inside the component that serves one of the threads waiting in `from`.
    fn way_to_serve(&self, from: usize, waiting: &[Duty]) -> Vec<Step> {
        let mut trail: Vec<Waiting> = Vec::new();
        let mut seen: FxHashSet<(u32, Duty)> =
            waiting.iter().map(|&duty| (from as u32, duty)).collect();
        let mut queue: VecDeque<Waiting> = waiting
            .iter()
            .map(|&duty| Waiting {
                state: from as u32,
                duty,
                came: None,
            })
            .collect();
        while let Some(thread) = queue.pop_front() {
            let view = View::of(self.system, self.graph, thread.state as usize);
            trail.push(thread);
            for (choice, edge) in self
                .graph
                .successors(thread.state as usize)
                .iter()
                .enumerate()
            {
                if !self.members.contains(edge.target()) {
                    continue;
                }
                let step = Step {
                    state: thread.state,
                    choice: choice as u32,
                };
                match view.carry(self.system, choice, thread.duty, self.owed(edge.target())) {
                    None => return retrace(&trail, step),
                    Some(duty) if seen.insert((edge.target() as u32, duty)) => {
                        let came = Some((trail.len() - 1, step));
                        queue.push_back(Waiting {
                            state: edge.target() as u32,
                            duty,
                            came,
                        });
                    }
                    Some(_) => {}
                }
            }
        }
        unreachable!("every thread of a component with a fair run can be served")
    }
}

/// A round under construction.
struct Tour {
    at: usize,
    steps: Vec<Step>,
    /// The threads that began where the tour began and are not served yet.
    waiting: Vec<Duty>,
}

/// A thread on its way, and the place in the trail of the one that it was before.
#[derive(Clone, Copy)]
struct Waiting {
    state: u32,
    duty: Duty,
    came: Option<(usize, Step)>,
}

fn retrace(trail: &[Waiting], last: Step) -> Vec<Step> {
    let mut steps = vec![last];
    let mut came = trail[trail.len() - 1].came;
    while let Some((before, step)) = came {
        steps.push(step);
        came = trail[before].came;
    }
    steps.reverse();
    steps
}
