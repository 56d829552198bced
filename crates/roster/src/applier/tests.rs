//! Appliers against a server that keeps who wrote which field.
#![allow(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]

use evenkeel_api::server::FieldManagers;
use evenkeel_api::{Memory, Server, Verb};
use evenkeel_control::direct::Entry;
use evenkeel_control::{Controller, Direct, Done};
use evenkeel_object::{Kind, Object, Value, json};

use super::Mode;
use super::argocd::Application;
use super::flux::Kustomization;
use super::kubectl::Kubectl;

/// A cluster with a server that keeps who wrote which field.
#[derive(Default)]
struct Cluster {
    memory: Memory,
}

impl Cluster {
    fn new() -> Cluster {
        let mut cluster = Cluster::default();
        for name in ["default", "argocd"] {
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "uid": name}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}});
            cluster.memory.insert(namespace.into());
        }
        cluster
    }

    /// Lets an applier go round once: what it changed, in words.
    fn round(&mut self, applier: &dyn Controller) -> Vec<String> {
        let server = Server { field_managers: FieldManagers::On };
        let before = self.memory.clone();
        let mut direct = Direct::new(&server, &mut self.memory);
        let done = direct.run(applier, &applier.standing()[0]);
        let mut lines = Vec::new();
        for entry in direct.log {
            if let Entry::Write(request, Err(status)) = entry {
                let verb = matches!(request.verb, Verb::Apply { .. });
                lines.push(format!("refused {} {}", if verb { "apply" } else { "write" }, status.reason.code()));
            }
        }
        if let Done::Retry(_) = done {
            lines.push("retry".to_owned());
        }
        for (key, object) in &self.memory.objects {
            match before.objects.get(key) {
                None => lines.push(format!("+ {key}")),
                Some(old) if old != object => lines.push(format!("~ {key}")),
                Some(_) => {}
            }
        }
        lines.extend(
            before.objects.keys().filter(|key| !self.memory.objects.contains_key(key)).map(|key| format!("- {key}")),
        );
        lines
    }

    fn data(&self, name: &str) -> Value {
        let found = self.memory.objects.values().find(|o| o.name() == name && o.kind() == Kind::new("", "ConfigMap"));
        found.map_or(Value::Null, |object| object["data"].clone())
    }

    /// A user edits an object.
    fn edit(&mut self, name: &str, data: serde_json::Value) {
        let mut object = self.memory.objects.values().find(|o| o.name() == name).expect("it is there").clone();
        object.set(&["data"], Value::from(data));
        self.memory.insert(object);
    }
}

fn map(name: &str, data: serde_json::Value) -> Object {
    Object::from(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}),
    )
}

fn kubectl(name: &str, mode: Mode, manifests: Vec<Object>) -> Kubectl {
    let manager = matches!(mode, Mode::ServerSide { .. }).then(|| name.to_owned());
    Kubectl { name: name.to_owned(), manifests, mode, manager }
}

fn application(manifests: Vec<Object>) -> Application {
    Application {
        name: "web".to_owned(),
        manifests,
        mode: Mode::ClientSide,
        prune: true,
        self_heal: true,
        ignore_differences: Vec::new(),
        respect_ignored: false,
        manager: "argocd-controller".to_owned(),
    }
}

fn kustomization(name: &str, manifests: Vec<Object>) -> Kustomization {
    Kustomization { name: name.to_owned(), namespace: "flux-system".to_owned(), manifests, prune: true }
}

#[test]
fn a_client_side_loop_comes_to_rest_and_undoes_edits() {
    let mut cluster = Cluster::new();
    let alice = kubectl("alice", Mode::ClientSide, vec![map("m", json!({"a": "1"}))]);
    assert_eq!(cluster.round(&alice), ["+ ConfigMap/m"]);
    assert!(cluster.round(&alice).is_empty());
    cluster.edit("m", json!({"a": "2", "b": "1"}));
    assert_eq!(cluster.round(&alice), ["~ ConfigMap/m"]);
    // What was never applied is left alone.
    assert_eq!(cluster.data("m"), json!({"a": "1", "b": "1"}).into());
}

