//! The values that expressions compute with.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_object::Value;
use kube_cel::cel;

use super::evaluate::Fault;

/// A value of an expression.
///
/// What JSON can say is always a [`Datum::Value`]; a list or map is one of the other shapes only if something in it is none.
#[derive(Clone, Debug)]
pub(crate) enum Datum {
    /// A value as objects have them, a finite number included.
    Value(Value),
    /// What JSON has no word for: `uint`, bytes, timestamps, durations, infinities, quantities, URLs, addresses.
    Foreign(cel::Value),
    /// An optional, and what it holds.
    Optional(Option<Box<Datum>>),
    /// A list that is compared in its own way, or in which something is not a value.
    List(Arc<Vec<Datum>>, Like),
    /// A map with strings for keys in which something is not a value.
    Record(Arc<BTreeMap<Arc<str>, Datum>>),
    /// A map with other keys.
    Map(Arc<Vec<(Datum, Datum)>>),
    /// A type, by its name.
    Type(&'static str),
}

/// How a list is compared and added to (`x-kubernetes-list-type`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Like {
    /// Item by item.
    #[default]
    List,
    /// Whatever the order.
    Set,
    /// Whatever the order; items with equal fields of these names are the same item.
    Map(Arc<[Arc<str>]>),
}

/// What a string is the notation of (`format`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Text {
    /// Base64.
    Bytes,
    /// A date with a time of day, RFC 3339.
    DateTime,
    /// A date.
    Date,
    /// A duration in the notation of Go.
    Duration,
}

impl From<Value> for Datum {
    fn from(value: Value) -> Datum {
        Datum::Value(value)
    }
}

impl From<bool> for Datum {
    fn from(flag: bool) -> Datum {
        Datum::Value(Value::Bool(flag))
    }
}

impl Datum {
    /// A whole number.
    pub(crate) fn int(number: i64) -> Datum {
        Datum::Value(Value::Int(number))
    }

    /// A number, finite or not.
    pub(crate) fn double(number: f64) -> Datum {
        match evenkeel_object::value::Float::new(number) {
            Some(float) => Datum::Value(Value::Float(float)),
            None => Datum::Foreign(cel::Value::Float(number)),
        }
    }

    /// A string.
    pub(crate) fn string(text: impl Into<Arc<str>>) -> Datum {
        Datum::Value(Value::String(text.into()))
    }

    /// An optional with that in it.
    pub(crate) fn some(inner: Datum) -> Datum {
        Datum::Optional(Some(Box::new(inner)))
    }

    /// A list.
    pub(crate) fn list(items: Vec<Datum>) -> Datum {
        let plain: Option<Vec<Value>> = items.iter().map(|item| item.plain().cloned()).collect();
        match plain {
            Some(values) => Datum::Value(Value::from(values)),
            None => Datum::List(Arc::new(items), Like::List),
        }
    }

    /// A map; of two entries with the same key the later one stays.
    pub(crate) fn map(entries: Vec<(Datum, Datum)>) -> Datum {
        let named: Option<BTreeMap<Arc<str>, Datum>> =
            entries.iter().map(|(key, datum)| Some((key.text()?.clone(), datum.clone()))).collect();
        match named {
            Some(fields) => Datum::record(fields),
            None => Datum::Map(Arc::new(entries)),
        }
    }

    /// A map with strings for keys.
    pub(crate) fn record(fields: BTreeMap<Arc<str>, Datum>) -> Datum {
        let plain: Option<BTreeMap<Arc<str>, Value>> =
            fields.iter().map(|(name, datum)| Some((name.clone(), datum.plain()?.clone()))).collect();
        match plain {
            Some(map) => Datum::Value(Value::from(map)),
            None => Datum::Record(Arc::new(fields)),
        }
    }

