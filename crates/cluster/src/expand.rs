//! What can happen in a state: every process, every choice, and where each leads.

use std::rc::Rc;

use evenkeel_api::{Precondition, Projection, Question, Read, Request, Scope, Subresource, Verb, merge, shapes};
use evenkeel_control::{Done, Wakes};
use evenkeel_object::{Key, Kind, Object, Value};
use evenkeel_system::Cost;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::canonical::{Renaming, canonicalise};
use crate::flight::Flights;
use crate::legitimate::{Known, Legitimacy};
use crate::machine::{Halt, Machine, Put, Reader};
use crate::sleep::Sleeper;
use crate::state::State;
use crate::store::Cells;
use crate::system::{Action, Deed, Granularity};
use crate::tree::{Event, ROOT};

/// The controller number under which manifests are applied.
pub(crate) const APPLIER: u32 = u32::MAX;

/// The name of the projection by which controllers look for their subjects.
pub(crate) const KEYS: &str = "keys";

/// One thing that can happen in a state.
#[derive(Clone, Debug)]
pub(crate) struct Transition {
    pub(crate) action: Action,
    pub(crate) next: State,
    pub(crate) cost: Cost,
    pub(crate) renaming: Renaming,
}

/// One way in which a reconcile can go from start to end.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) cells: Option<Cells>,
    pub(crate) puts: Vec<(Cells, Put)>,
    pub(crate) writes: u64,
    pub(crate) node: u32,
    pub(crate) done: u32,
}

/// What a process could do if it ran now.
#[derive(Clone, Copy)]
pub(crate) struct Prospect {
    /// Whether it would change something, or would be refused and try again.
    pub(crate) is_active: bool,
    /// The cells that it read.
    pub(crate) seen: u128,
}

/// Finds the transitions of a state.
pub(crate) struct Expander {
    pub(crate) machine: Machine,
    pub(crate) granularity: Granularity,
    pub(crate) legitimacy: Legitimacy,
    /// The state that was expanded last, and what was found.
    pub(crate) expanded: Option<State>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) prospects: FxHashMap<u32, Prospect>,
    pub(crate) sleeper: Sleeper,
    pub(crate) flights: Flights,
    pub(crate) known_legitimacy: Known,
    subjects: Vec<Subjects>,
    foreign: FxHashSet<Key>,
    /// Processes that have a subject, by the answers to the questions for subjects.
    known: FxHashMap<Vec<u32>, Rc<[u32]>>,
    /// The manifests that the server refused at first.
    pub(crate) manifests: Vec<Object>,
}

struct Subjects {
    controller: u32,
    questions: Vec<u32>,
    standing: Vec<Key>,
}

impl Expander {
    pub(crate) fn new(mut machine: Machine, granularity: Granularity, legitimacy: Legitimacy) -> Expander {
        let controllers = machine.controllers.clone();
        let subjects = controllers.iter().zip(0..).map(|(controller, number)| Subjects {
            controller: number,
            questions: controller
                .subjects()
                .into_iter()
                .map(|scope| machine.questions.intern(&keys_of(scope)))
                .collect(),
            standing: controller.standing(),
        });
        let subjects = subjects.collect();
        let sleeper = Sleeper::new(&controllers.iter().map(|c| c.wakes()).collect::<Vec<Wakes>>());
        Expander {
            machine,
            granularity,
            legitimacy,
            expanded: None,
            transitions: Vec::new(),
            prospects: FxHashMap::default(),
            sleeper,
            flights: Flights::default(),
            known_legitimacy: Known::default(),
            subjects,
            foreign: FxHashSet::default(),
            known: FxHashMap::default(),
            manifests: Vec::new(),
        }
    }

    /// Puts the first objects in, and applies the manifests.
    pub(crate) fn set_up(
        &mut self,
        preset: &[Object],
        manifests: &[Object],
        foreign: &[Key],
    ) -> (State, Vec<(Object, String)>) {
        self.foreign = foreign.iter().cloned().collect();
        let mut cells = Cells::new();
        for object in preset {
            if self.foreign.contains(&object.key()) {
                self.machine.store.lay_around(object);
            } else {
                self.machine.preset(&mut cells, object);
            }
        }
        let mut left: Vec<&Object> = manifests.iter().collect();
        let mut reasons = Vec::new();
        loop {
            let n_left = left.len();
            reasons.clear();
            left.retain(|object| match self.apply_now(&mut cells, object) {
                Ok(()) => false,
                Err(reason) => {
                    reasons.push(((*object).clone(), reason));
                    true
                }
            });
            if left.len() == n_left || left.is_empty() {
                break;
            }
        }
        self.manifests = left.into_iter().cloned().collect();
        canonicalise(&mut self.machine, &Cells::new(), &mut cells, &|_| false);
        self.machine.store.forget_changes();
        let pending = (0..self.manifests.len() as u32).collect();
        (State { cells, pending, ..State::default() }, reasons)
    }

