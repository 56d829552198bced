//! Conditions in a status, without their times.
//!
//! The list is kept in the order of the types. In a real cluster the order tells in which the conditions first came; nobody reads it, and
//! two states that differ in nothing else are one state here.

use evenkeel_object::{Value, json};

/// A condition.
pub(crate) fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    let mut condition = Value::from(json!({"type": kind, "status": status}));
    for (field, text) in [("reason", reason), ("message", message)] {
        if !text.is_empty() {
            condition.set(&[field], text);
        }
    }
    condition
}

/// The condition of that type; `null` if there is none.
pub(crate) fn find<'v>(status: &'v Value, kind: &str) -> &'v Value {
    static NULL: Value = Value::Null;
    let mut conditions = status["conditions"].items().iter();
    conditions.find(|condition| condition["type"].text() == kind).unwrap_or(&NULL)
}

/// Puts a condition in the place of the one of its type.
pub(crate) fn replace(status: &mut Value, condition: Value) {
    remove(status, condition["type"].text());
    status.set(&["conditions"], with(&status["conditions"], condition));
}

/// Puts a condition in the place of the one of its type, unless that has the same status and reason: then its message stays.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/deployment/util/deployment_util.go>: `SetDeploymentCondition`.
pub(crate) fn turn(status: &mut Value, condition: Value) {
    let now = find(status, condition["type"].text());
    if now["status"] != condition["status"] || now["reason"] != condition["reason"] {
        replace(status, condition);
    }
}

/// Takes the condition of that type away.
pub(crate) fn remove(status: &mut Value, kind: &str) {
    if find(status, kind).is_null() {
        return;
    }
    let rest = status["conditions"].items().iter();
    let rest: Vec<Value> = rest.filter(|condition| condition["type"].text() != kind).cloned().collect();
    if rest.is_empty() {
        status.remove(&["conditions"]);
    } else {
        status.set(&["conditions"], rest);
    }
}

/// The list with one condition more, in the order of the types.
fn with(conditions: &Value, condition: Value) -> Value {
    let mut all = conditions.items().to_vec();
    all.push(condition);
    all.sort_by(|left, right| left["type"].cmp(&right["type"]));
    all.into()
}

#[cfg(test)]
mod tests {
    use super::{condition, find, remove, replace, turn};
    use evenkeel_object::{Value, json};

    #[test]
    fn there_is_one_condition_of_a_type_and_the_types_are_in_order() {
        let mut status = Value::map();
        replace(&mut status, condition("B", "True", "R", ""));
        replace(&mut status, condition("A", "True", "", ""));
        turn(&mut status, condition("B", "True", "R", "a new text"));
        assert_eq!(
            status,
            Value::from(
                json!({"conditions": [{"type": "A", "status": "True"}, {"type": "B", "status": "True", "reason": "R"}]})
            )
        );
        turn(&mut status, condition("B", "False", "R", "another text"));
        assert_eq!(find(&status, "B")["message"].text(), "another text");
        remove(&mut status, "A");
        remove(&mut status, "B");
        assert_eq!(status, Value::map());
    }
}
