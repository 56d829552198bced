//! Explores apart what does not touch.
//!
//! * [`parts`]: parts of a cluster, merged until none reads what another writes
//! * [`mod@search`]: one part, in ever larger searches
//! * [`shape`]: parts that are equal up to names
//! * [`mod@whole`]: the verdict of the whole from those of its parts

pub mod parts;
pub mod search;
pub mod shape;
pub mod whole;

pub use parts::{Part, Parts, Setup, explore, severity};
pub use search::search;
pub use whole::{Whole, whole};
