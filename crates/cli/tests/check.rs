//! `evenkeel check`, `replay` and the rest as a user meets them.
// Tests write the files that the program reads.
#![allow(clippy::disallowed_methods)]

mod program;

use evenkeel_object::Value;
use program::Folder;

const PLAIN: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: mill}
spec:
  replicas: 1
  selector: {matchLabels: {app: mill}}
  template:
    metadata: {labels: {app: mill}}
    spec:
      containers: [{name: mill, image: registry.example.com/mill:1}]
---
apiVersion: v1
kind: Service
metadata: {name: mill}
spec:
  selector: {app: mill}
  ports: [{port: 80}]
";

const PLAIN_AS_JSON: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "mill"}, "spec": {
    "replicas": 1, "selector": {"matchLabels": {"app": "mill"}},
    "template": {"metadata": {"labels": {"app": "mill"}}, "spec": {"containers": [{"name": "mill", "image": "registry.example.com/mill:1"}]}}}},
  {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "mill"}, "spec": {"selector": {"app": "mill"}, "ports": [{"port": 80}]}}
]}"#;

const WINDMILLS: &str = "\
---
apiVersion: farm.example.com/v1
kind: Windmill
metadata: {name: on-the-hill}
spec: {sails: 4}
---
apiVersion: farm.example.com/v1
kind: Windmill
metadata: {name: by-the-river}
spec: {sails: 6}
";

/// The autoscaler wants two, what is in git is one.
fn fight() -> Folder {
    let autoscaler = "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: mill}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: mill}
  minReplicas: 2
  maxReplicas: 2
";
    let scenario = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Scenario
metadata: {name: fight}
spec:
  expect: oscillates
  appliers:
  - {name: farm, type: ArgoCD, path: git, selfHeal: true}
  limits: {states: 20000}
";
    let deployment = PLAIN.split("---").next().expect("it is the first document");
    Folder::new()
        .with("git/deployment.yaml", deployment)
        .with("git/autoscaler.yaml", autoscaler)
        .with("scenario.yaml", scenario)
}

/// The fight, and its report in `report.json`.
fn fight_with_report() -> Folder {
    let folder = fight();
    let answer = folder.run(&["check", ".", "--output", "json"]);
    answer.ends_with(1);
    folder.with("report.json", answer.out)
}

#[test]
fn what_is_well_stabilizes_and_ends_with_zero() {
    let answer = Folder::new().run_on(&["check", "-"], PLAIN);
    answer.ends_with(0).tells(&["stabilizes", "assumed", "two nodes on which everything fits"]);
    assert_eq!(answer.err, "");
}

#[test]
fn a_list_in_json_is_the_same_question() {
    let folder = Folder::new();
    let yaml = folder.run_on(&["check", "-", "-o", "json"], PLAIN);
    let json = folder.run_on(&["check", "-", "-o", "json"], PLAIN_AS_JSON);
    json.ends_with(0);
    let states = |text: &str| text.parse::<Value>().expect("it is JSON")["statistics"]["states"].count();
    assert_eq!(states(&yaml.out), states(&json.out));
}

#[test]
fn files_and_folders_together_are_one_question() {
    let (deployment, service) = PLAIN.split_once("---").expect("there are two documents");
    let folder = Folder::new().with("one/deployment.yaml", deployment).with("two.yml", service);
    let answer = folder.run(&["check", "one", "two.yml", "-o", "json"]);
    answer.ends_with(0);
    let report: Value = answer.out.parse().expect("it is JSON");
    let sources: Vec<&str> = report["input"].items().iter().map(|input| input["source"].text()).collect();
    assert_eq!(sources, ["one/deployment.yaml", "two.yml"]);
}

