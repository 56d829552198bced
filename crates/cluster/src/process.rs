//! Which process is which after its subject was given another name.

use crate::machine::Machine;
use crate::name;
use crate::store::{Renaming, renumbered};

impl Machine {
    /// The cell and the number of a process's subject, if that has a generated name.
    pub(crate) fn subject(&mut self, process: u32) -> Option<(u32, u32)> {
        let key = &self.processes.get(process).key;
        name::generated(&key.name)?;
        if self.subjects[process as usize].is_none() {
            self.subjects[process as usize] = Some(self.store.locate(&key.clone()));
        }
        self.subjects[process as usize]
    }

    /// The process of the same controller whose subject is the object of that number in that cell.
    fn sibling(&mut self, process: u32, cell: u32, number: u32) -> u32 {
        let controller = self.processes.get(process).controller;
        if let Some(known) = self.by_subject.get(&(controller, cell, number)) {
            return *known;
        }
        let key = self.store.place(cell).key(number);
        let sibling = self.process(controller, &key);
        self.by_subject.insert((controller, cell, number), sibling);
        sibling
    }

    /// The process by the name that it has after a renaming; none if its subject is gone.
    pub(crate) fn after(&mut self, process: u32, renaming: &Renaming) -> Option<u32> {
        if renaming.is_empty() {
            return Some(process);
        }
        let Some((cell, number)) = self.subject(process) else { return Some(process) };
        let mut of_cell = renaming.iter().filter(|(renamed, _)| *renamed == cell);
        let now = of_cell.try_fold(number, |number, (_, renumbering)| renumbered(renumbering, number))?;
        Some(if now == number { process } else { self.sibling(process, cell, now) })
    }

    /// The process by the name that it had before a renaming; none if its subject was not there.
    pub(crate) fn before(&mut self, process: u32, renaming: &Renaming) -> Option<u32> {
        if renaming.is_empty() {
            return Some(process);
        }
        let Some((cell, number)) = self.subject(process) else { return Some(process) };
        let mut then = number;
        for (_, renumbering) in renaming.iter().rev().filter(|(renamed, _)| *renamed == cell) {
            then = renumbering.iter().find(|(_, new)| *new == then)?.0;
        }
        Some(if then == number { process } else { self.sibling(process, cell, then) })
    }
}
