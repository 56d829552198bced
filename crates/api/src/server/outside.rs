//! What lies outside the cluster and is a part of a state all the same: what has been committed to a folder that somebody applies.
//!
//! It is kept beside the objects, as it is written. The API server serves no such kind, and admits, defaults and validates nothing of it.

use super::not_allowed;
use crate::{Outcome, Read, Request, Status, Verb, Write};

/// The group of what lies outside.
pub const OUTSIDE: &str = "evenkeel.dev";

/// Keeps what is written; nothing else can be done to it.
pub(crate) fn kept(store: &mut dyn Read, request: &Request) -> Result<Outcome, Status> {
    let Verb::Update(object) = &request.verb else {
        return Err(not_allowed());
    };
    if store.get(&request.key).as_ref() == Some(object) {
        return Ok(Outcome::unchanged(object.clone()));
    }
    let write = Write { key: request.key.clone(), after: Some(object.clone()) };
    Ok(Outcome { answer: Ok(object.clone()), writes: vec![write] })
}
