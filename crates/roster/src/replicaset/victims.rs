//! Which Pods go when a ReplicaSet has too many.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use evenkeel_api::{Scope, Select};
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Key, Object, Selector, Value};

use crate::template::{is_active, is_ready, phase};
use crate::{nodes, pods};

/// How dispensable a Pod is, the most dispensable first.
///
/// The real one goes on to compare how long Pods have been ready, how often their containers were restarted and how old they are. Neither is in the model:
/// which of two Pods that are equal up to there goes is open.
///
/// Source: `ActivePodsWithRanks.Less`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    is_bound: bool,
    phase: u8,
    is_ready: bool,
    cost: i64,
    neighbours: Reverse<i64>,
}

/// The active Pods of a ReplicaSet.
pub(super) fn candidates(client: &mut Client<'_>, set: &Object) -> Result<Vec<Object>, Pause> {
    let mut pods = client.list(Scope::controlled_by(&pods::kind(), set))?;
    let selector = Selector::of(&set["spec"]["selector"]).unwrap_or_default();
    pods.retain(|pod| is_active(pod) && selector.matches(pod.labels()));
    Ok(pods)
}

/// Those of the Pods to delete, `count` of them.
///
/// Pods that differ in nothing but their names are alike: any of them go.
pub(super) fn chosen(client: &mut Client<'_>, set: &Object, pods: Vec<Object>, count: i64) -> Result<Vec<Key>, Pause> {
    let count = usize::try_from(count).unwrap_or(0);
    if count >= pods.len() {
        return Ok(pods.iter().map(Object::key).collect());
    }
    let neighbours = active_by_node(client, set)?;
    let mut ranked: BTreeMap<Rank, Vec<Object>> = BTreeMap::new();
    for pod in pods {
        ranked.entry(rank(&pod, &neighbours)).or_default().push(pod);
    }
    let mut chosen = Vec::new();
    for equals in ranked.into_values() {
        let missing = count - chosen.len();
        chosen.extend(some_of(client, &equals, missing)?);
    }
    Ok(chosen)
}

fn rank(pod: &Object, neighbours: &Value) -> Rank {
    let node = pods::node(pod).unwrap_or_default();
    let cost = pod.annotation("controller.kubernetes.io/pod-deletion-cost");
    Rank {
        is_bound: !node.is_empty(),
        phase: match phase(pod) {
            "Running" => 2,
            "Unknown" => 1,
            _ => 0,
        },
        is_ready: is_ready(pod),
        cost: cost.text().parse::<i32>().unwrap_or(0).into(),
        neighbours: Reverse(neighbours[node].count()),
    }
}

/// Up to `count` of the Pods, in every way that makes a difference: of each content a number, in the order of the contents.
fn some_of(client: &mut Client<'_>, pods: &[Object], count: usize) -> Result<Vec<Key>, Pause> {
    if pods.len() <= count {
        return Ok(pods.iter().map(Object::key).collect());
    }
    let mut contents: BTreeMap<Value, Vec<Key>> = BTreeMap::new();
    for pod in pods {
        contents.entry(pods::character(pod)).or_default().push(pod.key());
    }
    let mut groups: Vec<Vec<Key>> = contents.into_values().collect();
    let mut chosen = Vec::new();
    let mut first = 0;
    while chosen.len() < count {
        // Later contents only, so that no set of Pods is chosen twice; and not so late that there are too few left.
        let missing = count - chosen.len();
        let options: Vec<usize> = (first..groups.len())
            .filter(|&place| {
                let left: usize = groups[place..].iter().map(Vec::len).sum();
                !groups[place].is_empty() && left >= missing
            })
            .collect();
        first = options[client.choose(options.len())?];
        let alike = client.choose_alike(groups[first].len())?;
        chosen.push(groups[first].remove(alike));
    }
    Ok(chosen)
}

/// How many active Pods of the ReplicaSets with the same owner there are on each node.
///
/// Source: `getIndirectlyRelatedPods`, `getPodsRankedByRelatedPodsOnSameNode`.
fn active_by_node(client: &mut Client<'_>, set: &Object) -> Result<Value, Pause> {
    let mut sums = Value::map();
    let Some(owner) = set.controller() else {
        return Ok(sums);
    };
    let select = Select::ControlledBy { owner: Key::new(owner.kind, set.namespace(), &owner.name), uid: owner.uid };
    let related = client.list(Scope::all(&super::kind(), set.namespace()).select(select))?;
    for selector in related.iter().filter_map(|set| Selector::of(&set["spec"]["selector"])) {
        let scope = Scope::all(&pods::kind(), set.namespace()).select(Select::Labels(selector));
        let counts = client.view(scope, nodes::active_pods())?;
        sums = nodes::added(&sums, &counts);
    }
    Ok(sums)
}
