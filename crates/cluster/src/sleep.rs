//! Who is woken by a change, and who stays asleep beside work that it could do.
//!
//! A queued key that would change nothing is taken off the queue at once, so whether a key is queued follows from the store for
//! every process but those that a change gave something to do without waking them. Only these are kept in a state.

use std::rc::Rc;

use evenkeel_control::{Event as Watched, Wakes};
use evenkeel_object::Kind;
use rustc_hash::FxHashMap;

use crate::ask::Source;
use crate::expand::Expander;
use crate::machine::{Machine, Put, Reader};
use crate::state::State;
use crate::store::{Cells, Renaming};
use crate::tree::{Event, Node, ROOT, Tree};

/// What a step did, as far as it decides who is woken.
pub(crate) struct Note {
    pub(crate) process: u32,
    /// The changes, in order: from where to where they are among all that were taken down.
    puts: (u32, u32),
    /// Whether the process stays in the queue: an error, or something woke it while it was at work.
    pub(crate) stays: bool,
    /// Who was woken, where that is not by the changes but by what caches showed.
    pub(crate) woken: Vec<u32>,
}

impl Note {
    /// What a process did by these changes, and no other.
    pub(crate) fn of(process: u32, puts: &[Put]) -> Note {
        Note { process, puts: (0, puts.len() as u32), stays: false, woken: Vec::new() }
    }
}

/// Remembers which processes each change wakes.
#[derive(Default)]
pub(crate) struct Sleeper {
    /// The kinds that each controller watches; none for one that cannot fall asleep.
    watched: Vec<Option<Vec<Kind>>>,
    wakes: Rc<[Wakes]>,
    /// Whether none of them can fall asleep.
    is_idle: bool,
    notes: Vec<(usize, Note)>,
    /// The changes of all notes.
    puts: Vec<Put>,
    /// The controllers that watch what is in each cell.
    watchers: FxHashMap<u32, Rc<[u32]>>,
    trees: FxHashMap<(u32, Put, u32), Tree>,
    woken: Vec<Rc<[u32]>>,
}

impl Sleeper {
    pub(crate) fn new(wakes: &[Wakes]) -> Sleeper {
        let kinds = |wakes: &Wakes| match wakes {
            Wakes::On(kinds) => Some(kinds.clone()),
            Wakes::Periodically | Wakes::OnWhatItReads => None,
        };
        let watched: Vec<Option<Vec<Kind>>> = wakes.iter().map(kinds).collect();
        Sleeper { is_idle: watched.iter().all(Option::is_none), watched, wakes: wakes.into(), ..Sleeper::default() }
    }

    /// Takes down what the transition of that index did.
    pub(crate) fn note(&mut self, transition: usize, process: u32, puts: &[Put], stays: bool) {
        if !self.is_idle {
            let start = self.puts.len() as u32;
            self.puts.extend_from_slice(puts);
            let puts = (start, self.puts.len() as u32);
            self.notes.push((transition, Note { process, puts, stays, woken: Vec::new() }));
        }
    }

    /// Takes down what a transition did where caches may lag.
    pub(crate) fn note_on_view(&mut self, transition: usize, process: u32, stays: bool, woken: Vec<u32>) {
        self.notes.push((transition, Note { process, puts: (0, 0), stays, woken }));
    }

    /// When the keys of each controller are queued.
    pub(crate) fn wakes(&self) -> Rc<[Wakes]> {
        self.wakes.clone()
    }

    pub(crate) fn take_notes(&mut self) -> (Vec<(usize, Note)>, Vec<Put>) {
        (std::mem::take(&mut self.notes), std::mem::take(&mut self.puts))
    }

    /// Gives the memory of notes back, without what was in it.
    pub(crate) fn forget(&mut self, mut notes: Vec<(usize, Note)>, mut puts: Vec<Put>) {
        notes.clear();
        puts.clear();
        (self.notes, self.puts) = (notes, puts);
    }

    /// Whether the controller of that number can fall asleep.
    pub(crate) fn can_sleep(&self, controller: u32) -> bool {
        self.watched.get(controller as usize).is_some_and(Option::is_some)
    }
}

impl Expander {
    /// Finds the processes that are asleep after a step from `state` to `next`.
    pub(crate) fn asleep_after(
        &mut self,
        (state, next): (&State, &State),
        renaming: &Renaming,
        (note, puts): (&Note, &[Put]),
        asleep: &mut Vec<u32>,
    ) {
        asleep.clear();
        if self.lags.most > 0 {
            asleep.extend(self.asleep_after_lagging(state, next, renaming, note));
            return;
        }
        let puts = &puts[note.puts.0 as usize..note.puts.1 as usize];
        let changed = self.changed_cells(&state.cells, &next.cells);
        let sleepers = self.sleepers_after(state, next);
        let mut woken = None;
        for &process in sleepers.iter() {
            if next.flights.iter().any(|f| f.process == process) {
                continue;
            }
            let before = self.machine.before(process, renaming);
            if self.is_unmoved(state, before, note, changed) || before == Some(note.process) && note.stays {
                continue;
            }
            if !self.prospect(process, &next.cells).is_active {
                continue;
            }
            let woken = woken.get_or_insert_with(|| self.woken(&state.cells, puts, renaming));
            if !woken.contains(&process) {
                asleep.push(process);
            }
        }
        asleep.sort_unstable();
    }

