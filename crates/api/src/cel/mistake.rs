//! What is wrong with the types of an expression, or of a value that stands where another type is.

use std::collections::BTreeSet;

use evenkeel_object::spelling::closest;

use super::known::{Record, Type};

/// What is wrong with the types of an expression, whatever the objects are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What was found: a name or a type.
    pub found: String,
    /// What could stand there.
    pub expected: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Line and column (from 1) in the expression, if that is certain.
    pub place: Option<(usize, usize)>,
    /// The word that it is about.
    pub(super) word: String,
}

/// How many fields are named; of more, the first ones.
const NAMED_MAX: usize = 20;

impl Mistake {
    pub(super) fn new(message: String, found: &Type, expected: &str) -> Mistake {
        let (found, expected) = (found.to_string(), expected.to_owned());
        Mistake { message, found, expected, hint: None, place: None, word: String::new() }
    }

    /// A field that a map never has.
    pub fn no_field(record: &Record, name: &str) -> Mistake {
        let known: BTreeSet<&str> = record.fields.keys().map(|known| &**known).collect();
        let named: Vec<&str> = known.iter().copied().take(NAMED_MAX).collect();
        let more = if known.len() > NAMED_MAX { ", …" } else { "" };
        Mistake {
            message: format!("{} has no field {}", record.owner, record.place(name)),
            found: name.to_owned(),
            expected: match named[..] {
                [] => "no field".to_owned(),
                [one] => one.to_owned(),
                _ => format!("one of {}{more}", named.join(", ")),
            },
            hint: closest(name, &known).map(|known| format!("did you mean {known}?")),
            place: None,
            word: name.to_owned(),
        }
    }
}

/// What is wrong with a value of the type `actual` at a place of an object where another is expected: fields that are not there, types that never fit.
pub fn misfits(expected: &Type, actual: &Type, (owner, path): (&str, &str), found: &mut Vec<Mistake>) {
    match (expected, actual) {
        (_, actual) if expected.is_open() || actual.is_open() => {}
        (expected, actual) if expected.is_number() && actual.is_number() => {}
        (Type::List(expected), Type::List(actual)) => {
            misfits(expected, actual, (owner, &format!("{path}[]")), found);
        }
        (Type::Map(expected), Type::Map(actual)) => misfits(expected, actual, (owner, path), found),
        // What was read of an object need not be there.
        (expected, Type::Object(actual)) if expected.is_map() && !actual.owner.is_empty() => {}
        (Type::Map(expected), Type::Object(actual)) => {
            for (name, field) in &actual.fields {
                misfits(expected, field, (owner, &format!("{path}.{name}")), found);
            }
        }
        (Type::Object(expected), Type::Object(actual)) => {
            for (name, field) in &actual.fields {
                match expected.fields.get(name) {
                    Some(known) => misfits(known, field, (owner, &expected.place(name)), found),
                    None if expected.open => {}
                    None => found.push(Mistake::no_field(expected, name)),
                }
            }
        }
        (Type::Object(_), Type::Map(_)) => {}
        (expected, actual) if expected == actual => {}
        _ => {
            let place = if path.is_empty() { owner.to_owned() } else { format!("{path} of {owner}") };
            let expected = if expected.is_map() { "map".to_owned() } else { expected.to_string() };
            found.push(Mistake::new(format!("{place} is never {actual}"), actual, &expected));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use evenkeel_object::{Value, json};

    use super::{Record, Type, misfits};

    /// What is wrong with a value where a `Boat` has a text, a number, texts by name and a list of maps with one field.
    fn check(value: impl Into<Value>, expect: &[&str]) {
        let record = |path: &str, fields: &[(&str, Type)]| {
            let fields: BTreeMap<Arc<str>, Type> =
                fields.iter().map(|(name, of)| ((*name).into(), of.clone())).collect();
            Type::Object(Arc::new(Record { owner: "Boat".into(), path: path.into(), fields, open: false }))
        };
        let ports = Type::list(record("ports[]", &[("city", Type::String)]));
        let fields =
            [("name", Type::String), ("speed", Type::Double), ("flags", Type::map(Type::String)), ("ports", ports)];
        let mut found = Vec::new();
        misfits(&record("", &fields), &Type::of(&value.into()), ("Boat", ""), &mut found);
        let told: Vec<&str> = found.iter().map(|mistake| &*mistake.message).collect();
        assert_eq!(told, expect);
    }

    #[test]
    fn what_can_never_stand_there_is_told_with_its_place() {
        check(json!({"name": "a", "speed": 3, "flags": {"a": "b"}, "ports": [{"city": "x"}]}), &[]);
        check(json!({"name": null, "speed": 0.5, "flags": {}, "ports": []}), &[]);
        check(json!({"name": 3}), &["name of Boat is never int"]);
        check(json!({"speed": "fast"}), &["speed of Boat is never string"]);
        check(json!({"flags": {"a": true}}), &["flags.a of Boat is never bool"]);
        check(json!({"ports": {"city": "x"}}), &["ports of Boat is never map"]);
        check(json!({"ports": [{"citi": "x"}]}), &["Boat has no field ports[].citi"]);
        check(json!("boat"), &["Boat is never string"]);
        check(json!({"ports": [{"city": "x"}, {"citi": "x"}]}), &[]);
    }
}
