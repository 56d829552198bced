//! What is known of a value before it is there: its type.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use evenkeel_object::Value;

/// What is known of a value before it is there.
///
/// A list or a map may be `null` as well; that is never told apart. Of a number, a text or a truth value that may be `null`, nothing is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// Nothing is known of it, or nothing that has a type here.
    Unknown,
    /// There is no such value: what an empty list holds.
    Nothing,
    /// It is `null`.
    Null,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A number, whole or not.
    Double,
    /// A text.
    String,
    /// Bytes.
    Bytes,
    /// A list of such items.
    List(Arc<Type>),
    /// A map from texts of any kind to such values.
    Map(Arc<Type>),
    /// A map whose fields are known.
    Object(Arc<Record>),
    /// An optional that may hold such a value.
    Optional(Arc<Type>),
}

/// What is known of the fields of a map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The kind of the objects in which it stands; empty if it was written in an expression.
    pub owner: Arc<str>,
    /// Where in such an object it stands: `spec.ports[]`; empty at the top.
    pub path: Arc<str>,
    /// The fields that are known. That one is known does not mean that it is there.
    pub fields: BTreeMap<Arc<str>, Type>,
    /// Whether there may be others.
    pub open: bool,
}

impl Record {
    /// The place of a field in an object: `spec.ports[].name`.
    pub fn place(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }
}

impl Type {
    /// A list of such items.
    pub fn list(item: Type) -> Type {
        Type::List(Arc::new(item))
    }

    /// A map to such values.
    pub fn map(value: Type) -> Type {
        Type::Map(Arc::new(value))
    }

    /// An optional that may hold such a value.
    pub fn optional(inner: Type) -> Type {
        Type::Optional(Arc::new(inner))
    }

    /// What `of.?field` and `of[?at]` come to where `of.field` and `of[at]` come to `found`: of an optional, that is one already.
    pub(super) fn maybe(found: Type, of: &Type) -> Type {
        if matches!(of, Type::Optional(_)) { found } else { Type::optional(found) }
    }

    /// A map with these fields, as an expression or a document writes it.
    pub fn written(fields: BTreeMap<Arc<str>, Type>) -> Type {
        Type::Object(Arc::new(Record { owner: "".into(), path: "".into(), fields, open: true }))
    }

    /// The type of that value.
    pub fn of(value: &Value) -> Type {
        match value {
            Value::Null => Type::Null,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Float(_) => Type::Double,
            Value::String(_) => Type::String,
            Value::List(items) => {
                Type::list(items.iter().map(Type::of).fold(Type::Nothing, |known, item| known.or(&item)))
            }
            Value::Map(fields) => {
                Type::written(fields.iter().map(|(name, field)| (name.clone(), Type::of(field))).collect())
            }
        }
    }

    /// What is known of a value that is of one of the two types.
    pub fn or(self, other: &Type) -> Type {
        match (self, other) {
            (Type::Nothing, other) => other.clone(),
            (known, Type::Nothing) => known,
            (Type::Null, other) if other.may_be_null() => other.clone(),
            (known, Type::Null) if known.may_be_null() => known,
            (Type::Int, Type::Double) | (Type::Double, Type::Int) => Type::Double,
            (Type::List(left), Type::List(right)) => Type::list((*left).clone().or(right)),
            (Type::Map(left), Type::Map(right)) => Type::map((*left).clone().or(right)),
            (Type::Optional(left), Type::Optional(right)) => Type::optional((*left).clone().or(right)),
            (left, right) if left == *right => left,
            _ => Type::Unknown,
        }
    }

    /// What becomes of it where an object or a variable takes it over: what an optional holds, and bytes in base64.
    pub fn stored(&self) -> Type {
        match self {
            Type::Bytes => Type::String,
            Type::Optional(inner) => inner.stored(),
            Type::List(item) => Type::list(item.stored()),
            Type::Map(value) => Type::map(value.stored()),
            Type::Object(record) if record.owner.is_empty() => {
                Type::written(record.fields.iter().map(|(name, field)| (name.clone(), field.stored())).collect())
            }
            other => other.clone(),
        }
    }

    /// Whether it may be a truth value.
    pub fn may_be_bool(&self) -> bool {
        *self == Type::Bool || self.is_open()
    }

    /// Whether it may be a list.
    pub fn may_be_list(&self) -> bool {
        matches!(self, Type::List(_)) || self.is_open()
    }

    /// Whether it may be a text.
    pub fn may_be_text(&self) -> bool {
        *self == Type::String || self.is_open()
    }

    fn may_be_null(&self) -> bool {
        matches!(self, Type::Null | Type::List(_)) || self.is_map()
    }

    /// Whether it is a number.
    pub fn is_number(&self) -> bool {
        matches!(self, Type::Int | Type::Double)
    }

    /// Whether it is a map, whatever is known of its fields.
    pub fn is_map(&self) -> bool {
        matches!(self, Type::Map(_) | Type::Object(_))
    }

    /// Whether nothing is said against it, whatever is done with it.
    pub fn is_open(&self) -> bool {
        matches!(self, Type::Unknown | Type::Nothing | Type::Null)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Unknown => f.write_str("anything"),
            Type::Nothing => f.write_str("nothing"),
            Type::Null => f.write_str("null"),
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Double => f.write_str("double"),
            Type::String => f.write_str("string"),
            Type::Bytes => f.write_str("bytes"),
            Type::List(item) if item.is_open() => f.write_str("list"),
            Type::List(item) => write!(f, "list({item})"),
            Type::Map(value) if value.is_open() => f.write_str("map"),
            Type::Map(value) => write!(f, "map({value})"),
            Type::Object(record) if record.owner.is_empty() => f.write_str("map"),
            Type::Object(record) if record.path.is_empty() => f.write_str(&record.owner),
            Type::Object(record) => write!(f, "{}.{}", record.owner, record.path),
            Type::Optional(inner) if inner.is_open() => f.write_str("optional"),
            Type::Optional(inner) => write!(f, "optional({inner})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Value, json};

    use super::Type;

    /// The type of what may be one value or the other.
    fn check(left: impl Into<Value>, right: impl Into<Value>, expect: &str) {
        assert_eq!(Type::of(&left.into()).or(&Type::of(&right.into())).to_string(), expect);
    }

    #[test]
    fn a_value_of_one_of_two_types_is_known_as_far_as_they_agree() {
        check(json!(1), json!(2), "int");
        check(json!(1), json!(0.5), "double");
        check(json!("a"), json!(null), "anything");
        check(json!(["a"]), json!(null), "list(string)");
        check(json!("a"), json!(1), "anything");
        check(json!([]), json!(["a"]), "list(string)");
        check(json!(["a"]), json!([1]), "list");
        check(json!({"a": 1}), json!({"a": 2}), "map");
    }
}
