//! Reconciles that had begun before a step, and do not know of it.
//!
//! When a reconcile has begun and sent nothing yet, it has only read. As long as what it read is still so, its future is that of one that has not begun:
//! it would read the same. So a state never holds a reconcile that has begun and knows nothing but what is so; it begins and sends its first request in one
//! step. Where another step changes what it would have read, it may have begun before; then it is late, and goes on from what it saw. Each step is
//! therefore taken with every set of reconciles that it makes late.
//!
//! Of these, one whose first request is sure to be refused because its object has changed, and that will then be tried again, does nothing but cost:
//! it is told with the step, and leaves no trace in the state. But it was served: so each such step is there once more as a step of its own, or a run
//! in which somebody tries in vain for ever would count as one in which he is passed over.

use evenkeel_control::Done;
use evenkeel_system::Cost;

use crate::expand::{Expander, Raw};
use crate::machine::{Halt, Scene};
use crate::state::{Flight, State};
use crate::store::Renaming;
use crate::system::{Action, Granularity, Starts};
use crate::tree::Event;

/// The handle of the empty list of reconciles.
pub(crate) const NOBODY: u32 = 0;

/// A reconcile that had begun before a step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Late {
    pub(crate) process: u32,
    /// Where it waits in the tree of its process.
    pub(crate) node: u32,
    /// Whether its request is refused and it is tried again, before anything else happens.
    pub(crate) is_in_vain: bool,
}

/// What a reconcile costs that has begun and not sent anything.
const BEGUN: Cost = Cost { moves: 1, reconciles: 1, api_writes: 0 };

/// What one costs whose only request is refused.
const IN_VAIN: Cost = Cost { moves: 2, reconciles: 1, api_writes: 0 };

/// The reconciles that a step makes late.
#[derive(Default)]
struct Crowd {
    in_vain: Vec<Late>,
    /// For each process, the ways in which it may have begun.
    choices: Vec<Vec<Flight>>,
}

impl Expander {
    /// Adds a transition, and what it becomes where reconciles had begun before it.
    pub(crate) fn with_late(&mut self, state: &State, raw: Raw<'_>) {
        let can_be = self.granularity == Granularity::Interleaved && self.starts == Starts::WhereItMatters;
        if !can_be || raw.puts.is_empty() {
            self.conclude(state, raw);
            return;
        }
        let crowd = self.crowd(state, &raw);
        self.conclude(state, raw.clone());
        let mut in_vain = raw;
        in_vain.cost = crowd.in_vain.iter().fold(in_vain.cost, |cost, _| cost + IN_VAIN);
        if !crowd.in_vain.is_empty() {
            in_vain.action.late = self.flights.late.intern(&crowd.in_vain);
            self.conclude(state, in_vain.clone());
        }
        for late in combinations(&crowd.choices) {
            let mut raw = in_vain.clone();
            let mut list = crowd.in_vain.clone();
            list.extend(late.iter().map(|f| Late { process: f.process, node: f.node, is_in_vain: false }));
            raw.action.late = self.flights.late.intern(&list);
            raw.cost = late.iter().fold(raw.cost, |cost, _| cost + BEGUN);
            raw.next.flights.extend(late);
            raw.next.flights.sort_unstable();
            self.conclude(state, raw);
        }
    }

    /// Adds each step that somebody tried in vain before once more as his own: he was served by it, as much as the one whose step it is.
    ///
    /// It is the same run, with the two in the same order; only what fairness makes of it differs.
    pub(crate) fn serve_late(&mut self) {
        for at in 0..self.transitions.len() {
            let late = self.transitions[at].action.late;
            if late == NOBODY {
                continue;
            }
            let in_vain: Vec<bool> = self.flights.late.get(late).iter().map(|late| late.is_in_vain).collect();
            for number in (1..).zip(in_vain).filter_map(|(number, is_in_vain)| is_in_vain.then_some(number)) {
                let mut served = self.transitions[at].clone();
                served.action.view = number;
                self.transitions.push(served);
            }
        }
    }

    /// Who is served by a step: the one whose step it is, or one who tried in vain before.
    pub(crate) fn served_by(&self, action: &Action) -> Option<u32> {
        let late = action.view.checked_sub(1)?;
        Some(self.flights.late.get(action.late)[late as usize].process)
    }

    fn crowd(&mut self, state: &State, raw: &Raw<'_>) -> Crowd {
        let changed = self.changed_cells(&state.cells, &raw.next.cells);
        let mut crowd = Crowd::default();
        let mut woken = None;
        for &process in self.prospects.crew.all.clone().iter() {
            let Some(before) = self.prospects.of(process).cloned() else { continue };
            let could_begin = before.is_active && process != raw.action.process && !state.asleep.contains(&process);
            let could_begin = could_begin && !self.is_patient(process);
            if !could_begin || self.depends_on(process) & changed == 0 {
                continue;
            }
            let after = self.prospect(process, &raw.next.cells).firsts();
            let mut choices = Vec::new();
            for node in before.firsts().into_iter().filter(|node| !after.contains(node)) {
                let mut flight = [self.begun(process, node)];
                let woken = woken.get_or_insert_with(|| self.woken(&state.cells, raw.puts, &Renaming::new()));
                self.touch(&mut flight, raw.puts, woken);
                if self.is_in_vain(&flight[0], &raw.next) {
                    crowd.in_vain.push(Late { process, node, is_in_vain: true });
                } else {
                    choices.push(flight[0]);
                }
            }
            crowd.choices.extend((!choices.is_empty()).then_some(choices));
        }
        crowd
    }

    /// Whether a late reconcile is refused because of a conflict, then tried again, and sure to be woken if its object should go.
    fn is_in_vain(&mut self, flight: &Flight, next: &State) -> bool {
        let (request, why) = self.request(flight, &next.cells);
        let sent = self.as_sent(flight, request);
        let (cell, _) = self.target(request);
        if sent == request || !self.hears_of(flight.process, cell) {
            return false;
        }
        let reply = self.machine.decide(sent, &next.cells).reply;
        if !self.machine.replies.get(reply).as_ref().is_err_and(|status| status.is_conflict()) {
            return false;
        }
        let node = self.machine.follow(flight.process, flight.node, Event::Write { request, why, reply });
        let (_, halt) = self.machine.walk(flight.process, node, Scene::fresh(&next.cells));
        matches!(halt, Halt::Done(done) if matches!(self.machine.dones.get(done), Done::Retry(_)))
    }

    /// Whether a process cannot fall asleep, or watches what is in a cell.
    fn hears_of(&mut self, process: u32, cell: u32) -> bool {
        let controller = self.machine.processes.get(process).controller;
        !self.sleeper.can_sleep(controller) || self.watchers(cell).contains(&controller)
    }
}

/// Every way to take at most one of each list, but for taking none at all.
fn combinations(choices: &[Vec<Flight>]) -> Vec<Vec<Flight>> {
    let mut all: Vec<Vec<Flight>> = vec![Vec::new()];
    for options in choices {
        let with: Vec<Vec<Flight>> = all
            .iter()
            .flat_map(|chosen| options.iter().map(move |option| chosen.iter().copied().chain([*option]).collect()))
            .collect();
        all.extend(with);
    }
    all.split_off(1)
}
