//! Ticks of the clock, where a Scenario has one.
//!
//! A tick is a move of the world outside: each timer has one tick less left. It happens only where some timer is running, and nobody has anything to do:
//! everything else is quick compared with a tick. So a tick is owed to no one as long as anybody can move, and owed where nobody can.
//! Ticks in a row between which nothing can happen are one move. A state in which a timer is running is no rest. Timers are kept in the store ([`evenkeel_api::timer`]); those of other parts tick there.

use evenkeel_api::timer::{is_timer, left, ticked};
use evenkeel_object::{Key, Kind};
use evenkeel_system::Cost;

use crate::expand::{Expander, Raw};
use crate::late::NOBODY;
use crate::machine::Put;
use crate::outcome::Branch;
use crate::state::State;
use crate::store::{Cells, EMPTY};
use crate::system::{Action, Deed};

/// The controller number of the clock.
pub(crate) const CLOCK: u32 = u32::MAX - 4;

/// The cells in which timers are.
#[derive(Default)]
pub(crate) struct Timers {
    cells: Vec<u32>,
    /// How many cells were looked at.
    n_seen: u32,
}

impl Expander {
    /// Whether a timer is running.
    pub(crate) fn is_timed(&mut self, cells: &Cells) -> bool {
        let n_cells = self.machine.store.n_cells();
        for cell in self.timers.n_seen..n_cells {
            if is_timer(&self.machine.store.place(cell).kind) {
                self.timers.cells.push(cell);
            }
        }
        self.timers.n_seen = n_cells;
        self.timers.cells.iter().any(|&cell| {
            let list = self.machine.store.at(cells, cell);
            list != EMPTY
                && self.machine.store.is_original(cell)
                && self.machine.store.objects(cell, list).iter().any(|timer| left(timer) > Some(0))
        })
    }

    /// Adds the next tick, if nobody has anything to do.
    pub(crate) fn tick(&mut self, state: &State) {
        if !state.flights.is_empty() || !self.is_quiet(state) {
            return;
        }
        let mut next = self.copy(state);
        let (mut puts, mut n_ticks) = (Vec::new(), 0);
        loop {
            let more = self.ticks(&next.cells);
            if more.is_empty() {
                break;
            }
            more.iter().for_each(|put| self.machine.commit_put(&mut next.cells, *put));
            puts.extend(more);
            n_ticks += 1;
            if self.can_come_between(state) || self.is_anybody_up(state, &next.cells) {
                break;
            }
        }
        if n_ticks == 0 {
            return;
        }
        let process = self.machine.process(CLOCK, &Key::new(Kind::new("", "time"), "", ""));
        let action = Action { process, deed: Deed::Tick, branch: n_ticks, late: NOBODY, view: 0 };
        self.conclude(state, Raw { action, next, cost: Cost::default(), puts: &puts, stays: false });
    }

    /// Whether anything can happen besides what processes do: then it can between any two ticks.
    fn can_come_between(&self, state: &State) -> bool {
        state.disturbances > 0 || self.plan.has_more(state.step)
    }

    /// Whether a process has something to do once the store is like that.
    fn is_anybody_up(&mut self, state: &State, cells: &Cells) -> bool {
        let crew = self.prospects.crew.all.clone();
        let awake = crew.iter().filter(|process| !state.asleep.contains(process));
        let mut able = awake.filter(|process| !self.is_patient(**process)).copied().collect::<Vec<u32>>().into_iter();
        able.any(|process| self.prospect(process, cells).branches.iter().any(Branch::writes_something))
    }

    /// What a tick changes.
    fn ticks(&mut self, cells: &Cells) -> Vec<Put> {
        let mut puts = Vec::new();
        for cell in self.timers.cells.clone() {
            if !self.machine.store.is_original(cell) {
                continue;
            }
            let list = self.machine.store.at(cells, cell);
            for &(number, content) in self.machine.store.list(list).iter() {
                let timer = self.machine.store.object(cell, number, content);
                if let Some(later) = ticked(&timer).filter(|_| !self.subjects.are_foreign(&timer.key())) {
                    let content = Some(self.machine.store.content(cell, number, &later));
                    puts.push(Put { cell, number, content });
                }
            }
        }
        puts
    }

    /// Whether a request is about a timer: no write that anybody would count.
    pub(crate) fn is_about_timers(&self, request: u32) -> bool {
        is_timer(&self.machine.requests.get(request).key.kind)
    }

    /// Whether a reconcile changed nothing but timers.
    pub(crate) fn is_bookkeeping(&self, branch: &Branch) -> bool {
        branch.writes_something() && branch.writes == 0
    }
}
