//! The store as a short vector of handles.
//!
//! It is cut into cells: one for each object whose name was given, one for all objects whose names were generated with one
//! prefix. A state holds one handle a cell, of a hash-consed list of numbered contents; a change rebuilds one list.

use std::sync::Arc;

use evenkeel_object::{Key, Kind, Object};
use rustc_hash::FxHashMap;

use crate::footprint::Change;
use crate::intern::Interner;
use crate::name;

/// The handle of each cell's list, by the cell's number. Zero, and what is beyond the end, stands for the list that the cell began with.
pub(crate) type Cells = Vec<u32>;

/// What a cell holds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Place {
    pub(crate) kind: Kind,
    pub(crate) namespace: Arc<str>,
    pub(crate) family: Family,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Family {
    /// The object of that name.
    Named(Arc<str>),
    /// The objects whose names were generated with that prefix.
    Generated(Arc<str>),
}

/// The contents of a cell: number and handle of the content of each object, in the order of the numbers.
pub(crate) type List = Arc<[(u32, u32)]>;

/// How the numbers of a cell change when it is brought into canonical order.
pub(crate) type Renumbering = Arc<[(u32, u32)]>;

/// How the generated names of a state were given anew, cell by cell, in order.
pub(crate) type Renaming = Vec<(u32, Renumbering)>;

/// All the tables that a store's handles refer to.
#[derive(Default)]
pub(crate) struct Store {
    places: Vec<Place>,
    /// What lies around: cells that are there from the start and that hardly anybody changes. They take no room in a state.
    context: Vec<Context>,
    /// The list that each cell began with.
    first: Vec<u32>,
    /// Whether each cell never lay around.
    originals: Vec<bool>,
    /// The cells of generated names, in order.
    generated: Vec<u32>,
    numbers: FxHashMap<Place, u32>,
    contents: Interner<Object>,
    lists: Lists,
    named: FxHashMap<(u32, u32, u32), Object>,
    changes: FxHashMap<(u32, u32, u32), u32>,
    canonical: FxHashMap<u32, (u32, Option<Renumbering>)>,
    mentions: FxHashMap<(u32, u32), bool>,
    /// Whether each list mentions any generated name at all, its own apart; by the list's handle.
    mentions_any: Vec<Option<bool>>,
    renamed: FxHashMap<(u32, u32, Renumbering), u32>,
}

struct Context {
    place: Place,
    list: u32,
    /// The cell in which it is kept since it was changed for the first time.
    moved: Option<u32>,
}

struct Lists(Interner<List>);

/// Stands in a state for the list that a cell began with.
const AS_AT_FIRST: u32 = 0;

/// The list of an empty cell.
pub(crate) const EMPTY: u32 = 1;

/// Numbers from here on are those of cells that lie around.
const CONTEXT: u32 = 1 << 24;

impl Default for Lists {
    fn default() -> Self {
        let mut lists = Interner::default();
        let (reserved, empty): (List, List) = (Arc::new([(u32::MAX, u32::MAX)]), Arc::new([]));
        assert_eq!(lists.intern(&reserved), AS_AT_FIRST, "the first handle is no list's");
        assert_eq!(lists.intern(&empty), EMPTY, "the empty list is the first");
        Lists(lists)
    }
}

impl Place {
    /// Where an object of that key lies, and its number there.
    pub(crate) fn of(key: &Key) -> (Place, u32) {
        let (family, number) = match name::generated(&key.name) {
            Some((prefix, number)) => (Family::Generated(prefix.into()), number),
            None => (Family::Named(key.name.clone()), 0),
        };
        (Place { kind: key.kind.clone(), namespace: key.namespace.clone(), family }, number)
    }

    /// The key of the object of that number.
    pub(crate) fn key(&self, number: u32) -> Key {
        let name = match &self.family {
            Family::Named(name) => name.clone(),
            Family::Generated(prefix) => name::name(prefix, number).into(),
        };
        Key { kind: self.kind.clone(), namespace: self.namespace.clone(), name }
    }
}

