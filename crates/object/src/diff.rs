//! What differs between two values, field by field.

use crate::{Path, Value};

/// One place at which two values differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The place.
    pub path: Path,
    /// What stands there in the first value; `null` if nothing does.
    pub before: Value,
    /// What stands there in the second.
    pub after: Value,
}

/// The places at which two values differ, as deep as both have maps, or lists of one length.
pub fn diff(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    walk(&Path::root(), before, after, &mut changes);
    changes
}

fn walk(path: &Path, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Map(left), Value::Map(right)) => {
            let mut names: Vec<_> = left.keys().chain(right.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                walk(&path.field(name), &before[&**name], &after[&**name], changes);
            }
        }
        (Value::List(left), Value::List(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right.iter()).enumerate() {
                walk(&path.index(index), left, right, changes);
            }
        }
        _ => changes.push(Change { path: path.clone(), before: before.clone(), after: after.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::diff;
    use crate::{Value, json};

    fn check(before: serde_json::Value, after: serde_json::Value, expect: &str) {
        let changes = diff(&Value::from(before), &Value::from(after));
        let lines: Vec<String> = changes.iter().map(|c| format!("{} {} → {}", c.path, c.before, c.after)).collect();
        assert_eq!(lines.join("; "), expect);
    }

    #[test]
    fn a_difference_is_told_at_the_deepest_place_that_both_have() {
        check(
            json!({"spec": {"replicas": 2, "x": 1}}),
            json!({"spec": {"replicas": 4, "x": 1}}),
            ".spec.replicas 2 → 4",
        );
        check(json!({"a": [1, 2]}), json!({"a": [1, 3]}), ".a[1] 2 → 3");
        check(json!({"a": [1]}), json!({"a": [1, 2]}), ".a [1] → [1,2]");
        check(json!({"a": 1}), json!({"b": 1}), ".a 1 → null; .b null → 1");
        check(json!({"a": {"b": 1}}), json!({"a": null}), ".a {\"b\":1} → null");
    }
}
