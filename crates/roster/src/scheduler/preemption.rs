//! How a Pod that fits nowhere makes room for itself, at the cost of less important ones.
//!
//! Sources: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/preemption/preemption.go> (`evaluate`, `findCandidates`),
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/preemption/executor.go> (what is done then), and
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go>.
//!
//! Where the real choice hangs on when Pods started, or on chance, every outcome is possible. Left out: extenders, groups of Pods, Pods that the scheduler
//! has placed and not bound yet (it binds a Pod in the step in which it places it), Pods that are resized where they are, and that of more than a hundred nodes
//! only some are tried.

use evenkeel_api::{Projection, Scope, read};
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Object, Value, json};

use super::sieve::{Asked, Sieved};
use super::victims::{self, Candidate, Scene};
use super::{budgets, is_to_be_scheduled, supposed};
use crate::template::is_over;
use crate::{batch, condition, pods};
use evenkeel_control::halt::Halt;

/// Why Pods that were thrown out are deleted.
const REASON: &str = "PreemptionByScheduler";

/// What can be done for a Pod that fits nowhere.
pub(super) enum Way {
    /// Nothing now: the Pod must not throw others out, or waits for those that it has thrown out. What room is meant for it stays so.
    Wait,
    /// Nothing: it would not help to throw others out.
    None,
    /// These go, and the Pod comes in their place.
    Room(Room),
}

/// The node on which room is made, and who has to go, the most important first.
pub(super) struct Room {
    pub(super) node: String,
    victims: Vec<Object>,
}

/// Whether a more important Pod is there that was not tried yet. It comes out of the queue first. (Of those that were tried and failed, nobody knows which
/// is tried again first: each waits for some time.)
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/plugins/queuesort/priority_sort.go#L43>: `Less`
pub(super) fn is_behind(client: &mut Client<'_>, pod: &Object) -> Result<bool, Pause> {
    let projection = Projection {
        name: "whether more important Pods were not tried",
        args: Value::Int(pods::priority(pod)),
        of: |priority, pods| {
            let is_first = |pod: &Object| {
                pods::priority(pod) > priority.count()
                    && is_to_be_scheduled(pod)
                    && pod.condition("PodScheduled").is_null()
            };
            Value::Bool(pods.iter().any(is_first))
        },
        join: |_, left, right| Value::Bool(left.is_true() || right.is_true()),
    };
    Ok(client.view(Scope::everywhere(&pods::kind()), projection)?.is_true())
}

/// Takes away the nodes on which there is room only as long as others do not come for whom it was made. A node on which it was made for the Pod itself is the
/// only one that counts, if it can take it.
pub(super) fn respect(client: &mut Client<'_>, asked: &Asked<'_>, sieved: &mut Sieved) -> Result<(), Pause> {
    let nominated = if sieved.open.is_empty() { Vec::new() } else { supposed::nominated(client)? };
    for node in std::mem::take(&mut sieved.open) {
        let ahead = supposed::ahead(asked.pod, &node, &nominated);
        if ahead.is_empty() {
            sieved.open.push(node);
            continue;
        }
        let bound = supposed::bound(client)?;
        let beside = supposed::sieved(client, asked, &node, &bound, &ahead)?;
        sieved.open.extend(beside.open);
        sieved.blocked.extend(beside.blocked);
        sieved.reasons.extend(beside.reasons);
    }
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/schedule_one.go#L668
    let own = supposed::nomination(asked.pod);
    if sieved.open.iter().any(|node| node.name() == own) {
        sieved.open.retain(|node| node.name() == own);
    }
    Ok(())
}

/// Finds out what can be done for a Pod, given the nodes that perhaps could take it if others were not there.
pub(super) fn way(client: &mut Client<'_>, asked: &Asked<'_>, blocked: &[Object]) -> Result<Way, Pause> {
    if asked.pod["spec"]["preemptionPolicy"].text() == "Never" {
        return Ok(Way::Wait);
    }
    let lesser = lesser(client, pods::priority(asked.pod))?;
    if waits_for_victims(asked.pod, blocked, &lesser) {
        return Ok(Way::Wait);
    }
    if blocked.is_empty() || lesser.is_empty() {
        return Ok(Way::None);
    }
    let mut options = options(client, asked, blocked, &lesser)?;
    if options.is_empty() {
        return Ok(Way::None);
    }
    let place = client.choose(options.len())?;
    Ok(Way::Room(room(client, options.swap_remove(place))?))
}

