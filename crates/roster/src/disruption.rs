//! The disruption controller: keeps up the status of PodDisruptionBudgets, on which evictions hang.
//!
//! Left out: that an entry of `disruptedPods` is given up after two minutes without the Pod being deleted, and that a Pod's condition
//! `DisruptionTarget` is cleared after as long. Of the kinds that are not built in, `spec.replicas` is taken for the scale.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/disruption/disruption.go>.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_api::{Projection, Read, Scope, Select, read};
use evenkeel_control::{Client, Controller, Done, Event, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Owner, Selector, Value, json};

use crate::halt::{Halt, ended};
use crate::pods;
use crate::rounding::{Rounding, scaled};
use crate::template::is_ready;

/// The disruption controller.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disruptions;

fn kind() -> Kind {
    Kind::new("policy", "PodDisruptionBudget")
}

/// Without a selector it chooses nothing, with an empty one everything.
fn selector_of(budget: &Object) -> Option<Selector> {
    let selector = &budget["spec"]["selector"];
    if selector.is_null() { None } else { Selector::of(selector) }
}

impl Controller for Disruptions {
    fn name(&self) -> &str {
        "disruption-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    /// Changes of the controllers whose replicas are counted wake nobody.
    fn wakes(&self) -> Wakes {
        Wakes::On(vec![kind(), pods::kind()])
    }

    /// A Pod wakes only one of the budgets that select it; the others are not told. Which one is arbitrary in the real controller (the order of a
    /// Go map), here it is the first by name.
    fn woken(&self, event: &Event, store: &mut dyn Read) -> Vec<Key> {
        let object = event.object();
        if object.kind() == kind() {
            return vec![object.key()];
        }
        let budgets = store.list(Scope::all(&kind(), object.namespace()));
        let first = budgets.iter().find(|budget| {
            selector_of(budget).is_some_and(|selector| selector.matches(object.labels()))
        });
        first.map(Object::key).into_iter().collect()
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(sync(client, key))
    }
}

fn sync(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    let Some(budget) = client.get(key)? else {
        return Ok(());
    };
    let pods = match selector_of(&budget) {
        Some(selector) => selected(client, &budget, selector)?,
        None => Vec::new(),
    };
    let status = match expected(client, &budget, &pods)? {
        Ok((expected, desired)) => status(&budget, &pods, expected, desired),
        Err(message) => failed(&budget, &message),
    };
    if status == budget["status"] {
        return Ok(());
    }
    client.because(format!("the status of {key} follows the Pods that it selects"));
    let mut updated = budget.clone();
    updated.set(&["status"], status);
    match client.update_status(updated)? {
        Err(refusal) if refusal.is_conflict() => Err(refusal.into()),
        Err(refusal) => {
            let mut updated = budget.clone();
            updated.set(&["status"], failed(&budget, &refusal.message));
            client.update_status(updated)??;
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

/// The Pods as far as they are looked at: owners, deletion, readiness.
fn selected(
    client: &mut Client<'_>,
    budget: &Object,
    selector: Selector,
) -> Result<Vec<Object>, Halt> {
    let projection = Projection {
        name: "disrupted Pods",
        args: Value::Null,
        of: |_, pods| Value::list(pods.iter().map(outline)),
        join: |_, left, right| read::concatenated(left, right),
    };
    let scope = Scope::all(&pods::kind(), budget.namespace()).select(Select::Labels(selector));
    Ok(read::sorted(&client.view(scope, projection)?))
}

fn outline(pod: &Object) -> Value {
    let mut outline = Object::new("v1", &pod.key());
    for field in ["ownerReferences", "deletionTimestamp"] {
        let value = &pod["metadata"][field];
        if !value.is_null() {
            outline.set(&["metadata", field], value.clone());
        }
    }
    if is_ready(pod) {
        outline.set(&["status", "conditions"], Value::from(json!([{"type": "Ready", "status": "True"}])));
    }
    outline.0
}

/// How many Pods are expected, and how many must be healthy; or why that cannot be said.
///
/// `getExpectedPodCount`. A percentage is rounded up.
fn expected(
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
fn scale(
    client: &mut Client<'_>,
    namespace: &str,
    pods: &[Object],
) -> Result<Result<i64, String>, Halt> {
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
            Ok(None) => return Ok(Err(format!("found no controllers for pod {:?}", pod.name()))),
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
    let deployment = found.controller().filter(|owner| (group, name) == ("apps", "ReplicaSet") && owner.kind.is("apps", "Deployment"));
    if let Some(owner) = deployment {
        let above = get_replicas(client, namespace, &owner)?;
        let above = above.filter(|above| above.uid() == &*owner.uid);
        return Ok(Ok(above.map(|above| (above.uid().to_owned(), above["spec"]["replicas"].count()))));
    }
    Ok(Ok(Some((found.uid().to_owned(), found["spec"]["replicas"].count()))))
}

/// The object behind a reference as far as it is looked at: owners and replicas.
fn get_replicas(
    client: &mut Client<'_>,
    namespace: &str,
    owner: &Owner,
) -> Result<Option<Object>, Halt> {
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

fn status(budget: &Object, pods: &[Object], expected: i64, desired: i64) -> Value {
    let before = &budget["status"];
    let alive = || pods.iter().filter(|pod| !pod.is_terminating());
    let disrupted: Vec<(&str, Value)> = alive()
        .filter_map(|pod| Some((pod.name(), before["disruptedPods"].get(pod.name())?.clone())))
        .collect();
    let is_disrupted = |pod: &Object| disrupted.iter().any(|(name, _)| *name == pod.name());
    let healthy = alive().filter(|pod| !is_disrupted(pod) && is_ready(pod)).count();
    let healthy = i64::try_from(healthy).expect("a count of Pods fits");
    let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
    let generation = &budget["metadata"]["generation"];
    let mut status = Value::from(json!({
        "currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected, "disruptionsAllowed": allowed,
    }));
    if !disrupted.is_empty() {
        status.set(&["disruptedPods"], Value::fields(disrupted));
    }
    let (value, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let condition = condition(value, reason, "", generation);
    if !generation.is_null() {
        status.set(&["observedGeneration"], generation.clone());
    }
    status.with(&["conditions"], with_condition(&before["conditions"], condition))
}

/// The status that allows nothing, as the scale could not be found out.
fn failed(budget: &Object, message: &str) -> Value {
    let before = &budget["status"];
    let mut status = before.clone();
    for field in ["currentHealthy", "desiredHealthy", "expectedPods"] {
        status.set(&[field], before[field].count());
    }
    status.set(&["disruptionsAllowed"], 0);
    let condition = condition("False", "SyncFailed", message, &before["observedGeneration"]);
    status.with(&["conditions"], with_condition(&before["conditions"], condition))
}

fn condition(value: &str, reason: &str, message: &str, generation: &Value) -> Value {
    let mut condition = Value::from(
        json!({"type": "DisruptionAllowed", "status": value, "reason": reason, "message": message}),
    );
    if !generation.is_null() {
        condition.set(&["observedGeneration"], generation.clone());
    }
    condition
}

fn with_condition(before: &Value, condition: Value) -> Value {
    let mut conditions = before.items().to_vec();
    match conditions.iter().position(|other| other["type"] == condition["type"]) {
        Some(place) => conditions[place] = condition,
        None => conditions.push(condition),
    }
    conditions.into()
}

#[cfg(test)]
mod tests {
    use super::{Disruptions, kind};
    use crate::stage::Stage;
    use evenkeel_control::{Controller, Event};
    use evenkeel_object::{Key, Object, Value, json};

    fn budget(name: &str, spec: serde_json::Value) -> serde_json::Value {
        let mut spec = spec;
        spec["selector"] = json!({"matchLabels": {"app": "web"}});
        json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": {"name": name, "namespace": "default", "generation": 1}, "spec": spec})
    }

    fn pod(name: &str, ready: bool, owner: Option<(&str, &str)>) -> serde_json::Value {
        let owners: Vec<_> = owner
            .map(|(kind, name)| {
                json!({"apiVersion": if kind == "Job" { "batch/v1" } else { "apps/v1" }, "kind": kind, "name": name,
                    "uid": format!("{kind}/default/{name}#0"), "controller": true})
            })
            .into_iter()
            .collect();
        let status = if ready { "True" } else { "False" };
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}, "ownerReferences": owners},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": status}]}})
    }

    fn scalable(kind: &str, name: &str, replicas: i64, owner: Option<&str>) -> serde_json::Value {
        let mut object = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "default"}, "spec": {"replicas": replicas}});
        if let Some(owner) = owner {
            object["metadata"]["ownerReferences"] =
                json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": owner, "uid": format!("Deployment/default/{owner}#0"), "controller": true}]);
        }
        object
    }

    fn status(stage: &mut Stage, name: &str) -> Value {
        let key = Key::new(kind(), "default", name);
        stage.reconcile(&Disruptions, &key);
        assert!(stage.reconcile(&Disruptions, &key).is_empty(), "it says the same twice");
        stage.get(("policy", "PodDisruptionBudget"), name)["status"].clone()
    }

    #[test]
    fn a_minimum_counts_the_pods_that_are_there() {
        let mut stage = Stage::of([
            budget("p", json!({"minAvailable": 2})),
            pod("a", true, None),
            pod("b", true, None),
            pod("c", false, None),
        ]);
        let expect = json!({
            "conditions": [{"type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods", "message": "", "observedGeneration": 1}],
            "currentHealthy": 2, "desiredHealthy": 2, "disruptionsAllowed": 0, "expectedPods": 3, "observedGeneration": 1,
        });
        assert_eq!(status(&mut stage, "p"), Value::from(expect));
    }

    #[test]
    fn a_maximum_counts_what_the_deployment_asks_for() {
        let mut stage = Stage::of([
            budget("p", json!({"maxUnavailable": "25%"})),
            scalable("Deployment", "web", 5, None),
            scalable("ReplicaSet", "web-1", 4, Some("web")),
            pod("a", true, Some(("ReplicaSet", "web-1"))),
        ]);
        let status = status(&mut stage, "p");
        assert_eq!([status["expectedPods"].count(), status["desiredHealthy"].count()], [5, 3]);
    }

    #[test]
    fn without_a_scale_nothing_is_allowed_and_the_condition_says_why() {
        let mut stage = Stage::of([budget("p", json!({"maxUnavailable": 1})), pod("a", true, Some(("Job", "j")))]);
        let status = status(&mut stage, "p");
        assert_eq!(status["conditions"][0]["message"].text(), "jobs.batch does not implement the scale subresource");
        assert_eq!(status["disruptionsAllowed"].count(), 0);
    }

    #[test]
    fn of_two_budgets_on_the_same_pods_only_one_is_woken() {
        let mut stage = Stage::of([budget("p1", json!({})), budget("p2", json!({}))]);
        let event = Event { before: None, after: Some(Object::from(pod("a", true, None))) };
        assert_eq!(Disruptions.woken(&event, &mut stage.memory), [Key::new(kind(), "default", "p1")]);
    }

    #[test]
    fn a_pod_that_was_evicted_does_not_count_as_healthy() {
        let mut guarded = budget("p", json!({"minAvailable": 1}));
        guarded["status"] = json!({"disruptedPods": {"a": "1970-01-01T00:00:00Z", "gone": "1970-01-01T00:00:00Z"}});
        let mut stage = Stage::of([guarded, pod("a", true, None), pod("b", true, None)]);
        let status = status(&mut stage, "p");
        assert_eq!(status["currentHealthy"].count(), 1);
        assert_eq!(status["disruptedPods"], Value::from(json!({"a": "1970-01-01T00:00:00Z"})));
    }
}
