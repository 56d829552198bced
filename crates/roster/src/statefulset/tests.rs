//! StatefulSets from their first Pod to their last revision.

use evenkeel_object::{Key, Kind, Object, json};

use super::StatefulSets;
use crate::stage::Stage;

const SET: (&str, &str) = ("apps", "StatefulSet");
const POD: (&str, &str) = ("", "Pod");

fn set(replicas: i64, policy: &str) -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "default", "generation": 1},
        "spec": {
            "replicas": replicas, "serviceName": "db", "podManagementPolicy": policy,
            "selector": {"matchLabels": {"app": "db"}},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 1}},
            "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "c", "image": "app:1"}]}},
        },
    })
}

fn db() -> Key {
    Key::new(Kind::new("apps", "StatefulSet"), "default", "db")
}

fn reconcile(stage: &mut Stage) -> Vec<String> {
    let lines = stage.reconcile(&StatefulSets, &db());
    lines.into_iter().filter(|line| !line.contains("ControllerRevision")).collect()
}

/// Reconciles with Pods that come up at once, until nothing is written.
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
    let template = json!({"containers": [{"name": "c", "image": image}]});
    stage.change(SET, "db", json!({"metadata": {"generation": 2}, "spec": {"template": {"spec": template}}}));
}

#[test]
fn in_order_each_pod_waits_until_the_one_before_is_ready() {
    let mut stage = Stage::of([set(2, "OrderedReady")]);
    assert_eq!(reconcile(&mut stage), ["create Pod/db-0", "update status StatefulSet/db"]);
    assert_eq!(reconcile(&mut stage), ["update status StatefulSet/db"], "db-0 is not ready");
    assert!(reconcile(&mut stage).is_empty());
    stage.run_pods();
    assert_eq!(reconcile(&mut stage), ["create Pod/db-1", "update status StatefulSet/db"]);
}

#[test]
fn in_parallel_all_pods_are_made_at_once() {
    let mut stage = Stage::of([set(3, "Parallel")]);
    let expect = ["create Pod/db-0", "create Pod/db-1", "create Pod/db-2", "update status StatefulSet/db"];
    assert_eq!(reconcile(&mut stage), expect);
}

#[test]
fn a_pod_has_its_name_its_labels_and_its_host_name() {
    let mut stage = Stage::of([set(1, "OrderedReady")]);
    reconcile(&mut stage);
    let pod = stage.get(POD, "db-0");
    let revision = pod.labels()["controller-revision-hash"].text().to_owned();
    stage.get(("apps", "ControllerRevision"), &revision);
    assert_eq!(pod.labels()["statefulset.kubernetes.io/pod-name"].text(), "db-0");
    assert_eq!(pod.labels()["apps.kubernetes.io/pod-index"].text(), "0");
    assert_eq!(pod["metadata"]["generateName"].text(), "db-");
    assert_eq!([pod["spec"]["hostname"].text(), pod["spec"]["subdomain"].text()], ["db-0", "db"]);
}

#[test]
fn scaling_down_removes_the_highest_number_first_one_at_a_time() {
    let mut stage = Stage::of([set(3, "OrderedReady")]);
    settle(&mut stage);
    stage.change(SET, "db", json!({"spec": {"replicas": 1}}));
    assert_eq!(settle(&mut stage), ["delete Pod/db-2", "delete Pod/db-1"]);
}

#[test]
fn a_rollout_goes_from_the_highest_number_down_and_ends_with_one_revision() {
    let mut stage = Stage::of([set(2, "OrderedReady")]);
    settle(&mut stage);
    let first = stage.get(SET, "db")["status"]["currentRevision"].clone();
    set_image(&mut stage, "app:2");
    assert_eq!(settle(&mut stage), ["delete Pod/db-1", "create Pod/db-1", "delete Pod/db-0", "create Pod/db-0"]);
    let set = stage.get(SET, "db");
    let status = &set["status"];
    assert_ne!(status["currentRevision"], first);
    assert_eq!(status["currentRevision"], status["updateRevision"]);
    let counts = json!({"replicas": 2, "readyReplicas": 2, "availableReplicas": 2, "currentReplicas": 2, "updatedReplicas": 2,
        "collisionCount": 0, "observedGeneration": 2});
    for (field, count) in evenkeel_object::Value::from(counts).entries() {
        assert_eq!(status[&**field], *count, "{field}");
    }
}

