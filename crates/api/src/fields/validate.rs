//! Configurations that cannot be applied.
//!
//! As <https://github.com/kubernetes-sigs/structured-merge-diff/blob/v6.4.2/typed/validate.go>, as far as the shape of a kind tells.

use std::collections::BTreeSet;

use evenkeel_object::{Object, Value};

use super::element::Element;
use crate::Status;
use crate::shapes::{ListType, Shape};
use crate::status::Reason;

/// Why a configuration cannot be applied to anything: a list with a key missing or twice, a map for a list or the other way round.
///
/// Kubernetes answers with code 500 and no reason.
pub(super) fn validate(shape: &Shape, configuration: &Object) -> Result<(), Status> {
    let mut problems = Vec::new();
    walk("", shape, configuration, &mut problems);
    let text = match &problems[..] {
        [] => return Ok(()),
        [only] => only.clone(),
        several => format!("errors:\n  {}", several.join("\n  ")),
    };
    let message = format!(
        "failed to create typed patch object ({}/{}; {}, Kind={}): {text}",
        configuration.namespace(),
        configuration.name(),
        configuration["apiVersion"].text(),
        configuration["kind"].text(),
    );
    Err(Status::new(Reason::InternalError, message))
}

/// The places of all lists, maps and structs in a configuration that are merged as wholes.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch/smd.go: findAtomics
pub fn atomics(shape: &Shape, configuration: &Object) -> Vec<String> {
    let mut found = Vec::new();
    find_atomics("", shape, &configuration.0, &mut found);
    found
}

fn find_atomics(path: &str, shape: &Shape, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Map(_) => {
            found.extend(shape.is_atomic().then(|| path.to_owned()));
            for (name, value) in value.entries() {
                find_atomics(&format!("{path}.{name}"), &shape.field(name), value, found);
            }
        }
        Value::List(items) => {
            found.extend((*shape.list() == ListType::Atomic).then(|| path.to_owned()));
            for (index, item) in items.iter().enumerate() {
                find_atomics(&format!("{path}[{index}]"), &shape.item(), item, found);
            }
        }
        _ => {}
    }
}

fn walk(path: &str, shape: &Shape, value: &Value, problems: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::List(_) if shape.is_map() => {
            problems.push(format!("{path}: expected map, got {value}"));
        }
        Value::Map(_) if !shape.is_list() => {
            for (name, value) in value.entries() {
                walk(&format!("{path}.{name}"), &shape.field(name), value, problems);
            }
        }
        Value::List(items) => list(path, shape, items, problems),
        _ if shape.is_list() => problems.push(format!("{path}: expected list, got {value}")),
        _ if shape.is_map() => problems.push(format!("{path}: expected map, got {value}")),
        _ => {}
    }
}

fn list(path: &str, shape: &Shape, items: &[Value], problems: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        if *shape.list() == ListType::Atomic {
            walk(&format!("{path}[{index}]"), &shape.item(), item, problems);
            continue;
        }
        match Element::of_item(shape, item) {
            Err(problem) => {
                problems.push(format!("{path}: element {index}: {problem}"));
                return;
            }
            Ok(element) => {
                walk(&format!("{path}{element}"), &shape.item(), item, problems);
                if !seen.insert(element.clone()) {
                    problems.push(format!("{path}: duplicate entries for key {element}"));
                }
            }
        }
    }
}
