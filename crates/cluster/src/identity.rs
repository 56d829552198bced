//! New objects whose uids nobody remembers who is at work, or who still sees what is gone.
//!
//! The server looks for a uid that no object mentions. A reconcile under way, and a cache that lags, may know one that no object does.

use rustc_hash::FxHashMap;

use crate::expand::Expander;
use crate::machine::{Decision, Machine, Put};
use crate::name;
use crate::state::State;
use crate::store::{Cells, EMPTY, Family};

impl Expander {
    /// A decision whose new objects do not take names by which a reconcile under way still calls objects that are gone.
    pub(crate) fn without_alias(&mut self, state: &State, decision: Decision) -> Decision {
        let creates = decision.puts.iter().any(|put| put.content.is_some() && self.is_new(&state.cells, put));
        if !creates {
            return decision;
        }
        let decision = self.as_another(state, &decision);
        if state.flights.len() < 2 && state.log.is_empty() {
            return decision;
        }
        let mut puts = decision.puts.to_vec();
        let mut reply = decision.reply;
        for put in &mut puts {
            let Family::Generated(prefix) = self.machine.store.place(put.cell).family.clone() else { continue };
            if put.content.is_none() || !self.is_new(&state.cells, put) {
                continue;
            }
            let mut taken = self.seen_in(&state.flights, put.cell);
            let past = state.log.iter().filter(|passed| passed.cell == put.cell).map(|passed| passed.list);
            let lists = past.chain([self.machine.store.at(&state.cells, put.cell)]);
            for list in lists {
                taken.extend(self.machine.store.list(list).iter().map(|(number, _)| *number));
            }
            if taken.contains(&put.number) {
                let number = (0..).find(|number| !taken.contains(number)).expect("there is always another number");
                reply = self.machine.answered_with(reply, &prefix, put.number, number);
                put.number = number;
            }
        }
        Decision { reply, puts: puts.into() }
    }

    /// A decision whose new objects do not take uids that a reconcile under way knows.
    fn as_another(&mut self, state: &State, decision: &Decision) -> Decision {
        let mut puts = decision.puts.to_vec();
        let given = self.unremembered(state, &mut puts);
        let reply = given.map_or(decision.reply, |uid| self.machine.told_uid(decision.reply, &uid));
        Decision { reply, puts: puts.into() }
    }

    fn is_new(&self, cells: &Cells, put: &Put) -> bool {
        !self.machine.store.list(self.machine.store.at(cells, put.cell)).iter().any(|(number, _)| *number == put.number)
    }

    /// Gives each new object in these changes another uid if a reconcile under way has seen its own, or a cache still shows it. The last uid that was given anew, if any was.
    pub(crate) fn unremembered(&mut self, state: &State, puts: &mut [Put]) -> Option<String> {
        let is_named = |put: &Put| matches!(self.machine.store.place(put.cell).family, Family::Named(_));
        let creates =
            |put: &Put| put.content.is_some() && self.machine.content(&state.cells, put.cell, put.number).is_none();
        let made: Vec<Put> = puts.iter().filter(|put| is_named(put) && creates(put)).copied().collect();
        if !made.iter().any(|put| self.is_remembered(state, *put)) {
            return None;
        }
        let texts = self.texts(&state.flights);
        let past: Vec<(u32, u32)> = state.log.iter().map(|passed| (passed.cell, passed.list)).collect();
        let shown = self.machine.texts_of(&past);
        let is_known =
            |uid: &str| texts.iter().any(|text| mentions(text, uid)) || shown.iter().any(|text| mentions(text, uid));
        let mut given = None;
        for put in puts {
            let is_new = put.content.is_some() && self.machine.content(&state.cells, put.cell, put.number).is_none();
            if is_new {
                given = self.machine.with_uid(put, &state.cells, &is_known).or(given);
            }
        }
        given
    }

