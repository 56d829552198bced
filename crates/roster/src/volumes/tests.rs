//! Claims and volumes from the first request to the last.

use evenkeel_control::Controller;
use evenkeel_object::{Object, json, merge::merge_patch};

use super::{Binder, ClaimProtection, Settings, Usage, VolumeProtection, claim_key, volume_key};
use crate::stage::Stage;

const CLAIM: (&str, &str) = ("", "PersistentVolumeClaim");
const VOLUME: (&str, &str) = ("", "PersistentVolume");

fn changed(object: serde_json::Value, patch: serde_json::Value) -> serde_json::Value {
    (&merge_patch(&object.into(), &patch.into())).into()
}

fn claim(patch: serde_json::Value) -> serde_json::Value {
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "d", "namespace": "default", "finalizers": ["kubernetes.io/pvc-protection"]},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}, "volumeMode": "Filesystem"},
        "status": {"phase": "Pending"},
    });
    changed(claim, patch)
}

fn volume(name: &str, patch: serde_json::Value) -> serde_json::Value {
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": name, "finalizers": ["kubernetes.io/pv-protection"]},
        "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "2Gi"}, "volumeMode": "Filesystem",
            "hostPath": {"path": "/mnt/v"}, "persistentVolumeReclaimPolicy": "Retain"},
        "status": {"phase": "Available"},
    });
    changed(volume, patch)
}

fn class(name: &str, patch: serde_json::Value) -> serde_json::Value {
    let class = json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name},
        "provisioner": "disks.example.org", "volumeBindingMode": "Immediate",
    });
    changed(class, patch)
}

fn pod(name: &str, patch: serde_json::Value) -> serde_json::Value {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
        "spec": {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "d"}}]}, "status": {"phase": "Pending"},
    });
    changed(pod, patch)
}

/// A binder for a cluster in which people make volumes of no class.
fn binder() -> Binder {
    Binder::new(Settings { made_by_hand: [String::new()].into(), usage: Usage::Told })
}

fn of_claim(stage: &mut Stage, controller: &dyn Controller) -> Vec<String> {
    stage.reconcile(controller, &claim_key("default", "d"))
}

fn of_volume(stage: &mut Stage, controller: &dyn Controller, name: &str) -> Vec<String> {
    stage.reconcile(controller, &volume_key(name))
}

/// The volume that claim `d` is bound to, and its phase.
fn bound(stage: &Stage) -> String {
    let claim = stage.get(CLAIM, "d");
    let volume = claim["spec"]["volumeName"].text();
    format!("{}{}{volume}", claim["status"]["phase"].text(), if volume.is_empty() { "" } else { " " })
}

/// What becomes of a claim beside these.
fn check(patch: serde_json::Value, others: impl IntoIterator<Item = serde_json::Value>, expect: &str) {
    let mut stage = Stage::of(others.into_iter().chain([claim(patch)]));
    of_claim(&mut stage, &binder());
    assert_eq!(bound(&stage), expect);
    assert!(of_claim(&mut stage, &binder()).is_empty(), "it is done in one go");
}

#[test]
fn volume_and_claim_are_bound_to_each_other_the_volume_first() {
    let mut stage = Stage::of([claim(json!({})), volume("a", json!({})), pod("web", json!({}))]);
    let lines = of_claim(&mut stage, &binder());
    assert_eq!(
        lines,
        [
            "update PersistentVolume/a",
            "update status PersistentVolume/a",
            "update PersistentVolumeClaim/d",
            "update status PersistentVolumeClaim/d"
        ]
    );
    let (claim, volume) = (stage.get(CLAIM, "d"), stage.get(VOLUME, "a"));
    let reference = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": "default", "name": "d", "uid": claim.uid(),
    });
    assert_eq!(volume["spec"]["claimRef"], reference.into());
    assert_eq!(volume["metadata"]["annotations"], json!({"pv.kubernetes.io/bound-by-controller": "yes"}).into());
    assert_eq!(volume["status"], json!({"phase": "Bound"}).into());
    let annotations = json!({"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes"});
    assert_eq!(claim["metadata"]["annotations"], annotations.into());
    let status = json!({
        "phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "2Gi"}, "conditions": [{
            "type": "Unused", "status": "False", "reason": "PodUsingPVC", "message": "A pod is currently referencing this PVC",
        }],
    });
    assert_eq!(claim["status"], status.into());
    assert!(of_volume(&mut stage, &binder(), "a").is_empty());
}

