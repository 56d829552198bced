//! Generated names: how they look, and how they are given anew.
//!
//! A generated name is the prefix that was asked for, a tilde and a number; no user's name has a tilde. Objects whose names were
//! generated with one prefix are interchangeable, so a canonical state keeps them sorted by content and numbers them in that order.

use std::sync::Arc;

use evenkeel_object::{Map, Object, Value};

/// What a mention of an object that is gone is called. That it is gone is all that can be known of it.
const GONE: &str = "gone";

/// The prefix and the number of a generated name.
pub(crate) fn generated(name: &str) -> Option<(&str, u32)> {
    let (prefix, number) = name.rsplit_once('~')?;
    Some((prefix, number.parse().ok()?))
}

/// The generated name of that prefix and number.
pub(crate) fn name(prefix: &str, number: u32) -> String {
    format!("{prefix}~{number}")
}

/// `value` with every mention of a name of `prefix` put through `renumber`; `None` there means that the object is gone.
pub(crate) fn renamed(value: &Value, prefix: &str, renumber: &dyn Fn(u32) -> Option<u32>) -> Value {
    rewrite(value, &|text| renamed_text(text, prefix, renumber))
}

/// `object`, which has a generated name, without the number of its own name: `web-~3` becomes `web-~`.
pub(crate) fn nameless(object: &Object, prefix: &str, number: u32) -> Object {
    let (own, bare) = (name(prefix, number), format!("{prefix}~"));
    Object(rewrite(&object.0, &|text| replaced(text, &own, &bare)))
}

/// The other way round.
pub(crate) fn named(nameless: &Object, prefix: &str, number: u32) -> Object {
    let (own, bare) = (name(prefix, number), format!("{prefix}~"));
    Object(rewrite(&nameless.0, &|text| replaced(text, &bare, &own)))
}

/// Whether a name of `prefix` is mentioned anywhere in `value`, other than the bare one of an object itself.
pub(crate) fn mentions(value: &Value, prefix: &str) -> bool {
    any_text(value, &|text| occurrences(text, prefix).next().is_some())
}

/// Whether anything in `value` could be a generated name, other than the bare one of an object itself.
pub(crate) fn mentions_any(value: &Value) -> bool {
    any_text(value, &|text| {
        text.match_indices('~').any(|(at, _)| text[at + 1..].starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// Whether any string or name of a field in `value` is such a text.
fn any_text(value: &Value, is: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => is(text),
        Value::List(items) => items.iter().any(|item| any_text(item, is)),
        Value::Map(map) => map.iter().any(|(key, value)| is(key) || any_text(value, is)),
        _ => false,
    }
}

/// The numbers of the names of `prefix` in a text.
pub(crate) fn numbers(text: &str, prefix: &str) -> Vec<u32> {
    occurrences(text, prefix).map(|(_, _, number)| number).collect()
}

/// Replaces `from` where no digit follows.
fn replaced(text: &str, from: &str, to: &str) -> Option<String> {
    if !text.contains(from) {
        return None;
    }
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let after = &rest[at + from.len()..];
        let whole = !after.starts_with(|c: char| c.is_ascii_alphanumeric());
        result.push_str(&rest[..at]);
        result.push_str(if whole { to } else { from });
        rest = after;
    }
    Some(result + rest)
}

/// The places in `text` of names with `prefix`: start of the number, end of it, and the number.
fn occurrences<'t>(text: &'t str, prefix: &'t str) -> impl Iterator<Item = (usize, usize, u32)> + 't {
    text.match_indices('~').filter_map(move |(at, _)| {
        let head = text[..at].strip_suffix(prefix)?;
        // `xweb-~1` is no name with the prefix `web-`.
        if head.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')) {
            return None;
        }
        let digits = text[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let end = at + 1 + digits;
        text[at + 1..end].parse().ok().map(|number| (at + 1, end, number))
    })
}

fn renamed_text(text: &str, prefix: &str, renumber: &dyn Fn(u32) -> Option<u32>) -> Option<String> {
    let mut result = String::new();
    let mut done = 0;
    for (start, end, number) in occurrences(text, prefix) {
        result.push_str(&text[done..start]);
        match renumber(number) {
            Some(number) => result.push_str(&number.to_string()),
            None => result.push_str(GONE),
        }
        done = end;
    }
    (done > 0).then(|| result + &text[done..])
}

/// `value` with each string, and each name of a field, replaced where `change` gives another.
fn rewrite(value: &Value, change: &dyn Fn(&str) -> Option<String>) -> Value {
    match value {
        Value::String(text) => change(text).map_or_else(|| value.clone(), Value::from),
        Value::List(items) => Value::List(Arc::new(items.iter().map(|item| rewrite(item, change)).collect())),
        Value::Map(map) => {
            let renamed = |key: &Arc<str>| change(key).map_or_else(|| key.clone(), Arc::from);
            let fields: Map = map.iter().map(|(key, value)| (renamed(key), rewrite(value, change))).collect();
            Value::Map(Arc::new(fields))
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Object, Value, json};

    use super::{mentions, named, nameless, renamed};

    #[test]
    fn an_object_can_lose_its_name_and_get_it_back() {
        let pod = Object::from(
            json!({"metadata": {"name": "web-~1", "uid": "Pod/default/web-~1#0"}, "ip": "ip:web-~1", "peer": "web-~12"}),
        );
        let bare = nameless(&pod, "web-", 1);
        assert_eq!(bare["metadata"]["uid"].text(), "Pod/default/web-~#0");
        assert_eq!(bare["peer"].text(), "web-~12");
        assert_eq!(named(&bare, "web-", 1), pod);
    }

    #[test]
    fn mentions_follow_the_objects_and_the_dead_are_all_alike() {
        let slice = Value::from(json!({"a": ["web-~0", "ip:web-~1", "web-~2", "other-web-~0"]}));
        let swapped = renamed(&slice, "web-", &|number| [Some(1), Some(0), None][number as usize]);
        assert_eq!(swapped, Value::from(json!({"a": ["web-~1", "ip:web-~0", "web-~gone", "other-web-~0"]})));
        assert!(mentions(&slice, "web-"));
        assert!(!mentions(&Value::from("web-~gone"), "web-"));
    }
}
