//! A second checker, straight from the definitions: slow, small, and sharing nothing with the first.
//!
//! It takes duties at their word, so it is asked only of systems that rename none.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel_system::{Cost, Duty, Fairness, Stabilizing, Verdict};

/// The whole reachable part of a system.
pub(crate) struct Naive<'a, S: Stabilizing> {
    system: &'a S,
    /// Each state's distance from the initial ones.
    pub(crate) depths: BTreeMap<S::State, usize>,
    /// All transitions of each state.
    pub(crate) edges: BTreeMap<S::State, Vec<Transition<S>>>,
    /// What each state reaches, itself included.
    reached: BTreeMap<S::State, BTreeSet<S::State>>,
}

pub(crate) struct Transition<S: Stabilizing> {
    pub(crate) duty: Option<Duty>,
    pub(crate) cost: Cost,
    pub(crate) target: S::State,
}

impl<'a, S: Stabilizing<State: Ord>> Naive<'a, S> {
    pub(crate) fn of(system: &'a S) -> Self {
        let mut naive = Naive { system, depths: BTreeMap::new(), edges: BTreeMap::new(), reached: BTreeMap::new() };
        let mut level: BTreeSet<S::State> = system.initial().into_iter().collect();
        for depth in 0.. {
            level.retain(|state| !naive.depths.contains_key(state));
            if level.is_empty() {
                break;
            }
            naive.depths.extend(level.iter().map(|state| (state.clone(), depth)));
            level = std::mem::take(&mut level).into_iter().flat_map(|state| naive.expand(state)).collect();
        }
        naive.reached = naive.depths.keys().map(|state| (state.clone(), naive.reach(state))).collect();
        naive
    }

    fn expand(&mut self, state: S::State) -> Vec<S::State> {
        let mut actions = Vec::new();
        self.system.enabled(&state, &mut actions);
        let transition = |action: &S::Action| Transition {
            duty: self.system.duty(action),
            cost: self.system.cost(&state, action),
            target: self.system.step(&state, action),
        };
        let transitions: Vec<Transition<S>> = actions.iter().map(transition).collect();
        let targets = transitions.iter().map(|transition| transition.target.clone()).collect();
        self.edges.insert(state, transitions);
        targets
    }

    pub(crate) fn verdict(&self, fairness: Fairness, confluence: bool) -> Verdict {
        if self.depths.keys().any(|state| self.system.violated(state).is_some()) {
            return Verdict::Violates;
        }
        match (self.stuck(fairness), self.oscillating(fairness)) {
            (Some(stuck), Some(oscillating)) if oscillating < stuck => Verdict::Oscillates,
            (Some(_), _) => Verdict::Stuck,
            (None, Some(_)) => Verdict::Oscillates,
            (None, None) if self.depths.keys().any(|state| self.system.unknown(state)) => Verdict::Undecided,
            (None, None) if confluence && self.ambiguous() => Verdict::Ambiguous,
            (None, None) => Verdict::Stabilizes,
        }
    }

    pub(crate) fn legitimate(&self, state: &S::State) -> bool {
        self.system.legitimate(state)
    }

    pub(crate) fn rests(&self, state: &S::State) -> bool {
        self.edges[state].iter().all(|edge| edge.duty.is_none() || edge.target == *state)
    }

    /// How near one can be stuck: the run ends there, or stays for ever though it need not.
    pub(crate) fn stuck(&self, fairness: Fairness) -> Option<usize> {
        let stuck =
            |state: &&S::State| !self.legitimate(state) && (self.rests(state) || self.stutters(state, fairness));
        self.depths.keys().filter(stuck).map(|state| self.depths[state]).min()
    }

    fn stutters(&self, state: &S::State, fairness: Fairness) -> bool {
        let class = self.class(state);
        let idles = || self.edges[state].iter().any(|edge| edge.duty.is_some() && edge.target == *state);
        class.len() == 1 && idles() && self.is_fair(&class, fairness)
    }

