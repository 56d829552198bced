//! The form in which objects of Kubernetes' own kinds are stored: what is left of a JSON text that went through Go's types.
//!
//! The fields and how Go writes them are in `stored/fields.txt`, which `stored/extract.go` makes and explains.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use evenkeel_object::{Kind, Map, Value};

use super::quantity::{Rounding, canonical};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("../../stored/fields.txt")));

#[derive(Default)]
struct Table {
    structs: Vec<Fields>,
    kinds: BTreeMap<Kind, Whole>,
}

type Fields = BTreeMap<Arc<str>, Place>;

struct Whole {
    version: Arc<str>,
    structure: usize,
}

/// How Go writes what is at a place.
#[derive(Debug)]
struct Place {
    /// Also when it is empty.
    written: bool,
    /// Whether absent and empty are told apart.
    pointer: bool,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Text,
    Number,
    Bool,
    Quantity(Rounding),
    NumberOrText,
    Any,
    List(Box<Place>),
    Map(Box<Place>),
    Struct(usize),
}

/// The `apiVersion` in which objects of this kind are kept; none for a kind that is not Kubernetes' own.
pub(super) fn version(kind: &Kind) -> Option<String> {
    let version = &TABLE.kinds.get(kind)?.version;
    Some(match &*kind.group {
        "" => version.to_string(),
        group => format!("{group}/{version}"),
    })
}

/// What becomes of a field that Go always writes, and that has no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Zeros {
    /// It is left out, as one that may still get a default.
    Absent,
    /// It is written: `""`, `0`, `false`.
    Written,
}

/// The object as it would come back from the store, without any defaults.
///
/// * Fields that Go does not know are gone, and those that are `null`.
/// * Empty lists and maps are gone: the encoding of the store does not tell them from absent ones.
/// * Empty texts, zeros and `false` are gone where Go leaves them out (`omitempty`, and no pointer), else they are there, or not, as `zeros` says.
/// * Structs without a pointer are there, though they be empty: `status: {}`, `resources: {}`.
/// * Quantities are spelled canonically.
///
/// What is of the wrong type stays as it is, for validation to refuse.
///
/// Left out: an EndpointSlice without endpoints was seen to keep `endpoints: []`, which is absent here; times keep their spelling; what is below `items`, `additionalItems`, `additionalProperties` and `dependencies` of the schema in a
/// definition stays as it is.
// https://github.com/kubernetes/kubernetes/tree/v1.37.2/staging/src/k8s.io/api: the `json` tags
pub(super) fn stored(kind: &Kind, object: &Value, zeros: Zeros) -> Value {
    let Some(whole) = TABLE.kinds.get(kind) else {
        return object.clone();
    };
    structure(whole.structure, object, zeros).unwrap_or_else(|| object.clone())
}

/// What becomes of the value at a place; none if it stays as it is.
fn changed(place: &Place, value: &Value, zeros: Zeros) -> Option<Value> {
    if value.is_null() {
        let is_struct = matches!(place.body, Body::Struct(_));
        let is_there = is_struct || zeros == Zeros::Written;
        let is_written = is_there && place.written && !place.pointer;
        return is_written.then(|| empty(&place.body, zeros)).flatten();
    }
    let droppable = !place.pointer && (!place.written || zeros == Zeros::Absent);
    match (&place.body, value) {
        (Body::Struct(index), Value::Map(_)) => structure(*index, value, zeros),
        (Body::List(_), Value::List(items)) if items.is_empty() => Some(Value::Null),
        (Body::List(item), Value::List(items)) => list(item, items, zeros),
        (Body::Map(_), Value::Map(fields)) if fields.is_empty() => Some(Value::Null),
        (Body::Map(item), Value::Map(fields)) => map(item, fields, zeros),
        (Body::Quantity(rounding), _) => canonical(value, *rounding).filter(|spelled| spelled != value),
        (Body::Text | Body::Number | Body::Bool, _) if droppable && is_zero(value) => Some(Value::Null),
        _ => None,
    }
}

fn structure(index: usize, value: &Value, zeros: Zeros) -> Option<Value> {
    let known = &TABLE.structs[index];
    let fields = value.as_map()?;
    let strays = fields
        .iter()
        .filter(|(name, value)| value.is_null() || !known.contains_key(*name))
        .map(|(name, _)| (name, Value::Null));
    let changes = known.iter().filter_map(|(name, place)| Some((name, changed(place, &value[&**name], zeros)?)));
    merged(fields, strays.chain(changes).collect())
}

fn map(item: &Place, fields: &Map, zeros: Zeros) -> Option<Value> {
    let changes = fields.iter();
    let changes = changes.filter_map(|(name, value)| Some((name, element(item, value, zeros)?)));
    merged(fields, changes.collect())
}

fn merged(fields: &Map, changes: Vec<(&Arc<str>, Value)>) -> Option<Value> {
    if changes.is_empty() {
        return None;
    }
    let mut fields = fields.clone();
    for (name, value) in changes {
        match value {
            Value::Null => fields.remove(name),
            value => fields.insert(name.clone(), value),
        };
    }
    Some(fields.into())
}

fn list(item: &Place, items: &[Value], zeros: Zeros) -> Option<Value> {
    let changes: Vec<_> = items.iter().map(|value| element(item, value, zeros)).collect();
    changes.iter().any(Option::is_some).then(|| {
        let pairs = items.iter().zip(changes);
        Value::list(pairs.map(|(old, new)| new.unwrap_or_else(|| old.clone())))
    })
}

/// Within a list or a map nothing is left out: `null` reads as the empty value.
fn element(place: &Place, value: &Value, zeros: Zeros) -> Option<Value> {
    match value {
        Value::Null => empty(&place.body, zeros),
        value => changed(place, value, zeros).filter(|value| !value.is_null()),
    }
}

