//! Admission of claims and volumes. Left out: classes of volume attributes, which are protected alike.

use evenkeel_object::{Object, Value};

use super::Call;
use crate::storage::{class_of, default_class, default_classes};

/// A new object as the steps for storage change it, in their order: a claim that says nothing of classes gets the default one, and claims and volumes get the
/// finalizer that keeps them as long as they are in use.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/admission/storage/storageclass/setdefault/admission.go: Admit
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go: Admit
pub(crate) fn admitted(call: &mut Call<'_>, object: Object) -> Object {
    let kind = &call.resource.kind;
    if kind.is("", "PersistentVolumeClaim") {
        let object = classed(call, object);
        protected(object, "kubernetes.io/pvc-protection")
    } else if kind.is("", "PersistentVolume") {
        protected(object, "kubernetes.io/pv-protection")
    } else {
        object
    }
}

fn classed(call: &mut Call<'_>, mut claim: Object) -> Object {
    if class_of(&claim).is_none() {
        let names = call.store.ask(&default_classes());
        if let Some(name) = default_class(&names) {
            claim.set(&["spec", "storageClassName"], name);
        }
    }
    claim
}

fn protected(mut object: Object, finalizer: &str) -> Object {
    if !object.finalizers().any(|name| name == finalizer) {
        let mut finalizers = object["metadata"]["finalizers"].items().to_vec();
        finalizers.push(Value::from(finalizer));
        object.set(&["metadata", "finalizers"], finalizers);
    }
    object
}
