//! A cluster as a transition system.

use std::cell::{Ref, RefCell};

use evenkeel_api::Server;
use evenkeel_control::Controller;
use evenkeel_object::{Key, Object};
use evenkeel_system::{Cost, Duty, Label, Stabilizing, System};

use crate::begin::{Beginning, Refused};
use crate::demand::Standing;
use crate::disturb::Faults;
use crate::expand::{Expander, Transition};
use crate::lag::Lags;
use crate::late::NOBODY;
use crate::legitimate::Legitimacy;
use crate::machine::Machine;
use crate::plan::{Plan, Planned, numbered};
use crate::state::State;
use crate::store::Renaming;

/// How much of a reconcile is one step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Granularity {
    /// A reconcile is one step, from its first read to its last write.
    #[default]
    Atomic,
    /// Each request is a step of its own: others can act between what a controller reads and what it writes.
    Interleaved,
}

/// Where a reconcile may start, if each request is a step of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Starts {
    /// With its first request, or just before a step that changes what it would have read. Nothing else can be told from these.
    #[default]
    WhereItMatters,
    /// Anywhere, in a step of its own. This is how it is defined; it is there for comparison.
    Anywhere,
}

/// What a cluster consists of.
pub struct Config {
    /// The API server.
    pub server: Server,
    /// The controllers; their order decides nothing but the order in which equally short runs are preferred.
    pub controllers: Vec<Box<dyn Controller>>,
    /// Objects that are there before anything is applied, as they are.
    pub preset: Vec<Object>,
    /// Whether all had settled there: then only those are awake whom something wakes that is applied or deleted at the start.
    pub is_settled: bool,
    /// Who is asleep at the start besides, by controller and subject, if it has something to do.
    pub asleep: Vec<(String, Key)>,
    /// Objects that are applied at the start, in this order; what the server refuses is tried again by the applier.
    pub manifests: Vec<Object>,
    /// What was applied before, of those that are applied at the start: what it said and they do not is taken away.
    pub last_applied: Vec<Object>,
    /// What people do afterwards, in this order.
    pub plan: Vec<Planned>,
    /// Objects that are deleted at the start, after everything is applied.
    pub pruned: Vec<Key>,
    /// Keys of objects that other parts of the system look after: their subjects are not reconciled here.
    pub foreign: Vec<Key>,
    /// How much of a reconcile is one step.
    pub granularity: Granularity,
    /// Where reconciles start (interleaved only).
    pub starts: Starts,
    /// What can go wrong, and how often.
    pub faults: Faults,
    /// The most changes of the store that a cache need not show; with none, every cache shows the store as it is.
    pub lag: u32,
    /// Which states are legitimate, besides having nothing left to do.
    pub legitimacy: Legitimacy,
}

/// A choice: which process moves, and how.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Action {
    /// The process, by its number in the cluster.
    pub(crate) process: u32,
    /// What it does.
    pub(crate) deed: Deed,
    /// Which of the ways that are open to it, by number.
    pub(crate) branch: u32,
    /// The handle of the list of reconciles that had begun before.
    pub(crate) late: u32,
    /// On which of the views of its controller it moves, by number; with a list of those who had begun, which of them this step serves, from 1.
    pub(crate) view: u32,
}

/// What a process does in one step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Deed {
    /// A whole reconcile.
    Reconcile,
    /// The start of a reconcile, up to the answer to its first request, or, where reconciles start anywhere, up to that request.
    Start,
    /// The answer to a request, and the reconcile up to the next one.
    Answer,
    /// The end of a reconcile under way, without an answer.
    Crash,
    /// Another attempt to apply a manifest.
    Apply,
    /// What the world outside does.
    Disturb,
    /// A step that people planned. Whether it has to come.
    Step { owed: bool },
    /// Everything has settled, as people wait for.
    Wait,
    /// A tick of the clock.
    Tick,
    /// A whole reconcile on a view that its controller need not have yet. Whether it is owed by the watches.
    Ahead { owed: bool },
    /// The start of one on such a view.
    SetOut { owed: bool },
    /// A reconcile that finds nothing to do, as its cache shows more than it had to.
    Look,
    /// All caches come to show the store as it is.
    CatchUp,
}

