//! Patches that make no sense, and the answers of the real server to them.
//!
//! <https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/mergepatch/errors.go>; which code goes with which:
//! <https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/handlers/patch.go>: `interpretStrategicMergePatchError`

use std::mem::{Discriminant, discriminant};

use evenkeel_object::{Map, Value};

use crate::Status;
use crate::status::Reason;

fn unexplained(message: String) -> Status {
    Status::new(Reason::InternalError, message)
}

pub(super) fn bad_directive(patch: &Map) -> Status {
    let directive = patch.get("$patch").map(Value::text).unwrap_or_default();
    unexplained(format!("unknown patch type: {directive} in map: {}", Value::from(patch.clone())))
}

pub(super) fn bad_primitive_list() -> Status {
    Status::new(Reason::BadRequest, "invalid patch format of primitive list")
}

pub(super) fn bad_retain_keys() -> Status {
    Status::new(Reason::BadRequest, "invalid patch format of retainKeys")
}

pub(super) fn bad_element_order() -> Status {
    Status::new(Reason::BadRequest, "invalid patch format of setElementOrder list")
}

pub(super) fn no_merge_key() -> Status {
    unexplained("cannot merge lists without merge key".to_owned())
}

pub(super) fn not_a_list(value: &Value) -> Status {
    unexplained(format!("expected a []interface {{}}, but received a {}", value.type_name()))
}

pub(super) fn order_differs(patch: &[Value]) -> Status {
    let patch = Value::list(patch.iter().cloned());
    unexplained(format!("The order in patch list:\n{patch}\n doesn't match $setElementOrder list"))
}

/// Refuses an item without the key that its list is merged by.
pub(super) fn without_key(item: &Value, key: &str) -> Result<(), Status> {
    match item.get(key) {
        Some(_) => Ok(()),
        None => Err(unexplained(format!("map: {item} does not contain declared merge key: {key}"))),
    }
}

/// Whether the items are maps; refuses items of several sorts, and lists of lists.
pub(super) fn check_alike<'v>(items: impl Iterator<Item = &'v Value>) -> Result<bool, Status> {
    let mut sort: Option<Discriminant<Value>> = None;
    let mut is_of_maps = false;
    for item in items {
        if matches!(item, Value::List(_)) {
            return Err(Status::new(Reason::Invalid, "lists of lists are not supported"));
        }
        is_of_maps = matches!(item, Value::Map(_));
        if *sort.get_or_insert(discriminant(item)) != discriminant(item) {
            return Err(unexplained("list element types are not identical".to_owned()));
        }
    }
    match sort {
        Some(_) => Ok(is_of_maps),
        None => Err(unexplained("no elements in any of the given slices".to_owned())),
    }
}
