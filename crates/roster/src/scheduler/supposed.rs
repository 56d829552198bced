//! What would be if other Pods were on a node: the filters, asked about Pods that are only thought of.

use evenkeel_api::{Projection, Question, Request, Scope, read};
use evenkeel_control::{Answer, Client, Link, Pause};
use evenkeel_object::{Object, Value};

use super::sieve::{Asked, Sieved};
use crate::pods;
use crate::template::is_over;

/// What matters of a Pod to filters: where it is, its labels, and what it asks for.
const SEEN: [&[&str]; 8] = [
    &["apiVersion"],
    &["kind"],
    &["metadata", "namespace"],
    &["metadata", "name"],
    &["metadata", "labels"],
    &["metadata", "deletionTimestamp"],
    &["spec"],
    &["status", "nominatedNodeName"],
];

/// The Pods that are on nodes and have not ended.
pub(super) fn bound(client: &mut Client<'_>) -> Result<Vec<Object>, Pause> {
    seen(client, "bound Pods", |_, pods| {
        Value::list(pods.iter().filter(|pod| pods::node(pod).is_some() && !is_over(pod)).map(outline))
    })
}

/// The Pods that wait for room that was made for them.
pub(super) fn nominated(client: &mut Client<'_>) -> Result<Vec<Object>, Pause> {
    seen(client, "nominated Pods", |_, pods| {
        let waits = |pod: &&Object| pods::node(pod).is_none() && !is_over(pod) && !nomination(pod).is_empty();
        Value::list(pods.iter().filter(waits).map(outline))
    })
}

fn seen(client: &mut Client<'_>, name: &'static str, of: fn(&Value, &[Object]) -> Value) -> Result<Vec<Object>, Pause> {
    let join = |_: &Value, left: &Value, right: &Value| read::concatenated(left, right);
    let projection = Projection { name, args: Value::Null, of, join };
    Ok(read::sorted(&client.view(Scope::everywhere(&pods::kind()), projection)?))
}

fn outline(pod: &Object) -> Value {
    let mut outline = Value::map();
    for path in SEEN.iter().filter(|path| !pod.at(path).is_null()) {
        outline.set(path, pod.at(path).clone());
    }
    outline
}

/// The node on which room was made for the Pod; the empty text if on none.
pub(super) fn nomination(pod: &Object) -> &str {
    pod["status"]["nominatedNodeName"].text()
}

/// Those of `nominated` that wait for room on a node and that the Pod has to yield to, as if they were there.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/runtime/framework.go#L1325>: `addGENominatedPods`
pub(super) fn ahead(pod: &Object, node: &Object, nominated: &[Object]) -> Vec<Object> {
    let yields_to = |other: &&Object| {
        nomination(other) == node.name()
            && pods::priority(other) >= pods::priority(pod)
            && (other.namespace(), other.name()) != (pod.namespace(), pod.name())
    };
    let placed = |other: &Object| Object(other.0.clone().with(&["spec", "nodeName"], node.name()));
    nominated.iter().filter(yields_to).map(placed).collect()
}

/// Whether a node could take the Pod if `there` were the Pods on all nodes: both with those that are `ahead` of it and without them.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/runtime/framework.go#L1275>: `RunFilterPluginsWithNominatedPods`
pub(super) fn sieved(
    client: &mut Client<'_>,
    asked: &Asked<'_>,
    node: &Object,
    there: &[Object],
    ahead: &[Object],
) -> Result<Sieved, Pause> {
    if !ahead.is_empty() {
        let all = [there, ahead].concat();
        let sieved = asked.sieved_among(client, node, all)?;
        if sieved.open.is_empty() {
            return Ok(sieved);
        }
    }
    asked.sieved_among(client, node, there.to_vec())
}

impl Asked<'_> {
    fn sieved_among(&self, client: &mut Client<'_>, node: &Object, mut pods: Vec<Object>) -> Result<Sieved, Pause> {
        pods.sort_by_cached_key(Object::key);
        let mut supposed = Supposed { client, pods };
        self.sieved(&mut Client::new(&mut supposed, ""), vec![node.clone()])
    }
}

/// A world with other Pods in it.
struct Supposed<'s, 'l> {
    client: &'s mut Client<'l>,
    pods: Vec<Object>,
}

impl Link for Supposed<'_, '_> {
    fn read(&mut self, question: &Question) -> Result<Value, Pause> {
        let Question { scope, projection } = question;
        if scope.kind != Some(pods::kind()) {
            return self.client.view(scope.clone(), projection.clone());
        }
        let found: Vec<Object> = self.pods.iter().filter(|pod| scope.matches(pod)).cloned().collect();
        Ok((projection.of)(&projection.args, &found))
    }

    fn write(&mut self, _: &Request) -> Result<Answer, Pause> {
        unreachable!("a filter only reads")
    }

    fn choose(&mut self, _: usize) -> Result<usize, Pause> {
        unreachable!("a filter has no choice")
    }

    fn note(&mut self, _: &str) {}
}
