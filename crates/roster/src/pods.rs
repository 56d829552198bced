//! Facts about Pods that several controllers need: whether they end, what they request, what they tolerate.
//!
//! Whether a Pod is ready or active, and how one is made of a template, is told in `crate::template`.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_object::{Kind, Object, Quantity, Value};

use crate::template::is_over;

/// Amounts of resources by their names.
pub type Amounts = BTreeMap<Arc<str>, Quantity>;

/// The kind.
pub fn kind() -> Kind {
    Kind::new("", "Pod")
}

/// Whether the Pod is being deleted and has not ended yet.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/controller_utils.go>: `IsPodTerminating`.
pub fn is_terminating(pod: &Object) -> bool {
    pod.is_terminating() && !is_over(pod)
}

/// The node it is bound to; none before that.
pub fn node(pod: &Object) -> Option<&str> {
    pod["spec"]["nodeName"].as_str().filter(|name| !name.is_empty())
}

/// The names of the claims that its volumes mention.
pub fn claims(pod: &Object) -> impl Iterator<Item = &str> {
    pod["spec"]["volumes"].items().iter().filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str())
}

/// How important it is.
pub fn priority(pod: &Object) -> i64 {
    pod["spec"]["priority"].count()
}

/// What tells the Pod from others: all but its name if the server made that up, as then nobody can tell by it. Names that people gave have no `~`.
pub(crate) fn character(pod: &Object) -> Value {
    let mut character = pod.0.clone();
    if !pod.name().contains('~') {
        return character;
    }
    for path in [&["metadata", "name"][..], &["metadata", "uid"], &["status", "podIP"], &["status", "podIPs"]] {
        character.remove(path);
    }
    character
}

/// What the Pod asks of a node: the sum of its containers and of the init containers that go on running, or the most that it needs while it
/// is initialised; with its overhead. What is requested for the Pod as a whole takes the place of what its containers request.
///
/// Left out: requests that a resize has not put in force yet.
///
/// <https://github.com/kubernetes/component-helpers/blob/v0.37.2/resource/helpers.go>: `PodRequests`.
pub fn requests(pod: &Object) -> Amounts {
    let spec = &pod["spec"];
    let mut running = Amounts::new();
    for container in spec["containers"].items() {
        add(&mut running, &container["resources"]["requests"]);
    }
    let (mut beside, mut most) = (Amounts::new(), Amounts::new());
    for container in spec["initContainers"].items() {
        let wanted = &container["resources"]["requests"];
        let mut now = beside.clone();
        add(&mut now, wanted);
        if container["restartPolicy"].text() == "Always" {
            add(&mut running, wanted);
            beside = now.clone();
        }
        raise(&mut most, &now);
    }
    raise(&mut running, &most);
    for (resource, amount) in spec["resources"]["requests"].entries() {
        if let Some(amount) = Quantity::of(amount) {
            running.insert(resource.clone(), amount);
        }
    }
    add(&mut running, &spec["overhead"]);
    running
}

/// Adds a map of quantities to amounts.
pub fn add(amounts: &mut Amounts, more: &Value) {
    for (resource, amount) in more.entries() {
        if let Some(amount) = Quantity::of(amount) {
            let sum = amounts.entry(resource.clone()).or_default();
            *sum = *sum + amount;
        }
    }
}

/// Raises amounts to at least those of the other.
fn raise(amounts: &mut Amounts, least: &Amounts) {
    for (resource, amount) in least {
        let now = amounts.entry(resource.clone()).or_default();
        *now = (*now).max(*amount);
    }
}

/// The first toleration of the Pod that tolerates the taint.
///
/// Left out: tolerations that compare numbers (operators `Gt` and `Lt`).
///
/// <https://github.com/kubernetes/api/blob/v0.37.2/core/v1/toleration.go>: `ToleratesTaint`.
pub fn toleration<'p>(pod: &'p Object, taint: &Value) -> Option<&'p Value> {
    pod["spec"]["tolerations"].items().iter().find(|toleration| {
        let effect = toleration["effect"].text();
        let key = toleration["key"].text();
        (effect.is_empty() || effect == taint["effect"].text())
            && (key.is_empty() || key == taint["key"].text())
            && match toleration["operator"].text() {
                "" | "Equal" => toleration["value"].text() == taint["value"].text(),
                operator => operator == "Exists",
            }
    })
}