#[test]
fn the_report_as_json_says_what_it_is_and_what_it_found() {
    let answer = Folder::new().run_on(&["check", "-", "--output", "json"], PLAIN);
    answer.ends_with(0);
    let report: Value = answer.out.parse().expect("it is JSON");
    assert_eq!((report["apiVersion"].text(), report["kind"].text()), ("evenkeel.dev/v1alpha1", "Report"));
    assert_eq!(report["verdict"].text(), "stabilizes");
    assert!(report["statistics"]["states"].count() > 10);
    assert!(report["worstCase"]["moves"].count() > 3);
    assert!(report["worstCase"]["apiWrites"].count() >= report["worstCase"]["moves"].count() / 2);
    assert_eq!(report["finals"].count(), 1);
}

#[test]
fn however_a_deployment_and_a_service_come_up_the_end_is_the_same() {
    let scenario = "apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nspec: {claims: [confluence]}\n";
    let answer = Folder::new().run_on(&["check", "-"], &format!("{PLAIN}---\n{scenario}"));
    answer.ends_with(0).tells(&["stabilizes"]);
}

#[test]
fn a_fight_is_told_with_both_writers_and_the_field() {
    let answer = fight().run(&["check", "."]);
    answer.ends_with(1).tells(&[
        "oscillates",
        "Deployment/mill .spec.replicas",
        "horizontal-pod-autoscaler  writes 2",
        "writes 1",
    ]);
    answer.tells(&["Application/argocd/farm demands it", "a round"]);
}

#[test]
fn a_report_of_a_fight_can_be_walked() {
    let answer = fight_with_report().run(&["replay", "report.json"]);
    answer.ends_with(0).tells(&["step 1 of ", "step 2 of ", "Deployment/mill is created", "+ .spec.replicas 2"]);
}

#[test]
fn one_step_of_a_report_is_shown_with_all_objects() {
    let answer = fight_with_report().run(&["replay", "report.json", "--step", "2"]);
    answer.ends_with(0).tells(&["step 2 of ", "\"kind\":\"Deployment\"", "\"kind\":\"Node\"", "\"name\":\"mill\""]);
    assert!(!answer.out.contains("step 3 of "), "{}", answer.out);
}

#[test]
fn a_step_that_is_not_there_is_told_with_how_many_there_are() {
    fight_with_report().run(&["replay", "report.json", "--step", "9999"]).complains(&["no step 9999", "the run has "]);
}

#[test]
fn a_broken_invariant_is_named_and_the_way_to_it_can_be_replayed() {
    let scenario = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Scenario
spec:
  invariants:
  - name: nothing-runs
    objects: {apiVersion: v1, kind: Pod}
    together: objects.size() == 0
";
    let folder = Folder::new().with("mill.yaml", PLAIN).with("scenario.yaml", scenario);
    folder.run(&["check", "."]).ends_with(1).tells(&["violates", "Broken: nothing-runs", "objects.size() == 0"]);
    let report = folder.run(&["check", ".", "--output", "json"]);
    let json: Value = report.out.parse().expect("it is JSON");
    assert_eq!(json["invariant"].text(), "nothing-runs");
    assert_eq!(json["evidence"]["unmet"][0]["expression"].text(), "objects.size() == 0");
    let n_steps = json["evidence"]["prefix"].items().len().to_string();
    let folder = folder.with("report.json", report.out);
    folder.run(&["replay", "report.json", "--step", &n_steps]).ends_with(0).tells(&[
        "Pod/mill-",
        "is created",
        "\"kind\":\"Pod\"",
    ]);
}

#[test]
fn what_is_no_report_cannot_be_walked() {
    let folder = Folder::new().with("pod.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}").with("text.txt", PLAIN);
    folder.run(&["replay", "pod.json"]).complains(&["pod.json", "\"Pod\"", "expected"]);
    folder.run(&["replay", "text.txt"]).complains(&["text.txt", "not a report", "expected"]);
    folder.run(&["replay", "nowhere.json"]).complains(&["nowhere.json", "No such file"]);
}

#[test]
fn a_search_that_was_cut_short_says_so_and_ends_with_three() {
    let answer = Folder::new().run_on(&["check", "-", "--max-states", "10"], PLAIN);
    answer.ends_with(3).tells(&["undecided", "the limit of 10 states was reached"]);
    assert!(!answer.out.contains("stabilizes"), "{}", answer.out);
}

