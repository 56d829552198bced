//! JSON merge patch (RFC 7386).

use crate::Value;

/// `target` with `patch` merged into it: a map merges field by field, `null` takes a field away, anything else replaces.
pub fn merge_patch(target: &Value, patch: &Value) -> Value {
    let Some(fields) = patch.as_map() else {
        return patch.clone();
    };
    let mut merged = if target.as_map().is_some() { target.clone() } else { Value::map() };
    let map = merged.make_map();
    for (name, change) in fields {
        if change.is_null() {
            map.remove(name);
        } else {
            let value = merge_patch(map.get(name).unwrap_or(&Value::Null), change);
            map.insert(name.clone(), value);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::merge_patch;
    use crate::{Value, json};

    fn check(target: serde_json::Value, patch: serde_json::Value, expect: serde_json::Value) {
        assert_eq!(merge_patch(&target.into(), &patch.into()), Value::from(expect));
    }

    #[test]
    fn the_examples_of_the_rfc() {
        check(json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"}));
        check(json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"}));
        check(json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"}));
        check(json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}}));
        check(json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"]));
        check(json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1}));
        check(json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"}));
        check(json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}}));
    }
}
