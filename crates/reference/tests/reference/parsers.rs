//! The tables of the documentation against what the program reads: each field, with what fits and with what does not.

use std::collections::BTreeSet;

use evenkeel_model::Model;
use evenkeel_object::Problem;
use evenkeel_object::parse::parse;
use evenkeel_reference::reference::all;
use evenkeel_reference::{Field, Need, Reference, Shape, schema};
use evenkeel_scenario::Scenario;
use serde_json::{Map, Value, json};

use crate::sample::{bad, broken, document, good, least};
use crate::validator::misfits;

/// A map that a document may hold, or the document itself: its path, the way to it, and its fields.
type Place = (String, Vec<&'static Field>, &'static [Field]);

/// What the program reads of a document, written down, and what is wrong with it.
fn read(value: &Value) -> (String, Vec<Problem>) {
    let (documents, mut problems) = parse("document.json", &value.to_string());
    let Some(document) = documents.first() else { return (String::new(), problems) };
    let read = if Model::is(document) {
        Model::read(document, &mut problems).map_or(String::new(), |mut model| {
            // It keeps the document, which differs where what is read of it does not.
            model.document = parse("none.json", "{}").0.swap_remove(0);
            format!("{model:?}")
        })
    } else if Scenario::is_ours(document) {
        format!("{:?}", Scenario::read(document, &[], &mut problems))
    } else {
        problems.push(Problem::new(&document.source, "this is a manifest"));
        String::new()
    };
    (read, problems)
}

/// Every map of a document, from the top down.
fn places(reference: &'static Reference) -> Vec<Place> {
    let mut places: Vec<Place> = vec![(String::new(), Vec::new(), &reference.fields)];
    let mut at = 0;
    while let Some((path, way, fields)) = places.get(at).cloned() {
        let held = fields.iter().filter(|field| field.shape.holds_map());
        places.extend(held.map(|field| {
            let brackets = if matches!(field.shape, Shape::List(_)) { "[]." } else { "." };
            (format!("{path}{}{brackets}", field.name), [&way[..], &[field]].concat(), &field.fields[..])
        }));
        at += 1;
    }
    places
}

/// Calls it with every field of both documents, the way to it, and its path.
fn for_each_field(mut check: impl FnMut(&'static Reference, &[&'static Field], &str)) {
    for reference in all() {
        for (path, way, fields) in places(reference) {
            for field in fields {
                let way = [&way[..], &[field]].concat();
                check(reference, &way, &format!("{}: {path}{}", reference.kind, field.name));
            }
        }
    }
}

fn last<'f>(way: &[&'f Field]) -> &'f Field {
    way.last().expect("it leads to a field")
}

fn schema_of(reference: &Reference) -> Value {
    serde_json::from_str(&schema(reference)).expect("a schema is JSON")
}

#[test]
fn the_program_reads_exactly_the_fields_that_are_documented() {
    for reference in all() {
        for (path, way, fields) in places(reference) {
            let mut map = least(fields);
            map.insert("zzz".into(), 1.into());
            let is_item = way.last().is_some_and(|field| matches!(field.shape, Shape::List(_)));
            let value = Value::Object(map);
            let value = if is_item { json!([value]) } else { value };
            let (_, problems) = read(&document(reference, &way, &value));
            let unknown = problems.iter().find(|problem| problem.found == "zzz");
            let read: BTreeSet<&str> = unknown
                .and_then(|problem| problem.expected.strip_prefix("one of "))
                .map(|names| names.split(", ").collect())
                .unwrap_or_default();
            let told: BTreeSet<&str> = fields.iter().map(|field| &*field.name).collect();
            assert_eq!(read, told, "fields of {} {path}, read and documented", reference.kind);
        }
    }
}

