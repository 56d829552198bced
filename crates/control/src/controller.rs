//! What a controller is.

use evenkeel_api::{Read, Scope, Status};
use evenkeel_object::{Key, Kind, Object};

use crate::{Client, Pause};

/// Reconciles objects one at a time, each without regard to the others.
///
/// A controller is deterministic: everything it can depend on passes through its client. Its processes, in the sense of
/// fairness, are the pairs of the controller and one of its subjects.
pub trait Controller {
    /// Its name: in evidence, and as its field manager.
    fn name(&self) -> &str;

    /// The objects it reconciles, one process each. An object that several scopes choose is one subject.
    fn subjects(&self) -> Vec<Scope>;

    /// Keys that are reconciled whether or not there is an object of that key.
    fn standing(&self) -> Vec<Key> {
        Vec::new()
    }

    /// When a subject is put into the work queue.
    fn wakes(&self) -> Wakes;

    /// The subjects that an event puts into the work queue; is asked for events of the kinds that [`Wakes::On`] lists.
    ///
    /// `store` is the controller's cache. What is returned and is no subject (any more) is ignored.
    fn woken(&self, _event: &Event, _store: &mut dyn Read) -> Vec<Key> {
        Vec::new()
    }

    /// Which of its own writes it has to see in its cache before it goes on.
    fn own_writes(&self) -> OwnWrites {
        OwnWrites::Ignored
    }

    /// Why what it did so far may not be what it would do: something in it could not be evaluated where there is no way to fail. Nothing counts then.
    fn doubt(&self) -> Option<String> {
        None
    }

    /// Brings one object closer to what it should be.
    ///
    /// Each call of `client` is where the world may move: it is followed by `?`, and after a pause the function is run again
    /// from its start with the same answers and one more.
    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause>;
}

/// How a controller deals with a cache that does not show its own writes yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OwnWrites {
    /// It does not: it goes by what its cache shows.
    #[default]
    Ignored,
    /// It does not reconcile a key before its cache shows what it wrote when it reconciled that key before.
    Awaited,
    /// It knows what it wrote, whatever its cache shows.
    Known,
}

/// When the work queue of a controller gets a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wakes {
    /// At every interval, whatever happened: a poll. It can be late, but not asleep.
    Periodically,
    /// On every change of anything it reads, and of its subject: shorthand for triggers that are known to be complete.
    OnWhatItReads,
    /// On events of these kinds, as far as [`Controller::woken`] maps them to a key. What it reads and does not watch can leave it asleep
    /// beside work that it should do.
    On(Vec<Kind>),
}

/// A change of an object, as a watch delivers it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// The object before; none if it is new.
    pub before: Option<Object>,
    /// The object now; none if it is gone.
    pub after: Option<Object>,
}

impl Event {
    /// The object as it is now, or as it last was.
    pub fn object(&self) -> &Object {
        self.after.as_ref().or(self.before.as_ref()).expect("an event has a before or an after")
    }
}

/// How a reconcile ended.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Done {
    /// The key is done with until something wakes it.
    Settled,
    /// The key goes back into the queue, with back-off: an error, and what it says.
    Retry(String),
}

impl Done {
    /// Ends a reconcile with the error that a request was refused with.
    pub fn retry(status: &Status) -> Done {
        Done::Retry(status.to_string())
    }
}
