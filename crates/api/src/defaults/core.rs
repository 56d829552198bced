//! The core group, but for Pods.

use evenkeel_object::{Object, Value};

use super::fill::{each, fill, inside};
use super::{pod, volume};

/// Fills in what the defaults of the core group are.
pub(super) fn apply(kind: &str, object: &mut Object) {
    match kind {
        "Pod" => pod::pod(object),
        "PodTemplate" => pod::template(object, &["template"]),
        "ReplicationController" => replication_controller(object),
        "Service" => service(object),
        "Endpoints" => each(object, &["subsets"], |subset| {
            // .../pkg/apis/core/v1/defaults.go: SetDefaults_Endpoints
            each(subset, &["ports"], |port| fill(port, "protocol", "TCP"));
        }),
        "Secret" => secret(object),
        "Namespace" => namespace(object),
        "Node" => node(object),
        "PersistentVolume" => volume::persistent(object),
        "PersistentVolumeClaim" => claim(object),
        "LimitRange" => each(object, &["spec", "limits"], limit),
        _ => {}
    }
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_ReplicationController
fn replication_controller(object: &mut Object) {
    let labels = object.at(&["spec", "template", "metadata", "labels"]).clone();
    inside(object, &["spec"], |spec| {
        fill(spec, "replicas", 1);
        if !labels.is_null() {
            fill(spec, "selector", labels.clone());
        }
    });
    if !labels.is_null() {
        inside(object, &["metadata"], |meta| fill(meta, "labels", labels));
    }
    pod::template(object, &["spec", "template"]);
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_Service
fn service(object: &mut Object) {
    inside(object, &["spec"], |spec| {
        affinity(spec);
        fill(spec, "type", "ClusterIP");
        each(spec, &["ports"], port);
        let kind = spec["type"].text().to_owned();
        let is_outside =
            matches!(&*kind, "LoadBalancer" | "NodePort") || kind == "ClusterIP" && !spec["externalIPs"].is_null();
        if is_outside {
            fill(spec, "externalTrafficPolicy", "Cluster");
        }
        if matches!(&*kind, "NodePort" | "LoadBalancer" | "ClusterIP") {
            fill(spec, "internalTrafficPolicy", "Cluster");
        }
        if kind == "LoadBalancer" {
            fill(spec, "allocateLoadBalancerNodePorts", true);
        }
    });
    if object["spec"]["type"].text() == "LoadBalancer" {
        each(object, &["status", "loadBalancer", "ingress"], |ingress| {
            if !ingress["ip"].is_null() {
                fill(ingress, "ipMode", "VIP");
            }
        });
    }
}

fn affinity(spec: &mut Value) {
    fill(spec, "sessionAffinity", "None");
    match spec["sessionAffinity"].text() {
        "None" => {
            spec.remove(&["sessionAffinityConfig"]);
        }
        "ClientIP" => {
            let way = ["sessionAffinityConfig", "clientIP", "timeoutSeconds"];
            if spec.at(&way).is_null() {
                spec.set(&way, 10800);
            }
        }
        _ => {}
    }
}

fn port(port: &mut Value) {
    fill(port, "protocol", "TCP");
    let target = &port["targetPort"];
    let is_unset = target.is_null() || target.as_int() == Some(0) || target.as_str() == Some("");
    if is_unset && !port["port"].is_null() {
        let number = port["port"].clone();
        port.set(&["targetPort"], number);
    }
}

/// Plain data is stored as data.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_Secret
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/conversion.go: Convert_v1_Secret_To_core_Secret
fn secret(object: &mut Object) {
    fill(object, "type", "Opaque");
    let plain = object["stringData"].clone();
    if plain.as_map().is_none() {
        return;
    }
    object.remove(&["stringData"]);
    for (name, text) in plain.entries() {
        object.set(&["data", name], base64(text.text().as_bytes()));
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            text.push(if digit <= chunk.len() {
                char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize])
            } else {
                '='
            });
        }
    }
    text
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_Namespace, SetDefaults_NamespaceStatus
fn namespace(object: &mut Object) {
    let name = object.name().to_owned();
    if !name.is_empty() {
        inside(object, &["metadata"], |meta| {
            fill(meta, "labels", Value::map());
            inside(meta, &["labels"], |labels| {
                labels.set(&["kubernetes.io/metadata.name"], name);
            });
        });
    }
    inside(object, &["status"], |status| {
        fill(status, "phase", "Active");
    });
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_NodeStatus
fn node(object: &mut Object) {
    inside(object, &["status"], |status| {
        let capacity = status["capacity"].clone();
        if !capacity.is_null() {
            fill(status, "allocatable", capacity);
        }
    });
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_PersistentVolumeClaim
pub(super) fn claim(object: &mut Value) {
    inside(object, &["status"], |status| {
        fill(status, "phase", "Pending");
    });
    inside(object, &["spec"], volume::claim);
}

/// The limits of containers imply each other: a maximum is a default, a default or a minimum is a default request.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_LimitRangeItem
fn limit(limit: &mut Value) {
    if limit["type"].text() != "Container" {
        return;
    }
    for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
        let amounts = limit[from].clone();
        fill(limit, to, Value::map());
        inside(limit, &[to], |known| {
            for (resource, amount) in amounts.entries() {
                fill(known, resource, amount.clone());
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn data_is_written_in_base64() {
        for (plain, expect) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("s3cr3t~?", "czNjcjN0fj8=")]
        {
            assert_eq!(base64(plain.as_bytes()), expect);
        }
    }
}
