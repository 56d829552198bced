//! The one function that decides what becomes of a request.

use crate::{Outcome, Read, Request, Status, status::Reason};

/// The API server: its settings, and nothing that changes.
#[derive(Clone, Debug, Default)]
pub struct Server {}

impl Server {
    /// Decides what becomes of a request, reading of the store only what it needs.
    pub fn handle(&self, _store: &mut dyn Read, _request: &Request) -> Outcome {
        Outcome::refused(Status::new(Reason::MethodNotAllowed, "not written yet"))
    }
}
