//! What an object uses of the quotas of its Namespace.

use std::collections::BTreeMap;

use evenkeel_object::{Object, Quantity, Value};

use super::kinds::Resource;
use super::pod;

/// Amounts by the names that quotas give them.
pub(crate) type Amounts = BTreeMap<String, Quantity>;

/// What a new object uses.
///
/// Left out: claims of devices, and the two names that quotas have for each storage class.
// https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/quota/v1/evaluator/core
pub(crate) fn of(resource: &Resource, object: &Object) -> Amounts {
    let mut amounts = Amounts::new();
    amounts.insert(format!("count/{}", resource.qualified()), units(1));
    if !resource.kind.group.is_empty() {
        return amounts;
    }
    match &*resource.kind.name {
        "Pod" => amounts.extend(of_pod(object)),
        "Service" => amounts.extend(of_service(object)),
        "PersistentVolumeClaim" => {
            amounts.insert(resource.plural.clone(), units(1));
            if let Some(storage) = Quantity::of(&object["spec"]["resources"]["requests"]["storage"]) {
                amounts.insert("requests.storage".to_owned(), storage);
            }
        }
        "ConfigMap" | "Secret" | "ReplicationController" | "ResourceQuota" => {
            amounts.insert(resource.plural.clone(), units(1));
        }
        _ => {}
    }
    amounts
}

/// Whether quotas count this name for this resource, be it used or not.
pub(crate) fn concerns(resource: &Resource, name: &str) -> bool {
    if name == format!("count/{}", resource.qualified()) {
        return true;
    }
    match (&*resource.kind.group, &*resource.kind.name) {
        ("", "Pod") => {
            matches!(name, "pods" | "cpu" | "memory" | "ephemeral-storage")
                || name.starts_with("hugepages-")
                || name.starts_with("limits.")
                || name.starts_with("requests.") && name != "requests.storage"
        }
        ("", "Service") => matches!(name, "services" | "services.nodeports" | "services.loadbalancers"),
        ("", "PersistentVolumeClaim") => {
            matches!(name, "persistentvolumeclaims" | "requests.storage")
        }
        ("", "ConfigMap" | "Secret" | "ReplicationController" | "ResourceQuota") => name == resource.plural,
        _ => false,
    }
}

/// The names among these that a container must say something about, with the containers that do not.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/quota/v1/evaluator/core/pods.go: Constraints
pub(crate) fn unspecified(object: &Object, names: &[String]) -> Vec<(String, Vec<String>)> {
    const DEMANDED: [&str; 6] = ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];
    let demanded = DEMANDED.iter().filter(|name| names.iter().any(|n| n == *name));
    demanded
        .map(|name| {
            let (part, resource) = name.split_once('.').unwrap_or(("requests", name));
            let mut lacking: Vec<String> = pod::containers(object)
                .filter(|container| container["resources"][part].get(resource).is_none())
                .map(|container| container["name"].text().to_owned())
                .collect();
            lacking.sort_unstable();
            ((*name).to_owned(), lacking)
        })
        .filter(|(_, lacking)| !lacking.is_empty())
        .collect()
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/quota/v1/evaluator/core/services.go: Usage
fn of_service(object: &Object) -> Amounts {
    let spec = &object["spec"];
    let ports = spec["ports"].items();
    let is_balanced = spec["type"].text() == "LoadBalancer";
    let node_ports = match spec["type"].text() {
        "NodePort" => ports.len(),
        "LoadBalancer" if spec["allocateLoadBalancerNodePorts"].as_bool() == Some(false) => {
            ports.iter().filter(|port| port["nodePort"].count() != 0).count()
        }
        "LoadBalancer" => ports.len(),
        _ => 0,
    };
    Amounts::from([
        ("services".to_owned(), units(1)),
        ("services.nodeports".to_owned(), units(node_ports)),
        ("services.loadbalancers".to_owned(), units(usize::from(is_balanced))),
    ])
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/quota/v1/evaluator/core/pods.go: PodUsageFunc
fn of_pod(object: &Object) -> Amounts {
    let mut amounts = Amounts::from([("pods".to_owned(), units(1))]);
    for (resource, amount) in total(object, "requests") {
        if matches!(&*resource, "cpu" | "memory" | "ephemeral-storage") || resource.starts_with("hugepages-") {
            amounts.insert(resource.clone(), amount);
        }
        amounts.insert(format!("requests.{resource}"), amount);
    }
    for (resource, amount) in total(object, "limits") {
        amounts.insert(format!("limits.{resource}"), amount);
    }
    amounts
}

/// What a Pod asks for at its peak: all its containers together, or one that runs before them and those that are started by then.
///
/// Left out: resources of the Pod as a whole.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/component-helpers/resource/helpers.go: PodRequests, PodLimits
pub(crate) fn total(object: &Object, part: &str) -> Amounts {
    let spec = &object["spec"];
    let mut total = Amounts::new();
    for container in spec["containers"].items() {
        add(&mut total, &container["resources"][part]);
    }
    let (mut sidecars, mut peak) = (Amounts::new(), Amounts::new());
    for container in spec["initContainers"].items() {
        let own = &container["resources"][part];
        let mut now = sidecars.clone();
        add(&mut now, own);
        if container["restartPolicy"].text() == "Always" {
            add(&mut total, own);
            sidecars = now.clone();
        }
        raise(&mut peak, now);
    }
    raise(&mut total, peak);
    let overhead = &spec["overhead"];
    for (resource, amount) in overhead.entries() {
        // A Pod without a limit does not get one by its overhead.
        if part == "requests" || total.contains_key(&**resource) {
            add(&mut total, &Value::map().with(&[resource], amount.clone()));
        }
    }
    total
}

fn add(amounts: &mut Amounts, more: &Value) {
    for (resource, amount) in more.entries() {
        let sum = amounts.entry(resource.to_string()).or_default();
        *sum = *sum + Quantity::of(amount).unwrap_or_default();
    }
}

fn raise(amounts: &mut Amounts, others: Amounts) {
    for (resource, amount) in others {
        let highest = amounts.entry(resource).or_default();
        *highest = amount.max(*highest);
    }
}

fn units(count: usize) -> Quantity {
    Quantity { milli: i128::try_from(count).expect("a count fits") * 1000 }
}
