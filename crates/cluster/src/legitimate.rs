//! Which states are legitimate.

use std::rc::Rc;

use evenkeel_api::Read;
use evenkeel_api::current::{Currency, current};
use rustc_hash::FxHashMap;

use crate::expand::Expander;
use crate::machine::Reader;
use crate::state::State;
use crate::store::Cells;

/// A predicate on the store, e.g. a CEL expression of a scenario.
pub trait Demand {
    /// How people call it.
    fn name(&self) -> &str;

    /// Whether the store meets it.
    fn holds(&self, store: &mut dyn Read) -> bool;
}

/// What a legitimate state needs besides that no controller has anything left to do.
#[derive(Clone, Default)]
pub struct Legitimacy {
    /// Whether objects need not be current in the sense of kstatus.
    pub ignores_status: bool,
    /// What else has to hold.
    pub demands: Vec<Rc<dyn Demand>>,
    /// What has to hold in every state.
    pub invariants: Vec<Rc<dyn Demand>>,
}

/// What was found of lists and stores before.
#[derive(Default)]
pub(crate) struct Known {
    lists: FxHashMap<u32, bool>,
}

impl Expander {
    /// Whether a state is as it should be, and nobody has anything left to do.
    pub(crate) fn is_legitimate(&mut self, state: &State) -> bool {
        state.asleep.is_empty()
            && state.flights.is_empty()
            && self.is_current(state)
            && self.processes(&state.cells).iter().all(|&process| !self.prospect(process, &state.cells).is_active)
    }

    /// Whether every object is current, nothing waits to be applied, and every demand is met.
    pub(crate) fn is_current(&mut self, state: &State) -> bool {
        if !state.pending.is_empty() {
            return false;
        }
        let ignored = self.legitimacy.ignores_status;
        // What lies around is judged where it is looked after.
        let own = 0..self.machine.store.n_cells();
        let all = ignored
            || own.into_iter().all(|cell| {
                !self.machine.store.is_own(&state.cells, cell)
                    || self.is_list_current(cell, self.machine.store.at(&state.cells, cell))
            });
        all && (0..self.legitimacy.demands.len()).all(|demand| self.is_met(demand, &state.cells))
    }

    fn is_list_current(&mut self, cell: u32, list: u32) -> bool {
        if let Some(known) = self.known_legitimacy.lists.get(&list) {
            return *known;
        }
        let objects = self.machine.store.objects(cell, list);
        let all = objects.iter().all(|object| matches!(current(object), Currency::Current));
        self.known_legitimacy.lists.insert(list, all);
        all
    }

    fn is_met(&mut self, demand: usize, cells: &Cells) -> bool {
        let demand = self.legitimacy.demands[demand].clone();
        demand.holds(&mut Reader { machine: &mut self.machine, cells, log: Vec::new() })
    }

    /// The first invariant that a store breaks.
    pub(crate) fn broken_invariant(&mut self, cells: &Cells) -> Option<usize> {
        let invariants = self.legitimacy.invariants.clone();
        invariants
            .iter()
            .position(|invariant| !invariant.holds(&mut Reader { machine: &mut self.machine, cells, log: Vec::new() }))
    }
}