#[test]
fn options_count_more_than_the_scenario() {
    let answer = fight().run(&["check", ".", "--max-states", "5"]);
    answer.ends_with(3).tells(&["the limit of 5 states was reached"]);
}

#[test]
fn a_load_of_any_size_without_an_end_is_refused_and_not_begun() {
    let scenario = "apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nspec: {environment: {load: Any}}\n";
    let autoscaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: mill}\nspec:\n  \
                      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: mill}\n  maxReplicas: 2147483647\n";
    let answer = Folder::new().run_on(&["check", "-"], &format!("{PLAIN}---\n{scenario}---\n{autoscaler}"));
    answer.ends_with(3).tells(&["undecided", "HorizontalPodAutoscaler/mill can ask for 2147483647 Pods"]);
}

#[test]
fn a_kind_that_nobody_knows_is_told_once_as_inert() {
    let answer = Folder::new().run_on(&["check", "-"], &format!("{PLAIN}{WINDMILLS}"));
    answer.ends_with(0).tells(&["inert", "Windmill.farm.example.com (2)"]);
    assert_eq!(answer.out.matches("Windmill").count(), 1, "{}", answer.out);
}

#[test]
fn the_same_question_has_the_same_answer() {
    let folder = fight();
    let without_time = || {
        let mut report: Value = folder.run(&["check", ".", "-o", "json"]).out.parse().expect("it is JSON");
        report.remove(&["statistics", "wallMillis"]);
        report
    };
    assert_eq!(without_time(), without_time());
}

#[test]
fn a_case_is_compared_with_its_expectation() {
    let folder = fight();
    folder.run(&["test", "."]).ends_with(0).tells(&["oscillates"]);
    let other = "apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nspec: {expect: stuck}\n";
    let plain = Folder::new().with("plain.yaml", PLAIN).with("scenario.yaml", other);
    plain.run(&["test", "."]).ends_with(1).tells(&["stabilizes", "stuck"]);
}

#[test]
fn shells_are_told_how_to_complete() {
    Folder::new().run(&["completions", "bash"]).ends_with(0).tells(&["_evenkeel()", "--max-states"]);
}

#[test]
fn help_has_examples_and_the_exit_codes() {
    let folder = Folder::new();
    folder.run(&["--help"]).ends_with(0).tells(&["Examples:", "evenkeel check", "evenkeel replay", "Exit codes:"]);
    folder.run(&["check", "--help"]).ends_with(0).tells(&["Examples:", "--max-states", "Scenario document"]);
}

#[test]
fn an_option_that_is_not_there_is_told_with_the_one_that_was_meant() {
    Folder::new().run(&["check", "-", "--max-state", "3"]).complains(&["--max-state", "--max-states"]);
}

/// A replacement that was made of the orphan as it was before would take the owner away again.
#[test]
fn an_orphan_that_is_adopted_keeps_its_owner_when_it_is_written_next() {
    let orphan = "\
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: older, labels: {app: mill}}
spec:
  replicas: 2
  selector: {matchLabels: {app: mill}}
  template:
    metadata: {labels: {app: mill}}
    spec:
      containers: [{name: mill, image: registry.example.com/mill:1}]
---
apiVersion: evenkeel.dev/v1alpha1
kind: Scenario
spec:
  invariants:
  - name: what has a revision has an owner
    objects: {apiVersion: apps/v1, kind: ReplicaSet}
    each: \"!has(object.metadata.annotations) || has(object.metadata.ownerReferences)\"
";
    let folder = Folder::new().with("mill.yaml", &(PLAIN.to_owned() + orphan));
    for granularity in ["atomic", "interleaved"] {
        let answer = folder.run(&["check", "mill.yaml", "--granularity", granularity]);
        assert_eq!(answer.code, Some(0), "{}{}", answer.out, answer.err);
    }
}
