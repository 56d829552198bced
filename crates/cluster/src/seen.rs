//! The names that reconciles under way have seen: they keep their order, and the reconciles are told the new ones.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::canonical::{Disorder, canonicalise, rename_mentions};
use crate::expand::Expander;
use crate::name;
use crate::rename::Moves;
use crate::state::{Flight, State};
use crate::store::{Cells, Family, Renaming, Renumbering, renumbered};
use crate::tree::Event;

/// What reconciles under way have seen, by process and node.
#[derive(Default)]
pub(crate) struct Sightings {
    /// Everything that a reconcile has seen or sent, as text.
    texts: FxHashMap<(u32, u32), Rc<str>>,
    /// The numbers of the objects of each cell whose names it has seen.
    numbers: FxHashMap<(u32, u32, u32), Rc<[u32]>>,
    /// Where reconciles stand after a renaming.
    moves: Moves,
}

impl Expander {
    /// Brings a state into canonical form. Names that a reconcile under way has seen keep their order, and it is told the new ones.
    pub(crate) fn canonical(&mut self, before: &State, next: &mut State) -> Renaming {
        if next.flights.is_empty() {
            let disorder = if before.flights.is_empty() { Disorder::Changed } else { Disorder::AllBut(&|_| false) };
            return canonicalise(&mut self.machine, &before.cells, &mut next.cells, &disorder);
        }
        let seen = self.seen(&next.flights);
        let mut renaming = canonicalise(
            &mut self.machine,
            &before.cells,
            &mut next.cells,
            &Disorder::AllBut(&|cell| seen.contains_key(&cell)),
        );
        let mut cells: Vec<u32> = seen.keys().copied().collect();
        cells.sort_unstable();
        for cell in cells {
            if let Some(renumbering) = self.compressed(&next.cells, cell, &seen[&cell]) {
                self.rename_all(next, cell, &renumbering);
                renaming.push((cell, renumbering));
            }
        }
        renaming
    }

    /// The numbers of the objects, cell by cell, whose names reconciles under way have seen.
    fn seen(&mut self, flights: &[Flight]) -> FxHashMap<u32, Vec<u32>> {
        let mut seen: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for cell in self.machine.store.generated().to_vec() {
            let numbers = self.seen_in(flights, cell);
            if !numbers.is_empty() {
                seen.insert(cell, numbers);
            }
        }
        seen
    }

    /// Those of one cell.
    pub(crate) fn seen_in(&mut self, flights: &[Flight], cell: u32) -> Vec<u32> {
        let mut seen = Vec::new();
        for flight in flights {
            if self.is_near(flight.process, cell) {
                seen.extend_from_slice(&self.numbers(flight, cell));
            }
        }
        seen
    }

    /// The numbers of the objects of a cell whose names a reconcile under way has seen.
    fn numbers(&mut self, flight: &Flight, cell: u32) -> Rc<[u32]> {
        let id = (flight.process, flight.node, cell);
        if let Some(known) = self.flights.seen.numbers.get(&id) {
            return known.clone();
        }
        let Family::Generated(prefix) = self.machine.store.place(cell).family.clone() else { return Rc::new([]) };
        let mut numbers = name::numbers(&self.text(flight.process, flight.node), &prefix);
        numbers.sort_unstable();
        numbers.dedup();
        let numbers: Rc<[u32]> = numbers.into();
        self.flights.seen.numbers.insert(id, numbers.clone());
        numbers
    }

    /// Whether a process can mean the objects of a cell by their names.
    fn is_near(&self, process: u32, cell: u32) -> bool {
        let (from, to) =
            (&self.machine.processes.get(process).key.namespace, &self.machine.store.place(cell).namespace);
        from == to || from.is_empty() || to.is_empty()
    }

    /// New numbers for a cell of which some names have been seen: those first, in their old order, and then the others by content.
    fn compressed(&mut self, cells: &Cells, cell: u32, seen: &[u32]) -> Option<Renumbering> {
        let list = self.machine.store.at(cells, cell);
        let (sorted, order) = self.machine.store.canonical(cell, list);
        let by_content: Vec<u32> = match order {
            Some(order) => order.iter().map(|(before, _)| *before).collect(),
            None => self.machine.store.list(sorted).iter().map(|(number, _)| *number).collect(),
        };
        let renumbering = seen_first(seen, by_content);
        renumbering.iter().any(|(old, new)| old != new).then(|| renumbering.into())
    }

