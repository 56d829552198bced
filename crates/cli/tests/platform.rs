//! Ten applications side by side: their parts are named, and a fight that is planted in one of them is found, and named there. It makes no difference
//! whether each has a namespace of its own or all share one, nor whether there are nodes that could be full.
// Tests read the zoo.
#![allow(clippy::disallowed_methods)]

mod program;

use std::fs;

use program::{Answer, Folder};

const APPLICATIONS: [&str; 10] =
    ["almanac", "archive", "bakery", "ferry", "greenhouse", "ledger", "lighthouse", "mint", "postoffice", "workshop"];

/// The namespace of all, where they share one.
const SHARED: &str = "platform";

/// A bound on what is walked, as the machine that tests run on may be slow: a release walks that much in less than five seconds.
const STATES_MAX: usize = 60_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Layout {
    TenNamespaces,
    OneNamespace,
}

const LAYOUTS: [Layout; 2] = [Layout::TenNamespaces, Layout::OneNamespace];

impl Layout {
    /// A text in the namespaces of this layout.
    fn of(self, text: &str) -> String {
        let mut text = text.to_owned();
        if self == Layout::OneNamespace {
            for name in APPLICATIONS {
                for (before, after) in [("namespace: ", ","), ("namespace: ", "}"), ("/", "/")] {
                    text = text.replace(&format!("{before}{name}{after}"), &format!("{before}{SHARED}{after}"));
                }
            }
        }
        text
    }

    /// Whether a manifest is there. What says something of a whole namespace is left out where others live there, too.
    fn holds(self, manifest: &str) -> bool {
        const OF_THE_NAMESPACE: [&str; 3] = ["kind: Namespace\n", "kind: ResourceQuota\n", "kind: LimitRange\n"];
        self == Layout::TenNamespaces || !OF_THE_NAMESPACE.iter().any(|kind| manifest.contains(kind))
    }

