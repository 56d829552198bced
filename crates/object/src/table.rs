//! Hash-consing: equal things get equal handles.

use std::cell::RefCell;
use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// Gives each distinct thing a number, in the order in which they come, and never takes it back.
///
/// Equality of handles is equality of things, exactly. Things are handed out by value and should be cheap to copy.
#[derive(Default)]
pub struct Table<T> {
    inner: RefCell<Inner<T>>,
}

struct Inner<T> {
    things: Vec<T>,
    index: HashTable<u32>,
}

impl<T> Default for Inner<T> {
    fn default() -> Self {
        Inner { things: Vec::new(), index: HashTable::new() }
    }
}

impl<T: Clone + Eq + Hash> Table<T> {
    /// An empty table.
    pub fn new() -> Table<T> {
        Table { inner: RefCell::default() }
    }

    /// The handle of `thing`.
    pub fn intern(&self, thing: &T) -> u32 {
        let mut inner = self.inner.borrow_mut();
        let Inner { things, index } = &mut *inner;
        let hash = FxBuildHasher.hash_one(thing);
        if let Some(handle) = index.find(hash, |&handle| things[handle as usize] == *thing) {
            return *handle;
        }
        let handle = u32::try_from(things.len()).expect("a table has fewer than 2^32 entries");
        things.push(thing.clone());
        index.insert_unique(hash, handle, |&handle| FxBuildHasher.hash_one(&things[handle as usize]));
        handle
    }

    /// The handle of `thing`, if it has one.
    pub fn find(&self, thing: &T) -> Option<u32> {
        let inner = self.inner.borrow();
        let hash = FxBuildHasher.hash_one(thing);
        inner.index.find(hash, |&handle| inner.things[handle as usize] == *thing).copied()
    }

    /// The thing of that handle.
    pub fn get(&self, handle: u32) -> T {
        self.inner.borrow().things[handle as usize].clone()
    }

    /// How many distinct things there are.
    pub fn len(&self) -> usize {
        self.inner.borrow().things.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn equal_things_get_equal_handles() {
        let table = Table::new();
        assert_eq!(table.intern(&"a"), 0);
        assert_eq!(table.intern(&"b"), 1);
        assert_eq!(table.intern(&"a"), 0);
        assert_eq!(table.get(1), "b");
        assert_eq!(table.find(&"c"), None);
        assert_eq!(table.len(), 2);
    }
}
