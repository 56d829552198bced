//! The fields that are nobody's.

use evenkeel_object::Kind;

use super::set::Set;
use crate::Subresource;
use crate::shapes::Shape;

/// What identifies an object, and what the server counts in it.
///
/// <https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/managedfields/internal/stripmeta.go>
pub(super) fn identity() -> Set {
    Set::of_fields(&[
        &["apiVersion"],
        &["kind"],
        &["metadata"],
        &["metadata", "name"],
        &["metadata", "namespace"],
        &["metadata", "creationTimestamp"],
        &["metadata", "selfLink"],
        &["metadata", "uid"],
        &["metadata", "clusterName"],
        &["metadata", "generation"],
        &["metadata", "managedFields"],
        &["metadata", "resourceVersion"],
    ])
}

/// What a write through this subresource cannot change: nobody comes to own it so, and none of it is a conflict.
///
/// As `GetResetFields` of the strategies has it, e.g.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/apps/deployment/strategy.go>
pub(super) fn reset(kind: &Kind, subresource: Subresource, shape: &Shape) -> Set {
    let is_request = kind.is("certificates.k8s.io", "CertificateSigningRequest");
    match subresource {
        Subresource::Main if is_request => Set::of_fields(&[&["spec"], &["status"]]),
        Subresource::Main | Subresource::Finalize if shape.has_status_subresource() => Set::of_fields(&[&["status"]]),
        Subresource::Status if is_request => Set::of_fields(&[&["spec"], &["status", "conditions"]]),
        Subresource::Status if shape.is_custom() || keeps_metadata(kind) => Set::of_fields(&[&["spec"], &["metadata"]]),
        Subresource::Status if kind.is("apps", "Deployment") => Set::of_fields(&[&["spec"], &["metadata", "labels"]]),
        Subresource::Status if kind.is("", "Pod") => {
            Set::of_fields(&[&["spec"], &["metadata", "deletionTimestamp"], &["metadata", "ownerReferences"]])
        }
        Subresource::Status => Set::of_fields(&[&["spec"]]),
        _ => Set::default(),
    }
}

// The younger kinds of Kubernetes' own whose status does not carry metadata along.
fn keeps_metadata(kind: &Kind) -> bool {
    matches!(
        &*kind.name,
        "CSINode"
            | "CompositePodGroup"
            | "DeviceTaintRule"
            | "Eviction"
            | "EvictionRequest"
            | "FlowSchema"
            | "PodCertificateRequest"
            | "PodGroup"
            | "PriorityLevelConfiguration"
            | "ResourceClaim"
            | "ResourcePoolStatusRequest"
            | "ServiceCIDR"
            | "StorageVersion"
            | "StorageVersionMigration"
            | "ValidatingAdmissionPolicy"
            | "VolumeAttachment"
    )
}

/// The name of a subresource, as an entry of `metadata.managedFields` gives it.
pub(super) fn name(subresource: Subresource) -> &'static str {
    match subresource {
        Subresource::Main => "",
        Subresource::Status => "status",
        Subresource::Scale => "scale",
        Subresource::Eviction => "eviction",
        Subresource::Binding => "binding",
        Subresource::Finalize => "finalize",
    }
}
