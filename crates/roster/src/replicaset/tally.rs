//! What a ReplicaSet needs to know of its Pods as long as it deletes none: numbers.

use evenkeel_api::Projection;
use evenkeel_object::{Object, Selector, Value, json};

use crate::pods::is_terminating;
use crate::template::{is_active, is_ready};

/// The Pods of a ReplicaSet, counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Tally {
    /// Those that have not ended and are not being deleted.
    pub(super) active: i64,
    /// Of these, those with all labels of the template.
    pub(super) labelled: i64,
    /// Of these, those that are ready.
    pub(super) ready: i64,
    /// Those that are being deleted and have not ended.
    pub(super) terminating: i64,
    /// Active ones that the selector does not choose any more. They are in no other count.
    pub(super) strangers: i64,
}

impl Tally {
    /// Reads the answer to [`owned`].
    pub(super) fn of(answer: &Value) -> Tally {
        Tally {
            active: answer["active"].count(),
            labelled: answer["labelled"].count(),
            ready: answer["ready"].count(),
            terminating: answer["terminating"].count(),
            strangers: answer["strangers"].count(),
        }
    }

    fn answer(self) -> Value {
        Value::from(json!({
            "active": self.active, "labelled": self.labelled, "ready": self.ready,
            "terminating": self.terminating, "strangers": self.strangers,
        }))
    }

    /// The same with these active Pods instead of those that were counted.
    pub(super) fn with_active(self, set: &Object, pods: &[Object]) -> Tally {
        let mut tally = Tally { terminating: self.terminating, ..Tally::default() };
        let labels = &set["spec"]["template"]["metadata"]["labels"];
        pods.iter().for_each(|pod| tally.count_active(pod, labels));
        tally
    }

    fn count_active(&mut self, pod: &Object, labels: &Value) {
        self.active += 1;
        self.labelled += i64::from(Selector::equal(labels).matches(pod.labels()));
        self.ready += i64::from(is_ready(pod));
    }
}

/// The tally of the Pods that a ReplicaSet manages.
pub(super) fn owned(set: &Object) -> Projection {
    let mut args = Value::map();
    args.set(&["selector"], set["spec"]["selector"].clone());
    let labels = &set["spec"]["template"]["metadata"]["labels"];
    args.set(&["labels"], labels.clone());
    Projection {
        name: "tally of Pods",
        args,
        of: |args, pods| counted(args, pods).answer(),
        join: |_, left, right| {
            let sums = left.entries().map(|(field, count)| {
                let sum = count.count() + right[&**field].count();
                (field.clone(), Value::Int(sum))
            });
            Value::fields(sums)
        },
    }
}

fn counted(args: &Value, pods: &[Object]) -> Tally {
    let selector = Selector::of(&args["selector"]).unwrap_or_default();
    let mut tally = Tally::default();
    for pod in pods {
        let is_chosen = selector.matches(pod.labels());
        if is_active(pod) {
            if is_chosen {
                tally.count_active(pod, &args["labels"]);
            } else {
                tally.strangers += 1;
            }
        } else if is_chosen && is_terminating(pod) {
            tally.terminating += 1;
        }
    }
    tally
}

/// Whether any of the Pods is active.
pub(super) fn any_active() -> Projection {
    Projection {
        name: "any active Pod",
        args: Value::Null,
        of: |_, pods| Value::Bool(pods.iter().any(is_active)),
        join: |_, left, right| Value::Bool(left.is_true() || right.is_true()),
    }
}