#[test]
fn a_partition_keeps_the_lower_numbers_on_the_current_revision() {
    let mut stage = Stage::of([set(2, "OrderedReady")]);
    settle(&mut stage);
    let rolling = json!({"rollingUpdate": {"partition": 1}});
    stage.change(SET, "db", json!({"spec": {"updateStrategy": rolling}}));
    set_image(&mut stage, "app:2");
    assert_eq!(settle(&mut stage), ["delete Pod/db-1", "create Pod/db-1"]);
    assert_eq!(stage.get(POD, "db-0")["spec"]["containers"][0]["image"].text(), "app:1");
    let set = stage.get(SET, "db");
    assert_ne!(set["status"]["currentRevision"], set["status"]["updateRevision"]);
}

#[test]
fn on_delete_leaves_the_pods_to_whoever_deletes_them() {
    let mut stage = Stage::of([set(1, "OrderedReady")]);
    settle(&mut stage);
    stage.change(SET, "db", json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}));
    set_image(&mut stage, "app:2");
    assert!(settle(&mut stage).is_empty());
}

#[test]
fn a_failed_pod_is_replaced_at_once_again_and_again() {
    let mut stage = Stage::of([set(1, "OrderedReady")]);
    settle(&mut stage);
    for _ in 0..3 {
        stage.change(POD, "db-0", json!({"status": {"phase": "Failed"}}));
        assert_eq!(reconcile(&mut stage)[0], "delete Pod/db-0");
        assert_eq!(reconcile(&mut stage)[0], "create Pod/db-0");
    }
}

#[test]
fn in_order_a_broken_template_is_not_recovered_from() {
    broken_in_order(&json!(null));
    // Nor if one more might be unavailable: it is the order that keeps it.
    broken_in_order(&json!({"rollingUpdate": {"partition": 1, "maxUnavailable": 2}}));
}

fn broken_in_order(strategy: &serde_json::Value) {
    let mut stage = Stage::of([set(2, "OrderedReady")]);
    stage.change(SET, "db", json!({"spec": {"updateStrategy": strategy}}));
    settle(&mut stage);
    set_image(&mut stage, "broken");
    reconcile(&mut stage);
    stage.run_pods();
    reconcile(&mut stage);
    stage.change(POD, "db-1", json!({"status": {"phase": "Pending", "conditions": []}}));
    set_image(&mut stage, "app:1");
    reconcile(&mut stage);
    assert!(reconcile(&mut stage).is_empty(), "it waits for a Pod that never becomes ready");
    let set = stage.get(SET, "db");
    assert_eq!(set["status"]["currentRevision"], set["status"]["updateRevision"]);
    assert_eq!(stage.get(POD, "db-1")["spec"]["containers"][0]["image"].text(), "broken");
}

#[test]
fn in_parallel_a_broken_template_is_recovered_from() {
    let mut stage = Stage::of([set(2, "Parallel")]);
    settle(&mut stage);
    set_image(&mut stage, "broken");
    reconcile(&mut stage);
    stage.run_pods();
    reconcile(&mut stage);
    stage.change(POD, "db-1", json!({"status": {"phase": "Pending", "conditions": []}}));
    set_image(&mut stage, "app:1");
    assert!(reconcile(&mut stage).contains(&"delete Pod/db-1".to_owned()));
}

