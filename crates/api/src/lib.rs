//! The API server as a pure function: `(store, request) → (answer, writes)`.
//!
//! * [`read`]: how anybody learns of the store: a predicate with a projection
//! * [`memory`]: the plainest store
//! * [`server`]: the one function that decides what becomes of a request
//! * [`attributes`]: what admission is told of a request, and whether rules choose it
//! * [`cel`]: the expression language of Kubernetes; [`custom`]: custom resources, by their definitions; [`policy`]: validating
//!   admission policies
//! * [`shapes`]: which lists are sets or maps, and what is atomic; [`fields`]: who owns which field, and server-side apply; [`merge`]:
//!   strategic merge patches, and the patch that `kubectl apply` sends
//! * [`defaults`]: what the server fills in, and the form in which it stores; [`current`]: whether an object is as it should be
//! * [`storage`]: classes of storage; [`timer`]: what is left of something that takes time
//! * [`request`]: requests and what becomes of them; [`status`]: refusals

pub mod attributes;
pub mod cel;
pub mod current;
pub mod custom;
pub mod defaults;
pub mod fields;
pub mod memory;
pub mod merge;
mod pattern;
pub mod policy;
pub mod read;
pub mod request;
pub mod server;
pub mod shapes;
pub mod status;
pub mod storage;
pub mod timer;

pub use attributes::Attributes;
pub use memory::Memory;
pub use read::{Projection, Question, Read, Scope, Select};
pub use request::{Outcome, Precondition, Propagation, Request, Subresource, Verb, Write};
pub use server::{FieldManagers, Server};
pub use status::{Cause, Reason, Status};
