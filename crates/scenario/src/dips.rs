//! How few ready Pods there are on the way, where something was there before.

use std::sync::Arc;

use evenkeel_check::explore;
use evenkeel_cluster::most::Amounts;
use evenkeel_object::{Key, Object, Selector};
use evenkeel_parts::{Part, Setup};
use evenkeel_report::{Dip, Reference};
use evenkeel_roster::pods;
use evenkeel_system::{Limits, Stop, System, Watch};

use crate::setup::Situation;

/// A workload, and the Pods that it selects.
struct Workload {
    key: Key,
    name: Arc<str>,
    selector: Selector,
}

impl Workload {
    fn of(object: &Object) -> Option<Workload> {
        let key = object.key();
        let is_workload = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].contains(&&*key.kind.name);
        let selector = Selector::of(&object["spec"]["selector"]).filter(|_| is_workload)?;
        let is_top = object.controller().is_none();
        is_top.then(|| Workload { name: key.to_string().into(), key, selector })
    }
}

/// For each workload that is there at the start, how many of its Pods are ready then, and how few in any state; none if not all were seen.
pub(crate) fn dips(situation: &Situation, parts: &[Part], limits: &Limits, watch: &mut dyn Watch) -> Vec<Dip> {
    let workloads: Vec<Workload> = situation.objects().iter().filter_map(Workload::of).collect();
    let mut dips = Vec::new();
    for part in parts {
        let own: Vec<&Workload> = workloads.iter().filter(|workload| part.objects.contains(&workload.key)).collect();
        if own.is_empty() {
            continue;
        }
        let ready = |pod: &Object| ready(pod, &own);
        let count = (&pods::kind(), &ready as &dyn Fn(&Object) -> Amounts);
        let names: Vec<Arc<str>> = own.iter().map(|workload| workload.name.clone()).collect();
        let cluster = part.own_cluster(situation);
        let graph = explore(&*cluster, limits, watch);
        if graph.stop() != Stop::Complete {
            return Vec::new();
        }
        let first = cluster.fewest(cluster.initial().into_iter(), &names, count);
        let least = cluster.fewest((0..graph.n_expanded()).map(|index| graph.state(index)), &names, count);
        let of = |amounts: &Amounts, name: &str| amounts.get(name).map_or(0, |amount| *amount as u64);
        dips.extend(own.iter().map(|workload| Dip {
            object: Reference::from(&workload.key),
            before: of(&first, &workload.name),
            least: of(&least, &workload.name),
        }));
    }
    dips
}

/// For which of these workloads a Pod counts: those that select it, if it is ready and not about to go.
fn ready(pod: &Object, workloads: &[&Workload]) -> Amounts {
    if !pod.is_condition_true("Ready") || pod.is_terminating() {
        return Amounts::new();
    }
    let selects = |workload: &&&Workload| {
        workload.key.namespace.as_ref() == pod.namespace() && workload.selector.matches(pod.labels())
    };
    workloads.iter().filter(selects).map(|workload| (workload.name.clone(), 1)).collect()
}

/// What is true of two beginnings together.
pub(crate) fn together(mut one: Vec<Dip>, other: &[Dip]) -> Vec<Dip> {
    for dip in &mut one {
        if let Some(other) = other.iter().find(|other| other.object == dip.object) {
            (dip.before, dip.least) = (dip.before.min(other.before), dip.least.min(other.least));
        }
    }
    one
}