#[test]
fn what_fits_a_documented_type_is_read_and_fits_the_schema() {
    for_each_field(|reference, way, path| {
        let (field, schema) = (last(way), schema_of(reference));
        for value in good(&field.shape, &field.fields) {
            let document = document(reference, way, &value);
            assert_eq!(read(&document).1, [], "{path}: {value}");
            assert_eq!(misfits(&schema, &document), [""; 0], "{path}: {value}");
        }
    });
}

#[test]
fn what_does_not_fit_a_documented_type_is_refused_by_both() {
    for_each_field(|reference, way, path| {
        let schema = schema_of(reference);
        for value in bad(&last(way).shape) {
            let document = document(reference, way, &value);
            assert_ne!(read(&document).1, [], "{path}: {value}");
            assert_ne!(misfits(&schema, &document), [""; 0], "{path}: {value}");
        }
        for value in broken(&last(way).shape) {
            assert_ne!(read(&document(reference, way, &value)).1, [], "{path}: {value}");
        }
    });
}

#[test]
fn what_is_needed_is_missed_by_both() {
    for reference in all() {
        for (path, way, fields) in places(reference) {
            let is_item = way.last().is_some_and(|field| matches!(field.shape, Shape::List(_)));
            let is_missed = |map: Map<String, Value>| {
                let value = Value::Object(map);
                let value = if is_item { json!([value]) } else { value };
                let document = document(reference, &way, &value);
                !read(&document).1.is_empty() && !misfits(&schema_of(reference), &document).is_empty()
            };
            for field in fields {
                let mut map = least(fields);
                if map.remove(&field.name).is_some() {
                    assert!(is_missed(map), "{} {path}{} may be missing", reference.kind, field.name);
                }
            }
            let [first, second, ..] = Field::choice(fields)[..] else { continue };
            let mut both = least(fields);
            both.insert(second.name.clone(), good(&second.shape, &second.fields).swap_remove(0));
            assert!(is_missed(both), "{} {path}{} may be beside {}", reference.kind, second.name, first.name);
        }
    }
}

#[test]
fn a_documented_default_is_what_holds_without_the_field() {
    for_each_field(|reference, way, path| {
        let field = last(way);
        let Need::Default(word) = &field.need else { return };
        let plain = serde_json::from_str(word).ok().filter(|value: &Value| !value.is_number() || is_number(field));
        let with = document(reference, way, &plain.unwrap_or_else(|| word.as_str().into()));
        let mut without = with.clone();
        assert_eq!(remove(&mut without, way), Some(()), "{path}");
        let (with, without) = (read(&with), read(&without));
        assert_eq!(with.1, [], "{path}");
        assert_eq!(with, without, "{path}");
    });
}

fn is_number(field: &Field) -> bool {
    matches!(field.shape, Shape::Whole(..))
}

/// Takes away what is at the end of the way.
fn remove(value: &mut Value, way: &[&Field]) -> Option<()> {
    let (next, rest) = way.split_first()?;
    if rest.is_empty() {
        return value.as_object_mut()?.shift_remove(&next.name).map(|_| ());
    }
    let inner = value.get_mut(&next.name)?;
    remove(if inner.is_array() { inner.get_mut(0)? } else { inner }, rest)
}

#[test]
fn every_word_that_the_program_knows_is_documented() {
    let mut n_fields = 0;
    for_each_field(|reference, way, path| {
        let words: BTreeSet<&str> = last(way).shape.words().into_iter().collect();
        let refused = bad(&last(way).shape).into_iter().next().filter(|_| !words.is_empty());
        let Some(value) = refused else { return };
        let (_, problems) = read(&document(reference, way, &value));
        for problem in problems.iter().filter(|problem| problem.message.ends_with(" cannot be read")) {
            let expected = problem.expected.strip_prefix("one of ").or(problem.expected.strip_prefix("some of "));
            let Some(known) = expected else { continue };
            assert_eq!(known.split(", ").collect::<BTreeSet<&str>>(), words, "{path}");
            n_fields += 1;
        }
    });
    assert!(n_fields > 7, "only {n_fields} fields with words were found");
}
