//! What can be asked about kinds from outside.

use evenkeel_object::Kind;

use super::kinds::Resource;
use crate::Read;

/// Whether objects of a kind lie in namespaces; none if the kind is not served: neither built in nor defined in the store.
pub fn is_namespaced(store: &mut dyn Read, kind: &Kind) -> Option<bool> {
    Resource::of(store, kind).ok().map(|resource| resource.is_namespaced())
}
