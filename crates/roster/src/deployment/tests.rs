//! Deployments beside their ReplicaSets, as a real control plane was seen to leave them.

use evenkeel_api::Memory;
use evenkeel_control::{Controller, Event};
use evenkeel_object::{Key, Object, Value, json};

use super::sets::{REVISION, size};
use super::{Deployments, kind};
use crate::replicaset::{self, ReplicaSets};
use crate::stage::Stage;

const DEPLOYMENT: (&str, &str) = ("apps", "Deployment");

fn web(replicas: i64, strategy: serde_json::Value) -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
            "selector": {"matchLabels": {"app": "web"}}, "strategy": strategy,
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "app:1"}]}},
        },
    })
}

fn rolling(surge: serde_json::Value, unavailable: serde_json::Value) -> serde_json::Value {
    json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}})
}

fn key() -> Key {
    Key::new(kind(), "default", "web")
}

/// The ReplicaSets, the one of the lowest revision first.
fn sets(stage: &Stage) -> Vec<Object> {
    let all = stage.memory.objects.values();
    let mut sets: Vec<Object> = all.filter(|o| o.kind() == replicaset::kind()).cloned().collect();
    super::sets::sort(&mut sets);
    sets
}

/// Lets Pods become ready, but those with the label `behave`.
fn run_pods(stage: &mut Stage) {
    let all = stage.memory.objects.values().cloned();
    let broken: Vec<Object> = all.filter(|o| !o.labels()["behave"].is_null()).collect();
    stage.run_pods();
    for pod in broken.into_iter().filter(|o| o.kind() == crate::pods::kind()) {
        stage.put(pod);
    }
}

/// Lets everybody act in turn until nothing changes; what the Deployment controller asked for on the way.
fn settle(stage: &mut Stage) -> Vec<String> {
    let mut lines = Vec::new();
    for _ in 0..60 {
        let before = stage.memory.clone();
        lines.extend(stage.reconcile(&Deployments::new(), &key()));
        for set in sets(stage) {
            stage.reconcile(&ReplicaSets::new(), &set.key());
        }
        run_pods(stage);
        if stage.memory == before {
            return lines;
        }
    }
    panic!("it does not settle");
}

fn check(value: &Value, expect: serde_json::Value) {
    assert_eq!(*value, Value::from(expect));
}

