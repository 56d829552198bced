//! Duties followed along edges.
//!
//! A *thread* is a duty enabled in a state, followed from there: one process that waits for its turn. Along an edge a thread ends
//! well, *served*, if the edge takes its duty, if its process is gone, or if the duty is no longer enabled where the edge leads. Otherwise it goes
//! on, perhaps under another name, because a system that keeps interchangeable things sorted moves them about.

use std::collections::VecDeque;

use evenkeel_system::{Duty, Stabilizing};
use rustc_hash::FxHashSet;

use crate::graph::Graph;
use crate::members::Members;
use crate::walk::Step;

/// A state with all that can be done there.
pub(crate) struct View<S: Stabilizing> {
    pub(crate) state: S::State,
    pub(crate) actions: Vec<S::Action>,
}

impl<S: Stabilizing> View<S> {
    pub(crate) fn of(system: &S, graph: &Graph, index: usize) -> Self {
        let state = graph.state(index);
        let mut actions = Vec::new();
        system.enabled(&state, &mut actions);
        View { state, actions }
    }

    /// What becomes of `duty` along the edge of that number, into a state where `awaiting` are enabled; none if it is served.
    pub(crate) fn carry(&self, system: &S, choice: usize, duty: Duty, awaiting: &[Duty]) -> Option<Duty> {
        let action = &self.actions[choice];
        if system.duty(action) == Some(duty) {
            return None;
        }
        system.carried(&self.state, action, duty).filter(|carried| awaiting.binary_search(carried).is_ok())
    }
}

/// The threads of one strongly connected set of states.
pub(crate) struct Threads<'a, S: Stabilizing> {
    system: &'a S,
    graph: &'a Graph,
    members: &'a Members,
    /// The duties enabled in each state, state after state.
    duties: Vec<Duty>,
    /// Where those of each state begin, and, last, where all end.
    starts: Vec<usize>,
}

impl<'a, S: Stabilizing> Threads<'a, S> {
    /// Those of `states`, which are the members.
    pub(crate) fn of(system: &'a S, graph: &'a Graph, members: &'a Members, states: &[u32]) -> Self {
        let mut threads = Threads { system, graph, members, duties: Vec::new(), starts: vec![0] };
        for &state in states {
            threads.duties.extend(graph.duties(state as usize));
            threads.starts.push(threads.duties.len());
        }
        threads
    }

    /// The duties enabled in a member, in order.
    pub(crate) fn owed(&self, state: usize) -> &[Duty] {
        let place = self.members.place(state);
        &self.duties[self.starts[place]..self.starts[place + 1]]
    }

    /// Those of the threads that a step leaves waiting, by their new names.
    pub(crate) fn after(&self, step: Step, waiting: &[Duty]) -> Vec<Duty> {
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

    /// A shortest way inside the set that serves one of the threads waiting in `from`; none if nothing there ever does.
    pub(crate) fn way_to_serve(&self, from: usize, waiting: &[Duty]) -> Option<Vec<Step>> {
        let first = |&duty: &Duty| Waiting { state: from as u32, duty, came: None };
        let mut seen: FxHashSet<(u32, Duty)> = waiting.iter().map(|&duty| (from as u32, duty)).collect();
        let mut queue: VecDeque<Waiting> = waiting.iter().map(first).collect();
        let mut trail = Vec::new();
        while let Some(thread) = queue.pop_front() {
            trail.push(thread);
            for (step, next) in self.steps(thread) {
                let Some((state, duty)) = next else {
                    return Some(retrace(&trail, step));
                };
                if seen.insert((state, duty)) {
                    queue.push_back(Waiting { state, duty, came: Some((trail.len() - 1, step)) });
                }
            }
        }
        None
    }

    /// The steps that keep a thread inside, each with what the thread is after it; nothing if it is served.
    fn steps(&self, thread: Waiting) -> impl Iterator<Item = (Step, Option<(u32, Duty)>)> {
        let Waiting { state, duty, .. } = thread;
        let view = View::of(self.system, self.graph, state as usize);
        let targets = self.graph.successors(state as usize).iter().map(|edge| edge.target());
        let inside = (0..).zip(targets).filter(|&(_, target)| self.members.contains(target));
        inside.map(move |(choice, target)| {
            let carried = view.carry(self.system, choice as usize, duty, self.owed(target));
            (Step { state, choice }, carried.map(|duty| (target as u32, duty)))
        })
    }
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
