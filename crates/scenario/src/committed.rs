//! Folders that appliers apply, and to which people commit.

use evenkeel_object::parse::{Document, parse};
use evenkeel_system::{Limits, Verdict};

use crate::{Granularity, Input, Parts, Settings, run};

/// A file, by its path.
type File<'f> = (&'f str, &'f str);

fn documents(files: &[File<'_>]) -> Vec<Document> {
    let all = files.iter().flat_map(|(path, text)| {
        let (documents, problems) = parse(path, text);
        assert!(problems.is_empty(), "{problems:?}");
        documents
    });
    all.collect()
}

/// Checks what stands below `spec` with these files, however closely it is looked at.
fn check(spec: &str, files: &[File<'_>], expect: Verdict) {
    for (granularity, lag, parts) in [
        (Granularity::Atomic, 0, Parts::Apart),
        (Granularity::Atomic, 0, Parts::Together),
        (Granularity::Interleaved, 0, Parts::Apart),
        (Granularity::Atomic, 2, Parts::Apart),
    ] {
        let scenario =
            format!("apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: c}}\nspec:\n{spec}");
        let mut all = documents(&[("scenario.yaml", &scenario)]);
        all.extend(documents(files));
        let mut input = Input::sort(&all).expect("a good input");
        (input.scenario.granularity, input.scenario.lag) = (granularity, lag);
        let report = run(&input, &Settings { limits: Limits::default(), parts }, &mut ());
        assert_eq!(report.verdict, expect, "{granularity:?} {lag} {parts:?} {:?}\n{spec}", report.limits.reached);
    }
}

fn map(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: '{value}'}}\n---\n")
}

fn deployment(image: &str, more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  {more}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    \
         metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: c, image: \"app:{image}\"}}]}}\n---\n"
    )
}

/// An applier of that sort, with a commit once all has settled, or whenever is said.
fn applier(sort: &str, commit: &str) -> String {
    format!(
        "  appliers: [{{name: shop, path: git, {sort}}}]\n  steps:\n  - {{name: next, commit: {{applier: shop, path: next}}{commit}}}\n"
    )
}

const SORTS: [&str; 4] = ["type: ArgoCD, selfHeal: true", "type: ArgoCD", "type: Flux", "type: Kubectl"];

/// What Argo CD remembers without self-heal is kept in an object of its own.
const APPLICATIONS: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: applications.argoproj.io}\nspec:\n  group: argoproj.io\n  \
    scope: Namespaced\n  names: {plural: applications, kind: Application}\n  versions:\n  - {name: v1alpha1, served: true, storage: true, schema: {openAPIV3Schema: \
    {type: object, x-kubernetes-preserve-unknown-fields: true}}}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: argocd}\n---\n";

#[test]
fn a_rollout_by_a_commit_comes_to_its_end_whoever_applies() {
    let ends = "  legitimate:\n  - {name: new, objects: {apiVersion: apps/v1, kind: Deployment}, each: \"object.spec.template.spec.containers[0].image == 'app:2'\"}\n";
    let (one, two) = (deployment("1", "replicas: 1"), deployment("2", "replicas: 1"));
    for sort in SORTS {
        let files = [("git/a.yaml", &*one), ("next/a.yaml", &*two), ("rest.yaml", APPLICATIONS)];
        check(&(applier(sort, "") + ends), &files, Verdict::Stabilizes);
    }
}

#[test]
fn what_a_commit_takes_away_goes_only_if_it_is_pruned() {
    let gone = "  legitimate:\n  - {name: gone, objects: {apiVersion: v1, kind: ConfigMap, name: b}, each: 'false'}\n";
    let (both, first) = (map("a", "1") + &map("b", "1"), map("a", "1"));
    let files = [("git/a.yaml", &*both), ("next/a.yaml", &*first), ("rest.yaml", APPLICATIONS)];
    for sort in SORTS {
        check(&(applier(sort, "") + gone), &files, Verdict::Stuck);
    }
    for sort in &SORTS[..3] {
        check(&(applier(&format!("{sort}, prune: true"), "") + gone), &files, Verdict::Stabilizes);
    }
}

