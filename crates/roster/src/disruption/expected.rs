//! How many Pods a budget expects: what their controllers ask for.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_api::{Projection, Scope, read};
use evenkeel_control::Client;
use evenkeel_object::{Key, Object, Owner, Value};

use crate::rounding::{Rounding, scaled};
use evenkeel_control::halt::Halt;

/// How many Pods are expected, and how many must be healthy; or why that cannot be said.
///
/// `getExpectedPodCount`. A percentage is rounded up.
pub(super) fn expected(
    client: &mut Client<'_>,
    budget: &Object,
    pods: &[Object],
) -> Result<Result<(i64, i64), String>, Halt> {
    let n_pods = i64::try_from(pods.len()).expect("a count of Pods fits");
    let spec = &budget["spec"];
    let (value, is_maximum) = match (&spec["maxUnavailable"], &spec["minAvailable"]) {
        (Value::Null, Value::Null) => return Ok(Ok((0, 0))),
        (Value::Null, Value::Int(least)) => return Ok(Ok((n_pods, *least))),
        (Value::Null, least) => (least, false),
        (most, _) => (most, true),
    };
    let expected = match scale(client, budget.namespace(), pods)? {
        Ok(expected) => expected,
        Err(message) => return Ok(Err(message)),
    };
    let Some(number) = scaled(value, expected, Rounding::Up) else {
        return Ok(Err(format!("{value} is neither a number nor a percentage")));
    };
    let desired = if is_maximum { (expected - number).max(0) } else { number };
    Ok(Ok((expected, desired)))
}

/// The sum of the replicas that the controllers of the Pods ask for; Pods without one do not count.
fn scale(client: &mut Client<'_>, namespace: &str, pods: &[Object]) -> Result<Result<i64, String>, Halt> {
    let mut scales: BTreeMap<Arc<str>, i64> = BTreeMap::new();
    for pod in pods {
        let Some(manager) = pod.controller() else {
            continue;
        };
        if scales.contains_key(&manager.uid) {
            continue;
        }
        match scale_of(client, namespace, &manager)? {
            Ok(Some((uid, replicas))) => scales.insert(uid.into(), replicas),
            Ok(None) => {
                return Ok(Err(format!("found no controllers for pod {:?}", pod.name())));
            }
            Err(message) => return Ok(Err(message)),
        };
    }
    Ok(Ok(scales.values().sum()))
}

/// The uid and the replicas of a controller, or of the Deployment that controls it.
fn scale_of(
    client: &mut Client<'_>,
    namespace: &str,
    manager: &Owner,
) -> Result<Result<Option<(String, i64)>, String>, Halt> {
    let (group, name) = (&*manager.kind.group, &*manager.kind.name);
    if matches!((group, name), ("apps", "DaemonSet") | ("batch", "Job" | "CronJob") | ("", "Node")) {
        let resource = format!("{}s", name.to_lowercase());
        let resource = if group.is_empty() { resource } else { format!("{resource}.{group}") };
        return Ok(Err(format!("{resource} does not implement the scale subresource")));
    }
    let found = get_replicas(client, namespace, manager)?;
    let Some(found) = found.filter(|found| found.uid() == &*manager.uid) else {
        return Ok(Ok(None));
    };
    let deployment = found
        .controller()
        .filter(|owner| (group, name) == ("apps", "ReplicaSet") && owner.kind.is("apps", "Deployment"));
    if let Some(owner) = deployment {
        let above = get_replicas(client, namespace, &owner)?;
        let above = above.filter(|above| above.uid() == &*owner.uid);
        return Ok(Ok(above.map(|above| (above.uid().to_owned(), above["spec"]["replicas"].count()))));
    }
    Ok(Ok(Some((found.uid().to_owned(), found["spec"]["replicas"].count()))))
}

/// The object behind a reference as far as it is looked at: owners and replicas.
fn get_replicas(client: &mut Client<'_>, namespace: &str, owner: &Owner) -> Result<Option<Object>, Halt> {
    let projection = Projection {
        name: "owners and replicas",
        args: Value::Null,
        of: |_, objects| Value::list(objects.iter().map(replicas_outline)),
        join: |_, left, right| read::concatenated(left, right),
    };
    let key = Key::new(owner.kind.clone(), namespace, &owner.name);
    let found = client.view(Scope::one(&key), projection)?;
    Ok(found.items().first().map(|value| Object(value.clone())))
}

fn replicas_outline(object: &Object) -> Value {
    Value::map()
        .with(&["metadata", "uid"], object.uid())
        .with(&["metadata", "ownerReferences"], object["metadata"]["ownerReferences"].clone())
        .with(&["spec", "replicas"], object["spec"]["replicas"].clone())
}
