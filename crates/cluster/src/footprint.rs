//! What an exploration read and wrote: the ground on which parts are told apart.

use evenkeel_api::{Question, Scope, Select};
use evenkeel_object::{Kind, Object};

use crate::demand::UNMET;
use crate::name;
use crate::system::Cluster;

/// Every question that was asked, and every change of an object that a write made.
#[derive(Clone, Debug, Default)]
pub struct Footprint {
    /// The questions of controllers, triggers, server, and of demands on many objects together. That a controller looks for its subjects is no read:
    /// whose subjects they are is settled. Nor is a demand on each object: each is judged where it is looked after.
    pub reads: Vec<Question>,
    /// The changes. An object with a generated name has none of its own here: `web-~`.
    pub writes: Vec<Change>,
}

/// One change of an object: what it was, and what it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Change {
    /// None if it was not there.
    pub before: Option<Object>,
    /// None if it is gone.
    pub after: Option<Object>,
}

impl Change {
    /// The object as it is, or as it last was.
    pub fn object(&self) -> &Object {
        self.after.as_ref().or(self.before.as_ref()).expect("a change has a before or an after")
    }

    /// Whether the answer to a question can be another because of the change, of an object of that kind.
    fn is_seen_by(&self, question: &Question, kind: &Kind) -> bool {
        if question.scope.kind.as_ref().is_some_and(|asked| asked != kind) {
            return false;
        }
        let seen = |object: &Option<Object>| -> Vec<Object> {
            object.iter().filter(|o| concerns_one(&question.scope, o)).cloned().collect()
        };
        let (before, after) = (seen(&self.before), seen(&self.after));
        if before.is_empty() && after.is_empty() {
            return false;
        }
        // What is asked of many is put together from what is asked of each, so what does not differ for one does not differ for all.
        let of = |objects: &[Object]| (question.projection.of)(&question.projection.args, objects);
        of(&before) != of(&after)
    }
}

impl Footprint {
    /// Whether an object of that scope was written.
    pub fn writes_in(&self, scope: &Scope) -> bool {
        let versions = self.writes.iter().flat_map(|change| change.before.iter().chain(&change.after));
        versions.into_iter().any(|object| concerns(scope, object))
    }

    /// Whether something that was asked is answered otherwise for some of these versions of objects than for others.
    pub fn tells_apart(&self, versions: &[Vec<Object>]) -> bool {
        self.reads.iter().any(|question| {
            let answer = |objects: &Vec<Object>| {
                let meant: Vec<Object> = objects.iter().filter(|o| concerns(&question.scope, o)).cloned().collect();
                (question.projection.of)(&question.projection.args, &meant)
            };
            let mut answers = versions.iter().map(answer);
            answers.next().is_some_and(|first| answers.any(|other| other != first))
        })
    }

    /// A change made here that can be seen in `other`, and the question through which it is.
    pub fn is_read_by<'f>(&'f self, other: &'f Footprint) -> Option<(&'f Change, &'f Question)> {
        self.writes.iter().find_map(|change| {
            let kind = change.object().kind();
            let question = other.reads.iter().find(|question| change.is_seen_by(question, &kind))?;
            Some((change, question))
        })
    }
}

/// Whether a version of an object is among those that a read is about.
fn concerns(scope: &Scope, object: &Object) -> bool {
    scope.kind.as_ref().is_none_or(|kind| *kind == object.kind()) && concerns_one(scope, object)
}

/// The same of an object that is of the kind in question.
fn concerns_one(scope: &Scope, object: &Object) -> bool {
    let there = scope.namespace.as_ref().is_none_or(|namespace| **namespace == *object.namespace());
    there
        && match (&scope.select, object.name().strip_suffix('~')) {
            (Select::Named(name), Some(own)) => name::generated(name).is_some_and(|(prefix, _)| prefix == own),
            (select, _) => select.matches(object),
        }
}

impl Cluster {
    /// What was read and written in everything that was explored so far, from the moment on at which the manifests were applied.
    pub fn footprint(&self) -> Footprint {
        self.with(|expander| {
            let machine = &expander.machine;
            let mut reads: Vec<Question> =
                machine.questions.all().filter(|q| q.projection.name != UNMET).cloned().collect();
            reads.sort();
            reads.dedup();
            Footprint { reads, writes: machine.store.all_changes() }
        })
    }
}
