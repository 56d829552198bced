//! Controllers together on the real server function: where they come to rest is where a real control plane of 1.37.2 was seen to.

#![allow(clippy::needless_pass_by_value, reason = "a case reads better without &")]

use evenkeel_api::{Memory, Precondition, Read, Request, Server, Subresource, Verb};
use evenkeel_control::direct::Entry;
use evenkeel_control::{Controller, Direct, Done};
use evenkeel_object::{Key, Kind, Object, Selector, Value, json};
use evenkeel_roster::autoscaler::{self, Autoscalers};
use evenkeel_roster::deployment::Deployments;
use evenkeel_roster::kubelet::{self, Behaviour, Kubelet, Outcome};
use evenkeel_roster::replicaset::ReplicaSets;
use evenkeel_roster::scheduler::{self, Scheduler};
use evenkeel_roster::taints::TaintEviction;

/// A cluster with three nodes, whose controllers take turns.
struct World {
    server: Server,
    store: Memory,
    controllers: Vec<Box<dyn Controller>>,
}

impl World {
    fn new(kubelet: kubelet::Settings) -> World {
        let mut world = World {
            server: Server::default(),
            store: Memory::default(),
            controllers: vec![
                Box::new(Deployments::new()),
                Box::new(ReplicaSets::new()),
                Box::new(Scheduler::new(scheduler::Settings::default())),
                Box::new(Kubelet::new(kubelet)),
                Box::new(TaintEviction::new()),
                Box::new(Autoscalers::new(autoscaler::Settings::default())),
            ],
        };
        world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}));
        world.create(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}));
        for name in ["n1", "n2", "n3"] {
            let labels = json!({"kubernetes.io/hostname": name});
            world.create(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}));
            let allocatable = json!({"cpu": "32", "memory": "64Gi", "pods": "110"});
            world.patch_part(
                Subresource::Status,
                &("", "Node", "", name),
                json!({"status": {"allocatable": allocatable}}),
            );
        }
        world
    }

    fn request(&mut self, key: Key, subresource: Subresource, verb: Verb) {
        let manager = "kubectl".into();
        let precondition = Precondition::None;
        let request = Request { manager, key, subresource, verb, precondition };
        let outcome = self.server.handle(&mut self.store, &request);
        if let Err(refusal) = &outcome.answer {
            panic!("{:?} refused: {refusal}", request.key);
        }
        self.store.commit(&outcome.writes);
    }

    fn create(&mut self, object: serde_json::Value) {
        let object = Object::from(object);
        self.request(object.key(), Subresource::Main, Verb::Create(object));
    }

    fn patch_part(
        &mut self,
        part: Subresource,
        (group, kind, namespace, name): &(&str, &str, &str, &str),
        patch: serde_json::Value,
    ) {
        let key = Key::new(Kind::new(group, kind), namespace, name);
        self.request(key, part, Verb::MergePatch(patch.into()));
    }

    fn patch(&mut self, object: &(&str, &str, &str, &str), patch: serde_json::Value) {
        self.patch_part(Subresource::Main, object, patch);
    }

    /// Lets every controller reconcile each of its subjects once; whether anything changed on the way.
    fn round(&mut self) -> bool {
        let mut has_changed = false;
        for controller in &self.controllers {
            let mut keys = Vec::new();
            for scope in controller.subjects() {
                keys.extend(self.store.list(scope).iter().map(Object::key));
            }
            for key in keys {
                let before = self.store.clone();
                Direct::new(&self.server, &mut self.store).run(&**controller, &key);
                has_changed |= self.store != before;
            }
        }
        has_changed
    }

    fn settle(&mut self) {
        for _ in 0..100 {
            if !self.round() {
                return;
            }
        }
        panic!("it does not settle");
    }

    fn all(&self, kind: &str) -> Vec<&Object> {
        let objects = self.store.objects.values();
        objects.filter(|object| &*object.kind().name == kind).collect()
    }

    fn get(&self, kind: &str, name: &str) -> &Object {
        let found = self.all(kind).into_iter().find(|object| object.name() == name);
        found.unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    /// The sizes of the ReplicaSets in the order of their revisions.
    fn sizes(&self) -> Vec<(String, i64)> {
        let mut sizes: Vec<(String, i64)> = self
            .all("ReplicaSet")
            .into_iter()
            .map(|set| {
                let revision = set.annotation("deployment.kubernetes.io/revision");
                (revision.text().to_owned(), set["spec"]["replicas"].count())
            })
            .collect();
        sizes.sort();
        sizes
    }
}

const WEB: (&str, &str, &str, &str) = ("apps", "Deployment", "default", "web");

fn web(replicas: i64, strategy: serde_json::Value, spec: serde_json::Value) -> serde_json::Value {
    let mut pod = json!({"containers": [{"name": "c", "image": "app:1"}]});
    for (field, value) in spec.as_object().expect("a map") {
        pod[field] = value.clone();
    }
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "strategy": strategy,
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod},
        },
    })
}

fn rolling(surge: i64, unavailable: i64) -> serde_json::Value {
    json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}})
}

