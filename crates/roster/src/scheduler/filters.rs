//! What of a node alone keeps a Pod away.

use evenkeel_object::{Object, Value, json};

use super::sieve::Objection;
use crate::{nodes, pods};

/// Why the node is not for the Pod, whatever runs there; the first reason only.
///
/// Sources: the plugins `nodeunschedulable`, `tainttoleration` and `nodeaffinity`, in the order in which they run.
pub(super) fn obstacle(node: &Object, pod: &Object) -> Option<Objection> {
    let cordon = Value::from(json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}));
    let reason = if node["spec"]["unschedulable"].is_true() && !pods::tolerates(pod, &cordon) {
        "node(s) were unschedulable"
    } else if nodes::untolerated(node, pod, &["NoSchedule", "NoExecute"]).is_some() {
        "node(s) had untolerated taint(s)"
    } else if !nodes::is_wanted(node, pod) {
        "node(s) didn't match Pod's node affinity/selector"
    } else {
        return None;
    };
    Some(Objection::lasting(reason))
}

/// Which resources the node has too little of beside the load that it has. That is for good if it has too little of them in all.
///
/// Source: the plugin `noderesources`.
pub(super) fn shortage(node: &Object, pod: &Object, load: &Value) -> Option<Objection> {
    let reasons: Vec<String> = nodes::lacking(node, pod, load)
        .into_iter()
        .map(|resource| match &*resource {
            "pods" => "Too many pods".to_owned(),
            resource => format!("Insufficient {resource}"),
        })
        .collect();
    let is_final = || !nodes::lacking(node, pod, &Value::Null).is_empty();
    (!reasons.is_empty()).then(|| Objection { is_final: is_final(), reasons })
}
