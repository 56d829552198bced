//! Lasting names for objects whose generated names change from state to state.

use std::rc::Rc;

use evenkeel_object::{Key, Object, Value};
use rustc_hash::FxHashMap;

use crate::demand::{Demand, Finding};
use crate::expand::Expander;
use crate::name;
use crate::step::{Step, Unmet};
use crate::store::{Cells, Family, Renaming, renumbered};

/// The lasting number of each object with a generated name, by cell and number.
#[derive(Clone, Default)]
pub(crate) struct Labels {
    given: FxHashMap<(u32, u32), u32>,
    next: FxHashMap<u32, u32>,
}

impl Labels {
    /// Gives a label to every object that has none.
    pub(crate) fn give(&mut self, expander: &mut Expander, cells: &Cells) {
        for cell in expander.machine.store.filled(cells) {
            let list = expander.machine.store.at(cells, cell);
            if matches!(expander.machine.store.place(cell).family, Family::Generated(_)) {
                for (number, _) in expander.machine.store.list(list).iter() {
                    self.label(cell, *number);
                }
            }
        }
    }

    fn label(&mut self, cell: u32, number: u32) -> u32 {
        let next = self.next.entry(cell).or_insert(1);
        *self.given.entry((cell, number)).or_insert_with(|| std::mem::replace(next, *next + 1))
    }

    /// Labels what a step creates; a number that is taken again gets a new label.
    pub(crate) fn give_new(&mut self, expander: &mut Expander, before: &Cells, step: &Step) {
        for effect in step.requests.iter().flat_map(|sent| &sent.effects) {
            if name::generated(&effect.key.name).is_none() || effect.before.is_some() {
                continue;
            }
            let (cell, number) = expander.machine.store.locate(&effect.key);
            if expander.machine.object(before, cell, number).is_none() {
                self.given.remove(&(cell, number));
            }
            self.label(cell, number);
        }
    }

    pub(crate) fn rename(&mut self, renaming: &Renaming) {
        for (cell, renumbering) in renaming {
            let moved: Vec<((u32, u32), u32)> =
                self.given.iter().filter(|((c, _), _)| c == cell).map(|(k, v)| (*k, *v)).collect();
            for (key, _) in &moved {
                self.given.remove(key);
            }
            for ((cell, number), label) in moved {
                if let Some(number) = renumbered(renumbering, number) {
                    self.given.insert((cell, number), label);
                }
            }
        }
    }

    /// A value with the lasting names.
    pub(crate) fn told(&self, expander: &Expander, value: &Value) -> Value {
        let namespace = value["metadata"]["namespace"].text().to_owned();
        self.next.keys().fold(value.clone(), |value, cell| {
            let place = expander.machine.store.place(*cell);
            let Family::Generated(prefix) = &place.family else { return value };
            if !namespace.is_empty() && *place.namespace != *namespace {
                return value;
            }
            name::renamed(&value, prefix, &|number| self.given.get(&(*cell, number)).copied())
        })
    }

    fn told_text(&self, expander: &Expander, text: &str) -> String {
        self.told(expander, &Value::from(text)).text().to_owned()
    }

    fn told_key(&self, expander: &mut Expander, key: &Key) -> Key {
        if name::generated(&key.name).is_none() {
            return key.clone();
        }
        let (cell, number) = expander.machine.store.locate(key);
        self.given
            .get(&(cell, number))
            .map_or_else(|| key.clone(), |label| expander.machine.store.place(cell).key(*label))
    }

    pub(crate) fn unmet(&self, expander: &mut Expander, demand: &Rc<Demand>, findings: &[Finding]) -> Unmet {
        let told = findings.iter().map(|finding| Finding {
            object: finding.object.as_ref().map(|key| self.told_key(expander, key)),
            error: finding.error.as_ref().map(|error| self.told_text(expander, error)),
        });
        Unmet { demand: demand.clone(), findings: told.collect() }
    }

    pub(crate) fn tell(&self, expander: &mut Expander, step: &mut Step) {
        step.subject = self.told_key(expander, &step.subject);
        for (key, _) in &mut step.unseen {
            *key = self.told_key(expander, key);
        }
        for late in &mut step.late {
            late.subject = self.told_key(expander, &late.subject);
        }
        step.retry = step.retry.as_ref().map(|text| self.told_text(expander, text));
        for sent in &mut step.requests {
            sent.because = self.told_text(expander, &sent.because);
            sent.request.key = self.told_key(expander, &sent.request.key);
            if let Some(status) = &mut sent.refused {
                status.message = self.told_text(expander, &status.message);
            }
            for effect in &mut sent.effects {
                effect.key = self.told_key(expander, &effect.key);
                effect.before = effect.before.as_ref().map(|object| Object(self.told(expander, &object.0)));
                effect.after = effect.after.as_ref().map(|object| Object(self.told(expander, &object.0)));
            }
        }
    }
}