#[test]
fn two_client_side_appliers_with_disjoint_keys_fight() {
    let mut cluster = Cluster::new();
    let alice = kubectl("alice", Mode::ClientSide, vec![map("m", json!({"a": "1"}))]);
    let bob = kubectl("bob", Mode::ClientSide, vec![map("m", json!({"b": "1"}))]);
    cluster.round(&alice);
    for _ in 0..2 {
        assert_eq!(cluster.round(&bob), ["~ ConfigMap/m"]);
        assert_eq!(cluster.data("m"), json!({"b": "1"}).into());
        assert_eq!(cluster.round(&alice), ["~ ConfigMap/m"]);
        assert_eq!(cluster.data("m"), json!({"a": "1"}).into());
    }
}

#[test]
fn two_server_side_appliers_with_disjoint_keys_do_not() {
    let mut cluster = Cluster::new();
    let mode = Mode::ServerSide { force: false };
    let alice = kubectl("alice", mode, vec![map("m", json!({"a": "1"}))]);
    let bob = kubectl("bob", mode, vec![map("m", json!({"b": "1"}))]);
    cluster.round(&alice);
    cluster.round(&bob);
    assert_eq!(cluster.data("m"), json!({"a": "1", "b": "1"}).into());
    assert!(cluster.round(&alice).is_empty());
    assert!(cluster.round(&bob).is_empty());
}

#[test]
fn without_force_a_conflict_is_refused_and_tried_again() {
    let mut cluster = Cluster::new();
    let mode = Mode::ServerSide { force: false };
    cluster.round(&kubectl("alice", mode, vec![map("m", json!({"a": "1"}))]));
    let bob = kubectl("bob", mode, vec![map("m", json!({"a": "2"})), map("n", json!({}))]);
    assert_eq!(cluster.round(&bob), ["refused apply 409", "retry", "+ ConfigMap/n"]);
}

#[test]
fn an_application_heals_what_it_demands_and_ignores_what_it_leaves_out() {
    let mut cluster = Cluster::new();
    let web = application(vec![map("m", json!({"a": "1"}))]);
    assert_eq!(cluster.round(&web), ["+ ConfigMap/m"]);
    assert!(cluster.round(&web).is_empty());
    cluster.edit("m", json!({"a": "1", "b": "1"}));
    assert!(cluster.round(&web).is_empty(), "a field that is left out is no difference");
    cluster.edit("m", json!({"a": "2"}));
    assert_eq!(cluster.round(&web), ["~ ConfigMap/m"]);
    assert_eq!(cluster.data("m"), json!({"a": "1"}).into());
}

#[test]
fn what_an_application_made_and_does_not_demand_any_more_is_pruned() {
    let mut cluster = Cluster::new();
    cluster.round(&application(vec![map("m", json!({})), map("n", json!({}))]));
    let smaller = application(vec![map("m", json!({}))]);
    // In the foreground: the garbage collector takes the finalizer away.
    assert_eq!(cluster.round(&smaller), ["~ ConfigMap/n"]);
    let kept = Application { prune: false, ..smaller };
    assert!(cluster.round(&kept).is_empty());
}

#[test]
fn an_ignored_difference_is_not_healed() {
    let mut cluster = Cluster::new();
    let mut web = application(vec![map("m", json!({"a": "1"}))]);
    web.ignore_differences = vec![(Kind::new("", "ConfigMap"), "/data/a".to_owned())];
    cluster.round(&web);
    cluster.edit("m", json!({"a": "2"}));
    assert!(cluster.round(&web).is_empty());
}

#[test]
fn an_ignored_place_is_overwritten_with_the_rest_unless_it_is_respected() {
    for (respect_ignored, expect) in [(false, "1"), (true, "2")] {
        let mut cluster = Cluster::new();
        let mut web = application(vec![map("m", json!({"a": "1", "b": "1"}))]);
        web.ignore_differences = vec![(Kind::new("", "ConfigMap"), "/data/a".to_owned())];
        web.respect_ignored = respect_ignored;
        cluster.round(&web);
        cluster.edit("m", json!({"a": "2", "b": "2"}));
        assert_eq!(cluster.round(&web), ["~ ConfigMap/m"]);
        assert_eq!(cluster.data("m"), json!({"a": expect, "b": "1"}).into());
    }
}

#[test]
fn a_later_wave_waits_until_the_one_before_is_healthy() {
    let mut pod = Object::from(
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "p", "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}),
    );
    pod.set(&["metadata", "annotations"], Value::from(json!({"argocd.argoproj.io/sync-wave": "-1"})));
    let mut cluster = Cluster::new();
    let web = application(vec![map("m", json!({})), pod]);
    assert_eq!(cluster.round(&web), ["+ PersistentVolumeClaim/p"]);
    assert!(cluster.round(&web).is_empty());
    let mut bound = cluster.memory.objects.values().find(|o| o.name() == "p").expect("it is there").clone();
    bound.set(&["status", "phase"], "Bound");
    cluster.memory.insert(bound);
    assert_eq!(cluster.round(&web), ["+ ConfigMap/m"]);
}

