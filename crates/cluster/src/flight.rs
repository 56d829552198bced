//! Reconciles under way, when each request is a step of its own.

use std::rc::Rc;

use evenkeel_control::Done;
use evenkeel_object::{Key, Object};
use evenkeel_system::Cost;
use rustc_hash::FxHashMap;

use crate::expand::{Expander, Raw};
use crate::intern::Interner;
use crate::late::{Late, NOBODY};
use crate::machine::{Decision, Halt, Put, Scene};
use crate::outcome::{Branch, Outcome};
use crate::seen::Sightings;
use crate::state::{Flight, State};
use crate::store::{Cells, Renaming};
use crate::system::{Action, Deed, Starts};
use crate::tree::Event;

/// Objects, each as its cell and number.
type Objects = Rc<[(u32, u32)]>;

/// What is known of reconciles under way, by where they stand.
#[derive(Default)]
pub(crate) struct Flights {
    /// Lists of objects that have changed since they were read, as cell and number.
    pub(crate) outdated: Interner<Vec<(u32, u32)>>,
    /// The names that they have seen.
    pub(crate) seen: Sightings,
    /// The objects that it has read.
    read: FxHashMap<(u32, u32), Objects>,
    /// The object that each request is about, as cell and number.
    targets: FxHashMap<u32, (u32, u32)>,
    /// Lists of reconciles that had begun before a step.
    pub(crate) late: Interner<Vec<Late>>,
}

impl Flights {
    pub(crate) fn new() -> Flights {
        let mut flights = Flights::default();
        assert_eq!(flights.late.intern(&Vec::new()), NOBODY, "the first list is that of nobody");
        flights
    }
}

impl Expander {
    /// The ways in which a reconcile can begin: up to the answer to its first request, or, where reconciles start anywhere, up to that request.
    ///
    /// One that would only be refused and try again does so in one step, so that trying again is not mistaken for a change.
    pub(crate) fn start(&mut self, state: &State, process: u32, outcome: &Outcome) {
        if !outcome.branches.iter().any(Branch::writes_something) {
            self.reconcile(state, process, outcome);
            return;
        }
        let mut branch = 0;
        for node in outcome.firsts() {
            let mut begun = self.copy(state);
            let flight = self.begun(process, node);
            let at = begun.flights.partition_point(|other| *other < flight);
            begun.flights.insert(at, flight);
            let cost = Cost { moves: 1, reconciles: 1, api_writes: 0 };
            let action = Action { process, deed: Deed::Start, branch, late: NOBODY, view: 0 };
            match self.starts {
                Starts::Anywhere => {
                    self.conclude(state, Raw { action, next: begun, cost, puts: &[], stays: false });
                    branch += 1;
                }
                Starts::WhereItMatters => branch = self.answer_flight(state, &begun, at, (action, cost)),
            }
        }
    }

    /// A reconcile that has just begun, and waits at that node.
    pub(crate) fn begun(&mut self, process: u32, node: u32) -> Flight {
        Flight { process, node, outdated: self.flights.outdated.intern(&Vec::new()), woken: false }
    }