    /// Whether the uid of a new object is known to a reconcile under way, or still shown by a cache.
    fn is_remembered(&mut self, state: &State, put: Put) -> bool {
        let Some(content) = put.content else { return false };
        let flights = state.flights.iter().map(|flight| Memory::Flight(flight.process, flight.node));
        let lists = state.log.iter().map(|passed| Memory::List(passed.cell, passed.list));
        let all: Vec<Memory> = flights.chain(lists).collect();
        all.into_iter().any(|memory| {
            let id = (memory, put.cell, content);
            if let Some(known) = self.memories.get(&id) {
                return *known;
            }
            let object = self.machine.store.object(put.cell, put.number, content);
            let tells = match memory {
                Memory::Flight(process, node) => mentions(&self.text(process, node), object.uid()),
                Memory::List(cell, list) => {
                    self.machine.texts_of(&[(cell, list)]).iter().any(|text| mentions(text, object.uid()))
                }
            };
            self.memories.insert(id, tells);
            tells
        })
    }
}

/// Whether a memory mentions the uid of the object of that content in that cell.
pub(crate) type Memories = FxHashMap<(Memory, u32, u32), bool>;

/// What may know of an object that is gone: a reconcile by its process and node, or what a cell held.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Memory {
    Flight(u32, u32),
    List(u32, u32),
}

impl Machine {
    /// The answer with an object of another generated name.
    pub(crate) fn answered_with(&mut self, reply: u32, prefix: &str, from: u32, to: u32) -> u32 {
        let Ok(object) = self.replies.get(reply).clone() else { return reply };
        let renamed = name::named(&name::nameless(&object, prefix, from), prefix, to);
        self.replies.intern(&Ok(renamed))
    }

    /// Gives a new object another uid if its own is known. What the server names keeps its uid: it is named anew instead.
    pub(crate) fn with_uid(&mut self, put: &mut Put, now: &Cells, is_known: &dyn Fn(&str) -> bool) -> Option<String> {
        let (Family::Named(_), Some(content)) = (&self.store.place(put.cell).family, put.content) else { return None };
        let mut object = self.store.object(put.cell, put.number, content);
        if !is_known(object.uid()) {
            return None;
        }
        let stem = object.uid().rsplit_once('#').map_or(object.uid(), |(stem, _)| stem).to_owned();
        let stored: Vec<String> =
            self.store.filled(now).into_iter().flat_map(|cell| self.objects_of(now, cell)).collect();
        let is_taken = |uid: &str| is_known(uid) || stored.iter().any(|text| mentions(text, uid));
        let free =
            (0..).map(|n| format!("{stem}#{n}")).find(|uid| !is_taken(uid)).expect("there is always another uid");
        object.set(&["metadata", "uid"], free.as_str());
        put.content = Some(self.store.content(put.cell, put.number, &object));
        Some(free)
    }

    /// The answer with an object of another uid.
    pub(crate) fn told_uid(&mut self, reply: u32, uid: &str) -> u32 {
        let Ok(mut told) = self.replies.get(reply).clone() else { return reply };
        told.set(&["metadata", "uid"], uid);
        self.replies.intern(&Ok(told))
    }

    /// The objects of some lists, each in a cell, as texts.
    pub(crate) fn texts_of(&mut self, lists: &[(u32, u32)]) -> Vec<String> {
        let lists = lists.iter().filter(|(_, list)| *list != EMPTY);
        let objects = lists.flat_map(|(cell, list)| self.store.objects(*cell, *list));
        objects.map(|object| object.0.to_string()).collect()
    }

    fn objects_of(&mut self, cells: &Cells, cell: u32) -> Vec<String> {
        let list = self.store.at(cells, cell);
        self.texts_of(&[(cell, list)])
    }
}

/// Whether a text says that uid, and not one that only begins so.
pub(crate) fn mentions(text: &str, uid: &str) -> bool {
    let is_whole = |(at, _): (usize, &str)| !text[at + uid.len()..].starts_with(|c: char| c.is_ascii_digit());
    text.match_indices(uid).any(is_whole)
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn a_uid_is_not_one_that_only_begins_so() {
        let check = |text: &str, expect: bool| assert_eq!(mentions(text, "Lamp/default/a#1"), expect, "{text}");
        check("\"Lamp/default/a#1\"", true);
        check("Lamp/default/a#12 Lamp/default/a#1", true);
        check("Lamp/default/a#12", false);
        check("Lamp/default/b#1", false);
    }
}
