//! What people demand of objects, in CEL: of each on its own, or of all of them together.

use evenkeel_api::cel::Program;
use evenkeel_api::{Projection, Question, Scope, read};
use evenkeel_object::{Key, Object, Value};

/// An expression that has to be true of some objects.
#[derive(Clone, Debug)]
pub struct Demand {
    /// How people call it.
    pub name: String,
    /// Which objects it is about.
    pub scope: Scope,
    /// How many of them it speaks of at a time.
    pub reach: Reach,
    /// What has to come to `true`.
    pub expression: Program,
}

/// How many objects an expression speaks of at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// One, as `object`: it has to be true of each. If there is none, it is.
    Each,
    /// All, as the list `objects`, in the order of their keys.
    Together,
}

/// What keeps a demand from being met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The object of which it is not true; none if the demand is about all together.
    pub object: Option<Key>,
    /// Why it is not known what the expression comes to; none if it is known to be false.
    pub error: Option<String>,
}

/// What some findings come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// There are none.
    Met,
    /// None of them is certain.
    Unknown,
    /// The demand is not met, whatever else is unknown.
    Broken,
}

impl Standing {
    pub(crate) fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Standing {
        findings.into_iter().fold(Standing::Met, |standing, finding| match (standing, &finding.error) {
            (_, None) | (Standing::Broken, _) => Standing::Broken,
            _ => Standing::Unknown,
        })
    }
}

/// The name of the projection by which it is asked of which objects a demand is not true.
pub(crate) const UNMET: &str = "unmet by each";

impl Demand {
    /// What has to be asked of a store to judge the demand.
    pub(crate) fn question(&self) -> Question {
        let projection = match self.reach {
            Reach::Together => Projection::objects(),
            Reach::Each => Projection {
                name: UNMET,
                args: self.expression.text().into(),
                of: |text, objects| Value::list(objects.iter().filter_map(|object| unmet(text.text(), object))),
                join: |_, left, right| read::concatenated(left, right),
            },
        };
        Question { scope: self.scope.clone(), projection }
    }

    /// What keeps the demand from being met, where its question was answered so; in the order of the objects.
    pub(crate) fn findings(&self, answer: &Value) -> Vec<Finding> {
        match self.reach {
            Reach::Each => {
                let mut findings: Vec<Finding> = answer.items().iter().map(finding).collect();
                findings.sort_by(|a, b| a.object.cmp(&b.object));
                findings
            }
            Reach::Together => {
                let objects = read::sorted(answer).into_iter().map(|object| object.0);
                let found = truth(&self.expression, "objects", &Value::list(objects));
                found.map(|error| Finding { object: None, error }).into_iter().collect()
            }
        }
    }

    /// Whether it is known that the object meets the demand, or that it is not meant.
    pub fn is_met_by(&self, object: &Object) -> bool {
        !self.scope.matches(object) || truth(&self.expression, "object", &object.0).is_none()
    }
}

/// None if the expression is true; otherwise why that is not known, if it is not.
fn truth(expression: &Program, variable: &str, value: &Value) -> Option<Option<String>> {
    match expression.evaluate(&[(variable, value)]) {
        Ok(Value::Bool(true)) => None,
        Ok(Value::Bool(false)) => Some(None),
        Ok(other) => Some(Some(format!("it comes to {other}, which is neither true nor false"))),
        Err(error) => Some(Some(error)),
    }
}

/// What is written down of an object that does not meet an expression, as an answer of a question.
fn unmet(text: &str, object: &Object) -> Option<Value> {
    let expression = Program::compile(text).expect("a demand was compiled before");
    let error = truth(&expression, "object", &object.0)?;
    let stub = Object::new(object["apiVersion"].text(), &object.key());
    Some(Value::list([stub.0, error.map_or(Value::Null, Value::from)]))
}

fn finding(written: &Value) -> Finding {
    Finding { object: Some(Object(written[0].clone()).key()), error: written[1].as_str().map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use evenkeel_api::cel::Program;
    use evenkeel_api::{Memory, Read, Scope};
    use evenkeel_object::{Kind, Object, json};

    use super::{Demand, Reach, Standing};

    /// What becomes of a demand about Leases of which one is held by `a`, one by `b`, and one by nobody.
    fn check(reach: Reach, expression: &str, expect: Standing, objects: &str) {
        let mut store = Memory::default();
        for (name, spec) in [("one", json!({"holder": "a"})), ("other", json!({"holder": "b"})), ("third", json!({}))] {
            store.insert(Object::from(json!({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": name, "namespace": "default"}, "spec": spec,
            })));
        }
        let scope = Scope::everywhere(&Kind::new("coordination.k8s.io", "Lease"));
        let expression = Program::compile(expression).expect("it compiles");
        let demand = Demand { name: "d".to_owned(), scope, reach, expression };
        let findings = demand.findings(&store.ask(&demand.question()));
        let of: Vec<String> = findings.iter().filter_map(|found| Some(found.object.as_ref()?.to_string())).collect();
        assert_eq!((Standing::of(&findings), &*of.join(" ")), (expect, objects), "{findings:?}");
    }

    #[test]
    fn what_has_to_be_true_of_each_names_those_of_which_it_is_not() {
        check(Reach::Each, "object.metadata.namespace == 'default'", Standing::Met, "");
        check(Reach::Each, "object.spec.?holder.orValue('a') == 'a'", Standing::Broken, "Lease/other");
    }

    #[test]
    fn what_cannot_be_evaluated_is_unknown_unless_another_object_settles_it() {
        check(Reach::Each, "object.spec.holder != 'c'", Standing::Unknown, "Lease/third");
        check(Reach::Each, "object.spec.holder == 'a'", Standing::Broken, "Lease/other Lease/third");
        check(Reach::Together, "objects[7].spec.holder == 'a'", Standing::Unknown, "");
        check(Reach::Together, "objects.size()", Standing::Unknown, "");
    }

    #[test]
    fn what_has_to_be_true_of_all_together_is_told_of_the_list() {
        check(Reach::Together, "objects.filter(o, has(o.spec.holder)).size() == 2", Standing::Met, "");
        check(Reach::Together, "objects.filter(o, has(o.spec.holder)).size() <= 1", Standing::Broken, "");
        check(Reach::Together, "objects.map(o, o.metadata.name) == ['one', 'other', 'third']", Standing::Met, "");
    }
}