#[test]
fn the_smallest_volume_that_fits_is_taken() {
    let size = |size: &str| json!({"spec": {"capacity": {"storage": size}}});
    check(json!({}), [], "Pending");
    check(json!({}), [volume("a", size("1Gi"))], "Pending");
    check(json!({}), [volume("a", size("5Gi")), volume("b", size("3Gi")), volume("c", size("1Gi"))], "Bound b");
    check(json!({}), [volume("a", json!({"status": {"phase": "Pending"}}))], "Pending");
    check(json!({}), [volume("a", json!({"status": {"phase": "Released"}}))], "Pending");
    check(json!({}), [volume("a", json!({"spec": {"volumeMode": "Block"}}))], "Pending");
    check(json!({}), [volume("a", json!({"metadata": {"deletionTimestamp": "1970-01-01T00:00:00Z"}}))], "Pending");
    let choosy = json!({"spec": {"selector": {"matchLabels": {"disk": "fast"}}}});
    check(choosy.clone(), [volume("a", json!({}))], "Pending");
    check(choosy, [volume("a", json!({"metadata": {"labels": {"disk": "fast"}}}))], "Bound a");
}

#[test]
fn a_volume_that_can_do_more_is_taken_if_there_is_none_that_can_just_do() {
    let modes = |modes: &[&str], size: &str| json!({"spec": {"accessModes": modes, "capacity": {"storage": size}}});
    let (once, many) = (&["ReadWriteOnce"][..], &["ReadWriteOnce", "ReadOnlyMany"][..]);
    check(json!({}), [volume("a", modes(many, "2Gi"))], "Bound a");
    check(json!({}), [volume("a", modes(many, "2Gi")), volume("b", modes(once, "9Gi"))], "Bound b");
    check(json!({}), [volume("a", modes(&["ReadWriteMany"], "2Gi"))], "Pending");
}

#[test]
fn a_volume_that_is_kept_for_the_claim_comes_first() {
    let kept_for = |name: &str| json!({"spec": {"capacity": {"storage": "9Gi"}, "claimRef": {"namespace": "default", "name": name}}});
    check(json!({}), [volume("a", json!({})), volume("b", kept_for("d"))], "Bound b");
    check(json!({}), [volume("b", kept_for("another"))], "Pending");
    let named = json!({"spec": {"volumeName": "b"}});
    check(named.clone(), [volume("a", json!({})), volume("b", json!({}))], "Bound b");
    check(named.clone(), [volume("a", json!({}))], "Pending b");
    check(named, [volume("b", kept_for("another"))], "Pending b");
}

#[test]
fn of_equal_volumes_each_can_be_the_one() {
    for (choice, expect) in [(0, "Bound a"), (1, "Bound b")] {
        let mut stage = Stage::of([claim(json!({})), volume("a", json!({})), volume("b", json!({}))]);
        stage.choices = vec![choice];
        of_claim(&mut stage, &binder());
        assert_eq!(bound(&stage), expect);
    }
}

#[test]
fn a_class_supplies_volumes_if_somebody_makes_them() {
    let of = |name: &str| json!({"spec": {"storageClassName": name}});
    check(of("disks"), [class("disks", json!({}))], "Bound pvc-d");
    check(of("disks"), [class("disks", json!({"provisioner": "kubernetes.io/no-provisioner"}))], "Pending");
    // A class that is not among the manifests is taken to be there, unless people make its volumes.
    check(of("disks"), [], "Bound pvc-d");
    check(of(""), [], "Pending");
    check(of("disks"), [volume("a", json!({}))], "Bound pvc-d");
    check(of("disks"), [volume("a", of("disks"))], "Bound a");
}

