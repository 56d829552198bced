//! What of a node alone keeps a Pod away.

use evenkeel_object::{Object, Value, json};

use crate::{nodes, pods};

/// Why the node is not for the Pod, whatever runs there; the first reason only.
///
/// Sources: the plugins `nodeunschedulable`, `tainttoleration` and `nodeaffinity`, in the order in which they run.
pub(super) fn obstacle(node: &Object, pod: &Object) -> Vec<String> {
    let cordon = Value::from(json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}));
    let reason = if node["spec"]["unschedulable"].is_true() && !pods::tolerates(pod, &cordon) {
        "node(s) were unschedulable"
    } else if nodes::untolerated(node, pod, &["NoSchedule", "NoExecute"]).is_some() {
        "node(s) had untolerated taint(s)"
    } else if !nodes::is_wanted(node, pod) {
        "node(s) didn't match Pod's node affinity/selector"
    } else {
        return Vec::new();
    };
    vec![reason.to_owned()]
}

/// Which resources the node has too little of beside the load that it has.
///
/// Source: the plugin `noderesources`.
pub(super) fn shortage(node: &Object, pod: &Object, load: &Value) -> Vec<String> {
    let lacking = nodes::lacking(node, pod, load).into_iter();
    lacking
        .map(|resource| match &*resource {
            "pods" => "Too many pods".to_owned(),
            resource => format!("Insufficient {resource}"),
        })
        .collect()
}
