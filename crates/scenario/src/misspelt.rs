//! Our own documents are typed: those of the zoo are right, and of the words in them that name fields each that is misspelt is found.

use std::collections::BTreeSet;

use evenkeel_object::parse::Document;
use evenkeel_object::{Path, Step, Value};

use crate::Input;
use crate::zoo::{cases, documents};

/// The fields that hold an expression as a whole.
const EXPRESSIONS: [&str; 6] = ["when", "wakes", "value", "in", "each", "together"];

/// The fields that hold what is written.
const WRITTEN: [&str; 3] = ["object", "change", "set"];

/// Every text in a value, and every name of a field, with its place.
fn walk(value: &Value, path: &Path, see: &mut dyn FnMut(&Path, &Value)) {
    see(path, value);
    value.items().iter().enumerate().for_each(|(index, item)| walk(item, &path.index(index), see));
    value.entries().for_each(|(name, field)| walk(field, &path.field(name), see));
}

/// The value with something else at that place.
fn changed(value: &Value, steps: &[Step], change: &dyn Fn(&Value) -> Value) -> Value {
    match steps {
        [] => change(value),
        [Step::Field(name), rest @ ..] => value.clone().with(&[name], changed(&value[&**name], rest, change)),
        [Step::Index(at), rest @ ..] => {
            let items = value.items().iter().enumerate();
            Value::list(
                items.map(|(index, item)| if index == *at { changed(item, rest, change) } else { item.clone() }),
            )
        }
    }
}

fn with_value(document: &Document, value: Value) -> Document {
    let mut document = document.clone();
    document.value = value;
    document
}

/// Where the words of an expression end that name fields: after a dot, and with no bracket behind them; texts in it are passed by.
fn ends_of_fields(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let (mut quote, mut ends) = (None, Vec::new());
    for (at, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (None, b'\'' | b'"') => quote = Some(*byte),
            (None, b'.') => {
                let start = at + 1 + usize::from(bytes.get(at + 1) == Some(&b'?'));
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                let length = bytes[start..].iter().take_while(|byte| is_part(byte)).count();
                let is_field = bytes[start..].first().is_some_and(u8::is_ascii_alphabetic);
                ends.extend((is_field && bytes.get(start + length) != Some(&b'(')).then_some(start + length));
            }
            _ => {}
        }
    }
    ends
}

/// The parts of a text that are expressions.
fn code(text: &str, is_whole: bool) -> Vec<(usize, &str)> {
    if is_whole {
        return vec![(0, text)];
    }
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("${").map(|start| from + start + 2) {
        let end = text[start..].find('}').map_or(text.len(), |end| start + end);
        parts.push((start, &text[start..end]));
        from = end;
    }
    parts
}

/// The document with each word misspelt that names a field in its expressions, one at a time; and the text up to that word.
fn misread(document: &Document) -> Vec<(String, Document)> {
    let mut found = Vec::new();
    walk(&document.value, &Path::root(), &mut |path, value| {
        let name = match path.0.last() {
            Some(Step::Field(name)) => name.to_string(),
            _ => String::new(),
        };
        let text = value.text();
        for (start, part) in code(text, EXPRESSIONS.contains(&&*name)) {
            for end in ends_of_fields(part).into_iter().map(|end| start + end) {
                let wrong = format!("{}x{}", &text[..end], &text[end..]);
                let value = changed(&document.value, &path.0, &|_| Value::from(wrong.as_str()));
                found.push((text[..end].to_owned(), with_value(document, value)));
            }
        }
    });
    found
}

/// The document with each name of a field misspelt that it writes, one at a time; and the place of that field.
fn miswritten(document: &Document) -> Vec<(String, Document)> {
    let mut found = Vec::new();
    walk(&document.value, &Path::root(), &mut |path, value| {
        let is_written = path.0.iter().any(|step| matches!(step, Step::Field(name) if WRITTEN.contains(&&**name)));
        for (name, _) in value.entries().filter(|(name, _)| is_written && !["apiVersion", "kind"].contains(&&***name)) {
            let misspell = |map: &Value| {
                Value::fields(map.entries().map(|(other, field)| {
                    (if other == name { format!("{name}x") } else { other.to_string() }, field.clone())
                }))
            };
            let value = changed(&document.value, &path.0, &misspell);
            found.push((path.field(name).to_string(), with_value(document, value)));
        }
    });
    found
}

/// Misspells our own documents of the zoo; how many of these are told, and those that are not.
fn told(misspell: fn(&Document) -> Vec<(String, Document)>) -> (usize, BTreeSet<String>) {
    let (mut n_told, mut untold) = (0, BTreeSet::new());
    for folder in cases(&[]) {
        let all = documents(&folder);
        let is_ours = |document: &Document| document.value["apiVersion"].text().starts_with("evenkeel.dev/");
        for (index, ours) in all.iter().enumerate().filter(|(_, document)| is_ours(document)) {
            for (what, wrong) in misspell(ours) {
                let mut all = all.clone();
                all[index] = wrong;
                match Input::sort(&all) {
                    Ok(_) => drop(untold.insert(what)),
                    Err(_) => n_told += 1,
                }
            }
        }
    }
    (n_told, untold)
}

#[test]
fn every_expression_of_the_zoo_is_right() {
    let mut n_read = 0;
    for folder in cases(&[]) {
        let input = Input::sort(&documents(&folder));
        assert_eq!(input.err(), None, "{}", folder.display());
        n_read += documents(&folder).iter().map(|document| misread(document).len()).sum::<usize>();
    }
    assert!(n_read > 400, "the expressions of the zoo read {n_read} fields");
}

#[test]
fn a_field_that_is_misspelt_where_it_is_read_is_told() {
    let (n_told, untold) = told(misread);
    assert!(n_told > 1000, "{n_told}");
    // Labels, annotations and quantities have any names; of autoscalers and of what has no schema nothing is known.
    let open = ["labels.?apiary", "labels.?ready", "annotations.?owner", "requests.storage", "hpa.spec"];
    let without_schema = ["object.?status", "status.?checkedAt", "status.?list", "status.?phase"];
    let ends: Vec<&str> = open.into_iter().chain(without_schema).collect();
    let missed: Vec<&String> = untold.iter().filter(|text| !ends.iter().any(|end| text.ends_with(end))).collect();
    assert_eq!(missed, [""; 0]);
    assert!(untold.len() < 20, "{untold:#?}");
}

#[test]
fn a_field_that_is_misspelt_where_it_is_written_is_told() {
    let (n_told, untold) = told(miswritten);
    assert!(n_told > 650, "{n_told}");
    let maps = ["labels", "annotations", "matchLabels", "selector", "data", "stringData", "requests", "limits"];
    let is_open = |place: &str| place.rsplit('.').nth(1).is_some_and(|around| maps.contains(&around));
    // Of autoscalers, and of what has no schema, nothing is known.
    let unknown = [
        ".spec.rules[0].create.object.metadata",
        ".spec.rules[0].create.object.metadata.name",
        ".spec.rules[0].create.object.metadata.namespace",
        ".spec.rules[0].create.object.spec",
        ".spec.rules[0].status.set.checkedAt",
        ".spec.rules[0].status.set.list",
        ".spec.rules[0].status.set.phase",
        ".spec.rules[1].update.change.spec",
        ".spec.rules[1].update.change.spec.maxReplicas",
        ".spec.rules[1].update.change.spec.metrics",
        ".spec.rules[1].update.change.spec.minReplicas",
    ];
    let missed: Vec<&str> = untold.iter().map(String::as_str).filter(|place| !is_open(place)).collect();
    assert_eq!(missed, unknown);
}
