//! What becomes of sequences of requests.

mod admission;
mod apply;
mod counts;
mod create;
mod delete;
mod mutating;
mod quota;
mod storage;
mod subresources;
mod update;
mod world;