/// What Go writes for an empty value; none for one that it writes as `null`, which reads as absent.
fn empty(body: &Body, zeros: Zeros) -> Option<Value> {
    match body {
        Body::Text => Some("".into()),
        Body::Number | Body::NumberOrText => Some(0.into()),
        Body::Bool => Some(false.into()),
        Body::Quantity(_) => Some("0".into()),
        Body::Struct(index) => Some(structure(*index, &Value::map(), zeros).unwrap_or_else(Value::map)),
        Body::Any | Body::List(_) | Body::Map(_) => None,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => !flag,
        Value::Int(number) => *number == 0,
        Value::Float(number) => number.get() == 0.0,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

impl Table {
    fn read(text: &str) -> Table {
        let (kinds, structs): (Vec<&str>, Vec<&str>) =
            text.lines().filter(|line| !line.starts_with('#')).partition(|line| line.starts_with("kind "));
        let index: BTreeMap<&str, usize> = structs
            .iter()
            .enumerate()
            .map(|(number, line)| (line.split(' ').next().unwrap_or_default(), number))
            .collect();
        Table {
            structs: structs.iter().map(|line| fields(line, &index)).collect(),
            kinds: kinds.iter().filter_map(|line| whole(line, &index)).collect(),
        }
    }
}

fn whole(line: &str, index: &BTreeMap<&str, usize>) -> Option<(Kind, Whole)> {
    let mut words = line.split(' ').skip(1);
    let (group, kind) = words.next()?.split_once('/')?;
    let version = words.next()?.into();
    let structure = index[words.next()?];
    Some((Kind::new(group, kind), Whole { version, structure }))
}

fn fields(line: &str, index: &BTreeMap<&str, usize>) -> Fields {
    let words = line.split(' ').skip(1);
    words.filter_map(|word| word.split_once(':')).map(|(name, text)| (name.into(), place(text, index))).collect()
}

fn place(text: &str, index: &BTreeMap<&str, usize>) -> Place {
    let (written, text) = stripped(text, "!");
    let (pointer, text) = stripped(text, "*");
    Place { written, pointer, body: body(text, index) }
}

fn body(text: &str, index: &BTreeMap<&str, usize>) -> Body {
    if let Some(item) = text.strip_prefix("[]") {
        return Body::List(Box::new(place(item, index)));
    }
    if let Some(item) = text.strip_prefix("{}") {
        return Body::Map(Box::new(place(item, index)));
    }
    match text {
        "s" => Body::Text,
        "i" | "f" => Body::Number,
        "b" => Body::Bool,
        "q" => Body::Quantity(Rounding::None),
        "r" => Body::Quantity(Rounding::Milli),
        "o" => Body::NumberOrText,
        "t" | "?" => Body::Any,
        name => Body::Struct(index[name]),
    }
}

fn stripped<'t>(text: &'t str, mark: &str) -> (bool, &'t str) {
    match text.strip_prefix(mark) {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Kind, Value, json};

    use super::{TABLE, Zeros, stored};

    fn check(kind: &Kind, given: serde_json::Value, expect: serde_json::Value) {
        let once = stored(kind, &given.into(), Zeros::Written);
        assert_eq!(once, Value::from(expect));
        assert_eq!(stored(kind, &once, Zeros::Written), once);
    }

    #[test]
    fn the_whole_table_can_be_read() {
        assert!(TABLE.kinds.len() > 60 && TABLE.structs.len() > 450);
    }

    #[test]
    fn empty_fields_are_stored_as_absent_or_not_as_their_type_has_it() {
        let role = Kind::new("rbac.authorization.k8s.io", "ClusterRole");
        check(&role, json!({"rules": []}), json!({"metadata": {}}));
        check(
            &role,
            json!({"aggregationRule": {}, "rules": [{"verbs": [], "resources": ["pods"]}]}),
            json!({"metadata": {}, "aggregationRule": {}, "rules": [{"resources": ["pods"]}]}),
        );
        let hook = Kind::new("admissionregistration.k8s.io", "ValidatingWebhookConfiguration");
        check(
            &hook,
            json!({"webhooks": [{"name": "w", "clientConfig": {"caBundle": "", "url": ""}}]}),
            json!({"metadata": {}, "webhooks": [{"name": "w", "clientConfig": {"url": ""}}]}),
        );
    }

    #[test]
    fn null_is_absent_but_an_entry_of_a_map_stays() {
        check(
            &Kind::new("", "ConfigMap"),
            json!({"metadata": {"name": "c", "labels": {"a": null}, "annotations": {}}, "data": {"k": null}, "binaryData": null}),
            json!({"metadata": {"name": "c", "labels": {"a": ""}}, "data": {"k": ""}}),
        );
    }

    #[test]
    fn what_go_does_not_know_is_not_stored() {
        check(
            &Kind::new("", "ServiceAccount"),
            json!({"metadata": {"name": "s", "colour": "red"}, "spec": {}}),
            json!({"metadata": {"name": "s"}}),
        );
    }

    #[test]
    fn what_is_of_the_wrong_type_is_left_to_validation() {
        check(&Kind::new("", "ConfigMap"), json!({"metadata": [], "data": "x"}), json!({"metadata": [], "data": "x"}));
    }

    #[test]
    fn counts_that_go_always_writes_are_there() {
        check(
            &Kind::new("policy", "PodDisruptionBudget"),
            json!({"spec": {"maxUnavailable": 0}, "status": {"currentHealthy": 2}}),
            json!({"metadata": {}, "spec": {"maxUnavailable": 0}, "status": {
                "currentHealthy": 2, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0,
            }}),
        );
    }
}
