//! What each process can do, remembered by what it sees in each cell.
//!
//! Walking down a decision tree takes dozens of questions, and nearly always nothing that they are about has changed since it was walked last. What a
//! process sees in a cell is the parts that the cell's list contributes to the answers of all questions that the process ever asked; that is a
//! number, its *view*. What came of a walk is kept under the views of all those cells. The trees forget nothing; this is a cache before them, of
//! bounded size: a slot holds what came last.

use std::hash::Hasher;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHasher};

use crate::ask::{Questions, Source};
use crate::machine::{Put, Scene};
use crate::store::{EMPTY, Store};

/// What a process can do in a store.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Each way in which its reconcile can go; none if there is nothing to do and only one way to find that out.
    pub(crate) branches: Vec<Branch>,
    /// Whether any of them changes something, or ends with an error that makes it try again.
    pub(crate) is_active: bool,
}

/// One way in which a reconcile can go from start to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Branch {
    /// The changes that it made, in order.
    pub(crate) puts: Vec<Put>,
    /// How many requests changed something.
    pub(crate) writes: u64,
    /// Where in the tree of its process it sends its first request, if it sends any.
    pub(crate) first: Option<u32>,
    /// Where it ended in the tree of its process, and how.
    pub(crate) node: u32,
    pub(crate) done: u32,
    /// Whether it ended with an error and will be tried again.
    pub(crate) retries: bool,
}

impl Outcome {
    /// Whether it does anything but read. What it sends may change nothing now and something later, although it sees nothing else.
    pub(crate) fn has_business(&self) -> bool {
        self.is_active || self.branches.iter().any(|branch| branch.first.is_some())
    }

    /// Where the reconcile can send its first request, once for each way in which it can come there.
    pub(crate) fn firsts(&self) -> Vec<u32> {
        let mut firsts: Vec<u32> = self.branches.iter().filter_map(|branch| branch.first).collect();
        firsts.dedup();
        firsts
    }
}

impl Branch {
    /// Whether it wrote anything.
    pub(crate) fn writes_something(&self) -> bool {
        !self.puts.is_empty()
    }

    /// Whether it changes something, or ends with an error that makes it try again.
    pub(crate) fn is_active(&self) -> bool {
        self.writes_something() || self.retries
    }
}

/// The slots of a process at first, and at most.
const SLOTS_FIRST: usize = 16;
const SLOTS_MAX: usize = 1 << 13;

/// How many words the views of all lists may take.
const VIEWS_MAX: usize = 1 << 25;

/// The outcomes of all processes.
#[derive(Default)]
pub(crate) struct Outcomes {
    known: Vec<Known>,
    views: Views,
    /// Whether outcomes hang on something besides what is read; that is then the last word of a key.
    pub(crate) hangs_on_more: bool,
    /// The key that is looked for, kept to save allocations.
    key: Vec<u32>,
}

/// The outcomes of one process.
#[derive(Default)]
struct Known {
    /// The questions that were ever asked, as bits.
    is_asked: Vec<u64>,
    questions: Vec<u32>,
    /// All cells on which the outcome can depend, in order, and their bits.
    sights: Vec<Sight>,
    mask: u128,
    /// How many cells there were when `sights` was put together.
    resolved: (u32, u32),
    /// How many views there are; a number is never given out twice.
    n_views: u32,
    /// How many words a key has besides the views.
    n_more: usize,
    /// One key a slot.
    keys: Vec<u32>,
    slots: Vec<Option<Rc<Outcome>>>,
    /// How many outcomes came into slots that were taken, since there are so many slots.
    n_displaced: usize,
}

/// What a process sees in one cell.
#[derive(Default)]
struct Sight {
    cell: u32,
    source: Source,
    /// Where in the row of a list its view is.
    place: u32,
    /// The questions that are about objects of the cell.
    questions: Vec<u32>,
    /// The views, by the parts of the answers.
    of_parts: FxHashMap<Vec<u32>, u32>,
    /// The view of an empty cell, and those of lists whose rows are of another cell.
    of_nothing: u32,
    of_list: FxHashMap<u32, u32>,
}

/// The views of each list: a row of words, one for each sight of its cell; zero where nobody has looked yet.
///
/// All who look at one cell find their views next to each other, and a row by the list's handle.
#[derive(Default)]
struct Views {
    words: Vec<u32>,
    /// By the list's handle.
    rows: Vec<Row>,
    /// How many sights there are of each cell.
    n_sights: FxHashMap<u32, u32>,
}