fn image(image: &str) -> serde_json::Value {
    json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}})
}

/// The status without the number of the generation that was seen.
fn told(object: &Object) -> Value {
    let mut status = object["status"].clone();
    let seen = status.remove(&["observedGeneration"]);
    assert_eq!(seen.unwrap_or_default(), object["metadata"]["generation"], "{object:?}");
    status
}

#[test]
fn a_rolling_update_comes_to_rest() {
    let mut world = World::new(kubelet::Settings::default());
    world.create(web(4, rolling(0, 1), json!({})));
    world.settle();
    world.patch(&WEB, image("app:2"));
    world.settle();
    assert_eq!(world.sizes(), [("1".into(), 0), ("2".into(), 4)]);
    let set =
        world.all("ReplicaSet").into_iter().find(|set| set["spec"]["replicas"].count() == 4).expect("there is one");
    let progress = format!("ReplicaSet {:?} has successfully progressed.", set.name());
    assert_eq!(
        told(world.get("Deployment", "web")),
        Value::from(json!({
            "replicas": 4, "updatedReplicas": 4, "readyReplicas": 4, "availableReplicas": 4, "terminatingReplicas": 0,
            "conditions": [
                {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "Deployment has minimum availability."},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": progress},
            ],
        }))
    );
    assert_eq!(
        told(set),
        Value::from(json!({
            "replicas": 4, "fullyLabeledReplicas": 4, "readyReplicas": 4, "availableReplicas": 4, "terminatingReplicas": 0,
        }))
    );
    assert_eq!(world.all("Pod").len(), 4);
}

#[test]
fn going_back_raises_the_revision_of_the_old_set() {
    let mut world = World::new(kubelet::Settings::default());
    world.create(web(2, rolling(1, 0), json!({})));
    world.settle();
    world.patch(&WEB, image("app:2"));
    world.settle();
    world.patch(&WEB, image("app:1"));
    world.settle();
    assert_eq!(world.sizes(), [("2".into(), 0), ("3".into(), 2)]);
}

#[test]
fn scaling_in_the_middle_of_a_rollout_that_hangs_keeps_the_proportion() {
    let selector = Selector::equal(&json!({"behave": "never-ready"}).into());
    let behaviours = vec![Behaviour { selector, outcome: Outcome::NeverStarts }];
    let mut world = World::new(kubelet::Settings { behaviours, ..kubelet::Settings::default() });
    world.create(web(6, rolling(2, 0), json!({})));
    world.settle();
    world.patch(&WEB, json!({"spec": {"template": {"metadata": {"labels": {"behave": "never-ready"}}}}}));
    world.settle();
    assert_eq!(world.sizes(), [("1".into(), 6), ("2".into(), 2)]);
    world.patch(&WEB, json!({"spec": {"replicas": 12}}));
    world.settle();
    assert_eq!(world.sizes(), [("1".into(), 11), ("2".into(), 3)]);
}

#[test]
fn pods_that_the_kubelet_refuses_pile_up() {
    let behaviours = vec![Behaviour { selector: Selector::default(), outcome: Outcome::Rejected("OutOfcpu".into()) }];
    let mut world = World::new(kubelet::Settings { behaviours, ..kubelet::Settings::default() });
    world.create(web(2, json!({}), json!({"nodeName": "n1"})));
    for _ in 0..10 {
        assert!(world.round());
    }
    let n_failed = world.all("Pod").iter().filter(|pod| pod["status"]["phase"].text() == "Failed").count();
    assert!(n_failed > 10, "{n_failed}");
    assert_eq!(world.get("Deployment", "web")["status"]["unavailableReplicas"].count(), 2);
}

#[test]
fn the_same_through_the_scheduler_waits() {
    let mut world = World::new(kubelet::Settings::default());
    let greedy = json!({"containers": [{"name": "c", "image": "app:1", "resources": {"requests": {"cpu": "64"}}}]});
    world.create(web(2, json!({}), greedy));
    world.settle();
    for pod in world.all("Pod") {
        assert_eq!(pod.condition("PodScheduled")["message"].text(), "no node is available: Insufficient cpu");
    }
}

fn taint(world: &mut World, effects: &[&str]) {
    let taints: Vec<_> = effects.iter().map(|effect| json!({"key": "k", "value": "v", "effect": effect})).collect();
    world.patch(&("", "Node", "", "n1"), json!({"spec": {"taints": taints}}));
}

#[test]
fn a_template_that_names_a_tainted_node_never_rests() {
    let mut world = World::new(kubelet::Settings::default());
    taint(&mut world, &["NoExecute"]);
    world.create(web(3, json!({}), json!({"nodeName": "n1"})));
    for _ in 0..50 {
        assert!(world.round());
    }
}

#[test]
fn pods_move_away_from_a_taint_if_there_is_room() {
    let mut world = World::new(kubelet::Settings::default());
    world.create(web(3, json!({}), json!({})));
    world.settle();
    taint(&mut world, &["NoExecute"]);
    world.settle();
    assert_eq!(world.all("Pod").len(), 3);
    assert!(world.all("Pod").iter().all(|pod| pod["spec"]["nodeName"].text() != "n1"));
}

