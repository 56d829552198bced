//! Refusals in the words of the real server.

use std::fmt::Display;

use super::kinds::Resource;
use crate::{Cause, Reason, Status};

/// The object is not valid, for these causes.
pub(crate) fn invalid(resource: &Resource, name: &str, causes: Vec<Cause>) -> Status {
    let list: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
    let list = match list.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    let kind = match &*resource.kind.group {
        "" => resource.kind.name.to_string(),
        group => format!("{}.{group}", resource.kind.name),
    };
    Status::new(Reason::Invalid, format!("{kind} {name:?} is invalid: {list}")).with_causes(causes)
}

/// There is no object of that name; the resource is named with its group.
// https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/api/errors/errors.go: NewNotFound
pub(crate) fn not_found(resource: &str, name: &str) -> Status {
    Status::new(Reason::NotFound, format!("{resource} {name:?} not found"))
}

/// Admission says no.
pub(crate) fn forbidden(resource: &Resource, name: &str, why: impl Display) -> Status {
    let what = resource.qualified();
    let message = match name {
        "" => format!("{what} is forbidden: {why}"),
        name => format!("{what} {name:?} is forbidden: {why}"),
    };
    Status::new(Reason::Forbidden, message)
}

/// The object is not as the asker thinks.
pub(crate) fn conflict(resource: &Resource, name: &str, why: impl Display) -> Status {
    let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", resource.qualified());
    Status::new(Reason::Conflict, message)
}

/// The request makes no sense.
pub(crate) fn bad_request(why: impl Into<String>) -> Status {
    Status::new(Reason::BadRequest, why)
}

/// A patch makes something of the object that cannot be decoded. The real server shows the patch for some types of patches, and the result for others;
/// here it is the result.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go: applyPatchToObject
pub(crate) fn unpatchable(result: impl Display, why: &str) -> Status {
    let cause = wrong("patch", result, why);
    Status::new(Reason::Invalid, format!(" \"\" is invalid: {}: {}", cause.field, cause.message))
        .with_causes(vec![cause])
}

/// A field that must be there is not.
pub(crate) fn required(field: &str, detail: &str) -> Cause {
    let detail = if detail.is_empty() { "Required value".to_owned() } else { format!("Required value: {detail}") };
    cause("FieldValueRequired", field, detail)
}

/// A field has a value that it must not have.
pub(crate) fn wrong(field: &str, value: impl Display, detail: &str) -> Cause {
    cause("FieldValueInvalid", field, format!("Invalid value: {value}: {detail}"))
}

/// A field has a value that is none of those it can have.
pub(crate) fn not_supported(field: &str, value: impl Display, supported: &[&str]) -> Cause {
    let supported: Vec<String> = supported.iter().map(|value| format!("{value:?}")).collect();
    let message = format!("Unsupported value: {value}: supported values: {}", supported.join(", "));
    cause("FieldValueNotSupported", field, message)
}

/// A field that was changed may not change.
pub(crate) fn immutable(field: &str, value: impl Display) -> Cause {
    wrong(field, value, "field is immutable")
}

/// A field must not be written like that.
pub(crate) fn not_allowed(field: &str, detail: &str) -> Cause {
    cause("FieldValueForbidden", field, format!("Forbidden: {detail}"))
}

/// The same name twice.
pub(crate) fn duplicate(field: &str, value: impl Display) -> Cause {
    cause("FieldValueDuplicate", field, format!("Duplicate value: {value}"))
}

fn cause(reason: &str, field: &str, message: String) -> Cause {
    Cause { reason: reason.to_owned(), field: field.to_owned(), message }
}
