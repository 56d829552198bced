//! Which node should have a Pod of a DaemonSet, and which Pods are too many.

use std::collections::BTreeMap;

use evenkeel_api::{Projection, Read, Scope, read};
use evenkeel_control::{Client, Event};
use evenkeel_object::{Key, Object, Value, json};

use crate::rounding::{Rounding, scaled};
use crate::template::{self, is_over, is_ready, phase};
use crate::{nodes, pods};
use evenkeel_control::halt::Halt;

use super::history::HASH_LABEL;

/// A DaemonSet with the nodes and its Pods on each.
pub(super) struct Daemons<'a> {
    /// The DaemonSet.
    pub(super) set: &'a Object,
    /// The nodes.
    pub(super) nodes: &'a [Object],
    /// Its Pods by the node that they are on or meant for; those that ended and are being deleted are left out.
    pub(super) pods: BTreeMap<String, Vec<&'a Object>>,
    hash: &'a str,
    /// A Pod of it as far as nodes are concerned: its template's spec with all tolerations.
    sample: Object,
}

/// What is to be done.
#[derive(Default)]
pub(super) struct Wanted {
    /// The nodes that need a Pod.
    pub(super) create: Vec<String>,
    /// The Pods to delete, each with the reason.
    pub(super) delete: Vec<(String, String)>,
}

impl Wanted {
    pub(super) fn is_nothing(&self) -> bool {
        self.create.is_empty() && self.delete.is_empty()
    }
}

/// What a node means to a DaemonSet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// There should be a Pod.
    Run,
    /// None is put there, but one that is there may stay.
    Stay,
    /// There should be none.
    Leave,
}

/// The nodes, as far as this controller looks at them: names, labels, taints.
pub(super) fn nodes(client: &mut Client<'_>) -> Result<Vec<Object>, Halt> {
    let projection = Projection {
        name: "labels and taints",
        args: Value::Null,
        of: |_, nodes| Value::list(nodes.iter().map(outline)),
        join: |_, left, right| read::concatenated(left, right),
    };
    let found = client.view(Scope::everywhere(&nodes::kind()), projection)?;
    Ok(read::sorted(&found))
}

fn outline(node: &Object) -> Value {
    let mut outline = Value::from(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node.name()}}));
    if !node.labels().is_null() {
        outline.set(&["metadata", "labels"], node.labels().clone());
    }
    if !node["spec"]["taints"].is_null() {
        outline.set(&["spec", "taints"], node["spec"]["taints"].clone());
    }
    outline
}

/// The DaemonSets that have something to do because of a node that is new, or whose labels or taints changed.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/daemon/daemon_controller.go>: `updateNode`, `syncNodeUpdate`. That a node
/// is gone wakes none.
pub(super) fn woken_by_node(event: &Event, store: &mut dyn Read) -> Vec<Key> {
    let Some(node) = &event.after else {
        return Vec::new();
    };
    if event.before.as_ref().is_some_and(|before| outline(before) == outline(node)) {
        return Vec::new();
    }
    let there = pods_of_daemons_on(store, node.name());
    let sets = store.list_specified(Scope::everywhere(&super::kind()));
    let is_woken = |set: &&Object| {
        let place = place(node, set, &sample(set));
        let has_pod = there.iter().any(|[namespace, owner]| namespace == set.namespace() && owner == set.name());
        match place {
            Place::Run if !has_pod => true,
            Place::Leave if has_pod => true,
            _ => has_pod && set["status"]["numberMisscheduled"].count() > 0,
        }
    };
    sets.iter().filter(is_woken).map(Object::key).collect()
}

/// Namespace and name of the DaemonSets that have a Pod on the node.
fn pods_of_daemons_on(store: &mut dyn Read, node: &str) -> Vec<[String; 2]> {
    let keys = nodes::pods_on(store, node);
    let owner_of = |key: &Key| {
        let owner = store.get(key)?.controller()?;
        (&*owner.kind.name == "DaemonSet").then(|| [key.namespace.to_string(), owner.name.to_string()])
    };
    keys.iter().filter_map(owner_of).collect()
}

