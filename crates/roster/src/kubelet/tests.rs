//! Pods on their nodes.

use evenkeel_object::{Key, Object, Selector, Value, json, merge::merge_patch};

use super::{Behaviour, Kubelet, Outcome, Settings, Taints};
use crate::pods;
use crate::stage::Stage;

const POD: (&str, &str) = ("", "Pod");

fn node(patch: serde_json::Value) -> Object {
    let node = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"},
        "status": {"allocatable": {"cpu": "1", "memory": "1Gi", "pods": "110"}},
    });
    Object(merge_patch(&node.into(), &patch.into()))
}

fn pod(name: &str, patch: serde_json::Value) -> Object {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
        "spec": {"nodeName": "n1", "restartPolicy": "Always", "containers": [{"name": "c", "image": "app:1"}]},
        "status": {"phase": "Pending"},
    });
    Object(merge_patch(&pod.into(), &patch.into()))
}

fn key() -> Key {
    Key::new(pods::kind(), "default", "web")
}

fn behaving(outcome: Outcome) -> Settings {
    let behaviours = vec![Behaviour { selector: Selector::default(), outcome }];
    Settings { behaviours, ..Settings::default() }
}

/// The stage after the kubelet has done all that it does by itself.
fn settled(settings: Settings, objects: impl IntoIterator<Item = Object>) -> Stage {
    let mut stage = Stage::default();
    objects.into_iter().for_each(|object| stage.put(object));
    let kubelet = Kubelet::new(settings);
    for _ in 0..5 {
        if stage.reconcile(&kubelet, &key()).is_empty() {
            return stage;
        }
    }
    panic!("it does not settle");
}

/// The phase in which the Pod ends, whether it is ready, and the reason.
fn check(settings: Settings, web: serde_json::Value, expect: &str) {
    let stage = settled(settings, [node(json!({})), pod("web", web)]);
    let web = stage.get(POD, "web");
    let mut told = web["status"]["phase"].text().to_owned();
    if crate::template::is_ready(&web) {
        told += " ready";
    }
    for reason in [&web["status"]["reason"], &web["status"]["containerStatuses"][0]["state"]["waiting"]["reason"]] {
        if !reason.is_null() {
            told = format!("{told} {}", reason.text());
        }
    }
    assert_eq!(told, expect);
}

#[test]
fn a_pod_that_is_bound_runs_and_is_ready() {
    let stage = settled(Settings::default(), [node(json!({})), pod("web", json!({}))]);
    let condition = |kind: &str| json!({"type": kind, "status": "True"});
    assert_eq!(
        stage.get(POD, "web")["status"],
        Value::from(json!({
            "phase": "Running", "podIP": "ip:web", "podIPs": [{"ip": "ip:web"}], "qosClass": "BestEffort",
            "startTime": "1970-01-01T00:00:00Z",
            "conditions": [condition("ContainersReady"), condition("Initialized"), condition("PodScheduled"), condition("Ready")],
            "containerStatuses": [{"name": "c", "image": "app:1", "imageID": "", "ready": true, "restartCount": 0, "started": true, "state": {"running": {}}}],
        }))
    );
}

#[test]
fn a_pod_behaves_as_it_is_told() {
    let never = || json!({"spec": {"restartPolicy": "Never"}});
    check(behaving(Outcome::NeverReady), json!({}), "Running");
    check(behaving(Outcome::NeverStarts), json!({}), "Pending ImagePullBackOff");
    check(behaving(Outcome::Fails(1)), json!({}), "Running CrashLoopBackOff");
    check(behaving(Outcome::Fails(1)), never(), "Failed");
    check(behaving(Outcome::Succeeds), never(), "Succeeded");
    check(behaving(Outcome::Succeeds), json!({}), "Running CrashLoopBackOff");
    check(behaving(Outcome::Rejected("OutOfcpu".into())), json!({}), "Failed OutOfcpu");
    check(Settings::default(), never(), "Running ready");
}

#[test]
fn what_runs_has_started_and_what_waits_or_has_ended_has_not() {
    for (outcome, policy, expect) in [
        (Outcome::NeverReady, "Always", true),
        (Outcome::NeverStarts, "Always", false),
        (Outcome::Fails(1), "Always", false),
        (Outcome::Fails(1), "Never", false),
        (Outcome::Succeeds, "Never", false),
    ] {
        let pod = pod("web", json!({"spec": {"restartPolicy": policy}}));
        let stage = settled(behaving(outcome), [node(json!({})), pod]);
        assert_eq!(stage.get(POD, "web")["status"]["containerStatuses"][0]["started"], Value::Bool(expect));
    }
}

