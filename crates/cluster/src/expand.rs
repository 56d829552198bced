//! What can happen in a state: every process, every choice, and where each leads.

use std::rc::Rc;

use evenkeel_control::{Done, Wakes};
use evenkeel_object::{Key, Object};
use evenkeel_system::Cost;
use rustc_hash::FxHashMap;

use crate::disturb::{Disturbance, Threat};
use crate::flight::Flights;
use crate::identity::Memories;
use crate::lag::{Lags, View};
use crate::late::NOBODY;
use crate::legitimate::{Known, Legitimacy};
use crate::machine::{Halt, Machine, Put, Scene};
use crate::outcome::{Branch, Outcome, Outcomes};
use crate::plan::Plan;
use crate::prospect::Prospects;
use crate::sleep::Sleeper;
use crate::state::State;
use crate::store::{Cells, Renaming};
use crate::subject::{Crew, Subjects};
use crate::system::{Action, Deed, Granularity, Starts};
use crate::tick::Timers;
use crate::tree::{Event, ROOT};

/// The controller number under which manifests are applied.
pub(crate) const APPLIER: u32 = u32::MAX;

/// One thing that can happen in a state.
#[derive(Clone, Debug)]
pub(crate) struct Transition {
    pub(crate) action: Action,
    pub(crate) next: State,
    pub(crate) cost: Cost,
    pub(crate) renaming: Renaming,
}

/// A step before its outcome is in canonical form.
#[derive(Clone)]
pub(crate) struct Raw<'p> {
    pub(crate) action: Action,
    pub(crate) next: State,
    pub(crate) cost: Cost,
    /// The changes that it made, in order.
    pub(crate) puts: &'p [Put],
    /// Whether the process that moved stays in the queue.
    pub(crate) stays: bool,
}

/// A reconcile that is followed from its start.
#[derive(Clone)]
struct Way {
    /// The store as it has become; none if nothing was written.
    cells: Option<Cells>,
    branch: Branch,
    /// What the cells held that were written, where somebody may still see it.
    passed: Vec<(u32, u32)>,
}

/// Finds the transitions of a state.
pub(crate) struct Expander {
    pub(crate) machine: Machine,
    pub(crate) granularity: Granularity,
    pub(crate) starts: Starts,
    /// What the world outside can do.
    pub(crate) sorts: Vec<Disturbance>,
    /// What it can do to each list, by the list's handle.
    pub(crate) threats: FxHashMap<u32, Rc<[Threat]>>,
    pub(crate) legitimacy: Legitimacy,
    /// The state that was expanded last, and what was found.
    pub(crate) expanded: Option<State>,
    pub(crate) transitions: Vec<Transition>,
    /// States that nobody needs any more, for the memory that they hold.
    spare: Vec<State>,
    pub(crate) prospects: Prospects,
    pub(crate) outcomes: Outcomes,
    pub(crate) subjects: Subjects,
    pub(crate) sleeper: Sleeper,
    pub(crate) flights: Flights,
    pub(crate) memories: Memories,
    pub(crate) lags: Lags,
    pub(crate) known_legitimacy: Known,
    /// What people do afterwards.
    pub(crate) plan: Plan,
    /// The controllers that wait for time to pass, by number.
    pub(crate) patient: Vec<u32>,
    /// Where timers are.
    pub(crate) timers: Timers,
    /// The manifests that the server refused at first.
    pub(crate) manifests: Vec<Object>,
    /// What was applied before, by key.
    pub(crate) last_applied: FxHashMap<Key, Object>,
}

impl Expander {
    /// Of the controllers of the machine, the first `n_controllers` act by themselves.
    pub(crate) fn new(
        machine: Machine,
        n_controllers: usize,
        granularity: Granularity,
        legitimacy: Legitimacy,
    ) -> Expander {
        let sleeper = Sleeper::new(&machine.controllers.iter().map(|c| c.wakes()).collect::<Vec<Wakes>>());
        let subjects = Subjects::new(&machine, n_controllers);
        let patient = (0..).zip(machine.controllers.iter()).filter(|(_, controller)| controller.is_patient());
        let patient = patient.map(|(number, _)| number).collect();
        Expander {
            machine,
            granularity,
            starts: Starts::default(),
            sorts: Vec::new(),
            threats: FxHashMap::default(),
            legitimacy,
            expanded: None,
            transitions: Vec::new(),
            spare: Vec::new(),
            prospects: Prospects::default(),
            outcomes: Outcomes::default(),
            subjects,
            sleeper,
            flights: Flights::new(),
            memories: Memories::default(),
            lags: Lags::default(),
            known_legitimacy: Known::default(),
            plan: Plan::default(),
            patient,
            timers: Timers::default(),
            manifests: Vec::new(),
            last_applied: FxHashMap::default(),
        }
    }

