//! Where an owner of a kind is to be found.

use evenkeel_control::Client;
use evenkeel_object::Kind;

use crate::definition::defined;
use evenkeel_control::halt::Halt;

/// How an owner is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Range {
    /// In the namespace of its dependents.
    Namespaced,
    /// In no namespace.
    ClusterScoped,
    /// No such kind is served.
    Unknown,
}

/// Kinds of Kubernetes' own groups are served; others, and those that are `known` to be defined, if there is a definition of them.
pub(super) fn range(client: &mut Client<'_>, kind: &Kind, known: &[Kind]) -> Result<Range, Halt> {
    const CLUSTER_SCOPED: [&str; 24] = [
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    ];
    let own = ["", "apps", "autoscaling", "batch", "policy"];
    let may_be_built_in = kind.group.ends_with(".k8s.io") && !known.contains(kind);
    if own.contains(&&*kind.group) || may_be_built_in && defined(client, kind)?.is_null() {
        let is_cluster_scoped = CLUSTER_SCOPED.contains(&&*kind.name);
        return Ok(if is_cluster_scoped { Range::ClusterScoped } else { Range::Namespaced });
    }
    Ok(match defined(client, kind)?["scope"].as_str() {
        Some("Cluster") => Range::ClusterScoped,
        Some(_) => Range::Namespaced,
        None => Range::Unknown,
    })
}
