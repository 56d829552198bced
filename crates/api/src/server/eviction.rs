//! `pods/…/eviction`: a deletion that disruption budgets may refuse.

use evenkeel_object::{Kind, Object, Selector, Value, json};

use super::delete::{self, Fate, Options};
use super::metadata::NOW;
use super::subresources::set_condition;
use super::{Call, admission, metadata, no_such_resource, update};
use crate::read::{concatenated, sorted};
use crate::{Cause, Outcome, Projection, Question, Read, Reason, Scope, Status, Write};

const REFUSAL: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

/// Evicts the Pod. The answer is the Pod as it is now.
///
/// The Pod's condition and its deletion are two writes in a cluster; here they are one, and the status between them is never seen.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/pod/storage/eviction.go: Create
pub(crate) fn evict(call: &mut Call<'_>, body: &Object) -> Result<Outcome, Status> {
    if !call.resource.kind.is("", "Pod") {
        return Err(no_such_resource());
    }
    admission::mutated(call, None, body.clone())?;
    admission::validated(call, None, body)?;
    let pod = call.stored()?;
    update::unconflicted(call)?;
    let mut writes = Vec::new();
    if !is_expendable(&pod) {
        writes.extend(charged(call.store, &pod)?);
    }
    let mut target = pod.clone();
    let condition = json!({
        "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting",
    });
    set_condition(&mut target, Value::from(condition));
    let after = match delete::deleted(call, &target, &Options::of(&body["deleteOptions"]))? {
        Fate::Unchanged => Some(target),
        Fate::Kept(after) => Some(after),
        Fate::Gone => None,
    };
    let after = after.map(metadata::renumbered);
    if after.as_ref() != Some(&pod) {
        let key = call.request.key.clone();
        let after = after.clone();
        writes.insert(0, Write { key, after });
    }
    Ok(Outcome { answer: Ok(after.unwrap_or(pod)), writes })
}

/// Whether nobody would miss it.
fn is_expendable(pod: &Object) -> bool {
    pod.is_terminating() || matches!(pod["status"]["phase"].text(), "Succeeded" | "Failed" | "Pending")
}

/// Charges the budget of a Pod, or refuses.
fn charged(store: &mut dyn Read, pod: &Object) -> Result<Option<Write>, Status> {
    let budgets = budgets(store, pod);
    let budget = match budgets.as_slice() {
        [] => return Ok(None),
        [budget] => budget,
        _ => {
            return Err(Status::new(
                Reason::InternalError,
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            ));
        }
    };
    let status = &budget["status"];
    let (healthy, desired) = (status["currentHealthy"].count(), status["desiredHealthy"].count());
    if !pod.is_condition_true("Ready") {
        let is_free = budget["spec"]["unhealthyPodEvictionPolicy"].text() == "AlwaysAllow";
        if is_free || healthy >= desired && desired > 0 {
            return Ok(None);
        }
    }
    let is_behind = status["observedGeneration"].count() < budget["metadata"]["generation"].count();
    let allowed = status["disruptionsAllowed"].count();
    if is_behind || allowed <= 0 {
        return Err(refused(budget, is_behind, healthy, desired));
    }
    Ok(Some(Write { key: budget.key(), after: Some(decremented(budget, pod, allowed - 1)) }))
}

fn refused(budget: &Object, is_behind: bool, healthy: i64, desired: i64) -> Status {
    let name = budget.name();
    let condition = budget.condition("DisruptionAllowed");
    let message = if is_behind {
        format!("The disruption budget {name} is still being processed by the server.")
    } else if condition["reason"].text() == "SyncFailed" {
        let why = condition["message"].text();
        format!("The disruption budget {name} does not allow evicting pods currently because it failed sync: {why}")
    } else if healthy <= desired {
        format!("The disruption budget {name} needs {desired} healthy pods and has {healthy} currently")
    } else {
        format!("The disruption budget {name} does not allow evicting pods currently")
    };
    let cause = Cause { reason: "DisruptionBudget".to_owned(), field: String::new(), message };
    Status::new(Reason::TooManyRequests, REFUSAL).with_causes(vec![cause])
}

fn decremented(budget: &Object, pod: &Object, allowed: i64) -> Object {
    let mut after = budget.clone();
    after.set(&["status", "disruptionsAllowed"], allowed);
    after.set(&["status", "disruptedPods", pod.name()], NOW);
    if allowed == 0 {
        let mut condition = Value::from(json!({
            "type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods", "message": "",
        }));
        let observed = budget["status"]["observedGeneration"].count();
        if observed != 0 {
            condition.set(&["observedGeneration"], observed);
        }
        set_condition(&mut after, condition);
    }
    metadata::renumbered(after)
}

/// The budgets that choose a Pod.
fn budgets(store: &mut dyn Read, pod: &Object) -> Vec<Object> {
    let kind = Kind::new("policy", "PodDisruptionBudget");
    let answer = store.ask(&Question {
        scope: Scope::all(&kind, pod.namespace()),
        projection: Projection {
            name: "disruption budgets of a pod",
            args: pod.labels().clone(),
            of: |labels, objects| {
                let chooses = |budget: &&Object| {
                    let selector = &budget["spec"]["selector"];
                    // No selector chooses nothing, an empty one everything.
                    !selector.is_null() && Selector::of(selector).is_some_and(|selector| selector.matches(labels))
                };
                Value::list(objects.iter().filter(chooses).map(|o| o.0.clone()))
            },
            join: |_, left, right| concatenated(left, right),
        },
    });
    sorted(&answer)
}
