//! Which states are legitimate.

use std::rc::Rc;

use evenkeel_api::current::{Currency, current};
use evenkeel_object::Object;
use rustc_hash::FxHashMap;

use crate::ask::Source;
use crate::demand::{Demand, Finding, Reach, Standing};
use crate::expand::Expander;
use crate::state::State;
use crate::store::Cells;

/// What a legitimate state needs besides that no controller has anything left to do.
#[derive(Clone, Debug, Default)]
pub struct Legitimacy {
    /// Whether objects need not be current in the sense of kstatus.
    pub ignores_status: bool,
    /// What else has to hold.
    pub demands: Vec<Rc<Demand>>,
    /// What has to hold in every state.
    pub invariants: Vec<Rc<Demand>>,
}

impl Legitimacy {
    /// Demands and invariants alike.
    pub fn all(&self) -> impl Iterator<Item = &Rc<Demand>> {
        self.demands.iter().chain(&self.invariants)
    }

    /// Those that are about many objects together, by their names: somebody who sees all of them has to answer for each.
    pub fn shared(&self) -> impl Iterator<Item = &Rc<Demand>> {
        self.all().filter(|demand| demand.reach == Reach::Together)
    }

    /// What is demanded of each object, and of the shared demands only those of these names.
    pub fn sharing(&self, names: &[String]) -> Legitimacy {
        let mut own = self.clone();
        let is_own = |demand: &Rc<Demand>| demand.reach == Reach::Each || names.contains(&demand.name);
        own.demands.retain(is_own);
        own.invariants.retain(is_own);
        own
    }

    /// Whether an object by itself is as a legitimate state needs it.
    pub fn is_met_by(&self, object: &Object) -> bool {
        let of_each = self.demands.iter().filter(|demand| demand.reach == Reach::Each);
        (self.ignores_status || matches!(current(object), Currency::Current))
            && of_each.into_iter().all(|demand| demand.is_met_by(object))
    }
}

/// What was found of lists and stores before.
#[derive(Default)]
pub(crate) struct Known {
    lists: FxHashMap<u32, bool>,
    /// The questions of the demands and then of the invariants.
    questions: Vec<u32>,
    /// What was found, by the place of the demand and the answer to its question.
    findings: FxHashMap<(usize, u32), Rc<[Finding]>>,
}

impl Expander {
    /// Whether every object is current, nothing waits to be applied, and nobody has anything left to do.
    pub(crate) fn is_settled(&mut self, state: &State) -> bool {
        (state.asleep.is_empty() || self.lags.most > 0)
            && state.flights.is_empty()
            && state.log.is_empty()
            && self.plan.is_done(state.step)
            && !self.is_timed(&state.cells)
            && self.is_current(state)
            && self.processes(state).all.iter().all(|&process| !self.prospect(process, &state.cells).is_active)
    }

    /// Whether every object is current, and nothing waits to be applied.
    pub(crate) fn is_current(&mut self, state: &State) -> bool {
        if !state.pending.is_empty() {
            return false;
        }
        let ignored = self.legitimacy.ignores_status;
        // What lies around is judged where it is looked after.
        let mut own = 0..self.machine.store.n_cells();
        ignored
            || own.all(|cell| {
                !self.machine.store.is_own(&state.cells, cell)
                    || self.is_list_current(cell, self.machine.store.at(&state.cells, cell))
            })
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

    /// What keeps each demand from being met, by its place among them; nothing is said of those that are.
    pub(crate) fn unmet(&mut self, cells: &Cells) -> Vec<(usize, Vec<Finding>)> {
        let all = (0..self.legitimacy.demands.len()).map(|demand| {
            let mut findings = self.findings(demand, cells).to_vec();
            findings.retain(|finding| self.is_judged_here(finding, cells));
            (demand, findings)
        });
        all.filter(|(_, findings)| !findings.is_empty()).collect()
    }

    /// What keeps each invariant from holding, by its place among them; nothing is said of those that hold.
    pub(crate) fn broken(&mut self, cells: &Cells) -> Vec<(usize, Rc<[Finding]>)> {
        let n_demands = self.legitimacy.demands.len();
        let all = (0..self.legitimacy.invariants.len())
            .map(|invariant| (invariant, self.findings(n_demands + invariant, cells)));
        all.filter(|(_, findings)| !findings.is_empty()).collect()
    }

    /// How a store stands to the demands.
    pub(crate) fn standing(&mut self, cells: &Cells) -> Standing {
        Standing::of(self.unmet(cells).iter().flat_map(|(_, findings)| findings))
    }

    /// The first invariant that a store breaks.
    pub(crate) fn broken_invariant(&mut self, cells: &Cells) -> Option<usize> {
        let broken = self.broken(cells);
        let is_certain = |findings: &Rc<[Finding]>| Standing::of(&**findings) == Standing::Broken;
        broken.into_iter().find(|(_, findings)| is_certain(findings)).map(|(invariant, _)| invariant)
    }

    /// Whether of some invariant it is not known that it holds.
    pub(crate) fn is_in_doubt(&mut self, cells: &Cells) -> bool {
        !self.broken(cells).is_empty()
    }

    /// What lies around is judged where it is looked after, and a demand on all together where it is answered for.
    fn is_judged_here(&mut self, finding: &Finding, cells: &Cells) -> bool {
        let Some(key) = &finding.object else { return true };
        let (cell, _) = self.machine.store.locate(key);
        !self.machine.store.lies_around(cell) && self.machine.store.is_own(cells, cell)
    }

    fn findings(&mut self, place: usize, cells: &Cells) -> Rc<[Finding]> {
        let known = &mut self.known_legitimacy;
        if known.questions.is_empty() {
            let questions =
                self.legitimacy.all().map(|demand| self.machine.questions.intern(&demand.question(), Source::Cache));
            known.questions = questions.collect();
        }
        let answer = self.machine.questions.answer(known.questions[place], &mut self.machine.store, cells);
        let value = self.machine.questions.values.get(answer);
        let demand = || self.legitimacy.all().nth(place).expect("there is one of that place");
        known.findings.entry((place, answer)).or_insert_with(|| demand().findings(value).into()).clone()
    }
}
