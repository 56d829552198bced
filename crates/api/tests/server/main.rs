//! What becomes of sequences of requests.

mod admission;
mod apply;
mod counts;
mod create;
mod delete;
mod mutating;
mod quota;
mod subresources;
mod update;
mod world;
