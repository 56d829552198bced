//! Who owns which field: the bookkeeping of `metadata.managedFields`, and server-side apply.
//!
//! * [`updated`]: what a create, an update or a patch does to ownership; [`applied`]: what an apply does to the object, too
//! * `element`, `set`: fields and sets of fields, as `fieldsV1` writes them; `entry`: who manages which
//! * `compare`, `owned`, `combine`, `prune`: what changed, what a configuration claims, laying it over an object, taking back what
//!   was given up
//! * `form`: how far a value is taken apart; `unowned`: what is nobody's; `validate`, `conflict`: refusals
//!
//! The semantics are those of <https://github.com/kubernetes-sigs/structured-merge-diff/tree/v6.4.2> as
//! <https://github.com/kubernetes/apimachinery/tree/v0.37.2/pkg/util/managedfields> uses it, but for these:
//!
//! * an object is one object in all its versions, so field sets are not converted between versions;
//! * entries have no time, and so the oldest of more than ten managers are not joined into `ancient-changes`;
//! * fields that the schema does not declare are not refused here.

mod apply;
mod combine;
mod compare;
mod conflict;
mod element;
mod entry;
mod form;
mod owned;
mod prune;
mod set;
#[cfg(test)]
mod tests;
mod unowned;
mod update;
mod validate;

pub use apply::{applied, laid_over};
pub use element::Element;
pub use entry::{Manager, Managers, Operation};
pub use set::Set;
pub use update::{updated, updated_in_shape};
pub use validate::atomics;

pub use crate::merge::strategic;
