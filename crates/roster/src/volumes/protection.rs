//! Who lets claims and volumes go that are being deleted: when nobody uses them any more.
//!
//! Sources: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/volume/pvcprotection/pvc_protection_controller.go>,
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/volume/pvprotection/pv_protection_controller.go>.
//!
//! Whether a claim is used is first said together with its being bound, in the binder's request: nobody reads it, and a moment in between would only
//! double the states for each claim. The real one of claims hears of a claim that has its condition already only from Pods: if somebody else rewrites the
//! condition, it is not put right until a Pod moves. That is left out.

use evenkeel_api::{Projection, Scope};
use evenkeel_control::halt::{Halt, ended};
use evenkeel_control::{Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Object, Value};

use super::{Usage, claim_kind, volume_kind};
use crate::condition::{self, condition};
use crate::pods;
use crate::template::is_over;

/// Keeps claims that Pods use; says of each whether it is used.
///
/// What it says is new in 1.37: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/features/kube_features.go#L1935>.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClaimProtection {
    usage: Usage,
}

impl ClaimProtection {
    /// A controller that says whether claims are used, or does not.
    pub fn new(usage: Usage) -> ClaimProtection {
        ClaimProtection { usage }
    }
}

/// Keeps volumes that are bound.
#[derive(Clone, Copy, Debug, Default)]
pub struct VolumeProtection;

impl Controller for ClaimProtection {
    fn name(&self) -> &str {
        "pvc-protection-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&claim_kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::OnWhatItReads
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(claim(client, self.usage, key))
    }
}

impl Controller for VolumeProtection {
    fn name(&self) -> &str {
        "pv-protection-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&volume_kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::OnWhatItReads
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(volume(client, key))
    }
}

fn claim(client: &mut Client<'_>, usage: Usage, key: &Key) -> Result<(), Halt> {
    const FINALIZER: &str = "kubernetes.io/pvc-protection";
    let Some(claim) = client.get(key)? else {
        return Ok(());
    };
    if !claim.is_terminating() {
        // While it is being bound, it would only be in the way of the binder.
        if claim["status"]["phase"].text() == "Bound" {
            let told = with_use(client, usage, claim.clone())?;
            if told != claim {
                client.because(format!("what {key} says of its use is not so"));
                client.update_status(told)??;
                return Ok(());
            }
        }
        return protect(client, claim, FINALIZER);
    }
    if is_kept_by(&claim, FINALIZER) && !is_used(client, key, "bound")? {
        client.because(format!("no Pod on a node uses {key}"));
        return let_go(client, claim, FINALIZER);
    }
    Ok(())
}

fn volume(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    const FINALIZER: &str = "kubernetes.io/pv-protection";
    let Some(volume) = client.get(key)? else {
        return Ok(());
    };
    if !volume.is_terminating() {
        return protect(client, volume, FINALIZER);
    }
    if is_kept_by(&volume, FINALIZER) && volume["status"]["phase"].text() != "Bound" {
        client.because(format!("{key} is not bound"));
        return let_go(client, volume, FINALIZER);
    }
    Ok(())
}

/// Whether a Pod uses the claim in that way. That none does it believes only the server.
fn is_used(client: &mut Client<'_>, key: &Key, way: &str) -> Result<bool, Pause> {
    let pods = Scope::all(&pods::kind(), &key.namespace);
    Ok(client.view(pods.clone(), use_of(&key.name))?[way].is_true()
        || client.view_live(pods, use_of(&key.name))?[way].is_true())
}

/// Whether Pods use a claim: one that has not ended mentions it; one that is on a node does.
///
/// Source: `podUsesPVCForUnusedSince`, `podUsesPVCForDeletion`. Left out: ephemeral volumes.
fn use_of(claim: &str) -> Projection {
    Projection {
        name: "use of a claim",
        args: Value::from(claim),
        of: |claim, pods| {
            let mut found = Value::map();
            for pod in pods.iter().filter(|pod| pods::claims(pod).any(|name| Some(name) == claim.as_str())) {
                if !is_over(pod) {
                    found.set(&["mentioned"], true);
                }
                if pods::node(pod).is_some() {
                    found.set(&["bound"], true);
                }
            }
            found
        },
        join: |_, left, right| right.entries().fold(left.clone(), |all, (way, is)| all.with(&[way], is.clone())),
    }
}

/// The claim as it says whether Pods use it.
///
/// Source: `updateUnusedCondition`.
pub(super) fn with_use(client: &mut Client<'_>, usage: Usage, mut claim: Object) -> Result<Object, Pause> {
    if usage == Usage::Untold {
        return Ok(claim);
    }
    let told = if is_used(client, &claim.key(), "mentioned")? {
        condition("Unused", "False", "PodUsingPVC", "A pod is currently referencing this PVC")
    } else {
        condition("Unused", "True", "NoPodsUsingPVC", "No pods are currently referencing this PVC")
    };
    if claim.condition("Unused")["status"] != told["status"] {
        let mut status = claim["status"].clone();
        condition::replace(&mut status, told);
        claim.set(&["status"], status);
    }
    Ok(claim)
}

fn is_kept_by(object: &Object, finalizer: &str) -> bool {
    object.finalizers().any(|name| name == finalizer)
}

/// Puts the finalizer on what came to be without it.
fn protect(client: &mut Client<'_>, mut object: Object, finalizer: &str) -> Result<(), Halt> {
    if is_kept_by(&object, finalizer) {
        return Ok(());
    }
    let mut finalizers = object["metadata"]["finalizers"].items().to_vec();
    finalizers.push(finalizer.into());
    object.set(&["metadata", "finalizers"], finalizers);
    client.update(object)??;
    Ok(())
}

fn let_go(client: &mut Client<'_>, mut object: Object, finalizer: &str) -> Result<(), Halt> {
    let mut finalizers = object["metadata"]["finalizers"].items().to_vec();
    finalizers.retain(|name| name.text() != finalizer);
    if finalizers.is_empty() {
        object.remove(&["metadata", "finalizers"]);
    } else {
        object.set(&["metadata", "finalizers"], finalizers);
    }
    client.update(object)??;
    Ok(())
}
