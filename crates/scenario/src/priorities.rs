//! Whether some Pods can be more important than others. Where none is, nobody makes room for anybody, and the scheduler need not look.

use std::collections::BTreeSet;

use evenkeel_model::Model;
use evenkeel_object::{Object, Value};
use evenkeel_roster::scheduler::Priorities;

/// Looks at all objects that are, or can be, in the cluster: at the Pods that they are or that are to be made of them.
///
/// A class that nobody has made is one of its own: it may be one of the two that always exist. So is what a model of a controller names.
pub(crate) fn priorities(objects: &[&Object], models: &[Model]) -> Priorities {
    let classes: Vec<&Object> =
        objects.iter().copied().filter(|object| object.kind().is("scheduling.k8s.io", "PriorityClass")).collect();
    let mut found = BTreeSet::new();
    objects.iter().for_each(|object| collect(&object.0, &classes, &mut found));
    let names_some = |model: &&Model| model.document.value.to_string().contains("priorityClassName");
    found.extend(models.iter().find(names_some).map(|_| Value::from("what a model says")));
    if found.len() > 1 { Priorities::Different } else { Priorities::Equal }
}

/// Adds the priorities that the Pods described in a value can have.
fn collect(value: &Value, classes: &[&Object], found: &mut BTreeSet<Value>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| collect(item, classes, found)),
        Value::Map(fields) => {
            if fields.get("containers").is_some_and(|containers| matches!(containers, Value::List(_))) {
                found.extend(of(value, classes));
            }
            fields.values().for_each(|field| collect(field, classes, found));
        }
        _ => {}
    }
}

/// The priorities that a Pod with this spec can have.
fn of(spec: &Value, classes: &[&Object]) -> Vec<Value> {
    let name = spec["priorityClassName"].text();
    if !spec["priority"].is_null() {
        return vec![spec["priority"].clone()];
    }
    let value = |class: &&Object| Value::Int(class["value"].count());
    if !name.is_empty() {
        let named: Vec<Value> = classes.iter().filter(|class| class.name() == name).map(value).collect();
        return if named.is_empty() { vec![name.into()] } else { named };
    }
    let defaults = classes.iter().filter(|class| class["globalDefault"].is_true()).map(value);
    // One that comes later is not that of the Pods before it.
    defaults.chain([Value::Int(0)]).collect()
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Object, Value, json};

    use super::{Priorities, priorities};

    fn class(name: &str, value: i64, is_default: bool) -> Object {
        Object::from(
            json!({"kind": "PriorityClass", "apiVersion": "scheduling.k8s.io/v1", "metadata": {"name": name}, "value": value, "globalDefault": is_default}),
        )
    }

    fn deployment(class: &str) -> Object {
        let mut deployment = Object::from(json!({"apiVersion": "apps/v1", "kind": "Deployment"}));
        deployment.set(&["spec", "template", "spec", "containers"], Value::list([]));
        if !class.is_empty() {
            deployment.set(&["spec", "template", "spec", "priorityClassName"], class);
        }
        deployment
    }

    fn check(objects: &[Object], expect: Priorities) {
        let all: Vec<&Object> = objects.iter().collect();
        assert_eq!(priorities(&all, &[]), expect, "{objects:?}");
    }

    #[test]
    fn pods_differ_in_importance_only_if_their_classes_do() {
        use Priorities::{Different, Equal};
        check(&[deployment(""), deployment("")], Equal);
        check(&[class("a", 5, false), deployment("a"), deployment("a")], Equal);
        check(&[class("a", 5, false), deployment("a"), deployment("")], Different);
        check(&[class("a", 0, false), deployment("a"), deployment("")], Equal);
        check(&[class("a", 5, false), class("b", 5, false), deployment("a"), deployment("b")], Equal);
        check(&[class("a", 5, false), class("b", 6, false), deployment("a"), deployment("b")], Different);
        check(&[deployment("system-node-critical"), deployment("")], Different);
        check(&[class("a", 5, true), deployment("")], Different);
        check(&[class("a", 5, true), deployment("a")], Equal);
        check(&[class("a", 5, false), class("b", 6, true)], Equal);
    }
}
