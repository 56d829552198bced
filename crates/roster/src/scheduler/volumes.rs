//! What the claims of a Pod have to do with where it can go.
//!
//! Sources: <https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/scheduler/framework/plugins/volumebinding>: `volume_binding.go`, `binder.go`.
//!
//! Claims that do not wait for a Pod have to be bound before it. For one that waits, the scheduler chooses a node, and reserves a volume that can be
//! reached from there or says that one is to be made; the Pod is bound when the claim is. Left out: ephemeral volumes; how much room a provisioner has
//! where, and which nodes it cannot serve; claims that only one Pod may use, and how many volumes can be attached to a node.

use std::collections::BTreeSet;

use evenkeel_api::{Projection, Scope, read::concatenated};
use evenkeel_control::halt::Halt;
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Object, Quantity, Value};

use super::sieve::Objection;
use crate::volumes::{self, Among, Class, Fit, SELECTED_NODE, claim_key, volume_key, volume_kind};
use crate::{nodes, pods};

/// Whether claims are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Claims {
    /// No: those that Pods mention are there, and bound. Right where there are none at all: nobody said what they are.
    There,
    /// Yes.
    #[default]
    Awaited,
}

/// The claims of a Pod.
#[derive(Default)]
pub(super) struct Found {
    /// Why it cannot go anywhere yet.
    refusal: Option<String>,
    /// From which nodes each of the bound volumes can be reached.
    reachable: Vec<Value>,
    /// The claims that wait for the Pod, the smallest first.
    waiting: Vec<Waiting>,
}

/// A claim that waits for the Pod to be scheduled.
struct Waiting {
    claim: Object,
    class: Class,
    fitting: Vec<Fit>,
}

/// What becomes of a claim if the Pod is to go to some node.
enum Plan<'f> {
    /// It is bound to this volume.
    Bind(&'f Object, &'f Fit),
    /// A volume is made.
    Provision(&'f Object),
}

/// Looks at the claims of a Pod.
pub(super) fn found(client: &mut Client<'_>, settings: Claims, pod: &Object) -> Result<Found, Pause> {
    let mut found = Found::default();
    if settings == Claims::There {
        return Ok(found);
    }
    let mut is_open = false;
    for name in pods::claims(pod) {
        let claim = client.view(Scope::one(&claim_key(pod.namespace(), name)), as_seen_by_pods())?;
        let Some(claim) = claim.items().first().map(|claim| Object(claim.clone())) else {
            return Ok(Found::refused(format!("persistentvolumeclaim {name:?} not found")));
        };
        if let Some(reason) = why_not(&claim) {
            return Ok(Found::refused(reason));
        }
        if volumes::is_bound(&claim) {
            found.reachable.extend(reachable(client, claim["spec"]["volumeName"].text())?);
        } else if let Some(waiting) = waiting(client, claim)? {
            found.waiting.push(waiting);
        } else {
            is_open = true;
        }
    }
    if is_open {
        return Ok(Found::refused("pod has unbound immediate PersistentVolumeClaims".to_owned()));
    }
    found.waiting.sort_by_key(|waiting| Quantity::of(&waiting.claim["spec"]["resources"]["requests"]["storage"]));
    Ok(found)
}

/// A claim as far as it matters to where a Pod can go. Its status, and that it is being bound, are left out.
fn as_seen_by_pods() -> Projection {
    Projection {
        name: "claims as Pods see them",
        args: Value::Null,
        of: |_, claims| {
            Value::list(claims.iter().map(|claim| {
                let mut seen = Value::map().with(&["spec"], claim["spec"].clone());
                for field in ["namespace", "name", "uid", "annotations"] {
                    seen.set(&["metadata", field], claim["metadata"][field].clone());
                }
                if claim.is_terminating() {
                    seen.set(&["metadata", "deletionTimestamp"], claim["metadata"]["deletionTimestamp"].clone());
                }
                seen.with(&["lost"], claim["status"]["phase"].text() == "Lost")
            }))
        },
        join: |_, left, right| concatenated(left, right),
    }
}

/// Source: `podHasPVCs`.
fn why_not(claim: &Object) -> Option<String> {
    let name = claim.name();
    if claim["lost"].is_true() {
        let volume = claim["spec"]["volumeName"].text();
        return Some(format!("persistentvolumeclaim {name:?} bound to non-existent persistentvolume {volume:?}"));
    }
    claim.is_terminating().then(|| format!("persistentvolumeclaim {name:?} is being deleted"))
}

/// From which nodes a volume can be reached, if not from all. One that is no object can be reached from all.
fn reachable(client: &mut Client<'_>, volume: &str) -> Result<Option<Value>, Pause> {
    let projection = Projection {
        name: "where volumes can be reached from",
        args: Value::Null,
        of: |_, volumes| {
            let required = volumes.iter().map(|volume| &volume["spec"]["nodeAffinity"]["required"]);
            Value::list(required.filter(|required| !required.is_null()).cloned())
        },
        join: |_, left, right| concatenated(left, right),
    };
    Ok(client.view(Scope::one(&volume_key(volume)), projection)?.items().first().cloned())
}