#[test]
fn the_pod_of_a_job_ends_well_in_a_second_step() {
    let owner = json!([{"apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "u", "controller": true}]);
    let of_job = json!({"metadata": {"ownerReferences": owner}, "spec": {"restartPolicy": "Never"}});
    check(Settings::default(), of_job.clone(), "Succeeded");
    let mut stage = Stage::default();
    stage.put(node(json!({})));
    stage.put(pod("web", of_job));
    stage.reconcile(&Kubelet::new(Settings::default()), &key());
    assert_eq!(stage.get(POD, "web")["status"]["phase"].text(), "Running");
}

#[test]
fn a_pod_waits_for_its_readiness_gates() {
    let gates = json!([{"conditionType": "open"}]);
    check(Settings::default(), json!({"spec": {"readinessGates": gates}}), "Running");
    let open = json!([{"type": "open", "status": "True"}]);
    check(
        Settings::default(),
        json!({"spec": {"readinessGates": gates}, "status": {"conditions": open}}),
        "Running ready",
    );
}

#[test]
fn a_pod_is_refused_where_there_is_no_room_left_by_those_let_in() {
    let asks = json!([{"name": "c", "resources": {"requests": {"cpu": "600m"}}}]);
    let web = || pod("web", json!({"spec": {"containers": asks}}));
    let other = |started: serde_json::Value| pod("other", json!({"spec": {"containers": asks}, "status": started}));
    let phase = |stage: &Stage| {
        let web = stage.get(POD, "web");
        format!("{} {}", web["status"]["phase"].text(), web["status"]["message"].text())
    };
    let bound_only = settled(Settings::default(), [node(json!({})), web(), other(json!({}))]);
    assert_eq!(phase(&bound_only), "Running ");
    let let_in = other(json!({"phase": "Running", "startTime": "1970-01-01T00:00:00Z"}));
    let full = settled(Settings::default(), [node(json!({})), web(), let_in]);
    assert_eq!(phase(&full), "Failed Pod was rejected: Node didn't have enough resource: cpu");
}

#[test]
fn a_pod_is_refused_where_it_does_not_want_to_be() {
    check(Settings::default(), json!({"spec": {"nodeSelector": {"zone": "a"}}}), "Failed NodeAffinity");
}

#[test]
fn taints_keep_bound_pods_out_only_if_asked_for() {
    let tainted = || node(json!({"spec": {"taints": [{"key": "k", "effect": "NoExecute"}]}}));
    for (taints, expect) in [(Taints::Ignored, "Running"), (Taints::Checked, "Failed")] {
        let settings = Settings { taints, ..Settings::default() };
        let stage = settled(settings, [tainted(), pod("web", json!({}))]);
        assert_eq!(stage.get(POD, "web")["status"]["phase"].text(), expect);
    }
}

#[test]
fn a_pod_without_a_node_is_nobodys() {
    check(Settings::default(), json!({"spec": {"nodeName": "gone"}}), "Pending");
    check(Settings::default(), json!({"spec": {"nodeName": null}}), "Pending");
}

#[test]
fn a_pod_that_is_being_deleted_is_taken_away_once_nothing_holds_it() {
    let going = json!({"metadata": {"deletionTimestamp": "1970-01-01T00:00:00Z"}, "status": {"phase": "Running"}});
    let mut stage = Stage::default();
    stage.put(node(json!({})));
    stage.put(pod("web", going.clone()));
    let kubelet = Kubelet::new(Settings::default());
    assert_eq!(stage.reconcile(&kubelet, &key()), ["delete Pod/web"]);
    assert!(!stage.memory.objects.contains_key(&key()));
    stage.put(pod("web", going));
    stage.change(POD, "web", json!({"metadata": {"finalizers": ["x"]}}));
    assert_eq!(stage.reconcile(&kubelet, &key()), ["update status Pod/web"]);
    assert_eq!(stage.get(POD, "web")["status"]["phase"].text(), "Failed");
}
