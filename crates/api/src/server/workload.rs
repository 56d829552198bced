//! What is refused of Pods, and of what makes them.

use std::collections::BTreeSet;

use evenkeel_object::{Object, Quantity, Selector, Value};

use super::{counts, fault, validate};
use crate::Cause;

/// The spec of a Pod.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go: ValidatePodSpec
pub(crate) fn pod(spec: &Value, place: &str, causes: &mut Vec<Cause>) {
    if spec["containers"].items().is_empty() {
        causes.push(fault::required(&format!("{place}.containers"), ""));
    }
    let mut names = BTreeSet::new();
    for field in ["containers", "initContainers"] {
        for (index, one) in spec[field].items().iter().enumerate() {
            let place = format!("{place}.{field}[{index}]");
            container(one, &place, causes);
            let name = one["name"].text();
            if !name.is_empty() && !names.insert(name) {
                causes.push(fault::duplicate(&format!("{place}.name"), format!("{name:?}")));
            }
        }
    }
}

fn container(container: &Value, place: &str, causes: &mut Vec<Cause>) {
    for field in ["name", "image"] {
        if container[field].text().is_empty() {
            causes.push(fault::required(&format!("{place}.{field}"), ""));
        }
    }
    let resources = &container["resources"];
    for (resource, amount) in resources["requests"].entries() {
        let limit = &resources["limits"][&**resource];
        let is_over = Quantity::of(amount).zip(Quantity::of(limit)).is_some_and(|(request, limit)| request > limit);
        if is_over {
            let place = format!("{place}.resources.requests");
            let limit = limit.as_str().map_or_else(|| limit.to_string(), str::to_owned);
            let detail = format!("must be less than or equal to {resource} limit of {limit}");
            causes.push(fault::wrong(&place, amount, &detail));
        }
    }
}

/// A Deployment, ReplicaSet, StatefulSet or DaemonSet.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/validation/validation.go
pub(crate) fn controller(object: &Object, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    counts::controller(object, causes);
    let chooser = &spec["selector"];
    if chooser.is_null() {
        causes.push(fault::required("spec.selector", ""));
    } else if Selector::of(chooser).is_some_and(|selector| selector.is_empty()) {
        let kind = object["kind"].text().to_lowercase();
        let detail = format!("empty selector is invalid for {kind}");
        causes.push(fault::wrong("spec.selector", chooser, &detail));
    }
    template(spec, &["Always"], causes);
}

/// A Job.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/validation/validation.go: ValidateJobSpec
pub(crate) fn job(object: &Object, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    counts::job(spec, "spec", causes);
    if spec["selector"].is_null() {
        causes.push(fault::required("spec.selector", ""));
    }
    template(spec, &["OnFailure", "Never"], causes);
}

/// The template of something that makes Pods: it makes Pods that are its own, and that end as they should.
fn template(spec: &Value, policies: &[&str], causes: &mut Vec<Cause>) {
    validate::selector(&spec["selector"], "spec.selector", causes);
    let template = &spec["template"];
    let labels = &template["metadata"]["labels"];
    if Selector::of(&spec["selector"]).is_some_and(|selector| !selector.matches(labels)) {
        let detail = "`selector` does not match template `labels`";
        let place = "spec.template.metadata.labels";
        causes.push(fault::wrong(place, labels, detail));
    }
    pod(&template["spec"], "spec.template.spec", causes);
    // Without one it is `Always`, which is filled in before.
    let policy = match template["spec"]["restartPolicy"].text() {
        "" => "Always",
        policy => policy,
    };
    if !policies.contains(&policy) {
        causes.push(fault::not_supported("spec.template.spec.restartPolicy", format!("{policy:?}"), policies));
    }
}