fn available() -> serde_json::Value {
    json!({"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "Deployment has minimum availability."})
}

fn progressed(set: &Object) -> serde_json::Value {
    let text = format!("ReplicaSet {:?} has successfully progressed.", set.name());
    json!({"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": text})
}

fn progressing(set: &Object) -> serde_json::Value {
    let text = format!("ReplicaSet {:?} is progressing.", set.name());
    json!({"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "message": text})
}

/// A Deployment that has rolled out its first template.
fn settled(deployment: serde_json::Value) -> Stage {
    let mut stage = Stage::of([deployment]);
    settle(&mut stage);
    stage
}

fn change(stage: &mut Stage, patch: serde_json::Value) {
    stage.change(DEPLOYMENT, "web", json!({ "spec": patch }));
}

fn image(image: &str) -> serde_json::Value {
    json!({"template": {"spec": {"containers": [{"name": "c", "image": image}]}}})
}

#[test]
fn an_update_leaves_the_old_set_empty_and_the_new_one_full() {
    let mut stage = settled(web(4, rolling(json!(0), json!(1))));
    change(&mut stage, image("app:2"));
    settle(&mut stage);
    let [old, new] = &sets(&stage)[..] else {
        panic!("there are two");
    };
    let annotations = |revision: &str| {
        json!({
            "deployment.kubernetes.io/desired-replicas": "4", "deployment.kubernetes.io/max-replicas": "4",
            "deployment.kubernetes.io/revision": revision,
        })
    };
    check(&old["metadata"]["annotations"], annotations("1"));
    check(&new["metadata"]["annotations"], annotations("2"));
    check(&old["status"], json!({"replicas": 0, "terminatingReplicas": 0}));
    check(
        &new["status"],
        json!({"replicas": 4, "fullyLabeledReplicas": 4, "readyReplicas": 4, "availableReplicas": 4, "terminatingReplicas": 0}),
    );
    let web = stage.get(DEPLOYMENT, "web");
    assert_eq!(web.annotation(REVISION).text(), "2");
    check(
        &web["status"],
        json!({
            "replicas": 4, "updatedReplicas": 4, "readyReplicas": 4, "availableReplicas": 4, "terminatingReplicas": 0,
            "conditions": [available(), progressed(new)],
        }),
    );
}

#[test]
fn a_settled_deployment_writes_nothing() {
    let mut stage = settled(web(2, rolling(json!("25%"), json!("25%"))));
    assert!(stage.reconcile(&Deployments::new(), &key()).is_empty());
}

#[test]
fn a_paused_deployment_scales_and_does_not_roll_out() {
    let mut stage = settled(web(3, rolling(json!("25%"), json!("25%"))));
    change(&mut stage, json!({"paused": true}));
    change(&mut stage, image("app:2"));
    change(&mut stage, json!({"replicas": 5}));
    settle(&mut stage);
    let [only] = &sets(&stage)[..] else {
        panic!("there is one");
    };
    assert_eq!(size(only), 5);
    assert_eq!(only.annotation("deployment.kubernetes.io/max-replicas").text(), "7");
    check(
        &stage.get(DEPLOYMENT, "web")["status"],
        json!({
            "replicas": 5, "readyReplicas": 5, "availableReplicas": 5, "terminatingReplicas": 0,
            "conditions": [
                available(),
                {"type": "Progressing", "status": "Unknown", "reason": "DeploymentPaused", "message": "Deployment is paused"},
            ],
        }),
    );
}

#[test]
fn scaling_in_the_middle_of_a_rollout_keeps_the_proportion() {
    let mut stage = settled(web(6, rolling(json!(2), json!(0))));
    change(&mut stage, json!({"template": {"metadata": {"labels": {"behave": "never-ready"}}}}));
    settle(&mut stage);
    assert_eq!(sets(&stage).iter().map(size).collect::<Vec<_>>(), [6, 2]);
    change(&mut stage, json!({"replicas": 12}));
    settle(&mut stage);
    let [old, new] = &sets(&stage)[..] else {
        panic!("there are two");
    };
    assert_eq!((size(old), size(new)), (11, 3));
    check(
        &stage.get(DEPLOYMENT, "web")["status"],
        json!({
            "replicas": 14, "updatedReplicas": 3, "readyReplicas": 11, "availableReplicas": 11, "unavailableReplicas": 3,
            "terminatingReplicas": 0,
            "conditions": [
                {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable", "message": "Deployment does not have minimum availability."},
                progressing(new),
            ],
        }),
    );
}

#[test]
fn a_scale_down_that_is_refused_is_swallowed() {
    let mut stage = settled(web(3, rolling(json!("25%"), json!("25%"))));
    let old = sets(&stage)[0].key();
    stage.refused = vec![Box::leak(format!("update {old}").into_boxed_str())];
    change(&mut stage, json!({"template": {"metadata": {"labels": {"team": "a"}}}}));
    let lines = settle(&mut stage);
    assert!(lines.contains(&format!("update {old}: refused")));
    assert!(!lines.iter().any(|line| line.starts_with("retry")));
    let sets = sets(&stage);
    assert_eq!(sets.iter().map(size).collect::<Vec<_>>(), [3, 1]);
    check(
        &stage.get(DEPLOYMENT, "web")["status"],
        json!({
            "replicas": 4, "updatedReplicas": 1, "readyReplicas": 4, "availableReplicas": 4, "terminatingReplicas": 0,
            "conditions": [available(), progressing(&sets[1])],
        }),
    );
}

#[test]
fn pods_that_are_refused_show_in_the_deployment() {
    let mut stage = Stage::of([web(2, rolling(json!("25%"), json!("25%")))]);
    stage.refused = vec!["create Pod"];
    settle(&mut stage);
    let status = stage.get(DEPLOYMENT, "web")["status"].clone();
    assert_eq!(status["unavailableReplicas"].count(), 2);
    check(
        &status["conditions"][2],
        json!({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "refused"}),
    );
    assert_eq!(status["conditions"][1]["reason"].text(), "NewReplicaSetCreated");
}

#[test]
fn a_template_that_comes_back_gets_its_old_set_with_a_new_revision() {
    let mut stage = settled(web(2, rolling(json!("25%"), json!("25%"))));
    let first = sets(&stage)[0].name().to_owned();
    change(&mut stage, image("app:2"));
    settle(&mut stage);
    change(&mut stage, image("app:1"));
    settle(&mut stage);
    let sets = sets(&stage);
    assert_eq!(sets.len(), 2);
    assert_eq!(sets[1].name(), first);
    assert_eq!(sets[1].annotation(REVISION).text(), "3");
    assert_eq!((size(&sets[0]), size(&sets[1])), (0, 2));
}

#[test]
fn sets_beyond_the_history_are_deleted() {
    let mut stage = settled(web(1, rolling(json!(1), json!(0))));
    change(&mut stage, json!({"revisionHistoryLimit": 1}));
    for number in 2..6 {
        change(&mut stage, image(&format!("app:{number}")));
        settle(&mut stage);
    }
    let revisions: Vec<String> = sets(&stage).iter().map(|set| set.annotation(REVISION).text().to_owned()).collect();
    assert_eq!(revisions, ["4", "5"]);
}

#[test]
fn recreating_waits_until_the_old_pods_are_gone() {
    let mut stage = settled(web(2, json!({"type": "Recreate"})));
    change(&mut stage, image("app:2"));
    let old = sets(&stage)[0].key();
    assert_eq!(
        stage.reconcile(&Deployments::new(), &key()),
        [format!("update {old}"), "update status Deployment/web".into()]
    );
    // The old set has not let its Pods go yet.
    assert_eq!(stage.reconcile(&Deployments::new(), &key()), Vec::<String>::new());
    settle(&mut stage);
    assert_eq!(sets(&stage).iter().map(size).collect::<Vec<_>>(), [0, 2]);
}

#[test]
fn a_deployment_that_is_being_deleted_does_not_scale() {
    let mut stage = settled(web(2, rolling(json!(1), json!(0))));
    stage.change(
        DEPLOYMENT,
        "web",
        json!({"metadata": {"deletionTimestamp": "1970-01-01T00:00:00Z", "finalizers": ["x"]}, "spec": {"replicas": 4}}),
    );
    settle(&mut stage);
    assert_eq!(sets(&stage).iter().map(size).collect::<Vec<_>>(), [2]);
    let only = sets(&stage)[0].name().to_owned();
    stage.change(("apps", "ReplicaSet"), &only, json!({"status": {"readyReplicas": 1}}));
    assert_eq!(stage.reconcile(&Deployments::new(), &key()), ["update status Deployment/web"], "its status is kept up");
}

#[test]
fn another_set_of_the_same_name_changes_the_hash() {
    let mut stranger = sets(&settled(web(1, rolling(json!(1), json!(0)))))[0].clone();
    stranger.remove(&["metadata", "ownerReferences"]);
    stranger.remove(&["metadata", "labels"]);
    let mut stage = Stage::of([web(1, rolling(json!(1), json!(0)))]);
    stage.put(stranger);
    let lines = stage.reconcile(&Deployments::new(), &key());
    assert!(lines.last().is_some_and(|line| line.starts_with("retry: 409")));
    assert_eq!(stage.get(DEPLOYMENT, "web")["status"]["collisionCount"].count(), 1);
    stage.reconcile(&Deployments::new(), &key());
    assert_eq!(sets(&stage).len(), 2);
}

fn check_fenceposts(surge: serde_json::Value, unavailable: serde_json::Value, replicas: i64, expect: (i64, i64)) {
    let deployment = Object::from(web(replicas, rolling(surge, unavailable)));
    assert_eq!((super::scale::surge(&deployment), super::scale::slack(&deployment)), expect);
}

#[test]
fn surge_is_rounded_up_and_what_may_be_missing_down() {
    check_fenceposts(json!("25%"), json!("25%"), 10, (3, 2));
    check_fenceposts(json!("0%"), json!("1%"), 10, (0, 1));
    check_fenceposts(json!("1%"), json!("0%"), 2, (1, 0));
    check_fenceposts(json!(0), json!(5), 2, (0, 2));
    check_fenceposts(json!("25%"), json!("25%"), 0, (0, 0));
}

fn event(before: Option<&Object>, after: Option<&Object>) -> Event {
    Event { before: before.cloned(), after: after.cloned() }
}

#[test]
fn a_pod_that_goes_wakes_only_a_deployment_that_recreates() {
    for (strategy, expect) in [("Recreate", vec![key()]), ("RollingUpdate", vec![])] {
        let stage = settled(web(1, json!({ "type": strategy })));
        let mut store: Memory = stage.memory.clone();
        let pod = store.objects.values().find(|o| o.kind() == crate::pods::kind()).cloned();
        let gone = event(pod.as_ref(), None);
        assert_eq!(Deployments::new().woken(&gone, &mut store), expect);
        let changed = event(None, pod.as_ref());
        assert_eq!(Deployments::new().woken(&changed, &mut store), []);
    }
}

#[test]
fn a_set_wakes_the_deployment_that_manages_it() {
    let stage = settled(web(1, rolling(json!(1), json!(0))));
    let mut store = stage.memory.clone();
    let set = &sets(&stage)[0];
    let woken = Deployments::new().woken(&event(Some(set), Some(set)), &mut store);
    assert_eq!(woken, [key()]);
}

/// A ReplicaSet without an owner that has the Deployment's selector and template.
fn orphan_of(stage: &Stage, replicas: i64) -> Object {
    let mut orphan = Object::from(json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": "old", "namespace": "default", "labels": {"app": "web"}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}},
    }));
    orphan.set(&["spec", "template"], stage.get(DEPLOYMENT, "web")["spec"]["template"].clone());
    orphan
}

/// The real one takes the older of the two; which that is is not known here.
#[test]
fn an_orphan_with_the_same_template_can_take_the_place_of_the_own_set() {
    let mut left = Vec::new();
    for choice in [0, 1] {
        let mut stage = settled(web(2, rolling(json!(1), json!(0))));
        let own = sets(&stage)[0].name().to_owned();
        let mut orphan = orphan_of(&stage, 2);
        orphan.set(&["metadata", "annotations", REVISION], "1");
        stage.put(orphan);
        stage.choices = vec![choice; 9];
        settle(&mut stage);
        let sizes = [own.as_str(), "old"].map(|name| size(&stage.get(("apps", "ReplicaSet"), name)));
        left.push(sizes);
    }
    left.sort_unstable();
    assert_eq!(left, [[0, 2], [2, 0]]);
}

#[test]
fn a_status_that_is_refused_is_written_the_next_time() {
    let mut stage = Stage::of([web(1, rolling(json!(1), json!(0)))]);
    stage.refused = vec!["update status Deployment/web"];
    let lines = stage.reconcile(&Deployments::new(), &key());
    assert_eq!(lines[1], "update status Deployment/web: refused");
    assert!(lines[2].starts_with("retry"), "{lines:?}");
    stage.refused.clear();
    settle(&mut stage);
    assert_eq!(sets(&stage).iter().map(size).collect::<Vec<_>>(), [1]);
}

/// The real one was refused just so.
#[test]
fn a_set_that_was_just_adopted_is_not_replaced_by_what_it_was_before() {
    let mut stage = Stage::of([web(1, rolling(json!(1), json!(0)))]);
    stage.put(orphan_of(&stage, 3));
    let lines = stage.reconcile(&Deployments::new(), &key());
    assert_eq!(lines[..2], ["patch ReplicaSet/old", "update ReplicaSet/old: outdated"]);
    assert!(lines[2].starts_with("retry"), "{lines:?}");
    settle(&mut stage);
    let old = stage.get(("apps", "ReplicaSet"), "old");
    assert!(old.is_controlled_by(&stage.get(DEPLOYMENT, "web")));
    assert_eq!((old.annotation(REVISION).text(), size(&old)), ("1", 1));
}
