//! The atomic-state model under the central daemon.
//!
//! A process reads its own and its neighbours' numbers and writes its own in one step. It is enabled if it has something to write.

use evenkeel_system::{Duty, Stabilizing, System};

use crate::textbook::Cells;

/// What each process does, and when all is well.
pub trait Protocol {
    /// How many processes there are; at most [`Cells::N`].
    fn size(&self) -> usize;

    /// Process `i` holds a number below this; at most 16.
    fn domain(&self, i: usize) -> u8;

    /// What process `i` writes, if it is enabled.
    fn statement(&self, cells: Cells, i: usize) -> Option<u8>;

    /// Whether a configuration is legitimate.
    fn legitimate(&self, cells: Cells) -> bool;

    /// How many processes are enabled.
    fn n_enabled(&self, cells: Cells) -> usize {
        (0..self.size()).filter(|&i| self.statement(cells, i).is_some()).count()
    }

    /// Every configuration.
    fn configurations(&self) -> Vec<Cells> {
        let domains: Vec<u8> = (0..self.size()).map(|i| self.domain(i)).collect();
        Cells::all(&domains)
    }
}

/// A protocol of which one process moves at a time, from any configuration. An action is the process that moves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Central<P>(pub P);

impl<P: Protocol> System for Central<P> {
    type State = Cells;
    type Action = u8;

    fn initial(&self) -> Vec<Cells> {
        self.0.configurations()
    }

    fn enabled(&self, cells: &Cells, actions: &mut Vec<u8>) {
        actions.extend((0..self.0.size()).filter(|&i| self.0.statement(*cells, i).is_some()).map(|i| i as u8));
    }

    fn step(&self, cells: &Cells, &process: &u8) -> Cells {
        let i = usize::from(process);
        cells.with(i, self.0.statement(*cells, i).expect("the process is enabled"))
    }
}

impl<P: Protocol> Stabilizing for Central<P> {
    fn legitimate(&self, cells: &Cells) -> bool {
        self.0.legitimate(*cells)
    }

    fn duty(&self, &process: &u8) -> Option<Duty> {
        Some(Duty(u32::from(process)))
    }
}
