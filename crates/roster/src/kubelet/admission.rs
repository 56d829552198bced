//! Whether a node takes a Pod that is bound to it. The scheduler is not asked again: somebody else may have bound the Pod.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/lifecycle/predicate.go>.

use evenkeel_api::Scope;
use evenkeel_control::{Client, Pause};
use evenkeel_object::Object;

use super::{Outcome, Settings};
use crate::nodes::{self, Capacity, Counted};
use crate::pods;

/// Whether a kubelet looks at taints.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Taints {
    /// It lets Pods in whatever taints the node has; the eviction of Pods from tainted nodes finds them there.
    #[default]
    Ignored,
    /// It refuses a Pod that does not tolerate a `NoExecute` taint, as kubelets do (`generalFilter`): the Pod fails, and whoever makes it anew makes ever
    /// more failed ones.
    Checked,
}

/// Why a Pod is refused.
pub(super) struct Refusal {
    /// In one word, e.g. `OutOfcpu`.
    pub(super) reason: String,
    /// For people.
    pub(super) message: String,
}

/// Why the node does not take the Pod; none if it does.
pub(super) fn refusal(
    client: &mut Client<'_>,
    settings: &Settings,
    pod: &Object,
    node: &Object,
    outcome: &Outcome,
) -> Result<Option<Refusal>, Pause> {
    if let Outcome::Rejected(reason) = outcome {
        return Ok(Some(Refusal {
            reason: reason.to_string(),
            message: format!("the scenario rejects it as {reason}"),
        }));
    }
    if let Some(shortage) = shortage(client, settings.capacity, pod, node)? {
        return Ok(Some(shortage));
    }
    if !nodes::is_wanted(node, pod) {
        let why = "node(s) didn't match Pod's node affinity/selector";
        return Ok(Some(predicate("NodeAffinity", why)));
    }
    let checks_taints = settings.taints == Taints::Checked;
    if checks_taints && nodes::untolerated(node, pod, &["NoExecute"]).is_some() {
        let why = "node(s) had taints that the pod didn't tolerate";
        return Ok(Some(predicate("TaintToleration", why)));
    }
    Ok(None)
}

fn predicate(name: &str, why: &str) -> Refusal {
    Refusal { reason: name.to_owned(), message: format!("Predicate {name} failed: {why}") }
}

/// The first resource of which the Pods that were let in leave too little. An extended resource that the node does not have is not looked at.
///
/// The amounts are left out of the text: they would make states differ that do not.
fn shortage(
    client: &mut Client<'_>,
    capacity: Capacity,
    pod: &Object,
    node: &Object,
) -> Result<Option<Refusal>, Pause> {
    if capacity == Capacity::Ample {
        return Ok(None);
    }
    let load = nodes::load(Counted::Admitted, Some(node.name()));
    let load = client.view(Scope::everywhere(&pods::kind()), load)?;
    let lacking = nodes::lacking(node, pod, &load[node.name()]);
    let known = |resource: &str| !resource.contains('/') || !node["status"]["allocatable"][resource].is_null();
    let first = lacking.into_iter().find(|resource| known(resource));
    Ok(first.map(|resource| Refusal {
        reason: format!("OutOf{resource}"),
        message: format!("Node didn't have enough resource: {resource}"),
    }))
}
