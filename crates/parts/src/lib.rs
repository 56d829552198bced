//! Explores apart what does not touch.
//!
//! * [`parts`]: parts of a cluster, merged until none reads what another writes
//! * [`shape`]: parts that are equal up to names
//! * [`whole`]: the verdict of the whole from those of its parts

pub mod parts;
pub mod shape;
pub mod whole;

pub use parts::{Part, Setup, explore};
pub use whole::{Whole, whole};
