//! Making and removing Pods, one after the other or all at once.
//!
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/statefulset/stateful_set_control.go>: `updateStatefulSet`.

use evenkeel_control::Client;
use evenkeel_object::Object;

use crate::batch;
use crate::template::{is_over, is_ready, phase};
use evenkeel_control::halt::Halt;

use super::history::Targets;
use super::member::{self, Replica, is_running_and_ready, is_unavailable};
use super::rollout;
use super::status::Draft;

/// Whether the reconcile goes on to the next Pod.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
    GoOn,
    Wait,
}

/// The Pods of a set by what is to become of them.
pub(super) struct Members {
    /// One for each number in range.
    pub(super) replicas: Vec<Replica>,
    /// Those whose number is out of range, the highest number first.
    condemned: Vec<Object>,
    /// Whether Pods are made and removed one at a time, each waiting for the one before (`OrderedReady`).
    is_ordered: bool,
}

/// Brings the number of Pods and then their revisions closer to what the set demands. `draft` ends up with the counts as they were seen.
pub(super) fn keep(
    client: &mut Client<'_>,
    set: &Object,
    targets: &Targets,
    pods: &[Object],
    draft: &mut Draft,
) -> Result<(), Halt> {
    let members = partition(set, targets, pods);
    if set.is_terminating() {
        return Ok(());
    }
    let next = keep_number(client, set, &members);
    draft.count(targets, &members.replicas, &members.condemned);
    if next? == Next::Wait || set["spec"]["updateStrategy"]["type"].text() == "OnDelete" {
        return Ok(());
    }
    rollout::advance(client, set, targets, &members.replicas, &mut draft.counts)
}

fn partition(set: &Object, targets: &Targets, pods: &[Object]) -> Members {
    let (start, count) = member::range(set);
    let in_range = |ordinal: i64| (start..start + count).contains(&ordinal);
    let mut condemned: Vec<(i64, Object)> = Vec::new();
    let mut present = std::collections::BTreeMap::new();
    for pod in pods {
        match member::ordinal_of(set, pod) {
            Some(ordinal) if in_range(ordinal) => {
                present.insert(ordinal, pod.clone());
            }
            Some(ordinal) => condemned.push((ordinal, pod.clone())),
            None => {}
        }
    }
    condemned.sort_by_key(|(ordinal, _)| std::cmp::Reverse(*ordinal));
    let replicas = (start..start + count).map(|ordinal| match present.remove(&ordinal) {
        Some(pod) => Replica { pod, exists: true },
        None => Replica { pod: member::new_pod(set, targets, ordinal), exists: false },
    });
    Members {
        replicas: replicas.collect(),
        condemned: condemned.into_iter().map(|(_, pod)| pod).collect(),
        is_ordered: set["spec"]["podManagementPolicy"].text() != "Parallel",
    }
}

fn keep_number(client: &mut Client<'_>, set: &Object, members: &Members) -> Result<Next, Halt> {
    if members.is_ordered {
        for replica in &members.replicas {
            if keep_replica(client, set, replica, true)? == Next::Wait {
                return Ok(Next::Wait);
            }
        }
        let first_unhealthy = first_unhealthy(members);
        for pod in &members.condemned {
            if remove(client, set, pod, Some(first_unhealthy))? == Next::Wait {
                return Ok(Next::Wait);
            }
        }
        return Ok(Next::GoOn);
    }
    let (replicas, condemned) = (&members.replicas, &members.condemned);
    batch::slow_start(replicas.len(), |index| keep_replica(client, set, &replicas[index], false).map(|_| ()))?;
    batch::slow_start(condemned.len(), |index| remove(client, set, &condemned[index], None).map(|_| ()))?;
    Ok(Next::GoOn)
}

/// The unavailable Pod with the lowest place, those in range first.
fn first_unhealthy(members: &Members) -> Option<&Object> {
    let in_range = members.replicas.iter().map(|replica| &replica.pod);
    in_range.chain(members.condemned.iter().rev()).find(|pod| is_unavailable(pod))
}

/// Makes or replaces one replica; in order, it also has to be ready before anything else is done.
fn keep_replica(client: &mut Client<'_>, set: &Object, replica: &Replica, is_ordered: bool) -> Result<Next, Halt> {
    let pod = &replica.pod;
    if is_over(pod) {
        if !pod.is_terminating() {
            client.because(format!("{} is {}, and {} wants it replaced", pod.key(), phase(pod), set.key()));
            member::delete(client, pod)?;
        }
        return Ok(Next::Wait);
    }
    if !replica.exists {
        create(client, set, pod)?;
        return Ok(if is_ordered { Next::Wait } else { Next::GoOn });
    }
    if phase(pod) == "Pending" {
        member::create_claims(client, set, pod)?;
    }
    if is_ordered && (pod.is_terminating() || !is_running_and_ready(pod) || !is_ready(pod)) {
        return Ok(Next::Wait);
    }
    let ordinal = member::ordinal_of(set, pod);
    if let Some(ordinal) = ordinal.filter(|ordinal| !member::is_in_order(set, pod, *ordinal)) {
        member::put_in_order(client, set, pod, ordinal)?;
    }
    Ok(Next::GoOn)
}

fn create(client: &mut Client<'_>, set: &Object, pod: &Object) -> Result<(), Halt> {
    member::create_claims(client, set, pod)?;
    client.because(format!("{} demands {} replicas, and {} is missing", set.key(), member::range(set).1, pod.name()));
    client.create(pod.clone())??;
    Ok(())
}

/// Removes one Pod that is too many. In order (`first_unhealthy` is given then) it waits until the Pods before it are well, unless it is the unwell one itself.
fn remove(
    client: &mut Client<'_>,
    set: &Object,
    pod: &Object,
    first_unhealthy: Option<Option<&Object>>,
) -> Result<Next, Halt> {
    if pod.is_terminating() {
        return Ok(match first_unhealthy {
            Some(_) => Next::Wait,
            None => Next::GoOn,
        });
    }
    if let Some(first) = first_unhealthy
        && !(is_running_and_ready(pod) && is_ready(pod))
        && first.is_none_or(|first| first.name() != pod.name())
    {
        return Ok(Next::Wait);
    }
    client.because(format!(
        "{} demands {} replicas, and {} is one too many",
        set.key(),
        member::range(set).1,
        pod.name()
    ));
    member::delete(client, pod)?;
    Ok(Next::Wait)
}
