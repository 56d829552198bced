//! The disruption controller: keeps up the status of PodDisruptionBudgets, on which evictions hang.
//!
//! Left out: that an entry of `disruptedPods` is given up after two minutes without the Pod being deleted, and that a Pod's condition
//! `DisruptionTarget` is cleared after as long. Of the kinds that are not built in, `spec.replicas` is taken for the scale.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/disruption/disruption.go>.

mod expected;
#[cfg(test)]
mod tests;

use evenkeel_api::{Projection, Read, Scope, Select, read};
use evenkeel_control::{Client, Controller, Done, Event, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Selector, Value, json};

use crate::pods;
use crate::template::is_ready;
use evenkeel_control::halt::{Halt, ended};

use expected::expected;

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
        let budgets = store.list_specified(Scope::all(&kind(), object.namespace()));
        let first =
            budgets.iter().find(|budget| selector_of(budget).is_some_and(|selector| selector.matches(object.labels())));
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
fn selected(client: &mut Client<'_>, budget: &Object, selector: Selector) -> Result<Vec<Object>, Halt> {
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

fn status(budget: &Object, pods: &[Object], expected: i64, desired: i64) -> Value {
    let before = &budget["status"];
    let alive = || pods.iter().filter(|pod| !pod.is_terminating());
    let disrupted: Vec<(&str, Value)> =
        alive().filter_map(|pod| Some((pod.name(), before["disruptedPods"].get(pod.name())?.clone()))).collect();
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
    let mut condition =
        Value::from(json!({"type": "DisruptionAllowed", "status": value, "reason": reason, "message": message}));
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
