//! PUT and PATCH: another content for an object that is there.

use evenkeel_object::{Object, Value, merge::merge_patch};

use super::{Call, FieldManagers, admission, create, fault, metadata, part, prepare, validate, withdrawn};
use crate::{Outcome, Precondition, Reason, Request, Status, Subresource, Verb, Write};
use crate::{defaults, fields, merge};

/// What becomes of an object.
pub(crate) struct Change {
    /// What is stored.
    pub(crate) before: Object,
    /// What is to be stored.
    pub(crate) after: Object,
    /// What admission sees instead of the two, if the subresource has a kind of its own.
    pub(crate) shown: Option<(Object, Object)>,
}

/// Changes the object, or its status.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Outcome, Status> {
    let Some(before) = call.store.get(&call.request.key) else {
        return absent(call);
    };
    let after = proposed(call, &before)?;
    let is_apply = matches!(call.request.verb, Verb::Apply { .. });
    let after = call.decoded(after);
    let after = part::limited(call.resource, call.request.subresource, &before, after);
    let after = call.fitted(after, Some(&before))?;
    let after = if is_apply { after } else { call.tracked(Some(&before), after) };
    finish(call, Change { before, after, shown: None })
}

/// What the request makes of the object, before the server has its say.
fn proposed(call: &Call<'_>, before: &Object) -> Result<Object, Status> {
    match &call.request.verb {
        Verb::Update(object) => replacement(call, before, object),
        Verb::MergePatch(patch) => patched(call, before, merge_patch(&before.0, patch)),
        Verb::StrategicPatch(patch) if !call.resource.is_custom() => {
            let merged = merge::strategic(&call.resource.kind, &before.0, patch)?;
            patched(call, before, merged)
        }
        // In HTTP the media type is not supported (415).
        Verb::StrategicPatch(_) => Err(fault::bad_request(
            "the body of the request was in an unknown format: strategic merge patches are not for custom resources",
        )),
        Verb::Apply { configuration, force } => applied(call, Some(before), configuration, *force),
        Verb::Create(_) | Verb::Delete { .. } => unreachable!("other verbs go elsewhere"),
    }
}

/// The body of a PUT. Refused if it is about another object or another incarnation.
fn replacement(call: &Call<'_>, before: &Object, object: &Object) -> Result<Object, Status> {
    let object = create::readable(call, object)?;
    if !object.uid().is_empty() && object.uid() != before.uid() {
        let why = format!(
            "StorageError: invalid object, Code: 4, AdditionalErrorMsg: Precondition failed: UID in precondition: {}, UID in object meta: {}",
            object.uid(),
            before.uid()
        );
        return Err(fault::conflict(call.resource, object.name(), why));
    }
    Ok(object)
}

/// The result of a patch. Refused if it is another object.
fn patched(call: &Call<'_>, before: &Object, merged: Value) -> Result<Object, Status> {
    let object = Object(merged);
    call.resource.served(&object)?;
    if let Some(why) = defaults::undecodable(&call.resource.kind, &object) {
        return Err(fault::unpatchable(&object.0, &why));
    }
    for field in ["name", "namespace", "uid"] {
        if object["metadata"][field] != before["metadata"][field] {
            let value = &object["metadata"][field];
            let cause = fault::immutable(&format!("metadata.{field}"), value);
            return Err(fault::invalid(call.resource, before.name(), vec![cause]));
        }
    }
    Ok(object)
}

/// The object is not there: an apply creates it, and so does a PUT of some kinds.
fn absent(call: &mut Call<'_>) -> Result<Outcome, Status> {
    let not_found = Err(fault::not_found(&call.resource.qualified(), &call.request.key.name));
    if call.request.subresource != Subresource::Main || call.request.precondition != Precondition::None {
        return not_found;
    }
    match &call.request.verb {
        Verb::Update(object) if call.resource.creates_on_update() => create::create(call, object),
        Verb::Apply { configuration, force } => {
            let object = applied(call, None, configuration, *force)?;
            let object = create::addressed(call, object)?;
            withdrawn::stays(call, &object)?;
            let object = part::cleared(call.resource, object);
            let object = call.fitted(call.decoded(object), None)?;
            create::admitted(call, object)
        }
        _ => not_found,
    }
}

