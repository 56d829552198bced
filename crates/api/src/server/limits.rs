//! LimitRanges: requests and limits for containers that have none, and bounds for those that have.

use std::cmp::Ordering;

use evenkeel_object::{Kind, Object, Quantity, Value};

use super::{Call, fault, pod};
use crate::{Scope, Status};

/// Where a Pod says what was set for it.
const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// A new Pod with the default requests and limits of its Namespace.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/admission/limitranger/admission.go: mergePodResourceRequirements
pub(crate) fn defaulted(call: &mut Call<'_>, mut object: Object) -> Object {
    for range in ranges(call) {
        let mut notes = Vec::new();
        for (field, word) in [("containers", "container"), ("initContainers", "init container")] {
            if object["spec"][field].items().is_empty() {
                continue;
            }
            let containers = object["spec"][field].items().iter();
            let filled: Vec<Value> = containers.map(|container| filled(&range, container, word, &mut notes)).collect();
            object.set(&["spec", field], filled);
        }
        if !notes.is_empty() {
            let note = format!("LimitRanger plugin set: {}", notes.join("; "));
            object.set(&["metadata", "annotations", ANNOTATION], note);
        }
    }
    object
}

/// A container with what it lacks; what was set is noted.
fn filled(range: &Object, container: &Value, word: &str, notes: &mut Vec<String>) -> Value {
    let mut filled = container.clone();
    for (part, default) in [("requests", "defaultRequest"), ("limits", "default")] {
        let mut set: Vec<&str> = Vec::new();
        let limits = range["spec"]["limits"].items().iter();
        for limit in limits.filter(|limit| limit["type"].text() == "Container") {
            for (resource, amount) in limit[default].entries() {
                if container["resources"][part].get(resource).is_none() {
                    filled.set(&["resources", part, resource], amount.clone());
                    set.push(resource);
                }
            }
        }
        set.sort_unstable();
        set.dedup();
        if !set.is_empty() {
            let part = part.trim_end_matches('s');
            let name = container["name"].text();
            notes.push(format!("{} {part} for {word} {name}", set.join(", ")));
        }
    }
    filled
}

/// Refuses a Pod with a container out of bounds.
///
/// Left out: bounds on whole Pods (`type: Pod`), on claims, and `maxLimitRequestRatio`.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/admission/limitranger/admission.go: PodValidateLimitFunc
pub(crate) fn checked(call: &mut Call<'_>, object: &Object) -> Result<(), Status> {
    let mut faults = Vec::new();
    for range in ranges(call) {
        let limits = range["spec"]["limits"].items().iter();
        for limit in limits.filter(|limit| limit["type"].text() == "Container") {
            for container in pod::containers(object) {
                let (requests, limits) = (&container["resources"]["requests"], &container["resources"]["limits"]);
                let least = [("request", requests), ("limit", limits)];
                let most = [("limit", limits), ("request", requests)];
                beyond(&limit["min"], "minimum", Ordering::Less, least, &mut faults);
                beyond(&limit["max"], "maximum", Ordering::Greater, most, &mut faults);
            }
        }
    }
    match faults.as_slice() {
        [] => Ok(()),
        [fault] => Err(fault::forbidden(call.resource, object.name(), fault)),
        several => {
            let why = format!("[{}]", several.join(", "));
            Err(fault::forbidden(call.resource, object.name(), why))
        }
    }
}

/// Notes where an amount lies on the wrong side of a bound. The first of the two amounts must be given, the other may be.
fn beyond(bounds: &Value, word: &str, wrong: Ordering, amounts: [(&str, &Value); 2], faults: &mut Vec<String>) {
    for (resource, bound) in bounds.entries() {
        let say = format!(
            "{word} {resource} usage per Container is {}",
            bound.as_str().map_or_else(|| bound.to_string(), str::to_owned)
        );
        let [(first, given), _] = amounts;
        if given.get(resource).is_none() {
            faults.push(format!("{say}.  No {first} is specified"));
            continue;
        }
        for (name, amounts) in amounts {
            let amount = Quantity::of(&amounts[&**resource]);
            let bound = Quantity::of(bound);
            if let (Some(amount), Some(bound)) = (amount, bound)
                && amount.cmp(&bound) == wrong
            {
                faults.push(format!("{say}, but {name} is {amount}"));
                break;
            }
        }
    }
}

fn ranges(call: &mut Call<'_>) -> Vec<Object> {
    let scope = Scope::all(&Kind::new("", "LimitRange"), &call.request.key.namespace);
    call.store.list(scope)
}
