//! What people do afterwards.

use evenkeel_object::parse::parse;
use evenkeel_system::{Limits, Verdict};

use crate::{Granularity, Input, Parts, Settings, run};

/// A ConfigMap of that name which comes to its third phase by itself, and what stands below `spec` of the Scenario.
fn phases(names: &[&str], spec: &str) -> String {
    let map = |name: &&str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{phase: one}}\n---\n")
    };
    let maps: String = names.iter().map(map).collect();
    let rule = |from: &str, to: &str| {
        format!("  - when: object.data.phase == '{from}'\n    patch: {{change: {{data: {{phase: {to}}}}}}}\n")
    };
    let model = "apiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {name: ageing}\nspec:\n  for: {apiVersion: v1, kind: ConfigMap}\n  rules:\n";
    format!("{maps}{model}{}{}---\n{}", rule("one", "two"), rule("two", "three"), scenario(spec))
}

fn scenario(spec: &str) -> String {
    format!("apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: a}}\nspec:\n{spec}")
}

/// A step that labels the ConfigMap of that name.
fn labels(name: &str, more: &str) -> String {
    format!(
        "  - {{name: label {name}{more}, label: {{objects: {{apiVersion: v1, kind: ConfigMap, name: {name}}}, labels: {{mark: x}}}}}}\n"
    )
}

/// Nothing is labelled before it has come to its third phase.
const LABELLED_AT_THE_END: &str = "  invariants:\n  - name: late\n    objects: {apiVersion: v1, kind: ConfigMap}\n    \
                                   each: \"!has(object.metadata.labels) || object.data.phase == 'three'\"\n";

pub(crate) fn check(text: &str, expect: Verdict) {
    for granularity in [Granularity::Atomic, Granularity::Interleaved] {
        for parts in [Parts::Apart, Parts::Together] {
            check_so(text, (granularity, 0), parts, expect);
        }
    }
    check_so(text, (Granularity::Atomic, 2), Parts::Apart, expect);
}

pub(crate) fn check_so(text: &str, (granularity, lag): (Granularity, u32), parts: Parts, expect: Verdict) {
    let (documents, problems) = parse("case.yaml", text);
    assert!(problems.is_empty(), "{problems:?}");
    let mut input = Input::sort(&documents).expect("a good input");
    (input.scenario.granularity, input.scenario.lag) = (granularity, lag);
    let report = run(&input, &Settings { limits: Limits::default(), parts }, &mut ());
    assert_eq!(report.verdict, expect, "{granularity:?} {lag} {parts:?} {:?}\n{text}", report.limits.reached);
}

#[test]
fn a_step_comes_once_all_has_settled_or_at_any_moment() {
    let steps = |more: &str| format!("  steps:\n{}{LABELLED_AT_THE_END}", labels("a", more));
    check(&phases(&["a"], &steps("")), Verdict::Stabilizes);
    check(&phases(&["a"], &steps(", moment: any")), Verdict::Violates);
}

#[test]
fn what_has_to_happen_happens_and_what_may_happen_need_not() {
    let labelled = "  legitimate:\n  - name: labelled\n    objects: {apiVersion: v1, kind: ConfigMap}\n    each: has(object.metadata.labels)\n";
    let steps = |more: &str| format!("  steps:\n{}{labelled}", labels("a", more));
    check(&phases(&["a"], &steps("")), Verdict::Stabilizes);
    check(&phases(&["a"], &steps(", atMost: 2")), Verdict::Stuck);
}

#[test]
fn steps_come_in_their_order() {
    let relabels = "  - {name: relabel, moment: any, label: {objects: {apiVersion: v1, kind: ConfigMap, name: a}, labels: {mark: z}}}\n";
    let ends = |mark: &str| {
        format!(
            "  legitimate:\n  - {{name: last, objects: {{apiVersion: v1, kind: ConfigMap}}, each: \"object.metadata.labels.mark == '{mark}'\"}}\n"
        )
    };
    let spec = |mark: &str| format!("  steps:\n{}{relabels}{}", labels("a", ", moment: any"), ends(mark));
    check(&phases(&["a"], &spec("z")), Verdict::Stabilizes);
    check(&phases(&["a"], &spec("x")), Verdict::Stuck);
}

