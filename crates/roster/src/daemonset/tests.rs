//! DaemonSets on nodes that come, are tainted and go.
#![allow(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]

use evenkeel_api::Read;
use evenkeel_control::{Controller, Event};
use evenkeel_object::{Key, Kind, Object, Value, json};

use super::DaemonSets;
use crate::stage::Stage;

const SET: (&str, &str) = ("apps", "DaemonSet");
const POD: (&str, &str) = ("", "Pod");

fn set(rolling: serde_json::Value) -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "default", "generation": 1},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling},
            "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [{"name": "c", "image": "app:1"}]}},
        },
    })
}

fn node(name: &str) -> serde_json::Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
}

fn stage(rolling: serde_json::Value, n_nodes: usize) -> Stage {
    let names = ["n1", "n2", "n3"];
    Stage::of(std::iter::once(set(rolling)).chain(names[..n_nodes].iter().map(|name| node(name))))
}

fn replace() -> serde_json::Value {
    json!({"maxUnavailable": 1, "maxSurge": 0})
}

fn agent() -> Key {
    Key::new(Kind::new("apps", "DaemonSet"), "default", "agent")
}

fn reconcile(stage: &mut Stage) -> Vec<String> {
    let lines = stage.reconcile(&DaemonSets, &agent());
    lines.into_iter().filter(|line| !line.contains("ControllerRevision")).collect()
}

fn settle(stage: &mut Stage) -> Vec<String> {
    let mut lines = Vec::new();
    for _ in 0..40 {
        let round = reconcile(stage);
        if round.is_empty() {
            return lines;
        }
        lines.extend(round.into_iter().filter(|line| !line.contains("status")));
        stage.run_pods();
    }
    panic!("does not settle: {lines:?}");
}

fn set_image(stage: &mut Stage, image: &str) {
    let template = json!({"spec": {"containers": [{"name": "c", "image": image}]}});
    stage.change(SET, "agent", json!({"metadata": {"generation": 2}, "spec": {"template": template}}));
}

#[test]
fn every_node_gets_a_pod_that_requires_it_by_name() {
    let mut stage = stage(replace(), 2);
    assert_eq!(settle(&mut stage), ["create Pod/agent-~0", "create Pod/agent-~1"]);
    let pod = stage.get(POD, "agent-~1");
    let required = &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let term = json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n2"]}]});
    assert_eq!(required["nodeSelectorTerms"], Value::from(json!([term])));
    let tolerated: Vec<&str> = pod["spec"]["tolerations"].items().iter().map(|t| t["key"].text()).collect();
    assert_eq!(tolerated.len(), 6);
    assert_eq!(tolerated[0], "node.kubernetes.io/not-ready");
    let set = stage.get(SET, "agent");
    let expect = json!({"desiredNumberScheduled": 2, "currentNumberScheduled": 2, "numberMisscheduled": 0, "numberReady": 2,
        "updatedNumberScheduled": 2, "numberAvailable": 2, "observedGeneration": 1});
    assert_eq!(set["status"], Value::from(expect));
}

#[test]
fn a_node_that_the_template_does_not_tolerate_gets_none_but_one_that_is_there_may_stay() {
    let mut stage = stage(replace(), 2);
    stage.change(("", "Node"), "n2", json!({"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}));
    assert_eq!(settle(&mut stage), ["create Pod/agent-~0"]);
    stage.change(("", "Node"), "n1", json!({"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}));
    assert!(settle(&mut stage).is_empty());
    assert_eq!(stage.get(SET, "agent")["status"]["numberMisscheduled"].count(), 1);
    stage.change(("", "Node"), "n1", json!({"spec": {"taints": [{"key": "a", "effect": "NoExecute"}]}}));
    assert_eq!(settle(&mut stage), ["delete Pod/agent-~0"]);
}

#[test]
fn a_rollout_replaces_one_node_after_the_other_in_any_order() {
    let mut stage = stage(replace(), 3);
    settle(&mut stage);
    set_image(&mut stage, "app:2");
    stage.choices = vec![2];
    let lines = settle(&mut stage);
    assert_eq!(lines[..2], ["delete Pod/agent-~2", "create Pod/agent-~2"]);
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert_eq!(stage.get(SET, "agent")["status"]["updatedNumberScheduled"].count(), 3);
}

#[test]
fn a_pod_that_is_unavailable_anyway_is_replaced_first() {
    let mut stage = stage(replace(), 2);
    settle(&mut stage);
    stage.change(POD, "agent-~1", json!({"status": {"conditions": []}}));
    set_image(&mut stage, "app:2");
    assert_eq!(reconcile(&mut stage)[0], "delete Pod/agent-~1");
}

#[test]
fn with_a_surge_the_new_pod_comes_before_the_old_one_goes() {
    let mut stage = stage(json!({"maxUnavailable": 0, "maxSurge": 1}), 2);
    settle(&mut stage);
    set_image(&mut stage, "app:2");
    let expect = ["create Pod/agent-~2", "delete Pod/agent-~0", "create Pod/agent-~0", "delete Pod/agent-~1"];
    assert_eq!(settle(&mut stage), expect);
}

#[test]
fn on_delete_leaves_the_pods_to_whoever_deletes_them() {
    let mut stage = stage(replace(), 1);
    settle(&mut stage);
    stage.change(SET, "agent", json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}));
    set_image(&mut stage, "app:2");
    assert!(settle(&mut stage).is_empty());
}

#[test]
fn a_failed_pod_is_replaced() {
    let mut stage = stage(replace(), 1);
    settle(&mut stage);
    stage.change(POD, "agent-~0", json!({"status": {"phase": "Failed"}}));
    assert_eq!(settle(&mut stage), ["delete Pod/agent-~0", "create Pod/agent-~0"]);
}

#[test]
fn a_pod_that_waits_for_a_node_that_is_gone_is_deleted() {
    let mut stage = stage(replace(), 1);
    reconcile(&mut stage);
    stage.memory.objects.remove(&Key::new(Kind::new("", "Node"), "", "n1"));
    assert_eq!(reconcile(&mut stage)[0], "delete Pod/agent-~0");
}

#[test]
fn a_node_wakes_those_that_have_something_to_do_on_it() {
    let mut stage = stage(replace(), 1);
    let mut woken = |before: Option<serde_json::Value>, after: serde_json::Value| {
        let event = Event { before: before.map(Object::from), after: Some(after.into()) };
        let store: &mut dyn Read = &mut stage.memory;
        DaemonSets.woken(&event, store)
    };
    assert_eq!(woken(None, node("n2")), [agent()]);
    assert!(woken(Some(node("n2")), node("n2")).is_empty(), "neither labels nor taints changed");
}
