//! The causes of a refusal, in the words of the server.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go

use std::fmt;

use evenkeel_object::{Kind, Value};

use crate::{Cause, Reason, Status};

/// A place in an object as the server writes it: `spec.containers[0]`, `metadata.labels[app]`; `<nil>` at the top.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Place(String);

impl Place {
    /// The place that is written so.
    pub(super) fn at(text: &str) -> Place {
        Place(text.trim_start_matches('.').to_string())
    }

    /// One field further.
    pub(super) fn child(&self, name: &str) -> Place {
        match self.0.is_empty() {
            true => Place(name.to_string()),
            false => Place(format!("{}.{name}", self.0)),
        }
    }

    /// One key of a map, or one item of a list, further.
    pub(super) fn key(&self, key: impl fmt::Display) -> Place {
        Place(format!("{}[{key}]", self.0))
    }

    /// The text; empty at the top.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "<nil>" } else { &self.0 })
    }
}

/// A value that is not allowed.
pub(super) fn invalid(place: &Place, value: &Value, detail: &str) -> Cause {
    with_value("FieldValueInvalid", "Invalid value", place, Some(value), detail)
}

/// A whole object or list that is not allowed; it is not shown.
pub(super) fn invalid_whole(place: &Place, detail: &str) -> Cause {
    with_value("FieldValueInvalid", "Invalid value", place, None, detail)
}

/// A value of the wrong type.
pub(super) fn type_invalid(place: &Place, value: &Value, detail: &str) -> Cause {
    with_value("FieldValueTypeInvalid", "Invalid value", place, Some(value), detail)
}

/// A value that is not among the supported ones.
pub(super) fn not_supported(place: &Place, value: &Value, supported: &[Value]) -> Cause {
    let quoted: Vec<String> = supported
        .iter()
        .map(|value| match value.as_str() {
            Some(text) => format!("{text:?}"),
            None => format!("{:?}", value.to_string()),
        })
        .collect();
    let detail = format!("supported values: {}", quoted.join(", "));
    with_value("FieldValueNotSupported", "Unsupported value", place, Some(value), &detail)
}

/// A value that occurs twice; a whole object or list is not shown if none is given.
pub(super) fn duplicate(place: &Place, value: Option<&Value>) -> Cause {
    with_value("FieldValueDuplicate", "Duplicate value", place, value, "")
}

/// A value that is missing.
pub(super) fn required(place: &Place, detail: &str) -> Cause {
    with_value("FieldValueRequired", "Required value", place, None, detail)
}

/// A value that is not allowed here.
pub(super) fn forbidden(place: &Place, detail: &str) -> Cause {
    with_value("FieldValueForbidden", "Forbidden", place, None, detail)
}

/// A string that is too long.
pub(super) fn too_long(place: &Place, n_max: i64) -> Cause {
    let unit = if n_max == 1 { "byte" } else { "bytes" };
    let detail = format!("may not be more than {n_max} {unit}");
    with_value("FieldValueTooLong", "Too long", place, None, &detail)
}

/// A list or map with too many entries.
pub(super) fn too_many(place: &Place, n: i64, n_max: i64) -> Cause {
    let unit = if n_max == 1 { "item" } else { "items" };
    let detail = format!("must have at most {n_max} {unit}");
    with_value("FieldValueTooMany", "Too many", place, Some(&Value::Int(n)), &detail)
}

fn with_value(reason: &str, words: &str, place: &Place, value: Option<&Value>, detail: &str) -> Cause {
    let mut message = words.to_string();
    if let Some(value) = value {
        message = format!("{message}: {value}");
    }
    if !detail.is_empty() {
        message = format!("{message}: {detail}");
    }
    Cause { reason: reason.to_string(), field: place.to_string(), message }
}

/// Whether a fault of that sort keeps the CEL rules from being looked at: those of the schema's form do, those of the values' ranges do not.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresource/strategy.go: hasBlockingErr
pub(super) fn is_blocking(cause: &Cause) -> bool {
    matches!(
        cause.reason.as_str(),
        "FieldValueNotSupported"
            | "FieldValueRequired"
            | "FieldValueTooLong"
            | "FieldValueTooMany"
            | "FieldValueTypeInvalid"
    )
}

/// The refusal of an object for these causes, which are not none.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go: NewInvalid
pub(super) fn refusal(kind: &Kind, name: &str, causes: Vec<Cause>) -> Status {
    let mut texts: Vec<String> = Vec::new();
    for cause in &causes {
        let text = format!("{}: {}", cause.field, cause.message);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let listed = match &texts[..] {
        [only] => only.clone(),
        _ => format!("[{}]", texts.join(", ")),
    };
    let full_kind = match &*kind.group {
        "" => kind.name.to_string(),
        group => format!("{}.{group}", kind.name),
    };
    Status::new(Reason::Invalid, format!("{full_kind} {name:?} is invalid: {listed}")).with_causes(causes)
}
