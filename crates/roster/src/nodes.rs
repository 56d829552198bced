//! Facts about nodes: which Pods they take, and what those that are there use of them.

use std::sync::Arc;

use evenkeel_api::{Projection, Read, Scope, read::concatenated};
use evenkeel_object::{Key, Kind, Object, Quantity, Value};

use crate::pods::{self, Amounts};
use crate::template::{is_active, is_over};

/// The kind.
pub fn kind() -> Kind {
    Kind::new("", "Node")
}

/// The key of the node of that name.
pub fn key(name: &str) -> Key {
    Key::new(kind(), "", name)
}

/// Whether what nodes have is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Capacity {
    /// No: every node has room for every Pod. Then no Pod depends on where the others are.
    Ample,
    /// Yes: `status.allocatable` less what the Pods of the node request.
    #[default]
    Counted,
}

/// The nodes as far as they matter to Pods: names, labels, taints, what they have to give. Heartbeats and the like are left out.
pub fn as_seen_by_pods(capacity: Capacity) -> Projection {
    Projection {
        name: "nodes as Pods see them",
        args: Value::Bool(capacity == Capacity::Counted),
        of: |counted, nodes| {
            let mut paths = vec![
                &["apiVersion"][..],
                &["kind"],
                &["metadata", "name"],
                &["metadata", "labels"],
                &["spec", "taints"],
                &["spec", "unschedulable"],
            ];
            if counted.is_true() {
                paths.push(&["status", "allocatable"]);
            }
            Value::list(nodes.iter().map(|node| {
                let mut seen = Value::map();
                for path in paths.iter().filter(|path| !node.at(path).is_null()) {
                    seen.set(path, node.at(path).clone());
                }
                seen
            }))
        },
        join: |_, left, right| concatenated(left, right),
    }
}

/// What a node has in common with others of its kind: all but its name, and the label that repeats it.
pub fn without_name(node: &Object) -> Object {
    let mut node = node.clone();
    node.remove(&["metadata", "name"]);
    node.remove(&["metadata", "labels", "kubernetes.io/hostname"]);
    node
}

/// The first taint of the node with one of these effects that the Pod does not tolerate.
pub fn untolerated<'n>(node: &'n Object, pod: &Object, effects: &[&str]) -> Option<&'n Value> {
    node["spec"]["taints"]
        .items()
        .iter()
        .find(|taint| effects.contains(&taint["effect"].text()) && !pods::tolerates(pod, taint))
}

/// Whether the Pod's node selector and required node affinity admit the node.
///
/// <https://github.com/kubernetes/component-helpers/blob/v0.37.2/scheduling/corev1/nodeaffinity/nodeaffinity.go>: `GetRequiredNodeAffinity`.
pub fn is_wanted(node: &Object, pod: &Object) -> bool {
    let selected =
        pod["spec"]["nodeSelector"].entries().all(|(label, value)| node.labels()[&**label].as_str() == value.as_str());
    let required = &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    selected && (required.is_null() || is_chosen(node, required))
}

/// Whether one of the terms of a node selector chooses the node; a term that says nothing chooses nothing.
pub(crate) fn is_chosen(node: &Object, selector: &Value) -> bool {
    selector["nodeSelectorTerms"].items().iter().any(|term| {
        let expressions = term["matchExpressions"].items();
        let fields = term["matchFields"].items();
        let name = Value::from(node.name());
        (!expressions.is_empty() || !fields.is_empty())
            && expressions
                .iter()
                .all(|e| satisfies(&node.labels()[e["key"].text()], e))
            // The only field that may be named is metadata.name.
            && fields.iter().all(|e| satisfies(&name, e))
    })
}

fn satisfies(value: &Value, expression: &Value) -> bool {
    let listed = expression["values"].items().contains(value);
    let number = |value: &Value| value.text().parse::<i64>().ok();
    let bound = number(&expression["values"][0]);
    match expression["operator"].text() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => !value.is_null(),
        "DoesNotExist" => value.is_null(),
        "Gt" => matches!((number(value), bound), (Some(value), Some(bound)) if value > bound),
        "Lt" => matches!((number(value), bound), (Some(value), Some(bound)) if value < bound),
        _ => false,
    }
}