/// A cluster: controllers and an API server, from an initial store.
pub struct Cluster {
    inner: RefCell<Expander>,
    initial: State,
    refused: Vec<(Object, String)>,
    kept: Vec<(Key, String)>,
}

impl Cluster {
    /// Sets up a cluster and applies the manifests.
    pub fn new(config: Config) -> Cluster {
        let n_controllers = config.controllers.len();
        let (controllers, steps) = numbered(config.controllers, config.plan);
        let own = controllers.iter().map(|controller| controller.own_writes()).collect();
        let mut machine = Machine::new(config.server, controllers);
        machine.lags = config.lag > 0;
        let mut expander = Expander::new(machine, n_controllers, config.granularity, config.legitimacy);
        // A cache that lags makes late enough whom another might make late.
        expander.starts = if config.lag > 0 { Starts::Anywhere } else { config.starts };
        expander.outcomes.hangs_on_more = config.lag > 0;
        expander.lags = Lags::new(config.lag, own);
        expander.last_applied = config.last_applied.into_iter().map(|object| (object.key(), object)).collect();
        let (mut initial, refused) = expander.set_up(&Beginning {
            preset: &config.preset,
            is_settled: config.is_settled,
            manifests: &config.manifests,
            pruned: &config.pruned,
            foreign: &config.foreign,
        });
        initial.asleep.extend(expander.still_asleep(&initial, &config.asleep));
        initial.asleep.sort_unstable();
        expander.plan = Plan::new(&steps, &mut expander.machine, &expander.subjects);
        initial.budget = config.faults.crashes;
        initial.disturbances = config.faults.disturbances;
        expander.sorts = config.faults.sorts;
        let Refused { manifests: refused, kept } = refused;
        Cluster { inner: RefCell::new(expander), initial, refused, kept }
    }

    /// Manifests that the server refused when they were applied first, and why; the applier tries them again.
    pub fn refused(&self) -> &[(Object, String)] {
        &self.refused
    }

    /// Objects that the server refused to delete at the start, and why; nobody tries again.
    pub fn kept(&self) -> &[(Key, String)] {
        &self.kept
    }

    /// Who sleeps beside work at the start: controller and subject.
    pub fn asleep(&self) -> Vec<(String, Key)> {
        self.with(|expander| self.initial.asleep.iter().map(|&process| expander.who(process)).collect())
    }

    /// What is demanded of legitimate states, and of all.
    pub fn legitimacy(&self) -> Legitimacy {
        self.with(|expander| expander.legitimacy.clone())
    }

    /// Why what the controllers did so far may not be what they would do, if one of them says so.
    pub fn doubt(&self) -> Option<String> {
        self.with(|expander| {
            let mut controllers = expander.machine.controllers.iter();
            controllers.find_map(|controller| Some(format!("{}: {}", controller.name(), controller.doubt()?)))
        })
    }

    /// The objects of a state, in the order of their keys, by the names that they have in it.
    pub fn objects(&self, state: &State) -> Vec<Object> {
        self.with(|expander| {
            let store = &mut expander.machine.store;
            let filled = store.filled(&state.cells);
            let mut objects: Vec<Object> =
                filled.iter().flat_map(|&cell| store.objects(cell, store.at(&state.cells, cell))).collect();
            objects.sort_by_cached_key(Object::key);
            objects
        })
    }

    /// How many objects there are in a state.
    pub fn n_objects(&self, state: &State) -> usize {
        self.with(|expander| {
            let store = &expander.machine.store;
            store.filled(&state.cells).into_iter().map(|cell| store.list(store.at(&state.cells, cell)).len()).sum()
        })
    }

    /// The most interchangeable objects of one content that were ever seen together.
    pub fn most_alike(&self) -> usize {
        self.with(|expander| expander.machine.store.most_alike())
    }

    /// How often a controller, and the server, was really run; everything else was remembered.
    pub fn calls(&self) -> (u64, u64) {
        self.with(|expander| (expander.machine.controller_calls, expander.machine.server_calls))
    }

    /// Whether every cache shows the store as it is.
    pub fn is_fresh(&self) -> bool {
        self.with(|expander| expander.lags.most == 0)
    }

