//! From and to JSON.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::value::{Float, Value};

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(flag) => Value::Bool(flag),
            serde_json::Value::Number(number) => number_of(&number),
            serde_json::Value::String(text) => text.into(),
            serde_json::Value::Array(items) => Value::list(items.into_iter().map(Value::from)),
            serde_json::Value::Object(map) => Value::fields(map.into_iter().map(|(name, value)| (name, value.into()))),
        }
    }
}

fn number_of(number: &serde_json::Number) -> Value {
    match number.as_i64() {
        Some(int) => Value::Int(int),
        None => number.as_f64().and_then(Float::new).map_or(Value::Null, Value::Float),
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::Float(number) => serializer.serialize_f64(number.get()),
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => serializer.collect_seq(items.iter()),
            Value::Map(map) => {
                let mut fields = serializer.serialize_map(Some(map.len()))?;
                for (name, value) in map.iter() {
                    fields.serialize_entry::<str, Value>(name, value)?;
                }
                fields.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        serde_json::Value::deserialize(deserializer).map(Value::from)
    }
}

/// Compact JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).expect("a value is always JSON"))
    }
}

/// Reads one JSON text. For texts of the product's own (annotations, settings); people's files go through a parser that knows
/// lines.
impl std::str::FromStr for Value {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Value, serde_json::Error> {
        serde_json::from_str::<serde_json::Value>(text).map(Value::from)
    }
}

impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> serde_json::Value {
        serde_json::to_value(value).expect("a value is always JSON")
    }
}

impl From<Arc<Vec<Value>>> for Value {
    fn from(items: Arc<Vec<Value>>) -> Value {
        Value::List(items)
    }
}
