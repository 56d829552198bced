//! Fields that are set once.

use evenkeel_object::{Object, Value};

use super::fault;
use super::kinds::Resource;
use crate::Cause;

/// Notes which fields were changed that must not be.
///
/// Left out: what a suspended Job, a Pod behind scheduling gates and a resize may still change; growing claims are allowed unasked.
pub(crate) fn kept(resource: &Resource, before: &Object, after: &Object, causes: &mut Vec<Cause>) {
    match (&*resource.kind.group, &*resource.kind.name) {
        ("", "Pod") => pod(&before["spec"], &after["spec"], causes),
        ("", "Service") => service(&before["spec"], &after["spec"], causes),
        ("", "PersistentVolumeClaim") => claim(&before["spec"], &after["spec"], causes),
        ("", "ConfigMap" | "Secret") => frozen(before, after, causes),
        ("batch", "Job") => job(&before["spec"], &after["spec"], causes),
        _ => {}
    }
    for way in fields(&resource.kind.group, &resource.kind.name) {
        let way: Vec<&str> = way.split('.').collect();
        same(before, after, &way, causes);
    }
}

/// The fields of a kind that never change.
// https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/apis: `ValidateImmutableField` in the `validation` of each group
fn fields(group: &str, kind: &str) -> &'static [&'static str] {
    match (group, kind) {
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet") => &["spec.selector"],
        ("apps", "StatefulSet") => {
            &["spec.selector", "spec.volumeClaimTemplates", "spec.serviceName", "spec.podManagementPolicy"]
        }
        ("apps", "ControllerRevision") => &["data"],
        ("batch", "Job") => &[
            "spec.selector",
            "spec.completionMode",
            "spec.podFailurePolicy",
            "spec.backoffLimitPerIndex",
            "spec.managedBy",
            "spec.successPolicy",
        ],
        ("", "Secret") => &["type"],
        ("discovery.k8s.io", "EndpointSlice") => &["addressType"],
        ("networking.k8s.io", "IngressClass") => &["spec.controller"],
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => &["roleRef"],
        ("scheduling.k8s.io", "PriorityClass") => &["value", "preemptionPolicy"],
        ("storage.k8s.io", "StorageClass") => &["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
        ("storage.k8s.io", "VolumeAttachment") => &["spec"],
        ("node.k8s.io", "RuntimeClass") => &["handler"],
        ("resource.k8s.io", "ResourceClaim" | "ResourceClaimTemplate") => &["spec"],
        ("apiextensions.k8s.io", "CustomResourceDefinition") => &["spec.group", "spec.scope", "spec.names.kind"],
        _ => &[],
    }
}

fn same(before: &Value, after: &Value, way: &[&str], causes: &mut Vec<Cause>) {
    let value = after.at(way);
    if before.at(way) != value {
        causes.push(fault::immutable(&way.join("."), value));
    }
}

/// Of a Pod, images, tolerations that are added, gates that are taken away and a sooner deadline may change.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go: ValidatePodUpdate
fn pod(before: &Value, after: &Value, causes: &mut Vec<Cause>) {
    let mut munged = after.clone();
    for field in ["tolerations", "schedulingGates", "activeDeadlineSeconds"] {
        restore(&mut munged, before, field);
    }
    for field in ["containers", "initContainers"] {
        let (old, new) = (before[field].items(), after[field].items());
        if old.len() == new.len() && !new.is_empty() {
            let images = old.iter().zip(new).map(|(old, new)| {
                let mut new = new.clone();
                restore(&mut new, old, "image");
                new
            });
            munged.set(&[field], Value::list(images));
        }
    }
    if munged != *before {
        let detail = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,\
                      `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
                      `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
        causes.push(fault::not_allowed("spec", detail));
    }
    let (gates, tolerations) = (&after["schedulingGates"], &after["tolerations"]);
    if !includes(before["schedulingGates"].items(), gates.items()) {
        let detail = "only deletion is allowed, but found new scheduling gates";
        causes.push(fault::not_allowed("spec.schedulingGates", detail));
    }
    if !includes(tolerations.items(), before["tolerations"].items()) {
        let detail = "existing toleration can not be modified except its tolerationSeconds";
        causes.push(fault::not_allowed("spec.tolerations", detail));
    }
    let deadline = &after["activeDeadlineSeconds"];
    let old = before["activeDeadlineSeconds"].as_int();
    if old.is_some_and(|old| deadline.as_int().is_none_or(|new| new > old)) {
        let detail = "must be less than or equal to previous value";
        causes.push(fault::wrong("spec.activeDeadlineSeconds", deadline, detail));
    }
}

/// Whether `all` has each of `some`, but for how long it is tolerated.
fn includes(all: &[Value], some: &[Value]) -> bool {
    let bare = |value: &Value| {
        let mut value = value.clone();
        value.remove(&["tolerationSeconds"]);
        value
    };
    let all: Vec<Value> = all.iter().map(bare).collect();
    some.iter().all(|one| all.contains(&bare(one)))
}

fn restore(value: &mut Value, from: &Value, field: &str) {
    if from[field].is_null() {
        value.remove(&[field]);
    } else {
        value.set(&[field], from[field].clone());
    }
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go: validateUpgradeDowngradeClusterIPs
fn service(before: &Value, after: &Value, causes: &mut Vec<Cause>) {
    let is_external = |spec: &Value| spec["type"].text() == "ExternalName";
    if is_external(before) || is_external(after) {
        return;
    }
    if before["clusterIP"] != after["clusterIP"] {
        let detail = "may not change once set";
        let value = &after["clusterIP"];
        causes.push(fault::wrong("spec.clusterIPs[0]", value, detail));
    }
}

/// A claim gets its volume once; what it asks for may grow.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go: ValidatePersistentVolumeClaimUpdate
fn claim(before: &Value, after: &Value, causes: &mut Vec<Cause>) {
    let mut munged = after.clone();
    if before["volumeName"].text().is_empty() {
        restore(&mut munged, before, "volumeName");
    }
    restore(&mut munged, before, "volumeAttributesClassName");
    restore(&mut munged, before, "resources");
    if before["storageClassName"].is_null() {
        munged.remove(&["storageClassName"]);
    }
    if munged != *before {
        let detail =
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        causes.push(fault::not_allowed("spec", detail));
    }
}

/// A ConfigMap or Secret that says so does not change any more.
fn frozen(before: &Object, after: &Object, causes: &mut Vec<Cause>) {
    if !before["immutable"].is_true() {
        return;
    }
    for field in ["immutable", "data", "binaryData"] {
        if before[field] != after[field] {
            let detail = "field is immutable when `immutable` is set";
            causes.push(fault::not_allowed(field, detail));
        }
    }
}

/// The template of a Job changes only while it is suspended; its completions only together with its parallelism, if they are indexed.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/validation/validation.go: ValidateJobSpecUpdate
fn job(before: &Value, after: &Value, causes: &mut Vec<Cause>) {
    if !before["suspend"].is_true() && before["template"] != after["template"] {
        causes.push(fault::immutable("spec.template", &after["template"]));
    }
    let is_elastic = after["completionMode"].text() == "Indexed" && after["completions"] == after["parallelism"];
    if before["completions"] != after["completions"] && !is_elastic {
        causes.push(fault::immutable("spec.completions", &after["completions"]));
    }
}
