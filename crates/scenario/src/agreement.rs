//! The engine and a naive checker say the same of small clusters.

use evenkeel_api::Memory;
use evenkeel_check::{Question, check as check_cluster};
use evenkeel_cluster::{Granularity, Starts};
use evenkeel_object::parse::parse;
use evenkeel_system::{Cost, Limits, Verdict};

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

/// The judgements of a cluster in which reconciles start where it matters, and of one in which they start anywhere.
fn started(text: &str, crashes: u32) -> [(usize, Judged); 2] {
    let (documents, problems) = parse("case.yaml", text);
    assert!(problems.is_empty(), "{problems:?}");
    let mut input = Input::sort(&documents).expect("a good input");
    input.scenario.granularity = Granularity::Interleaved;
    input.scenario.crashes = crashes;
    let (preset, _) = assumed(&input);
    let mut situation = Situation::new(&input, &preset, &input.manifests);
    [Starts::WhereItMatters, Starts::Anywhere].map(|starts| {
        situation.starts = starts;
        let limits = Limits { states: 40_000, ..Limits::default() };
        let question = Question { confluence: true, limits, ..Question::default() };
        let judgement = check_cluster(&situation.whole(), &question, &mut ());
        let worst = judgement.worst_case.map(|worst| worst.cost);
        (judgement.statistics.states, (judgement.verdict, worst, judgement.finals))
    })
}

/// The verdict, the worst case, and how many final states there are.
type Judged = (Verdict, Option<Cost>, usize);

fn check_starts(text: &str) {
    for crashes in [0, 1] {
        check_starts_with(text, crashes);
    }
}

fn check_starts_with(text: &str, crashes: u32) {
    let [(fewer, reduced), (more, full)] = started(text, crashes);
    assert_eq!(reduced, full, "{text}");
    assert!(fewer < more, "{fewer} states instead of {more}: {text}");
}

#[test]
fn where_a_reconcile_starts_matters_only_where_somebody_else_changes_what_it_reads() {
    let autoscaler = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  minReplicas: 2\n  maxReplicas: 3\n  \
                      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n";
    let quota = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: 1}}\n";
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec:\n  minAvailable: 1\n  selector: {matchLabels: {app: web}}\n";
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
    // Who writes only what has not changed since, beside somebody who changes it for ever, is served and refused again and again.
    let lamp = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: lamp}\ndata: {shows: dark}\n";
    let model = |name: &str, act: &str| {
        format!(
            "---\napiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {{name: {name}}}\nspec:\n  for: {{apiVersion: v1, kind: ConfigMap}}\n  rules:\n  - when: \"!has(object.data.seen)\"\n    {act}\n"
        )
    };
    let blinker =
        model("blinker", "patch: {change: {data: {shows: \"${object.data.shows == 'dark' ? 'light' : 'dark'}\"}}}");
    let watchman = model("watchman", "update: {change: {data: {seen: \"yes\"}}}");
    assert_eq!(
        started(&(lamp.to_owned() + &blinker + &watchman), 0).map(|(_, judged)| judged.0),
        [Verdict::Oscillates; 2]
    );
    check_starts(&deployment(1, ""));
    check_starts(&deployment(2, ""));
    check_starts(&(deployment(1, "") + budget));
    check_starts(&(deployment(1, "") + service));
    check_starts_with(&(deployment(1, "") + autoscaler), 0);
    check_starts(&(deployment(2, "") + quota));
    check_starts(&(deployment(1, "nodeSelector: {disk: fast}") + &node("")));
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

/// The one is on the node already; the other throws it out.
#[test]
fn a_more_important_pod_comes_in_the_place_of_another() {
    let pod = |name: &str, more: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  {more}\n  \
             containers: [{{name: c, image: a, resources: {{requests: {{cpu: 2}}}}}}]\n"
        )
    };
    let class = "---\napiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 5\n";
    let all = class.to_owned() + &node("") + &pod("old", "nodeName: n1") + &pod("new", "priorityClassName: high");
    check(&all, Verdict::Stabilizes);
    check_starts(&all);
    let two = all.clone() + &pod("other", "priorityClassName: high");
    check(&two, Verdict::Stuck);
}