    fn apply_now(&mut self, cells: &mut Cells, object: &Object) -> Result<(), String> {
        let request = self.application(cells, object);
        let decision = self.machine.decide(request, cells);
        match self.machine.replies.get(decision.reply) {
            Ok(_) => {
                self.machine.commit(cells, &decision);
                Ok(())
            }
            Err(status) => Err(status.to_string()),
        }
    }

    /// The request by which a manifest is applied: it makes the object, or patches it as `kubectl apply` would without knowing what was applied last.
    pub(crate) fn application(&mut self, cells: &Cells, object: &Object) -> u32 {
        let key = object.key();
        let mut reader = Reader { machine: &mut self.machine, cells, log: Vec::new() };
        let verb = match if key.name.is_empty() { None } else { reader.get(&key) } {
            None => Verb::Create(object.clone()),
            Some(current) => {
                // Lists whose items have no key cannot be compared; the manifest itself is then the patch.
                let patch = merge::three_way(&key.kind, None, object, &current).unwrap_or_else(|_| object.0.clone());
                if shapes::is_built_in(&key.kind) { Verb::StrategicPatch(patch) } else { Verb::MergePatch(patch) }
            }
        };
        let manager = "kubectl-client-side-apply".into();
        self.machine.requests.intern(&Request {
            manager,
            key,
            subresource: Subresource::Main,
            verb,
            precondition: Precondition::None,
        })
    }

    /// The processes that have a subject in that store, in a fixed order.
    pub(crate) fn processes(&mut self, cells: &Cells) -> Rc<[u32]> {
        let mut answers = Vec::with_capacity(16);
        for subjects in &self.subjects {
            for question in &subjects.questions {
                answers.push(self.machine.questions.answer(*question, &mut self.machine.store, cells));
            }
        }
        if let Some(known) = self.known.get(&answers) {
            return known.clone();
        }
        let processes = self.list_processes(&answers);
        self.known.insert(answers, processes.clone());
        processes
    }

    fn list_processes(&mut self, answers: &[u32]) -> Rc<[u32]> {
        let mut answers = answers.iter();
        let mut processes = Vec::new();
        for subjects in &self.subjects {
            let mut keys = subjects.standing.clone();
            for answer in answers.by_ref().take(subjects.questions.len()) {
                keys.extend(self.machine.questions.values.get(*answer).items().iter().map(key_from));
            }
            keys.sort();
            keys.dedup();
            keys.retain(|key| !self.foreign.contains(key));
            processes.extend(keys.iter().map(|key| self.machine.process(subjects.controller, key)));
        }
        processes.into()
    }

    /// Finds what can happen in `state`.
    pub(crate) fn expand(&mut self, state: &State) {
        self.transitions.clear();
        self.prospects.clear();
        self.apply_pending(state);
        self.answer_flights(state);
        for &process in self.processes(&state.cells).iter() {
            if state.flights.iter().any(|flight| flight.process == process) {
                continue;
            }
            let mut seen = 0;
            let branches = self.branches(process, &state.cells, &mut seen);
            let is_active = branches.iter().any(|branch| self.is_active(branch));
            self.prospects.insert(process, Prospect { is_active, seen });
            if is_active && !state.asleep.contains(&process) {
                match self.granularity {
                    Granularity::Atomic => self.reconcile(state, process, branches),
                    Granularity::Interleaved => self.start(state, process, branches),
                }
            }
        }
        self.put_to_sleep(state);
        self.expanded = Some(state.clone());
    }

