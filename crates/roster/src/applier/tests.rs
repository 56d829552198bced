//! Appliers against a server that keeps who wrote which field.
#![allow(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]

use evenkeel_api::merge::last_applied;
use evenkeel_api::server::FieldManagers;
use evenkeel_api::{Memory, Precondition, Request, Server, Subresource, Verb};
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

    /// How many requests an applier sends in a round, whatever comes of them.
    fn requests(&mut self, applier: &dyn Controller) -> usize {
        let server = Server { field_managers: FieldManagers::On };
        let mut direct = Direct::new(&server, &mut self.memory);
        direct.run(applier, &applier.standing()[0]);
        direct.log.iter().filter(|entry| matches!(entry, Entry::Write(..))).count()
    }

    /// Somebody puts a certificate into the webhook.
    fn inject(&mut self) {
        let client = json!({"webhooks": [{"name": "w.x.io", "clientConfig": {"caBundle": "YQ=="}}]});
        let request = Request {
            manager: "injector".into(),
            key: webhook(json!({})).key(),
            subresource: Subresource::Main,
            verb: Verb::StrategicPatch(client.into()),
            precondition: Precondition::None,
        };
        let outcome = Server { field_managers: FieldManagers::On }.handle(&mut self.memory, &request);
        assert!(outcome.answer.is_ok_and(|stored| stored["webhooks"][0]["clientConfig"]["caBundle"].text() == "YQ=="));
        self.memory.commit(&outcome.writes);
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
    Kubectl { name: name.to_owned(), manifests: manifests.into(), mode, manager }
}

fn application(manifests: Vec<Object>) -> Application {
    Application {
        name: "web".to_owned(),
        manifests: manifests.into(),
        mode: Mode::ClientSide,
        prune: true,
        self_heal: true,
        ignore_differences: Vec::new(),
        respect_ignored: false,
        manager: "argocd-controller".to_owned(),
    }
}

fn kustomization(name: &str, manifests: Vec<Object>) -> Kustomization {
    Kustomization {
        name: name.to_owned(),
        namespace: "flux-system".to_owned(),
        manifests: manifests.into(),
        prune: true,
    }
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
fn another_spelling_is_sent_every_time_and_changes_nothing() {
    let class = |value: serde_json::Value| {
        let mut class = Object::from(
            json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "pc"}, "value": 5}),
        );
        class.set(&["globalDefault"], Value::from(value));
        class
    };
    let claim = |size: &str| {
        Object::from(
            json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "p", "namespace": "default"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}}),
        )
    };
    for (manifest, n_sent) in
        [(class(json!(false)), 1), (class(json!(true)), 0), (claim("1024Mi"), 1), (claim("1Gi"), 0)]
    {
        let mut cluster = Cluster::new();
        let alice = kubectl("alice", Mode::ClientSide, vec![manifest.clone()]);
        cluster.round(&alice);
        let stored = cluster.memory.clone();
        assert_eq!(cluster.requests(&alice), n_sent, "{}", manifest.0);
        assert_eq!(cluster.memory, stored);
    }
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
fn two_appliers_with_one_intent_are_not_silent_if_one_is_client_side() {
    let mut cluster = Cluster::new();
    let alice = kubectl("alice", Mode::ClientSide, vec![map("m", json!({"a": "1"}))]);
    let bob = kubectl("bob", Mode::ServerSide { force: false }, vec![map("m", json!({"a": "1"}))]);
    cluster.round(&alice);
    for _ in 0..2 {
        assert_eq!(cluster.round(&bob), ["~ ConfigMap/m"]);
        assert!(cluster.round(&bob).is_empty(), "what was alice's is his own now, and the annotation is gone");
        assert_eq!(cluster.round(&alice), ["~ ConfigMap/m"], "she puts the annotation back");
        assert!(cluster.round(&alice).is_empty());
    }
}

/// The server keeps the annotation of whoever goes by kubectl's own name.
#[test]
fn a_client_side_applier_becomes_a_server_side_one_by_the_name_of_kubectl() {
    let mut cluster = Cluster::new();
    let alice = kubectl("alice", Mode::ClientSide, vec![map("m", json!({"a": "1", "b": "1"}))]);
    let mut bob = kubectl("bob", Mode::ServerSide { force: false }, vec![map("m", json!({"a": "1"}))]);
    bob.manager = None;
    cluster.round(&alice);
    cluster.round(&bob);
    assert_eq!(cluster.data("m"), json!({"a": "1"}).into(), "what alice wanted besides was only hers");
    assert!(cluster.round(&bob).is_empty());
    let stored = cluster.memory.objects.values().find(|o| o.name() == "m").expect("it is there");
    assert_eq!(last_applied(stored).map(|last| last["data"].clone()), Some(json!({"a": "1"}).into()));
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

fn webhook(client: serde_json::Value) -> Object {
    Object::from(
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "w"},
        "webhooks": [{"name": "w.x.io", "clientConfig": client, "sideEffects": "None", "admissionReviewVersions": ["v1"]}]}),
    )
}

#[test]
fn an_empty_ca_bundle_clears_what_is_there_and_one_that_is_left_out_does_not() {
    let empty = webhook(json!({"caBundle": "", "url": "https://x"}));
    let absent = webhook(json!({"url": "https://x"}));
    for mode in [Mode::ClientSide, Mode::ServerSide { force: true }] {
        for (manifest, expect) in [(&empty, vec!["~ ValidatingWebhookConfiguration/w"]), (&absent, vec![])] {
            let mut cluster = Cluster::new();
            let alice = kubectl("alice", mode, vec![manifest.clone()]);
            cluster.round(&alice);
            cluster.inject();
            for _ in 0..2 {
                assert_eq!(cluster.round(&alice), expect, "{mode:?}");
                cluster.inject();
            }
        }
    }
}

#[test]
fn an_empty_ca_bundle_is_not_sent_by_flux() {
    let mut cluster = Cluster::new();
    let apps = kustomization("apps", vec![webhook(json!({"caBundle": "", "url": "https://x"}))]);
    assert_eq!(cluster.round(&apps), ["+ ValidatingWebhookConfiguration/w"]);
    let stored = cluster.memory.objects.values().find(|o| o.name() == "w").expect("it is there").clone();
    assert!(!stored["metadata"]["managedFields"].to_string().contains("caBundle"));
    assert!(cluster.round(&apps).is_empty());
}
