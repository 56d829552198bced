//! A CustomResourceDefinition that is deleted: it is marked, nothing new comes of it, and it waits for its objects.
//!
//! Whoever deletes these is a controller inside the real server ([`CRD_FINALIZER`]). Left out: a definition that was never established, or whose resource is
//! built in; both go without it.

use evenkeel_object::{Object, json};

use super::definition::Defined;
use super::{Call, fault, metadata};
use crate::Status;

/// The finalizer that holds a definition which is being deleted until none of its objects is left.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1/types.go#L393-L395
pub const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// The manager as whom the objects of such a definition are deleted.
pub const CRD_FINALIZER: &str = "crd-finalizer";

/// A definition whose deletion was asked for. What is to become of its dependents is not looked at, and its generation stays.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition/etcd.go#L118-L172: Delete
pub(crate) fn marked(mut definition: Object) -> Object {
    definition.set(&["metadata", "deletionTimestamp"], metadata::NOW);
    if !definition.finalizers().any(|finalizer| finalizer == CLEANUP) {
        let mut finalizers = definition["metadata"]["finalizers"].items().to_vec();
        finalizers.push(CLEANUP.into());
        definition.set(&["metadata", "finalizers"], finalizers);
    }
    let condition = json!({"type": "Terminating", "status": "True", "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"});
    let mut conditions = definition["status"]["conditions"].items().to_vec();
    conditions.retain(|other| other["type"].text() != "Terminating");
    conditions.push(condition.into());
    definition.set(&["status", "conditions"], conditions);
    definition
}

/// Refuses a new custom resource whose definition is being deleted.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/customresource_handler.go#L1519-L1547: forbidCreateAdmission
pub(crate) fn stays(call: &Call<'_>, object: &Object) -> Result<(), Status> {
    if is_going(call) {
        let why = "create not allowed while custom resource definition is terminating";
        return Err(fault::forbidden(call.resource, object.name(), why));
    }
    Ok(())
}

/// Whether this is a custom resource that goes because its definition does: whoever deletes it writes to the store itself, and nobody is asked.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiextensions-apiserver/pkg/controller/finalizer/crd_finalizer.go#L181-L223: deleteInstances
pub(crate) fn is_cleanup(call: &Call<'_>) -> bool {
    *call.request.manager == *CRD_FINALIZER && is_going(call)
}

fn is_going(call: &Call<'_>) -> bool {
    call.resource.custom().is_some_and(Defined::is_terminating)
}