    /// Every way in which a reconcile can go if nobody else moves meanwhile.
    pub(crate) fn branches(&mut self, process: u32, cells: &Cells, seen: &mut u128) -> Vec<Branch> {
        // Nearly always there is nothing to do.
        let (node, halt) = self.machine.walk(process, ROOT, cells, seen);
        if let Halt::Done(done) = halt
            && *self.machine.dones.get(done) == Done::Settled
        {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut open = vec![Branch { cells: None, puts: Vec::new(), writes: 0, node, done: 0 }];
        while let Some(mut branch) = open.pop() {
            let (node, halt) = self.machine.walk(process, branch.node, branch.cells.as_ref().unwrap_or(cells), seen);
            branch.node = node;
            match halt {
                Halt::Done(done) => found.push(Branch { done, ..branch }),
                Halt::Choose(options) => open.extend((0..options).rev().map(|chosen| {
                    let node = self.machine.follow(process, node, Event::Choose { options, chosen });
                    Branch { node, ..branch.clone() }
                })),
                Halt::Write { request, why } => {
                    // What becomes of a request depends on whatever the server looks at: another policy, and it is not refused any more.
                    *seen = u128::MAX;
                    self.write(&mut branch, process, cells, request, why);
                    open.push(branch);
                }
            }
        }
        found
    }

    fn write(&mut self, branch: &mut Branch, process: u32, cells: &Cells, request: u32, why: u32) {
        let now = branch.cells.as_ref().unwrap_or(cells);
        let decision = self.machine.decide(request, now);
        branch.node = self.machine.follow(process, branch.node, Event::Write { request, why, reply: decision.reply });
        if !decision.puts.is_empty() {
            let mut after = now.clone();
            branch.puts.extend(decision.puts.iter().map(|put| (after.clone(), *put)));
            self.machine.commit(&mut after, &decision);
            branch.cells = Some(after);
            branch.writes += 1;
        }
    }

    /// Whether a branch changes something, or ends with an error that makes it try again.
    pub(crate) fn is_active(&self, branch: &Branch) -> bool {
        branch.cells.is_some() || matches!(self.machine.dones.get(branch.done), Done::Retry(_))
    }

    pub(crate) fn reconcile(&mut self, state: &State, process: u32, branches: Vec<Branch>) {
        for (number, branch) in branches.into_iter().enumerate() {
            if !self.is_active(&branch) {
                continue;
            }
            let action = Action { process, deed: Deed::Reconcile, branch: number as u32 };
            let cost = Cost { moves: 1, reconciles: 1, api_writes: branch.writes };
            let Some(mut cells) = branch.cells else {
                self.transitions.push(Transition { action, next: state.clone(), cost, renaming: Vec::new() });
                continue;
            };
            let renaming = canonicalise(&mut self.machine, &state.cells, &mut cells, &|_| false);
            let next = State { cells, ..state.clone() };
            self.sleeper.note(
                self.transitions.len(),
                process,
                branch.puts,
                matches!(self.machine.dones.get(branch.done), Done::Retry(_)),
            );
            self.transitions.push(Transition { action, next, cost, renaming });
        }
    }

    fn apply_pending(&mut self, state: &State) {
        for &waiting in &state.pending {
            let manifest = self.manifests[waiting as usize].clone();
            let request = self.application(&state.cells, &manifest);
            let key = manifest.key();
            let process = self.machine.process(APPLIER, &key);
            let action = Action { process, deed: Deed::Apply, branch: waiting };
            let decision = self.machine.decide(request, &state.cells);
            let mut next = state.clone();
            let mut cost = Cost { moves: 1, reconciles: 0, api_writes: 0 };
            let mut renaming = Vec::new();
            if self.machine.replies.get(decision.reply).is_ok() {
                let puts = decision.puts.iter().map(|put| (state.cells.clone(), *put)).collect();
                self.machine.commit(&mut next.cells, &decision);
                renaming = self.canonical(state, &mut next);
                next.pending.retain(|other| *other != waiting);
                cost.api_writes = u64::from(!decision.puts.is_empty());
                self.sleeper.note(self.transitions.len(), process, puts, false);
            }
            self.transitions.push(Transition { action, next, cost, renaming });
        }
    }

    /// Processes that a step gives something to do without waking them fall asleep.
    fn put_to_sleep(&mut self, state: &State) {
        for (index, note) in self.sleeper.take_notes() {
            let transition = &self.transitions[index];
            let (renaming, next) = (transition.renaming.clone(), transition.next.clone());
            let asleep = self.asleep_after(state, &next, &renaming, &note);
            self.transitions[index].next.asleep = asleep;
        }
    }
}

/// The question for the keys of the objects of a scope.
fn keys_of(scope: Scope) -> Question {
    let projection = Projection {
        name: KEYS,
        args: Value::Null,
        of: |_, objects| Value::list(objects.iter().map(key_to)),
        join: |_, left, right| evenkeel_api::read::concatenated(left, right),
    };
    Question { scope, projection }
}

fn key_to(object: &Object) -> Value {
    let key = object.key();
    Value::list([
        Value::String(key.kind.group),
        Value::String(key.kind.name),
        Value::String(key.namespace),
        Value::String(key.name),
    ])
}

fn key_from(value: &Value) -> Key {
    Key::new(Kind::new(value[0].text(), value[1].text()), value[2].text(), value[3].text())
}