    /// The processes that have a subject in a state, in a fixed order.
    pub(crate) fn processes(&mut self, state: &State) -> Crew {
        let past = state.log.iter().map(|passed| (passed.cell, passed.list));
        self.subjects.processes(&mut self.machine, &state.cells, past)
    }

    /// Finds what can happen in `state`.
    pub(crate) fn expand(&mut self, state: &State) {
        self.spare.extend(self.transitions.drain(..).map(|transition| transition.next));
        if self.lags.most > 0 {
            return self.expand_lagging(state);
        }
        let crew = self.processes(state);
        let processes = crew.all.clone();
        self.foresee(state, &crew);
        self.apply_pending(state);
        self.answer_flights(state);
        for &process in processes.iter() {
            let Some(outcome) = self.prospects.of(process).cloned() else { continue };
            if outcome.is_active && !state.asleep.contains(&process) && !self.is_patient(process) {
                match self.granularity {
                    Granularity::Atomic => self.reconcile(state, process, &outcome),
                    Granularity::Interleaved => self.start(state, process, &outcome),
                }
            }
        }
        self.disturb(state);
        self.go_on(state);
        self.put_to_sleep(state);
        self.serve_late();
        self.machine.asked.clear();
    }

    /// A copy of a state.
    pub(crate) fn copy(&mut self, state: &State) -> State {
        let mut copy = self.spare.pop().unwrap_or_default();
        copy.clone_from(state);
        copy
    }

    /// Finds out what each process could do that is not at work already.
    pub(crate) fn foresee(&mut self, state: &State, crew: &Crew) {
        self.prospects.begin(crew);
        for (at, &process) in crew.all.iter().enumerate() {
            let is_at_work = state.flights.iter().any(|flight| flight.process == process);
            let outcome = (!is_at_work).then(|| self.prospect(process, &state.cells));
            self.prospects.push(process, at, outcome);
        }
    }

    /// Adds a transition to a state that is not in canonical form yet.
    pub(crate) fn conclude(&mut self, state: &State, raw: Raw) {
        if self.lags.most > 0 {
            return self.conclude_on(state, raw, &[]);
        }
        let Raw { action, mut next, cost, puts, stays } = raw;
        let is_idle = puts.is_empty() && next.cells == state.cells && next.flights == state.flights;
        let renaming = if is_idle { Renaming::new() } else { self.canonical(state, &mut next) };
        if !is_idle {
            self.sleeper.note(self.transitions.len(), action.process, puts, stays);
        }
        self.transitions.push(Transition { action, next, cost, renaming });
    }

    /// What a process can do if it runs now, sees everything, and nobody else moves meanwhile.
    pub(crate) fn prospect(&mut self, process: u32, cells: &Cells) -> Rc<Outcome> {
        let view = (self.lags.most > 0).then(|| View::of(cells));
        self.foreseen(process, cells, view.as_ref())
    }

    /// What a process can do if it runs now and sees that.
    pub(crate) fn prospect_on(&mut self, process: u32, state: &State, view: &View) -> Rc<Outcome> {
        self.foreseen(process, &state.cells, Some(view))
    }

    fn foreseen(&mut self, process: u32, cells: &Cells, view: Option<&View>) -> Rc<Outcome> {
        let seen = (seen_on(cells, view), view.map_or(0, |view| view.key));
        let Machine { questions, store, .. } = &mut self.machine;
        if let Some(known) = self.outcomes.find(process, questions, store, seen) {
            return known.clone();
        }
        self.machine.asked.clear();
        let branches = self.branches(process, cells, view);
        let is_active = branches.iter().any(Branch::is_active);
        let outcome = Rc::new(Outcome { branches, is_active });
        let Machine { questions, store, asked, .. } = &mut self.machine;
        self.outcomes.remember(process, &outcome, asked, (questions, store), seen);
        if self.lags.most > 0 {
            let (controller, asked) =
                (self.machine.processes.get(process).controller, std::mem::take(&mut self.machine.asked));
            self.learn_questions(controller, &asked);
        }
        outcome
    }

    /// The bits of the cells on which it depends what a process can do.
    pub(crate) fn depends_on(&self, process: u32) -> u128 {
        self.outcomes.mask(process)
    }

