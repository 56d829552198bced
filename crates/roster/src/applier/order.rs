//! What is applied first.

use std::cmp::Reverse;

use evenkeel_object::Object;

/// Kinds on which others depend, in the order in which Argo CD applies them; all others come last.
///
/// <https://github.com/argoproj/gitops-engine/blob/v0.7.3/pkg/sync/sync_tasks.go>.
const KINDS: [&str; 30] = [
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "Ingress",
    "APIService",
];

/// The wave of a manifest: lower ones are applied, and healthy, before higher ones.
pub(super) fn wave(object: &Object) -> i64 {
    let text = object.annotation("argocd.argoproj.io/sync-wave").text();
    text.parse().unwrap_or(0)
}

/// The place of a kind in the order of kinds.
pub(super) fn rank(object: &Object) -> usize {
    let kind = object.kind();
    KINDS.iter().position(|name| **name == *kind.name).unwrap_or(KINDS.len())
}

/// The stage in which Flux applies an object: definitions and namespaces, then classes, then the rest.
///
/// <https://github.com/fluxcd/pkg/blob/main/ssa/manager_apply.go>: `ApplyAllStaged`.
pub(super) fn stage(object: &Object) -> Reverse<u8> {
    let kind = object.kind();
    Reverse(match &*kind.name {
        "Namespace" | "CustomResourceDefinition" | "ClusterRole" => 2,
        name if name.ends_with("Class") => 1,
        _ => 0,
    })
}
