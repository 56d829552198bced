//! The resource quota controller: counts again what a namespace uses, so that a quota learns of what went away.
//!
//! The API server charges a quota for each new object in the same request; only this controller lowers the count. A raised limit is taken over here, too,
//! and wakes nobody who was refused before. It is a poll (every five minutes in the real one, which also watches what frees a quota).
//!
//! Left out: claims of devices, storage classes, the scope of affinity across namespaces. A resource that is counted by `count/<resource>` is found by
//! the plural that Kubernetes forms of a kind's name.
//!
//! Sources: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/resourcequota/resource_quota_controller.go>,
//! <https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/quota/v1/evaluator/core>.

use evenkeel_api::{Projection, Scope, Select};
use evenkeel_control::{Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Quantity, Selector, Value};

use crate::namespace::plural;
use crate::pods;
use crate::template::is_over;
use evenkeel_control::halt::{Halt, ended};

/// The resource quota controller.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quotas;

fn kind() -> Kind {
    Kind::new("", "ResourceQuota")
}

impl Controller for Quotas {
    fn name(&self) -> &str {
        "resourcequota-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::Periodically
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(sync(client, key))
    }
}

fn sync(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    let Some(quota) = client.get(key)? else {
        return Ok(());
    };
    let hard = &quota["spec"]["hard"];
    let before = &quota["status"]["used"];
    let mut used = Value::map();
    for (name, limit) in hard.entries() {
        let amount = usage(client, &quota, name)?;
        let told = &before[&**name];
        // The same amount stays as it is spelt.
        let is_same = Quantity::of(told) == Some(amount);
        let value = if is_same { told.clone() } else { spelt(amount, limit) };
        used.set(&[name], value);
    }
    let mut status = Value::map();
    if !hard.is_null() {
        status.set(&["hard"], hard.clone());
    }
    status.set(&["used"], used);
    if status == quota["status"] {
        return Ok(());
    }
    client.because(format!("{key} counts what is used"));
    let mut updated = quota.clone();
    updated.set(&["status"], status);
    client.update_status(updated)??;
    Ok(())
}

/// How much of one of its resources is used in the quota's namespace.
fn usage(client: &mut Client<'_>, quota: &Object, name: &str) -> Result<Quantity, Halt> {
    let scope = Scope { kind: kind_of(name), namespace: Some(quota.namespace().into()), select: Select::All };
    let scopes = scopes(quota);
    // Only Pods are in any scope.
    if !scopes.items().is_empty() && scope.kind != Some(pods::kind()) {
        return Ok(Quantity::default());
    }
    let projection = Projection {
        name: "usage of a quota",
        args: Value::list([name.into(), scopes]),
        of: |args, objects| {
            let counted = objects.iter().filter(|object| args[1].items().iter().all(|scope| is_in(object, scope)));
            let milli: i128 = counted.map(|object| amount(object, args[0].text()).milli).sum();
            Value::Int(i64::try_from(milli).unwrap_or(i64::MAX))
        },
        join: |_, left, right| Value::Int(left.count().saturating_add(right.count())),
    };
    let milli = client.view(scope, projection)?.count();
    Ok(Quantity { milli: milli.into() })
}

/// The scopes of a quota as requirements.
fn scopes(quota: &Object) -> Value {
    let spec = &quota["spec"];
    let named = spec["scopes"]
        .items()
        .iter()
        .map(|scope| Value::map().with(&["scopeName"], scope.clone()).with(&["operator"], "Exists"));
    let selected = spec["scopeSelector"]["matchExpressions"].items().iter().cloned();
    Value::list(named.chain(selected))
}

/// The kind whose objects use a resource; none if it has to be found by its plural.
fn kind_of(name: &str) -> Option<Kind> {
    let core = |kind| Some(Kind::new("", kind));
    match name {
        "requests.storage" | "persistentvolumeclaims" => core("PersistentVolumeClaim"),
        "services" | "services.nodeports" | "services.loadbalancers" => core("Service"),
        "configmaps" => core("ConfigMap"),
        "secrets" => core("Secret"),
        "replicationcontrollers" => core("ReplicationController"),
        "resourcequotas" => core("ResourceQuota"),
        "count/pods" => Some(pods::kind()),
        name if name.starts_with("count/") => None,
        _ => Some(pods::kind()),
    }
}