impl Store {
    /// How many cells there are besides those that lie around; they are only ever added.
    pub(crate) fn n_cells(&self) -> u32 {
        self.places.len() as u32
    }

    /// How many cells lie around.
    fn n_context(&self) -> u32 {
        self.context.len() as u32
    }

    /// How many cells there are of both sorts; while that stays the same, every question is about the same cells.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.n_cells(), self.n_context())
    }

    /// The cells of objects with generated names; those that lie around apart.
    pub(crate) fn generated(&self) -> &[u32] {
        &self.generated
    }

    /// The cells from the `from`-th and from the `from_context`-th of those that lie around.
    pub(crate) fn cells_since(&self, from: u32, from_context: u32) -> impl Iterator<Item = u32> + use<> {
        (CONTEXT + from_context..CONTEXT + self.n_context()).chain(from..self.n_cells())
    }

    /// What the cell of that number holds.
    pub(crate) fn place(&self, cell: u32) -> &Place {
        match cell.checked_sub(CONTEXT) {
            Some(context) => &self.context[context as usize].place,
            None => &self.places[cell as usize],
        }
    }

    /// The list of a cell.
    #[inline]
    pub(crate) fn at(&self, cells: &Cells, cell: u32) -> u32 {
        if cell >= CONTEXT { self.around_at(cells, cell) } else { self.own_at(cells, cell) }
    }

    #[inline]
    fn own_at(&self, cells: &Cells, cell: u32) -> u32 {
        match cells.get(cell as usize) {
            Some(&list) if list != AS_AT_FIRST => list,
            _ => self.first[cell as usize],
        }
    }

    #[cold]
    fn around_at(&self, cells: &Cells, cell: u32) -> u32 {
        let context = &self.context[(cell - CONTEXT) as usize];
        context.moved.map_or(context.list, |moved| self.own_at(cells, moved))
    }

    /// Puts another list into a cell.
    pub(crate) fn put(&mut self, cells: &mut Cells, cell: u32, list: u32) {
        let cell = if cell >= CONTEXT { self.moved(cell) } else { cell };
        if cells.len() <= cell as usize {
            cells.resize(cell as usize + 1, AS_AT_FIRST);
        }
        cells[cell as usize] = if list == self.first[cell as usize] { AS_AT_FIRST } else { list };
        while cells.last() == Some(&AS_AT_FIRST) {
            cells.pop();
        }
    }

    /// The cell in which one that lies around is kept once it changes.
    fn moved(&mut self, cell: u32) -> u32 {
        let context = &mut self.context[(cell - CONTEXT) as usize];
        let fresh = self.places.len() as u32;
        let moved = *context.moved.get_or_insert(fresh);
        if moved == fresh {
            let (place, list) = (context.place.clone(), context.list);
            self.add(place, list, false);
        }
        moved
    }

    fn add(&mut self, place: Place, first: u32, original: bool) {
        if matches!(place.family, Family::Generated(_)) {
            self.generated.push(self.n_cells());
        }
        self.places.push(place);
        self.first.push(first);
        self.originals.push(original);
    }

    /// Whether a cell is one of those that lie around.
    pub(crate) fn lies_around(&self, cell: u32) -> bool {
        cell >= CONTEXT
    }

    /// Whether a cell holds the same in every state so far: it lies around, and nobody has changed it yet.
    pub(crate) fn is_constant(&self, cell: u32) -> bool {
        cell.checked_sub(CONTEXT).is_some_and(|context| self.context[context as usize].moved.is_none())
    }

    /// The cells, besides those that lie around, in which two stores differ.
    pub(crate) fn changed_cells<'c>(&self, before: &'c Cells, after: &'c Cells) -> impl Iterator<Item = u32> + use<'c> {
        // A list is written in one way only: as such, or as the one that the cell began with.
        let n_cells = before.len().max(after.len());
        let at = |cells: &Cells, cell: usize| cells.get(cell).copied().unwrap_or(AS_AT_FIRST);
        (0..n_cells).filter(move |&cell| at(before, cell) != at(after, cell)).map(|cell| cell as u32)
    }

    /// Whether a cell is not empty and never lay around.
    pub(crate) fn is_own(&self, cells: &Cells, cell: u32) -> bool {
        self.originals[cell as usize] && self.at(cells, cell) != EMPTY
    }

    /// Whether a cell never lay around.
    pub(crate) fn is_original(&self, cell: u32) -> bool {
        self.originals[cell as usize]
    }

    /// Whether a cell goes by that number; one that lay around and was changed has another, by which nobody asks.
    pub(crate) fn is_known_by(&self, cell: u32) -> bool {
        self.numbers.get(self.place(cell)) == Some(&cell)
    }

    /// The bit by which a cell is known in a set of cells. Cells that lie around, or come late, share one.
    pub(crate) fn bit(&self, cell: u32) -> u128 {
        const LAST: u32 = u128::BITS - 1;
        let has_its_own = cell < LAST && self.originals[cell as usize];
        1 << if has_its_own { cell } else { LAST }
    }

    /// The cells whose lists differ from those that they began with.
    pub(crate) fn touched<'c>(&self, cells: &'c Cells) -> impl Iterator<Item = u32> + use<'c> {
        cells.iter().zip(0..).filter(|(list, _)| **list != AS_AT_FIRST).map(|(_, cell)| cell)
    }

    /// Every cell that is not empty.
    pub(crate) fn filled(&self, cells: &Cells) -> Vec<u32> {
        let all = self
            .cells_since(0, 0)
            .filter(|cell| *cell < CONTEXT || self.context[(cell - CONTEXT) as usize].moved.is_none());
        all.filter(|&cell| self.at(cells, cell) != EMPTY).collect()
    }

    /// The cell in which an object of that key lies, and its number there. The cell is made if there is none.
    pub(crate) fn locate(&mut self, key: &Key) -> (u32, u32) {
        let (place, number) = Place::of(key);
        if let Some(cell) = self.numbers.get(&place) {
            return (*cell, number);
        }
        let cell = self.n_cells();
        self.add(place.clone(), EMPTY, true);
        self.numbers.insert(place, cell);
        (cell, number)
    }

    /// Puts an object around a cluster: it is there from the start.
    pub(crate) fn lay_around(&mut self, object: &Object) {
        let (place, number) = Place::of(&object.key());
        let cell = match self.numbers.get(&place) {
            Some(cell) => *cell,
            None => {
                let cell = CONTEXT + self.n_context();
                self.context.push(Context { place: place.clone(), list: EMPTY, moved: None });
                self.numbers.insert(place, cell);
                cell
            }
        };
        let content = self.content(cell, number, object);
        let list = self.changed(self.context[(cell - CONTEXT) as usize].list, number, Some(content));
        self.context[(cell - CONTEXT) as usize].list = list;
    }

    /// The contents of a list.
    pub(crate) fn list(&self, list: u32) -> List {
        self.lists.0.get(list).clone()
    }

    /// The most objects with generated names and one content that any list ever had.
    pub(crate) fn most_alike(&self) -> usize {
        let alike = |list: &List| {
            let mut contents: Vec<u32> = list.iter().map(|(_, content)| *content).collect();
            contents.sort_unstable();
            contents.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap_or(0)
        };
        self.lists.0.all().map(alike).max().unwrap_or(0)
    }

    /// The objects of a list in that cell, in the order of their numbers.
    pub(crate) fn objects(&mut self, cell: u32, list: u32) -> Vec<Object> {
        self.list(list).iter().map(|&(number, content)| self.object(cell, number, content)).collect()
    }

    /// The object of that number and content in that cell.
    pub(crate) fn object(&mut self, cell: u32, number: u32, content: u32) -> Object {
        let Family::Generated(prefix) = self.place(cell).family.clone() else {
            return self.contents.get(content).clone();
        };
        let contents = &self.contents;
        let named = || name::named(contents.get(content), &prefix, number);
        self.named.entry((cell, number, content)).or_insert_with(named).clone()
    }

    /// The handle of what an object is apart from its generated name.
    pub(crate) fn content(&mut self, cell: u32, number: u32, object: &Object) -> u32 {
        match self.place(cell).family.clone() {
            Family::Named(_) => self.contents.intern(object),
            Family::Generated(prefix) => self.contents.intern(&name::nameless(object, &prefix, number)),
        }
    }

    /// The list with the object of that number replaced, added, or taken away.
    pub(crate) fn changed(&mut self, list: u32, number: u32, content: Option<u32>) -> u32 {
        let op = (list, number, content.map_or(0, |content| content + 1));
        if let Some(changed) = self.changes.get(&op) {
            return *changed;
        }
        let mut items: Vec<(u32, u32)> = self.list(list).iter().copied().filter(|(n, _)| *n != number).collect();
        items.extend(content.map(|content| (number, content)));
        items.sort_unstable();
        let changed = self.lists.0.intern(&items.into());
        self.changes.insert(op, changed);
        changed
    }

    /// The objects in which two lists of one cell differ: the number of each, and its contents in both.
    pub(crate) fn differing(&self, before: u32, after: u32) -> Vec<(u32, Option<u32>, Option<u32>)> {
        let (before, after) = (self.list(before), self.list(after));
        let of = |list: &List, number: u32| list.iter().find(|(n, _)| *n == number).map(|(_, content)| *content);
        let mut numbers: Vec<u32> = before.iter().chain(after.iter()).map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let all = numbers.into_iter().map(|number| (number, of(&before, number), of(&after, number)));
        all.filter(|(_, before, after)| before != after).collect()
    }

    /// The content of that handle.
    pub(crate) fn content_of(&self, content: u32) -> &Object {
        self.contents.get(content)
    }

    /// The number of the cell in which a state keeps what is in a cell.
    pub(crate) fn kept_in(&self, cell: u32) -> u32 {
        let context = cell.checked_sub(CONTEXT).map(|context| &self.context[context as usize]);
        context.and_then(|context| context.moved).unwrap_or(cell)
    }

    /// Forgets the changes made so far, so that [`Store::all_changes`] begins here.
    pub(crate) fn forget_changes(&mut self) {
        self.changes.clear();
    }

    /// The contents of every list there ever was, in whichever cell.
    pub(crate) fn all_lists(&self) -> impl Iterator<Item = Vec<Object>> {
        // The first is reserved, and no list.
        let lists = self.lists.0.all().skip(1);
        lists.map(|list| list.iter().map(|(_, content)| self.contents.get(*content).clone()).collect())
    }

    /// Every change that was made.
    pub(crate) fn all_changes(&self) -> Vec<Change> {
        let content = |content: u32| self.contents.get(content).clone();
        let mut changes: Vec<Change> = self
            .changes
            .keys()
            .map(|&(list, number, after)| Change {
                before: self.list(list).iter().find(|(n, _)| *n == number).map(|(_, before)| content(*before)),
                after: after.checked_sub(1).map(content),
            })
            .filter(|change| change.before != change.after)
            .collect();
        changes.sort();
        changes.dedup();
        changes
    }

    /// The list in canonical order (by content), and how that renumbers its objects, if it does.
    pub(crate) fn canonical(&mut self, cell: u32, list: u32) -> (u32, Option<Renumbering>) {
        if matches!(self.place(cell).family, Family::Named(_)) {
            return (list, None);
        }
        if let Some(known) = self.canonical.get(&list) {
            return known.clone();
        }
        let mut items = self.list(list).to_vec();
        items.sort_by(|a, b| self.contents.get(a.1).cmp(self.contents.get(b.1)).then(a.0.cmp(&b.0)));
        let renumbering: Vec<(u32, u32)> = items.iter().zip(0..).map(|(&(old, _), new)| (old, new)).collect();
        let sorted: Vec<(u32, u32)> = items.iter().zip(0..).map(|(&(_, content), new)| (new, content)).collect();
        let identity = renumbering.iter().all(|(old, new)| old == new);
        let result = (self.lists.0.intern(&sorted.into()), (!identity).then(|| renumbering.into()));
        self.canonical.insert(list, result.clone());
        result
    }

    /// The list with other numbers.
    pub(crate) fn renumbered(&mut self, list: u32, renumbering: &Renumbering) -> u32 {
        let items = self.list(list);
        let mut items: Vec<(u32, u32)> = items
            .iter()
            .map(|&(number, content)| {
                (renumbered(renumbering, number).expect("every object has a new number"), content)
            })
            .collect();
        items.sort_unstable();
        self.lists.0.intern(&items.into())
    }

    /// Whether objects of a cell can mean those of another by their names: names are names within a namespace.
    pub(crate) fn may_mention(&self, cell: u32, of: u32) -> bool {
        let (from, to) = (&self.place(cell).namespace, &self.place(of).namespace);
        from == to || from.is_empty() || to.is_empty()
    }

    /// Whether an object of the list mentions any generated name, its own apart.
    fn mentions_any(&mut self, list: u32) -> bool {
        if self.mentions_any.len() <= list as usize {
            self.mentions_any.resize(list as usize * 2 + 1, None);
        }
        if let Some(known) = self.mentions_any[list as usize] {
            return known;
        }
        let found = self.list(list).iter().any(|(_, content)| name::mentions_any(&self.contents.get(*content).0));
        self.mentions_any[list as usize] = Some(found);
        found
    }

    /// Whether an object of the list mentions a generated name of the cell `of`, its own apart.
    pub(crate) fn mentions(&mut self, list: u32, of: u32) -> bool {
        if !self.mentions_any(list) {
            return false;
        }
        if let Some(known) = self.mentions.get(&(list, of)) {
            return *known;
        }
        let Family::Generated(prefix) = self.place(of).family.clone() else { return false };
        let items = self.list(list);
        let found = items.iter().any(|(_, content)| name::mentions(&self.contents.get(*content).0, &prefix));
        self.mentions.insert((list, of), found);
        found
    }

    /// The list with every mention of a name of the cell `of` renumbered.
    pub(crate) fn renamed(&mut self, list: u32, of: u32, renumbering: &Renumbering) -> u32 {
        let op = (list, of, renumbering.clone());
        if let Some(known) = self.renamed.get(&op) {
            return *known;
        }
        let Family::Generated(prefix) = self.place(of).family.clone() else { return list };
        let renumber = |number: u32| renumbered(renumbering, number);
        let items = self.list(list);
        let items: Vec<(u32, u32)> = items
            .iter()
            .map(|&(number, content)| {
                let object = Object(name::renamed(&self.contents.get(content).0, &prefix, &renumber));
                (number, self.contents.intern(&in_order(object)))
            })
            .collect();
        let result = self.lists.0.intern(&items.into());
        self.renamed.insert(op, result);
        result
    }
}

/// The number that an object of the cell has afterwards; none if it is gone.
pub(crate) fn renumbered(renumbering: &Renumbering, number: u32) -> Option<u32> {
    renumbering.iter().find(|(old, _)| *old == number).map(|(_, new)| *new)
}

/// An object with the lists whose order means nothing brought in order, so that renaming does not tell them apart.
pub(crate) fn in_order(mut object: Object) -> Object {
    if object["kind"].text() == "EndpointSlice" && !object["endpoints"].items().is_empty() {
        let mut endpoints = object["endpoints"].items().to_vec();
        endpoints.sort();
        object.set(&["endpoints"], endpoints);
    }
    object
}
