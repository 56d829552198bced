//! Jobs from their first Pod to their end.
#![allow(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]

use evenkeel_object::{Key, Kind, Object, Value, json};

use super::Jobs;
use crate::stage::Stage;

const JOB: (&str, &str) = ("batch", "Job");
const POD: (&str, &str) = ("", "Pod");

fn job(spec: serde_json::Value) -> serde_json::Value {
    let mut spec = spec;
    let labels = json!({"batch.kubernetes.io/job-name": "j"});
    spec["selector"] = json!({ "matchLabels": labels });
    spec["template"] =
        json!({"metadata": {"labels": labels}, "spec": {"restartPolicy": "Never", "containers": [{"name": "c"}]}});
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "default"}, "spec": spec})
}

fn reconcile(stage: &mut Stage) -> Vec<String> {
    stage.reconcile(&Jobs, &Key::new(Kind::new("batch", "Job"), "default", "j"))
}

fn end_pods(stage: &mut Stage, phase: &str) {
    let pods: Vec<Object> = stage.memory.objects.values().filter(|o| o.kind().is("", "Pod")).cloned().collect();
    for mut pod in pods.into_iter().filter(|pod| pod["status"]["phase"].text() == "Pending") {
        pod.set(&["status", "phase"], phase);
        stage.memory.insert(pod);
    }
}

fn conditions(stage: &Stage) -> Vec<String> {
    let job = stage.get(JOB, "j");
    let conditions = job["status"]["conditions"].items();
    conditions.iter().map(|c| format!("{}={} {}", c["type"].text(), c["status"].text(), c["reason"].text())).collect()
}

#[test]
fn a_job_makes_as_many_pods_at_a_time_as_it_may_until_enough_have_succeeded() {
    let mut stage = Stage::of([job(json!({"completions": 3, "parallelism": 2, "backoffLimit": 6}))]);
    let expect = ["create Pod/j-~0", "create Pod/j-~1", "update status Job/j"];
    assert_eq!(reconcile(&mut stage), expect);
    assert!(reconcile(&mut stage).is_empty());
    end_pods(&mut stage, "Succeeded");
    let expect = ["create Pod/j-~2", "update status Job/j", "patch Pod/j-~0", "patch Pod/j-~1", "update status Job/j"];
    assert_eq!(reconcile(&mut stage), expect);
    end_pods(&mut stage, "Succeeded");
    reconcile(&mut stage);
    let expect = json!({
        "startTime": "1970-01-01T00:00:00Z", "completionTime": "1970-01-01T00:00:00Z",
        "succeeded": 3, "ready": 0, "terminating": 0, "uncountedTerminatedPods": {},
        "conditions": [
            {"type": "SuccessCriteriaMet", "status": "True", "reason": "CompletionsReached", "message": "Reached expected number of succeeded pods"},
            {"type": "Complete", "status": "True", "reason": "CompletionsReached", "message": "Reached expected number of succeeded pods"},
        ],
    });
    assert_eq!(stage.get(JOB, "j")["status"], Value::from(expect));
    assert!(reconcile(&mut stage).is_empty());
}

#[test]
fn a_pod_is_held_until_it_was_counted() {
    let mut stage = Stage::of([job(json!({"completions": 1, "parallelism": 1}))]);
    reconcile(&mut stage);
    let held: Vec<String> = stage.get(POD, "j-~0").finalizers().map(str::to_owned).collect();
    assert_eq!(held, ["batch.kubernetes.io/job-tracking"]);
    end_pods(&mut stage, "Succeeded");
    stage.refused = vec!["patch Pod"];
    reconcile(&mut stage);
    let job = stage.get(JOB, "j");
    assert_eq!(job["status"]["uncountedTerminatedPods"]["succeeded"], json!(["Pod/default/j-~0#0"]).into());
    assert!(job["status"]["succeeded"].is_null());
    stage.refused.clear();
    reconcile(&mut stage);
    assert_eq!(stage.get(JOB, "j")["status"]["succeeded"].count(), 1);
}

