//! The built-in resources, and what the server does differently for each.

use Trait::{Conditional, CreateOnUpdate, Generation, Namespaced, Orphans, Scale, Status};

/// One built-in resource.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) group: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) plural: &'static str,
    /// The versions that are served, the one to write first.
    pub(crate) versions: &'static [&'static str],
    pub(crate) traits: &'static [Trait],
}

/// How a resource differs from the plainest one, which is cluster-scoped and has no status of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trait {
    /// Its objects are in namespaces.
    Namespaced,
    /// `metadata.generation` counts the changes of what was asked for.
    Generation,
    /// The status is written through `…/status` only.
    Status,
    /// It has `…/scale`.
    Scale,
    /// A replacement must say which version it replaces.
    Conditional,
    /// A replacement of what is not there creates it.
    CreateOnUpdate,
    /// A deletion that does not say what is to become of the dependents sets them free.
    Orphans,
}

const V1: &[&str] = &["v1"];
const WORKLOAD: &[Trait] = &[Namespaced, Generation, Status, Scale];
const NAMESPACED: &[Trait] = &[Namespaced];
const CONFIGURATION: &[Trait] = &[Generation, Conditional];
const CLUSTER: &[Trait] = &[];

const fn entry(
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    versions: &'static [&'static str],
    traits: &'static [Trait],
) -> Entry {
    Entry { group, kind, plural, versions, traits }
}

/// The entry of a kind.
pub(crate) fn find(group: &str, kind: &str) -> Option<&'static Entry> {
    let chosen = |entry: &&Entry| entry.kind == kind && entry.group == group;
    [CORE, WORK, NETWORK, STORAGE, ADMISSION, OTHER].into_iter().flatten().find(chosen)
}

// Sources: the strategies in https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/registry (PrepareForCreate for generations,
// AllowUnconditionalUpdate, AllowCreateOnUpdate, DefaultGarbageCollectionPolicy).
const CORE: &[Entry] = &[
    entry("", "Pod", "pods", V1, &[Namespaced, Generation, Status]),
    entry("", "Service", "services", V1, &[Namespaced, Status, CreateOnUpdate]),
    entry("", "ConfigMap", "configmaps", V1, NAMESPACED),
    entry("", "Secret", "secrets", V1, NAMESPACED),
    entry("", "Namespace", "namespaces", V1, &[Status]),
    entry("", "Node", "nodes", V1, &[Status]),
    entry("", "PersistentVolume", "persistentvolumes", V1, &[Status]),
    entry("", "PersistentVolumeClaim", "persistentvolumeclaims", V1, &[Namespaced, Status]),
    entry("", "ServiceAccount", "serviceaccounts", V1, NAMESPACED),
    entry("", "ReplicationController", "replicationcontrollers", V1, &[Namespaced, Generation, Status, Scale, Orphans]),
    entry("", "ResourceQuota", "resourcequotas", V1, &[Namespaced, Status]),
    entry("", "LimitRange", "limitranges", V1, &[Namespaced, CreateOnUpdate]),
    entry("", "Endpoints", "endpoints", V1, &[Namespaced, CreateOnUpdate]),
    entry("", "Event", "events", V1, &[Namespaced, CreateOnUpdate]),
    entry("", "PodTemplate", "podtemplates", V1, &[Namespaced, Generation]),
];

const WORK: &[Entry] = &[
    entry("apps", "Deployment", "deployments", V1, WORKLOAD),
    entry("apps", "ReplicaSet", "replicasets", V1, WORKLOAD),
    entry("apps", "StatefulSet", "statefulsets", V1, WORKLOAD),
    entry("apps", "DaemonSet", "daemonsets", V1, &[Namespaced, Generation, Status]),
    entry("apps", "ControllerRevision", "controllerrevisions", V1, NAMESPACED),
    entry("batch", "Job", "jobs", V1, &[Namespaced, Generation, Status, Orphans]),
    entry("batch", "CronJob", "cronjobs", V1, &[Namespaced, Generation, Status]),
    entry(
        "autoscaling",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        &["v2", "v1"],
        &[Namespaced, Generation, Status],
    ),
    entry("policy", "PodDisruptionBudget", "poddisruptionbudgets", V1, &[Namespaced, Generation, Status, Conditional]),
    entry("scheduling.k8s.io", "PriorityClass", "priorityclasses", V1, &[Generation]),
];