    /// The value, if JSON can say it.
    pub(crate) fn plain(&self) -> Option<&Value> {
        match self {
            Datum::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The truth value.
    pub(crate) fn truth(&self) -> Option<bool> {
        self.plain().and_then(Value::as_bool)
    }

    /// The string.
    pub(crate) fn text(&self) -> Option<&Arc<str>> {
        match self {
            Datum::Value(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The number, whatever its type.
    pub(super) fn number(&self) -> Option<Number> {
        match self {
            Datum::Value(Value::Int(number)) => Some(Number::Int(*number)),
            Datum::Value(Value::Float(number)) => Some(Number::Double(number.get())),
            Datum::Foreign(cel::Value::UInt(number)) => Some(Number::Uint(*number)),
            Datum::Foreign(cel::Value::Float(number)) => Some(Number::Double(*number)),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub(super) fn items(&self) -> Option<Vec<Datum>> {
        match self {
            Datum::Value(Value::List(items)) => Some(items.iter().cloned().map(Datum::Value).collect()),
            Datum::List(items, _) => Some(items.to_vec()),
            _ => None,
        }
    }

    /// The entries, if it is a map, in the order of their keys.
    pub(super) fn entries(&self) -> Option<Vec<(Datum, Datum)>> {
        match self {
            Datum::Value(Value::Map(map)) => {
                Some(map.iter().map(|(key, value)| (Datum::string(key.clone()), Datum::Value(value.clone()))).collect())
            }
            Datum::Record(map) => {
                Some(map.iter().map(|(key, datum)| (Datum::string(key.clone()), datum.clone())).collect())
            }
            Datum::Map(entries) => Some(entries.to_vec()),
            _ => None,
        }
    }

    /// The field of that name; a name that is no identifier may also be given escaped, as Kubernetes escapes it.
    pub(super) fn field(&self, name: &str) -> Result<Option<Datum>, Fault> {
        let found = match self {
            Datum::Value(Value::Map(map)) => map.get(name).cloned().map(Datum::Value),
            Datum::Record(map) => map.get(name).cloned(),
            Datum::Map(entries) => entries
                .iter()
                .find(|(key, _)| key.text().is_some_and(|key| **key == *name))
                .map(|(_, datum)| datum.clone()),
            _ => return Err(Fault::no_overload()),
        };
        match (found, unescaped(name)) {
            (None, Some(plain)) => self.field(&plain),
            (found, _) => Ok(found),
        }
    }

    /// The item at that place or under that key.
    pub(super) fn at(&self, key: &Datum) -> Result<Option<Datum>, Fault> {
        match self {
            Datum::Value(Value::List(items)) => Ok(items.get(place(key)?).cloned().map(Datum::Value)),
            Datum::List(items, _) => Ok(items.get(place(key)?).cloned()),
            Datum::Value(Value::Map(_)) | Datum::Record(_) => match key.text() {
                Some(name) => Ok(self.exact(name)),
                None => Ok(None),
            },
            Datum::Map(entries) => {
                Ok(entries.iter().find(|(known, _)| known.equals(key)).map(|(_, datum)| datum.clone()))
            }
            _ => Err(Fault::no_overload()),
        }
    }

    fn exact(&self, name: &str) -> Option<Datum> {
        match self {
            Datum::Value(value) => value.get(name).cloned().map(Datum::Value),
            Datum::Record(map) => map.get(name).cloned(),
            _ => None,
        }
    }

    /// The name of its type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Datum::Value(value) => match value {
                Value::Null => "null_type",
                Value::Bool(_) => "bool",
                Value::Int(_) => "int",
                Value::Float(_) => "double",
                Value::String(_) => "string",
                Value::List(_) => "list",
                Value::Map(_) => "map",
            },
            Datum::Foreign(value) => foreign_type(value),
            Datum::Optional(_) => "optional_type",
            Datum::List(..) => "list",
            Datum::Record(_) | Datum::Map(_) => "map",
            Datum::Type(_) => "type",
        }
    }
}

/// A number of one of the three types.
#[derive(Clone, Copy)]
pub(super) enum Number {
    Int(i64),
    Uint(u64),
    Double(f64),
}

fn foreign_type(value: &cel::Value) -> &'static str {
    match value {
        cel::Value::UInt(_) => "uint",
        cel::Value::Float(_) => "double",
        cel::Value::Bytes(_) => "bytes",
        cel::Value::Timestamp(_) => "google.protobuf.Timestamp",
        cel::Value::Duration(_) => "google.protobuf.Duration",
        cel::Value::Opaque(opaque) => {
            OPAQUE.into_iter().find(|name| *name == opaque.runtime_type_name()).unwrap_or("dyn")
        }
        _ => "dyn",
    }
}

/// The types of the libraries, by the names that the crate `kube-cel` gives them.
const OPAQUE: [&str; 6] =
    ["kubernetes.Quantity", "kubernetes.URL", "kubernetes.Semver", "kubernetes.Format", "net.IP", "net.CIDR"];

/// The index that a number is. A list has no negative index, so a negative one is out of bounds.
fn place(key: &Datum) -> Result<usize, Fault> {
    let index = match key.number() {
        Some(Number::Int(index)) => usize::try_from(index).ok(),
        Some(Number::Uint(index)) => usize::try_from(index).ok(),
        Some(Number::Double(index)) if index.fract() == 0.0 && index >= 0.0 => Some(index as usize),
        Some(Number::Double(_)) => return Err(Fault::new("unsupported index value")),
        None => return Err(Fault::no_overload()),
    };
    Ok(index.unwrap_or(usize::MAX))
}

/// The name of a property whose escaped name this is.
///
/// A property whose name is no identifier is escaped in expressions, while the key of a map is not. Which of the two it is the
/// schema says; here the literal name is tried first. They differ only where an object has both `a-b` and `a__dash__b`.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/cel/escaping.go: Escape
pub(super) fn unescaped(name: &str) -> Option<String> {
    if !name.contains("__") {
        return None;
    }
    let word = name.strip_prefix("__").and_then(|n| n.strip_suffix("__"));
    if let Some(word) = word.filter(|word| RESERVED.contains(word)) {
        return Some(word.to_string());
    }
    let plain = name
        .replace("__dot__", ".")
        .replace("__dash__", "-")
        .replace("__slash__", "/")
        .replace("__underscores__", "__");
    (plain != name).then_some(plain)
}

const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];
