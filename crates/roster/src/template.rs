//! Pods as they are made from a template.

use evenkeel_object::{Object, Value, json};

/// The Pod that `owner` makes from a template: the template's labels, annotations, finalizers and spec, and a name that the server makes up.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/controller_utils.go>: `GetPodFromTemplate`.
pub(crate) fn pod_from(template: &Value, owner: &Object) -> Object {
    let mut pod = Object::from(json!({"apiVersion": "v1", "kind": "Pod"}));
    pod.set(&["metadata", "namespace"], owner.namespace());
    pod.set(&["metadata", "generateName"], format!("{}-", owner.name()));
    for field in ["labels", "annotations", "finalizers"] {
        let value = &template["metadata"][field];
        if !value.is_null() {
            pod.set(&["metadata", field], value.clone());
        }
    }
    let reference = owner.controller_reference();
    pod.set(&["metadata", "ownerReferences"], Value::list([reference]));
    pod.set(&["spec"], template["spec"].clone());
    pod
}

/// The phase of a Pod.
pub(crate) fn phase(pod: &Object) -> &str {
    pod["status"]["phase"].text()
}

/// Whether the Pod is ready. As time is not modelled, a ready Pod has been ready for `minReadySeconds`: it is available too.
pub(crate) fn is_ready(pod: &Object) -> bool {
    pod.is_condition_true("Ready")
}

/// Whether the Pod has run to its end, well or badly.
pub(crate) fn is_over(pod: &Object) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// Whether the Pod neither has ended nor is being deleted.
pub(crate) fn is_active(pod: &Object) -> bool {
    !is_over(pod) && !pod.is_terminating()
}
