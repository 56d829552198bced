//! What happens in a run, told in objects.
//!
//! In a canonical state interchangeable objects change places. A trace follows each of them, and gives it one name for as long as
//! it lives: numbers are given out once and never again.

use std::rc::Rc;

use evenkeel_api::current::{Currency, current};
use evenkeel_api::{Request, Status};
use evenkeel_control::Done;
use evenkeel_object::{Key, Object, Value};
use evenkeel_system::System;
use rustc_hash::FxHashMap;

use crate::demand::{Demand, Finding};
use crate::disturb::{Disturbance, WORLD};
use crate::expand::{APPLIER, Expander};
use crate::machine::{Decision, Put};
use crate::name;
use crate::outcome::Branch;
use crate::state::{Flight, State};
use crate::store::{Cells, Family, Renaming, renumbered};
use crate::system::{Action, Cluster, Deed, Starts};
use crate::tree::Event;

/// One step of a run.
#[derive(Clone, Debug)]
pub struct Step {
    /// Who moved.
    pub controller: String,
    /// What it was busy with.
    pub subject: Key,
    /// What sort of step it is.
    pub deed: &'static str,
    /// The requests it made, in order.
    pub requests: Vec<Sent>,
    /// Why the reconcile will be tried again, if it will.
    pub retry: Option<String>,
    /// Reconciles that had begun before, and do not know of it.
    pub late: Vec<LateStep>,
}

/// A reconcile that had begun before a step of another.
#[derive(Clone, Debug)]
pub struct LateStep {
    /// Who had begun.
    pub controller: String,
    /// With what.
    pub subject: Key,
    /// Whether its request is then refused, because the object has changed, and it is tried again.
    pub is_in_vain: bool,
}

/// One request of a step.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The request.
    pub request: Request,
    /// Why it was made, in the controller's words.
    pub because: String,
    /// Why it was refused, if it was.
    pub refused: Option<Status>,
    /// The objects that it changed, before and after.
    pub effects: Vec<Effect>,
}

/// One change of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    /// Which object.
    pub key: Key,
    /// What it was; none if it is new.
    pub before: Option<Object>,
    /// What it is; none if it is gone.
    pub after: Option<Object>,
}

/// A demand or an invariant, and what keeps it from being met; at least one thing does.
#[derive(Clone, Debug)]
pub struct Unmet {
    /// The demand.
    pub demand: Rc<Demand>,
    /// Of which objects it is not true, or not known.
    pub findings: Vec<Finding>,
}

/// Follows a run and tells what happens.
#[derive(Clone)]
pub struct Narrator<'c> {
    cluster: &'c Cluster,
    state: State,
    labels: Labels,
}

/// The lasting number of each object with a generated name, by cell and number.
#[derive(Clone, Default)]
struct Labels {
    given: FxHashMap<(u32, u32), u32>,
    next: FxHashMap<u32, u32>,
}