/// What one object uses of a resource.
fn amount(object: &Object, name: &str) -> Quantity {
    let one = Quantity { milli: 1000 };
    let kind = object.kind();
    if let Some(counted) = name.strip_prefix("count/") {
        let group = if kind.group.is_empty() { String::new() } else { format!(".{}", kind.group) };
        return if counted == format!("{}{group}", plural(&kind.name)) { one } else { Quantity::default() };
    }
    match &*kind.name {
        "Pod" => of_pod(object, name),
        "Service" => of_service(object, name),
        "PersistentVolumeClaim" if name == "requests.storage" => {
            Quantity::of(&object["spec"]["resources"]["requests"]["storage"]).unwrap_or_default()
        }
        _ => one,
    }
}

/// A Pod that has ended uses nothing but its name.
fn of_pod(pod: &Object, name: &str) -> Quantity {
    if is_over(pod) {
        return Quantity::default();
    }
    let of = |pod: &Object, resource: &str| pods::requests(pod).get(resource).copied().unwrap_or_default();
    match name.split_once('.') {
        _ if name == "pods" => Quantity { milli: 1000 },
        Some(("requests", resource)) => of(pod, resource),
        Some(("limits", resource)) => of(&with_limits_as_requests(pod), resource),
        _ => of(pod, name),
    }
}