#[test]
fn without_self_heal_an_application_syncs_once_for_each_revision() {
    let mut cluster = Cluster::new();
    cluster.memory.insert(Object::from(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "applications.argoproj.io", "uid": "crd"},
        "spec": {"group": "argoproj.io", "scope": "Namespaced", "names": {"kind": "Application", "plural": "applications", "singular": "application", "listKind": "ApplicationList"},
            "versions": [{"name": "v1alpha1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}})));
    let once = Application { self_heal: false, ..application(vec![map("m", json!({"a": "1"}))]) };
    let lines = cluster.round(&once);
    assert!(lines.contains(&"+ ConfigMap/m".to_owned()), "{lines:?}");
    cluster.edit("m", json!({"a": "2"}));
    assert!(cluster.round(&once).is_empty());
    let newer = Application { self_heal: false, ..application(vec![map("m", json!({"a": "3"}))]) };
    cluster.round(&newer);
    assert_eq!(cluster.data("m"), json!({"a": "3"}).into());
}

#[test]
fn a_kustomization_applies_what_has_drifted_and_nothing_else() {
    let mut cluster = Cluster::new();
    let apps = kustomization("apps", vec![map("m", json!({"a": "1"}))]);
    assert_eq!(cluster.round(&apps), ["+ ConfigMap/m"]);
    assert!(cluster.round(&apps).is_empty());
    cluster.edit("m", json!({"a": "2"}));
    assert_eq!(cluster.round(&apps), ["~ ConfigMap/m"]);
    assert_eq!(cluster.data("m"), json!({"a": "1"}).into());
}

#[test]
fn kubectl_is_undone_and_others_are_not() {
    for (manager, expect) in [("kubectl-edit", json!({"a": "1"})), ("someone", json!({"a": "1", "z": "1"}))] {
        let mut cluster = Cluster::new();
        let apps = kustomization("apps", vec![map("m", json!({"a": "1"}))]);
        cluster.round(&apps);
        let mut editor = kubectl(manager, Mode::ServerSide { force: true }, vec![map("m", json!({"z": "1"}))]);
        editor.manager = Some(manager.to_owned());
        cluster.round(&editor);
        cluster.round(&apps);
        assert_eq!(cluster.data("m"), expect.into(), "{manager}");
        assert!(cluster.round(&apps).is_empty());
    }
}

#[test]
fn two_kustomizations_with_one_object_fight_over_it() {
    let mut cluster = Cluster::new();
    let one = kustomization("one", vec![map("m", json!({"a": "1"}))]);
    let other = kustomization("other", vec![map("m", json!({"b": "1"}))]);
    cluster.round(&one);
    assert_eq!(cluster.round(&other), ["~ ConfigMap/m"]);
    assert_eq!(cluster.data("m"), json!({"b": "1"}).into(), "they share the name of their manager");
    assert_eq!(cluster.round(&one), ["~ ConfigMap/m"]);
}

#[test]
fn what_a_kustomization_does_not_demand_any_more_is_pruned() {
    let mut cluster = Cluster::new();
    cluster.round(&kustomization("apps", vec![map("m", json!({})), map("n", json!({}))]));
    assert_eq!(cluster.round(&kustomization("apps", vec![map("m", json!({}))])), ["- ConfigMap/n"]);
}

#[test]
fn an_empty_ca_bundle_is_not_sent_by_flux() {
    let configuration = Object::from(
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "w"},
        "webhooks": [{"name": "w.x.io", "clientConfig": {"caBundle": "", "url": "https://x"}, "sideEffects": "None", "admissionReviewVersions": ["v1"]}]}),
    );
    let mut cluster = Cluster::new();
    let apps = kustomization("apps", vec![configuration]);
    assert_eq!(cluster.round(&apps), ["+ ValidatingWebhookConfiguration/w"]);
    let stored = cluster.memory.objects.values().find(|o| o.name() == "w").expect("it is there").clone();
    assert!(!stored["metadata"]["managedFields"].to_string().contains("caBundle"));
    assert!(cluster.round(&apps).is_empty());
}