    /// The manifests of an application.
    fn application(self, name: &str) -> Vec<String> {
        let path = format!("{}/../../zoo/healthy-platform/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path).expect("it is in the zoo");
        text.split("\n---\n").filter(|manifest| self.holds(manifest)).map(|manifest| self.of(manifest)).collect()
    }
}

/// What is changed in one application.
#[derive(Default)]
struct Plant {
    application: &'static str,
    /// Texts in its manifests, and what takes their place.
    changed: Vec<(&'static str, &'static str)>,
    /// Files beside the manifests.
    added: Vec<(&'static str, &'static str)>,
}

/// The ten applications with something planted in one of them.
fn platform(layout: Layout, plant: &Plant) -> Folder {
    let mut folder = Folder::new();
    for name in APPLICATIONS {
        let mut text = layout.application(name).join("\n---\n");
        for (from, to) in plant.changed.iter().filter(|_| name == plant.application) {
            assert!(text.contains(from), "{from:?} is not in {name}");
            text = text.replace(from, to);
        }
        folder = folder.with(&format!("{name}.yaml"), text);
    }
    for (name, text) in &plant.added {
        folder = folder.with(name, layout.of(text));
    }
    folder
}

/// Asks about the platform; what it says is told.
#[track_caller]
fn check(layout: Layout, plant: &Plant, code: i32, words: &[&str]) -> Answer {
    let answer = platform(layout, plant).run(&["check", ".", "--quiet", "--max-states", "100000"]);
    let words: Vec<String> = words.iter().map(|word| layout.of(word)).collect();
    answer.ends_with(code).tells(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(n_states(&answer) < STATES_MAX, "{}", answer.out);
    answer
}

/// How many states the first line tells.
fn n_states(answer: &Answer) -> usize {
    let line = answer.out.lines().next().unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().collect();
    let place = words.iter().position(|word| *word == "states").expect("it tells how many states there are");
    words[place - 1].replace(',', "").parse().expect("it is a number")
}

const NODES: &str = "\
apiVersion: v1
kind: Node
metadata: {name: ground-floor}
status: {allocatable: {cpu: 16, memory: 64Gi, pods: 110}}
---
apiVersion: v1
kind: Node
metadata: {name: attic}
status: {allocatable: {cpu: 16, memory: 64Gi, pods: 110}}
---
apiVersion: v1
kind: Node
metadata: {name: cellar}
spec: {taints: [{key: flooded, effect: NoExecute}]}
status: {allocatable: {cpu: 8, memory: 32Gi, pods: 110}}
";

const PARTS: [&str; 12] = [
    "Deployment/archive/keeper",
    "Deployment/bakery/oven",
    "Deployment/ferry/boat",
    "Deployment/ferry/pier",
    "Deployment/greenhouse/tomato",
    "Deployment/mint/press",
    "Deployment/postoffice/sorter",
    "Deployment/workshop/joiner",
    "DaemonSet/lighthouse/lamp",
    "StatefulSet/ledger/book",
    "Job/almanac/first-edition",
    "Coin.mint.example.com (2)",
];

#[test]
fn ten_applications_with_a_hundred_objects_settle_part_by_part() {
    for layout in LAYOUTS {
        let objects: usize = APPLICATIONS.iter().map(|name| layout.application(name).len()).sum();
        assert!(objects > 100, "{layout:?} has {objects}");
        check(layout, &Plant::default(), 0, &PARTS).tells(&["stabilizes"]);
    }
}

#[test]
fn nodes_with_room_for_everything_couple_nobody() {
    for layout in LAYOUTS {
        let plant = Plant { added: vec![("nodes.yaml", NODES)], ..Plant::default() };
        check(layout, &plant, 0, &PARTS).tells(&["stabilizes"]);
    }
}

#[test]
fn an_autoscaler_against_argo_cd_is_found_among_ten_applications() {
    const SORTER: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: sorter, namespace: postoffice}
spec:
  replicas: 1
  selector: {matchLabels: {app: sorter}}
  template:
    metadata: {labels: {app: sorter}}
    spec:
      containers: [{name: sorter, image: \"registry.example.com/postoffice/sorter:0.31\"}]
";
    const SCENARIO: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Scenario
spec:
  appliers: [{name: sorting, type: ArgoCD, path: git, selfHeal: true}]
";
    let plant = Plant { added: vec![("git/sorter.yaml", SORTER), ("scenario.yaml", SCENARIO)], ..Plant::default() };
    for layout in LAYOUTS {
        let words = [
            "oscillates",
            "In the part Deployment/postoffice/sorter:",
            "Deployment/postoffice/sorter .spec.replicas",
            "Application/argocd/sorting demands it",
        ];
        check(layout, &plant, 1, &words);
    }
}

#[test]
fn a_pod_that_is_bound_to_a_tainted_node_is_found_among_ten_applications() {
    let plant = Plant {
        application: "archive",
        changed: vec![("      serviceAccountName: keeper", "      nodeName: cellar\n      serviceAccountName: keeper")],
        added: vec![("nodes.yaml", NODES)],
    };
    for layout in LAYOUTS {
        let words = ["oscillates", "In the part Deployment/archive/keeper:", "taint-eviction-controller"];
        check(layout, &plant, 1, &words);
    }
}

#[test]
fn two_autoscalers_without_a_common_size_are_found_among_ten_applications() {
    const SECOND: &str = "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: press-by-night, namespace: mint}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: press}
  minReplicas: 4
  maxReplicas: 5
";
    let plant = Plant { added: vec![("night.yaml", SECOND)], ..Plant::default() };
    for layout in LAYOUTS {
        let words = ["oscillates", "In the part Deployment/mint/press:", "Deployment/mint/press .spec.replicas"];
        check(layout, &plant, 1, &words).tells(&["3 ⇄ 4"]);
    }
}

#[test]
fn a_quota_for_less_than_is_asked_for_is_found_among_ten_applications() {
    let plant = Plant { application: "greenhouse", changed: vec![("pods: \"6\"", "pods: \"1\"")], ..Plant::default() };
    let words = ["stuck", "In the part Deployment/greenhouse/tomato:", "exceeded quota: beds"];
    check(Layout::TenNamespaces, &plant, 1, &words);
}

#[test]
fn a_webhook_that_waits_for_itself_is_found_among_ten_applications() {
    const FOREMAN: &str = "\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: foreman}
webhooks:
- name: foreman.workshop.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Fail
  objectSelector: {matchLabels: {app: belt}}
  clientConfig: {service: {name: belt, namespace: workshop, port: 5672}}
  rules: [{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
";
    let plant = Plant { added: vec![("foreman.yaml", FOREMAN)], ..Plant::default() };
    for layout in LAYOUTS {
        let words = ["stuck", "In the part StatefulSet/workshop/belt:", "foreman.workshop.example.com"];
        check(layout, &plant, 1, &words);
    }
}
