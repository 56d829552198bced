//! The set of states seen so far: one flat vector of words, and a hash table of indices into it.
//!
//! Equality is that of the words themselves, never of a fingerprint: a verdict is not a matter of luck.

use std::hash::Hasher;

use evenkeel_system::Pack;
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

/// States that are looked up together.
///
/// The table is much larger than any cache, and a look-up waits for memory two or three times. Those of a batch follow each other closely enough
/// for a processor to wait for several at once.
#[derive(Default)]
pub(crate) struct Batch {
    arena: Arena,
    hashes: Vec<u64>,
    found: Vec<Option<u32>>,
}

impl Batch {
    /// Adds a state.
    #[inline]
    pub(crate) fn push(&mut self, state: &impl Pack) {
        let start = self.arena.words.len();
        state.pack(&mut self.arena.words);
        let words = &self.arena.words[start..];
        self.hashes.push(hash(words));
        self.arena.end(words.len());
    }

    /// Takes all states out.
    pub(crate) fn clear(&mut self) {
        self.arena.clear();
        self.hashes.clear();
    }
}

/// Distinct states, numbered in the order in which they came.
#[derive(Default)]
pub(crate) struct Table {
    arena: Arena,
    index: HashTable<u32>,
}

impl Table {
    /// How many states there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.arena.len
    }

    /// The words of one state.
    #[inline]
    pub(crate) fn words(&self, index: usize) -> &[u32] {
        self.arena.get(index)
    }

    /// Makes room for that many more states.
    pub(crate) fn reserve(&mut self, additional: usize) {
        let arena = &self.arena;
        self.index.reserve(additional, |&i| hash(arena.get(i as usize)));
    }

    /// Looks up every state of a batch.
    pub(crate) fn look_up(&self, batch: &mut Batch) {
        let Batch { arena, hashes, found } = batch;
        found.clear();
        found.extend(hashes.iter().enumerate().map(|(i, &hash)| {
            let words = arena.get(i);
            self.index.find(hash, |&known| same(self.arena.get(known as usize), words)).copied()
        }));
    }

    /// Finds a state of a batch that was looked up, or adds it as long as there are fewer than `limit`.
    #[inline]
    pub(crate) fn intern(&mut self, batch: &Batch, i: usize, limit: usize) -> Interned {
        if let Some(known) = batch.found[i] {
            return Interned::Known(known);
        }
        let (arena, words) = (&self.arena, batch.arena.get(i));
        let same = |&known: &u32| same(arena.get(known as usize), words);
        // An earlier state of the same batch may have been the same.
        match self.index.entry(batch.hashes[i], same, |&known| hash(arena.get(known as usize))) {
            Entry::Occupied(entry) => Interned::Known(*entry.get()),
            Entry::Vacant(_) if arena.len >= limit => Interned::Full,
            Entry::Vacant(entry) => {
                let index = u32::try_from(arena.len).expect("the limit is below 2^31");
                entry.insert(index);
                self.arena.extend(words);
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
#[inline]
fn hash(words: &[u32]) -> u64 {
    let mut hasher = FxHasher::default();
    let (pairs, rest) = words.as_chunks::<2>();
    for [low, high] in pairs {
        hasher.write_u64(u64::from(*low) | u64::from(*high) << 32);
    }
    if let [word] = rest {
        hasher.write_u32(*word);
    }
    hasher.finish()
}

/// Equality, without a call where there is little to compare.
#[inline]
fn same(one: &[u32], other: &[u32]) -> bool {
    match (one, other) {
        ([a], [b]) => a == b,
        ([a, c], [b, d]) => a == b && c == d,
        _ => one == other,
    }
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
    #[inline]
    fn get(&self, index: usize) -> &[u32] {
        if self.ends.is_empty() {
            &self.words[index * self.stride..(index + 1) * self.stride]
        } else {
            let start = if index == 0 { 0 } else { self.ends[index - 1] };
            &self.words[start..self.ends[index]]
        }
    }

    #[inline]
    fn extend(&mut self, words: &[u32]) {
        self.words.extend_from_slice(words);
        self.end(words.len());
    }

    /// Ends a vector of that many words.
    #[inline]
    fn end(&mut self, len: usize) {
        if self.len == 0 {
            self.stride = len;
        } else if self.ends.is_empty() && len != self.stride {
            self.ends.extend((1..=self.len).map(|i| i * self.stride));
        }
        self.len += 1;
        if !self.ends.is_empty() {
            self.ends.push(self.words.len());
        }
    }

    fn clear(&mut self) {
        self.words.clear();
        self.ends.clear();
        self.len = 0;
    }

    fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u32>() + self.ends.capacity() * size_of::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, Interned, Table};

    fn interned(table: &mut Table, limit: usize, states: &[&[u32]]) -> Vec<Interned> {
        let mut batch = Batch::default();
        states.iter().for_each(|words| batch.push(&words.to_vec()));
        table.look_up(&mut batch);
        (0..states.len()).map(|i| table.intern(&batch, i, limit)).collect()
    }

    #[test]
    fn states_of_many_lengths_keep_their_indices() {
        let mut table = Table::default();
        let states: [&[u32]; 7] = [&[1, 2], &[3, 4], &[], &[1], &[1, 2, 3], &[0], &[0, 0]];
        assert_eq!(interned(&mut table, 100, &states), [0, 1, 2, 3, 4, 5, 6].map(Interned::New));
        assert_eq!(interned(&mut table, 100, &states), [0, 1, 2, 3, 4, 5, 6].map(Interned::Known));
        assert!((0..7).all(|i| table.words(i) == states[i]));
    }

    #[test]
    fn the_empty_state_is_a_state() {
        let mut table = Table::default();
        assert_eq!(
            interned(&mut table, 9, &[&[], &[], &[7]]),
            [Interned::New(0), Interned::Known(0), Interned::New(1)]
        );
        assert_eq!((table.words(0), table.words(1)), (&[][..], &[7][..]));
    }

    #[test]
    fn a_full_table_still_knows_what_it_holds() {
        let mut table = Table::default();
        assert_eq!(
            interned(&mut table, 1, &[&[1], &[2], &[1]]),
            [Interned::New(0), Interned::Full, Interned::Known(0)]
        );
        assert_eq!(table.len(), 1);
    }
}