    /// The processes of `next` that can fall asleep; those of `state`, which is being expanded, if no subject came or went.
    fn sleepers_after(&mut self, state: &State, next: &State) -> Rc<[u32]> {
        let mut changed = self.machine.store.changed_cells(&state.cells, &next.cells);
        let are_same = changed.all(|cell| {
            let [before, after] = [&state.cells, &next.cells].map(|cells| self.machine.store.at(cells, cell));
            self.subjects.are_same(&mut self.machine, cell, before, after)
        });
        if are_same { self.prospects.crew.sleepers.clone() } else { self.processes(next).sleepers }
    }

    /// The bits of the cells that differ.
    pub(crate) fn changed_cells(&self, before: &Cells, after: &Cells) -> u128 {
        let store = &self.machine.store;
        store.changed_cells(before, after).fold(0, |mask, cell| mask | store.bit(cell))
    }

    /// Whether a process is awake, or has nothing to do, as surely as before the step.
    fn is_unmoved(&self, state: &State, before: Option<u32>, note: &Note, changed: u128) -> bool {
        let Some(before) = before.filter(|before| *before != note.process) else { return false };
        let Some(prospect) = self.prospects.of(before) else { return false };
        let awake = prospect.is_active && !state.asleep.contains(&before);
        awake || !prospect.is_active && self.depends_on(before) & changed == 0
    }

    /// The processes that these changes, made one after the other, wake; by the names that they have after the renaming.
    pub(crate) fn woken(&mut self, before: &Cells, puts: &[Put], renaming: &Renaming) -> Vec<u32> {
        let mut woken = Vec::new();
        let mut cells = before.clone();
        for &put in puts {
            let old = self.machine.content(&cells, put.cell, put.number);
            self.machine.commit_put(&mut cells, put);
            for &controller in self.watchers(put.cell).iter() {
                let processes = self.woken_by(controller, &cells, put, old);
                woken.extend(processes.iter().filter_map(|&process| self.machine.after(process, renaming)));
            }
        }
        woken
    }

    pub(crate) fn watchers(&mut self, cell: u32) -> Rc<[u32]> {
        if let Some(known) = self.sleeper.watchers.get(&cell) {
            return known.clone();
        }
        let kind = &self.machine.store.place(cell).kind;
        let watches = |kinds: &Option<Vec<Kind>>| kinds.as_ref().is_some_and(|kinds| kinds.contains(kind));
        let controllers = self.sleeper.watched.iter().zip(0..).filter(|(kinds, _)| watches(kinds));
        let watchers: Rc<[u32]> = controllers.map(|(_, controller)| controller).collect();
        self.sleeper.watchers.insert(cell, watchers.clone());
        watchers
    }

    /// The processes of a controller that a change wakes which led to `after`.
    pub(crate) fn woken_by(&mut self, controller: u32, after: &Cells, put: Put, old: Option<u32>) -> Rc<[u32]> {
        let id = (controller, put, old.map_or(0, |content| content + 1));
        let tree = self.sleeper.trees.entry(id).or_default();
        if let Some(leaf) = look_up(&mut self.machine, tree, after) {
            return self.sleeper.woken[leaf as usize].clone();
        }
        let object = |machine: &mut Machine, content: Option<u32>| {
            content.map(|c| machine.store.object(put.cell, put.number, c))
        };
        let event = Watched { before: object(&mut self.machine, old), after: object(&mut self.machine, put.content) };
        let controllers = self.machine.controllers.clone();
        let mut reader = Reader { machine: &mut self.machine, cells: after, source: Source::Cache, log: Vec::new() };
        let keys = controllers[controller as usize].woken(&event, &mut reader);
        let log = reader.log;
        let processes: Rc<[u32]> = keys.iter().map(|key| self.machine.process(controller, key)).collect();
        self.sleeper.woken.push(processes.clone());
        let leaf = self.sleeper.woken.len() as u32 - 1;
        self.sleeper.trees.entry(id).or_default().grow(&log, Some(leaf));
        if self.lags.most > 0 {
            let asked = log.iter().filter_map(|event| match event {
                Event::Ask { question, .. } => Some(*question),
                _ => None,
            });
            self.learn_questions(controller, &asked.collect::<Vec<u32>>());
        }
        processes
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
