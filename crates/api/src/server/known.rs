//! What can be asked about kinds from outside.

use evenkeel_object::{Kind, Object, Value};

use super::kinds::Resource;
use crate::Read;

pub use super::outside::OUTSIDE;
pub use super::withdrawn::{CLEANUP, CRD_FINALIZER};

/// Whether the server serves a kind in that version.
pub fn is_served(store: &mut dyn Read, api_version: &str, kind: &str) -> bool {
    let object = Object(Value::map().with(&["apiVersion"], api_version));
    Resource::of(store, &Kind::of(api_version, kind)).is_ok_and(|resource| resource.served(&object).is_ok())
}

/// Whether objects of a kind lie in namespaces; none if the kind is not served: neither built in nor defined in the store.
pub fn is_namespaced(store: &mut dyn Read, kind: &Kind) -> Option<bool> {
    Resource::of(store, kind).ok().map(|resource| resource.is_namespaced())
}
