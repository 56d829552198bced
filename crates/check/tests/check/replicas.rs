//! Random systems of interchangeable processes, as they are and with their symmetry divided out.

use evenkeel_system::{Duty, Stabilizing, System};

use crate::dice::Dice;

/// Whether states that differ in the order of the processes only are one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Symmetry {
    /// Each process keeps its place.
    Kept,
    /// Processes are sorted by their local state, and the duties are carried to the new places.
    Divided,
    /// Processes are sorted, and whoever stands in a place is taken for the one that stood there: wrong, and here to be found out.
    Forgotten,
}

/// Processes that run one program on a local state each and a variable that they share, beside one that is unlike them.
#[derive(Clone, Debug)]
pub(crate) struct Replicas {
    pub(crate) symmetry: Symmetry,
    n_processes: usize,
    n_locals: usize,
    n_shared: usize,
    initial: Vec<u8>,
    /// For each local state and shared value, the choices: what each writes to both.
    program: Vec<Vec<(u8, u8)>>,
    /// For each shared value, what the process that is unlike the others writes to it, and whether that is the environment.
    other: Vec<Option<u8>>,
    other_is_owed: bool,
    legitimate: Vec<bool>,
}

/// Who moves, and by which choice; the place after the last is that of the other process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Move {
    place: usize,
    choice: usize,
}

impl Replicas {
    pub(crate) fn random(dice: &mut Dice) -> Replicas {
        let (n_processes, n_locals, n_shared) = (2 + dice.below(2), 2 + dice.below(2), 1 + dice.below(3));
        let (density, rarely) = (1 + dice.below(2), 2 + dice.below(6));
        let write = |dice: &mut Dice| (dice.below(n_locals) as u8, dice.below(n_shared) as u8);
        let choices = |dice: &mut Dice| (0..dice.below(density + 1)).map(|_| write(dice)).collect();
        let mut initial: Vec<u8> = (0..n_processes).map(|_| dice.below(n_locals) as u8).collect();
        initial.push(dice.below(n_shared) as u8);
        Replicas {
            symmetry: Symmetry::Kept,
            n_processes,
            n_locals,
            n_shared,
            program: (0..n_locals * n_shared).map(|_| choices(dice)).collect(),
            other: (0..n_shared).map(|_| dice.once_in(3).then(|| dice.below(n_shared) as u8)).collect(),
            other_is_owed: dice.once_in(2),
            legitimate: (0..64).map(|_| dice.once_in(rarely)).collect(),
            initial,
        }
    }

    pub(crate) fn with(&self, symmetry: Symmetry) -> Replicas {
        Replicas { symmetry, ..self.clone() }
    }

    fn choices(&self, state: &[u8], place: usize) -> &[(u8, u8)] {
        &self.program[usize::from(state[place]) * self.n_shared + usize::from(state[self.n_processes])]
    }

    /// The state as it would be without sorting.
    fn moved(&self, state: &[u8], action: Move) -> Vec<u8> {
        let mut next = state.to_vec();
        let shared = self.n_processes;
        if action.place == shared {
            next[shared] = self.other[usize::from(state[shared])].expect("it is enabled");
        } else {
            (next[action.place], next[shared]) = self.choices(state, action.place)[action.choice];
        }
        next
    }

    /// The old place of whoever stands at each new place.
    fn order(&self, state: &[u8]) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.n_processes).collect();
        if self.symmetry != Symmetry::Kept {
            places.sort_by_key(|&place| state[place]);
        }
        places
    }

    fn sorted(&self, state: &[u8]) -> Vec<u8> {
        self.order(state).into_iter().map(|place| state[place]).chain([state[self.n_processes]]).collect()
    }
}

impl System for Replicas {
    type State = Vec<u8>;
    type Action = Move;

    fn initial(&self) -> Vec<Vec<u8>> {
        vec![self.sorted(&self.initial)]
    }

    fn enabled(&self, state: &Vec<u8>, actions: &mut Vec<Move>) {
        for place in 0..self.n_processes {
            actions.extend((0..self.choices(state, place).len()).map(|choice| Move { place, choice }));
        }
        let place = self.n_processes;
        actions.extend(self.other[usize::from(state[place])].map(|_| Move { place, choice: 0 }));
    }

    fn step(&self, state: &Vec<u8>, action: &Move) -> Vec<u8> {
        self.sorted(&self.moved(state, *action))
    }
}

impl Stabilizing for Replicas {
    /// Depends on how many processes are in each local state, not on which.
    fn legitimate(&self, state: &Vec<u8>) -> bool {
        let (shared, locals) = state.split_last().expect("there is a shared value");
        let mut locals = locals.to_vec();
        locals.sort_unstable();
        let number =
            locals.iter().fold(usize::from(*shared), |number, &local| number * self.n_locals + usize::from(local));
        self.legitimate[number % self.legitimate.len()]
    }

    fn duty(&self, action: &Move) -> Option<Duty> {
        (action.place < self.n_processes || self.other_is_owed).then_some(Duty(action.place as u32))
    }

    fn renames(&self, _: &Vec<u8>, _: &Move) -> bool {
        self.symmetry == Symmetry::Divided
    }

    fn carried(&self, state: &Vec<u8>, action: &Move, duty: Duty) -> Option<Duty> {
        if self.symmetry != Symmetry::Divided || duty.0 as usize == self.n_processes {
            return Some(duty);
        }
        let moved = self.moved(state, *action);
        // A process that has nothing left to do may as well be said to be gone.
        let busy = !self.choices(&moved, duty.0 as usize).is_empty();
        let place = self.order(&moved).iter().position(|&place| place == duty.0 as usize);
        place.filter(|_| busy).map(|place| Duty(place as u32))
    }
}