#[test]
fn what_is_there_before_a_commit_and_after_it_is_what_was_committed() {
    let value = |name: &str, values: &str| {
        format!(
            "  {name}:\n  - {{name: known, objects: {{apiVersion: v1, kind: ConfigMap, name: a}}, each: \"object.data.a in [{values}]\"}}\n"
        )
    };
    let (one, two) = (map("a", "1"), map("a", "2"));
    let files = [("git/a.yaml", &*one), ("next/a.yaml", &*two), ("rest.yaml", APPLICATIONS)];
    for sort in SORTS {
        check(&(applier(sort, "") + &value("invariants", "'1', '2'")), &files, Verdict::Stabilizes);
        check(&(applier(sort, "") + &value("invariants", "'1'")), &files, Verdict::Violates);
        check(&(applier(sort, ", moment: any") + &value("legitimate", "'2'")), &files, Verdict::Stabilizes);
        // What need not happen leaves what was there.
        check(&(applier(sort, ", atMost: 1") + &value("legitimate", "'2'")), &files, Verdict::Stuck);
    }
}

#[test]
fn a_commit_can_be_taken_back() {
    let last = |value: &str| {
        format!(
            "  legitimate:\n  - {{name: last, objects: {{apiVersion: v1, kind: ConfigMap, name: a}}, each: \"object.data.a == '{value}'\"}}\n"
        )
    };
    let (one, two) = (map("a", "1"), map("a", "2"));
    let files = [("git/a.yaml", &*one), ("next/a.yaml", &*two), ("rest.yaml", APPLICATIONS)];
    for sort in SORTS {
        let reverted = applier(sort, "") + "  - {name: revert, commit: {applier: shop, path: git}}\n";
        check(&(reverted.clone() + &last("1")), &files, Verdict::Stabilizes);
        check(&(reverted + &last("2")), &files, Verdict::Stuck);
    }
}

#[test]
fn a_commit_ends_a_fight_or_begins_one() {
    let other =
        "  appliers:\n  - {name: other, type: Kubectl, path: other}\n  - {name: shop, path: git, type: Kubectl}\n";
    let spec = |more: &str| applier("", more).replace("  appliers: [{name: shop, path: git, }]\n", other);
    let (one, two) = (map("a", "1"), map("a", "2"));
    let ends = [("git/a.yaml", &*one), ("next/a.yaml", &*two), ("other/a.yaml", &*two)];
    check(&spec(", moment: any"), &ends, Verdict::Stabilizes);
    // Nobody commits while it has not settled, and it never does.
    check(&spec(""), &ends, Verdict::Oscillates);
    let begins = [("git/a.yaml", &*two), ("next/a.yaml", &*one), ("other/a.yaml", &*two)];
    check(&spec(""), &begins, Verdict::Oscillates);
    check(&spec(", moment: any, atMost: 1"), &begins, Verdict::Oscillates);
}

#[test]
fn a_number_of_replicas_that_a_commit_drops_is_one_unless_it_is_left_to_others() {
    let autoscaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {minReplicas: 2, maxReplicas: 3, scaleTargetRef: \
                      {apiVersion: apps/v1, kind: Deployment, name: web}}\n";
    let floor = "  invariants:\n  - {name: two, objects: {apiVersion: apps/v1, kind: Deployment}, each: \"object.spec.replicas >= 2\"}\n";
    let (two, dropped) = (deployment("1", "replicas: 2"), deployment("1", "minReadySeconds: 0"));
    let files = [("git/a.yaml", &*two), ("next/a.yaml", &*dropped), ("rest.yaml", autoscaler)];
    check(&(applier("type: ArgoCD, selfHeal: true", "") + floor), &files, Verdict::Violates);
    let left = "type: ArgoCD, selfHeal: true, ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}]";
    check(&(applier(left, "") + floor), &files, Verdict::Stabilizes);
}

#[test]
fn who_commits_to_the_folder_of_nobody_is_told_so() {
    let spec = applier("type: Flux", "").replace("applier: shop", "applier: shoop");
    let scenario = format!("apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: c}}\nspec:\n{spec}");
    let one = map("a", "1");
    let problems =
        Input::sort(&documents(&[("scenario.yaml", &scenario), ("git/a.yaml", &one), ("next/a.yaml", &one)]))
            .expect_err("there is no such applier");
    assert!(problems[0].expected.contains("the name of one applier: shop"), "{problems:?}");
}