const NETWORK: &[Entry] = &[
    entry("networking.k8s.io", "Ingress", "ingresses", V1, &[Namespaced, Generation, Status]),
    entry("networking.k8s.io", "IngressClass", "ingressclasses", V1, &[Generation]),
    entry("networking.k8s.io", "NetworkPolicy", "networkpolicies", V1, &[Namespaced, Generation]),
    entry("networking.k8s.io", "ServiceCIDR", "servicecidrs", V1, &[Status]),
    entry("networking.k8s.io", "IPAddress", "ipaddresses", V1, CLUSTER),
    entry("discovery.k8s.io", "EndpointSlice", "endpointslices", V1, &[Namespaced, Generation]),
];

const STORAGE: &[Entry] = &[
    entry("storage.k8s.io", "StorageClass", "storageclasses", V1, CLUSTER),
    entry("storage.k8s.io", "CSIDriver", "csidrivers", V1, &[Conditional]),
    entry("storage.k8s.io", "CSINode", "csinodes", V1, &[Conditional]),
    entry("storage.k8s.io", "VolumeAttachment", "volumeattachments", V1, &[Status, Conditional]),
    entry("storage.k8s.io", "CSIStorageCapacity", "csistoragecapacities", V1, &[Namespaced, Conditional]),
    entry("storage.k8s.io", "VolumeAttributesClass", "volumeattributesclasses", V1, CLUSTER),
    entry("resource.k8s.io", "ResourceClaim", "resourceclaims", V1, &[Namespaced, Status]),
    entry("resource.k8s.io", "ResourceClaimTemplate", "resourceclaimtemplates", V1, NAMESPACED),
    entry("resource.k8s.io", "ResourceSlice", "resourceslices", V1, &[Generation]),
    entry("resource.k8s.io", "DeviceClass", "deviceclasses", V1, &[Generation]),
];

const ADMISSION_GROUP: &str = "admissionregistration.k8s.io";
const POLICY: &[&str] = &["v1", "v1beta1"];

const ADMISSION: &[Entry] = &[
    entry(ADMISSION_GROUP, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", V1, CONFIGURATION),
    entry(ADMISSION_GROUP, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", V1, CONFIGURATION),
    entry(
        ADMISSION_GROUP,
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
        POLICY,
        &[Generation, Status, Conditional],
    ),
    entry(
        ADMISSION_GROUP,
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        POLICY,
        CONFIGURATION,
    ),
    entry(ADMISSION_GROUP, "MutatingAdmissionPolicy", "mutatingadmissionpolicies", POLICY, CONFIGURATION),
    entry(ADMISSION_GROUP, "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", POLICY, CONFIGURATION),
];

const RBAC: &str = "rbac.authorization.k8s.io";
const NAMED_BY_WRITER: &[Trait] = &[Namespaced, CreateOnUpdate];

const OTHER: &[Entry] = &[
    entry(RBAC, "Role", "roles", V1, NAMED_BY_WRITER),
    entry(RBAC, "RoleBinding", "rolebindings", V1, NAMED_BY_WRITER),
    entry(RBAC, "ClusterRole", "clusterroles", V1, &[CreateOnUpdate]),
    entry(RBAC, "ClusterRoleBinding", "clusterrolebindings", V1, &[CreateOnUpdate]),
    entry("coordination.k8s.io", "Lease", "leases", V1, &[Namespaced, Conditional, CreateOnUpdate]),
    entry("node.k8s.io", "RuntimeClass", "runtimeclasses", V1, &[Conditional, CreateOnUpdate]),
    entry(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        V1,
        &[Generation, Status, Conditional],
    ),
    entry("apiregistration.k8s.io", "APIService", "apiservices", V1, &[Status, Conditional]),
    entry("certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests", V1, &[Status]),
    entry("events.k8s.io", "Event", "events", V1, NAMED_BY_WRITER),
    entry("flowcontrol.apiserver.k8s.io", "FlowSchema", "flowschemas", V1, &[Generation, Status]),
    entry(
        "flowcontrol.apiserver.k8s.io",
        "PriorityLevelConfiguration",
        "prioritylevelconfigurations",
        V1,
        &[Generation, Status],
    ),
];
