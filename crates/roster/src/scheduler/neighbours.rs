//! Which nodes other Pods keep a Pod from, or draw it to: required affinity and anti-affinity between Pods.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/plugins/interpodaffinity/filtering.go>. Left out: `matchLabelKeys`
//! and `mismatchLabelKeys` (the API server writes what they mean into the selector).

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_api::{Projection, Scope, Select};
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Key, Kind, Object, Selector, Value};

use super::AntiAffinity;
use super::sieve::Objection;
use crate::pods;
use crate::template::is_over;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

/// Where the Pod may be as far as other Pods are concerned.
pub(super) struct Neighbours {
    /// A Pod that is wanted near must be in one of these domains, for each term.
    near: Vec<Domains>,
    /// Neither may a Pod that is not wanted near be in one of these,
    far: Vec<Domains>,
    /// nor a Pod that does not want this one near.
    shunned: Vec<Domains>,
}

/// Nodes that have one of these values of a label.
struct Domains {
    label: Arc<str>,
    values: BTreeSet<Arc<str>>,
    /// Whether every value will do.
    is_open: bool,
}

impl Domains {
    fn hold(&self, node: &Object) -> bool {
        let value = node.labels()[&*self.label].as_str();
        value.is_some_and(|value| self.is_open || self.values.contains(value))
    }
}

impl Neighbours {
    /// Why the node is not for the Pod.
    pub(super) fn obstacle(&self, node: &Object) -> Option<Objection> {
        if !self.near.iter().all(|domains| domains.hold(node)) {
            return Some(Objection::lasting("node(s) didn't match pod affinity rules"));
        }
        let reason = if self.far.iter().any(|domains| domains.hold(node)) {
            "node(s) didn't match pod anti-affinity rules"
        } else if self.shunned.iter().any(|domains| domains.hold(node)) {
            "node(s) didn't satisfy existing pods anti-affinity rules"
        } else {
            return None;
        };
        Some(Objection::passing(reason))
    }
}

/// Finds out what other Pods mean for a Pod.
pub(super) fn found(
    client: &mut Client<'_>,
    whose: AntiAffinity,
    pod: &Object,
    nodes: &[Object],
) -> Result<Neighbours, Pause> {
    let affinity = &pod["spec"]["affinity"];
    let mut far = Vec::new();
    for term in affinity["podAntiAffinity"][REQUIRED].items() {
        let around = nodes_with(client, pod, &[term])?;
        far.push(domains(term, &around, nodes));
    }
    Ok(Neighbours {
        near: near(client, pod, affinity["podAffinity"][REQUIRED].items(), nodes)?,
        far,
        shunned: match whose {
            AntiAffinity::Mutual => shunned(client, pod, nodes)?,
            AntiAffinity::Own => Vec::new(),
        },
    })
}

/// A Pod is drawn by those that match all of its terms. The first of a group has nobody to be drawn by: it may go anywhere if it matches them itself.
fn near(client: &mut Client<'_>, pod: &Object, terms: &[Value], nodes: &[Object]) -> Result<Vec<Domains>, Pause> {
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let all: Vec<&Value> = terms.iter().collect();
    let around = nodes_with(client, pod, &all)?;
    let mut near: Vec<Domains> = terms.iter().map(|term| domains(term, &around, nodes)).collect();
    let is_first = around.is_empty()
        && terms.iter().all(|term| {
            let own = places(term, pod.namespace(), &[]);
            is_meant(term, &own, pod)
        });
    near.iter_mut().for_each(|domains| domains.is_open = is_first);
    Ok(near)
}

/// The domains of a term around these nodes.
fn domains(term: &Value, around: &BTreeSet<Arc<str>>, nodes: &[Object]) -> Domains {
    let label = term["topologyKey"].text();
    let values = nodes
        .iter()
        .filter(|node| around.contains(node.name()))
        .filter_map(|node| node.labels()[label].as_str().map(Arc::from));
    Domains { label: label.into(), values: values.collect(), is_open: false }
}

/// The nodes that have a Pod that all of the terms mean.
fn nodes_with(client: &mut Client<'_>, pod: &Object, terms: &[&Value]) -> Result<BTreeSet<Arc<str>>, Pause> {
    let mut args = Vec::new();
    for term in terms {
        let selected = selected_namespaces(client, term)?;
        let places = places(term, pod.namespace(), &selected);
        args.push(Value::list([(*term).clone(), places]));
    }
    let projection = Projection {
        name: "nodes with such Pods",
        args: Value::from(args),
        of: |terms, pods| {
            let meant = pods.iter().filter(|pod| {
                let mut terms = terms.items().iter();
                !is_over(pod) && terms.all(|pair| is_meant(&pair[0], &pair[1], pod))
            });
            set_of(meant.filter_map(|pod| pods::node(pod)))
        },
        join: |_, left, right| union(left, right),
    };
    let answer = client.view(Scope::everywhere(&pods::kind()), projection)?;
    Ok(answer.entries().map(|(node, _)| node.clone()).collect())
}

