//! DELETE: an object goes at once, or is marked and waits for its grace period and its finalizers.

use evenkeel_object::{Object, Value};

use super::{Call, admission, fault, metadata, update, withdrawn};
use crate::{Outcome, Propagation, Status, Verb, Write};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// These cannot be deleted.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go
const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

/// How a deletion was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) propagation: Option<Propagation>,
    pub(crate) uid: Option<String>,
    pub(crate) grace: Option<i64>,
}

/// How the deletion of an object goes on.
enum Course {
    /// Nothing is left to wait for but finalizers.
    AtOnce,
    /// It gets so many seconds to end.
    Gracefully(i64),
    /// It is ending already, and sooner than was asked for.
    Pending,
}

/// Deletes the object.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go: Delete
pub(crate) fn delete(call: &mut Call<'_>) -> Result<Outcome, Status> {
    let Verb::Delete { propagation, uid, grace } = &call.request.verb else {
        unreachable!("other verbs go elsewhere");
    };
    let options =
        Options { propagation: *propagation, uid: uid.as_deref().map(str::to_owned), grace: grace.map(i64::from) };
    let before = call.stored()?;
    update::unconflicted(call)?;
    let after = match deleted(call, &before, &options)? {
        Fate::Unchanged => return Ok(Outcome::unchanged(before)),
        Fate::Kept(after) => Some(after),
        Fate::Gone => None,
    };
    if !withdrawn::is_cleanup(call) {
        admission::released(call, &before)?;
    }
    Ok(settled(call, before, after))
}

/// What is left of an object that is deleted.
pub(crate) enum Fate {
    /// Its deletion is under way and stays as it is.
    Unchanged,
    /// It waits.
    Kept(Object),
    /// Nothing.
    Gone,
}

/// What a deletion comes to. Nobody else is asked.
pub(crate) fn deleted(call: &Call<'_>, before: &Object, options: &Options) -> Result<Fate, Status> {
    if let Some(uid) = &options.uid
        && uid != before.uid()
    {
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
            before.uid()
        );
        return Err(fault::conflict(call.resource, before.name(), why));
    }
    if call.resource.kind.is("", "Namespace") {
        return namespace(call, before, options);
    }
    if call.resource.kind.is("apiextensions.k8s.io", "CustomResourceDefinition") && !before.is_terminating() {
        return Ok(Fate::Kept(withdrawn::marked(before.clone())));
    }
    let is_pod = call.resource.kind.is("", "Pod");
    let course = if is_pod { course_of_pod(before, options.grace) } else { Course::AtOnce };
    let finalizers = finalizers(call, before, options.propagation);
    let is_held = !finalizers.is_empty();
    let after = with_finalizers(before.clone(), finalizers);
    Ok(match course {
        Course::Pending => Fate::Unchanged,
        Course::Gracefully(seconds) if seconds > 0 || is_held => Fate::Kept(metadata::marked(after, seconds)),
        Course::AtOnce if is_held => Fate::Kept(metadata::marked(after, 0)),
        _ => Fate::Gone,
    })
}

fn settled(call: &Call<'_>, before: Object, after: Option<Object>) -> Outcome {
    let after = after.map(metadata::renumbered);
    if after.as_ref() == Some(&before) {
        return Outcome::unchanged(before);
    }
    Outcome {
        answer: Ok(after.clone().unwrap_or(before)),
        writes: vec![Write { key: call.request.key.clone(), after }],
    }
}

