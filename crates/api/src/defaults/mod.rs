//! What the API server fills into objects of Kubernetes' own kinds before anybody looks at them, and the one form in which they are stored.
//!
//! * `types`: the fields of each kind; `decoding`: what cannot be read at all; `declared`: their types, for expressions
//! * `stored`: the canonical form: what is left out, what is always there; `quantity`: how quantities are spelled
//! * `core`: kinds of the core group; `pod`: Pods and their templates; `container`, `volume`: their parts
//! * `apps`, `batch`, `autoscaling`, `networking`, `rbac`, `admission`, `storage`, `definition`, `device`, `flow`: one API group each
//! * `fill`: the small steps that they all take

mod admission;
mod apps;
mod autoscaling;
mod batch;
mod container;
mod core;
mod declared;
mod decoding;
mod definition;
mod device;
mod fill;
mod flow;
mod networking;
mod pod;
mod quantity;
mod rbac;
mod storage;
mod stored;
#[cfg(test)]
mod tests;
mod types;
mod volume;

use evenkeel_object::{Kind, Object};

pub use declared::{declared, metadata};
pub use decoding::undecodable;
use stored::Zeros;

/// Makes an object of a kind of Kubernetes' own what the API server would decode from it: in the version that is stored, with defaults, and in the
/// form in which it is stored. Any other object stays as it is.
///
/// Two objects that differ only in what the server makes equal (`replicas` left out or 1, `cpu: 1000m` or `1`, `strategy: {}` or none) are equal
/// afterwards. Doing it twice is doing it once. What is of the wrong type stays as it is, for [`undecodable`] to tell; it is never a panic.
///
/// Left out: what the server does not default but allocates or sets when it stores (addresses and ports of Services, the finalizer of Namespaces,
/// selectors of Jobs, the status of new objects), `StorageVersionMigration` and what only alpha and beta features default.
// https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/apis: defaults.go and zz_generated.defaults.go of each group
pub fn apply(kind: &Kind, object: &mut Object) {
    let Some(version) = stored::version(kind) else {
        return;
    };
    if kind.is("autoscaling", "HorizontalPodAutoscaler") {
        autoscaling::converted(object);
    }
    if object["apiVersion"].text() != version {
        object.set(&["apiVersion"], version);
    }
    object.0 = stored::stored(kind, object, Zeros::Absent);
    match &*kind.group {
        "" => core::apply(&kind.name, object),
        "apps" => apps::apply(&kind.name, object),
        "batch" => batch::apply(&kind.name, object),
        "autoscaling" => autoscaling::autoscaler(object),
        "networking.k8s.io" | "discovery.k8s.io" => networking::apply(&kind.name, object),
        "rbac.authorization.k8s.io" => rbac::apply(&kind.name, object),
        "admissionregistration.k8s.io" => admission::apply(&kind.name, object),
        "scheduling.k8s.io" => storage::priority_class(object),
        "storage.k8s.io" => storage::apply(&kind.name, object),
        "apiextensions.k8s.io" => definition::definition(object),
        "apiregistration.k8s.io" => definition::api_service(object),
        "certificates.k8s.io" => definition::certificate(&kind.name, object),
        "resource.k8s.io" => device::apply(&kind.name, object),
        "flowcontrol.apiserver.k8s.io" => flow::apply(&kind.name, object),
        _ => {}
    }
    object.0 = stored::stored(kind, object, Zeros::Written);
}
