//! Which components have a fair run.
//!
//! A thread of a component C is *good* if it can be served along edges inside C.
//!
//! *If every thread of C is good, some fair run visits all of C for ever.* Keep the waiting threads in a queue. Take the oldest; from where
//! the run is, a way inside C serves it; take that way, follow the other threads along it, drop those that it serves, and queue those that
//! begin on it. Between two such ways walk through all of C, which is strongly connected. A state has finitely many threads, and threads that meet have become
//! one, so the queue is bounded, each thread comes to its head, and none waits for ever: no process stays enabled and is passed over for ever.
//!
//! *If the thread (s, d) is not good, no fair run stays in C and visits s again and again.* Once such a run has come to C for good, it visits s; from there the
//! thread would wait for ever, for whatever serves it is not in C. So s is taken out of C, and what is left falls into components that are
//! asked in turn. Every set of states that a fair run visits again and again is inside one of those that remain.
//!
//! Where no duty changes its name, all this comes to: no duty is enabled in every state of C and taken on none of its edges. For if such
//! a duty exists, none of its threads is good and all of C is taken out; and if not, every thread can go, C being strongly connected, to where it is served.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use evenkeel_system::{Duty, Stabilizing};
use rustc_hash::FxHashSet;

use crate::component::Finder;
use crate::graph::Graph;
use crate::thread::{Enabled, Members, View};

/// Whether going round in a strongly connected set of states for ever is a fault, if it is fair.
///
/// It has to contain an illegitimate state, and a cycle: two states, or one with an edge to itself that a process could change all the same. (One
/// that no process can change is where a run ends.)
pub(crate) fn suspect(graph: &Graph, states: &[u32]) -> bool {
    match states {
        [state] => {
            !graph.legitimate(*state as usize)
                && !graph.rests(*state as usize)
                && idles(graph, *state as usize)
        }
        _ => states
            .iter()
            .any(|&state| !graph.legitimate(state as usize)),
    }
}

fn idles(graph: &Graph, state: usize) -> bool {
    graph
        .successors(state)
        .iter()
        .any(|edge| edge.target() == state && edge.owed())
}

/// Of the suspect components, and those that they fall into, the one nearest to the initial states that has a fair run.
///
/// Nothing is asked of those that begin at distance `before` or beyond. The states of each are in order.
pub(crate) fn nearest<S: Stabilizing>(
    system: &S,
    finder: &mut Finder<'_>,
    suspects: Vec<Vec<u32>>,
    before: Option<usize>,
) -> Option<Vec<u32>> {
    let graph = finder.graph();
    let mut members = Members::none(if suspects.is_empty() {
        0
    } else {
        graph.n_states()
    });
    // States are numbered outward, and the components are disjoint: the least vector is the one whose first state is nearest.
    let mut queue: BinaryHeap<Reverse<Vec<u32>>> = suspects.into_iter().map(Reverse).collect();
    while let Some(Reverse(states)) = queue.pop() {
        if before.is_some_and(|depth| graph.depth(states[0] as usize) >= depth) {
            return None;
        }
        members.admit(&states);
        let starved = Component {
            system,
            graph,
            states: &states,
            members: &members,
        }
        .starved();
        members.dismiss(&states);
        if starved.is_empty() {
            return Some(states);
        }
        let rest = states
            .iter()
            .map(|&s| s as usize)
            .filter(|state| starved.binary_search(&(*state as u32)).is_err());
        finder.run(rest, |part| {
            queue.extend(suspect(graph, part).then(|| Reverse(in_order(part))));
        });
    }
    None
}

/// The states of a component, in order.
pub(crate) fn in_order(states: &[u32]) -> Vec<u32> {
    let mut sorted = states.to_vec();
    sorted.sort_unstable();
    sorted
}

struct Component<'a, S: Stabilizing> {
    system: &'a S,
    graph: &'a Graph,
    states: &'a [u32],
    members: &'a Members,
}

impl<S: Stabilizing> Component<'_, S> {
    /// The states from which some thread can never be served, in order.
    fn starved(&self) -> Vec<u32> {
        match self.passed_over() {
            Some(duties) if duties.is_empty() => Vec::new(),
            Some(_) => self.states.to_vec(),
            None => self.starved_by_threads(),
        }
    }

    /// The edges of a state that stay inside: which choice, and where to.
    fn edges(&self, state: usize) -> impl Iterator<Item = (usize, usize)> {
        let edges = self
            .graph
            .successors(state)
            .iter()
            .map(|edge| edge.target())
            .enumerate();
        edges.filter(|&(_, target)| self.members.contains(target))
    }

    /// The duties enabled everywhere and taken nowhere; none if some duty changes its name on the way.
    fn passed_over(&self) -> Option<Vec<Duty>> {
        let mut always: Option<Vec<Duty>> = None;
        let mut taken = FxHashSet::default();
        for &state in self.states {
            let view = View::of(self.system, self.graph, state as usize);
            let duties = view.duties(self.system);
            for (choice, _) in self.edges(state as usize) {
                if !self.keeps_names(&view, choice, &duties) {
                    return None;
                }
                taken.extend(self.system.duty(&view.actions[choice]));
            }
            match &mut always {
                None => always = Some(duties),
                Some(always) => always.retain(|duty| duties.binary_search(duty).is_ok()),
            }
        }
        let always = always.expect("a component has a state");
        Some(
            always
                .into_iter()
                .filter(|duty| !taken.contains(duty))
                .collect(),
        )
    }

    fn keeps_names(&self, view: &View<S>, choice: usize, duties: &[Duty]) -> bool {
        let action = &view.actions[choice];
        let taken = self.system.duty(action);
        duties.iter().all(|&duty| {
            taken == Some(duty) || self.system.carried(&view.state, action, duty) == Some(duty)
        })
    }

    /// The states with a thread that is not good: one from which no served thread can be reached.
    fn starved_by_threads(&self) -> Vec<u32> {
        let enabled = Enabled::of(self.system, self.graph, self.states);
        let (mut good, carried) = self.threads(&enabled);
        let mut work: Vec<usize> = (0..good.len()).filter(|&thread| good[thread]).collect();
        while let Some(thread) = work.pop() {
            let first = carried.partition_point(|&(to, _)| (to as usize) < thread);
            for &(_, from) in carried[first..]
                .iter()
                .take_while(|&&(to, _)| to as usize == thread)
            {
                if !std::mem::replace(&mut good[from as usize], true) {
                    work.push(from as usize);
                }
            }
        }
        let starving = |place: &usize| enabled.threads(*place).any(|thread| !good[thread]);
        (0..self.states.len())
            .filter(starving)
            .map(|place| self.states[place])
            .collect()
    }

    /// Which threads are served by their next edge, and (to, from) for each step of a thread, in order.
    fn threads(&self, enabled: &Enabled) -> (Vec<bool>, Vec<(u32, u32)>) {
        let mut served = vec![false; enabled.n_threads()];
        let mut carried = Vec::new();
        for (place, &state) in self.states.iter().enumerate() {
            let view = View::of(self.system, self.graph, state as usize);
            for (choice, target) in self.edges(state as usize) {
                let next = self.members.place(target);
                for (from, &duty) in enabled.threads(place).zip(enabled.at(place)) {
                    match view.carry(self.system, choice, duty, enabled.at(next)) {
                        None => served[from] = true,
                        Some(duty) => {
                            carried.push((enabled.thread(next, duty) as u32, from as u32));
                        }
                    }
                }
            }
        }
        carried.sort_unstable();
        carried.dedup();
        (served, carried)
    }
}
