//! Which nodes a Pod is kept from so that its like are spread evenly.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/plugins/podtopologyspread/filtering.go>. Left out: `matchLabelKeys` (the
//! API server writes what they mean into the selector), and the default constraints of a scheduler, which none are by default that forbid anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_api::{Scope, Select};
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Object, Selector, Value};

use super::sieve::Objection;
use crate::{nodes, pods};

/// One constraint, with what there is of its Pods.
pub(super) struct Spread {
    label: Arc<str>,
    /// How many of its Pods each domain has.
    counts: BTreeMap<Arc<str>, i64>,
    /// How many a domain may have with this Pod in it.
    most: i64,
    /// Whether the Pod counts itself.
    counts_itself: bool,
}

/// The constraints of a Pod that forbid anything.
pub(super) fn constraints(pod: &Object) -> impl Iterator<Item = &Value> {
    let constraints = pod["spec"]["topologySpreadConstraints"].items().iter();
    constraints.filter(|constraint| constraint["whenUnsatisfiable"].text() != "ScheduleAnyway")
}

/// Counts the Pods of a constraint.
pub(super) fn found(
    client: &mut Client<'_>,
    pod: &Object,
    constraint: &Value,
    nodes: &[Object],
) -> Result<Spread, Pause> {
    let label = constraint["topologyKey"].text();
    // Without a selector no Pod counts.
    let selector = Selector::of(&constraint["labelSelector"]).filter(|_| !constraint["labelSelector"].is_null());
    let there = match &selector {
        Some(selector) => {
            let select = Select::Labels(selector.clone());
            let scope = Scope::all(&pods::kind(), pod.namespace()).select(select);
            client.view(scope, nodes::active_pods())?
        }
        None => Value::Null,
    };
    let mut counts: BTreeMap<Arc<str>, i64> = BTreeMap::new();
    for node in nodes.iter().filter(|node| is_counted(node, pod, constraint)) {
        if let Some(domain) = node.labels()[label].as_str() {
            *counts.entry(domain.into()).or_default() += there[node.name()].count();
        }
    }
    Ok(Spread {
        label: label.into(),
        most: least(&counts, constraint) + constraint["maxSkew"].as_int().unwrap_or(1),
        counts,
        counts_itself: selector.is_some_and(|selector| selector.matches(pod.labels())),
    })
}

/// The count of the emptiest domain; zero if there are fewer domains than asked for.
fn least(counts: &BTreeMap<Arc<str>, i64>, constraint: &Value) -> i64 {
    let n_domains = i64::try_from(counts.len()).unwrap_or(i64::MAX);
    if n_domains < constraint["minDomains"].as_int().unwrap_or(1) {
        return 0;
    }
    counts.values().copied().min().unwrap_or(0)
}

/// Whether a node is one of those among which the Pods are spread: it has the labels of all constraints, and neither the Pod's own wishes nor, if that is
/// asked for, its taints keep the Pod from it.
fn is_counted(node: &Object, pod: &Object, constraint: &Value) -> bool {
    let has_labels = constraints(pod).all(|constraint| !node.labels()[constraint["topologyKey"].text()].is_null());
    let is_wanted = constraint["nodeAffinityPolicy"].text() == "Ignore" || nodes::is_wanted(node, pod);
    let is_tolerated = constraint["nodeTaintsPolicy"].text() != "Honor"
        || nodes::untolerated(node, pod, &["NoSchedule", "NoExecute"]).is_none();
    has_labels && is_wanted && is_tolerated
}

impl Spread {
    /// Why the node is not for the Pod.
    pub(super) fn obstacle(&self, node: &Object) -> Option<Objection> {
        let reason = "node(s) didn't match pod topology spread constraints";
        let Some(domain) = node.labels()[&*self.label].as_str() else {
            return Some(Objection::lasting(&format!("{reason} (missing required label)")));
        };
        let there = self.counts.get(domain).copied().unwrap_or(0);
        let after = there + i64::from(self.counts_itself);
        (after > self.most).then(|| Objection::passing(reason))
    }
}