    /// Every way in which a reconcile can go if nobody else moves meanwhile. Its cache shows what the view says until it ends; without one, the store.
    pub(crate) fn branches(&mut self, process: u32, cells: &Cells, view: Option<&View>) -> Vec<Branch> {
        // Nearly always there is nothing to do.
        let (node, halt) = self.machine.walk(process, ROOT, seen_on(cells, view));
        if let Halt::Done(done) = halt
            && *self.machine.dones.get(done) == Done::Settled
        {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut open = vec![Way { cells: None, branch: Branch { node, ..Branch::default() }, passed: Vec::new() }];
        while let Some(mut way) = open.pop() {
            let scene = seen_on(way.cells.as_ref().unwrap_or(cells), view);
            let (node, halt) = self.machine.walk(process, way.branch.node, scene);
            way.branch.node = node;
            match halt {
                Halt::Done(done) => {
                    let retries = matches!(self.machine.dones.get(done), Done::Retry(_));
                    found.push(Branch { done, retries, ..way.branch });
                }
                Halt::Choose(options) => open.extend((0..options).rev().map(|chosen| {
                    let mut way = way.clone();
                    way.branch.node = self.machine.follow(process, node, Event::Choose { options, chosen });
                    way
                })),
                Halt::Write { request, why } => {
                    self.write(&mut way, process, (cells, view), (request, why));
                    open.push(way);
                }
            }
        }
        found
    }

    fn write(
        &mut self,
        way: &mut Way,
        process: u32,
        (cells, view): (&Cells, Option<&View>),
        (request, why): (u32, u32),
    ) {
        let now = way.cells.as_ref().unwrap_or(cells);
        let decision = match view {
            Some(view) => self.decided_on((process, way.branch.node, request), now, view, &mut way.passed),
            None => self.machine.decide(request, now),
        };
        way.branch.first.get_or_insert(way.branch.node);
        let event = Event::Write { request, why, reply: decision.reply };
        way.branch.node = self.machine.follow(process, way.branch.node, event);
        if !decision.puts.is_empty() {
            let mut after = now.clone();
            self.machine.commit(&mut after, &decision);
            way.cells = Some(after);
            way.branch.puts.extend_from_slice(&decision.puts);
            way.branch.writes += u64::from(!self.is_about_timers(request));
        }
    }

    pub(crate) fn reconcile(&mut self, state: &State, process: u32, outcome: &Outcome) {
        for (number, branch) in outcome.branches.iter().enumerate().filter(|(_, branch)| branch.is_active()) {
            let action = Action { process, deed: Deed::Reconcile, branch: number as u32, late: NOBODY, view: 0 };
            let (next, cost) = self.after(state, branch);
            self.conclude(state, Raw { action, next, cost, puts: &branch.puts, stays: branch.retries });
        }
    }

    /// The state after a whole reconcile that goes that way, before it is in canonical form, and what it costs.
    pub(crate) fn after(&mut self, state: &State, branch: &Branch) -> (State, Cost) {
        let mut next = self.copy(state);
        for &put in &branch.puts {
            self.machine.commit_put(&mut next.cells, put);
        }
        let cost = Cost { moves: 1, reconciles: 1, api_writes: branch.writes };
        (next, if self.is_bookkeeping(branch) { Cost::default() } else { cost })
    }

    pub(crate) fn apply_pending(&mut self, state: &State) {
        for &waiting in &state.pending {
            let manifest = self.manifests[waiting as usize].clone();
            let request = self.application(&state.cells, &manifest);
            let process = self.machine.process(APPLIER, &manifest.key());
            let action = Action { process, deed: Deed::Apply, branch: waiting, late: NOBODY, view: 0 };
            let mut decision = self.machine.decide(request, &state.cells);
            let mut next = state.clone();
            let mut cost = Cost { moves: 1, reconciles: 0, api_writes: 0 };
            if self.machine.replies.get(decision.reply).is_ok() {
                let mut puts = decision.puts.to_vec();
                self.unremembered(state, &mut puts);
                decision.puts = puts.into();
                self.machine.commit(&mut next.cells, &decision);
                next.pending.retain(|other| *other != waiting);
                cost.api_writes = u64::from(!decision.puts.is_empty());
            }
            self.with_late(state, Raw { action, next, cost, puts: &decision.puts, stays: false });
        }
    }

    /// Processes that a step gives something to do without waking them fall asleep.
    pub(crate) fn put_to_sleep(&mut self, state: &State) {
        let (notes, puts) = self.sleeper.take_notes();
        let mut transitions = std::mem::take(&mut self.transitions);
        for (index, note) in &notes {
            let Transition { renaming, next, .. } = &mut transitions[*index];
            let mut asleep = std::mem::take(&mut next.asleep);
            self.asleep_after((state, next), renaming, (note, &puts), &mut asleep);
            next.asleep = asleep;
        }
        self.transitions = transitions;
        self.sleeper.forget(notes, puts);
    }
}

/// What a reconcile sees whose cache shows what the view says; without one, the store.
fn seen_on<'c>(cells: &'c Cells, view: Option<&'c View>) -> Scene<'c> {
    Scene { cells, cache: view.map_or(cells, |view| &view.cells) }
}
