//! The fight as a transition system of a few bytes: deployments with slots for Pods, two nodes, an autoscaler that wants all slots taken and an applier
//! that wants one.

use evenkeel_system::{Duty, Stabilizing, System};

use crate::Size;

/// A slot without a Pod, with one that is not scheduled, with one that starts, and with one that runs; the latter two on the first node, and
/// one more on the second.
const ABSENT: u8 = 0;
const PENDING: u8 = 1;
const STARTING: u8 = 2;
const RUNNING: u8 = 4;

/// What the applier demands.
const APPLIED: u8 = 1;

pub(crate) struct Fight {
    pub(crate) size: Size,
}

/// For each deployment the replicas it is asked for, then its slots; last, the kills that are left.
type State = Vec<u8>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    Autoscale(usize),
    Apply(usize),
    Reconcile(usize),
    Schedule(usize, u8),
    Run(usize),
    Kill(usize),
}

impl Fight {
    fn width(&self) -> usize {
        self.size.replicas + 1
    }

    fn slots(&self, deployment: usize) -> std::ops::Range<usize> {
        deployment * self.width() + 1..(deployment + 1) * self.width()
    }

    fn asked(&self, deployment: usize) -> usize {
        deployment * self.width()
    }

    fn pods<'s>(&'s self, state: &'s State, deployment: usize) -> impl Iterator<Item = usize> + 's {
        self.slots(deployment).filter(|&slot| state[slot] != ABSENT)
    }

    fn load(&self, state: &State, node: u8) -> usize {
        let slots = (0..self.size.deployments).flat_map(|deployment| self.slots(deployment));
        slots.filter(|&slot| state[slot] == STARTING + node || state[slot] == RUNNING + node).count()
    }

    fn at_slot(&self, state: &State, slot: usize, actions: &mut Vec<Action>) {
        match state[slot] {
            PENDING => {
                let (first, second) = (self.load(state, 0), self.load(state, 1));
                actions.extend((first <= second).then_some(Action::Schedule(slot, 0)));
                actions.extend((second <= first).then_some(Action::Schedule(slot, 1)));
            }
            pod if (STARTING..RUNNING).contains(&pod) => actions.push(Action::Run(slot)),
            pod if pod >= RUNNING && state[state.len() - 1] > 0 => actions.push(Action::Kill(slot)),
            _ => {}
        }
    }
}

impl System for Fight {
    type State = State;
    type Action = Action;

    fn initial(&self) -> Vec<State> {
        let mut state = vec![ABSENT; self.width() * self.size.deployments];
        (0..self.size.deployments).for_each(|deployment| state[self.asked(deployment)] = APPLIED);
        state.push(self.size.kills as u8);
        vec![state]
    }

    fn enabled(&self, state: &State, actions: &mut Vec<Action>) {
        for deployment in 0..self.size.deployments {
            let asked = usize::from(state[self.asked(deployment)]);
            actions.extend((asked != self.size.replicas).then_some(Action::Autoscale(deployment)));
            actions.extend((asked != usize::from(APPLIED)).then_some(Action::Apply(deployment)));
            let n_pods = self.pods(state, deployment).count();
            actions.extend((n_pods != asked).then_some(Action::Reconcile(deployment)));
            self.slots(deployment).for_each(|slot| self.at_slot(state, slot, actions));
        }
    }

    fn step(&self, state: &State, action: &Action) -> State {
        let mut next = state.clone();
        match *action {
            Action::Autoscale(deployment) => next[self.asked(deployment)] = self.size.replicas as u8,
            Action::Apply(deployment) => next[self.asked(deployment)] = APPLIED,
            Action::Reconcile(deployment) => {
                if self.pods(state, deployment).count() < usize::from(state[self.asked(deployment)]) {
                    let free = self.slots(deployment).find(|&slot| state[slot] == ABSENT);
                    next[free.expect("fewer Pods than slots")] = PENDING;
                } else {
                    next[self.pods(state, deployment).last().expect("more Pods than none")] = ABSENT;
                }
            }
            Action::Schedule(slot, node) => next[slot] = STARTING + node,
            Action::Run(slot) => next[slot] += RUNNING - STARTING,
            Action::Kill(slot) => {
                next[slot] = ABSENT;
                *next.last_mut().expect("the kills come last") -= 1;
            }
        }
        next
    }
}

impl Stabilizing for Fight {
    fn legitimate(&self, state: &State) -> bool {
        (0..self.size.deployments).all(|deployment| {
            usize::from(state[self.asked(deployment)]) == self.size.replicas
                && self.slots(deployment).all(|slot| state[slot] >= RUNNING)
        })
    }

    fn duty(&self, action: &Action) -> Option<Duty> {
        let (sort, place) = match *action {
            Action::Autoscale(deployment) => (0, deployment),
            Action::Apply(deployment) => (1, deployment),
            Action::Reconcile(deployment) => (2, deployment),
            Action::Schedule(slot, _) => (3, slot),
            Action::Run(slot) => (4, slot),
            Action::Kill(_) => return None,
        };
        Some(Duty(5 * place as u32 + sort))
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_check::{Question, check};
    use evenkeel_system::Verdict;

    use super::Fight;
    use crate::Size;

    /// Counted by five model checkers on models written for each of them.
    #[test]
    fn the_model_has_as_many_states_as_other_checkers_count() {
        let system = Fight { size: Size { deployments: 2, replicas: 3, kills: 1 } };
        let judgement = check(&system, &Question::default(), &mut ());
        assert_eq!((judgement.verdict, judgement.statistics.states), (Verdict::Oscillates, 194_944));
    }
}