/// A row: of which cell, where it begins, and how long it is. Where two cells have the same list, the second has no row.
#[derive(Clone, Copy, Default)]
struct Row {
    cell: u32,
    start: u32,
    len: u32,
}

impl Views {
    /// A place for one more sight of a cell.
    fn place(&mut self, cell: u32) -> u32 {
        let n_sights = self.n_sights.entry(cell).or_default();
        *n_sights += 1;
        *n_sights - 1
    }

    /// Where the view of a list is kept, for that sight.
    #[inline]
    fn find(&self, sight: &Sight, list: u32) -> Option<usize> {
        let row = self.rows.get(list as usize)?;
        (row.cell == sight.cell && sight.place < row.len).then_some((row.start + sight.place) as usize)
    }

    /// Keeps the view of a list; tells whether it could.
    fn keep(&mut self, sight: &Sight, list: u32, view: u32) -> bool {
        if let Some(at) = self.find(sight, list) {
            self.words[at] = view;
            return true;
        }
        if self.words.len() > VIEWS_MAX {
            self.words.clear();
            self.rows.clear();
        }
        if self.rows.len() <= list as usize {
            self.rows.resize(list as usize + 1 + list as usize / 2, Row::default());
        }
        let old = self.rows[list as usize];
        if old.len > 0 && old.cell != sight.cell {
            return false;
        }
        // There may be more sights of the cell than when the row was made.
        let len = self.n_sights[&sight.cell];
        let start = self.words.len() as u32;
        self.words.extend_from_within(old.start as usize..(old.start + old.len) as usize);
        self.words.resize((start + len) as usize, 0);
        self.words[(start + sight.place) as usize] = view;
        self.rows[list as usize] = Row { cell: sight.cell, start, len };
        true
    }
}

impl Outcomes {
    fn known_of(&mut self, process: u32) -> &mut Known {
        if self.known.len() <= process as usize {
            let n_more = usize::from(self.hangs_on_more);
            self.known.resize_with(process as usize + 1, || Known { n_more, ..Known::default() });
        }
        &mut self.known[process as usize]
    }

