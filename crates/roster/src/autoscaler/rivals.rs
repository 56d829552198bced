//! Other autoscalers that see the same Pods: then neither scales by metrics.
//!
//! Source: `validateAndParseSelector`, and `hpa_selector_store.go` beside it.
//!
//! The real controller knows of another autoscaler's Pods only once that one has come to ask for metrics: one whose bounds are always hurt first is
//! invisible. It keeps this in memory; here it is read off the condition `ScalingActive` of the other.

use evenkeel_api::{Projection, Scope, Select, read::concatenated};
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Key, Object, Selector, Value, json};

use super::target::{self, Target};
use crate::pods;

/// Why the autoscaler may not go by metrics: a reason and a text. None if it may.
pub(super) fn objection(
    client: &mut Client<'_>,
    autoscaler: &Object,
    target: &Target,
) -> Result<Option<(&'static str, String)>, Pause> {
    if target.selector.is_null() {
        let text = "the HPA target's scale is missing a selector".to_owned();
        return Ok(Some(("InvalidSelector", text)));
    }
    let Some(selector) = Selector::of(&target.selector) else {
        let text = "couldn't convert selector into a corresponding internal selector object".to_owned();
        return Ok(Some(("InvalidSelector", text)));
    };
    let mut seen_by = vec![autoscaler.key()];
    for (key, scaled) in others(client, autoscaler)? {
        let other = target::selector(client, &scaled)?;
        let scope = Scope::all(&pods::kind(), autoscaler.namespace());
        let own = scope.select(Select::Labels(selector.clone()));
        // What becomes of one that sees none of the same Pods is not asked: it is of no concern here.
        if client.view(own, any_selected(other))?.is_true() && client.view(Scope::one(&key), has_asked())?.is_true() {
            seen_by.push(key);
        }
    }
    if seen_by.len() < 2 {
        return Ok(None);
    }
    seen_by.sort();
    // It names two of them, out of a map and so in any order.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/hpa_selector_store.go: HPAsMatchingPods
    let first = seen_by.remove(client.choose(seen_by.len())?);
    let second = seen_by.remove(client.choose(seen_by.len())?);
    let names = [first, second].map(|key| format!("{}/{}", key.namespace, key.name));
    let text = format!(
        "pods by selector {} are controlled by more than one HPA (e.g. [{}])",
        written(&target.selector),
        names.join(" ")
    );
    Ok(Some(("AmbiguousSelector", text)))
}

/// The other autoscalers of the namespace, each with its target.
fn others(client: &mut Client<'_>, autoscaler: &Object) -> Result<Vec<(Key, Key)>, Pause> {
    let projection = Projection {
        name: "targets of autoscalers",
        args: Value::Null,
        of: |_, autoscalers| {
            Value::list(autoscalers.iter().map(|autoscaler| {
                let reference = autoscaler["spec"]["scaleTargetRef"].clone();
                let metadata = json!({"name": autoscaler.name(), "namespace": autoscaler.namespace()});
                Value::from(json!({ "metadata": metadata })).with(&["spec", "scaleTargetRef"], reference)
            }))
        },
        join: |_, left, right| concatenated(left, right),
    };
    let answer = client.view(Scope::all(&super::kind(), autoscaler.namespace()), projection)?;
    let mut found: Vec<(Key, Key)> = answer
        .items()
        .iter()
        .map(|other| {
            let other = Object(other.clone());
            let key = Key::new(super::kind(), other.namespace(), other.name());
            (key, target::key(&other))
        })
        .filter(|(key, _)| *key != autoscaler.key())
        .collect();
    found.sort();
    Ok(found)
}

/// Whether an autoscaler has come to ask for metrics.
fn has_asked() -> Projection {
    Projection {
        name: "whether an autoscaler has asked for metrics",
        args: Value::Null,
        of: |_, autoscalers| {
            Value::Bool(autoscalers.iter().any(|autoscaler| {
                let reason = autoscaler.condition("ScalingActive")["reason"].text();
                !matches!(reason, "" | "ScalingDisabled" | "InvalidSelector")
            }))
        },
        join: |_, left, right| Value::Bool(left.is_true() || right.is_true()),
    }
}

/// Whether any of the Pods is chosen by that label selector.
fn any_selected(selector: Value) -> Projection {
    Projection {
        name: "any selected Pod",
        args: selector,
        of: |selector, pods| {
            let selector = Selector::of(selector).filter(|_| !selector.is_null());
            Value::Bool(selector.is_some_and(|selector| pods.iter().any(|pod| selector.matches(pod.labels()))))
        },
        join: |_, left, right| Value::Bool(left.is_true() || right.is_true()),
    }
}

/// A label selector as it is written on one line: `app=web,tier in (a,b)`.
fn written(selector: &Value) -> String {
    let labels = selector["matchLabels"].entries();
    let mut parts: Vec<String> = labels.map(|(label, value)| format!("{label}={}", value.text())).collect();
    for expression in selector["matchExpressions"].items() {
        let label = expression["key"].text();
        let values: Vec<&str> = expression["values"].items().iter().map(Value::text).collect();
        let values = values.join(",");
        parts.push(match expression["operator"].text() {
            "In" => format!("{label} in ({values})"),
            "NotIn" => format!("{label} notin ({values})"),
            "DoesNotExist" => format!("!{label}"),
            _ => label.to_owned(),
        });
    }
    parts.sort();
    parts.join(",")
}