/// The resources of the node of which there is less left than the Pod requests: `pods` first, then by name. Amounts are in thousandths.
///
/// A resource that the node does not have at all is one of which nothing is left.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/plugins/noderesources/fit.go>: `fitsRequest`.
pub fn lacking(node: &Object, pod: &Object, load: &Value) -> Vec<Arc<str>> {
    let allocatable = &node["status"]["allocatable"];
    let lacks = |resource: &str, wanted: Quantity| {
        let has = Quantity::of(&allocatable[resource]).unwrap_or_default();
        wanted.milli + i128::from(load[resource].count()) > has.milli
    };
    let mut wanted: Amounts = pods::requests(pod);
    wanted.retain(|_, amount| amount.milli > 0);
    let mut found = Vec::new();
    if lacks("pods", Quantity { milli: 1000 }) {
        found.push("pods".into());
    }
    found
        .extend(wanted.into_iter().filter(|(resource, amount)| lacks(resource, *amount)).map(|(resource, _)| resource));
    found
}

/// Which Pods of a node count as its load.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    /// All that are bound to it and have not ended: what the scheduler sees.
    Bound,
    /// Of those, the ones that its kubelet has let in.
    Admitted,
}

/// The sum of what Pods request, by node and resource in thousandths, `pods` among the resources: `{"n1": {"cpu": 500, "pods": 1000}}`.
///
/// With a node's name it looks at the Pods of that node only. To be asked about Pods in all namespaces.
pub fn load(counted: Counted, node: Option<&str>) -> Projection {
    let name = match counted {
        Counted::Bound => "load of nodes",
        Counted::Admitted => "admitted load of nodes",
    };
    Projection {
        name,
        args: node.map_or(Value::Null, Value::from),
        of: match counted {
            Counted::Bound => |node, pods| sum(node, pods, |_| true),
            Counted::Admitted => |node, pods| sum(node, pods, was_admitted),
        },
        join: |_, left, right| joined(left, right),
    }
}

/// Whether the kubelet has let the Pod in: it says so by the time of the start. (A Pod that it refused has ended.)
pub fn was_admitted(pod: &Object) -> bool {
    !pod["status"]["startTime"].is_null()
}

/// What a Pod takes of a node, `pods` among the resources: nothing once it has ended.
pub fn taken(pod: &Object) -> Amounts {
    if is_over(pod) {
        return Amounts::new();
    }
    let mut amounts = pods::requests(pod);
    amounts.insert("pods".into(), Quantity { milli: 1000 });
    amounts
}

fn sum(only: &Value, pods: &[Object], counts: fn(&Object) -> bool) -> Value {
    let mut sums = Value::map();
    for pod in pods {
        let Some(node) = pods::node(pod) else {
            continue;
        };
        if !counts(pod) || only.as_str().is_some_and(|only| only != node) {
            continue;
        }
        for (resource, amount) in taken(pod) {
            let now = sums[node][&*resource].count();
            // More than the model's integers hold is as much as they hold: no node has as much.
            let more = i64::try_from(amount.milli).unwrap_or(i64::MAX);
            sums.set(&[node, &resource], now.saturating_add(more));
        }
    }
    sums
}

fn joined(left: &Value, right: &Value) -> Value {
    let mut sums = left.clone();
    for (node, amounts) in right.entries() {
        for (resource, amount) in amounts.entries() {
            let now = sums[&**node][&**resource].count();
            sums.set(&[node, resource], now.saturating_add(amount.count()));
        }
    }
    sums
}

