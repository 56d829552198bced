//! Where an owner of a kind is to be found.

use evenkeel_api::{Projection, Scope};
use evenkeel_control::Client;
use evenkeel_object::{Kind, Object, Value};

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

/// Kinds of Kubernetes' own groups are served; others, and those of which it is known that they are `defined`, if there is a definition of them.
pub(super) fn range(client: &mut Client<'_>, kind: &Kind, defined: &[Kind]) -> Result<Range, Halt> {
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
    let may_be_built_in = kind.group.ends_with(".k8s.io") && !defined.contains(kind);
    if own.contains(&&*kind.group) || may_be_built_in && !is_defined(client, kind)? {
        let is_cluster_scoped = CLUSTER_SCOPED.contains(&&*kind.name);
        return Ok(if is_cluster_scoped { Range::ClusterScoped } else { Range::Namespaced });
    }
    Ok(match scope_defined(client, kind)?.as_str() {
        Some("Cluster") => Range::ClusterScoped,
        Some(_) => Range::Namespaced,
        None => Range::Unknown,
    })
}

fn is_defined(client: &mut Client<'_>, kind: &Kind) -> Result<bool, Halt> {
    Ok(!scope_defined(client, kind)?.is_null())
}

/// The scope that a CustomResourceDefinition gives a kind.
fn scope_defined(client: &mut Client<'_>, kind: &Kind) -> Result<Value, Halt> {
    let projection = Projection {
        name: "scope of a kind",
        args: Value::list([kind.group.clone().into(), kind.name.clone().into()]),
        of: |kind, definitions| {
            let of_kind = |d: &&Object| d["spec"]["group"] == kind[0] && d["spec"]["names"]["kind"] == kind[1];
            let scopes = definitions.iter().filter(of_kind).map(|d| d["spec"]["scope"].clone());
            scopes.max().unwrap_or_default()
        },
        join: |_, left, right| left.clone().max(right.clone()),
    };
    let definitions = Kind::new("apiextensions.k8s.io", "CustomResourceDefinition");
    Ok(client.view(Scope::everywhere(&definitions), projection)?)
}
