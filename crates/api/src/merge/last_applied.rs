//! The annotation by which a client-side `kubectl apply` remembers what it applied.

use evenkeel_object::{Object, Value};

/// The annotation's name.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What was applied to an object last; none if it was never applied from the client's side, or the annotation cannot be read.
pub fn last_applied(object: &Object) -> Option<Value> {
    object.annotation(LAST_APPLIED).as_str()?.parse().ok()
}

/// The configuration with the annotation that remembers it, as kubectl sends it.
///
/// The text has its keys in order and ends with a line break, and `metadata.annotations` is in it even if it is empty.
/// <https://github.com/kubernetes/kubectl/blob/v0.37.2/pkg/util/apply.go>: `GetModifiedConfiguration`
pub fn with_last_applied(mut configuration: Object) -> Object {
    let place = ["metadata", "annotations", LAST_APPLIED];
    configuration.remove(&place);
    let annotations = configuration.at(&place[..2]);
    if annotations.as_map().is_none() {
        configuration.set(&place[..2], Value::map());
    }
    let text = format!("{}\n", configuration.0);
    configuration.set(&place, text);
    configuration
}