    /// How near one can go round for ever, and pass an illegitimate state each time.
    pub(crate) fn oscillating(&self, fairness: Fairness) -> Option<usize> {
        let illegitimate = self.depths.keys().filter(|state| !self.legitimate(state));
        let classes = illegitimate.map(|state| self.class(state));
        let faults = classes.filter(|class| class.len() > 1 && self.is_fair(class, fairness));
        faults.flatten().map(|state| self.depths[&state]).min()
    }

    /// The states that are reached from this one and reach it.
    fn class(&self, state: &S::State) -> BTreeSet<S::State> {
        let reached = self.reached[state].iter();
        reached.filter(|other| self.reached[*other].contains(state)).cloned().collect()
    }

    fn reach(&self, state: &S::State) -> BTreeSet<S::State> {
        let mut reached = BTreeSet::from([state.clone()]);
        let mut work = vec![state.clone()];
        while let Some(state) = work.pop() {
            work.extend(
                self.edges[&state]
                    .iter()
                    .map(|edge| edge.target.clone())
                    .filter(|target| reached.insert(target.clone())),
            );
        }
        reached
    }

    /// Whether a run can visit just these states for ever and pass over nobody.
    fn is_fair(&self, class: &BTreeSet<S::State>, fairness: Fairness) -> bool {
        let duties: BTreeSet<Duty> = class.iter().flat_map(|state| self.duties(state)).collect();
        let disabled = |duty: &Duty| class.iter().any(|state| !self.duties(state).contains(duty));
        let inside = || class.iter().flat_map(|state| &self.edges[state]).filter(|edge| class.contains(&edge.target));
        let taken = |duty: &Duty| inside().any(|edge| edge.duty == Some(*duty));
        fairness == Fairness::Unfair || duties.iter().all(|duty| disabled(duty) || taken(duty))
    }

    pub(crate) fn duties(&self, state: &S::State) -> BTreeSet<Duty> {
        self.edges[state].iter().filter_map(|edge| edge.duty).collect()
    }

    pub(crate) fn is_final(&self, state: &S::State) -> bool {
        self.legitimate(state) && self.rests(state)
    }

    fn ambiguous(&self) -> bool {
        let finals = |state: &S::State| self.reached[state].iter().filter(|state| self.is_final(state)).count();
        self.system.initial().iter().any(|state| finals(state) > 1)
    }

    /// The greatest set of legitimate states that no process leaves.
    pub(crate) fn settled(&self) -> BTreeSet<S::State> {
        let mut settled: BTreeSet<S::State> =
            self.depths.keys().filter(|state| self.legitimate(state)).cloned().collect();
        loop {
            let stays = |state: &&S::State| {
                self.edges[*state].iter().all(|edge| edge.duty.is_none() || settled.contains(&edge.target))
            };
            let fewer: BTreeSet<S::State> = settled.iter().filter(stays).cloned().collect();
            if fewer.len() == settled.len() {
                return settled;
            }
            settled = fewer;
        }
    }

    /// The largest of one of the numbers of a cost on any way outside the settled states; none if there is no largest.
    pub(crate) fn worst(&self, number: fn(Cost) -> u64) -> Option<u64> {
        let settled = self.settled();
        let outside = self.depths.keys().filter(|state| !settled.contains(*state));
        let longest: Option<Vec<u64>> =
            outside.map(|state| self.longest(state, &settled, &mut Vec::new(), number)).collect();
        Some(longest?.into_iter().max().unwrap_or(0))
    }

    fn longest(
        &self,
        state: &S::State,
        settled: &BTreeSet<S::State>,
        way: &mut Vec<S::State>,
        number: fn(Cost) -> u64,
    ) -> Option<u64> {
        if settled.contains(state) {
            return Some(0);
        }
        if way.contains(state) {
            return None;
        }
        way.push(state.clone());
        let mut longest = 0;
        for edge in self.edges[state].iter().filter(|edge| edge.target != *state) {
            longest = longest.max(number(edge.cost) + self.longest(&edge.target, settled, way, number)?);
        }
        way.pop();
        Some(longest)
    }
}
