//! Handles for things, by exclusive access: equal things get equal handles.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// Gives each distinct thing a number, in the order in which they come.
pub(crate) struct Interner<T> {
    things: Vec<T>,
    index: HashTable<u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Interner { things: Vec::new(), index: HashTable::new() }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// The handle of `thing`.
    pub(crate) fn intern(&mut self, thing: &T) -> u32 {
        let Interner { things, index } = self;
        let hash = FxBuildHasher.hash_one(thing);
        if let Some(handle) = index.find(hash, |&handle| things[handle as usize] == *thing) {
            return *handle;
        }
        let handle = u32::try_from(things.len()).expect("fewer than 2^32 distinct things");
        things.push(thing.clone());
        index.insert_unique(hash, handle, |&handle| FxBuildHasher.hash_one(&things[handle as usize]));
        handle
    }

    /// All things, in the order in which they came.
    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        self.things.iter()
    }

    /// The thing of that handle.
    pub(crate) fn get(&self, handle: u32) -> &T {
        &self.things[handle as usize]
    }
}