    /// Whether what was explored so far may lack something, as a controller turned out to see more than was known; then it has to be explored
    /// again. Says so once.
    pub fn outgrown(&self) -> bool {
        self.with(|expander| expander.lags.outgrown())
    }

    /// Whether everything is current, and nobody has anything left to do.
    fn is_settled(&self, state: &State) -> bool {
        self.with(|expander| expander.is_settled(state))
    }

    fn transitions(&self, state: &State) -> Ref<'_, [Transition]> {
        if self.inner.borrow().expanded.as_ref() != Some(state) {
            let mut expander = self.inner.borrow_mut();
            expander.expand(state);
            expander.expanded = Some(state.clone());
        }
        Ref::map(self.inner.borrow(), |expander| &expander.transitions[..])
    }

    fn transition(&self, state: &State, action: &Action) -> Ref<'_, Transition> {
        Ref::map(self.transitions(state), |transitions| {
            transitions.iter().find(|t| t.action == *action).expect("only enabled actions are taken")
        })
    }

    /// The state after an action, and how the generated names were given anew.
    pub(crate) fn outcome(&self, state: &State, action: &Action) -> (State, Renaming) {
        let transition = self.transition(state, action);
        (transition.next.clone(), transition.renaming.clone())
    }

    /// Runs something on the tables of this cluster.
    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Expander) -> T) -> T {
        f(&mut self.inner.borrow_mut())
    }
}

impl System for Cluster {
    type State = State;
    type Action = Action;

    fn initial(&self) -> Vec<State> {
        vec![self.initial.clone()]
    }

    fn enabled(&self, state: &State, actions: &mut Vec<Action>) {
        actions.extend(self.transitions(state).iter().map(|t| t.action.clone()));
    }

    fn step(&self, state: &State, action: &Action) -> State {
        self.transition(state, action).next.clone()
    }
}

impl Stabilizing for Cluster {
    fn legitimate(&self, state: &State) -> bool {
        self.is_settled(state) && self.with(|expander| expander.standing(&state.cells)) != Standing::Broken
    }

    fn duty(&self, action: &Action) -> Option<Duty> {
        if action.late != NOBODY
            && let Some(process) = self.with(|expander| expander.served_by(action))
        {
            return Some(Duty(process));
        }
        match action.deed {
            Deed::Crash
            | Deed::Disturb
            | Deed::Ahead { owed: false }
            | Deed::SetOut { owed: false }
            | Deed::Step { owed: false } => None,
            Deed::Ahead { owed: true } | Deed::SetOut { owed: true } | Deed::CatchUp => {
                Some(Duty(self.with(Expander::watches)))
            }
            _ => Some(Duty(action.process)),
        }
    }

    fn cost(&self, state: &State, action: &Action) -> Cost {
        self.transition(state, action).cost
    }

    fn successors(&self, state: &State, _: &mut Vec<Action>, mut each: impl FnMut(&State, Label)) {
        let transitions = self.with(|expander| {
            expander.expanded = None;
            expander.expand(state);
            std::mem::take(&mut expander.transitions)
        });
        for Transition { action, next, cost, renaming } in &transitions {
            each(next, Label { duty: self.duty(action), cost: *cost, renames: !renaming.is_empty() });
        }
        self.with(|expander| expander.transitions = transitions);
    }

    fn form(&self, state: &State) -> State {
        State { budget: 0, disturbances: 0, step: 0, ..state.clone() }
    }

    fn violated(&self, state: &State) -> Option<usize> {
        self.with(|expander| expander.broken_invariant(&state.cells))
    }

    fn renames(&self, state: &State, action: &Action) -> bool {
        !self.transition(state, action).renaming.is_empty()
    }

    fn unknown(&self, state: &State) -> bool {
        self.with(|expander| expander.is_in_doubt(&state.cells))
            || self.with(|expander| expander.standing(&state.cells)) == Standing::Unknown && self.is_settled(state)
    }

    fn carried(&self, state: &State, action: &Action, duty: Duty) -> Option<Duty> {
        let renaming = self.transition(state, action).renaming.clone();
        self.with(|expander| expander.machine.after(duty.0, &renaming)).map(Duty)
    }
}
