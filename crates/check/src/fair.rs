//! Which components have a fair run.
//!
//! A thread of a component C is *good* if it can be served along edges inside C.
//!
//! *If every thread of C is good, some fair run visits all of C for ever.* Keep the waiting threads in a queue. Take the oldest; from where
//! the run is, a way inside C serves it; take that way, follow the other threads along it, drop those that it serves, and queue those that
//! begin on it. Between two such ways walk through all of C, which is strongly connected. A state has finitely many threads, and threads
//! that meet have become one, so the queue is bounded, each thread comes to its head, and none waits for ever: no process stays
//! enabled and is passed over for ever.
//!
//! *If some thread of C is not good, no fair run stays in C for ever.* Follow that thread along any way inside C: it is never served, so it goes on,
//! and what it goes on as is not good either. C being strongly connected, every state of C has such a thread. Wherever a run
//! that stays in C is, one waits there for ever.
//!
//! So a component is fair as a whole or not at all, no part of one that is not is fair, and it is enough to ask for the threads of any one state.
//!
//! Where no duty changes its name, all this comes to: no duty is enabled in every state of C and taken on none of its edges. For a thread
//! that is not good is enabled in every state it comes to, and that is all of them; and whatever is disabled or taken somewhere in C can be
//! served there. That needs no search, only one look at each state, so it is tried first.

use evenkeel_system::{Duty, Stabilizing};
use rustc_hash::FxHashSet;

use crate::graph::Graph;
use crate::members::Members;
use crate::thread::{Threads, View};

/// Whether going round in a strongly connected set of states for ever is a fault, if it is fair.
///
/// It has to contain an illegitimate state, and a cycle: two states, or one with an edge to itself that a process could change all the same. (One
/// that no process can change is where a run ends.)
pub(crate) fn suspect(graph: &Graph, states: &[u32]) -> bool {
    match states {
        [state] => !graph.legitimate(*state as usize) && !graph.rests(*state as usize) && idles(graph, *state as usize),
        _ => states.iter().any(|&state| !graph.legitimate(state as usize)),
    }
}

fn idles(graph: &Graph, state: usize) -> bool {
    graph.successors(state).iter().any(|edge| edge.target() == state && edge.owed())
}

/// Of the suspect components, the one nearest to the initial states that has a fair run. The states of each are in order.
///
/// Nothing is asked of those that begin at distance `before` or beyond.
pub(crate) fn nearest<S: Stabilizing>(
    system: &S,
    graph: &Graph,
    mut suspects: Vec<Vec<u32>>,
    before: Option<usize>,
) -> Option<Vec<u32>> {
    let mut members = Members::none(if suspects.is_empty() { 0 } else { graph.n_states() });
    // States are numbered outward, and components are disjoint: the least vector is the one whose first state is nearest.
    suspects.sort_unstable();
    let near = |states: &Vec<u32>| before.is_none_or(|depth| graph.depth(states[0] as usize) < depth);
    suspects.into_iter().take_while(near).find(|states| {
        members.admit(states);
        let fair = Component { system, graph, states, members: &members }.is_fair();
        members.dismiss(states);
        fair
    })
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
    fn is_fair(&self) -> bool {
        match self.passed_over() {
            Some(duties) => duties.is_empty(),
            None => self.serves_every_thread(),
        }
    }

    fn serves_every_thread(&self) -> bool {
        let threads = Threads::of(self.system, self.graph, self.members, self.states);
        let start = self.states[0] as usize;
        threads.owed(start).iter().all(|&duty| threads.way_to_serve(start, &[duty]).is_some())
    }

    /// The edges of a state that stay inside: which choice, and where to.
    fn edges(&self, state: usize) -> impl Iterator<Item = (usize, usize)> {
        let edges = self.graph.successors(state).iter().map(|edge| edge.target()).enumerate();
        edges.filter(|&(_, target)| self.members.contains(target))
    }

    /// The duties enabled everywhere and taken nowhere; none if some duty changes its name on the way.
    fn passed_over(&self) -> Option<Vec<Duty>> {
        let mut always: Option<Vec<Duty>> = None;
        let mut taken = FxHashSet::default();
        for &state in self.states {
            let duties = self.graph.duties(state as usize);
            let mut view = None;
            for (choice, _) in self.edges(state as usize) {
                let label = self.graph.label(state as usize, choice);
                if label.renames {
                    let view = view.get_or_insert_with(|| View::of(self.system, self.graph, state as usize));
                    if !self.keeps_names(view, choice, &duties) {
                        return None;
                    }
                }
                taken.extend(label.duty);
            }
            match &mut always {
                None => always = Some(duties),
                Some(always) => always.retain(|duty| duties.binary_search(duty).is_ok()),
            }
        }
        let always = always.expect("a component has a state");
        Some(always.into_iter().filter(|duty| !taken.contains(duty)).collect())
    }

    fn keeps_names(&self, view: &View<S>, choice: usize, duties: &[Duty]) -> bool {
        let action = &view.actions[choice];
        let taken = self.system.duty(action);
        duties.iter().all(|&duty| taken == Some(duty) || self.system.carried(&view.state, action, duty) == Some(duty))
    }
}
