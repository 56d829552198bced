//! Which failures of Pods count, and which fail the Job at once: `podFailurePolicy`.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/job/pod_failure_policy.go>. The action `FailIndex` counts as `Count`.

use evenkeel_object::{Object, Value};

/// Whether a failed Pod counts towards the back-off limit.
pub(super) fn counts(job: &Object, pod: &Object) -> bool {
    action(job, pod).is_none_or(|(action, _)| action != "Ignore")
}

/// Why a failed Pod fails the whole Job; none if it does not.
pub(super) fn failure(job: &Object, pod: &Object) -> Option<String> {
    let (action, message) = action(job, pod)?;
    (action == "FailJob").then_some(message)
}

/// The action of the first rule that the Pod matches, and what it says.
fn action<'j>(job: &'j Object, pod: &Object) -> Option<(&'j str, String)> {
    let rules = job["spec"]["podFailurePolicy"]["rules"].items();
    rules.iter().enumerate().find_map(|(index, rule)| {
        let found = if rule["onExitCodes"].is_null() {
            matching_condition(rule, pod)
        } else {
            matching_container(&rule["onExitCodes"], pod)
        }?;
        let message = format!("{found} matching {} rule at index {index}", rule["action"].text());
        Some((rule["action"].text(), message))
    })
}

fn matching_container(on_exit_codes: &Value, pod: &Object) -> Option<String> {
    let status = &pod["status"];
    let containers = status["initContainerStatuses"].items().iter().chain(status["containerStatuses"].items());
    let only = on_exit_codes["containerName"].as_str();
    let listed = on_exit_codes["values"].items();
    let is_wanted = |code: &Value| match on_exit_codes["operator"].text() {
        "In" => listed.contains(code),
        "NotIn" => !listed.contains(code),
        _ => false,
    };
    containers
        .filter(|container| only.is_none_or(|only| container["name"].text() == only))
        .map(|container| (container, &container["state"]["terminated"]["exitCode"]))
        // A container that went well is never a failure.
        .find(|(_, code)| code.count() != 0 && is_wanted(code))
        .map(|(container, code)| {
            let (namespace, name) = (pod.namespace(), pod.name());
            format!(
                "Container {} for pod {namespace}/{name} failed with exit code {}",
                container["name"].text(),
                code.count()
            )
        })
}

fn matching_condition(rule: &Value, pod: &Object) -> Option<String> {
    let patterns = rule["onPodConditions"].items();
    let matches = |pattern: &&Value| {
        let wanted = pattern["status"].as_str().unwrap_or("True");
        pod.condition(pattern["type"].text())["status"].text() == wanted
    };
    patterns
        .iter()
        .find(matches)
        .map(|pattern| format!("Pod {}/{} has condition {}", pod.namespace(), pod.name(), pattern["type"].text()))
}
