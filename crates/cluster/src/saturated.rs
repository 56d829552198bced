//! A cluster that stops counting: of objects that are alike it keeps a few.
//!
//! What grows for ever has no two equal states, so its cycles are found here: a state holds at most `most` interchangeable objects of one
//! content, and any more are dropped. What is found is a suspicion, no verdict; [`Saturated::pumped`] tries it on the real thing.

use evenkeel_system::{Cost, Duty, Lasso, Run, Stabilizing, System};

use crate::canonical::rename_mentions;
use crate::expand::Expander;
use crate::name;
use crate::state::State;
use crate::store::{Family, Renaming, Renumbering};
use crate::system::{Action, Cluster};

/// How often a cycle is gone round before it counts as one that grows.
const ROUNDS: usize = 3;

/// A cluster with at most so many interchangeable objects of one content.
pub struct Saturated<'c> {
    cluster: &'c Cluster,
    most: usize,
    kept: Kept,
}

/// What is never dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// The first so many that are alike.
    First,
    /// These, and all with which somebody has something to do. What piles up for ever in a fair run is what everybody is done with. There may be no end of
    /// states.
    FirstAndBusy,
}

impl<'c> Saturated<'c> {
    /// The cluster, of which at most `most` objects are kept that are alike, and more if they are to be kept.
    pub fn new(cluster: &'c Cluster, most: usize, kept: Kept) -> Saturated<'c> {
        Saturated { cluster, most, kept }
    }

    fn capped(&self, state: &State) -> (State, Renaming) {
        self.cluster.with(|expander| {
            let busy = if self.kept == Kept::FirstAndBusy { expander.busy(state) } else { Vec::new() };
            expander.capped(state, self.most, &busy)
        })
    }

    /// Goes round a cycle of this system in the real cluster, several times. If every round has more objects at its end than at its start, and nobody has
    /// anything to do there that has nothing to do here, the cluster diverges: the way to the cycle, and one round.
    pub fn pumped(&self, lasso: &Lasso<State, Action>) -> Option<Lasso<State, Action>> {
        let start = self.cluster.initial().into_iter().find(|state| self.capped(state).0 == lasso.prefix.start)?;
        let mut at = (start.clone(), lasso.prefix.start.clone());
        let mut prefix = self.followed(&mut at, &lasso.prefix.actions, false)?;
        // The objects that are kept here come first; from then on each round adds to them.
        prefix.extend(self.followed(&mut at, &lasso.cycle, false)?);
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let before = self.cluster.n_objects(&at.0);
            rounds.push(self.followed(&mut at, &lasso.cycle, true)?);
            if self.cluster.n_objects(&at.0) <= before {
                return None;
            }
        }
        Some(Lasso { prefix: Run { start, actions: prefix }, cycle: rounds.swap_remove(0) })
    }

    /// Takes in the real cluster what leads to the same states here.
    fn followed(&self, at: &mut (State, State), actions: &[Action], strictly: bool) -> Option<Vec<Action>> {
        let mut taken = Vec::new();
        for action in actions {
            let (mut real, mut here) = (Vec::new(), Vec::new());
            self.cluster.enabled(&at.0, &mut real);
            self.enabled(&at.1, &mut here);
            if strictly && real.len() != here.len() {
                return None;
            }
            let next = self.step(&at.1, action);
            let chosen = real
                .into_iter()
                .find(|a| a.deed == action.deed && self.capped(&self.cluster.step(&at.0, a)).0 == next)?;
            *at = (self.cluster.step(&at.0, &chosen), next);
            taken.push(chosen);
        }
        Some(taken)
    }
}

impl System for Saturated<'_> {
    type State = State;
    type Action = Action;

    fn initial(&self) -> Vec<State> {
        self.cluster.initial().iter().map(|state| self.capped(state).0).collect()
    }

    fn enabled(&self, state: &State, actions: &mut Vec<Action>) {
        self.cluster.enabled(state, actions);
    }

    fn step(&self, state: &State, action: &Action) -> State {
        self.capped(&self.cluster.step(state, action)).0
    }
}

impl Stabilizing for Saturated<'_> {
    fn legitimate(&self, state: &State) -> bool {
        self.cluster.legitimate(state)
    }

    fn duty(&self, action: &Action) -> Option<Duty> {
        self.cluster.duty(action)
    }

    fn form(&self, state: &State) -> State {
        self.cluster.form(state)
    }

    fn cost(&self, state: &State, action: &Action) -> Cost {
        self.cluster.cost(state, action)
    }

    fn renames(&self, _: &State, _: &Action) -> bool {
        true
    }

    fn carried(&self, state: &State, action: &Action, duty: Duty) -> Option<Duty> {
        let duty = self.cluster.carried(state, action, duty)?;
        let (_, renaming) = self.capped(&self.cluster.step(state, action));
        self.cluster.with(|expander| expander.machine.after(duty.0, &renaming)).map(Duty)
    }
}

impl Expander {
    /// The objects with generated names with which somebody has something to do, each by its cell and number.
    fn busy(&mut self, state: &State) -> Vec<(u32, u32)> {
        let crew = self.processes(state);
        let mut busy = Vec::new();
        for &process in crew.all.iter() {
            if let Some(subject) = self.machine.subject(process)
                && !state.asleep.contains(&process)
                && self.prospect(process, &state.cells).is_active
            {
                busy.push(subject);
            }
        }
        busy
    }

    /// The state without what is more than `most` of one content, and is not among those that are busy.
    fn capped(&mut self, state: &State, most: usize, busy: &[(u32, u32)]) -> (State, Renaming) {
        let mut next = state.clone();
        let mut renaming = Renaming::new();
        let seen = self.texts(&state.flights);
        let touched: Vec<u32> = self.machine.store.touched(&state.cells).collect();
        for cell in touched {
            let Family::Generated(prefix) = self.machine.store.place(cell).family.clone() else { continue };
            let mut mentioned: Vec<u32> = seen.iter().flat_map(|text| name::numbers(text, &prefix)).collect();
            mentioned.extend(busy.iter().filter(|(of, _)| *of == cell).map(|(_, number)| *number));
            let list = self.machine.store.at(&next.cells, cell);
            let Some(kept) = self.kept(list, most, &mentioned) else { continue };
            let mut capped = list;
            for (number, _) in self.machine.store.list(list).iter() {
                if !kept.iter().any(|(kept, _)| kept == number) {
                    capped = self.machine.store.changed(capped, *number, None);
                }
            }
            self.machine.store.put(&mut next.cells, cell, capped);
            rename_mentions(&mut self.machine, &mut next.cells, cell, &kept);
            renaming.push((cell, kept));
        }
        if renaming.is_empty() {
            return (next, renaming);
        }
        // Everything may be out of order, and nothing more is gone.
        renaming.extend(self.canonical(&State::default(), &mut next));
        next.asleep = state.asleep.iter().filter_map(|&process| self.machine.after(process, &renaming)).collect();
        next.asleep.sort_unstable();
        (next, renaming)
    }

    /// The objects of a list that are kept, each by its own number; none if all are.
    fn kept(&mut self, list: u32, most: usize, mentioned: &[u32]) -> Option<Renumbering> {
        let items = self.machine.store.list(list);
        let mut kept: Vec<(u32, u32)> = Vec::new();
        for (number, content) in items.iter() {
            let alike = kept.iter().filter(|(_, known)| known == content).count();
            if alike < most || mentioned.contains(number) {
                kept.push((*number, *content));
            }
        }
        (kept.len() < items.len()).then(|| kept.into_iter().map(|(number, _)| (number, number)).collect())
    }
}
