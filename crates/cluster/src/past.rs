//! What is gone, and may still be seen: it keeps its place in canonical form, and its name and uid to itself.

use std::rc::Rc;

use crate::canonical::rename_mentions;
use crate::expand::Expander;

use crate::identity::mentions;
use crate::lag::UNTAGGED;
use crate::machine::{Decision, Machine, Put};
use crate::seen::seen_first;
use crate::state::State;
use crate::store::{Cells, Family, List, Renaming, Renumbering};

impl Expander {
    /// Brings a state whose caches may lag into canonical form: what a cache may still show is sorted along with what there is.
    pub(crate) fn canonical_lagging(&mut self, before: &State, next: &mut State) -> Renaming {
        let mut renaming = Renaming::new();
        for pass in 0..4 {
            let known = renaming.len();
            for cell in self.machine.store.generated().to_vec() {
                let places = self.places(next, cell);
                let old = if pass == 0 { self.places(before, cell) } else { Vec::new() };
                let is_kept = |number: u32| places.iter().any(|(kept, _)| *kept == number);
                let is_lost = old.iter().any(|(number, _)| !is_kept(*number));
                if is_lost || places.iter().any(|(number, place)| number != place) {
                    let renumbering: Renumbering = places.into();
                    self.renumber(next, cell, &renumbering);
                    renaming.push((cell, renumbering));
                }
            }
            if renaming.len() == known {
                break;
            }
        }
        for passed in &mut next.log {
            if passed.by != UNTAGGED {
                passed.by = self.machine.after(passed.by, &renaming).unwrap_or(UNTAGGED);
            }
        }
        renaming
    }

    /// The numbers of the objects of a cell in a state, with their places in canonical order. Those whose names a reconcile under way has seen keep theirs.
    fn places(&mut self, state: &State, cell: u32) -> Vec<(u32, u32)> {
        let rows = self.rows(state, cell);
        if state.flights.is_empty() {
            return rows.iter().copied().zip(0..).collect();
        }
        let seen = self.seen_in(&state.flights, cell);
        seen_first(&seen, rows.to_vec())
    }

    /// The numbers of the objects of a cell that are there or may still be seen, in canonical order: by what they are, and then by what they were.
    fn rows(&mut self, state: &State, cell: u32) -> Rc<[u32]> {
        let past = state.log.iter().filter(|passed| passed.cell == cell).map(|passed| passed.list);
        let lists: Vec<u32> = [self.machine.store.at(&state.cells, cell)].into_iter().chain(past).collect();
        if let Some(known) = self.lags.rows.get(&lists) {
            return known.clone();
        }
        let rows: Rc<[u32]> = self.sorted_rows(&lists).into();
        self.lags.rows.insert(lists, rows.clone());
        rows
    }

    fn sorted_rows(&self, lists: &[u32]) -> Vec<u32> {
        let store = &self.machine.store;
        let lists: Vec<_> = lists.iter().map(|list| store.list(*list)).collect();
        let mut numbers: Vec<u32> = lists.iter().flat_map(|list| list.iter().map(|(number, _)| *number)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let content = |list: &List, number: u32| {
            let found = list.iter().find(|(n, _)| *n == number).map(|(_, content)| store.content_of(*content).clone());
            (found.is_none(), found)
        };
        numbers.sort_by_cached_key(|number| lists.iter().map(|list| content(list, *number)).collect::<Vec<_>>());
        numbers
    }

    /// Renumbers a cell in the store and in the log, and everything that mentions its objects.
    fn renumber(&mut self, next: &mut State, cell: u32, renumbering: &Renumbering) {
        let store = &mut self.machine.store;
        let list = store.at(&next.cells, cell);
        let list = store.renumbered(list, renumbering);
        store.put(&mut next.cells, cell, list);
        for passed in &mut next.log {
            if passed.cell == cell {
                passed.list = store.renumbered(passed.list, renumbering);
            }
        }
        rename_mentions(&mut self.machine, &mut next.cells, cell, renumbering);
        self.rename_flights(next, cell, renumbering);
        let store = &mut self.machine.store;
        for passed in &mut next.log {
            if store.mentions(passed.list, cell) && store.may_mention(passed.cell, cell) {
                passed.list = store.renamed(passed.list, cell, renumbering);
            }
        }
    }
}

impl Machine {
    /// A decision whose new objects take neither names nor uids of objects that are gone and that somebody may still see in those cells and lists.
    pub(crate) fn unlike(&mut self, decision: &Decision, now: &Cells, past: &[(u32, u32)]) -> Decision {
        let creates = |put: &Put| put.content.is_some() && self.content(now, put.cell, put.number).is_none();
        if past.is_empty() || !decision.puts.iter().any(creates) {
            return decision.clone();
        }
        let is_named = |put: &Put| matches!(self.store.place(put.cell).family, Family::Named(_));
        let is_asked = decision.puts.iter().any(|put| creates(put) && is_named(put));
        let texts = if is_asked { self.texts_of(past) } else { Vec::new() };
        let mut puts = decision.puts.to_vec();
        let mut reply = decision.reply;
        for put in &mut puts {
            let is_new = put.content.is_some() && self.content(now, put.cell, put.number).is_none();
            let cell = self.store.kept_in(put.cell);
            let lists: Vec<u32> = past.iter().filter(|(of, _)| *of == cell).map(|(_, list)| *list).collect();
            if is_new {
                let is_seen = |uid: &str| texts.iter().any(|text| mentions(text, uid));
                reply = self.set_apart(put, reply, (now, &lists), &is_seen);
            }
        }
        Decision { reply, puts: puts.into() }
    }

    fn set_apart(
        &mut self,
        put: &mut Put,
        reply: u32,
        (now, past): (&Cells, &[u32]),
        is_seen: &dyn Fn(&str) -> bool,
    ) -> u32 {
        let place = self.store.place(put.cell).clone();
        if let Family::Generated(prefix) = place.family {
            if past.is_empty() {
                return reply;
            }
            let lists = past.iter().copied().chain([self.store.at(now, put.cell)]);
            let taken: Vec<u32> = lists
                .flat_map(|list| self.store.list(list).iter().map(|(number, _)| *number).collect::<Vec<_>>())
                .collect();
            let number = (put.number..).find(|number| !taken.contains(number)).expect("there is always another number");
            let from = std::mem::replace(&mut put.number, number);
            return self.answered_with(reply, &prefix, from, number);
        }
        match self.with_uid(put, now, is_seen) {
            Some(uid) => self.told_uid(reply, &uid),
            None => reply,
        }
    }
}
