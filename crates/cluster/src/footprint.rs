//! What an exploration read and wrote: the ground on which parts are told apart.

use evenkeel_api::{Scope, Select};
use evenkeel_object::Object;

use crate::expand::KEYS;
use crate::name;
use crate::system::Cluster;

/// Every predicate that was read through, and every version of an object that a write made or replaced.
#[derive(Clone, Debug, Default)]
pub struct Footprint {
    /// The reads of controllers, triggers and server. That a controller looks for its subjects is no read: whose subjects they are is settled.
    pub reads: Vec<Scope>,
    /// The versions, before and after. An object with a generated name has none of its own here: `web-~`.
    pub writes: Vec<Object>,
}

impl Footprint {
    /// Whether something that was written here is read in `other`.
    pub fn is_read_by(&self, other: &Footprint) -> Option<(&Object, Scope)> {
        self.writes.iter().find_map(|object| {
            let scope = other.reads.iter().find(|scope| concerns(scope, object))?;
            Some((object, scope.clone()))
        })
    }
}

/// Whether a version of an object is among those that a read is about.
fn concerns(scope: &Scope, object: &Object) -> bool {
    let of_kind = scope.kind.as_ref().is_none_or(|kind| *kind == object.kind());
    let there = scope.namespace.as_ref().is_none_or(|namespace| **namespace == *object.namespace());
    of_kind && there && match (&scope.select, object.name().strip_suffix('~')) {
        (Select::Named(name), Some(own)) => name::generated(name).is_some_and(|(prefix, _)| prefix == own),
        (select, _) => select.matches(object),
    }
}

impl Cluster {
    /// What was read and written in everything that was explored so far, from the moment on at which the manifests were applied.
    pub fn footprint(&self) -> Footprint {
        self.with(|expander| {
            let machine = &expander.machine;
            let mut reads: Vec<Scope> =
                machine.questions.all().filter(|q| q.projection.name != KEYS).map(|q| q.scope.clone()).collect();
            reads.sort();
            reads.dedup();
            Footprint { reads, writes: machine.store.versions() }
        })
    }
}
