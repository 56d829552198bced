//! The API server as a pure function: `(store, request) → (answer, writes)`.
//!
//! * [`read`]: how anybody learns of the store: a predicate with a projection
//! * [`memory`]: the plainest store
//! * [`server`]: the one function that decides what becomes of a request
//! * [`attributes`]: what admission is told of a request, and whether rules choose it
//! * [`request`]: requests and what becomes of them; [`status`]: refusals

pub mod attributes;
pub mod memory;
pub mod read;
pub mod request;
pub mod server;
pub mod status;

pub use attributes::Attributes;
pub use memory::Memory;
pub use read::{Projection, Question, Read, Scope, Select};
pub use request::{Outcome, Precondition, Propagation, Request, Subresource, Verb, Write};
pub use server::Server;
pub use status::{Cause, Reason, Status};
