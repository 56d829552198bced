//! Network policies, classes of Ingresses, and slices of endpoints. Ingresses themselves have no defaults.

use evenkeel_object::{Object, Value};

use super::fill::{each, fill, inside};

/// Fills in what the defaults of the groups `networking.k8s.io` and `discovery.k8s.io` are.
pub(super) fn apply(kind: &str, object: &mut Object) {
    match kind {
        "NetworkPolicy" => inside(object, &["spec"], policy),
        // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/networking/v1/defaults.go: SetDefaults_IngressClass
        "IngressClass" => inside(object, &["spec", "parameters"], |parameters| {
            fill(parameters, "scope", "Cluster");
        }),
        // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/discovery/v1/defaults.go: SetDefaults_EndpointPort
        "EndpointSlice" => each(object, &["ports"], |port| {
            fill(port, "name", "");
            fill(port, "protocol", "TCP");
        }),
        _ => {}
    }
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/networking/v1/defaults.go: SetDefaults_NetworkPolicy, SetDefaults_NetworkPolicyPort
fn policy(spec: &mut Value) {
    let mut types = vec![Value::from("Ingress")];
    if !spec["egress"].is_null() {
        types.push("Egress".into());
    }
    fill(spec, "policyTypes", types);
    for direction in ["ingress", "egress"] {
        each(spec, &[direction], |rule| {
            each(rule, &["ports"], |port| fill(port, "protocol", "TCP"));
        });
    }
}
