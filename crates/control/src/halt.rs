//! Why a step of a reconcile does not go on: the world must move first, or the server said no.

use crate::{Done, Pause};
use evenkeel_api::Status;

/// What stops a reconcile in the middle. With it `client.create(pod)??` reads as: wait for the answer, and give up if it is no.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Halt {
    /// The link pauses the reconcile.
    Pause(Pause),
    /// The key goes back into the queue, with what the error says.
    Retry(String),
}

impl From<Pause> for Halt {
    fn from(pause: Pause) -> Halt {
        Halt::Pause(pause)
    }
}

impl From<Status> for Halt {
    fn from(status: Status) -> Halt {
        Halt::Retry(status.to_string())
    }
}

/// Ends a reconcile: what went through to its end is settled, a refusal is tried again.
pub fn ended(result: Result<(), Halt>) -> Result<Done, Pause> {
    match result {
        Ok(()) => Ok(Done::Settled),
        Err(Halt::Retry(why)) => Ok(Done::Retry(why)),
        Err(Halt::Pause(pause)) => Err(pause),
    }
}
