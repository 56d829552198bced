//! Admission: its steps in their order.
//!
//! The order is that of the real server's plugins. Left out: PodSecurity, NodeRestriction, TaintNodesByCondition, DefaultIngressClass, RuntimeClass, and
//! the certificate plugins.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubeapiserver/options/plugins.go: AllOrderedPlugins

use evenkeel_object::{Key, Object, Value};

use super::kinds::Resource;
use super::webhook::Phase;
use super::{Call, fault, limits, part, pod, quota, storage, webhook};
use crate::attributes::namespace_key;
use crate::defaults;
use crate::policy::{
    self,
    mutate::{Handling, mutate},
};
use crate::read::concatenated;
use crate::{Attributes, Cause, Projection, Question, Read, Reason, Request, Scope, Status, Subresource, Write};

/// These Namespaces exist, whether or not there is an object for them.
const STANDING: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// The object as admission changes it. Refused if a mutating step refuses.
///
/// What a webhook that answers would change is not known: it is taken to admit everything as it is.
pub(crate) fn mutated(call: &mut Call<'_>, before: Option<&Object>, object: Object) -> Result<Object, Status> {
    if before.is_none() {
        living(call, &object)?;
    }
    let object = match (before, call.request.subresource) {
        (None, Subresource::Main) if call.resource.kind.is("", "Pod") => {
            let object = limits::defaulted(call, object);
            pod::admitted(call, object)?
        }
        (None, Subresource::Main) => storage::admitted(call, object),
        (Some(before), Subresource::Main) if call.resource.kind.is("", "Pod") => pod::readmitted(before, object),
        _ => object,
    };
    let object = changed(call, before, object)?;
    hook(call, Phase::Mutating, before, Some(&object))?;
    Ok(object)
}

/// The object as policies change it; nothing is changed on the way to a subresource with a kind of its own.
fn changed(call: &mut Call<'_>, before: Option<&Object>, object: Object) -> Result<Object, Status> {
    let (resource, subresource) = (call.resource, call.request.subresource);
    if !matches!(subresource, Subresource::Main | Subresource::Status) {
        return Ok(object);
    }
    let attributes = attributes((call.request, resource), before, Some(&object));
    let decoded = |object: Object| match defaults::undecodable(&resource.kind, &object) {
        Some(why) => Err(Status::new(Reason::InternalError, format!("Internal error occurred: {why}"))),
        None => Ok(resource.with_defaults(object)),
    };
    let handling = Handling { shape: &resource.shape(), decoded: &decoded };
    let Some(changed) = mutate(call.store, &attributes, &handling)? else { return Ok(object) };
    let changed = match before {
        Some(before) => part::limited(resource, subresource, before, changed),
        None => part::cleared(resource, changed),
    };
    call.fitted(changed, before)
}

/// What admitting the object writes besides. Refused if a validating step refuses.
pub(crate) fn validated(call: &mut Call<'_>, before: Option<&Object>, object: &Object) -> Result<Vec<Write>, Status> {
    let is_creation = before.is_none() && call.request.subresource == Subresource::Main;
    if is_creation && call.resource.kind.is("", "Pod") {
        limits::checked(call, object)?;
    }
    hook(call, Phase::Validating, before, Some(object))?;
    if is_creation && call.resource.is_namespaced() { quota::charged(call, object) } else { Ok(Vec::new()) }
}

/// Refuses a deletion that anybody objects to.
pub(crate) fn released(call: &mut Call<'_>, before: &Object) -> Result<(), Status> {
    hook(call, Phase::Mutating, Some(before), None)?;
    hook(call, Phase::Validating, Some(before), None)
}

/// Asks the webhooks and policies of a phase.
fn hook(call: &mut Call<'_>, phase: Phase, before: Option<&Object>, object: Option<&Object>) -> Result<(), Status> {
    let attributes = attributes((call.request, call.resource), before, object);
    if phase == Phase::Validating {
        policy::validate(call.store, &attributes)?;
    }
    webhook::asked(call.store, phase, &attributes)
}

/// What admission is told of a request.
fn attributes<'a>(
    (request, resource): (&'a Request, &'a Resource),
    before: Option<&'a Object>,
    object: Option<&'a Object>,
) -> Attributes<'a> {
    let operation = match (before, object) {
        (None, _) => "CREATE",
        (_, None) => "DELETE",
        _ => "UPDATE",
    };
    let name = match object {
        Some(object) if !object.name().is_empty() => object.name(),
        _ => &request.key.name,
    };
    Attributes {
        operation,
        kind: &resource.kind,
        resource: &resource.plural,
        subresource: path(request.subresource),
        namespace: &request.key.namespace,
        name,
        object,
        before,
        manager: &request.manager,
    }
}

/// The subresource in a URL.
fn path(subresource: Subresource) -> &'static str {
    match subresource {
        Subresource::Main => "",
        Subresource::Status => "status",
        Subresource::Scale => "scale",
        Subresource::Eviction => "eviction",
        Subresource::Binding => "binding",
        Subresource::Finalize => "finalize",
    }
}

/// Refuses creation in a Namespace that is not there, or is about to go.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go: Admit
fn living(call: &mut Call<'_>, object: &Object) -> Result<(), Status> {
    let name = &call.request.key.namespace;
    if name.is_empty() {
        return Ok(());
    }
    let key = namespace_key(name);
    // Of the Namespace only its phase can matter.
    match phase(call.store, &key) {
        None if STANDING.contains(&&**name) => Ok(()),
        None => Err(fault::not_found("namespaces", name)),
        Some(phase) if phase == "Terminating" => {
            let why = format!("unable to create new content in namespace {name} because it is being terminated");
            let cause = Cause {
                reason: "NamespaceTerminating".to_owned(),
                field: "metadata.namespace".to_owned(),
                message: format!("namespace {name} is being terminated"),
            };
            let refusal = fault::forbidden(call.resource, object.name(), why);
            Err(refusal.with_causes(vec![cause]))
        }
        Some(_) => Ok(()),
    }
}

fn phase(store: &mut dyn Read, key: &Key) -> Option<String> {
    let answer = store.ask(&Question {
        scope: Scope::one(key),
        projection: Projection {
            name: "phases",
            args: Value::Null,
            of: |_, objects| {
                let phases = objects.iter().map(|object| object["status"]["phase"].text());
                Value::list(phases.map(Value::from))
            },
            join: |_, left, right| concatenated(left, right),
        },
    });
    answer.items().first().map(|phase| phase.text().to_owned())
}
