//! From and to the values of objects, and those of the crate `cel`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use evenkeel_object::Value;
use kube_cel::cel::{self, objects::Key, objects::OptionalValue};

use super::datum::{Datum, Text};
use super::evaluate::Fault;

impl Datum {
    /// What a string in an object stands for; the string itself if it is not in that notation, as the server does with values that
    /// were stored under another schema.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/cel/common/valuesunstructured.go
    pub(crate) fn read(text: &Arc<str>, notation: Text) -> Datum {
        let given = Datum::string(text.clone());
        let (function, argument) = match notation {
            Text::Bytes => ("base64.decode", given.clone()),
            Text::DateTime => ("timestamp", given.clone()),
            Text::Date => ("timestamp", Datum::string(format!("{text}T00:00:00Z"))),
            Text::Duration => ("duration", given.clone()),
        };
        super::call::library(function, &[argument]).unwrap_or(given)
    }

    /// The value of an object that this is.
    ///
    /// A timestamp becomes its RFC 3339 text, a duration its seconds (`5400s`), bytes become base64, an optional what it holds or
    /// `null`, a type its name. Errors: a number beyond 64 bits, infinities, a value of a library, a map whose keys are no strings.
    pub(crate) fn into_value(self) -> Result<Value, Fault> {
        match self {
            Datum::Value(value) => Ok(value),
            Datum::Foreign(value) => foreign(&value),
            Datum::Optional(None) => Ok(Value::Null),
            Datum::Optional(Some(inner)) => inner.into_value(),
            Datum::List(items, _) => {
                let values: Result<Vec<Value>, Fault> = items.iter().cloned().map(Datum::into_value).collect();
                Ok(Value::from(values?))
            }
            Datum::Record(fields) => {
                let mut map = BTreeMap::new();
                for (name, datum) in fields.iter() {
                    map.insert(name.clone(), datum.clone().into_value()?);
                }
                Ok(Value::from(map))
            }
            Datum::Map(_) => Err(Fault::new("a map in an object has strings for keys")),
            Datum::Type(name) => Ok(Value::from(name)),
        }
    }

    /// The same in the words of the crate `cel`.
    pub(super) fn to_cel(&self) -> cel::Value {
        match self {
            Datum::Value(value) => value_to_cel(value),
            Datum::Foreign(value) => value.clone(),
            Datum::Optional(inner) => cel::Value::Opaque(Arc::new(
                inner.as_ref().map_or_else(OptionalValue::none, |inner| OptionalValue::of(inner.to_cel())),
            )),
            Datum::List(items, _) => cel::Value::List(Arc::new(items.iter().map(Datum::to_cel).collect())),
            Datum::Record(fields) => {
                let map: HashMap<Key, cel::Value> =
                    fields.iter().map(|(name, datum)| (Key::from(&**name), datum.to_cel())).collect();
                cel::Value::from(map)
            }
            Datum::Map(entries) => {
                let map: HashMap<Key, cel::Value> =
                    entries.iter().filter_map(|(key, datum)| Some((key_of(key)?, datum.to_cel()))).collect();
                cel::Value::from(map)
            }
            Datum::Type(name) => cel::Value::from(*name),
        }
    }
}

/// What the crate `cel` calls so.
impl From<cel::Value> for Datum {
    fn from(value: cel::Value) -> Datum {
        match value {
            cel::Value::Null => Datum::Value(Value::Null),
            cel::Value::Bool(flag) => Datum::from(flag),
            cel::Value::Int(number) => Datum::int(number),
            cel::Value::Float(number) => Datum::double(number),
            cel::Value::String(text) => Datum::string(text.as_str()),
            cel::Value::List(items) => Datum::list(items.iter().cloned().map(Datum::from).collect()),
            cel::Value::Map(map) => {
                let mut entries: Vec<(&Key, &cel::Value)> = map.map.iter().collect();
                // The crate's maps come in a random order.
                entries.sort_by(|left, right| left.0.cmp(right.0));
                let entries = entries.into_iter();
                Datum::map(
                    entries.map(|(key, value)| (Datum::from(cel::Value::from(key)), value.clone().into())).collect(),
                )
            }
            cel::Value::Opaque(opaque) => match opaque.downcast_ref::<OptionalValue>() {
                Some(optional) => Datum::Optional(optional.value().map(|v| Box::new(v.clone().into()))),
                None => Datum::Foreign(cel::Value::Opaque(opaque)),
            },
            other => Datum::Foreign(other),
        }
    }
}

fn value_to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(flag) => cel::Value::Bool(*flag),
        Value::Int(number) => cel::Value::Int(*number),
        Value::Float(number) => cel::Value::Float(number.get()),
        Value::String(text) => cel::Value::from(&**text),
        Value::List(items) => cel::Value::List(Arc::new(items.iter().map(value_to_cel).collect())),
        Value::Map(map) => {
            let map: HashMap<Key, cel::Value> =
                map.iter().map(|(name, value)| (Key::from(&**name), value_to_cel(value))).collect();
            cel::Value::from(map)
        }
    }
}

fn key_of(key: &Datum) -> Option<Key> {
    key.to_cel().try_into().ok()
}

fn foreign(value: &cel::Value) -> Result<Value, Fault> {
    match value {
        cel::Value::UInt(number) => {
            i64::try_from(*number).map(Value::Int).map_err(|_| Fault::new(format!("{number} does not fit in 64 bits")))
        }
        cel::Value::Float(number) => Err(Fault::new(format!("{number} is no number of JSON"))),
        cel::Value::Bytes(bytes) => Ok(Value::from(base64(bytes))),
        cel::Value::Timestamp(_) | cel::Value::Duration(_) => Ok(Value::from(written(value))),
        _ => Err(Fault::new(format!(
            "a value of type {} cannot stand in an object",
            Datum::Foreign(value.clone()).type_name()
        ))),
    }
}

/// A timestamp or duration as CEL writes it; empty for anything else.
// https://github.com/google/cel-spec/blob/v0.25.1/doc/langdef.md: string
pub(super) fn written(value: &cel::Value) -> String {
    match value {
        cel::Value::Timestamp(time) => time.to_rfc3339().replace("+00:00", "Z"),
        cel::Value::Duration(duration) => {
            let nanoseconds = duration.num_nanoseconds().unwrap_or_default();
            format!("{}s", nanoseconds as f64 / 1e9)
        }
        _ => String::new(),
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * place) & 63) as usize];
            text.push(if place > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    text
}