/// Whether the Pod tolerates the taint.
pub fn tolerates(pod: &Object, taint: &Value) -> bool {
    toleration(pod, taint).is_some()
}

/// The quality-of-service class: `Guaranteed`, `Burstable` or `BestEffort`.
///
/// Left out: requests for the Pod as a whole.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/helper/qos/qos.go>: `ComputePodQOS`.
pub fn quality_of_service(pod: &Object) -> &'static str {
    let spec = &pod["spec"];
    let containers = || spec["containers"].items().iter().chain(spec["initContainers"].items());
    let amount = |container: &Value, side: &str, resource: &str| {
        Quantity::of(&container["resources"][side][resource]).filter(|amount| amount.milli != 0)
    };
    let mut asks = false;
    let mut guaranteed = true;
    for container in containers() {
        for resource in ["cpu", "memory"] {
            let request = amount(container, "requests", resource);
            let limit = amount(container, "limits", resource);
            asks |= request.is_some() || limit.is_some();
            // A request that is left out is its limit.
            guaranteed &= limit.is_some() && request.is_none_or(|request| Some(request) == limit);
        }
    }
    match (asks, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod tests {
    use super::{quality_of_service, requests, tolerates};
    use evenkeel_object::{Object, Value, json};

    fn check_requests(spec: serde_json::Value, expect: &str) {
        let found = requests(&Object::from(json!({ "spec": spec })));
        let lines: Vec<String> = found.iter().map(|(name, amount)| format!("{name} {}", amount.milli)).collect();
        assert_eq!(lines.join(", "), expect);
    }

    #[test]
    fn containers_add_up_and_init_containers_come_first() {
        let cpu = |amount: &str| json!({"resources": {"requests": {"cpu": amount}}});
        check_requests(json!({"containers": [cpu("100m"), cpu("1")]}), "cpu 1100");
        check_requests(json!({"containers": [cpu("100m")], "initContainers": [cpu("1"), cpu("2")]}), "cpu 2000");
        let mut beside = cpu("1");
        beside["restartPolicy"] = json!("Always");
        check_requests(
            json!({"containers": [cpu("1")], "initContainers": [beside, cpu("2")], "overhead": {"cpu": "10m"}}),
            "cpu 3010",
        );
        check_requests(json!({"containers": [cpu("1")], "resources": {"requests": {"cpu": "3"}}}), "cpu 3000");
    }

    fn check_tolerates(toleration: serde_json::Value, expect: bool) {
        let pod = Object::from(json!({"spec": {"tolerations": [toleration]}}));
        let taint = Value::from(json!({"key": "a", "value": "1", "effect": "NoSchedule"}));
        assert_eq!(tolerates(&pod, &taint), expect);
    }

    #[test]
    fn a_toleration_leaves_open_what_it_does_not_say() {
        check_tolerates(json!({"operator": "Exists"}), true);
        check_tolerates(json!({"key": "a", "operator": "Exists"}), true);
        check_tolerates(json!({"key": "a", "value": "1"}), true);
        check_tolerates(json!({"key": "a", "value": "2"}), false);
        check_tolerates(json!({"key": "a", "operator": "Exists", "effect": "NoExecute"}), false);
        check_tolerates(json!({"key": "b", "operator": "Exists"}), false);
    }

    fn check_quality(resources: serde_json::Value, expect: &str) {
        let pod = Object::from(json!({"spec": {"containers": [{ "resources": resources }]}}));
        assert_eq!(quality_of_service(&pod), expect);
    }

    #[test]
    fn a_pod_is_guaranteed_what_it_is_limited_to() {
        check_quality(json!({}), "BestEffort");
        check_quality(json!({"requests": {"cpu": "1"}}), "Burstable");
        check_quality(json!({"limits": {"cpu": "1", "memory": "1Gi"}}), "Guaranteed");
        check_quality(json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}), "Burstable");
    }
}