    /// Renumbers a cell, everything that mentions its objects, and the reconciles that have seen them.
    fn rename_all(&mut self, next: &mut State, cell: u32, renumbering: &Renumbering) {
        let list = self.machine.store.at(&next.cells, cell);
        let list = self.machine.store.renumbered(list, renumbering);
        self.machine.store.put(&mut next.cells, cell, list);
        rename_mentions(&mut self.machine, &mut next.cells, cell, renumbering);
        self.rename_flights(next, cell, renumbering);
    }

    /// Tells reconciles under way the new names of the objects of a cell.
    pub(crate) fn rename_flights(&mut self, next: &mut State, cell: u32, renumbering: &Renumbering) {
        for flight in &mut next.flights {
            if self.is_near(flight.process, cell) {
                self.rename_flight(flight, cell, renumbering);
            }
        }
        next.flights.sort_unstable();
    }

    fn rename_flight(&mut self, flight: &mut Flight, cell: u32, renumbering: &Renumbering) {
        let id = (flight.process, flight.node, cell, renumbering.clone());
        let (process, node) = match self.flights.seen.moves.get(&id) {
            Some(moved) => *moved,
            None => {
                let Family::Generated(prefix) = self.machine.store.place(cell).family.clone() else { return };
                let moved = self.machine.renamed_reconcile(flight.process, flight.node, &prefix, renumbering);
                self.flights.seen.moves.insert(id, moved);
                moved
            }
        };
        let outdated = self.flights.outdated.get(flight.outdated).clone();
        let renamed =
            |(c, number): (u32, u32)| Some((c, if c == cell { renumbered(renumbering, number)? } else { number }));
        let mut outdated: Vec<(u32, u32)> = outdated.into_iter().filter_map(renamed).collect();
        outdated.sort_unstable();
        *flight = Flight { process, node, outdated: self.flights.outdated.intern(&outdated), woken: flight.woken };
    }

    pub(crate) fn texts(&mut self, flights: &[Flight]) -> Vec<Rc<str>> {
        flights.iter().map(|flight| self.text(flight.process, flight.node)).collect()
    }

    /// Everything that a reconcile has seen or sent on its way to a node.
    pub(crate) fn text(&mut self, process: u32, node: u32) -> Rc<str> {
        if let Some(known) = self.flights.seen.texts.get(&(process, node)) {
            return known.clone();
        }
        let machine = &self.machine;
        let mut text = format!("{} ", machine.processes.get(process).key);
        for event in machine.path(process, node) {
            text += &match event {
                Event::Ask { question, answer } => {
                    format!("{:?} {} ", machine.questions.get(question), machine.questions.values.get(answer))
                }
                Event::Write { request, reply, .. } => {
                    format!("{:?} {:?} ", machine.requests.get(request), machine.replies.get(reply))
                }
                Event::Choose { .. } => String::new(),
            };
        }
        if let Some((request, _)) = machine.pending_at(process, node) {
            text += &format!("{:?}", machine.requests.get(request));
        }
        let text: Rc<str> = text.into();
        self.flights.seen.texts.insert((process, node), text.clone());
        text
    }
}

/// New numbers for the objects of a cell of which some names have been seen: those first, in the order of the names, and then the others as they come.
pub(crate) fn seen_first(seen: &[u32], others: Vec<u32>) -> Vec<(u32, u32)> {
    let in_text_order = |mut numbers: Vec<u32>| {
        numbers.sort_by_key(u32::to_string);
        numbers.dedup();
        numbers
    };
    let mut old = in_text_order(seen.to_vec());
    let mut new = in_text_order((0..old.len() as u32).collect());
    let n_seen = old.len() as u32;
    old.extend(others.into_iter().filter(|number| !seen.contains(number)));
    new.extend(n_seen..old.len() as u32);
    old.into_iter().zip(new).collect()
}
