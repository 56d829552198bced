//! Eviction of Pods from nodes with `NoExecute` taints.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/tainteviction/taint_eviction.go>.
//!
//! As time is not modelled, a toleration for some seconds is one that has run out: the Pod is evicted. The real one tries a deletion five times within
//! milliseconds and then forgets it; here it is tried once and forgotten. It does not ask disruption budgets.

use evenkeel_api::{Read, Scope};
use evenkeel_control::{Client, Controller, Done, Event, Pause, Wakes};
use evenkeel_object::{Key, Object, Value, json};

use crate::condition;
use crate::{nodes, pods};

/// The controller that evicts Pods from tainted nodes.
#[derive(Clone, Debug, Default)]
pub struct TaintEviction;

impl TaintEviction {
    /// The controller; it has no settings.
    pub fn new() -> TaintEviction {
        TaintEviction
    }
}

impl Controller for TaintEviction {
    fn name(&self) -> &str {
        "taint-eviction-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&pods::kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::On(vec![pods::kind(), nodes::kind()])
    }

    // A Pod that it could not delete is looked at again only when its tolerations or the taints of the node change.
    fn woken(&self, event: &Event, store: &mut dyn Read) -> Vec<Key> {
        let (before, after) = (event.before.as_ref(), event.after.as_ref());
        let object = event.object();
        if object.kind() == nodes::kind() {
            return if before.map(no_execute) == after.map(no_execute) {
                Vec::new()
            } else {
                nodes::pods_on(store, object.name())
            };
        }
        let seen = |pod: &Object| {
            let spec = &pod["spec"];
            (spec["nodeName"].clone(), spec["tolerations"].clone())
        };
        match after {
            Some(pod) if before.map(seen) != Some(seen(pod)) => vec![pod.key()],
            _ => Vec::new(),
        }
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        if let Some(pod) = client.get(key)?
            && let Some(node) = pods::node(&pod)
            && is_to_go(client, &pod, node)?
        {
            client.because(format!("Node/{node} has a taint that {key} does not tolerate for good"));
            evict(client, key)?;
        }
        Ok(Done::Settled)
    }
}

/// The `NoExecute` taints of a node.
fn no_execute(node: &Object) -> Vec<Value> {
    let taints = node["spec"]["taints"].items().iter();
    taints.filter(|taint| taint["effect"].text() == "NoExecute").cloned().collect()
}

/// Whether the node has taints that the Pod does not tolerate, or not for good.
///
/// Source: `processPodOnNode`, `getMinTolerationTime`.
fn is_to_go(client: &mut Client<'_>, pod: &Object, node: &str) -> Result<bool, Pause> {
    let seen = nodes::as_seen_by_pods(nodes::Capacity::Ample);
    let found = client.view(Scope::one(&nodes::key(node)), seen)?;
    let Some(node) = found.items().first().cloned().map(Object) else {
        return Ok(false);
    };
    Ok(no_execute(&node)
        .iter()
        .any(|taint| pods::toleration(pod, taint).is_none_or(|toleration| !toleration["tolerationSeconds"].is_null())))
}

/// Marks the Pod as disrupted and deletes it. What is refused is forgotten.
///
/// Source: `addConditionAndDeletePod`.
fn evict(client: &mut Client<'_>, key: &Key) -> Result<(), Pause> {
    let Some(pod) = client.get_live(key)? else {
        return Ok(());
    };
    let mut mark = Value::from(json!({
        "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint",
    }));
    let generation = &pod["metadata"]["generation"];
    if !generation.is_null() {
        mark.set(&["observedGeneration"], generation.clone());
    }
    if *pod.condition("DisruptionTarget") != mark {
        let mut status = pod["status"].clone();
        condition::replace(&mut status, mark);
        let conditions = status["conditions"].clone();
        let patch = Value::map().with(&["status", "conditions"], conditions);
        if client.patch_status(key, patch)?.is_err() {
            return Ok(());
        }
    }
    let _ = client.delete(key)?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]
mod tests {
    use super::TaintEviction;
    use crate::stage::Stage;
    use evenkeel_control::{Controller, Event};
    use evenkeel_object::{Key, Object, json};

    fn pod_key() -> Key {
        Key::new(crate::pods::kind(), "default", "a")
    }

    fn node(taints: serde_json::Value) -> serde_json::Value {
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "spec": {"taints": taints}})
    }

    fn pod(tolerations: serde_json::Value) -> serde_json::Value {
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "default"},
            "spec": {"nodeName": "n1", "tolerations": tolerations},
        })
    }

    fn check(tolerations: serde_json::Value, expect: &[&str]) {
        let mut stage = Stage::of([node(json!([{"key": "k", "effect": "NoExecute"}])), pod(tolerations)]);
        assert_eq!(stage.reconcile(&TaintEviction::new(), &pod_key()), expect);
    }

    #[test]
    fn a_pod_stays_only_if_it_tolerates_for_good() {
        let evicted = ["patch status Pod/a", "delete Pod/a"];
        check(json!([]), &evicted);
        check(json!([{"key": "k", "operator": "Exists"}]), &[]);
        check(json!([{"key": "k", "operator": "Exists", "tolerationSeconds": 5}]), &evicted);
    }

    #[test]
    fn what_is_refused_is_forgotten() {
        let mut stage = Stage::of([node(json!([{"key": "k", "effect": "NoExecute"}])), pod(json!([]))]);
        stage.refused = vec!["delete Pod"];
        let lines = stage.reconcile(&TaintEviction::new(), &pod_key());
        assert_eq!(lines, ["patch status Pod/a", "delete Pod/a: refused"]);
    }

    #[test]
    fn new_taints_wake_the_pods_of_the_node() {
        let mut stage = Stage::of([node(json!([])), pod(json!([]))]);
        let mut woken = |before: serde_json::Value, after: serde_json::Value| {
            let event = Event { before: Some(Object::from(before)), after: Some(Object::from(after)) };
            TaintEviction::new().woken(&event, &mut stage.memory)
        };
        let taint = json!([{"key": "k", "effect": "NoExecute"}]);
        assert_eq!(woken(node(json!([])), node(taint.clone())), [pod_key()]);
        assert_eq!(woken(node(taint.clone()), node(taint)), []);
        assert_eq!(woken(pod(json!([])), pod(json!([]))), []);
    }
}