fn sample(set: &Object) -> Object {
    let spec = set["spec"]["template"]["spec"].clone();
    let mut sample = Object(Value::map().with(&["spec"], spec));
    add_tolerations(&mut sample);
    sample
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/daemon/daemon_controller.go>: `nodeShouldRunDaemonPod`.
fn place(node: &Object, set: &Object, sample: &Object) -> Place {
    let pinned = set["spec"]["template"]["spec"]["nodeName"].text();
    let fits = (pinned.is_empty() || pinned == node.name()) && nodes::is_wanted(node, sample);
    if !fits || nodes::untolerated(node, sample, &["NoExecute"]).is_some() {
        Place::Leave
    } else if nodes::untolerated(node, sample, &["NoSchedule"]).is_some() {
        Place::Stay
    } else {
        Place::Run
    }
}

impl<'a> Daemons<'a> {
    pub(super) fn new(set: &'a Object, nodes: &'a [Object], hash: &'a str, claimed: &'a [Object]) -> Daemons<'a> {
        let mut by_node: BTreeMap<String, Vec<&Object>> = BTreeMap::new();
        for pod in claimed {
            if is_over(pod) && pod.is_terminating() {
                continue;
            }
            if let Some(node) = node_meant(pod) {
                by_node.entry(node.to_owned()).or_default().push(pod);
            }
        }
        for there in by_node.values_mut() {
            // The older one comes first in the real controller; ages are not modelled, so names decide.
            there.sort_by_key(|pod| (pods::node(pod).is_none(), pod.name().to_owned()));
        }
        Daemons { set, nodes, pods: by_node, hash, sample: sample(set) }
    }

    pub(super) fn place(&self, node: &Object) -> Place {
        place(node, self.set, &self.sample)
    }

    pub(super) fn is_rolling(&self) -> bool {
        self.set["spec"]["updateStrategy"]["type"].text() == "RollingUpdate"
    }

    pub(super) fn is_updated(&self, pod: &Object) -> bool {
        pod.labels()[HASH_LABEL].text() == self.hash
    }

    /// How many more Pods than nodes there may be while it is updated, of `total`.
    pub(super) fn max_surge(&self, total: i64) -> i64 {
        self.share("maxSurge", total)
    }

    /// How many nodes may be without an available Pod while it is updated, of `total`.
    pub(super) fn max_unavailable(&self, total: i64) -> i64 {
        self.share("maxUnavailable", total)
    }

    fn share(&self, field: &str, total: i64) -> i64 {
        let value = &self.set["spec"]["updateStrategy"]["rollingUpdate"][field];
        if !self.is_rolling() || value.is_null() {
            return 0;
        }
        scaled(value, total, Rounding::Up).unwrap_or(0)
    }

    /// The Pods that are missing, and those that are too many whatever their revision.
    ///
    /// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/daemon/daemon_controller.go>: `podsShouldBeOnNode`.
    pub(super) fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        for node in self.nodes {
            let there = self.pods.get(node.name()).map(Vec::as_slice);
            match (self.place(node), there) {
                (Place::Run, None) => wanted.create.push(node.name().to_owned()),
                (Place::Leave, Some(there)) => {
                    let why = format!("{} does not want Node/{} (any more)", self.set.key(), node.name());
                    wanted.delete_all(there.iter().filter(|pod| !pod.is_terminating()), &why);
                }
                (Place::Leave, None) => {}
                (place, there) => {
                    self.tidy(node.name(), place, there.unwrap_or_default(), &mut wanted);
                }
            }
        }
        self.stranded(&mut wanted);
        wanted
    }

    /// A node that keeps its Pod: what ended goes, and what is there twice.
    fn tidy(&self, node: &str, place: Place, there: &[&Object], wanted: &mut Wanted) {
        let alive = || there.iter().filter(|pod| !pod.is_terminating());
        for pod in alive().filter(|pod| is_over(pod)) {
            let why = format!("Pod/{} is {}, and {} wants it replaced", pod.name(), phase(pod), self.set.key());
            wanted.delete.push((pod.name().to_owned(), why));
        }
        let running: Vec<&&Object> = alive().filter(|pod| !is_over(pod)).collect();
        let why = format!("{} wants one Pod on Node/{node}", self.set.key());
        if self.max_surge(1) == 0 {
            wanted.delete_all(running.iter().copied().skip(1), &why);
        } else if running.is_empty() && place == Place::Run {
            wanted.create.push(node.to_owned());
        } else if running.len() > 1 {
            self.tidy_surge(&running, &why, wanted);
        }
    }

    /// While it surges a node has one Pod of the new revision and one of an older; the older goes as soon as it is not needed.
    fn tidy_surge(&self, running: &[&&Object], why: &str, wanted: &mut Wanted) {
        let (new, old): (Vec<&&Object>, Vec<&&Object>) = running.iter().partition(|pod| self.is_updated(pod));
        wanted.delete_all(
            new.iter().chain(&old).copied().filter(|pod| {
                let first = if self.is_updated(pod) { new.first() } else { old.first() };
                first.is_some_and(|first| first.name() != pod.name())
            }),
            why,
        );
        if let (Some(new), Some(old)) = (new.first(), old.first())
            && (!is_ready(old) || is_ready(new))
        {
            wanted.delete_all([*old], why);
        }
    }

    /// Pods that wait for a node that is not there (any more).
    fn stranded(&self, wanted: &mut Wanted) {
        for (node, there) in &self.pods {
            if self.nodes.iter().all(|known| known.name() != node) {
                let why = format!("there is no Node/{node}");
                wanted.delete_all(there.iter().filter(|pod| pods::node(pod).is_none()), &why);
            }
        }
    }

    /// The Pod to make for a node: it requires the node by name, and tolerates what nodes are tainted with when they are unwell.
    pub(super) fn pod_for(&self, node: &str) -> Object {
        const REQUIRED: [&str; 4] =
            ["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
        let mut pod = template::pod_from(&self.set["spec"]["template"], self.set);
        pod.set(&["metadata", "labels", HASH_LABEL], self.hash);
        add_tolerations(&mut pod);
        let term = json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]});
        pod.set(&REQUIRED, Value::from(json!({"nodeSelectorTerms": [term]})));
        pod
    }
}