#[test]
fn a_claim_that_says_nothing_of_classes_gets_the_default_one_if_no_volume_is_there() {
    let default = json!({"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}});
    let mut stage = Stage::of([claim(json!({})), class("disks", default)]);
    assert_eq!(of_claim(&mut stage, &binder()), ["update PersistentVolumeClaim/d"]);
    assert_eq!(stage.get(CLAIM, "d")["spec"]["storageClassName"].text(), "disks");
    of_claim(&mut stage, &binder());
    assert_eq!(bound(&stage), "Bound pvc-d");
}

#[test]
fn where_nobody_makes_volumes_by_hand_those_that_are_named_are_there() {
    let lone = Binder::default();
    let mut stage = Stage::of([claim(json!({}))]);
    of_claim(&mut stage, &lone);
    assert_eq!(bound(&stage), "Bound pvc-d");
    let mut stage = Stage::of([claim(json!({"spec": {"volumeName": "disk-7"}}))]);
    of_claim(&mut stage, &lone);
    assert_eq!(bound(&stage), "Bound disk-7");
    assert!(of_claim(&mut stage, &lone).is_empty());
}

#[test]
fn a_claim_that_waits_for_its_pod_is_served_when_the_scheduler_has_chosen() {
    let late = || class("late", json!({"volumeBindingMode": "WaitForFirstConsumer"}));
    let of_late = json!({"spec": {"storageClassName": "late"}});
    check(of_late.clone(), [late(), volume("a", of_late.clone())], "Pending");
    let selected = json!({"metadata": {"annotations": {"volume.kubernetes.io/selected-node": "n1"}}});
    check(changed(of_late.clone(), selected), [late(), volume("a", of_late.clone())], "Bound pvc-d");
    let reserved = changed(of_late.clone(), json!({"spec": {"claimRef": {"namespace": "default", "name": "d"}}}));
    check(of_late, [late(), volume("a", reserved)], "Bound a");
}

#[test]
fn a_claim_whose_volume_is_gone_is_lost() {
    let mut stage = Stage::of([claim(json!({})), volume("a", json!({}))]);
    of_claim(&mut stage, &binder());
    stage.memory.objects.remove(&volume_key("a"));
    assert_eq!(of_claim(&mut stage, &binder()), ["update status PersistentVolumeClaim/d"]);
    assert_eq!(bound(&stage), "Lost a");
    assert!(of_claim(&mut stage, &binder()).is_empty());
}

/// What becomes of a bound volume whose claim goes away.
fn check_released(patch: serde_json::Value, lines: &[&str], expect: &str) {
    let mut stage = Stage::of([claim(json!({})), volume("a", patch)]);
    of_claim(&mut stage, &binder());
    stage.memory.objects.remove(&claim_key("default", "d"));
    assert_eq!(of_volume(&mut stage, &binder(), "a"), lines);
    let volume = stage.get(VOLUME, "a");
    let held = if volume.is_terminating() { ", about to go" } else { "" };
    assert_eq!(format!("{}{held}", volume["status"]["phase"].text()), expect);
    assert!(of_volume(&mut stage, &binder(), "a").is_empty());
}

#[test]
fn a_volume_whose_claim_is_gone_is_dealt_with_as_its_policy_says() {
    let told = "update status PersistentVolume/a";
    check_released(json!({}), &[told], "Released");
    let delete = |patch| changed(json!({"spec": {"persistentVolumeReclaimPolicy": "Delete"}}), patch);
    check_released(delete(json!({})), &[told, told], "Failed");
    let gone = [told, "delete PersistentVolume/a"];
    check_released(delete(json!({"spec": {"hostPath": {"path": "/tmp/v"}}})), &gone, "Released, about to go");
    let made = json!({"metadata": {"annotations": {"pv.kubernetes.io/provisioned-by": "disks.example.org"}}});
    check_released(delete(made), &gone, "Released, about to go");
    check_released(delete(json!({"spec": {"hostPath": null, "csi": {"driver": "d"}}})), &[told], "Released");
}

#[test]
fn a_volume_is_free_until_it_is_bound_and_is_not_bound_to_another_of_the_same_name() {
    let mut stage = Stage::of([claim(json!({})), volume("a", json!({"status": {"phase": "Pending"}}))]);
    assert_eq!(of_volume(&mut stage, &binder(), "a"), ["update status PersistentVolume/a"]);
    of_claim(&mut stage, &binder());
    stage.put(Object::from(claim(json!({"metadata": {"uid": "another"}}))));
    of_volume(&mut stage, &binder(), "a");
    of_claim(&mut stage, &binder());
    assert_eq!((&*bound(&stage), stage.get(VOLUME, "a")["status"]["phase"].text()), ("Pending", "Released"));
}

#[test]
fn a_volume_whose_claim_has_another_one_is_free_again() {
    let bound = json!({"spec": {"volumeName": "b"}, "metadata": {"uid": "u"}});
    let reference = json!({"spec": {"claimRef": {"namespace": "default", "name": "d", "uid": "u"}}});
    let chosen = json!({"metadata": {"annotations": {"pv.kubernetes.io/bound-by-controller": "yes"}}});
    let mut stage = Stage::of([claim(bound), volume("a", changed(reference.clone(), chosen)), volume("c", reference)]);
    for name in ["a", "c"] {
        of_volume(&mut stage, &binder(), name);
    }
    assert!(stage.get(VOLUME, "a")["spec"]["claimRef"].is_null());
    assert!(stage.get(VOLUME, "c")["spec"]["claimRef"]["uid"].is_null());
    assert_eq!(stage.get(VOLUME, "c")["spec"]["claimRef"]["name"].text(), "d");
}

const GOING: &str = "1970-01-01T00:00:00Z";

/// Whether a claim that is being deleted is kept by a Pod.
fn check_kept(patch: serde_json::Value, expect: bool) {
    let mut stage = Stage::of([claim(json!({"metadata": {"deletionTimestamp": GOING}})), pod("web", patch)]);
    of_claim(&mut stage, &ClaimProtection::default());
    assert_eq!(stage.memory.objects.contains_key(&claim_key("default", "d")), expect);
}

#[test]
fn a_claim_is_kept_while_a_pod_on_a_node_uses_it() {
    check_kept(json!({"spec": {"nodeName": "n1"}}), true);
    check_kept(json!({}), false);
    check_kept(json!({"spec": {"nodeName": "n1"}, "status": {"phase": "Succeeded"}}), true);
    check_kept(json!({"spec": {"nodeName": "n1", "volumes": [{"name": "d", "emptyDir": {}}]}}), false);
    check_kept(json!({"spec": {"nodeName": "n1"}, "metadata": {"namespace": "elsewhere"}}), false);
}

#[test]
fn a_claim_says_whether_it_is_used_once_it_is_bound() {
    let mut stage = Stage::of([claim(json!({}))]);
    let protection = ClaimProtection::default();
    assert!(of_claim(&mut stage, &protection).is_empty());
    of_claim(&mut stage, &Binder::default());
    let unused = |stage: &Stage| stage.get(CLAIM, "d").condition("Unused")["status"].text().to_owned();
    assert_eq!(unused(&stage), "True");
    stage.put(Object::from(pod("web", json!({}))));
    assert_eq!(of_claim(&mut stage, &protection), ["update status PersistentVolumeClaim/d"]);
    assert_eq!(unused(&stage), "False");
    assert!(of_claim(&mut stage, &protection).is_empty());
    stage.change(("", "Pod"), "web", json!({"status": {"phase": "Succeeded"}}));
    of_claim(&mut stage, &protection);
    assert_eq!(unused(&stage), "True");
}

#[test]
fn where_it_is_not_told_nothing_is_said_of_use() {
    let usage = Usage::Untold;
    let mut stage = Stage::of([claim(json!({})), pod("web", json!({}))]);
    of_claim(&mut stage, &Binder::new(Settings { usage, ..Settings::default() }));
    assert!(of_claim(&mut stage, &ClaimProtection::new(usage)).is_empty());
    assert!(stage.get(CLAIM, "d")["status"]["conditions"].is_null());
}

#[test]
fn a_volume_is_kept_while_it_is_bound() {
    for (phase, expect) in [("Bound", true), ("Available", false), ("Released", false)] {
        let going = json!({"metadata": {"deletionTimestamp": GOING}, "status": {"phase": phase}});
        let mut stage = Stage::of([volume("a", going)]);
        of_volume(&mut stage, &VolumeProtection, "a");
        assert_eq!(stage.memory.objects.contains_key(&volume_key("a")), expect, "{phase}");
    }
}

#[test]
fn what_has_no_protection_gets_it() {
    let bare = json!({"metadata": {"finalizers": null}});
    let mut stage = Stage::of([claim(bare.clone()), volume("a", bare)]);
    of_claim(&mut stage, &ClaimProtection::default());
    of_volume(&mut stage, &VolumeProtection, "a");
    assert_eq!(stage.get(CLAIM, "d").finalizers().collect::<Vec<_>>(), ["kubernetes.io/pvc-protection"]);
    assert_eq!(stage.get(VOLUME, "a").finalizers().collect::<Vec<_>>(), ["kubernetes.io/pv-protection"]);
}
