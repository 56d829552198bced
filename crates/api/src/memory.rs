//! A store that is nothing but a map: the reference for every faster one.

use std::collections::BTreeMap;

use evenkeel_object::{Key, Object, Value};

use crate::{Question, Read, Write};

/// Objects by their keys.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Memory {
    /// The objects.
    pub objects: BTreeMap<Key, Object>,
}

impl Memory {
    /// Puts an object in as it is, unseen by any server.
    pub fn insert(&mut self, object: Object) {
        self.objects.insert(object.key(), object);
    }

    /// Carries out what a server decided.
    pub fn commit(&mut self, writes: &[Write]) {
        for write in writes {
            match &write.after {
                Some(object) => self.objects.insert(write.key.clone(), object.clone()),
                None => self.objects.remove(&write.key),
            };
        }
    }
}

impl Read for Memory {
    fn ask(&mut self, question: &Question) -> Value {
        let chosen: Vec<Object> = self.objects.values().filter(|o| question.scope.matches(o)).cloned().collect();
        (question.projection.of)(&question.projection.args, &chosen)
    }
}