/// Whether a term, which looks into these namespaces, means the Pod.
fn is_meant(term: &Value, places: &Value, pod: &Object) -> bool {
    let selector = &term["labelSelector"];
    // Without a selector a term means no Pod.
    let is_selected =
        !selector.is_null() && Selector::of(selector).is_some_and(|selector| selector.matches(pod.labels()));
    let is_there = places.is_null() || places.items().contains(&Value::from(pod.namespace()));
    is_selected && is_there
}

/// The namespaces into which a term of a Pod in `own` looks: those it names, those it selects; its own if it does neither; `null` for all.
fn places(term: &Value, own: &str, selected: &[Arc<str>]) -> Value {
    let selector = &term["namespaceSelector"];
    if Selector::of(selector).is_some_and(|chosen| !selector.is_null() && chosen.is_empty()) {
        return Value::Null;
    }
    let named = term["namespaces"].items();
    if named.is_empty() && selector.is_null() {
        return Value::list([own.into()]);
    }
    let selected = selected.iter().map(|name| Value::from(name.clone()));
    Value::list(named.iter().cloned().chain(selected))
}

/// The namespaces that the term selects by their labels.
fn selected_namespaces(client: &mut Client<'_>, term: &Value) -> Result<Vec<Arc<str>>, Pause> {
    let selector = Selector::of(&term["namespaceSelector"]).filter(|selector| !selector.is_empty());
    let Some(selector) = selector else {
        return Ok(Vec::new());
    };
    let scope = Scope::all(&Kind::new("", "Namespace"), "").select(Select::Labels(selector));
    let names = Projection {
        name: "names",
        args: Value::Null,
        of: |_, objects| set_of(objects.iter().map(Object::name)),
        join: |_, left, right| union(left, right),
    };
    let answer = client.view(scope, names)?;
    Ok(answer.entries().map(|(name, _)| name.clone()).collect())
}

/// The domains of Pods that do not want this one near.
fn shunned(client: &mut Client<'_>, pod: &Object, nodes: &[Object]) -> Result<Vec<Domains>, Pause> {
    let mut args = Value::map();
    args.set(&["namespace"], pod.namespace());
    args.set(&["labels"], pod.labels().clone());
    let answer = client.view(Scope::everywhere(&pods::kind()), shunning(args.clone()))?;
    let mut found = Vec::new();
    for (label, by_selector) in answer.entries() {
        let mut around = BTreeSet::new();
        for (selector, at) in by_selector.entries() {
            if is_namespace_meant(client, pod, selector)? {
                around.extend(at.entries().map(|(node, _)| node.clone()));
            }
        }
        let term = Value::map().with(&["topologyKey"], label.clone());
        found.push(domains(&term, &around, nodes));
    }
    Ok(found)
}

/// By topology key and namespace selector (as JSON; empty if the namespace is meant anyway) the nodes with Pods whose anti-affinity means a Pod
/// with these labels in this namespace.
fn shunning(args: Value) -> Projection {
    Projection {
        name: "nodes with Pods that shun such a Pod",
        args,
        of: |args, pods| {
            let mut answer = Value::map();
            for other in pods.iter().filter(|pod| !is_over(pod)) {
                let terms = other["spec"]["affinity"]["podAntiAffinity"][REQUIRED].items();
                for term in terms {
                    let (Some(node), Some(selector)) = (pods::node(other), meaning(term, other, args)) else {
                        continue;
                    };
                    answer.set(&[term["topologyKey"].text(), &selector, node], true);
                }
            }
            answer
        },
        join: |_, left, right| {
            let mut answer = left.clone();
            for (label, by_selector) in right.entries() {
                for (selector, at) in by_selector.entries() {
                    for (node, _) in at.entries() {
                        answer.set(&[label, selector, node], true);
                    }
                }
            }
            answer
        },
    }
}

/// The condition under which a term of `other` means the Pod of `args`: a namespace selector, or the empty text if there is none. None if it does not mean it.
fn meaning(term: &Value, other: &Object, args: &Value) -> Option<String> {
    let selector = &term["labelSelector"];
    if selector.is_null() || !Selector::of(selector)?.matches(&args["labels"]) {
        return None;
    }
    let places = places(term, other.namespace(), &[]);
    if places.is_null() || places.items().contains(&args["namespace"]) {
        return Some(String::new());
    }
    let selector = &term["namespaceSelector"];
    (!selector.is_null()).then(|| selector.to_string())
}

fn is_namespace_meant(client: &mut Client<'_>, pod: &Object, selector: &str) -> Result<bool, Pause> {
    if selector.is_empty() {
        return Ok(true);
    }
    let selector: Value = selector.parse().unwrap_or_default();
    let key = Key::new(Kind::new("", "Namespace"), "", pod.namespace());
    let namespace = client.get(&key)?;
    Ok(namespace
        .is_some_and(|namespace| Selector::of(&selector).is_some_and(|selector| selector.matches(namespace.labels()))))
}

fn set_of<'n>(names: impl Iterator<Item = &'n str>) -> Value {
    Value::fields(names.map(|name| (name, Value::Bool(true))))
}

fn union(left: &Value, right: &Value) -> Value {
    let mut all = left.clone();
    for (name, value) in right.entries() {
        all.set(&[name], value.clone());
    }
    all
}
