//! Pods and the nodes they come to.

use evenkeel_object::{Key, Object, Value, json, merge::merge_patch};

use super::{Claims, Placement, Scheduler, Settings};
use crate::nodes::Capacity;
use crate::pods;
use crate::stage::Stage;

const POD: (&str, &str) = ("", "Pod");

fn node(name: &str, patch: serde_json::Value) -> Object {
    let node = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "status": {"allocatable": {"cpu": "1", "memory": "1Gi", "pods": "2"}},
    });
    Object(merge_patch(&node.into(), &patch.into()))
}

fn pod(name: &str, spec: serde_json::Value) -> Object {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {"schedulerName": "default-scheduler", "containers": [{"name": "c"}]}, "status": {"phase": "Pending"},
    });
    Object(merge_patch(&pod.into(), &json!({ "spec": spec }).into()))
}

fn cpu(amount: &str) -> serde_json::Value {
    json!([{"name": "c", "resources": {"requests": {"cpu": amount}}}])
}

/// Where the Pod `web` can come to; or why it cannot come anywhere.
fn places(capacity: Capacity, objects: impl IntoIterator<Item = Object>) -> String {
    places_with(Settings { capacity, ..Settings::default() }, objects)
}

fn places_with(settings: Settings, objects: impl IntoIterator<Item = Object>) -> String {
    let mut start = Stage::default();
    objects.into_iter().for_each(|object| start.put(object));
    let scheduler = Scheduler::new(settings);
    let key = Key::new(pods::kind(), "default", "web");
    let mut found: Vec<String> = Vec::new();
    // The last of two options is asked for as well; where there is one option only, nobody asks.
    for choices in [vec![0], vec![1]] {
        let memory = start.memory.clone();
        let mut stage = Stage::default();
        (stage.memory, stage.choices) = (memory, choices);
        let lines = stage.reconcile(&scheduler, &key);
        let web = stage.get(POD, "web");
        if lines == ["patch status Pod/web"] {
            return web.condition("PodScheduled")["message"].text().to_owned();
        }
        found.push(pods::node(&web).unwrap_or("nowhere").to_owned());
    }
    found.dedup();
    found.join(" ")
}

fn check(web: serde_json::Value, others: impl IntoIterator<Item = Object>, expect: &str) {
    let objects = others.into_iter().chain([pod("web", web)]);
    assert_eq!(places(Capacity::Counted, objects), expect);
}

fn two() -> [Object; 2] {
    [node("n1", json!({})), node("n2", json!({"metadata": {"labels": {"zone": "b"}}}))]
}

#[test]
fn every_node_that_fits_is_possible() {
    check(json!({}), two(), "n1 n2");
    check(json!({"nodeSelector": {"zone": "b"}}), two(), "n2");
    check(json!({}), [], "no nodes available to schedule pods");
    check(json!({"schedulerName": "other"}), two(), "nowhere");
    check(json!({"schedulingGates": [{"name": "x"}]}), two(), "nowhere");
}

#[test]
fn of_nodes_that_differ_in_their_names_only_one_is_tried() {
    let settings = || Settings { capacity: Capacity::Ample, placement: Placement::OneOfAKind, ..Settings::default() };
    let alike = || [node("n1", json!({})), node("n2", json!({}))];
    let web = |spec| alike().into_iter().chain([pod("web", spec)]);
    assert_eq!(places_with(settings(), web(json!({}))), "n1");
    assert_eq!(places_with(settings(), web(json!({"nodeSelector": {"kubernetes.io/hostname": "n2"}}))), "n2");
    assert_eq!(places_with(settings(), two().into_iter().chain([pod("web", json!({}))])), "n1 n2");
}