impl<'c> Narrator<'c> {
    /// Begins at a state.
    pub fn new(cluster: &'c Cluster, state: &State) -> Narrator<'c> {
        let mut narrator = Narrator { cluster, state: state.clone(), labels: Labels::default() };
        let state = narrator.state.clone();
        cluster.with(|expander| narrator.labels.give(expander, &state.cells));
        narrator
    }

    /// The state that the run has come to.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The objects as they are now.
    pub fn objects(&self) -> Vec<Object> {
        self.cluster.with(|expander| {
            let mut objects = Vec::new();
            for cell in expander.machine.store.filled(&self.state.cells) {
                let list = expander.machine.store.at(&self.state.cells, cell);
                objects.extend(expander.machine.store.objects(cell, list));
            }
            let mut objects: Vec<Object> = objects.iter().map(|o| Object(self.labels.told(expander, &o.0))).collect();
            objects.sort_by_cached_key(Object::key);
            objects
        })
    }

    /// What can happen now.
    pub fn enabled(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        self.cluster.enabled(&self.state, &mut actions);
        actions
    }

    /// Takes an action, and tells what happened.
    pub fn take(&mut self, action: &Action) -> Step {
        let mut step = self.cluster.with(|expander| expander.explain(&self.state, action));
        let (next, renaming) = self.cluster.outcome(&self.state, action);
        let cells = self.state.cells.clone();
        self.cluster.with(|expander| {
            self.labels.give_new(expander, &cells, &step);
            self.labels.tell(expander, &mut step);
            self.labels.rename(&renaming);
            self.labels.give(expander, &next.cells);
        });
        self.state = next;
        step
    }

    /// Who could act now if something woke it.
    pub fn asleep(&self) -> Vec<(String, Key)> {
        let asleep = self.state.asleep.clone();
        self.cluster.with(|expander| asleep.iter().map(|process| expander.who(*process)).collect())
    }

    /// What is wrong with each object that is not as it should be: key and reason. Objects that lie around are left out.
    pub fn waits(&self) -> Vec<(Key, String)> {
        let own: Vec<Object> = self.cluster.with(|expander| {
            let cells = &self.state.cells;
            let store = &mut expander.machine.store;
            let own: Vec<u32> = (0..store.n_cells()).filter(|&cell| store.is_own(cells, cell)).collect();
            let objects =
                own.into_iter().flat_map(|cell| store.objects(cell, store.at(cells, cell))).collect::<Vec<_>>();
            objects.iter().map(|object| Object(self.labels.told(expander, &object.0))).collect()
        });
        own.iter().filter_map(|object| Some((object.key(), lacking(object)?))).collect()
    }

    /// The demands on legitimate states that this state does not meet, or of which that is unknown.
    pub fn unmet(&self) -> Vec<Unmet> {
        self.cluster.with(|expander| {
            let unmet = expander.unmet(&self.state.cells).into_iter();
            let demands = expander.legitimacy.demands.clone();
            unmet.map(|(place, findings)| self.labels.unmet(expander, &demands[place], &findings)).collect()
        })
    }

    /// The invariants that this state breaks, or of which that is unknown.
    pub fn broken(&self) -> Vec<Unmet> {
        self.cluster.with(|expander| {
            let broken = expander.broken(&self.state.cells).into_iter();
            let invariants = expander.legitimacy.invariants.clone();
            broken.map(|(place, findings)| self.labels.unmet(expander, &invariants[place], &findings)).collect()
        })
    }
}

/// What is wrong with an object.
fn lacking(object: &Object) -> Option<String> {
    match current(object) {
        Currency::Current => None,
        Currency::InProgress(why) | Currency::Failed(why) => Some(why),
        Currency::Terminating => Some(format!("is being deleted, {}", held(object))),
    }
}

/// What holds an object that is being deleted.
fn held(object: &Object) -> String {
    let finalizers: Vec<&str> = object.finalizers().collect();
    match &finalizers[..] {
        [] if object.kind().is("", "Namespace") => "and is not empty".to_owned(),
        [] => "and has not come to its end".to_owned(),
        held => format!("and held by {}", held.join(", ")),
    }
}

impl Labels {
    /// Gives a label to every object that has none.
    fn give(&mut self, expander: &mut Expander, cells: &Cells) {
        for cell in expander.machine.store.filled(cells) {
            let list = expander.machine.store.at(cells, cell);
            if matches!(expander.machine.store.place(cell).family, Family::Generated(_)) {
                for (number, _) in expander.machine.store.list(list).iter() {
                    self.label(cell, *number);
                }
            }
        }
    }

    fn label(&mut self, cell: u32, number: u32) -> u32 {
        let next = self.next.entry(cell).or_insert(1);
        *self.given.entry((cell, number)).or_insert_with(|| std::mem::replace(next, *next + 1))
    }

