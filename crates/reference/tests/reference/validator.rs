//! As much of JSON Schema as our schemas use. A keyword that is not known here is a fault of the test.

use regex::Regex;
use serde_json::Value;

/// Where a value does not fit a schema, and why: empty if it fits.
pub(crate) fn misfits(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, value, "", &mut found);
    found
}

fn check(schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    for (keyword, argument) in schema.as_object().expect("a schema is a map") {
        if let Some(why) = refused(schema, (keyword, argument), value) {
            found.push(format!("{path}: {why}"));
        }
        match (&**keyword, value) {
            ("properties", Value::Object(map)) => {
                for (name, value) in map {
                    argument.get(name).inspect(|inner| check(inner, value, &format!("{path}.{name}"), found));
                }
            }
            ("additionalProperties", Value::Object(map)) if argument.is_object() => {
                map.iter().for_each(|(name, value)| check(argument, value, &format!("{path}.{name}"), found));
            }
            ("items", Value::Array(items)) => {
                items.iter().enumerate().for_each(|(at, item)| check(argument, item, &format!("{path}[{at}]"), found));
            }
            _ => {}
        }
    }
}

/// Why a keyword refuses a value, if it does; what it says of values below is not looked at.
fn refused(schema: &Value, (keyword, argument): (&str, &Value), value: &Value) -> Option<String> {
    let fitting = || items(argument).filter(|schema| misfits(schema, value).is_empty()).count();
    let is_good = match keyword {
        "$schema" | "title" | "description" | "default" | "properties" | "items" => true,
        "type" => is_of(argument, value),
        "enum" => items(argument).any(|word| word == value),
        "const" => argument == value,
        "minimum" => value.as_i64().is_none_or(|number| number >= argument.as_i64().expect("a number")),
        "maximum" => value.as_i64().is_none_or(|number| number <= argument.as_i64().expect("a number")),
        "pattern" => value.as_str().is_none_or(|text| pattern(argument).is_match(text)),
        "required" => value.as_object().is_none_or(|map| items(argument).all(|name| map.contains_key(word(name)))),
        "additionalProperties" if argument.is_object() => true,
        "additionalProperties" => {
            assert_eq!(argument, false);
            value.as_object().is_none_or(|map| map.keys().all(|name| schema["properties"].get(name).is_some()))
        }
        "oneOf" => fitting() == 1,
        "anyOf" => fitting() > 0,
        "not" => !misfits(argument, value).is_empty(),
        unknown => panic!("{unknown} is no keyword that this test knows"),
    };
    (!is_good).then(|| format!("{value} is refused by {keyword}: {argument}"))
}

fn is_of(types: &Value, value: &Value) -> bool {
    let is = |name: &Value| match word(name) {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        unknown => panic!("{unknown} is no type that this test knows"),
    };
    if types.is_array() { items(types).any(is) } else { is(types) }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn word(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn pattern(value: &Value) -> Regex {
    Regex::new(word(value)).expect("a regular expression")
}
