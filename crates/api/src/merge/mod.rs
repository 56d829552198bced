//! Patches that know the kind they patch, and what `kubectl apply` makes of the three states of an object.
//!
//! * [`strategic`]: applies a strategic merge patch; [`three_way`]: makes the patch that a client-side apply sends
//! * [`last_applied`], [`with_last_applied`]: the annotation by which a client-side apply remembers

mod difference;
mod join;
mod last_applied;
mod order;
mod refusal;
mod strategic;
mod three_way;

pub use last_applied::{LAST_APPLIED, last_applied, with_last_applied};
pub use strategic::strategic;
pub use three_way::three_way;
