//! A protocol on top of another, and why the lower one had better fall silent.
//!
//! The upper layer only clears a flag of its own at each process. Fairness is per process, so a process with something to do in both layers may
//! choose the lower one each time; if the lower one never falls silent, the flag may never be cleared.

use evenkeel_system::{Duty, Stabilizing, System};

use crate::textbook::{Cells, Protocol};

/// What a process does that has something to do in both layers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    /// One of the two.
    Either,
    /// Both at once.
    Both,
}

/// The lower layer with the upper on top of it; at most eight processes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layers<P> {
    /// The lower layer. Its number for process `i` is in cell `i`, the flag of the upper layer in cell `size + i`.
    pub lower: P,
    /// How the two are put together.
    pub operator: Operator,
}

/// Which process moves, and in which layers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Activation {
    /// The process.
    pub process: u8,
    /// Whether it takes its step in the lower layer.
    pub lower: bool,
    /// Whether it clears its flag.
    pub upper: bool,
}

impl<P: Protocol> System for Layers<P> {
    type State = Cells;
    type Action = Activation;

    fn initial(&self) -> Vec<Cells> {
        let n = self.lower.size();
        let domains: Vec<u8> = (0..n).map(|i| self.lower.domain(i)).chain((0..n).map(|_| 2)).collect();
        Cells::all(&domains)
    }

    fn enabled(&self, cells: &Cells, actions: &mut Vec<Activation>) {
        for i in 0..self.lower.size() {
            let lower = self.lower.statement(*cells, i).is_some();
            let upper = cells.get(self.lower.size() + i) == 1;
            let process = i as u8;
            match self.operator {
                Operator::Both if lower || upper => actions.push(Activation { process, lower, upper }),
                Operator::Both => {}
                Operator::Either => {
                    actions.extend(lower.then_some(Activation { process, lower, upper: false }));
                    actions.extend(upper.then_some(Activation { process, lower: false, upper }));
                }
            }
        }
    }

    fn step(&self, cells: &Cells, activation: &Activation) -> Cells {
        let i = usize::from(activation.process);
        let written = if activation.lower { self.lower.statement(*cells, i) } else { None };
        let below = written.map_or(*cells, |value| cells.with(i, value));
        if activation.upper { below.with(self.lower.size() + i, 0) } else { below }
    }
}

impl<P: Protocol> Stabilizing for Layers<P> {
    fn legitimate(&self, cells: &Cells) -> bool {
        let n = self.lower.size();
        self.lower.legitimate(*cells) && (n..2 * n).all(|flag| cells.get(flag) == 0)
    }

    fn duty(&self, activation: &Activation) -> Option<Duty> {
        Some(Duty(u32::from(activation.process)))
    }
}
