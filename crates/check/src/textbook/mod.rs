//! Small systems from the literature, with answers that are known exactly.
//!
//! * [`protocol`]: the atomic-state model, in which most of them are written
//! * [`cells`] and [`network`]: what a protocol's configuration is, and who is whose neighbour
//! * [`ring`], [`array`](mod@array): Dijkstra's mutual exclusion, with K states and with three
//! * [`colouring`], [`distances`]: two protocols that fall silent
//! * [`layers`]: a protocol on top of another
//! * [`two_phase`]: two-phase commit

pub mod array;
pub mod cells;
pub mod colouring;
pub mod distances;
pub mod layers;
pub mod network;
pub mod protocol;
pub mod ring;
pub mod two_phase;

pub use array::Array;
pub use cells::Cells;
pub use colouring::Colouring;
pub use distances::{Distances, Root};
pub use layers::{Layers, Operator};
pub use network::Network;
pub use protocol::{Central, Protocol};
pub use ring::Ring;
pub use two_phase::TwoPhase;
