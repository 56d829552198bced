//! Who is woken by a change, and who stays asleep beside work that it could do.
//!
//! A queued key that would change nothing is taken off the queue at once, so whether a key is queued follows from the store for
//! every process but those that a change gave something to do without waking them. Only these are kept in a state.

use evenkeel_control::{Event as Watched, Wakes};
use evenkeel_object::{Key, Kind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::canonical::{Renaming, renamed_key};
use crate::expand::Expander;
use crate::machine::{Machine, Put, Reader};
use crate::state::State;
use crate::store::Cells;
use crate::tree::{Event, Node, ROOT, Tree};

/// What a step did, as far as it decides who is woken.
pub(crate) struct Note {
    pub(crate) process: u32,
    /// The changes, each with the store that it met.
    pub(crate) puts: Vec<(Cells, Put)>,
    /// Whether the process stays in the queue: an error, or something woke it while it was at work.
    pub(crate) stays: bool,
}

/// Remembers which processes each change wakes.
#[derive(Default)]
pub(crate) struct Sleeper {
    /// The kinds that each controller watches; none for one that cannot fall asleep.
    watched: Vec<Option<Vec<Kind>>>,
    notes: Vec<(usize, Note)>,
    trees: FxHashMap<(u32, Put, u32), Tree>,
    woken: Vec<Vec<Key>>,
}

impl Sleeper {
    pub(crate) fn new(wakes: &[Wakes]) -> Sleeper {
        let kinds = |wakes: &Wakes| match wakes {
            Wakes::On(kinds) => Some(kinds.clone()),
            Wakes::Periodically | Wakes::OnWhatItReads => None,
        };
        Sleeper { watched: wakes.iter().map(kinds).collect(), ..Sleeper::default() }
    }

    /// Takes down what the transition of that index did.
    pub(crate) fn note(&mut self, transition: usize, process: u32, puts: Vec<(Cells, Put)>, stays: bool) {
        self.notes.push((transition, Note { process, puts, stays }));
    }

    pub(crate) fn take_notes(&mut self) -> Vec<(usize, Note)> {
        std::mem::take(&mut self.notes)
    }

    /// Whether the controller of that number can fall asleep.
    pub(crate) fn can_sleep(&self, controller: u32) -> bool {
        self.watched.get(controller as usize).is_some_and(Option::is_some)
    }

    fn is_idle(&self) -> bool {
        self.watched.iter().all(Option::is_none)
    }
}

impl Expander {
    /// The processes that are asleep after a step from `state` to `next`.
    pub(crate) fn asleep_after(&mut self, state: &State, next: &State, renaming: &Renaming, note: &Note) -> Vec<u32> {
        if self.sleeper.is_idle() {
            return Vec::new();
        }
        let changed = self.changed_cells(&state.cells, &next.cells);
        let mut woken = None;
        let mut asleep = Vec::new();
        for &process in self.processes(&next.cells).iter() {
            if !self.sleeper.can_sleep(self.machine.processes.get(process).controller)
                || next.flights.iter().any(|f| f.process == process)
            {
                continue;
            }
            let before = self.name_before(process, renaming);
            if self.is_unmoved(state, before, note, changed) || before == Some(note.process) && note.stays {
                continue;
            }
            let mut seen = 0;
            let branches = self.branches(process, &next.cells, &mut seen);
            if !branches.iter().any(|branch| self.is_active(branch)) {
                continue;
            }
            let woken = woken.get_or_insert_with(|| self.woken(&note.puts, renaming));
            if !woken.contains(&process) {
                asleep.push(process);
            }
        }
        asleep.sort_unstable();
        asleep
    }

    /// The bits of the cells that differ.
    fn changed_cells(&self, before: &Cells, after: &Cells) -> u128 {
        let store = &self.machine.store;
        let cells = 0..before.len().max(after.len()) as u32;
        cells
            .filter(|&cell| store.at(before, cell) != store.at(after, cell))
            .fold(0, |mask, cell| mask | store.bit(cell))
    }

    /// Whether a process is awake, or has nothing to do, as surely as before the step.
    fn is_unmoved(&self, state: &State, before: Option<u32>, note: &Note, changed: u128) -> bool {
        let Some(before) = before.filter(|before| *before != note.process) else { return false };
        let Some(prospect) = self.prospects.get(&before) else { return false };
        let awake = prospect.is_active && !state.asleep.contains(&before);
        awake || !prospect.is_active && prospect.seen & changed == 0
    }

    /// The name that a process had before a renaming; none if it did not exist.
    fn name_before(&mut self, process: u32, renaming: &Renaming) -> Option<u32> {
        if renaming.is_empty() {
            return Some(process);
        }
        let known = self.machine.processes.get(process).clone();
        let (cell, mut number) = self.machine.store.locate(&known.key);
        for (renamed, renumbering) in renaming.iter().rev().filter(|(renamed, _)| *renamed == cell) {
            debug_assert_eq!(*renamed, cell, "only renumberings of this cell");
            number = renumbering.iter().find(|(_, new)| *new == number)?.0;
        }
        let key = self.machine.store.place(cell).key(number);
        Some(self.machine.process(known.controller, &key))
    }

    /// The processes that these changes wake, by the names that they have after the renaming.
    pub(crate) fn woken(&mut self, puts: &[(Cells, Put)], renaming: &Renaming) -> FxHashSet<u32> {
        let mut woken = FxHashSet::default();
        for (before, put) in puts {
            for controller in 0..self.machine.controllers.len() as u32 {
                if !self.watches(controller, put) {
                    continue;
                }
                for key in self.woken_by(controller, before, *put) {
                    if let Some(key) = renamed_key(&mut self.machine, &key, renaming) {
                        woken.insert(self.machine.process(controller, &key));
                    }
                }
            }
        }
        woken
    }

    fn watches(&self, controller: u32, put: &Put) -> bool {
        let kind = &self.machine.store.place(put.cell).kind;
        self.sleeper.watched[controller as usize].as_ref().is_some_and(|kinds| kinds.contains(kind))
    }

    fn woken_by(&mut self, controller: u32, before: &Cells, put: Put) -> Vec<Key> {
        let mut after = before.clone();
        self.machine.commit_put(&mut after, put);
        let list = self.machine.store.list(self.machine.store.at(before, put.cell));
        let old = list.iter().find(|(number, _)| *number == put.number).map(|(_, content)| *content);
        let id = (controller, put, old.map_or(0, |content| content + 1));
        let tree = self.sleeper.trees.entry(id).or_default();
        if let Some(leaf) = look_up(&mut self.machine, tree, &after) {
            return self.sleeper.woken[leaf as usize].clone();
        }
        let object = |machine: &mut Machine, content: Option<u32>| {
            content.map(|c| machine.store.object(put.cell, put.number, c))
        };
        let event = Watched { before: object(&mut self.machine, old), after: object(&mut self.machine, put.content) };
        let controllers = self.machine.controllers.clone();
        let mut reader = Reader { machine: &mut self.machine, cells: &after, log: Vec::new() };
        let keys = controllers[controller as usize].woken(&event, &mut reader);
        let log = reader.log;
        self.sleeper.woken.push(keys.clone());
        let leaf = self.sleeper.woken.len() as u32 - 1;
        self.sleeper.trees.entry(id).or_default().grow(&log, Some(leaf));
        keys
    }
}

fn look_up(machine: &mut Machine, tree: &mut Tree, cells: &Cells) -> Option<u32> {
    let mut node = ROOT;
    loop {
        match tree.node(node) {
            Node::Leaf(leaf) => return Some(*leaf),
            Node::Ask { question, .. } => {
                let question = *question;
                let answer = machine.questions.answer(question, &mut machine.store, cells);
                node = tree.follow(node, Event::Ask { question, answer });
            }
            _ => return None,
        }
    }
}