#[test]
fn what_keeps_a_pod_away_is_told() {
    check(
        json!({"nodeSelector": {"zone": "c"}}),
        two(),
        "no node is available: node(s) didn't match Pod's node affinity/selector",
    );
    let tainted = || {
        [
            node("n1", json!({"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}})),
            node("n2", json!({"spec": {"unschedulable": true}})),
        ]
    };
    check(json!({}), tainted(), "no node is available: node(s) had untolerated taint(s), node(s) were unschedulable");
    check(json!({"tolerations": [{"key": "k", "operator": "Exists"}]}), tainted(), "n1");
    check(json!({"tolerations": [{"operator": "Exists"}]}), tainted(), "n1 n2");
    let preferred = node("n1", json!({"spec": {"taints": [{"key": "k", "effect": "PreferNoSchedule"}]}}));
    check(json!({}), [preferred], "n1");
}

#[test]
fn a_full_node_takes_no_more() {
    let there = |cpu_there: &str| pod("other", json!({"nodeName": "n1", "containers": cpu(cpu_there)}));
    let [n1, n2] = two();
    check(json!({"containers": cpu("600m")}), [n1.clone(), n2, there("600m")], "n2");
    check(json!({"containers": cpu("400m")}), [n1.clone(), there("600m")], "n1");
    check(json!({"containers": cpu("600m")}), [n1.clone(), there("600m")], "no node is available: Insufficient cpu");
    let third = pod("third", json!({"nodeName": "n1"}));
    check(json!({}), [n1.clone(), there("0"), third], "no node is available: Too many pods");
    let crowd = [n1, there("600m"), pod("web", json!({"containers": cpu("600m")}))];
    assert_eq!(places(Capacity::Ample, crowd), "n1");
}

fn term(app: &str) -> serde_json::Value {
    json!([{"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": "kubernetes.io/hostname"}])
}

fn affinity(kind: &str, app: &str) -> serde_json::Value {
    json!({"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": term(app)}}})
}

#[test]
fn neighbours_draw_and_repel() {
    let other = || pod("other", json!({"nodeName": "n1"}));
    let with_other = || two().into_iter().chain([other()]);
    check(affinity("podAffinity", "other"), with_other(), "n1");
    check(affinity("podAntiAffinity", "other"), with_other(), "n2");
    check(
        affinity("podAffinity", "nobody"),
        with_other(),
        "no node is available: node(s) didn't match pod affinity rules",
    );
    // The first of a group has nobody to be drawn by.
    check(affinity("podAffinity", "web"), with_other(), "n1 n2");
    let shy = Object(merge_patch(&other().0, &json!({"spec": affinity("podAntiAffinity", "web")}).into()));
    check(json!({}), two().into_iter().chain([shy]), "n2");
}

#[test]
fn a_term_looks_into_its_own_namespace_unless_it_says_otherwise() {
    let mut stranger = pod("other", json!({"nodeName": "n1"}));
    stranger.set(&["metadata", "namespace"], "shop");
    let mut namespace = Object::from(json!({"apiVersion": "v1", "kind": "Namespace"}));
    namespace.set(&["metadata"], Value::from(json!({"name": "shop", "labels": {"team": "a"}})));
    let objects = || two().into_iter().chain([stranger.clone(), namespace.clone()]);
    let away = |more: serde_json::Value| {
        let mut term = term("other");
        for (field, value) in more.as_object().expect("a map") {
            term[0][field] = value.clone();
        }
        json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": term}}})
    };
    check(away(json!({})), objects(), "n1 n2");
    check(away(json!({"namespaces": ["shop"]})), objects(), "n2");
    check(away(json!({"namespaceSelector": {}})), objects(), "n2");
    check(away(json!({"namespaceSelector": {"matchLabels": {"team": "a"}}})), objects(), "n2");
    check(away(json!({"namespaceSelector": {"matchLabels": {"team": "b"}}})), objects(), "n1 n2");
}

#[test]
fn a_spread_keeps_the_counts_of_the_domains_close() {
    let spread = |more: serde_json::Value| {
        let mut constraint = json!({
            "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
        });
        for (field, value) in more.as_object().expect("a map") {
            constraint[field] = value.clone();
        }
        json!({ "topologySpreadConstraints": [constraint] })
    };
    let with_one = || two().into_iter().chain([pod("other", json!({"nodeName": "n1"}))]);
    check(spread(json!({})), two(), "n1 n2");
    check(spread(json!({})), with_one(), "n2");
    check(spread(json!({"maxSkew": 2})), with_one(), "n1 n2");
    check(spread(json!({"whenUnsatisfiable": "ScheduleAnyway"})), with_one(), "n1 n2");
    check(spread(json!({"labelSelector": {"matchLabels": {"app": "other"}}})), with_one(), "n1 n2");
    check(
        spread(json!({"topologyKey": "zone"})),
        [node("n1", json!({}))],
        "no node is available: node(s) didn't match pod topology spread constraints (missing required label)",
    );
    // With too few domains the least count is zero.
    let [n1, _] = two();
    let alone = [n1, pod("other", json!({"nodeName": "n1"}))];
    check(spread(json!({})), alone.clone(), "n1");
    check(
        spread(json!({"minDomains": 2})),
        alone,
        "no node is available: node(s) didn't match pod topology spread constraints",
    );
}

fn claim(spec: serde_json::Value, patch: serde_json::Value) -> Object {
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "d", "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}, "status": {"phase": "Pending"},
    });
    let claim = merge_patch(&claim.into(), &json!({ "spec": spec }).into());
    Object(merge_patch(&claim, &patch.into()))
}

