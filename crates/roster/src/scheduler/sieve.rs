//! Which nodes can take a Pod: all filters, one after the other.
//!
//! Each node is judged by the first filter that says no, as in the real one. Whether that could change if other Pods went away is what making room hangs on.

use std::collections::BTreeSet;

use evenkeel_api::Scope;
use evenkeel_control::{Client, Pause};
use evenkeel_object::Object;

use super::{Settings, filters, neighbours, spread, volumes};
use crate::nodes::{self, Capacity, Counted};
use crate::pods;

/// The question where a Pod can be.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) settings: Settings,
    pub(super) pod: &'a Object,
    /// All nodes.
    pub(super) nodes: &'a [Object],
    /// Its claims.
    pub(super) claims: &'a volumes::Found,
}

/// Why a node is not for a Pod.
pub(super) struct Objection {
    /// In the words of the real one.
    pub(super) reasons: Vec<String>,
    /// Whether it stands whatever other Pods go away: `UnschedulableAndUnresolvable`.
    pub(super) is_final: bool,
}

impl Objection {
    /// One that stands.
    pub(super) fn lasting(reason: &str) -> Objection {
        Objection { reasons: vec![reason.to_owned()], is_final: true }
    }

    /// One that other Pods are the reason of.
    pub(super) fn passing(reason: &str) -> Objection {
        Objection { reasons: vec![reason.to_owned()], is_final: false }
    }
}

/// Nodes, by whether they can take a Pod.
#[derive(Default)]
pub(super) struct Sieved {
    /// Those that can.
    pub(super) open: Vec<Object>,
    /// Those that perhaps could if other Pods were not there.
    pub(super) blocked: Vec<Object>,
    /// Why those cannot that are not open.
    pub(super) reasons: BTreeSet<String>,
}

impl Sieved {
    /// Keeps the nodes open to which there is no objection.
    fn keep(&mut self, objection: impl Fn(&Object) -> Option<Objection>) {
        for node in std::mem::take(&mut self.open) {
            match objection(&node) {
                None => self.open.push(node),
                Some(objection) => self.close(node, objection),
            }
        }
    }

    fn close(&mut self, node: Object, objection: Objection) {
        self.reasons.extend(objection.reasons);
        if !objection.is_final {
            self.blocked.push(node);
        }
    }
}

impl Asked<'_> {
    /// Which of these nodes can take the Pod.
    ///
    /// What other Pods are there is asked only where the node itself does not say no.
    pub(super) fn sieved(&self, client: &mut Client<'_>, nodes: Vec<Object>) -> Result<Sieved, Pause> {
        let pod = self.pod;
        let mut sieved = Sieved { open: nodes, ..Sieved::default() };
        sieved.keep(|_| self.claims.obstacle_everywhere());
        sieved.keep(|node| filters::obstacle(node, pod));
        if !sieved.open.is_empty() && self.settings.capacity == Capacity::Counted {
            let load = nodes::load(Counted::Bound, None);
            let load = client.view(Scope::everywhere(&pods::kind()), load)?;
            sieved.keep(|node| filters::shortage(node, pod, &load[node.name()]));
        }
        sieved.keep(|node| self.claims.obstacle(node));
        for constraint in spread::constraints(pod) {
            if sieved.open.is_empty() {
                return Ok(sieved);
            }
            let spread = spread::found(client, pod, constraint, self.nodes)?;
            sieved.keep(|node| spread.obstacle(node));
        }
        if !sieved.open.is_empty() {
            let neighbours = neighbours::found(client, self.settings.anti_affinity, pod, self.nodes)?;
            sieved.keep(|node| neighbours.obstacle(node));
        }
        Ok(sieved)
    }
}