#[test]
fn each_replica_gets_its_claims_before_its_pod() {
    let mut with_claims = set(1, "OrderedReady");
    with_claims["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}, "status": {"phase": "Pending"}}]);
    let mut stage = Stage::of([with_claims]);
    assert_eq!(reconcile(&mut stage)[..2], ["create PersistentVolumeClaim/data-db-0", "create Pod/db-0"]);
    let claim = stage.get(("", "PersistentVolumeClaim"), "data-db-0");
    assert_eq!(claim.labels()["app"].text(), "db");
    let volume = json!({"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}});
    assert_eq!(stage.get(POD, "db-0")["spec"]["volumes"][0], volume.into());
}

#[test]
fn old_revisions_beyond_the_limit_are_deleted() {
    let mut limited = set(1, "OrderedReady");
    limited["spec"]["revisionHistoryLimit"] = json!(0);
    let mut stage = Stage::of([limited]);
    settle(&mut stage);
    set_image(&mut stage, "app:2");
    settle(&mut stage);
    stage.reconcile(&StatefulSets, &db());
    let n_revisions = stage.memory.objects.keys().filter(|key| &*key.kind.name == "ControllerRevision").count();
    assert_eq!(n_revisions, 1);
}

#[test]
fn a_template_that_comes_back_gets_its_old_revision_with_a_new_number() {
    let mut stage = Stage::of([set(0, "OrderedReady")]);
    settle(&mut stage);
    set_image(&mut stage, "app:2");
    settle(&mut stage);
    set_image(&mut stage, "app:1");
    settle(&mut stage);
    let numbers: Vec<i64> = stage
        .memory
        .objects
        .values()
        .filter(|o| o.kind().is("apps", "ControllerRevision"))
        .map(|o| o["revision"].count())
        .collect();
    assert_eq!(numbers.iter().max(), Some(&3));
    assert_eq!(numbers.len(), 2);
}

#[test]
fn a_refused_creation_is_tried_again_and_the_status_is_written_all_the_same() {
    let mut stage = Stage::of([set(1, "OrderedReady")]);
    stage.refused = vec!["create Pod"];
    let lines = reconcile(&mut stage);
    assert_eq!(lines[..2], ["create Pod/db-0: refused", "update status StatefulSet/db"]);
    assert!(lines[2].starts_with("retry"));
}

/// It lists its revisions anew after it adopted some: what it finds then it may renumber at once.
#[test]
fn a_revision_that_was_just_adopted_may_be_renumbered_as_it_is_now() {
    let mut stage = Stage::of([set(0, "OrderedReady")]);
    settle(&mut stage);
    set_image(&mut stage, "app:2");
    settle(&mut stage);
    let revisions: Vec<Object> =
        stage.memory.objects.values().filter(|o| o.kind().is("apps", "ControllerRevision")).cloned().collect();
    for mut revision in revisions {
        revision.remove(&["metadata", "ownerReferences"]);
        stage.put(revision);
    }
    set_image(&mut stage, "app:1");
    let lines = stage.reconcile(&StatefulSets, &db());
    let count = |verb: &str| lines.iter().filter(|line| line.starts_with(verb)).count();
    assert_eq!((count("patch ControllerRevision"), count("update ControllerRevision")), (2, 1), "{lines:?}");
    assert!(!lines.iter().any(|line| line.ends_with("outdated")), "{lines:?}");
    let all = stage.memory.objects.values().filter(|o| o.kind().is("apps", "ControllerRevision"));
    assert!(all.into_iter().all(|revision| revision.controller().is_some()));
}

/// The Pods are those of the list before.
#[test]
fn a_pod_that_was_just_adopted_is_put_in_order_the_next_time() {
    let mut stage = Stage::of([set(1, "OrderedReady")]);
    settle(&mut stage);
    stage.change(
        POD,
        "db-0",
        json!({"metadata": {"ownerReferences": null, "labels": {"statefulset.kubernetes.io/pod-name": null}}}),
    );
    let lines = reconcile(&mut stage);
    assert_eq!(lines[..2], ["patch Pod/db-0", "update Pod/db-0: outdated"], "{lines:?}");
    assert_eq!(reconcile(&mut stage)[0], "update Pod/db-0");
    let pod = stage.get(POD, "db-0");
    assert!(pod.controller().is_some() && pod.labels()["statefulset.kubernetes.io/pod-name"].text() == "db-0");
}
