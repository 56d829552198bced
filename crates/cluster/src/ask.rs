//! Questions, answered cell by cell: what is asked of an unchanged cell is not computed again.

use std::sync::Arc;

use evenkeel_api::{Question, Select};
use evenkeel_object::Value;
use rustc_hash::FxHashMap;

use crate::intern::Interner;
use crate::name;
use crate::store::{Cells, EMPTY, Family, Place, Store};

/// Where the answer to a question comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) enum Source {
    /// The asker's own cache. Where no cache lags, everything does.
    #[default]
    Cache,
    /// The API server.
    Server,
}

/// The questions that were ever asked, and their answers.
#[derive(Default)]
pub(crate) struct Questions {
    table: Interner<(Question, Source)>,
    entries: Vec<Entry>,
    pub(crate) values: Interner<Value>,
}

struct Entry {
    question: Question,
    source: Source,
    /// The cells in which there may be objects that the question is about, among the first `resolved` cells (others, and those that lie around).
    cells: Arc<[u32]>,
    resolved: (u32, u32),
    /// The answer for nothing at all.
    neutral: u32,
    of: FxHashMap<u32, u32>,
    join: FxHashMap<(u32, u32), u32>,
}

impl Questions {
    /// The handle of a question.
    pub(crate) fn intern(&mut self, question: &Question, source: Source) -> u32 {
        let handle = self.table.intern(&(question.clone(), source));
        if handle as usize == self.entries.len() {
            let projection = &question.projection;
            let neutral = self.values.intern(&(projection.of)(&projection.args, &[]));
            let (of, join) = (FxHashMap::default(), FxHashMap::default());
            self.entries.push(Entry {
                question: question.clone(),
                source,
                cells: Arc::new([]),
                resolved: (0, 0),
                neutral,
                of,
                join,
            });
        }
        handle
    }

    /// The question of that handle.
    pub(crate) fn get(&self, question: u32) -> &Question {
        &self.entries[question as usize].question
    }

    /// Where the answer to the question of that handle comes from.
    pub(crate) fn source(&self, question: u32) -> Source {
        self.entries[question as usize].source
    }

    /// Finds the cells on which the answer depends among those that are new.
    fn resolve(&mut self, question: u32, store: &Store) {
        let entry = &mut self.entries[question as usize];
        let new: Vec<u32> = store
            .cells_since(entry.resolved.0, entry.resolved.1)
            .filter(|&cell| store.is_known_by(cell) && concerns(&entry.question, store.place(cell)))
            .collect();
        entry.cells = entry.cells.iter().copied().chain(new).collect();
        entry.resolved = store.size();
    }

    /// The cells on which the answer depends.
    pub(crate) fn cells(&mut self, question: u32, store: &Store) -> &[u32] {
        if self.entries[question as usize].resolved != store.size() {
            self.resolve(question, store);
        }
        &self.entries[question as usize].cells
    }

    /// The answer's handle.
    pub(crate) fn answer(&mut self, question: u32, store: &mut Store, cells: &Cells) -> u32 {
        if self.entries[question as usize].resolved != store.size() {
            self.resolve(question, store);
        }
        let Questions { entries, values, .. } = self;
        let entry = &mut entries[question as usize];
        let mut answer = entry.neutral;
        for at in 0..entry.cells.len() {
            let cell = entry.cells[at];
            let list = store.at(cells, cell);
            if list == EMPTY {
                continue;
            }
            let part = entry.part(values, store, cell, list);
            if answer == entry.neutral {
                answer = part;
            } else if part != entry.neutral {
                answer = match entry.join.get(&(answer, part)) {
                    Some(joined) => *joined,
                    None => entry.join(values, answer, part),
                };
            }
        }
        answer
    }

    /// What the objects of a cell with that list contribute to the answer.
    pub(crate) fn part(&mut self, question: u32, store: &mut Store, cell: u32, list: u32) -> u32 {
        let Questions { entries, values, .. } = self;
        entries[question as usize].part(values, store, cell, list)
    }

    /// All questions that were asked.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Question> {
        self.entries.iter().map(|entry| &entry.question)
    }
}

impl Entry {
    #[inline]
    fn part(&mut self, values: &mut Interner<Value>, store: &mut Store, cell: u32, list: u32) -> u32 {
        match self.of.get(&list) {
            _ if list == EMPTY => self.neutral,
            Some(part) => *part,
            None => self.compute(values, store, cell, list),
        }
    }

    fn compute(&mut self, values: &mut Interner<Value>, store: &mut Store, cell: u32, list: u32) -> u32 {
        let mut objects = store.objects(cell, list);
        objects.retain(|object| self.question.scope.matches(object));
        let projection = &self.question.projection;
        let part = values.intern(&(projection.of)(&projection.args, &objects));
        self.of.insert(list, part);
        part
    }

    fn join(&mut self, values: &mut Interner<Value>, left: u32, right: u32) -> u32 {
        let projection = &self.question.projection;
        let joined = (projection.join)(&projection.args, values.get(left), values.get(right));
        let joined = values.intern(&joined);
        self.join.insert((left, right), joined);
        joined
    }
}

/// Whether an object of that place can be among those that the question is about.
fn concerns(question: &Question, place: &Place) -> bool {
    let scope = &question.scope;
    scope.kind.as_ref().is_none_or(|kind| *kind == place.kind)
        && scope.namespace.as_ref().is_none_or(|namespace| *namespace == place.namespace)
        && match (&scope.select, &place.family) {
            (Select::Named(name), Family::Named(own)) => name == own,
            (Select::Named(name), Family::Generated(prefix)) => {
                name::generated(name).is_some_and(|(p, _)| *p == **prefix)
            }
            _ => true,
        }
}
