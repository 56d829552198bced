//! What people do afterwards: steps in a fixed order, each at its moment.
//!
//! How far a plan has come is part of the state, so a state with a step yet to come is not an end. A step is one move whose requests follow each other
//! without anybody between them. Steps of other parts are left out; where a step of this part may come at any moment, but only after such a step for
//! which all had to settle, it is preceded by a move that waits for that and does nothing.

use evenkeel_control::Controller;
use evenkeel_object::{Key, Kind};
use evenkeel_system::Cost;

use crate::expand::{Expander, Raw};
use crate::late::NOBODY;
use crate::machine::{Halt, Machine, Scene};
use crate::outcome::Branch;
use crate::state::{Flight, State};
use crate::subject::Subjects;
use crate::system::{Action, Deed};
use crate::tree::Event;

/// The controller number under which nothing is done but to wait.
pub(crate) const PATIENCE: u32 = u32::MAX - 3;

/// A step that people plan.
pub struct Planned {
    /// Who does it: a controller with one standing key, whose reconcile is the step. It is done when that ends without an error.
    pub controller: Box<dyn Controller>,
    /// When.
    pub moment: Moment,
    /// How many times it may happen; exactly once if none.
    pub at_most: Option<u32>,
}

/// When a step happens, after the one before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Moment {
    /// Once nothing changes any more.
    #[default]
    Settled,
    /// At any moment.
    Any,
}

/// A step whose controller is among the others.
pub(crate) struct Step {
    controller: u32,
    key: Key,
    moment: Moment,
    at_most: Option<u32>,
}

/// All controllers, those of the steps last.
pub(crate) fn numbered(
    mut controllers: Vec<Box<dyn Controller>>,
    plan: Vec<Planned>,
) -> (Vec<Box<dyn Controller>>, Vec<Step>) {
    let mut steps = Vec::with_capacity(plan.len());
    for Planned { controller, moment, at_most } in plan {
        let key = controller.standing().swap_remove(0);
        steps.push(Step { controller: controllers.len() as u32, key, moment, at_most });
        controllers.push(controller);
    }
    (controllers, steps)
}

/// A place in the plan: something that happens once, or may.
struct Place {
    /// Who does it; nobody, if it is only waited.
    process: Option<u32>,
    waits: bool,
    is_optional: bool,
    /// The place where the next step begins.
    next: u32,
}

/// The steps that are left to do in this part, and may be done, in order.
#[derive(Default)]
pub(crate) struct Plan {
    places: Vec<Place>,
}

impl Plan {
    /// The plan of these steps, without those that others look after.
    pub(crate) fn new(steps: &[Step], machine: &mut Machine, subjects: &Subjects) -> Plan {
        let mut places: Vec<Place> = Vec::new();
        let mut waited_elsewhere = false;
        for Step { controller, key, moment, at_most } in steps {
            if subjects.are_foreign(key) {
                waited_elsewhere |= *moment == Moment::Settled && at_most.is_none();
                continue;
            }
            if waited_elsewhere && *moment == Moment::Any {
                let next = places.len() as u32 + 1;
                places.push(Place { process: None, waits: true, is_optional: false, next });
            }
            waited_elsewhere = false;
            let times = at_most.unwrap_or(1);
            let next = places.len() as u32 + times;
            let process = Some(machine.process(*controller, key));
            let (waits, is_optional) = (*moment == Moment::Settled, at_most.is_some());
            places.extend((0..times).map(|_| Place { process, waits, is_optional, next }));
        }
        Plan { places }
    }

    /// Whether nothing has to happen any more.
    pub(crate) fn is_done(&self, step: u32) -> bool {
        self.places[step as usize..].iter().all(|place| place.is_optional)
    }

    /// Whether anything is left that has to happen, or may.
    pub(crate) fn has_more(&self, step: u32) -> bool {
        self.places.len() > step as usize
    }

    /// The places that can come next: what may be done may be left out.
    fn open(&self, step: u32) -> Vec<u32> {
        let mut open = Vec::new();
        let mut at = step;
        while let Some(place) = self.places.get(at as usize) {
            open.push(at);
            if !place.is_optional {
                break;
            }
            at = place.next;
        }
        open
    }
}

