//! Reconciles under way whose caches may lag.
//!
//! A reconcile begins with a step in which it reads one view of its controller, up to its first request. Each request is a step: the server decides on the
//! store as it is, and the reconcile reads on, up to the next request or to its end, from any view that its controller may have by then. What it had read
//! before is as old as it was.

use evenkeel_control::Done;
use evenkeel_system::Cost;

use crate::ask::Source;
use crate::expand::{Expander, Raw, Transition};
use crate::lag::View;
use crate::late::NOBODY;
use crate::machine::{Halt, Scene};
use crate::outcome::Outcome;
use crate::state::{Flight, State};
use crate::system::{Action, Deed};
use crate::tree::{Event, ROOT};

/// Where a reconcile can come to a stand on a view.
struct Landing {
    /// The number of the view, and what of it the reconcile knows.
    view: u32,
    node: u32,
    halt: Halt,
    outdated: u32,
}

/// The ways in which a reconcile has begun on the views before, by the place of the view: the node, and what was old.
pub(crate) type Begun = Vec<(usize, u32, u32)>;

impl Expander {
    /// Adds the ways in which a reconcile can begin on the view at place `at`, as far as they are not `known`.
    pub(crate) fn set_out(
        &mut self,
        state: &State,
        (process, deed): (u32, Deed),
        outcome: &Outcome,
        (views, at): (&[View], usize),
        known: &mut Begun,
    ) {
        let nothing = self.flights.outdated.intern(&Vec::new());
        for (node, branch) in outcome.firsts().into_iter().zip(0..) {
            let outdated = self.outdated_after((process, ROOT, node), &views[at], nothing);
            let is_same = |&(then, other, old): &(usize, u32, u32)| {
                (other, old) == (node, outdated) && views[at].sees_at_least(&views[then])
            };
            if known.iter().any(is_same) {
                continue;
            }
            known.push((at, node, outdated));
            let mut next = self.copy(state);
            next.flights.push(Flight { process, node, outdated, woken: false });
            next.flights.sort_unstable();
            let action = Action { process, deed, branch, late: NOBODY, view: at as u32 };
            let cost = Cost { moves: 1, reconciles: 1, api_writes: 0 };
            self.conclude_on(state, Raw { action, next, cost, puts: &[], stays: false }, &views[at].from);
        }
    }

    /// Adds the answers that reconciles under way are waiting for, and their crashes.
    pub(crate) fn answer_adrift(&mut self, state: &State) {
        for at in 0..state.flights.len() {
            self.answer_one(state, at);
            if state.budget > 0 {
                self.crash(state, at);
            }
        }
    }

    fn answer_one(&mut self, state: &State, at: usize) {
        let flight = state.flights[at];
        let (next, mut woken, answered) = self.answered_adrift(state, at);
        let node = answered.node;
        let history = self.history(&next);
        let controller = self.machine.processes.get(flight.process).controller;
        let views = self.views(&next, &history, controller);
        let landings = self.landings_on(&next, (flight.process, node, answered.outdated), &views);
        let cost = Cost { moves: 1, reconciles: 0, api_writes: u64::from(answered.writes) };
        let n_woken = woken.len();
        for (landing, branch) in landings.into_iter().zip(0..) {
            let mut then = self.copy(&next);
            woken.truncate(n_woken);
            woken.extend(self.pass(&next, &mut then, flight.process, &[], &views[landing.view as usize].from));
            self.wake_flights(&mut then, &woken);
            let own = then.flights.iter().position(|other| other.process == flight.process);
            let own = then.flights.remove(own.expect("it is under way"));
            let stays = match landing.halt {
                Halt::Done(done) => own.woken || matches!(self.machine.dones.get(done), Done::Retry(_)),
                _ => {
                    then.flights.push(Flight { node: landing.node, outdated: landing.outdated, ..own });
                    then.flights.sort_unstable();
                    true
                }
            };
            let action =
                Action { process: flight.process, deed: Deed::Answer, branch, late: NOBODY, view: landing.view };
            let renaming = self.canonical_lagging(state, &mut then);
            self.sleeper.note_on_view(self.transitions.len(), flight.process, stays, woken.clone());
            self.transitions.push(Transition { action, next: then, cost, renaming });
        }
    }

