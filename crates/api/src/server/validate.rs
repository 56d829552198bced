//! What is refused for itself: names, owners, finalizers, and contents that make no sense.
//!
//! Far from everything that the real server refuses is refused here: what is checked is what people and controllers run into, and what the rest of
//! the model relies on.

use evenkeel_object::{Object, Selector, Value};

use super::kinds::Resource;
use super::{counts, fault, immutable, workload};
use crate::{Cause, Status, Subresource};
use crate::{custom, policy};

/// Refuses a new object that is not valid.
pub(crate) fn created(resource: &Resource, object: &Object) -> Result<(), Status> {
    let mut causes = Vec::new();
    name(resource, object, &mut causes);
    owners(object, &mut causes);
    content(resource, object, &mut causes);
    verdict(resource, object, causes)
}

/// Refuses a change that is not valid. What was not changed was valid before.
pub(crate) fn updated(
    resource: &Resource,
    subresource: Subresource,
    before: &Object,
    after: &Object,
) -> Result<(), Status> {
    let mut causes = Vec::new();
    if before["metadata"] != after["metadata"] {
        owners(after, &mut causes);
        finalizers(before, after, &mut causes);
    }
    if subresource != Subresource::Status {
        let mut same = after.clone();
        same.set(&["metadata"], before["metadata"].clone());
        if same != *before {
            content(resource, after, &mut causes);
            immutable::kept(resource, before, after, &mut causes);
        }
    }
    verdict(resource, after, causes)
}

fn verdict(resource: &Resource, object: &Object, causes: Vec<Cause>) -> Result<(), Status> {
    if causes.is_empty() { Ok(()) } else { Err(fault::invalid(resource, object.name(), causes)) }
}

/// A name is a DNS subdomain; those of roles need only fit into a URL.
fn name(resource: &Resource, object: &Object, causes: &mut Vec<Cause>) {
    let name = object.name();
    let is_loose = &*resource.kind.group == "rbac.authorization.k8s.io";
    let is_valid =
        if is_loose { !matches!(name, "." | "..") && !name.contains(['/', '%']) } else { is_subdomain(name) };
    if !is_valid {
        let detail = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an \
                      alphanumeric character";
        causes.push(fault::wrong("metadata.name", format!("{name:?}"), detail));
    }
}

/// Generated names, and names that are made of one, have a `~` besides.
fn is_subdomain(name: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= 253
        && name.split('.').all(|label| {
            label.starts_with(is_inner)
                && label.ends_with(is_inner)
                && label.chars().all(|c| is_inner(c) || matches!(c, '-' | '~'))
        })
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go: ValidateOwnerReferences
fn owners(object: &Object, causes: &mut Vec<Cause>) {
    let references = object["metadata"]["ownerReferences"].items();
    for (index, reference) in references.iter().enumerate() {
        for field in ["apiVersion", "kind", "name", "uid"] {
            if reference[field].text().is_empty() {
                let place = format!("metadata.ownerReferences[{index}].{field}");
                causes.push(fault::required(&place, "must not be empty"));
            }
        }
    }
    let mut controllers = references.iter().filter(|owner| owner["controller"].is_true());
    if let (Some(first), Some(second)) = (controllers.next(), controllers.next()) {
        let name = |owner: &Value| format!("{}/{}", owner["kind"].text(), owner["name"].text());
        let detail = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for {} and {}",
            name(first),
            name(second)
        );
        let value = &object["metadata"]["ownerReferences"];
        causes.push(fault::wrong("metadata.ownerReferences", value, &detail));
    }
}

/// Nothing new can hold an object that is about to go.
fn finalizers(before: &Object, after: &Object, causes: &mut Vec<Cause>) {
    if !before.is_terminating() {
        return;
    }
    let new: Vec<&str> =
        after.finalizers().filter(|finalizer| !before.finalizers().any(|old| old == *finalizer)).collect();
    if !new.is_empty() {
        let detail =
            format!("no new finalizers can be added if the object is being deleted, found new finalizers {new:?}");
        causes.push(fault::not_allowed("metadata.finalizers", &detail));
    }
}

