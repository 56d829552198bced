//! Subresources with a body of their own: scale, binding, finalize.

use evenkeel_object::{Object, Value, json, merge::merge_patch};

use super::update::{self, Change};
use super::{Call, admission, fault, no_such_resource, not_allowed, part, prepare};
use crate::{Outcome, Reason, Status, Subresource, Verb};

/// `…/scale`: sets the replicas. The answer is the scaled object, not a `Scale`.
pub(crate) fn scale(call: &mut Call<'_>) -> Result<Outcome, Status> {
    let way = call.resource.replicas().ok_or_else(no_such_resource)?;
    let way: Vec<&str> = way.iter().map(String::as_str).collect();
    let before = call.stored()?;
    let old = shown(&before, before.at(&way));
    let new = match &call.request.verb {
        Verb::Update(body) => body.0.clone(),
        Verb::MergePatch(patch) | Verb::StrategicPatch(patch) => merge_patch(&old.0, patch),
        // Left out: applying a Scale on the server's side.
        _ => return Err(not_allowed()),
    };
    let replicas = new["spec"]["replicas"].count();
    if replicas < 0 {
        let detail = "must be greater than or equal to 0";
        let cause = fault::wrong("spec.replicas", replicas, detail);
        return Err(fault::invalid(call.resource, before.name(), vec![cause]));
    }
    let new = shown(&before, &replicas.into());
    let mut after = before.clone();
    after.set(&way, replicas);
    let after = call.tracked(Some(&before), after);
    let shown = Some((old, new));
    update::finish(call, Change { before, after, shown })
}

/// The `Scale` of an object, as admission sees it.
fn shown(object: &Object, replicas: &Value) -> Object {
    let metadata = Value::fields(
        ["name", "namespace", "uid"]
            .into_iter()
            .filter_map(|field| Some((field, object["metadata"].get(field)?.clone()))),
    );
    Object::from(json!({
        "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": metadata,
        "spec": {"replicas": replicas.count()}, "status": {"replicas": object["status"]["replicas"].count()},
    }))
}

/// `pods/…/binding`: puts a Pod on a node.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/pod/storage/storage.go: setPodNodeAndMetadata
pub(crate) fn bind(call: &mut Call<'_>, body: &Object) -> Result<Outcome, Status> {
    if !call.resource.kind.is("", "Pod") {
        return Err(no_such_resource());
    }
    let node = body["target"]["name"].text();
    if node.is_empty() {
        return Err(Status::new(Reason::InternalError, "target.name: Required value"));
    }
    admission::mutated(call, None, body.clone())?;
    admission::validated(call, None, body)?;
    let before = call.stored()?;
    update::unconflicted(call)?;
    let name = before.name();
    let bound = before["spec"]["nodeName"].text();
    let why = if before.is_terminating() {
        format!("pod {name} is being deleted, cannot be assigned to a host")
    } else if !bound.is_empty() {
        format!("pod {name} is already assigned to node {bound:?}")
    } else if !before["spec"]["schedulingGates"].items().is_empty() {
        format!("pod {name} has non-empty .spec.schedulingGates")
    } else {
        let after = bound_to(&before, node);
        return Ok(update::committed(call, &before, after, Vec::new()));
    };
    let message = format!("Operation cannot be fulfilled on pods/binding {name:?}: {why}");
    Err(Status::new(Reason::Conflict, message))
}

/// That the node name changes the spec does not count: binding goes past the part of the server that numbers generations.
fn bound_to(pod: &Object, node: &str) -> Object {
    let mut after = pod.clone();
    after.set(&["spec", "nodeName"], node);
    after.remove(&["status", "nominatedNodeName"]);
    let scheduled = Value::from(json!({"type": "PodScheduled", "status": "True"}));
    set_condition(&mut after, scheduled);
    after
}

/// `namespaces/…/finalize`: sets the finalizers of the spec; the Namespace goes when none is left.
pub(crate) fn finalize(call: &mut Call<'_>, body: &Object) -> Result<Outcome, Status> {
    if !call.resource.kind.is("", "Namespace") {
        return Err(no_such_resource());
    }
    let before = call.stored()?;
    let finalizers = body["spec"]["finalizers"].clone();
    let mut after = part::limited(call.resource, Subresource::Main, &before, before.clone());
    if finalizers.items().is_empty() {
        after.remove(&["spec", "finalizers"]);
    } else {
        after.set(&["spec", "finalizers"], finalizers);
    }
    let after = prepare::updated(call.resource, &before, after);
    update::finish(call, Change { before, after, shown: None })
}

/// Puts a condition in the place of the one of its type, or at the end.
pub(crate) fn set_condition(object: &mut Object, condition: Value) {
    let mut conditions = object["status"]["conditions"].clone();
    let list = conditions.make_list();
    match list.iter_mut().find(|old| old["type"] == condition["type"]) {
        Some(old) => *old = condition,
        None => list.push(condition),
    }
    object.set(&["status", "conditions"], conditions);
}
