//! Which part of an object a write may change: the rest stays as it is stored.

use evenkeel_object::{Object, Value};

use super::kinds::Resource;
use crate::Subresource;

/// What a write of `after` over `before` comes to, as far as the writer may decide it.
pub(crate) fn limited(resource: &Resource, subresource: Subresource, before: &Object, after: Object) -> Object {
    let mut limited = match subresource {
        Subresource::Status if is_strict(resource) => {
            let mut limited = before.clone();
            keep(&mut limited, &after, &["status"]);
            limited
        }
        Subresource::Status => status_of(resource, before, &after),
        _ => {
            let mut limited = after;
            if resource.has_status() {
                keep(&mut limited, before, &["status"]);
            }
            limited
        }
    };
    if subresource != Subresource::Status && resource.kind.is("", "Namespace") {
        // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/namespace/strategy.go: PrepareForUpdate
        keep(&mut limited, before, &["spec", "finalizers"]);
    }
    with_system_fields(limited, before)
}

/// The object of a creation without what its writer cannot decide.
pub(crate) fn cleared(resource: &Resource, mut object: Object) -> Object {
    for field in [
        "uid",
        "generation",
        "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
    ] {
        object.remove(&["metadata", field]);
    }
    // A Node is made together with its status.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/node/strategy.go: PrepareForCreate
    if resource.has_status() && !resource.kind.is("", "Node") {
        object.remove(&["status"]);
    }
    object
}

/// Whether a write of the status changes the status only, and no metadata.
fn is_strict(resource: &Resource) -> bool {
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go: ResetObjectMetaForStatus
    const STRICT: &[(&str, &str)] = &[
        ("networking.k8s.io", "ServiceCIDR"),
        ("resource.k8s.io", "ResourceClaim"),
        ("storage.k8s.io", "VolumeAttachment"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ];
    resource.is_custom() || STRICT.iter().any(|(group, kind)| resource.kind.is(group, kind))
}

/// A write of the status of a built-in kind changes metadata too: annotations, finalizers, owners and, but for Deployments, labels.
fn status_of(resource: &Resource, before: &Object, after: &Object) -> Object {
    let mut limited = before.clone();
    keep(&mut limited, after, &["metadata"]);
    keep(&mut limited, after, &["status"]);
    match (&*resource.kind.group, &*resource.kind.name) {
        // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/apps/deployment/strategy.go: deploymentStatusStrategy
        ("apps", "Deployment") => keep(&mut limited, before, &["metadata", "labels"]),
        ("", "Pod") => keep_for_pods(&mut limited, before),
        _ => {}
    }
    limited
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/pod/strategy.go: podStatusStrategy.PrepareForUpdate
fn keep_for_pods(limited: &mut Object, before: &Object) {
    keep(limited, before, &["metadata", "ownerReferences"]);
    for field in ["qosClass", "observedGeneration", "resourceClaimStatuses"] {
        if limited["status"][field].is_null() {
            keep(limited, before, &["status", field]);
        }
    }
}

/// Identity, deletion and generation are the server's.
fn with_system_fields(mut object: Object, before: &Object) -> Object {
    for field in ["name", "namespace", "uid", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        keep(&mut object, before, &["metadata", field]);
    }
    for field in ["resourceVersion", "creationTimestamp", "selfLink"] {
        object.remove(&["metadata", field]);
    }
    for field in ["apiVersion", "kind"] {
        if object[field].is_null() {
            keep(&mut object, before, &[field]);
        }
    }
    object
}

/// Makes a field what it is in `from`.
fn keep(object: &mut Object, from: &Object, fields: &[&str]) {
    let value: &Value = from.at(fields);
    if object.at(fields) == value {
        return;
    }
    if value.is_null() {
        object.remove(fields);
    } else {
        object.set(fields, value.clone());
    }
}
