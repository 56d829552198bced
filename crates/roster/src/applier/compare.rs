//! Equality as those see it who read objects into Go types.

use evenkeel_object::{Quantity, Value};

/// Whether two values are equal, however quantities are written and whether or not empty maps and lists are.
pub(super) fn is_equal(left: &Value, right: &Value) -> bool {
    walk("", left, right)
}

fn walk(parent: &str, left: &Value, right: &Value) -> bool {
    if left == right || is_empty(left) && is_empty(right) {
        return true;
    }
    match (left, right) {
        (Value::Map(_) | Value::Null, Value::Map(_) | Value::Null) => {
            let mut names: Vec<_> = left.entries().chain(right.entries()).map(|(name, _)| name).collect();
            names.sort();
            names.dedup();
            let is_amounts = matches!(parent, "requests" | "limits" | "hard" | "capacity" | "overhead");
            names.into_iter().all(|name| {
                let (left, right) = (&left[&**name], &right[&**name]);
                if is_amounts { is_same_amount(left, right) } else { walk(name, left, right) }
            })
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| walk(parent, one, other))
        }
        _ => false,
    }
}

fn is_same_amount(left: &Value, right: &Value) -> bool {
    left == right || matches!((Quantity::of(left), Quantity::of(right)), (Some(left), Some(right)) if left == right)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Map(map) => map.is_empty(),
        Value::List(list) => list.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_equal;
    use evenkeel_object::json;

    fn check(left: serde_json::Value, right: serde_json::Value, expect: bool) {
        assert_eq!(is_equal(&left.into(), &right.into()), expect);
    }

    #[test]
    fn spelling_makes_no_difference() {
        check(json!({"limits": {"cpu": "1000m"}}), json!({"limits": {"cpu": "1"}}), true);
        check(json!({"limits": {"cpu": "1000m"}}), json!({"limits": {"cpu": "2"}}), false);
        check(json!({"data": {"cpu": "1000m"}}), json!({"data": {"cpu": "1"}}), false);
        check(json!({"a": {}}), json!({"b": []}), true);
    }
}