/// Three Pods that keep apart, and tolerate the taint of one of the three nodes for five seconds.
fn apart_for_a_while() -> serde_json::Value {
    let term = json!([{"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}]);
    json!({
        "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}],
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": term}},
    })
}

#[test]
fn a_toleration_for_a_while_makes_the_node_schedulable_and_so_evicts_for_ever() {
    let mut world = World::new(kubelet::Settings::default());
    taint(&mut world, &["NoExecute"]);
    world.create(web(3, rolling(1, 0), apart_for_a_while()));
    for _ in 0..50 {
        assert!(world.round());
    }
}

#[test]
fn with_the_taint_as_no_schedule_too_it_comes_to_rest() {
    let mut world = World::new(kubelet::Settings::default());
    taint(&mut world, &["NoExecute", "NoSchedule"]);
    world.create(web(3, rolling(1, 0), apart_for_a_while()));
    world.settle();
    let status = told(world.get("Deployment", "web"));
    assert_eq!(status["availableReplicas"].count(), 2);
    assert_eq!(status["unavailableReplicas"].count(), 1);
}

fn autoscaler(name: &str, least: i64, most: i64) -> serde_json::Value {
    json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": least, "maxReplicas": most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}],
        },
    })
}

#[test]
fn autoscalers_with_bounds_that_do_not_meet_never_rest() {
    let mut world = World::new(kubelet::Settings::default());
    world.create(web(2, json!({}), json!({})));
    world.create(autoscaler("a", 5, 6));
    world.settle();
    assert_eq!(world.sizes(), [("1".into(), 5)]);
    world.create(autoscaler("b", 2, 3));
    for _ in 0..50 {
        assert!(world.round());
    }
}

/// A policy that lays a configuration over ReplicaSets, and its binding.
fn changes_sets(world: &mut World, operation: &str, configuration: &str) {
    world.create(json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": "p"},
        "spec": {
            "failurePolicy": "Fail", "reinvocationPolicy": "Never",
            "matchConstraints": {"resourceRules": [
                {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": [operation], "resources": ["replicasets"]}]},
            "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": configuration}}],
        },
    }));
    world.create(json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding", "metadata": {"name": "p"},
        "spec": {"policyName": "p"},
    }));
}

#[test]
fn a_scale_up_that_a_policy_undoes_is_silent() {
    let mut world = World::new(kubelet::Settings::default());
    world.create(web(2, json!({}), json!({})));
    world.settle();
    changes_sets(&mut world, "UPDATE", "Object{spec: Object.spec{replicas: 2}}");
    world.patch(&WEB, json!({"spec": {"replicas": 3}}));
    world.settle();
    assert_eq!(world.sizes(), [("1".into(), 2)]);
    let status = told(world.get("Deployment", "web"));
    assert_eq!((status["replicas"].count(), status["conditions"][1]["status"].text()), (2, "True"));
    // It would send the same again if somebody woke it; but it is not refused, so it does not try again by itself.
    let web = world.get("Deployment", "web").key();
    let mut direct = Direct::new(&world.server, &mut world.store);
    assert_eq!(direct.run(&Deployments::new(), &web), Done::Settled);
    assert!(
        direct
            .log
            .iter()
            .any(|entry| matches!(entry, Entry::Write(request, Ok(_)) if &*request.key.kind.name == "ReplicaSet"))
    );
}

#[test]
fn a_template_that_a_policy_changes_makes_one_set_after_the_other() {
    let mut world = World::new(kubelet::Settings::default());
    let injected = "Object.spec.template.metadata{annotations: {'injected': 'yes'}}";
    changes_sets(
        &mut world,
        "CREATE",
        &format!("Object{{spec: Object.spec{{template: Object.spec.template{{metadata: {injected}}}}}}}"),
    );
    world.create(web(2, json!({}), json!({})));
    world.patch(&WEB, json!({"spec": {"revisionHistoryLimit": 1}}));
    for _ in 0..12 {
        assert!(world.round());
    }
    // Each is there by a collision with the one before, and none is deleted, though only one old one is to be kept.
    let n_sets = world.all("ReplicaSet").len();
    let n_collisions = world.get("Deployment", "web")["status"]["collisionCount"].count();
    assert_eq!((n_sets, n_collisions), (6, 6));
}

#[test]
fn a_deployment_tells_its_status_only_of_what_it_has_read() {
    let mut world = World::new(kubelet::Settings::default());
    world.create(web(1, json!({}), json!({})));
    let web = world.get("Deployment", "web").key();
    let mut direct = Direct::new(&world.server, &mut world.store);
    direct.run(&Deployments::new(), &web);
    let mut n_told = 0;
    for entry in &direct.log {
        if let Entry::Write(Request { subresource: Subresource::Status, precondition, .. }, _) = entry {
            assert_eq!(*precondition, Precondition::Unchanged);
            n_told += 1;
        }
    }
    assert!(n_told > 0);
}
