//! Sets of configurations in which a fair run can stay for ever.
//!
//! Such a set is an *end component*: by choices none of whose outcomes leaves it, one can get from everywhere in it to everywhere. If all those choices
//! are taken again and again, a run visits all of it and serves all that these choices serve, with probability one where chance has a part.
//! Under weak fairness it is fair as a whole, or no part of it is: who is enabled everywhere and never served is so in each part, too. Under strong
//! fairness who is enabled somewhere and never served must not be enabled again and again, so a part without those places may still be fair.

use super::matrix::Matrix;
use super::question::{Choice, Fairness, Outcome};
use super::tarjan::Tarjan;

/// Looks for such sets.
pub(super) struct Finder<'m> {
    matrix: &'m Matrix,
    fairness: Fairness,
    /// To which set each configuration belongs that is looked at; nothing for the others.
    set: Vec<u32>,
    n_sets: u32,
    tarjan: Tarjan,
}

/// A set in which a fair run can stay, and the duties that have to be served on the way.
pub(super) struct Trap {
    pub(super) configurations: Vec<u32>,
    pub(super) owed: u64,
}

impl<'m> Finder<'m> {
    pub(super) fn new(matrix: &'m Matrix, fairness: Fairness) -> Finder<'m> {
        Finder { matrix, fairness, set: vec![0; matrix.len()], n_sets: 0, tarjan: Tarjan::default() }
    }

    /// The first set that is found, of several configurations if there is one.
    pub(super) fn trap(&mut self) -> Option<Trap> {
        let all: Vec<u32> = (0..self.matrix.len() as u32).filter(|&c| !self.matrix.is_settled(c)).collect();
        let mut open = vec![all];
        let mut single = None;
        while let Some(states) = open.pop() {
            self.mark(&states);
            for component in self.components(&states) {
                if component.len() > 1 && component.len() < states.len() {
                    open.push(component);
                    continue;
                }
                let set = self.mark(&component);
                let inside = |c: u32| self.matrix.choices(c).filter(|choice| self.stays(set, choice));
                if component.len() == 1 && inside(component[0]).next().is_none() {
                    continue;
                }
                let served = component.iter().flat_map(|&c| inside(c)).fold(0, |all, (choice, _)| all | choice.served);
                match self.judge(&component, served) {
                    Ok(owed) if component.len() > 1 => return Some(Trap { configurations: component, owed }),
                    Ok(owed) => drop(single.get_or_insert(Trap { configurations: component, owed })),
                    Err(rest) if rest.is_empty() => {}
                    Err(rest) => open.push(rest),
                }
            }
        }
        single
    }

    /// What has to be served for a run through all of a component to be fair; otherwise the part of it that may still be.
    fn judge(&self, component: &[u32], served: u64) -> Result<u64, Vec<u32>> {
        let duties = component.iter().map(|&c| self.matrix.duties[c as usize]);
        match self.fairness {
            Fairness::Unfair => Ok(0),
            Fairness::Weak => match duties.fold(u64::MAX, |all, duties| all & duties) {
                always if always & !served == 0 => Ok(always),
                _ => Err(Vec::new()),
            },
            Fairness::Strong => match duties.fold(0, |all, duties| all | duties) {
                ever if ever & !served == 0 => Ok(ever),
                ever => {
                    let missing = ever & !served;
                    Err(component.iter().copied().filter(|&c| self.matrix.duties[c as usize] & missing == 0).collect())
                }
            },
        }
    }

    /// Whether a choice leads nowhere but into a set.
    fn stays(&self, set: u32, (_, outcomes): &(&Choice, &[Outcome])) -> bool {
        outcomes.iter().all(|outcome| self.set[outcome.target as usize] == set)
    }

    fn mark(&mut self, states: &[u32]) -> u32 {
        self.n_sets += 1;
        states.iter().for_each(|&state| self.set[state as usize] = self.n_sets);
        self.n_sets
    }

    /// The components of a set, by choices that do not leave it.
    fn components(&mut self, states: &[u32]) -> Vec<Vec<u32>> {
        let set = self.n_sets;
        let mut tarjan = std::mem::take(&mut self.tarjan);
        let mut components = Vec::new();
        let mut successors = |state: u32, found: &mut Vec<u32>| {
            let inside = self.matrix.choices(state).filter(|choice| self.stays(set, choice));
            found.extend(inside.flat_map(|(_, outcomes)| outcomes.iter().map(|outcome| outcome.target)));
        };
        for &state in states {
            tarjan.run(state, &mut successors, &mut |component| {
                let mut component = component.to_vec();
                component.sort_unstable();
                components.push(component);
            });
        }
        tarjan.forget(states);
        self.tarjan = tarjan;
        components
    }
}