#[test]
fn a_step_that_waits_for_all_makes_those_after_it_wait_too_wherever_they_are() {
    let steps =
        |first: &str| format!("  steps:\n{}{}{LABELLED_AT_THE_END}", labels("a", first), labels("b", ", moment: any"));
    check(&phases(&["a", "b"], &steps("")), Verdict::Stabilizes);
    check(&phases(&["a", "b"], &steps(", moment: any")), Verdict::Violates);
}

#[test]
fn who_tries_in_vain_keeps_nothing_from_being_settled() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {name: needy}\n\
                spec:\n  for: {apiVersion: v1, kind: ConfigMap}\n  rules:\n  - {when: \"!has(object.data)\", fail: it has no data}\n---\n";
    let helps = "  steps:\n  - {name: help, patch: {objects: {apiVersion: v1, kind: ConfigMap, name: a}, merge: {data: {b: c}}}}\n";
    check(&(text.to_owned() + &scenario(helps)), Verdict::Stabilizes);
    check(&(text.to_owned() + &scenario("  fairness: weak\n")), Verdict::Stuck);
}

#[test]
fn a_step_that_is_refused_for_good_is_waited_for() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: web}}\n  template:\n    \
                metadata: {labels: {app: web}}\n    spec: {containers: [{name: c, image: a}]}\n---\n";
    let patches = |patch: &str| {
        scenario(&format!(
            "  steps:\n  - {{name: change, patch: {{objects: {{apiVersion: apps/v1, kind: Deployment, name: web}}, strategic: {patch}}}}}\n"
        ))
    };
    check(&(text.to_owned() + &patches("{spec: {replicas: 2}}")), Verdict::Stabilizes);
    check(&(text.to_owned() + &patches("{spec: {selector: {matchLabels: {app: shop}}}}")), Verdict::Stuck);
}

#[test]
fn a_node_is_drained_as_far_as_the_budgets_allow() {
    let node = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{kubernetes.io/hostname: {name}}}}}\nstatus:\n  \
                 allocatable: {{cpu: \"4\", memory: 8Gi, pods: \"9\"}}\n  conditions: [{{type: Ready, status: \"True\"}}]\n---\n"
        )
    };
    let rest = |max_unavailable: u32| {
        format!(
            "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {{name: web}}\nspec:\n  replicas: 2\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    \
             metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: c, image: a}}]}}\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\n\
             metadata: {{name: web}}\nspec: {{maxUnavailable: {max_unavailable}, selector: {{matchLabels: {{app: web}}}}}}\n---\n"
        )
    };
    let drains = scenario(
        "  steps:\n  - {name: drain, drain: {node: left}}\n  legitimate:\n  - name: empty\n    objects: {apiVersion: v1, kind: Pod}\n    \
                          each: object.spec.nodeName == 'right'\n",
    );
    let text = |max_unavailable| node("left") + &node("right") + &rest(max_unavailable) + &drains;
    for (max_unavailable, expect) in [(1, Verdict::Stabilizes), (0, Verdict::Stuck)] {
        check_so(&text(max_unavailable), (Granularity::Atomic, 0), Parts::Apart, expect);
    }
}

#[test]
fn a_rollout_that_nothing_wakes_is_looked_at_when_its_deadline_passes() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: web}}\n  template:\n    \
                metadata: {labels: {app: web}}\n    spec: {containers: [{name: c, image: a}]}\n---\n";
    let scenario = |deadlines: &str, outcome: &str| {
        text.to_owned()
            + &scenario(&format!(
                "  environment: {{deadlines: {deadlines}, pods: [{{outcome: {outcome}}}]}}\n  legitimate:\n  - name: told\n    \
                 objects: {{apiVersion: apps/v1, kind: Deployment}}\n    each: \"!object.status.conditions.exists(c, c.reason == 'ProgressDeadlineExceeded')\"\n"
            ))
    };
    check(&scenario("PassLast", "Ready"), Verdict::Stabilizes);
    check(&scenario("NeverPass", "NeverReady"), Verdict::Stuck);
    check(&scenario("PassLast", "NeverReady"), Verdict::Stuck);
}