/// The claim, if it is one that waits for the Pod.
fn waiting(client: &mut Client<'_>, claim: Object) -> Result<Option<Waiting>, Pause> {
    if !claim["spec"]["volumeName"].text().is_empty() {
        return Ok(None);
    }
    let Some(class) = volumes::class(client, &claim)?.filter(|class| class.is_delayed) else {
        return Ok(None);
    };
    let fitting = client.view(Scope::everywhere(&volume_kind()), volumes::fitting(&claim, Among::All))?;
    Ok(Some(Waiting { fitting: volumes::found(&fitting), claim, class }))
}

impl Found {
    fn refused(reason: String) -> Found {
        Found { refusal: Some(reason), ..Found::default() }
    }

    /// Why the Pod cannot go to any node.
    pub(super) fn obstacle_everywhere(&self) -> Option<Objection> {
        self.refusal.as_deref().map(Objection::lasting)
    }

    /// Why the Pod cannot go to the node. That other Pods go away would not help.
    pub(super) fn obstacle(&self, node: &Object) -> Option<Objection> {
        if !self.reachable.iter().all(|required| nodes::is_chosen(node, required)) {
            return Some(Objection::lasting("node(s) didn't match PersistentVolume's node affinity"));
        }
        match self.planned(node, &mut |_| Ok(0)) {
            Ok(None) => Some(Objection::lasting("node(s) didn't find available persistent volumes to bind")),
            _ => None,
        }
    }

    /// Does for the claims of the Pod what can be done before it is bound to the node; whether it has to wait for them.
    ///
    /// Source: `bindAPIUpdate`, `checkBindings`. In a cluster the Pod is bound to the same node when they are bound; here it is looked for again.
    pub(super) fn reserve(&self, client: &mut Client<'_>, node: &Object) -> Result<bool, Halt> {
        let plans = self.planned(node, &mut |options| client.choose(options))?.unwrap_or_default();
        for plan in plans {
            match plan {
                Plan::Bind(claim, fit) => {
                    let volume = client.get(&volume_key(&fit.name))?;
                    if let Some(after) = volume.and_then(|volume| volumes::claimed(&volume, claim)) {
                        client.because(format!("{} can be reached from {}", after.key(), node.key()));
                        client.update(after)??;
                    }
                }
                Plan::Provision(claim) if !volumes::is_annotated(claim, SELECTED_NODE) => {
                    if let Some(mut claim) = client.get(&claim_key(claim.namespace(), claim.name()))? {
                        client.because(format!("{} is needed on {}", claim.key(), node.key()));
                        claim.set(&["metadata", "annotations", SELECTED_NODE], node.name());
                        client.update(claim)??;
                    }
                }
                Plan::Provision(_) => {}
            }
        }
        Ok(!self.waiting.is_empty())
    }

    /// What becomes of the claims that wait if the Pod goes to the node; none if one of them can get no volume there.
    ///
    /// Source: `FindPodVolumes`, `findMatchingVolumes`, `checkVolumeProvisions`.
    fn planned(
        &self,
        node: &Object,
        choose: &mut dyn FnMut(usize) -> Result<usize, Pause>,
    ) -> Result<Option<Vec<Plan<'_>>>, Pause> {
        let mut taken = BTreeSet::new();
        let mut plans = Vec::new();
        for Waiting { claim, class, fitting } in &self.waiting {
            let selected = claim.annotation(SELECTED_NODE);
            if !selected.is_null() && selected.text() != node.name() {
                return Ok(None);
            }
            let open = if selected.is_null() { open(fitting, node, &taken) } else { Vec::new() };
            if !open.is_empty() {
                let fit = open[choose(open.len())?];
                taken.insert(&*fit.name);
                plans.push(Plan::Bind(claim, fit));
            } else if class.provisioner.is_some() {
                plans.push(Plan::Provision(claim));
            } else {
                return Ok(None);
            }
        }
        Ok(Some(plans))
    }
}

/// The volumes that can be taken for a Pod on the node: of those that are left the smallest, or the one that is kept for the claim.
fn open<'f>(fitting: &'f [Fit], node: &Object, taken: &BTreeSet<&str>) -> Vec<&'f Fit> {
    let left = fitting.iter().filter(|fit| !taken.contains(&*fit.name)).collect();
    let is_reachable = |fit: &&Fit| fit.nodes.is_null() || nodes::is_chosen(node, &fit.nodes);
    let (kept, free): (Vec<&Fit>, Vec<&Fit>) = Vec::into_iter(left).partition(|fit| fit.is_kept);
    if kept.is_empty() {
        volumes::smallest(free.into_iter().filter(is_reachable).collect())
    } else {
        kept.into_iter().filter(is_reachable).collect()
    }
}
