//! The set of states seen so far: one flat vector of words, and a hash table of indices into it.
//!
//! Equality is that of the words themselves, never of a fingerprint: a verdict is not a matter of luck.

use std::hash::Hasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxHasher;

/// What became of a state that was looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Interned {
    /// It was there, at this index.
    Known(u32),
    /// It is new, and now at this index.
    New(u32),
    /// It would be new, but the table is as large as it may become.
    Full,
}

/// Distinct states, numbered in the order in which they came.
#[derive(Default)]
pub(crate) struct Table {
    arena: Arena,
    index: HashTable<u32>,
}

impl Table {
    /// How many states there are.
    pub(crate) fn len(&self) -> usize {
        self.arena.len
    }

    /// The words of one state.
    pub(crate) fn words(&self, index: usize) -> &[u32] {
        self.arena.get(index)
    }

    /// Makes room for that many more states.
    pub(crate) fn reserve(&mut self, additional: usize) {
        let arena = &self.arena;
        self.index
            .reserve(additional, |&i| hash(arena.get(i as usize)));
    }

    /// Finds a state, or adds it as long as there are fewer than `limit`.
    pub(crate) fn intern(&mut self, words: &[u32], limit: usize) -> Interned {
        let arena = &self.arena;
        let same = |&i: &u32| arena.get(i as usize) == words;
        match self
            .index
            .entry(hash(words), same, |&i| hash(arena.get(i as usize)))
        {
            Entry::Occupied(entry) => Interned::Known(*entry.get()),
            Entry::Vacant(_) if arena.len >= limit => Interned::Full,
            Entry::Vacant(entry) => {
                let index = u32::try_from(arena.len).expect("the limit is below 2^31");
                entry.insert(index);
                self.arena.push(words);
                Interned::New(index)
            }
        }
    }

    /// The bytes it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.arena.bytes() + self.index.allocation_size()
    }
}

/// Two words a round: half the multiplications of one word a round.
fn hash(words: &[u32]) -> u64 {
    let mut hasher = FxHasher::default();
    let (pairs, rest) = words.as_chunks::<2>();
    for [low, high] in pairs {
        hasher.write_u64(u64::from(*low) | u64::from(*high) << 32);
    }
    for word in rest {
        hasher.write_u32(*word);
    }
    hasher.finish()
}

/// Vectors of words, one after the other.
#[derive(Default)]
struct Arena {
    words: Vec<u32>,
    len: usize,
    /// The length of every vector, as long as they are all of one length.
    stride: usize,
    /// Where each vector ends; empty as long as they are all of one length.
    ends: Vec<usize>,
}

impl Arena {
    fn get(&self, index: usize) -> &[u32] {
        if self.ends.is_empty() {
            &self.words[index * self.stride..(index + 1) * self.stride]
        } else {
            let start = if index == 0 { 0 } else { self.ends[index - 1] };
            &self.words[start..self.ends[index]]
        }
    }

    fn push(&mut self, words: &[u32]) {
        if self.len == 0 {
            self.stride = words.len();
        } else if self.ends.is_empty() && words.len() != self.stride {
            self.ends = (1..=self.len).map(|i| i * self.stride).collect();
        }
        self.words.extend_from_slice(words);
        self.len += 1;
        if !self.ends.is_empty() {
            self.ends.push(self.words.len());
        }
    }

    fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u32>() + self.ends.capacity() * size_of::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::{Interned, Table};

    #[test]
    fn states_of_many_lengths_keep_their_indices() {
        let mut table = Table::default();
        let states: Vec<Vec<u32>> = vec![
            vec![1, 2],
            vec![3, 4],
            vec![],
            vec![1],
            vec![1, 2, 3],
            vec![0],
            vec![0, 0],
        ];
        for (i, words) in (0..).zip(&states) {
            assert_eq!(table.intern(words, 100), Interned::New(i));
        }
        for (i, words) in (0..).zip(&states) {
            assert_eq!(table.intern(words, 100), Interned::Known(i));
            assert_eq!(table.words(i as usize), words);
        }
    }

    #[test]
    fn the_empty_state_is_a_state() {
        let mut table = Table::default();
        assert_eq!(table.intern(&[], 9), Interned::New(0));
        assert_eq!(table.intern(&[], 9), Interned::Known(0));
        assert_eq!(table.intern(&[7], 9), Interned::New(1));
        assert_eq!((table.words(0), table.words(1)), (&[][..], &[7][..]));
    }

    #[test]
    fn a_full_table_still_knows_what_it_holds() {
        let mut table = Table::default();
        assert_eq!(table.intern(&[1], 1), Interned::New(0));
        assert_eq!(table.intern(&[2], 1), Interned::Full);
        assert_eq!(table.intern(&[1], 1), Interned::Known(0));
        assert_eq!(table.len(), 1);
    }
}