    /// The state after the answer to the request of the reconcile at place `at`, which is still under way there, who is woken by it, and where the
    /// reconcile stands.
    pub(crate) fn answered_adrift(&mut self, state: &State, at: usize) -> (State, Vec<u32>, Answered) {
        let flight = state.flights[at];
        let (request, _) = self.request(&flight, &state.cells);
        let (decision, node) = self.answered(state, &flight);
        let target = self.target(request);
        let mut next = self.copy(state);
        self.machine.commit(&mut next.cells, &decision);
        let passed = self.passed(state, flight.process, &decision.puts);
        let woken = self.pass(state, &mut next, flight.process, &passed, &[]);
        let own = next.flights.remove(at);
        self.touch(&mut next.flights, &decision.puts, &woken);
        next.flights.insert(at, own);
        let outdated = self.freshened(flight, target, &decision);
        (next, woken, Answered { node, outdated, writes: !decision.puts.is_empty() })
    }

    /// Where a reconcile comes to a stand next, on each of the views and for each of its choices; what is the same on a view that shows less is left out.
    fn landings_on(
        &mut self,
        state: &State,
        (process, node, outdated): (u32, u32, u32),
        views: &[View],
    ) -> Vec<Landing> {
        let mut found: Vec<Landing> = Vec::new();
        for (view, number) in views.iter().zip(0..) {
            let scene = Scene { cells: &state.cells, cache: &view.cells };
            for (end, halt) in self.landings(process, node, scene) {
                let outdated = self.outdated_after((process, node, end), view, outdated);
                let is_same = |other: &Landing| {
                    (other.node, other.outdated) == (end, outdated) && view.sees_at_least(&views[other.view as usize])
                };
                if !found.iter().any(is_same) {
                    self.learn_path(process, end);
                    found.push(Landing { view: number, node: end, halt, outdated });
                }
            }
        }
        found
    }

    /// Takes down what a reconcile asked on its way to a node: it matters who is told of what.
    fn learn_path(&mut self, process: u32, node: u32) {
        let asked = self.machine.path(process, node).into_iter().filter_map(|event| match event {
            Event::Ask { question, .. } => Some(question),
            _ => None,
        });
        let asked: Vec<u32> = asked.collect();
        self.outcomes.learn(process, &asked);
        self.learn_questions(self.machine.processes.get(process).controller, &asked);
    }

    /// The objects of which a reconcile knows no newest version, after it has read on from one node to another: as old as its cache is what that showed,
    /// and new what the server itself showed.
    fn outdated_after(&mut self, (process, from, to): (u32, u32, u32), view: &View, before: u32) -> u32 {
        let n_known = self.machine.path(process, from).len();
        let mut outdated = self.flights.outdated.get(before).clone();
        for event in self.machine.path(process, to).into_iter().skip(n_known) {
            let Event::Ask { question, answer } = event else { continue };
            let is_cached = self.machine.questions.source(question) == Source::Cache;
            for key in self.machine.objects_in(answer) {
                let object = self.machine.store.locate(&key);
                outdated.retain(|other| *other != object);
                if is_cached && view.unseen.contains(&object) {
                    outdated.push(object);
                }
            }
        }
        outdated.sort_unstable();
        self.flights.outdated.intern(&outdated)
    }

    /// Tells reconciles under way that their keys were put into the queue again.
    pub(crate) fn wake_flights(&mut self, state: &mut State, woken: &[u32]) {
        for flight in &mut state.flights {
            flight.woken |= woken.contains(&flight.process);
        }
    }
}

/// What came of a request of a reconcile under way.
pub(crate) struct Answered {
    /// Where the reconcile stands.
    pub(crate) node: u32,
    /// What it knows no newest version of.
    outdated: u32,
    writes: bool,
}
