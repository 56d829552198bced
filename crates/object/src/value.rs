//! Immutable JSON values that share their parts.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;
use std::sync::Arc;

/// The fields of a map, in the order of their names. JSON gives the order of keys no meaning.
pub type Map = BTreeMap<Arc<str>, Value>;

/// A JSON value. Copying one copies a pointer; changing one copies only what is on the path to the change.
///
/// Integers and other numbers are apart, as in Kubernetes' own decoding. Equality, order and hash go by content.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Value {
    /// `null`, and what stands for a field that is not there.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits in 64 bits.
    Int(i64),
    /// Any other number.
    Float(Float),
    /// A string.
    String(Arc<str>),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A map.
    Map(Arc<Map>),
}

/// A finite floating-point number, ordered totally and equal by value.
#[derive(Clone, Copy)]
pub struct Float(f64);

static NULL: Value = Value::Null;

impl Float {
    /// The number, if it is finite; JSON has no other.
    pub fn new(number: f64) -> Option<Float> {
        // -0.0 and 0.0 are one number.
        number.is_finite().then_some(Float(if number == 0.0 { 0.0 } else { number }))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Float {
    fn eq(&self, other: &Float) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Float {}

impl PartialOrd for Float {
    fn partial_cmp(&self, other: &Float) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Float {
    fn cmp(&self, other: &Float) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl std::hash::Hash for Float {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl Value {
    /// An empty map.
    pub fn map() -> Value {
        Value::Map(Arc::default())
    }

    /// A list of these.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Value {
        Value::List(Arc::new(items.into_iter().collect()))
    }

    /// A map of these.
    pub fn fields<K: Into<Arc<str>>>(fields: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Map(Arc::new(fields.into_iter().map(|(name, value)| (name.into(), value)).collect()))
    }

    /// Whether it is `null`, or absent.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string, empty for anything else. For fields whose absence and whose empty value mean the same.
    pub fn text(&self) -> &str {
        self.as_str().unwrap_or_default()
    }

    /// A whole number.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// A whole number, zero for anything else. For counts, which Kubernetes leaves out when they are zero.
    pub fn count(&self) -> i64 {
        self.as_int().unwrap_or_default()
    }

    /// A truth value.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Whether it is `true`; anything else, also an absent field, is not.
    pub fn is_true(&self) -> bool {
        self.as_bool() == Some(true)
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The fields of a map.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The fields of a map, in order; none for anything else.
    pub fn entries(&self) -> impl Iterator<Item = (&Arc<str>, &Value)> {
        self.as_map().into_iter().flatten()
    }

    /// The field of that name; none if this is no map or has no such field.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.as_map()?.get(field)
    }

    /// What lies at the end of these field names; `null` if anything on the way is not there.
    pub fn at(&self, fields: &[&str]) -> &Value {
        fields.iter().fold(self, |value, field| &value[*field])
    }

    /// Sets what lies at the end of these field names, and makes the maps on the way.
    ///
    /// Whatever stands in the way and is no map is replaced by one.
    pub fn set(&mut self, fields: &[&str], value: impl Into<Value>) {
        let Some((first, rest)) = fields.split_first() else {
            *self = value.into();
            return;
        };
        self.make_map().entry(Arc::from(*first)).or_default().set(rest, value);
    }

    /// Takes away what lies at the end of these field names; gives it back.
    pub fn remove(&mut self, fields: &[&str]) -> Option<Value> {
        let (last, way) = fields.split_last()?;
        self.at(way).get(last)?;
        let parent = way
            .iter()
            .fold(self, |value, field| value.make_map().get_mut(*field).expect("the way was walked just above"));
        parent.make_map().remove(*last)
    }

    /// The fields, to be changed; a value that is no map becomes an empty one.
    pub fn make_map(&mut self) -> &mut Map {
        if !matches!(self, Value::Map(_)) {
            *self = Value::map();
        }
        match self {
            Value::Map(map) => Arc::make_mut(map),
            _ => unreachable!("it was made a map just above"),
        }
    }

    /// The items, to be changed; a value that is no list becomes an empty one.
    pub fn make_list(&mut self) -> &mut Vec<Value> {
        if !matches!(self, Value::List(_)) {
            *self = Value::List(Arc::default());
        }
        match self {
            Value::List(list) => Arc::make_mut(list),
            _ => unreachable!("it was made a list just above"),
        }
    }

    /// This value with what lies at the end of these field names set.
    #[must_use]
    pub fn with(mut self, fields: &[&str], value: impl Into<Value>) -> Value {
        self.set(fields, value);
        self
    }

    /// What sort of value it is, in the words of a schema.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Int(_) => "integer",
            Value::Float(_) => "number",
            Value::String(_) => "string",
            Value::List(_) => "array",
            Value::Map(_) => "object",
        }
    }
}

/// `value["spec"]["replicas"]`: `null` where there is no such field.
impl Index<&str> for Value {
    type Output = Value;

    fn index(&self, field: &str) -> &Value {
        self.get(field).unwrap_or(&NULL)
    }
}

/// `value[0]`: `null` where there is no such item.
impl Index<usize> for Value {
    type Output = Value;

    fn index(&self, index: usize) -> &Value {
        self.items().get(index).unwrap_or(&NULL)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Bool(flag)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Value {
        Value::Int(number.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(Arc::from(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(Arc::from(text))
    }
}

impl From<Arc<str>> for Value {
    fn from(text: Arc<str>) -> Value {
        Value::String(text)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(Arc::new(items))
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Value {
        Value::Map(Arc::new(map))
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Value;
    use crate::json;

    #[test]
    fn a_change_leaves_the_original_alone() {
        let before = Value::from(json!({"spec": {"replicas": 2}, "status": {"replicas": 2}}));
        let after = before.clone().with(&["spec", "replicas"], 4);
        assert_eq!(before["spec"]["replicas"].as_int(), Some(2));
        assert_eq!(after["spec"]["replicas"].as_int(), Some(4));
        assert_eq!(after["status"], before["status"]);
    }

    #[test]
    fn what_is_not_there_reads_as_null() {
        let value = Value::from(json!({"a": [1]}));
        assert!(value["b"]["c"][3].is_null());
        assert!(value["a"][7].is_null());
        assert_eq!(value.clone().remove(&["b", "c"]), None);
    }

    #[test]
    fn a_path_that_is_blocked_is_cleared() {
        let value = Value::from(json!({"a": 1})).with(&["a", "b"], true);
        assert_eq!(value, Value::from(json!({"a": {"b": true}})));
    }
}