    /// What is remembered of a process in that store.
    pub(crate) fn find(
        &mut self,
        process: u32,
        questions: &mut Questions,
        store: &mut Store,
        (scene, more): (Scene<'_>, u32),
    ) -> Option<&Rc<Outcome>> {
        self.known_of(process);
        let known = &mut self.known[process as usize];
        if known.resolved != store.size() {
            known.resolve(questions, store, &mut self.views);
        }
        if known.slots.is_empty() {
            return None;
        }
        known.look(questions, store, scene, (&mut self.views, &mut self.key));
        self.key.extend(self.hangs_on_more.then_some(more));
        let slot = known.slot(&self.key);
        let width = self.key.len();
        let found = known.slots[slot].as_ref()?;
        // Keys are short: comparing them here is quicker than asking for it.
        let same = known.keys[slot * width..].iter().zip(&self.key).all(|(known, word)| known == word);
        same.then_some(found)
    }

    /// Remembers what a process can do in a store, and on which questions that depended.
    pub(crate) fn remember(
        &mut self,
        process: u32,
        outcome: &Rc<Outcome>,
        asked: &[u32],
        (questions, store): (&mut Questions, &mut Store),
        (scene, more): (Scene<'_>, u32),
    ) {
        let known = &mut self.known[process as usize];
        if known.learn(asked) || known.resolved != store.size() {
            known.resolve(questions, store, &mut self.views);
        }
        known.look(questions, store, scene, (&mut self.views, &mut self.key));
        self.key.extend(self.hangs_on_more.then_some(more));
        known.keep(&self.key, outcome);
    }

    /// The bits of the cells on which a process can depend.
    pub(crate) fn mask(&self, process: u32) -> u128 {
        self.known[process as usize].mask
    }

    /// Takes down what a process asked while it was under way, where it matters who is told of what.
    pub(crate) fn learn(&mut self, process: u32, asked: &[u32]) {
        let known = self.known_of(process);
        if known.learn(asked) {
            // What was found before hangs on none of these, but is looked for by all that is known.
            known.resolved = (u32::MAX, u32::MAX);
        }
    }

    /// The questions on which it ever depended what a process can do.
    pub(crate) fn questions(&self, process: u32) -> &[u32] {
        self.known.get(process as usize).map_or(&[], |known| &known.questions)
    }
}

impl Known {
    /// Takes down what a walk depended on; tells whether any of it is new.
    fn learn(&mut self, asked: &[u32]) -> bool {
        let before = self.questions.len();
        for &question in asked {
            let (word, bit) = (question as usize / 64, 1 << (question % 64));
            if self.is_asked.len() <= word {
                self.is_asked.resize(word + 1, 0);
            }
            if self.is_asked[word] & bit == 0 {
                self.is_asked[word] |= bit;
                self.questions.push(question);
            }
        }
        before != self.questions.len()
    }

    /// Finds out anew which cells the questions are about. Where another question is about a cell, its views are others.
    fn resolve(&mut self, questions: &mut Questions, store: &Store, views: &mut Views) {
        let mut about: FxHashMap<(u32, Source), Vec<u32>> = FxHashMap::default();
        for &question in &self.questions {
            let source = questions.source(question);
            for &cell in questions.cells(question, store).iter().filter(|cell| !store.is_constant(**cell)) {
                about.entry((cell, source)).or_default().push(question);
            }
        }
        let mut old: FxHashMap<(u32, Source), Sight> =
            self.sights.drain(..).map(|sight| ((sight.cell, sight.source), sight)).collect();
        let n_old = old.len();
        let sights = about.into_iter().map(|((cell, source), questions)| match old.remove(&(cell, source)) {
            Some(sight) if sight.questions == questions => sight,
            _ => Sight { cell, source, place: views.place(cell), questions, ..Sight::default() },
        });
        self.sights = sights.collect();
        self.sights.sort_unstable_by_key(|sight| (sight.cell, sight.source == Source::Server));
        self.mask = self.sights.iter().fold(0, |mask, sight| mask | store.bit(sight.cell));
        self.resolved = store.size();
        if self.sights.len() != n_old {
            self.resize(self.slots.len());
        }
    }

    /// What the process sees in a store, as a key.
    fn look(
        &mut self,
        questions: &mut Questions,
        store: &mut Store,
        scene: Scene<'_>,
        (views, key): (&mut Views, &mut Vec<u32>),
    ) {
        key.clear();
        for sight in &mut self.sights {
            let list = store.at(scene.seen_from(sight.source), sight.cell);
            let known = match list {
                EMPTY => sight.of_nothing,
                _ => views.find(sight, list).map_or(0, |at| views.words[at]),
            };
            let view = if known > 0 { known } else { sight.view(questions, store, list, (views, &mut self.n_views)) };
            key.push(view);
        }
    }

    /// Forgets everything, and makes room for so many outcomes.
    fn resize(&mut self, slots: usize) {
        self.keys.clear();
        self.keys.resize(slots * (self.sights.len() + self.n_more), 0);
        self.slots.clear();
        self.slots.resize(slots, None);
        self.n_displaced = 0;
    }

    fn slot(&self, key: &[u32]) -> usize {
        let mut hasher = FxHasher::default();
        key.iter().for_each(|word| hasher.write_u32(*word));
        hasher.finish() as usize & (self.slots.len() - 1)
    }

    fn keep(&mut self, key: &[u32], outcome: &Rc<Outcome>) {
        if self.slots.is_empty() {
            self.resize(SLOTS_FIRST);
        } else if self.n_displaced > self.slots.len() && self.slots.len() < SLOTS_MAX {
            self.resize(self.slots.len() * 4);
        }
        let slot = self.slot(key);
        self.n_displaced += usize::from(self.slots[slot].is_some());
        self.keys[slot * key.len()..(slot + 1) * key.len()].copy_from_slice(key);
        self.slots[slot] = Some(outcome.clone());
    }
}

impl Sight {
    /// The view of a list that was not looked at yet.
    fn view(
        &mut self,
        questions: &mut Questions,
        store: &mut Store,
        list: u32,
        (views, n_views): (&mut Views, &mut u32),
    ) -> u32 {
        if let Some(known) = self.of_list.get(&list) {
            return *known;
        }
        let parts = self.questions.iter().map(|&question| questions.part(question, store, self.cell, list)).collect();
        let view = *self.of_parts.entry(parts).or_insert_with(|| {
            *n_views += 1;
            *n_views
        });
        if list == EMPTY {
            self.of_nothing = view;
        } else if !views.keep(self, list, view) {
            self.of_list.insert(list, view);
        }
        view
    }
}
