//! Pods, and the templates of Pods that all workloads share.

use evenkeel_object::{Value, json};

use super::container::container;
use super::fill::{each, fill, inside};
use super::volume::volume;

const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// A template, at the place where a workload has it.
pub(super) fn template(workload: &mut Value, way: &[&str]) {
    inside(workload, way, |template| inside(template, &["spec"], spec));
}

/// A Pod: more is filled in than in a template.
///
/// Left out: requests of the Pod as a whole (`spec.resources`), which are derived from its containers when it is created.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_Pod
pub(super) fn pod(pod: &mut Value) {
    inside(pod, &["spec"], |pod| {
        let grace = &pod["terminationGracePeriodSeconds"];
        if grace.as_int().is_some_and(|seconds| seconds < 0) {
            pod.set(&["terminationGracePeriodSeconds"], 1);
        }
        for list in ["containers", "initContainers"] {
            each(pod, &[list], requests);
        }
        fill(pod, "enableServiceLinks", true);
        if pod["hostNetwork"].is_true() {
            for list in ["containers", "initContainers"] {
                each(pod, &[list], host_ports);
            }
        }
        spec(pod);
    });
    inside(pod, &["status"], addresses);
}

/// What a Pod and a template have in common.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_PodSpec
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/zz_generated.defaults.go: SetObjectDefaults_PodTemplate
fn spec(spec: &mut Value) {
    let account = match spec["serviceAccountName"].text() {
        "" => spec["serviceAccount"].clone(),
        name => name.into(),
    };
    if !account.text().is_empty() {
        // `serviceAccount` is the old name of the field; the two are kept equal.
        spec.set(&["serviceAccountName"], account.clone());
        spec.set(&["serviceAccount"], account);
    }
    fill(spec, "dnsPolicy", "ClusterFirst");
    fill(spec, "restartPolicy", "Always");
    fill(spec, "securityContext", Value::map());
    fill(spec, "terminationGracePeriodSeconds", 30);
    fill(spec, "schedulerName", "default-scheduler");
    each(spec, &["volumes"], volume);
    for list in CONTAINERS {
        each(spec, &[list], container);
    }
}

/// A limit without a request is also the request.
fn requests(container: &mut Value) {
    let limits = container["resources"]["limits"].clone();
    if limits.as_map().is_none() {
        return;
    }
    inside(container, &["resources"], |resources| {
        fill(resources, "requests", Value::map());
        inside(resources, &["requests"], |requests| {
            for (resource, amount) in limits.entries() {
                fill(requests, resource, amount.clone());
            }
        });
    });
}

/// In the network of the host every port is a port of the host.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: defaultHostNetworkPorts
fn host_ports(container: &mut Value) {
    each(container, &["ports"], |port| {
        let number = port["containerPort"].clone();
        fill(port, "hostPort", number);
    });
}

/// The one address and the list of addresses say the same.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_PodStatus
fn addresses(status: &mut Value) {
    let first = status["podIPs"][0]["ip"].clone();
    if status["podIP"].is_null() {
        if !first.is_null() {
            status.set(&["podIP"], first);
        }
    } else if status["podIP"] != first {
        let only = json!([{"ip": status["podIP"].text()}]);
        status.set(&["podIPs"], Value::from(only));
    }
}
