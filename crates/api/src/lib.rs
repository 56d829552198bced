//! The API server as a pure function: `(store, request) → (answer, writes)`.
//!
//! * [`read`]: how anybody learns of the store: a predicate with a projection
//! * [`request`]: requests and what becomes of them; [`status`]: refusals

pub mod read;
pub mod request;
pub mod status;

pub use read::{Projection, Question, Read, Scope, Select};
pub use request::{Outcome, Precondition, Propagation, Request, Subresource, Verb, Write};
pub use status::{Cause, Reason, Status};
