//! What the world outside does to a cluster, a bounded number of times.
//!
//! A disturbance owes nobody anything: it may come at any moment, or never. What is left of the budget is part of the state.

use std::rc::Rc;
use std::sync::Arc;

use evenkeel_api::{Precondition, Request, Subresource, Verb};
use evenkeel_object::{Key, Object, Value, json};
use evenkeel_system::Cost;

use crate::expand::{Expander, Raw};
use crate::late::NOBODY;
use crate::machine::Put;
use crate::state::State;
use crate::store::{Cells, EMPTY};
use crate::system::{Action, Deed};

/// The controller number of the world outside.
pub(crate) const WORLD: u32 = u32::MAX - 1;

/// What can go wrong, and how often: 255 times of each at most.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// How many times a reconcile may be cut off between two requests (interleaved only).
    pub crashes: u32,
    /// How many times, all in all, one of `sorts` may happen.
    pub disturbances: u32,
    /// What may happen.
    pub sorts: Vec<Disturbance>,
}

/// Something that happens to an object from outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Disturbance {
    /// A Pod that runs is deleted at once, as if its node had failed for good.
    PodDeleted,
    /// An object that a controller made is deleted at once.
    ManagedDeleted,
    /// The status of an object is lost, where some controller works it out again from what there is.
    StatusLost,
}

impl Disturbance {
    fn can_happen_to(self, object: &Object) -> bool {
        match self {
            Disturbance::PodDeleted => {
                object.kind().is("", "Pod") && object["status"]["phase"].text() == "Running" && !object.is_terminating()
            }
            Disturbance::ManagedDeleted => object.controller().is_some() && !object.is_terminating(),
            Disturbance::StatusLost => is_worked_out(object) && !object["status"].is_null(),
        }
    }

    /// What is said of it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Disturbance::PodDeleted | Disturbance::ManagedDeleted => "somebody deletes it",
            Disturbance::StatusLost => "its status is lost",
        }
    }
}

/// Whether the status of an object is a function of what there is, so that its controller can make it again. (The status of a Pod is not; that of a
/// Job remembers Pods that are gone.)
fn is_worked_out(object: &Object) -> bool {
    let kind = object.kind();
    ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"].iter().any(|name| kind.is("apps", name))
        || kind.is("policy", "PodDisruptionBudget")
        || kind.is("autoscaling", "HorizontalPodAutoscaler")
}

/// Something that can happen to an object of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Threat {
    process: u32,
    /// Which sort it is, by its place.
    branch: u32,
    cell: u32,
    number: u32,
    /// The request for it; none if its status is lost.
    request: Option<u32>,
    /// Whether the same can happen to another object of the list that nothing tells from this.
    is_twin: bool,
}

impl Expander {
    /// Adds everything that the world outside can do in a state.
    pub(crate) fn disturb(&mut self, state: &State) {
        if state.disturbances == 0 {
            return;
        }
        for cell in 0..self.machine.store.n_cells() {
            let list = self.machine.store.at(&state.cells, cell);
            if list == EMPTY || !self.machine.store.is_original(cell) {
                continue;
            }
            for threat in self.threats(cell, list).iter() {
                // Of several that nothing tells apart it does not matter which, unless a reconcile under way has seen them.
                if !threat.is_twin || !state.flights.is_empty() {
                    self.happens(state, threat);
                }
            }
        }
    }

    /// What can happen to the objects of a cell with that list.
    fn threats(&mut self, cell: u32, list: u32) -> Rc<[Threat]> {
        if let Some(known) = self.threats.get(&list) {
            return known.clone();
        }
        let mut threats = Vec::new();
        let mut contents = Vec::new();
        for &(number, content) in self.machine.store.list(list).iter() {
            let is_twin = contents.contains(&content);
            contents.push(content);
            let object = self.machine.store.object(cell, number, content);
            let key = object.key();
            if self.subjects.are_foreign(&key) {
                continue;
            }
            let process = self.machine.process(WORLD, &key);
            for (branch, sort) in (0..).zip(&self.sorts).filter(|(_, sort)| sort.can_happen_to(&object)) {
                let is_asked_for = *sort != Disturbance::StatusLost;
                let request = is_asked_for.then(|| self.machine.requests.intern(&deletion(&key)));
                threats.push(Threat { process, branch, cell, number, request, is_twin });
            }
        }
        let threats: Rc<[Threat]> = threats.into();
        self.threats.insert(list, threats.clone());
        threats
    }

    fn happens(&mut self, state: &State, threat: &Threat) {
        let puts: Rc<[Put]> = match threat.request {
            None => Rc::new([self.without_status(&state.cells, (threat.cell, threat.number))]),
            Some(request) => self.machine.decide(request, &state.cells).puts,
        };
        if puts.is_empty() {
            return;
        }
        let action =
            Action { process: threat.process, deed: Deed::Disturb, branch: threat.branch, late: NOBODY, view: 0 };
        let mut next = self.copy(state);
        next.disturbances -= 1;
        puts.iter().for_each(|put| self.machine.commit_put(&mut next.cells, *put));
        self.with_late(state, Raw { action, next, cost: Cost::default(), puts: &puts, stays: false });
    }

    /// The change by which an object loses its status.
    pub(crate) fn without_status(&mut self, cells: &Cells, (cell, number): (u32, u32)) -> Put {
        let mut bare = self.machine.object(cells, cell, number).expect("what loses its status is there");
        bare.set(&["status"], Value::Map(Arc::default()));
        let content = self.machine.store.content(cell, number, &bare);
        Put { cell, number, content: Some(content) }
    }

    /// The request by which a disturbance could have been brought about, for those who read of it.
    pub(crate) fn disturbance(&self, action: &Action) -> (Disturbance, Request) {
        let key = self.machine.processes.get(action.process).key.clone();
        let sort = self.sorts[action.branch as usize];
        let request = match sort {
            Disturbance::StatusLost => Request {
                verb: Verb::MergePatch(Value::from(json!({"status": null}))),
                subresource: Subresource::Status,
                ..deletion(&key)
            },
            Disturbance::PodDeleted | Disturbance::ManagedDeleted => deletion(&key),
        };
        (sort, request)
    }
}

fn deletion(key: &Key) -> Request {
    Request {
        manager: "somebody".into(),
        key: key.clone(),
        subresource: Subresource::Main,
        verb: Verb::Delete { propagation: None, uid: None, grace: Some(0) },
        precondition: Precondition::None,
    }
}
