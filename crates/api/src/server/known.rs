//! What can be asked about kinds from outside.

use evenkeel_object::{Kind, Object, Value};

pub use super::kinds::in_group;
use super::kinds::{Resource, version_of};
use super::table;
use crate::cel::Type;
use crate::{Read, defaults};

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

/// The resource of a kind of Kubernetes' own with its group, as refusals name it: `deployments.apps`; none if it is no such kind.
pub fn resource(kind: &Kind) -> Option<String> {
    table::find(&kind.group, &kind.name).map(|entry| in_group(entry.plural, &kind.group))
}

/// The type of the objects of a kind in that version; unknown if the kind is not served, or if its schema leaves that open.
pub fn type_of(store: &mut dyn Read, api_version: &str, kind: &str) -> Type {
    let object = Object(Value::map().with(&["apiVersion"], api_version));
    let version = version_of(&object);
    let kind = Kind::of(api_version, kind);
    Resource::of(store, &kind).map_or(Type::Unknown, |resource| match resource.custom() {
        Some(defined) => defined.declared(version),
        None => defaults::declared(&kind, version),
    })
}
