//! The engine and a naive checker say the same of small clusters.

use evenkeel_api::Memory;
use evenkeel_object::parse::parse;
use evenkeel_system::{Limits, Verdict};

use crate::naive::Naive;
use crate::setup::{Situation, assumed};
use crate::{Input, Parts, Settings, run};

/// The verdicts of the engine, with parts and without, and that of the naive checker.
fn verdicts(text: &str) -> (Verdict, Verdict, Option<Verdict>) {
    let (documents, problems) = parse("case.yaml", text);
    assert!(problems.is_empty(), "{problems:?}");
    let input = Input::sort(&documents).expect("a good input");
    let limits = Limits { states: 50_000, ..Limits::default() };
    let ask = |parts| run(&input, &Settings { limits, parts }, &mut ()).verdict;
    let (preset, _) = assumed(&input);
    let situation = Situation::new(&input, &preset, &input.manifests);
    let (server, controllers) = situation.parts_for_tests();
    let legitimacy = input.scenario.legitimacy.clone();
    let mut start = Memory::default();
    for object in evenkeel_parts::Setup::objects(&situation) {
        start.insert(object.clone());
    }
    (ask(Parts::Apart), ask(Parts::Together), Naive { server, controllers, legitimacy }.verdict(start, 1_500))
}

pub(crate) fn check(text: &str, expect: Verdict) {
    assert_eq!(verdicts(text), (expect, expect, Some(expect)), "{text}");
}

pub(crate) fn deployment_of(name: &str, replicas: u32, more: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: {name}}}}}\n  \
         template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      {more}\n      containers: [{{name: c, image: a}}]\n"
    )
}

fn deployment(replicas: u32, more: &str) -> String {
    deployment_of("web", replicas, more)
}

fn node(taint: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Node\nmetadata: {{name: n1}}\nspec: {{{taint}}}\nstatus: {{allocatable: {{cpu: 2, memory: 4Gi, pods: 10}}}}\n"
    )
}

#[test]
fn a_plain_deployment_stabilizes() {
    check(&deployment(1, ""), Verdict::Stabilizes);
    check(&deployment(2, ""), Verdict::Stabilizes);
}

#[test]
fn a_deployment_that_fits_nowhere_is_stuck() {
    check(&(deployment(1, "nodeSelector: {disk: fast}") + &node("")), Verdict::Stuck);
}

#[test]
fn a_pod_on_a_tainted_node_comes_and_goes() {
    let taint = "taints: [{key: a, value: b, effect: NoExecute}]";
    let (apart, together, _) = verdicts(&(deployment(1, "nodeName: n1") + &node(taint)));
    assert_eq!((apart, together), (Verdict::Oscillates, Verdict::Oscillates));
}

#[test]
fn an_autoscaler_alone_comes_to_rest() {
    let autoscaler = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  minReplicas: 2\n  maxReplicas: 3\n  \
                      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n";
    check(&(deployment(1, "") + autoscaler), Verdict::Stabilizes);
}

#[test]
fn a_quota_that_is_too_small_leaves_a_deployment_waiting() {
    let quota = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: 1}}\n";
    check(&(deployment(2, "") + quota), Verdict::Stuck);
}
