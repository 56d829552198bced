//! What an autoscaler scales.

use evenkeel_api::server::known;
use evenkeel_api::{Projection, Scope, read::concatenated};
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Key, Kind, Object, Value, json};

use crate::definition::defined;

/// The target as its scale shows it.
pub(super) struct Target {
    /// Which object.
    pub(super) key: Key,
    /// How many replicas it is told to have.
    pub(super) replicas: i64,
    /// The label selector of its Pods; `null` without one.
    pub(super) selector: Value,
}

/// The key of the target.
pub(super) fn key(autoscaler: &Object) -> Key {
    let reference = &autoscaler["spec"]["scaleTargetRef"];
    let kind = Kind::of(reference["apiVersion"].text(), reference["kind"].text());
    Key::new(kind, autoscaler.namespace(), reference["name"].text())
}

/// The target as the server has it, or why there is none.
pub(super) fn found(client: &mut Client<'_>, autoscaler: &Object) -> Result<Result<Target, String>, Pause> {
    let key = key(autoscaler);
    let answer = client.view_live(Scope::one(&key), scale())?;
    Ok(match answer.items().first() {
        None => Err(missing(client, &key)?),
        Some(scale) => Ok(Target { key, replicas: scale["replicas"].count(), selector: scale["selector"].clone() }),
    })
}

/// Why there is no target.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/horizontal.go#L862>: what is not served has no resource to ask for
fn missing(client: &mut Client<'_>, key: &Key) -> Result<String, Pause> {
    let kind = &key.kind;
    let resource = match known::resource(kind) {
        Some(resource) => Some(resource),
        None => defined(client, kind)?["plural"].as_str().map(|plural| known::in_group(plural, &kind.group)),
    };
    Ok(match resource {
        Some(resource) => format!("{resource} {:?} not found", &*key.name),
        None => format!("no matches for kind {:?} in group {:?}", &*kind.name, &*kind.group),
    })
}

/// The selector of the Pods of a scalable object, from the controller's cache.
pub(super) fn selector(client: &mut Client<'_>, key: &Key) -> Result<Value, Pause> {
    let projection = Projection {
        name: "selector of a scale",
        args: Value::Null,
        of: |_, objects| Value::list(objects.iter().map(scaled_pods)),
        join: |_, left, right| concatenated(left, right),
    };
    let answer = client.view(Scope::one(key), projection)?;
    Ok(answer[0].clone())
}

/// The label selector of the Pods of a scalable object.
///
/// The kinds whose selector is a plain map of labels give it in the form of the others. Left out: the paths that a custom resource definition names.
fn scaled_pods(object: &Object) -> Value {
    match &object["spec"]["selector"] {
        labels if object.kind().is("", "ReplicationController") => Value::map().with(&["matchLabels"], labels.clone()),
        selector => selector.clone(),
    }
}

/// The scale of objects: how many replicas they are told to have, and which Pods these are.
fn scale() -> Projection {
    Projection {
        name: "scale",
        args: Value::Null,
        of: |_, objects| {
            Value::list(objects.iter().map(|object| {
                let replicas = object["spec"]["replicas"].as_int().unwrap_or(1);
                Value::from(json!({ "replicas": replicas })).with(&["selector"], scaled_pods(object))
            }))
        },
        join: |_, left, right| concatenated(left, right),
    }
}
