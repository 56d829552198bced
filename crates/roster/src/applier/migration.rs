//! What `kubectl apply --server-side` does to an object that was applied from the client's side before.
//!
//! Whoever owns the annotation of client-side applies, by an update, has applied the object so; what it owns becomes the applier's own. With it goes the
//! annotation, as no configuration names it, unless the applier goes by kubectl's own name: for that one the server keeps the annotation up to date.
//! All that can go wrong here is a warning: it is tried again with the next apply. (The real one also tries up to five times if it was refused with a
//! conflict.)

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_api::fields::{Element, Manager, Managers, Operation, Set};
use evenkeel_api::merge::LAST_APPLIED;
use evenkeel_api::{Precondition, Subresource, Verb};
use evenkeel_control::Client;
use evenkeel_control::halt::Halt;
use evenkeel_object::{Object, Value};

/// The manager whose applies keep the annotation, and the one that holds it for it.
///
/// <https://github.com/kubernetes/kubectl/blob/v0.37.2/pkg/cmd/apply/apply.go>: `fieldManagerServerSideApply`, `fieldManagerLastAppliedAnnotation`
const KUBECTL: &str = "kubectl";
const KEEPER: &str = "kubectl-last-applied";

/// Makes what was applied from the client's side the own of whom the client writes as; whether there was anything.
///
/// `applied` is the object as the server answered with it.
pub(super) fn migrated(client: &mut Client<'_>, applied: Object) -> Result<bool, Halt> {
    let Some(applied) = annotation_kept(client, applied)? else {
        return Ok(false);
    };
    let Some(managers) = joined(&applied, client.manager()) else {
        return Ok(false);
    };
    client.because(format!("what was applied to {} from the client's side becomes the applier's own", applied.key()));
    let patch = Value::map().with(&["metadata", "managedFields"], managers.to_value());
    let answer = client.send(applied.key(), Subresource::Main, Verb::MergePatch(patch), Precondition::Unchanged)?;
    Ok(answer.is_ok())
}

/// Has the annotation applied by a manager of its own, if it is to be kept and nobody applies it; the object after that, none if it was refused.
///
/// <https://github.com/kubernetes/kubectl/blob/v0.37.2/pkg/cmd/apply/apply.go#L819-L888>: `saveLastApplyAnnotationIfNecessary`
fn annotation_kept(client: &mut Client<'_>, object: Object) -> Result<Option<Object>, Halt> {
    let text = object.annotation(LAST_APPLIED).clone();
    if client.manager() != KUBECTL || text.is_null() || !owners(&object, Operation::Apply).is_empty() {
        return Ok(Some(object));
    }
    let mut configuration = Object::new(object["apiVersion"].text(), &object.key());
    configuration.set(&["metadata", "annotations", LAST_APPLIED], text);
    client.writing_as(KEEPER);
    let answer = client.apply(configuration, false)?;
    client.writing_as(KUBECTL);
    Ok(answer.ok())
}

/// Those who own the annotation by such an operation.
fn owners(object: &Object, operation: Operation) -> BTreeSet<Arc<str>> {
    let place = ["metadata", "annotations", LAST_APPLIED].map(Element::field);
    let managers = Managers::read(&object["metadata"]["managedFields"]).unwrap_or_default();
    let own =
        managers.0.into_iter().filter(|(manager, set)| manager.operation == operation && set.contains_path(&place));
    own.map(|(manager, _)| manager.name).collect()
}

/// Who manages what once the client-side managers are part of the applier; none if there are none.
///
/// <https://github.com/kubernetes/client-go/blob/v0.37.2/util/csaupgrade/upgrade.go>: `UpgradeManagedFieldsPatch`
fn joined(object: &Object, applier: &str) -> Option<Managers> {
    let names = owners(object, Operation::Update);
    let all = Managers::read(&object["metadata"]["managedFields"]).unwrap_or_default();
    let is_theirs = |manager: &Manager| {
        manager.operation == Operation::Update && manager.subresource.is_empty() && names.contains(&manager.name)
    };
    let (theirs, kept): (Vec<_>, Vec<_>) = all.0.into_iter().partition(|(manager, _)| is_theirs(manager));
    if theirs.is_empty() {
        return None;
    }
    let mut managers = Managers(kept.into_iter().collect());
    let own = Manager::new(Operation::Apply, applier, object["apiVersion"].text(), "");
    // What was written in another version of the kind is nobody's from now on.
    for (_, fields) in theirs.iter().filter(|(manager, _)| manager.api_version == own.api_version) {
        let set: &mut Set = managers.0.entry(own.clone()).or_default();
        *set = set.union(fields);
    }
    Some(managers)
}