/// The Pods of lower priority that are on nodes and have not ended.
fn lesser(client: &mut Client<'_>, priority: i64) -> Result<Vec<Object>, Pause> {
    let projection = Projection {
        name: "bound Pods of lower priority",
        args: Value::Int(priority),
        of: |priority, pods| {
            let is_lesser =
                |pod: &&Object| pods::node(pod).is_some() && !is_over(pod) && pods::priority(pod) < priority.count();
            Value::list(pods.iter().filter(is_lesser).map(|pod| pod.0.clone()))
        },
        join: |_, left, right| read::concatenated(left, right),
    };
    Ok(read::sorted(&client.view(Scope::everywhere(&pods::kind()), projection)?))
}

/// Whether Pods are still going from the node on which room was made for the Pod. If nothing that goes from there could help it, it does not wait.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go#L451>:
/// `PodEligibleToPreemptOthers`
fn waits_for_victims(pod: &Object, blocked: &[Object], lesser: &[Object]) -> bool {
    let own = supposed::nomination(pod);
    let is_going = |other: &Object| {
        let condition = other.condition("DisruptionTarget");
        other.is_terminating() && condition["status"].text() == "True" && condition["reason"].text() == REASON
    };
    blocked.iter().any(|node| node.name() == own)
        && lesser.iter().any(|other| pods::node(other) == Some(own) && is_going(other))
}

/// The candidates of which each can be the best: on no other node is something better to be had in any case.
fn options(
    client: &mut Client<'_>,
    asked: &Asked<'_>,
    blocked: &[Object],
    lesser: &[Object],
) -> Result<Vec<Candidate>, Pause> {
    let (bound, nominated) = (supposed::bound(client)?, supposed::nominated(client)?);
    let budgets = budgets::found(client)?;
    let mut by_node = Vec::new();
    for node in blocked {
        let scene = Scene {
            node,
            bound: &bound,
            may_go: lesser.iter().filter(|pod| pods::node(pod) == Some(node.name())).cloned().collect(),
            ahead: supposed::ahead(asked.pod, node, &nominated),
            budgets: &budgets,
        };
        by_node.push(victims::candidates(client, asked, &scene)?);
    }
    // What a node costs at worst.
    let most = by_node.iter().filter_map(|candidates| candidates.iter().map(Candidate::price).max());
    let limit = most.min();
    Ok(by_node.into_iter().flatten().filter(|candidate| Some(candidate.price()) <= limit).collect())
}

/// Of Pods that are alike as many as have to go.
fn room(client: &mut Client<'_>, candidate: Candidate) -> Result<Room, Pause> {
    let mut victims = Vec::new();
    for (mut alike, count) in candidate.victims {
        for _ in 0..count {
            let place = client.choose_alike(alike.len())?;
            victims.push(alike.remove(place));
        }
    }
    Ok(Room { node: candidate.node, victims })
}

impl Room {
    /// Throws out who has to go. Less important Pods for which room was meant on this node look for another.
    ///
    /// The real one does all of them at the same time but the last, which it leaves out if one of the others was refused; then the Pod is tried again.
    pub(super) fn make(self, client: &mut Client<'_>, pod: &Object) -> Result<(), Halt> {
        let mut going: Vec<Object> = self.victims.into_iter().filter(|victim| !victim.is_terminating()).collect();
        let Some(last) = going.pop() else {
            return Ok(());
        };
        client.because(format!("{} is more important, and fits nowhere", pod.key()));
        let nominated = supposed::nominated(client)?;
        let has_to_yield =
            |other: &&Object| supposed::nomination(other) == self.node && pods::priority(other) < pods::priority(pod);
        for other in nominated.iter().filter(has_to_yield) {
            let patch = Value::map().with(&["status", "nominatedNodeName"], Value::Null);
            // That this is refused is not looked at.
            let _ = client.patch_status(&other.key(), patch)?;
        }
        batch::all(&going, |victim| thrown_out(client, victim))?;
        thrown_out(client, &last)
    }
}

/// Marks a Pod as disrupted and deletes it. That it is gone already is as good.
fn thrown_out(client: &mut Client<'_>, victim: &Object) -> Result<(), Halt> {
    let mut mark = Value::from(json!({
        "type": "DisruptionTarget", "status": "True", "reason": REASON,
        "message": "default-scheduler: preempting to accommodate a higher priority pod",
    }));
    let generation = &victim["metadata"]["generation"];
    if !generation.is_null() {
        mark.set(&["observedGeneration"], generation.clone());
    }
    if *victim.condition("DisruptionTarget") != mark {
        let mut status = victim["status"].clone();
        condition::replace(&mut status, mark);
        let conditions = status["conditions"].clone();
        match client.patch_status(&victim.key(), Value::map().with(&["status", "conditions"], conditions))? {
            Err(refusal) if refusal.is_not_found() => return Ok(()),
            answer => answer?,
        };
    }
    match client.delete(&victim.key())? {
        Err(refusal) if !refusal.is_not_found() => Err(refusal.into()),
        _ => Ok(()),
    }
}
