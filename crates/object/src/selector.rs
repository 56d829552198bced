//! Label selectors.

use std::sync::Arc;

use crate::Value;

/// Chooses objects by their labels. An empty one chooses every object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Requirement {
    label: Arc<str>,
    operator: Operator,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Operator {
    In(Vec<Arc<str>>),
    NotIn(Vec<Arc<str>>),
    Exists,
    DoesNotExist,
}

impl Selector {
    /// Demands these labels with these values, as a Service's selector does.
    pub fn equal(labels: &Value) -> Selector {
        let requirements = labels.entries().map(|(label, value)| Requirement {
            label: label.clone(),
            operator: Operator::In(vec![value.text().into()]),
        });
        Selector { requirements: requirements.collect() }
    }

    /// Reads a `LabelSelector` (`matchLabels`, `matchExpressions`). None if an operator is unknown, or has no values where it
    /// needs some: such a selector is refused by the API server.
    pub fn of(selector: &Value) -> Option<Selector> {
        let mut chosen = Selector::equal(&selector["matchLabels"]);
        for expression in selector["matchExpressions"].items() {
            let values: Vec<Arc<str>> = expression["values"].items().iter().map(|v| v.text().into()).collect();
            let operator = match (expression["operator"].text(), values.is_empty()) {
                ("In", false) => Operator::In(values),
                ("NotIn", false) => Operator::NotIn(values),
                ("Exists", true) => Operator::Exists,
                ("DoesNotExist", true) => Operator::DoesNotExist,
                _ => return None,
            };
            chosen.requirements.push(Requirement { label: expression["key"].text().into(), operator });
        }
        Some(chosen)
    }

    /// The selector with each label and value put through `translate`.
    #[must_use]
    pub fn translated(&self, translate: &dyn Fn(&str) -> Arc<str>) -> Selector {
        let values = |values: &[Arc<str>]| values.iter().map(|value| translate(value)).collect();
        let requirements = self.requirements.iter().map(|requirement| Requirement {
            label: translate(&requirement.label),
            operator: match &requirement.operator {
                Operator::In(v) => Operator::In(values(v)),
                Operator::NotIn(v) => Operator::NotIn(values(v)),
                other => other.clone(),
            },
        });
        Selector { requirements: requirements.collect() }
    }

    /// Whether it demands nothing, and so chooses everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether an object with these labels is chosen.
    pub fn matches(&self, labels: &Value) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels[&*requirement.label].as_str();
            match &requirement.operator {
                Operator::In(values) => value.is_some_and(|value| values.iter().any(|v| **v == *value)),
                Operator::NotIn(values) => !value.is_some_and(|value| values.iter().any(|v| **v == *value)),
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Selector;
    use crate::{Value, json};

    fn check(selector: serde_json::Value, labels: serde_json::Value, expect: bool) {
        let selector = Selector::of(&selector.into()).expect("a valid selector");
        assert_eq!(selector.matches(&Value::from(labels)), expect);
    }

    #[test]
    fn selectors_choose_as_kubernetes_does() {
        check(json!({}), json!({}), true);
        check(json!({"matchLabels": {"a": "1"}}), json!({"a": "1", "b": "2"}), true);
        check(json!({"matchLabels": {"a": "1"}}), json!({}), false);
        check(json!({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}), json!({}), true);
        check(json!({"matchExpressions": [{"key": "a", "operator": "Exists"}]}), json!({"a": ""}), true);
        check(json!({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}), json!({"a": ""}), false);
    }

    #[test]
    fn a_selector_that_the_server_refuses_is_none() {
        assert_eq!(Selector::of(&json!({"matchExpressions": [{"key": "a", "operator": "In"}]}).into()), None);
        assert_eq!(Selector::of(&json!({"matchExpressions": [{"key": "a", "operator": "Like"}]}).into()), None);
    }
}
