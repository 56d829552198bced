//! Explores apart what does not touch.
//!
//! * [`mod@finals`]: where each part comes to rest
//! * [`parts`]: parts of a cluster, merged until none reads what another writes
//! * [`mod@search`]: one part, in ever larger searches
//! * [`shape`]: parts that are equal up to names
//! * [`mod@whole`]: the verdict of the whole from those of its parts

pub mod finals;
pub mod parts;
pub mod search;
pub mod shape;
pub mod whole;

pub use finals::{Final, final_states, finals};
pub use parts::{Part, Parts, Setup, explore, severity};
pub use search::search;
pub use whole::{Whole, whole};