fn bound() -> Object {
    claim(json!({"volumeName": "v"}), json!({"metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}}}))
}

/// A volume of class `late` that can be reached from one node.
fn volume(node: &str) -> Object {
    Object::from(json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"},
        "spec": {
            "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "storageClassName": "late",
            "nodeAffinity": {"required": {"nodeSelectorTerms": [
                {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]},
            ]}},
        },
        "status": {"phase": "Available"},
    }))
}

fn late(provisioner: &str) -> Object {
    Object::from(json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "late"},
        "provisioner": provisioner, "volumeBindingMode": "WaitForFirstConsumer",
    }))
}

fn using() -> serde_json::Value {
    json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "d"}}]})
}

#[test]
fn a_pod_waits_for_its_claims_and_goes_where_their_volumes_are() {
    let with = |others: Vec<Object>| two().into_iter().chain(others);
    check(using(), with(vec![]), "no node is available: persistentvolumeclaim \"d\" not found");
    let unbound = "no node is available: pod has unbound immediate PersistentVolumeClaims";
    check(using(), with(vec![claim(json!({}), json!({}))]), unbound);
    // What the claim asks for by name it has not got yet.
    check(using(), with(vec![claim(json!({"volumeName": "v"}), json!({}))]), unbound);
    check(using(), with(vec![bound()]), "n1 n2");
    check(using(), with(vec![bound(), volume("n2")]), "n2");
    let nowhere = "no node is available: node(s) didn't match PersistentVolume's node affinity";
    check(using(), with(vec![bound(), volume("n3")]), nowhere);
    let going = claim(json!({"volumeName": "v"}), json!({"metadata": {"deletionTimestamp": "1970-01-01T00:00:00Z"}}));
    check(using(), with(vec![going]), "no node is available: persistentvolumeclaim \"d\" is being deleted");
    let lost = claim(json!({"volumeName": "v"}), json!({"status": {"phase": "Lost"}}));
    let gone = "no node is available: persistentvolumeclaim \"d\" bound to non-existent persistentvolume \"v\"";
    check(using(), with(vec![lost]), gone);
}

#[test]
fn claims_that_nobody_described_are_there() {
    let objects = two().into_iter().chain([pod("web", using())]);
    assert_eq!(places_with(Settings { claims: Claims::There, ..Settings::default() }, objects), "n1 n2");
}

/// What the scheduler does first for a Pod whose claim waits for it, with these nodes to choose from.
fn first(choice: usize, others: impl IntoIterator<Item = Object>) -> Stage {
    let waiting = claim(json!({"storageClassName": "late"}), json!({}));
    let mut stage = Stage { choices: vec![choice], ..Stage::default() };
    two().into_iter().chain(others).chain([waiting, pod("web", using())]).for_each(|object| stage.put(object));
    let key = Key::new(pods::kind(), "default", "web");
    let scheduler = Scheduler::new(Settings::default());
    let lines = stage.reconcile(&scheduler, &key);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(stage.reconcile(&scheduler, &key).is_empty(), "then it waits");
    stage
}

#[test]
fn for_a_claim_that_waits_for_its_pod_a_volume_is_reserved_where_the_pod_can_go() {
    let stage = first(0, [late("kubernetes.io/no-provisioner"), volume("n2")]);
    let volume = stage.get(("", "PersistentVolume"), "v");
    assert_eq!(volume["spec"]["claimRef"]["name"].text(), "d");
    assert_eq!(volume["metadata"]["annotations"]["pv.kubernetes.io/bound-by-controller"].text(), "yes");
}

#[test]
fn for_a_claim_that_waits_for_its_pod_a_volume_is_made_where_the_pod_is_to_go() {
    for (choice, expect) in [(0, "n1"), (1, "n2")] {
        let stage = first(choice, [late("disks.example.org")]);
        let claim = stage.get(("", "PersistentVolumeClaim"), "d");
        assert_eq!(claim.annotation("volume.kubernetes.io/selected-node").text(), expect);
    }
}

#[test]
fn a_claim_that_waits_for_its_pod_and_can_get_no_volume_keeps_it_waiting() {
    let nothing = "no node is available: node(s) didn't find available persistent volumes to bind";
    let waiting = || claim(json!({"storageClassName": "late"}), json!({}));
    let none = late("kubernetes.io/no-provisioner");
    check(using(), two().into_iter().chain([waiting(), none.clone()]), nothing);
    check(using(), two().into_iter().chain([waiting(), none, volume("n3")]), nothing);
}