    /// Labels what a step creates; a number that is taken again gets a new label.
    fn give_new(&mut self, expander: &mut Expander, before: &Cells, step: &Step) {
        for effect in step.requests.iter().flat_map(|sent| &sent.effects) {
            if name::generated(&effect.key.name).is_none() || effect.before.is_some() {
                continue;
            }
            let (cell, number) = expander.machine.store.locate(&effect.key);
            if expander.machine.object(before, cell, number).is_none() {
                self.given.remove(&(cell, number));
            }
            self.label(cell, number);
        }
    }

    fn rename(&mut self, renaming: &Renaming) {
        for (cell, renumbering) in renaming {
            let moved: Vec<((u32, u32), u32)> =
                self.given.iter().filter(|((c, _), _)| c == cell).map(|(k, v)| (*k, *v)).collect();
            for (key, _) in &moved {
                self.given.remove(key);
            }
            for ((cell, number), label) in moved {
                if let Some(number) = renumbered(renumbering, number) {
                    self.given.insert((cell, number), label);
                }
            }
        }
    }

    /// A value with the lasting names.
    fn told(&self, expander: &Expander, value: &Value) -> Value {
        let namespace = value["metadata"]["namespace"].text().to_owned();
        self.next.keys().fold(value.clone(), |value, cell| {
            let place = expander.machine.store.place(*cell);
            let Family::Generated(prefix) = &place.family else { return value };
            if !namespace.is_empty() && *place.namespace != *namespace {
                return value;
            }
            name::renamed(&value, prefix, &|number| self.given.get(&(*cell, number)).copied())
        })
    }

    fn told_text(&self, expander: &Expander, text: &str) -> String {
        self.told(expander, &Value::from(text)).text().to_owned()
    }

    fn told_key(&self, expander: &mut Expander, key: &Key) -> Key {
        if name::generated(&key.name).is_none() {
            return key.clone();
        }
        let (cell, number) = expander.machine.store.locate(key);
        self.given
            .get(&(cell, number))
            .map_or_else(|| key.clone(), |label| expander.machine.store.place(cell).key(*label))
    }

    fn unmet(&self, expander: &mut Expander, demand: &Rc<Demand>, findings: &[Finding]) -> Unmet {
        let told = findings.iter().map(|finding| Finding {
            object: finding.object.as_ref().map(|key| self.told_key(expander, key)),
            error: finding.error.as_ref().map(|error| self.told_text(expander, error)),
        });
        Unmet { demand: demand.clone(), findings: told.collect() }
    }

    fn tell(&self, expander: &mut Expander, step: &mut Step) {
        step.subject = self.told_key(expander, &step.subject);
        for late in &mut step.late {
            late.subject = self.told_key(expander, &late.subject);
        }
        step.retry = step.retry.as_ref().map(|text| self.told_text(expander, text));
        for sent in &mut step.requests {
            sent.because = self.told_text(expander, &sent.because);
            sent.request.key = self.told_key(expander, &sent.request.key);
            if let Some(status) = &mut sent.refused {
                status.message = self.told_text(expander, &status.message);
            }
            for effect in &mut sent.effects {
                effect.key = self.told_key(expander, &effect.key);
                effect.before = effect.before.as_ref().map(|object| Object(self.told(expander, &object.0)));
                effect.after = effect.after.as_ref().map(|object| Object(self.told(expander, &object.0)));
            }
        }
    }
}

impl Expander {
    /// The controller and the key of a process.
    pub(crate) fn who(&self, process: u32) -> (String, Key) {
        let process = self.machine.processes.get(process);
        let name = match process.controller {
            APPLIER => "kubectl",
            WORLD => "somebody",
            number => self.machine.controllers[number as usize].name(),
        };
        (name.to_owned(), process.key.clone())
    }

