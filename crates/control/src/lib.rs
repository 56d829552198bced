//! What a controller is: a function from the answers so far to its next request.
//!
//! * [`controller`]: the trait, its triggers, how a reconcile ends
//! * [`direct`]: a link that never pauses, for tests and naive checkers
//! * [`halt`]: why a step of a reconcile does not go on
//! * [`resync`]: a controller that is told of everything again at intervals
//! * [`client`]: the client through which it learns and acts; `?` is where the world may move

pub mod client;
pub mod controller;
pub mod direct;
pub mod halt;
pub mod resync;

pub use client::{Answer, Client, Link, Pause};
pub use controller::{Controller, Done, Event, OwnWrites, Wakes};
pub use direct::Direct;
pub use resync::Resynced;
