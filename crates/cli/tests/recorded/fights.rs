//! Whether the fields that are fought over, and those who write them, are the recorded ones.

use evenkeel_object::Value;
use evenkeel_report::{Evidence, Field};

use crate::recording::Fight;

/// What writers are called in the model, where that is another name. The real taint eviction runs under the name of an older controller.
const RENAMED: [(&str, &str); 2] = [("node-controller", "taint-eviction-controller"), ("kwok", "kubelet")];

/// Who ends a deletion that somebody else asked for. In a recording these need not have been at it in the seconds that were looked at, and garbage
/// collection is not a deletion there where it takes off a finalizer.
const FINISH: [&str; 2] = ["kubelet", "generic-garbage-collector"];

/// What is wrong with what the evidence says of a recorded fight; none if it says the same.
pub(crate) fn missing(fight: &Fight, evidence: &Evidence) -> Option<String> {
    let fields: Vec<(String, Vec<(String, String)>)> =
        evidence.fields.iter().filter(|field| is_meant(fight, field)).flat_map(leaves).collect();
    let Some((_, found)) = fields.iter().find(|(path, _)| is_alike(&fight.path, path)) else {
        let told: Vec<String> =
            evidence.fields.iter().map(|field| format!("{} {}", field.object, field.path)).collect();
        return Some(format!("not among {told:?}"));
    };
    let recorded: Vec<(String, String)> =
        fight.writes.iter().map(|(by, value)| (renamed(by).to_owned(), value.clone())).collect();
    let is_told = |write: &&(String, String)| has(found, write) || write.0 == "kubelet";
    let is_recorded = |write: &&(String, String)| has(&recorded, write) || FINISH.contains(&write.0.as_str());
    let (untold, more): (Vec<_>, Vec<_>) = (
        recorded.iter().filter(|write| !is_told(write)).collect(),
        found.iter().filter(|write| !is_recorded(write)).collect(),
    );
    (!untold.is_empty() || !more.is_empty())
        .then(|| format!("recorded, not told: {untold:?}; told, not recorded: {more:?}"))
}

fn renamed(name: &str) -> &str {
    RENAMED.iter().find(|(recorded, _)| *recorded == name).map_or(name, |(_, ours)| ours)
}

/// Whether somebody writes that value among these. Times, and certificates, are others each time.
fn has(writes: &[(String, String)], (by, value): &(String, String)) -> bool {
    let is_free = |value: &str| value == "<time>" || value.starts_with("2026-") || value.starts_with("LS0t");
    writes.iter().any(|(writer, written)| writer == by && (written == value || is_free(written) && is_free(value)))
}

/// Whether a field is one of the object that a recorded fight is about: `Pod default/web-<h>-*`.
fn is_meant(fight: &Fight, field: &Field) -> bool {
    let (kind, name) = fight.object.split_once(' ').expect("a kind and a name");
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    field.object.kind == kind && field.object.namespace == namespace && matches(name, &field.object.name)
}

/// Whether a name of the model fits a recorded pattern, in which `<h>` is a hash and `*` what the server drew.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = match (pattern.strip_suffix('*'), name.rsplit_once('~')) {
        (Some(pattern), Some((name, _))) => (pattern, name),
        (None, None) => (pattern, name),
        _ => return false,
    };
    match pattern.split_once('<').and_then(|(before, rest)| Some((before, rest.split_once('>')?.1))) {
        Some((before, after)) => {
            let hash = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            hash.is_some_and(|hash| !hash.is_empty() && hash.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        }
        None => pattern == name,
    }
}

/// Whether two paths are one: recorded ones find an item of a list by its name.
fn is_alike(recorded: &str, path: &str) -> bool {
    let (mut left, mut right) = (recorded.split('['), path.split('['));
    left.by_ref().zip(right.by_ref()).enumerate().all(|(place, (one, other))| {
        one == other || place > 0 && !one.starts_with('"') && after_bracket(one) == after_bracket(other)
    }) && recorded.matches('[').count() == path.matches('[').count()
}

fn after_bracket(part: &str) -> Option<&str> {
    part.split_once(']').map(|(_, rest)| rest)
}

/// A field as the fields within it, if maps come and go there, with who writes what.
fn leaves(field: &Field) -> Vec<(String, Vec<(String, String)>)> {
    let is_map = |value: &Value| value.as_map().is_some();
    let writes = |of: &dyn Fn(&Value) -> Value| {
        field.writers.iter().map(|writer| (writer.controller.clone(), told(&of(&writer.value)))).collect()
    };
    if !field.writers.iter().any(|writer| is_map(&writer.value)) {
        return vec![(field.path.clone(), writes(&Value::clone))];
    }
    let maps = field.writers.iter().flat_map(|writer| writer.value.entries());
    let mut names: Vec<&str> = maps.map(|(name, _)| &**name).collect();
    names.sort_unstable();
    names.dedup();
    let quoted = |name: &str| if name.contains(['.', '/']) { format!("[\"{name}\"]") } else { format!(".{name}") };
    names.iter().map(|name| (field.path.clone() + &quoted(name), writes(&|value| value[*name].clone()))).collect()
}

fn told(value: &Value) -> String {
    match value {
        Value::Null => "<absent>".to_owned(),
        Value::String(text) => text.to_string(),
        value => value.to_string(),
    }
}