    /// Where a reconcile comes to a stand next, for each of its choices.
    pub(crate) fn landings(&mut self, process: u32, node: u32, scene: Scene<'_>) -> Vec<(u32, Halt)> {
        let mut found = Vec::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let (node, halt) = self.machine.walk(process, node, scene);
            if let Halt::Choose(options) = halt {
                let nodes = (0..options)
                    .rev()
                    .map(|chosen| self.machine.follow(process, node, Event::Choose { options, chosen }));
                open.extend(nodes);
            } else {
                found.push((node, halt));
            }
        }
        found
    }

    /// The answers that reconciles under way are waiting for, and their crashes.
    pub(crate) fn answer_flights(&mut self, state: &State) {
        for at in 0..state.flights.len() {
            let action =
                Action { process: state.flights[at].process, deed: Deed::Answer, branch: 0, late: NOBODY, view: 0 };
            self.answer_flight(state, state, at, (action, Cost::default()));
            if state.budget > 0 {
                self.crash(state, at);
            }
        }
    }

    pub(crate) fn crash(&mut self, state: &State, at: usize) {
        let mut next = self.copy(state);
        let flight = next.flights.remove(at);
        next.budget -= 1;
        let action = Action { process: flight.process, deed: Deed::Crash, branch: 0, late: NOBODY, view: 0 };
        self.conclude(state, Raw { action, next, cost: Cost::default(), puts: &[], stays: true });
    }

    /// The answer to the request that the reconcile at place `at` of `begun` waits for. It may have begun just now, in `state`; the action and what
    /// it cost so far are those of its first branch. Tells the number of the branch that would be next.
    fn answer_flight(&mut self, state: &State, begun: &State, at: usize, first: (Action, Cost)) -> u32 {
        let flight = begun.flights[at];
        let (request, _) = self.request(&flight, &state.cells);
        let (decision, node) = self.answered(begun, &flight);
        let target = self.target(request);
        let mut cells = state.cells.clone();
        self.machine.commit(&mut cells, &decision);
        let woken = self.woken(&state.cells, &decision.puts, &Renaming::new());
        let (mut action, before) = first;
        for (node, halt) in self.landings(flight.process, node, Scene::fresh(&cells)) {
            let mut next = self.copy(begun);
            next.cells.clone_from(&cells);
            next.flights.remove(at);
            self.touch(&mut next.flights, &decision.puts, &woken);
            let stays = match halt {
                Halt::Done(done) => flight.woken || matches!(self.machine.dones.get(done), Done::Retry(_)),
                _ => {
                    let woken = flight.woken || woken.contains(&flight.process);
                    let outdated = self.freshened(flight, target, &decision);
                    next.flights.push(Flight { node, woken, outdated, ..flight });
                    next.flights.sort_unstable();
                    true
                }
            };
            let cost = before + Cost { moves: 1, reconciles: 0, api_writes: u64::from(!decision.puts.is_empty()) };
            self.with_late(state, Raw { action: action.clone(), next, cost, puts: &decision.puts, stays });
            action.branch += 1;
        }
        action.branch
    }

    /// The request that a reconcile under way waits for the answer to, and why it was sent.
    pub(crate) fn request(&mut self, flight: &Flight, cells: &Cells) -> (u32, u32) {
        let (_, Halt::Write { request, why }) = self.machine.walk(flight.process, flight.node, Scene::fresh(cells))
        else {
            unreachable!("a reconcile under way waits for the answer to a request");
        };
        (request, why)
    }

    /// What the server decides of that request now, and where the reconcile stands after the answer.
    pub(crate) fn answered(&mut self, state: &State, flight: &Flight) -> (Decision, u32) {
        let (request, why) = self.request(flight, &state.cells);
        let sent = self.as_sent(flight, request);
        let decision = self.machine.decide(sent, &state.cells);
        let decision = self.without_alias(state, decision);
        let event = Event::Write { request, why, reply: decision.reply };
        let node = self.machine.follow(flight.process, flight.node, event);
        (decision, node)
    }

    /// The reconcile that begins with the branch of that number, as [`Expander::start`] counts them.
    pub(crate) fn beginning(&mut self, state: &State, process: u32, branch: u32) -> Option<Flight> {
        let mut n_branches = 0;
        for node in self.prospect(process, &state.cells).firsts() {
            let flight = self.begun(process, node);
            let (decision, node) = self.answered(state, &flight);
            let mut cells = state.cells.clone();
            self.machine.commit(&mut cells, &decision);
            n_branches += self.landings(process, node, Scene::fresh(&cells)).len() as u32;
            if branch < n_branches {
                return Some(flight);
            }
        }
        None
    }

    /// A request as the server sees it: it may come with a version that is no longer the newest.
    pub(crate) fn as_sent(&mut self, flight: &Flight, request: u32) -> u32 {
        let target = self.target(request);
        let is_outdated = self.flights.outdated.get(flight.outdated).contains(&target);
        if is_outdated { self.machine.outdated(request) } else { request }
    }

    pub(crate) fn target(&mut self, request: u32) -> (u32, u32) {
        if let Some(known) = self.flights.targets.get(&request) {
            return *known;
        }
        let key = self.machine.requests.get(request).key.clone();
        let target = if key.name.is_empty() { (u32::MAX, 0) } else { self.machine.store.locate(&key) };
        self.flights.targets.insert(request, target);
        target
    }

    /// After an answer, the writer's own copy of what it wrote is the newest; of what else the request changed it is not. (A writer that does not go on with
    /// the answer says so with what it sends: `Client::disregard`.)
    pub(crate) fn freshened(&mut self, flight: Flight, target: (u32, u32), decision: &Decision) -> u32 {
        let mut outdated = self.flights.outdated.get(flight.outdated).clone();
        let accepted = self.machine.replies.get(decision.reply).is_ok();
        outdated.retain(|object| !(accepted && *object == target));
        self.flights.outdated.intern(&outdated)
    }

    /// Tells reconciles under way of a change: what they have read of the changed objects is old, and their key may be queued again.
    pub(crate) fn touch(&mut self, flights: &mut [Flight], puts: &[Put], woken: &[u32]) {
        for flight in flights {
            let read = self.read(flight.process, flight.node);
            let changed = || puts.iter().map(|put| (put.cell, put.number)).filter(|put| read.contains(put));
            if changed().next().is_some() {
                let mut outdated = self.flights.outdated.get(flight.outdated).clone();
                outdated.extend(changed());
                outdated.sort_unstable();
                outdated.dedup();
                flight.outdated = self.flights.outdated.intern(&outdated);
            }
            // Who cannot fall asleep need not be woken, and is never told.
            flight.woken |= woken.contains(&flight.process);
        }
    }

    /// The objects that a reconcile has read on its way to a node, or was answered with, and may write under a precondition.
    fn read(&mut self, process: u32, node: u32) -> Rc<[(u32, u32)]> {
        if let Some(known) = self.flights.read.get(&(process, node)) {
            return known.clone();
        }
        let mut keys: Vec<Key> = Vec::new();
        for event in self.machine.path(process, node) {
            match event {
                Event::Ask { answer, .. } => keys.extend(self.machine.objects_in(answer)),
                Event::Write { reply, .. } => keys.extend(self.machine.replies.get(reply).iter().map(Object::key)),
                _ => {}
            }
        }
        let read: Rc<[(u32, u32)]> = keys.iter().map(|key| self.machine.store.locate(key)).collect();
        self.flights.read.insert((process, node), read.clone());
        read
    }
}