/// A Pod that runs on a node gets time to end; the kubelet then deletes it with none.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/pod/strategy.go: CheckGracefulDelete
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go: BeforeDelete
fn course_of_pod(pod: &Object, asked: Option<i64>) -> Course {
    if pod.is_terminating() {
        let pending = pod["metadata"]["deletionGracePeriodSeconds"].count();
        return match asked {
            _ if pending == 0 => Course::AtOnce,
            Some(seconds) if seconds < pending => Course::Gracefully(seconds),
            _ => Course::Pending,
        };
    }
    let is_bound = !pod["spec"]["nodeName"].text().is_empty();
    let is_over = matches!(pod["status"]["phase"].text(), "Succeeded" | "Failed");
    if !is_bound || is_over {
        return Course::Gracefully(0);
    }
    let own = &pod["spec"]["terminationGracePeriodSeconds"];
    let seconds = asked.unwrap_or_else(|| own.count());
    Course::Gracefully(if seconds < 0 { 1 } else { seconds })
}

/// The finalizers of an object that is deleted: its own, and the one that tells the garbage collector what to do.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go: deletionFinalizersForGarbageCollection
fn finalizers(call: &Call<'_>, object: &Object, asked: Option<Propagation>) -> Vec<Value> {
    let has = |finalizer: &str| object.finalizers().any(|own| own == finalizer);
    let propagation = asked.unwrap_or_else(|| {
        if has(ORPHAN) {
            Propagation::Orphan
        } else if has(FOREGROUND) {
            Propagation::Foreground
        } else if call.resource.orphans() {
            Propagation::Orphan
        } else {
            Propagation::Background
        }
    });
    with_propagation(object, propagation)
}

fn with_propagation(object: &Object, propagation: Propagation) -> Vec<Value> {
    let wanted = match propagation {
        Propagation::Background => None,
        Propagation::Foreground => Some(FOREGROUND),
        Propagation::Orphan => Some(ORPHAN),
    };
    // One that is there already keeps its place.
    let kept = object.finalizers().filter(|own| !matches!(*own, FOREGROUND | ORPHAN) || Some(*own) == wanted);
    let mut finalizers: Vec<Value> = kept.map(Value::from).collect();
    if let Some(wanted) = wanted.map(Value::from)
        && !finalizers.contains(&wanted)
    {
        finalizers.push(wanted);
    }
    finalizers
}

fn with_finalizers(mut object: Object, finalizers: Vec<Value>) -> Object {
    if object["metadata"]["finalizers"].items() != finalizers {
        if finalizers.is_empty() {
            object.remove(&["metadata", "finalizers"]);
        } else {
            object.set(&["metadata", "finalizers"], finalizers);
        }
    }
    object
}

/// A Namespace is marked, and goes when the finalizers of its spec say that it is empty.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/namespace/storage/storage.go: Delete
fn namespace(call: &Call<'_>, before: &Object, options: &Options) -> Result<Fate, Status> {
    if IMMORTAL.contains(&before.name()) {
        let why = "this namespace may not be deleted";
        return Err(fault::forbidden(call.resource, before.name(), why));
    }
    if before.is_terminating() {
        let is_empty = before["spec"]["finalizers"].items().is_empty();
        let is_held = before.finalizers().next().is_some();
        return Ok(match (is_empty, is_held) {
            (true, false) => Fate::Gone,
            (true, true) => Fate::Kept(metadata::marked(before.clone(), 0)),
            (false, _) => Fate::Unchanged,
        });
    }
    let finalizers = finalizers(call, before, options.propagation);
    let mut after = with_finalizers(before.clone(), finalizers);
    after.set(&["metadata", "deletionTimestamp"], metadata::NOW);
    after.set(&["status", "phase"], "Terminating");
    Ok(Fate::Kept(after))
}

impl Options {
    /// What the body of an eviction, or a `DeleteOptions`, says.
    pub(crate) fn of(options: &Value) -> Options {
        let propagation = match options["propagationPolicy"].text() {
            "Background" => Some(Propagation::Background),
            "Foreground" => Some(Propagation::Foreground),
            "Orphan" => Some(Propagation::Orphan),
            _ => None,
        };
        Options {
            propagation,
            uid: options["preconditions"]["uid"].as_str().map(str::to_owned),
            grace: options["gracePeriodSeconds"].as_int(),
        }
    }
}