/// How many Pods of each node have not ended and are not being deleted; those without a node are under the empty name.
pub fn active_pods() -> Projection {
    Projection {
        name: "active Pods by node",
        args: Value::Null,
        of: |_, pods| {
            let mut counts = Value::map();
            for pod in pods.iter().filter(|pod| is_active(pod)) {
                let node = pods::node(pod).unwrap_or_default();
                let count = counts[node].count();
                counts.set(&[node], count + 1);
            }
            counts
        },
        join: |_, left, right| added(left, right),
    }
}

/// The sums of the counts of the same name.
pub(crate) fn added(left: &Value, right: &Value) -> Value {
    let mut sums = left.clone();
    for (node, count) in right.entries() {
        let sum = sums[&**node].count() + count.count();
        sums.set(&[node], sum);
    }
    sums
}

/// The keys of the Pods that are bound to a node, in order.
pub fn pods_on(store: &mut dyn Read, node: &str) -> Vec<Key> {
    let projection = Projection {
        name: "Pods of a node",
        args: Value::from(node),
        of: |node, pods| {
            Value::list(
                pods.iter()
                    .filter(|pod| pods::node(pod) == node.as_str())
                    .map(|pod| Value::list([pod.namespace().into(), pod.name().into()])),
            )
        },
        join: |_, left, right| concatenated(left, right),
    };
    let found = store.ask(&evenkeel_api::Question { scope: Scope::everywhere(&pods::kind()), projection });
    let mut keys: Vec<Key> =
        found.items().iter().map(|pair| Key::new(pods::kind(), pair[0].text(), pair[1].text())).collect();
    keys.sort();
    keys
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod tests {
    use super::{Counted, is_wanted, lacking, load};
    use evenkeel_api::{Memory, Question, Read, Scope};
    use evenkeel_object::{Object, Value, json};

    fn check_wanted(spec: serde_json::Value, expect: bool) {
        let node = Object::from(json!({"metadata": {"name": "n1", "labels": {"zone": "a", "cores": "8"}}}));
        assert_eq!(is_wanted(&node, &Object::from(json!({ "spec": spec }))), expect);
    }

    fn affinity(term: serde_json::Value) -> serde_json::Value {
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}})
    }

    #[test]
    fn a_pod_goes_only_where_it_wants() {
        check_wanted(json!({}), true);
        check_wanted(json!({"nodeSelector": {"zone": "a"}}), true);
        check_wanted(json!({"nodeSelector": {"zone": "b"}}), false);
        check_wanted(affinity(json!({})), false);
        let expression = |key, operator, values| {
            affinity(json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]}))
        };
        check_wanted(expression("zone", "In", json!(["a", "b"])), true);
        check_wanted(expression("zone", "NotIn", json!(["a"])), false);
        check_wanted(expression("disk", "NotIn", json!(["a"])), true);
        check_wanted(expression("cores", "Gt", json!(["4"])), true);
        check_wanted(expression("cores", "Lt", json!(["4"])), false);
        let field =
            |name| affinity(json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name]}]}));
        check_wanted(field("n1"), true);
        check_wanted(field("n2"), false);
    }

    #[test]
    fn what_is_left_is_the_nodes_own_less_what_its_pods_request() {
        let mut store = Memory::default();
        for (name, node, phase) in [("a", "n1", "Running"), ("b", "n1", "Failed"), ("c", "n2", "Pending")] {
            store.insert(Object::from(json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
                "spec": {"nodeName": node, "containers": [{"resources": {"requests": {"cpu": "600m"}}}]},
                "status": {"phase": phase},
            })));
        }
        let scope = Scope::everywhere(&crate::pods::kind());
        let answer = store.ask(&Question { scope, projection: load(Counted::Bound, None) });
        assert_eq!(answer, Value::from(json!({"n1": {"cpu": 600, "pods": 1000}, "n2": {"cpu": 600, "pods": 1000}})));
        let node = Object::from(json!({"status": {"allocatable": {"cpu": "1", "pods": "110"}}}));
        let pod = store.objects.values().next().expect("there is one");
        assert_eq!(lacking(&node, pod, &answer["n1"]), ["cpu".into()]);
        assert!(lacking(&node, pod, &Value::Null).is_empty());
    }
}