#[test]
fn too_many_failures_fail_the_job() {
    let mut stage = Stage::of([job(json!({"completions": 1, "parallelism": 1, "backoffLimit": 1}))]);
    reconcile(&mut stage);
    end_pods(&mut stage, "Failed");
    assert_eq!(reconcile(&mut stage)[0], "create Pod/j-~1");
    end_pods(&mut stage, "Failed");
    reconcile(&mut stage);
    assert_eq!(conditions(&stage), ["FailureTarget=True BackoffLimitExceeded", "Failed=True BackoffLimitExceeded"]);
    assert_eq!(stage.get(JOB, "j")["status"]["failed"].count(), 2);
    assert!(reconcile(&mut stage).is_empty());
}

#[test]
fn a_suspended_job_has_no_pods_and_says_so() {
    let mut stage = Stage::of([job(json!({"completions": 1, "parallelism": 1, "suspend": true}))]);
    assert_eq!(reconcile(&mut stage), ["update status Job/j"]);
    let expect = json!({
        "ready": 0, "terminating": 0, "uncountedTerminatedPods": {},
        "conditions": [{"type": "Suspended", "status": "True", "reason": "JobSuspended", "message": "Job suspended"}],
    });
    assert_eq!(stage.get(JOB, "j")["status"], Value::from(expect));
    stage.change(JOB, "j", json!({"spec": {"suspend": false}}));
    assert_eq!(reconcile(&mut stage)[0], "create Pod/j-~0");
    assert_eq!(conditions(&stage), ["Suspended=False JobResumed"]);
    stage.change(JOB, "j", json!({"spec": {"suspend": true}}));
    assert_eq!(reconcile(&mut stage)[..2], ["patch Pod/j-~0", "delete Pod/j-~0"]);
}

fn with_policy(action: &str) -> Stage {
    let rule = json!({"action": action, "onExitCodes": {"operator": "In", "values": [42]}});
    let mut stage = Stage::of([job(
        json!({"completions": 1, "parallelism": 1, "backoffLimit": 0, "podFailurePolicy": {"rules": [rule]}}),
    )]);
    reconcile(&mut stage);
    end_pods(&mut stage, "Failed");
    let ended = json!([{"name": "c", "state": {"terminated": {"exitCode": 42}}}]);
    stage.change(POD, "j-~0", json!({"status": {"containerStatuses": ended}}));
    stage
}

#[test]
fn a_failure_that_the_policy_ignores_is_not_counted_and_the_pod_is_kept() {
    let mut stage = with_policy("Ignore");
    assert_eq!(reconcile(&mut stage)[0], "create Pod/j-~1");
    assert!(stage.get(JOB, "j")["status"]["failed"].is_null());
    assert_eq!(stage.get(POD, "j-~0").finalizers().count(), 0);
}

#[test]
fn a_failure_can_fail_the_job_at_once() {
    let mut stage = with_policy("FailJob");
    reconcile(&mut stage);
    assert_eq!(conditions(&stage), ["FailureTarget=True PodFailurePolicy", "Failed=True PodFailurePolicy"]);
    let expect = "Container c for pod default/j-~0 failed with exit code 42 matching FailJob rule at index 0";
    assert_eq!(stage.get(JOB, "j").condition("Failed")["message"].text(), expect);
}

#[test]
fn a_pod_whose_job_is_gone_is_let_go() {
    let mut stage = Stage::of([job(json!({"completions": 1, "parallelism": 1}))]);
    reconcile(&mut stage);
    let pod = stage.get(POD, "j-~0").key();
    assert!(stage.reconcile(&Jobs, &pod).is_empty());
    stage.memory.objects.remove(&Key::new(Kind::new("batch", "Job"), "default", "j"));
    assert_eq!(stage.reconcile(&Jobs, &pod), ["patch Pod/j-~0"]);
}