    /// What happens when an action is taken in a state.
    fn explain(&mut self, state: &State, action: &Action) -> Step {
        let (controller, subject) = self.who(action.process);
        let mut step =
            Step { controller, subject, deed: "reconciles", requests: Vec::new(), retry: None, late: Vec::new() };
        step.late = self.explain_late(action);
        match action.deed {
            Deed::Reconcile => self.explain_reconcile(state, action, &mut step),
            Deed::Start if self.starts == Starts::Anywhere => step.deed = "begins",
            Deed::Start => {
                let flight = self.beginning(state, action.process, action.branch);
                self.explain_answer(state, flight.as_ref(), &mut step);
            }
            Deed::Crash => step.deed = "crashes",
            Deed::Disturb => self.explain_disturbance(state, action, &mut step),
            Deed::Apply => {
                step.deed = "applies";
                let manifest = self.manifests[action.branch as usize].clone();
                let request = self.application(&state.cells, &manifest);
                self.explain_request(&mut state.cells.clone(), request, "tries again", &mut step);
            }
            Deed::Answer => {
                step.deed = "writes";
                let flight = state.flights.iter().find(|flight| flight.process == action.process);
                self.explain_answer(state, flight, &mut step);
            }
        }
        step
    }

    fn explain_disturbance(&mut self, state: &State, action: &Action, step: &mut Step) {
        let (sort, request) = self.disturbance(action);
        if sort == Disturbance::StatusLost {
            let put = self.without_status(&state.cells, &request.key);
            let effects = vec![self.effect(&state.cells, put)];
            step.requests.push(Sent { request, because: sort.text().to_owned(), refused: None, effects });
        } else {
            let request = self.machine.requests.intern(&request);
            self.explain_request(&mut state.cells.clone(), request, sort.text(), step);
        }
    }

    fn explain_late(&self, action: &Action) -> Vec<LateStep> {
        let late = self.flights.late.get(action.late).iter();
        late.map(|late| {
            let (controller, subject) = self.who(late.process);
            LateStep { controller, subject, is_in_vain: late.is_in_vain }
        })
        .collect()
    }

    fn explain_reconcile(&mut self, state: &State, action: &Action, step: &mut Step) {
        let outcome = self.prospect(action.process, &state.cells);
        let Branch { node, done, .. } = outcome.branches[action.branch as usize];
        let mut cells = state.cells.clone();
        for event in self.machine.path(action.process, node) {
            if let Event::Write { request, why, .. } = event {
                let why = self.machine.texts.get(why).clone();
                self.explain_request(&mut cells, request, &why, step);
            }
        }
        step.retry = self.retry(done);
    }

    fn retry(&self, done: u32) -> Option<String> {
        match self.machine.dones.get(done) {
            Done::Retry(why) => Some(why.clone()),
            Done::Settled => None,
        }
    }

    fn explain_answer(&mut self, state: &State, flight: Option<&Flight>, step: &mut Step) {
        let Some(flight) = flight else { return };
        let (request, why) = self.request(flight, &state.cells);
        let why = self.machine.texts.get(why).clone();
        let sent = self.as_sent(flight, request);
        self.explain_request(&mut state.cells.clone(), sent, &why, step);
    }

    fn explain_request(&mut self, cells: &mut Cells, request: u32, why: &str, step: &mut Step) {
        let Decision { reply, puts } = self.machine.decide(request, cells);
        let mut effects = Vec::new();
        for put in puts.iter() {
            effects.push(self.effect(cells, *put));
            self.machine.commit_put(cells, *put);
        }
        let refused = self.machine.replies.get(reply).as_ref().err().cloned();
        step.requests.push(Sent {
            request: self.machine.requests.get(request).clone(),
            because: why.to_owned(),
            refused,
            effects,
        });
    }

    fn effect(&mut self, cells: &Cells, put: Put) -> Effect {
        let key = self.machine.store.place(put.cell).key(put.number);
        let before = self.machine.object(cells, put.cell, put.number);
        let after = put.content.map(|content| self.machine.store.object(put.cell, put.number, content));
        Effect { key, before, after }
    }
}