fn content(resource: &Resource, object: &Object, causes: &mut Vec<Cause>) {
    match (&*resource.kind.group, &*resource.kind.name) {
        ("", "Pod") => workload::pod(&object["spec"], "spec", causes),
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") => {
            workload::controller(object, causes);
        }
        ("batch", "Job") => workload::job(object, causes),
        ("batch", "CronJob") => counts::cron_job(&object["spec"], causes),
        ("", "Service") => service(object, causes),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler(object, causes),
        ("policy", "PodDisruptionBudget") => budget(object, causes),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            causes.extend(custom::problems(object));
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => {
            expressions(object, causes);
        }
        ("admissionregistration.k8s.io", _) => webhooks(object, causes),
        _ => {}
    }
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go: ValidateService
fn service(object: &Object, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    let is_headless = spec["clusterIP"].text() == "None";
    match spec["type"].text() {
        "ExternalName" if spec["externalName"].text().is_empty() => {
            causes.push(fault::required("spec.externalName", ""));
        }
        "ExternalName" => {}
        _ if spec["ports"].items().is_empty() && !is_headless => {
            causes.push(fault::required("spec.ports", ""));
        }
        _ => {}
    }
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/autoscaling/validation/validation.go: validateHorizontalPodAutoscalerSpec
fn autoscaler(object: &Object, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    let (least, most) = (&spec["minReplicas"], spec["maxReplicas"].count());
    if least.as_int().is_some_and(|least| least < 1) {
        let detail = "must be greater than or equal to 1";
        causes.push(fault::wrong("spec.minReplicas", least, detail));
    }
    if most == 0 {
        let detail = "must be set and greater than 0";
        causes.push(fault::required("spec.maxReplicas", detail));
    } else if most < 0 {
        causes.push(fault::wrong("spec.maxReplicas", most, "must be greater than or equal to 1"));
    }
    if least.as_int().is_some_and(|least| most < least) {
        let detail = "must be greater than or equal to `minReplicas`";
        causes.push(fault::wrong("spec.maxReplicas", most, detail));
    }
    let target = &spec["scaleTargetRef"];
    for field in ["kind", "name"] {
        if target[field].text().is_empty() {
            let place = format!("spec.scaleTargetRef.{field}");
            causes.push(fault::required(&place, ""));
        }
    }
    let version = target["apiVersion"].text();
    if !version.contains('/') && target["kind"].text() != "ReplicationController" {
        let detail = "must specify API group";
        let value = format!("{version:?}");
        causes.push(fault::wrong("spec.scaleTargetRef.apiVersion", value, detail));
    }
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/policy/validation/validation.go: ValidatePodDisruptionBudgetSpec
fn budget(object: &Object, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() {
        let detail = "minAvailable and maxUnavailable cannot be both set";
        causes.push(fault::wrong("spec", spec, detail));
    }
    counts::budget(spec, causes);
    selector(&spec["selector"], "spec.selector", causes);
}

/// A policy with an expression that does not compile.
fn expressions(object: &Object, causes: &mut Vec<Cause>) {
    for problem in policy::problems(object) {
        let detail = format!("compilation failed: {}", problem.error);
        causes.push(fault::wrong(&problem.field, "expression", &detail));
    }
}

fn webhooks(object: &Object, causes: &mut Vec<Cause>) {
    for (index, webhook) in object["webhooks"].items().iter().enumerate() {
        for field in ["namespaceSelector", "objectSelector"] {
            let place = format!("webhooks[{index}].{field}");
            selector(&webhook[field], &place, causes);
        }
    }
}

/// A selector that cannot be read.
pub(crate) fn selector(value: &Value, field: &str, causes: &mut Vec<Cause>) {
    if Selector::of(value).is_none() {
        causes.push(fault::wrong(field, value, "invalid label selector"));
    }
}