/// Limits add up as requests do.
fn with_limits_as_requests(pod: &Object) -> Object {
    let mut pod = pod.clone();
    for field in ["containers", "initContainers"] {
        let containers = pod["spec"][field].items().iter().map(|container| {
            let limits = container["resources"]["limits"].clone();
            container.clone().with(&["resources", "requests"], limits)
        });
        let containers = Value::list(containers);
        pod.set(&["spec", field], containers);
    }
    let limits = pod["spec"]["resources"]["limits"].clone();
    pod.set(&["spec", "resources", "requests"], limits);
    pod
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/quota/v1/evaluator/core/services.go>: `Usage`.
fn of_service(service: &Object, name: &str) -> Quantity {
    let spec = &service["spec"];
    let is_balanced = spec["type"].text() == "LoadBalancer";
    let n_ports = spec["ports"].items().len();
    let count = match name {
        "services" => 1,
        "services.loadbalancers" => usize::from(is_balanced),
        _ if spec["type"].text() == "NodePort" => n_ports,
        _ if is_balanced && spec["allocateLoadBalancerNodePorts"] == Value::Bool(false) => {
            spec["ports"].items().iter().filter(|port| port["nodePort"].count() > 0).count()
        }
        _ if is_balanced => n_ports,
        _ => 0,
    };
    Quantity { milli: 1000 * i128::try_from(count).expect("a count of ports fits") }
}

fn is_in(pod: &Object, scope: &Value) -> bool {
    let has_deadline = pod["spec"]["activeDeadlineSeconds"].as_int().is_some();
    let is_best_effort = pods::quality_of_service(pod) == "BestEffort";
    match scope["scopeName"].text() {
        "Terminating" => has_deadline,
        "NotTerminating" => !has_deadline,
        "BestEffort" => is_best_effort,
        "NotBestEffort" => !is_best_effort,
        "PriorityClass" => {
            let class = pod["spec"]["priorityClassName"].text();
            let labels = if class.is_empty() { Value::map() } else { Value::map().with(&["PriorityClass"], class) };
            let requirement = scope.clone().with(&["key"], "PriorityClass");
            let selector = Value::map().with(&["matchExpressions"], Value::list([requirement]));
            Selector::of(&selector).is_some_and(|selector| selector.matches(&labels))
        }
        _ => false,
    }
}

/// An amount in the notation of the limit: with a binary suffix if that has one.
fn spelt(amount: Quantity, like: &Value) -> Value {
    const SUFFIXES: [&str; 4] = ["Ti", "Gi", "Mi", "Ki"];
    let is_binary = like.text().ends_with('i') && amount.milli % 1000 == 0 && amount.milli != 0;
    let units = amount.milli / 1000;
    let fitting = SUFFIXES.iter().enumerate().find(|(index, _)| units % (1i128 << (10 * (4 - index))) == 0);
    match fitting.filter(|_| is_binary) {
        Some((index, suffix)) => format!("{}{suffix}", units >> (10 * (4 - index))).into(),
        None => amount.to_string().into(),
    }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]
mod tests {
    use super::{Quotas, kind};
    use crate::stage::Stage;
    use evenkeel_object::{Key, Value, json};

    fn quota(spec: serde_json::Value) -> serde_json::Value {
        json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "default"}, "spec": spec})
    }

    fn pod(name: &str, phase: &str, resources: serde_json::Value) -> serde_json::Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
            "spec": {"containers": [{"resources": resources}]}, "status": {"phase": phase}})
    }

    fn used(stage: &mut Stage) -> Value {
        let key = Key::new(kind(), "default", "q");
        stage.reconcile(&Quotas, &key);
        assert!(stage.reconcile(&Quotas, &key).is_empty(), "it says the same twice");
        stage.get(("", "ResourceQuota"), "q")["status"]["used"].clone()
    }

    #[test]
    fn pods_that_have_not_ended_are_counted_with_their_requests_and_limits() {
        let small = json!({"requests": {"cpu": "200m", "memory": "64Mi"}, "limits": {"cpu": "500m"}});
        let hard = json!({"pods": "5", "requests.cpu": "2", "cpu": "2", "limits.cpu": "4", "requests.memory": "1Gi", "count/pods": "9"});
        let mut stage = Stage::of([
            quota(json!({ "hard": hard })),
            pod("a", "Running", small.clone()),
            pod("b", "Pending", small.clone()),
            pod("c", "Failed", small),
        ]);
        let expect = json!({"pods": "2", "requests.cpu": "400m", "cpu": "400m", "limits.cpu": "1", "requests.memory": "128Mi", "count/pods": "3"});
        assert_eq!(used(&mut stage), Value::from(expect));
        assert_eq!(stage.get(("", "ResourceQuota"), "q")["status"]["hard"]["pods"].text(), "5");
    }

    #[test]
    fn objects_are_counted_by_kind() {
        let deployment =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "default"}});
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "default"}, "spec": {"type": "NodePort", "ports": [{}, {}]}});
        let elsewhere = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "other"}});
        let hard =
            json!({"count/deployments.apps": "1", "services": "1", "services.nodeports": "2", "configmaps": "1"});
        let mut stage = Stage::of([quota(json!({ "hard": hard })), deployment, service, elsewhere]);
        let expect =
            json!({"count/deployments.apps": "1", "services": "1", "services.nodeports": "2", "configmaps": "0"});
        assert_eq!(used(&mut stage), Value::from(expect));
    }

    #[test]
    fn a_scope_narrows_what_is_counted() {
        let mut stage = Stage::of([
            quota(json!({"hard": {"pods": "5"}, "scopes": ["BestEffort"]})),
            pod("a", "Running", json!({})),
            pod("b", "Running", json!({"requests": {"cpu": "1"}})),
        ]);
        assert_eq!(used(&mut stage), json!({"pods": "1"}).into());
    }

    #[test]
    fn the_same_amount_is_not_written_in_another_spelling() {
        let mut told = quota(json!({"hard": {"requests.cpu": "2"}}));
        told["status"] = json!({"hard": {"requests.cpu": "2"}, "used": {"requests.cpu": "0.2"}});
        let mut stage = Stage::of([told, pod("a", "Running", json!({"requests": {"cpu": "200m"}}))]);
        let key = Key::new(kind(), "default", "q");
        assert!(stage.reconcile(&Quotas, &key).is_empty());
    }
}