impl Wanted {
    fn delete_all<'p>(&mut self, pods: impl IntoIterator<Item = &'p &'p Object>, why: &str) {
        let named = pods.into_iter().map(|pod| (pod.name().to_owned(), why.to_owned()));
        self.delete.extend(named);
    }
}

/// The node that a Pod is on, or that its affinity names.
fn node_meant(pod: &Object) -> Option<&str> {
    let required = &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    pods::node(pod).or_else(|| {
        let terms = required["nodeSelectorTerms"].items().iter();
        terms
            .flat_map(|term| term["matchFields"].items())
            .find(|field| {
                field["key"].text() == "metadata.name"
                    && field["operator"].text() == "In"
                    && field["values"].items().len() == 1
            })
            .and_then(|field| field["values"][0].as_str())
    })
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/daemon/util/daemonset_util.go>: `AddOrUpdateDaemonPodTolerations`.
fn add_tolerations(pod: &mut Object) {
    const TOLERATED: [(&str, &str); 6] = [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ];
    let on_host = pod["spec"]["hostNetwork"].is_true();
    let network = on_host.then_some(("network-unavailable", "NoSchedule"));
    let mut tolerations = pod["spec"]["tolerations"].items().to_vec();
    for (taint, effect) in TOLERATED.into_iter().chain(network) {
        let toleration =
            Value::from(json!({"effect": effect, "key": format!("node.kubernetes.io/{taint}"), "operator": "Exists"}));
        // The same but for its seconds is replaced.
        let same = |other: &Value| {
            ["effect", "key", "operator", "value"].iter().all(|field| other[*field].text() == toleration[*field].text())
        };
        match tolerations.iter().position(same) {
            Some(place) => tolerations[place] = toleration,
            None => tolerations.push(toleration),
        }
    }
    pod.set(&["spec", "tolerations"], tolerations);
}
