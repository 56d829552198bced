//! What happens in a run, told in objects.
//!
//! In a canonical state interchangeable objects change places. A trace follows each of them, and gives it one name for as long as
//! it lives: numbers are given out once and never again.

use evenkeel_api::current::{Currency, current};
use evenkeel_api::timer::is_timer;
use evenkeel_object::{Key, Object};
use evenkeel_system::System;

use crate::label::Labels;
use crate::state::State;
use crate::step::{Step, Unmet};
use crate::system::{Action, Cluster};

/// Follows a run and tells what happens.
#[derive(Clone)]
pub struct Narrator<'c> {
    cluster: &'c Cluster,
    state: State,
    labels: Labels,
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
            objects.retain(|object| !is_timer(&object.kind()));
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
        let state = self.state.clone();
        self.cluster.with(|expander| {
            let can_act = |process: &&u32| expander.prospect(**process, &state.cells).is_active;
            let asleep: Vec<u32> = state.asleep.iter().filter(can_act).copied().collect();
            asleep.into_iter().map(|process| expander.who(process)).collect()
        })
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