/// Carries a change through admission, validation and the rest.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go: Update
pub(crate) fn finish(call: &mut Call<'_>, change: Change) -> Result<Outcome, Status> {
    let Change { before, after, shown } = change;
    let after = match &shown {
        None => admission::mutated(call, Some(&before), after)?,
        Some((old, new)) => {
            admission::mutated(call, Some(old), new.clone())?;
            after
        }
    };
    unconflicted(call)?;
    let mut after = prepare::updated(call.resource, &before, after);
    if call.request.subresource != Subresource::Status {
        after = metadata::advanced(call.resource, &before, after);
    }
    validate::updated(call.resource, call.request.subresource, &before, &after)?;
    let extra = match &shown {
        None => admission::validated(call, Some(&before), &after)?,
        Some((old, new)) => admission::validated(call, Some(old), new)?,
    };
    Ok(committed(call, &before, after, extra))
}

/// Refuses what was based on an older version of the object, and a PUT that does not say which version it was based on where that is demanded.
pub(crate) fn unconflicted(call: &Call<'_>) -> Result<(), Status> {
    let name = &call.request.key.name;
    match (&call.request.verb, call.request.precondition) {
        (_, Precondition::Outdated) => Err(fault::conflict(
            call.resource,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )),
        (Verb::Update(_), Precondition::None)
            if !call.resource.is_unconditional()
                && matches!(call.request.subresource, Subresource::Main | Subresource::Status) =>
        {
            let cause = fault::wrong("metadata.resourceVersion", 0, "must be specified for an update");
            Err(fault::invalid(call.resource, name, vec![cause]))
        }
        _ => Ok(()),
    }
}

/// The writes of a change: none if it changes nothing, and the removal of an object that only its finalizers held.
pub(crate) fn committed(call: &Call<'_>, before: &Object, after: Object, mut writes: Vec<Write>) -> Outcome {
    let after = metadata::renumbered(after);
    let removed = is_released(call, before, &after);
    if after == *before && !removed {
        return Outcome::unchanged(after);
    }
    let write = Write { key: call.request.key.clone(), after: (!removed).then(|| after.clone()) };
    writes.insert(0, write);
    Outcome { answer: Ok(after), writes }
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go: ShouldDeleteDuringUpdate
fn is_released(call: &Call<'_>, before: &Object, after: &Object) -> bool {
    let is_held_by_content = call.resource.kind.is("", "Namespace") && !after["spec"]["finalizers"].items().is_empty();
    before.is_terminating()
        && after.finalizers().next().is_none()
        && before["metadata"]["deletionGracePeriodSeconds"].count() == 0
        && !is_held_by_content
}

fn applied(call: &Call<'_>, live: Option<&Object>, configuration: &Object, force: bool) -> Result<Object, Status> {
    if call.server.field_managers == FieldManagers::Off {
        return Err(Status::new(
            Reason::InternalError,
            "this server does not keep field managers, and so cannot apply: who set it up did not expect anybody to",
        ));
    }
    let configuration = create::addressed(call, configuration.clone())?;
    let Request { manager, subresource, .. } = call.request;
    let shape = call.resource.shape();
    let object = fields::applied(live, &configuration, manager, force, *subresource, &shape)?;
    // The schema knows numbers, but not of how many bits.
    match defaults::undecodable(&call.resource.kind, &object) {
        Some(why) => Err(Status::new(
            Reason::InternalError,
            format!(
                "failed to convert new typed object ({}/{}; {}, Kind={}) to object: {why}",
                configuration.namespace(),
                configuration.name(),
                configuration["apiVersion"].text(),
                configuration["kind"].text(),
            ),
        )),
        None => Ok(object),
    }
}
