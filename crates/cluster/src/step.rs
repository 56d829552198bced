//! What is told of a step.

use std::borrow::Cow;
use std::rc::Rc;

use evenkeel_api::{Request, Status};
use evenkeel_object::{Key, Object};

use crate::demand::{Demand, Finding};

/// One step of a run.
#[derive(Clone, Debug)]
pub struct Step {
    /// Who moved.
    pub controller: String,
    /// What it was busy with.
    pub subject: Key,
    /// What sort of step it is.
    pub deed: Cow<'static, str>,
    /// The requests it made, in order.
    pub requests: Vec<Sent>,
    /// Why the reconcile will be tried again, if it will.
    pub retry: Option<String>,
    /// Reconciles that had begun before, and do not know of it.
    pub late: Vec<LateStep>,
    /// What its cache did not show.
    pub unseen: Vec<(Key, Unseen)>,
}

/// What a cache does not show of an object yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unseen {
    /// That it is there.
    Made,
    /// That it is gone.
    Gone,
    /// That it has changed.
    Changed,
}

/// A reconcile that had begun before a step of another.
#[derive(Clone, Debug)]
pub struct LateStep {
    /// Who had begun.
    pub controller: String,
    /// With what.
    pub subject: Key,
    /// Whether its request is then refused, because the object has changed, and it is tried again.
    pub is_in_vain: bool,
}

/// One request of a step.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The request.
    pub request: Request,
    /// Why it was made, in the controller's words.
    pub because: String,
    /// Why it was refused, if it was.
    pub refused: Option<Status>,
    /// The objects that it changed, before and after.
    pub effects: Vec<Effect>,
}

/// One change of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    /// Which object.
    pub key: Key,
    /// What it was; none if it is new.
    pub before: Option<Object>,
    /// What it is; none if it is gone.
    pub after: Option<Object>,
}

/// A demand or an invariant, and what keeps it from being met; at least one thing does.
#[derive(Clone, Debug)]
pub struct Unmet {
    /// The demand.
    pub demand: Rc<Demand>,
    /// Of which objects it is not true, or not known.
    pub findings: Vec<Finding>,
}