impl Expander {
    /// Adds the steps that can come now, and what happens with time.
    pub(crate) fn go_on(&mut self, state: &State) {
        if self.plan.has_more(state.step) {
            self.take_steps(state);
        }
        if self.is_timed(&state.cells) {
            return self.tick(state);
        }
        let is_patient = |expander: &Expander, process: &u32| expander.is_patient(*process);
        let patient: Vec<u32> =
            self.prospects.crew.all.iter().copied().filter(|process| is_patient(self, process)).collect();
        if patient.is_empty() || !self.plan.is_done(state.step) || !self.is_quiet(state) {
            return;
        }
        for process in patient {
            let outcome = self.prospect(process, &state.cells);
            self.reconcile(state, process, &outcome);
        }
    }

    /// Whether a process waits for time to pass.
    pub(crate) fn is_patient(&self, process: u32) -> bool {
        self.patient.contains(&self.machine.processes.get(process).controller)
    }

    fn take_steps(&mut self, state: &State) {
        let open = self.plan.open(state.step);
        let is_quiet = open.iter().any(|&at| self.plan.places[at as usize].waits)
            && !self.is_timed(&state.cells)
            && self.is_quiet(state);
        for at in open {
            let Place { process, waits, is_optional, .. } = self.plan.places[at as usize];
            if waits && !is_quiet {
                continue;
            }
            match process {
                Some(process) => self.take_step(state, process, at, is_optional),
                None => self.wait(state, at),
            }
        }
    }

    fn take_step(&mut self, state: &State, process: u32, at: u32, is_optional: bool) {
        let outcome = self.prospect(process, &state.cells);
        let nothing = [Branch::default()];
        let branches = if outcome.branches.is_empty() { &nothing } else { &outcome.branches[..] };
        for (branch, number) in branches.iter().zip(0..) {
            if is_optional && branch.retries {
                continue;
            }
            let action =
                Action { process, deed: Deed::Step { owed: !is_optional }, branch: number, late: NOBODY, view: 0 };
            let mut branch = branch.clone();
            self.unremembered(state, &mut branch.puts);
            let (mut next, cost) = self.after(state, &branch);
            if !branch.retries {
                next.step = at + 1;
            }
            let cost = Cost { reconciles: 0, ..cost };
            self.with_late(state, Raw { action, next, cost, puts: &branch.puts, stays: branch.retries });
        }
    }

    fn wait(&mut self, state: &State, at: u32) {
        let process = self.machine.process(PATIENCE, &Key::new(Kind::new("", "everything"), "", ""));
        let action = Action { process, deed: Deed::Wait, branch: 0, late: NOBODY, view: 0 };
        let mut next = self.copy(state);
        next.step = at + 1;
        self.conclude(state, Raw { action, next, cost: Cost::default(), puts: &[], stays: false });
    }

    /// Whether nobody changes anything any more by himself, though some may try in vain, and every cache shows everything.
    pub(crate) fn is_quiet(&mut self, state: &State) -> bool {
        if !(state.log.is_empty() && state.behind.is_empty()) {
            return false;
        }
        let writes = |branch: &Branch| branch.writes_something();
        let moves = |process: &u32| {
            let outcome = self.prospects.of(*process);
            !state.asleep.contains(process)
                && !self.is_patient(*process)
                && outcome.is_some_and(|outcome| outcome.branches.iter().any(writes))
        };
        if self.prospects.crew.all.iter().any(moves) {
            return false;
        }
        let waits_in_vain = |&waiting: &u32| {
            let manifest = self.manifests[waiting as usize].clone();
            let request = self.application(&state.cells, &manifest);
            self.machine.decide(request, &state.cells).puts.is_empty()
        };
        state.pending.iter().all(waits_in_vain)
            && state.flights.iter().all(|flight| self.comes_to_nothing(flight, state))
    }

    /// Whether a reconcile under way changes nothing on any of its requests if nobody else moves.
    fn comes_to_nothing(&mut self, flight: &Flight, state: &State) -> bool {
        let mut at = *flight;
        loop {
            let (request, why) = self.request(&at, &state.cells);
            let sent = self.as_sent(&at, request);
            let decision = self.machine.decide(sent, &state.cells);
            if !decision.puts.is_empty() {
                return false;
            }
            let event = Event::Write { request, why, reply: decision.reply };
            let node = self.machine.follow(at.process, at.node, event);
            match self.machine.walk(at.process, node, Scene::fresh(&state.cells)) {
                (node, Halt::Write { .. }) => at.node = node,
                (_, Halt::Done(_)) => return true,
                (_, Halt::Choose(_)) => return false,
            }
        }
    }
}
