//! Which processes there are: those whose subject is in the store, and those that are always there.

use std::rc::Rc;

use evenkeel_api::Scope;
use evenkeel_control::Wakes;
use evenkeel_object::{Key, Object};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::intern::Interner;
use crate::machine::Machine;
use crate::store::{Cells, EMPTY};

/// The processes of a state, in a fixed order.
#[derive(Clone, Default)]
pub(crate) struct Crew {
    pub(crate) all: Rc<[u32]>,
    /// Those whose controllers can fall asleep.
    pub(crate) sleepers: Rc<[u32]>,
}

/// Finds the processes of a state from its cells, each looked at once.
pub(crate) struct Subjects {
    /// What each controller reconciles.
    scopes: Vec<Vec<Scope>>,
    standing: Vec<(u32, Key)>,
    /// Whether each controller can fall asleep.
    can_sleep: Vec<bool>,
    /// Keys that are looked after elsewhere.
    foreign: FxHashSet<Key>,
    /// The processes whose subjects are in each list, by the list's handle: a handle of [`Subjects::groups`], and one more.
    of_list: Vec<u32>,
    groups: Interner<Vec<u32>>,
    known: FxHashMap<Vec<u32>, Crew>,
    /// The groups of a state, kept to save allocations.
    signature: Vec<u32>,
}

impl Subjects {
    /// Those of the first `n_controllers`; the rest have none, and act when they are told to.
    pub(crate) fn new(machine: &Machine, n_controllers: usize) -> Subjects {
        let controllers = machine.controllers.iter().take(n_controllers).zip(0..);
        let standing = controllers
            .flat_map(|(controller, number)| controller.standing().into_iter().map(move |key| (number, key)));
        Subjects {
            scopes: machine.controllers.iter().map(|controller| controller.subjects()).collect(),
            standing: standing.collect(),
            can_sleep: machine.controllers.iter().map(|c| matches!(c.wakes(), Wakes::On(_))).collect(),
            foreign: FxHashSet::default(),
            of_list: Vec::new(),
            groups: Interner::default(),
            known: FxHashMap::default(),
            signature: Vec::new(),
        }
    }

    /// Leaves these to others.
    pub(crate) fn except(&mut self, foreign: &[Key]) {
        self.foreign = foreign.iter().cloned().collect();
        self.standing.retain(|(_, key)| !foreign.contains(key));
    }

    /// Whether others look after that.
    pub(crate) fn are_foreign(&self, key: &Key) -> bool {
        self.foreign.contains(key)
    }

    /// The processes that have a subject in that store, by controller and key.
    ///
    /// What a cache may still show is a subject, too: the cell and the list of each is in `past`.
    pub(crate) fn processes(
        &mut self,
        machine: &mut Machine,
        cells: &Cells,
        past: impl Iterator<Item = (u32, u32)>,
    ) -> Crew {
        let mut signature = std::mem::take(&mut self.signature);
        signature.clear();
        // What lies around is nobody's subject here.
        for cell in 0..machine.store.n_cells() {
            let list = machine.store.at(cells, cell);
            if list != EMPTY && machine.store.is_original(cell) {
                signature.push(self.group(machine, cell, list));
            }
        }
        for (cell, list) in past {
            if list != EMPTY && machine.store.is_original(cell) {
                signature.push(self.group(machine, cell, list));
            }
        }
        let processes = match self.known.get(&signature) {
            Some(known) => known.clone(),
            None => {
                let processes = self.gathered(machine, &signature);
                self.known.insert(signature.clone(), processes.clone());
                processes
            }
        };
        self.signature = signature;
        processes
    }

    /// Whether two lists of a cell hold the subjects of the same processes.
    pub(crate) fn are_same(&mut self, machine: &mut Machine, cell: u32, before: u32, after: u32) -> bool {
        if !machine.store.is_original(cell) {
            return true;
        }
        let mut group = |list| if list == EMPTY { None } else { Some(self.group(machine, cell, list)) };
        group(before) == group(after)
    }

    fn group(&mut self, machine: &mut Machine, cell: u32, list: u32) -> u32 {
        if self.of_list.len() <= list as usize {
            self.of_list.resize(list as usize * 2 + 1, 0);
        }
        if let Some(known) = self.of_list[list as usize].checked_sub(1) {
            return known;
        }
        let objects = machine.store.objects(cell, list);
        let processes: Vec<u32> = objects.iter().flat_map(|object| self.of(machine, object)).collect();
        let group = self.groups.intern(&processes);
        self.of_list[list as usize] = group + 1;
        group
    }

    /// The processes that look after an object.
    fn of(&self, machine: &mut Machine, object: &Object) -> Vec<u32> {
        let key = object.key();
        if self.foreign.contains(&key) {
            return Vec::new();
        }
        let chosen = |scopes: &Vec<Scope>| scopes.iter().any(|scope| scope.matches(object));
        let controllers = self.scopes.iter().zip(0..).filter(|(scopes, _)| chosen(scopes));
        controllers.map(|(_, controller)| machine.process(controller, &key)).collect()
    }

    fn gathered(&self, machine: &mut Machine, signature: &[u32]) -> Crew {
        let mut processes: Vec<u32> =
            self.standing.iter().map(|(controller, key)| machine.process(*controller, key)).collect();
        processes.extend(signature.iter().flat_map(|&group| self.groups.get(group)));
        let place = |process: &u32| {
            let process = machine.processes.get(*process);
            (process.controller, process.key.clone())
        };
        processes.sort_by_cached_key(place);
        processes.dedup();
        let can_sleep = |process: &u32| self.can_sleep[machine.processes.get(*process).controller as usize];
        let sleepers = processes.iter().copied().filter(can_sleep).collect();
        Crew { all: processes.into(), sleepers }
    }
}
