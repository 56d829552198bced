//! The CEL rules of a schema (`x-kubernetes-validations`).
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go

use evenkeel_object::Value;

use super::flaw::{Place, duplicate, forbidden, invalid, invalid_whole, required};
use super::schema::Schema;
use super::typed::typed;
use crate::Cause;
use crate::cel::{CompileError, Datum, Fault, Names, Program};

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) program: Result<Program, CompileError>,
    pub(super) message_expression: Option<Result<Program, CompileError>>,
    message: String,
    reason: String,
    field: String,
    optional_old: bool,
    reads_old: bool,
    text: String,
}

impl Rule {
    /// The rule that a value describes.
    pub(super) fn of(value: &Value) -> Rule {
        let text = value["rule"].text();
        let program = Program::compile(text);
        let message_expression = value["messageExpression"].as_str().filter(|m| !m.is_empty()).map(Program::compile);
        let reads =
            |program: &Result<Program, CompileError>| program.as_ref().is_ok_and(|program| program.reads("oldSelf"));
        Rule {
            reads_old: reads(&program),
            program,
            message_expression,
            message: value["message"].text().trim().to_string(),
            reason: value["reason"].text().to_string(),
            field: value["fieldPath"].text().to_string(),
            optional_old: value["optionalOldSelf"].is_true(),
            text: text.trim().to_string(),
        }
    }

    /// The message, or else the rule itself: what the server calls the rule by.
    fn shown(&self) -> &str {
        if self.message.is_empty() { &self.text } else { &self.message }
    }
}

/// What a value replaces, as far as it can be told.
#[derive(Clone, Copy)]
pub(super) struct Before<'v> {
    /// What the value replaces; none if nothing corresponds to it.
    old: Option<&'v Value>,
    /// Whether the nearest part around it that corresponds to an old one is unchanged.
    unchanged: bool,
}

impl<'v> Before<'v> {
    /// Of the top of an object.
    pub(super) fn of(value: &Value, old: Option<&'v Value>) -> Before<'v> {
        Before { old, unchanged: old == Some(value) }
    }

    fn inside(self, value: &Value, old: Option<&'v Value>) -> Before<'v> {
        let unchanged = match old {
            Some(old) => old == value,
            None => self.unchanged,
        };
        Before { old, unchanged }
    }
}

/// What the rules for this value and those below say against it.
pub(super) fn broken(place: &Place, value: &Value, before: Before<'_>, schema: &Schema) -> Vec<Cause> {
    let top = Node { place: place.clone(), value, before, rules: schema, schema };
    let mut causes = Vec::new();
    top.walk(&mut causes);
    causes
}

/// A value on the way through an object.
struct Node<'a> {
    place: Place,
    value: &'a Value,
    before: Before<'a>,
    /// The schema with the rules.
    rules: &'a Schema,
    /// The schema that says what the value is; below `allOf` another one than that with the rules.
    schema: &'a Schema,
}

impl<'a> Node<'a> {
    fn walk(&self, causes: &mut Vec<Cause>) {
        if self.value.is_null() || !self.rules.has_rules {
            return;
        }
        if !self.rules.rules.is_empty() {
            self.own(causes);
        }
        for rules in &self.rules.checks.all_of {
            let place = self.place.clone();
            Node { place, rules, ..*self }.walk(causes);
        }
        self.fields(causes);
        self.items(causes);
    }

    fn inside(
        &self,
        place: Place,
        value: &'a Value,
        old: Option<&'a Value>,
        (rules, schema): (&'a Schema, &'a Schema),
    ) -> Node<'a> {
        Node { place, value, before: self.before.inside(value, old), rules, schema }
    }

    fn fields(&self, causes: &mut Vec<Cause>) {
        for (name, field) in self.value.entries() {
            let old = self.before.old.and_then(|old| old.get(name));
            let (place, rules, schema) = match self.rules.properties.get(name) {
                Some(rules) => {
                    let schema = self.schema.properties.get(name);
                    (self.place.child(name), Some(rules), schema)
                }
                None => {
                    let schema = self.schema.additional.schema();
                    (self.place.key(name), self.rules.additional.schema(), schema)
                }
            };
            if let Some(schemas) = rules.zip(schema) {
                self.inside(place, field, old, schemas).walk(causes);
            }
        }
    }

    fn items(&self, causes: &mut Vec<Cause>) {
        let Some(schemas) = self.rules.items.as_deref().zip(self.schema.items.as_deref()) else {
            return;
        };
        for (index, item) in self.value.items().iter().enumerate() {
            let old = self.before.old.and_then(|old| self.schema.corresponding(item, old));
            self.inside(self.place.key(index), item, old, schemas).walk(causes);
        }
    }

    /// What the rules for this very value say.
    fn own(&self, causes: &mut Vec<Cause>) {
        let old = self.before.old.filter(|old| !old.is_null());
        let this = typed(self.value, self.schema);
        let that = old.map(|old| typed(old, self.schema));
        for rule in &self.rules.rules {
            // A rule about a change has nothing to say where nothing was.
            if rule.reads_old && old.is_none() && !rule.optional_old {
                continue;
            }
            let old = match rule.optional_old {
                true => Some(Datum::Optional(that.clone().map(Box::new))),
                false => that.clone(),
            };
            let this = this.clone();
            let forgiven = !rule.reads_old && self.before.unchanged;
            match verdict(&self.place, self.value, &Variables { this, old }, rule, self.schema) {
                Verdict::Kept => {}
                Verdict::Unknown(cause) => causes.push(cause),
                Verdict::Broken(cause) if !forgiven => causes.push(cause),
                Verdict::Broken(_) => {}
            }
        }
    }
}

enum Verdict {
    Kept,
    Broken(Cause),
    Unknown(Cause),
}

fn verdict(place: &Place, value: &Value, variables: &Variables, rule: &Rule, schema: &Schema) -> Verdict {
    let unknown = |detail: &str| Verdict::Unknown(invalid(place, &Value::from(&*schema.kind), detail));
    let program = match &rule.program {
        Ok(program) => program,
        Err(error) => return unknown(&format!("rule compile error: {error}")),
    };
    match program.run(variables) {
        Ok(datum) if datum.truth() == Some(true) => Verdict::Kept,
        Ok(_) => Verdict::Broken(cause_of(place, value, variables, rule)),
        Err(fault) if fault == Fault::no_overload() => unknown(&format!(
            "'{fault}': call arguments did not match a supported operator, function or macro signature for rule: {}",
            rule.shown()
        )),
        Err(fault) => unknown(&format!("{fault} evaluating rule: {}", rule.shown())),
    }
}

fn cause_of(place: &Place, value: &Value, variables: &Variables, rule: &Rule) -> Cause {
    let detail = message(variables, rule).unwrap_or_else(|| match rule.message.is_empty() {
        true => format!("failed rule: {}", rule.text),
        false => rule.message.clone(),
    });
    let place = match rule.field.is_empty() {
        true => place.clone(),
        false => place.child(Place::at(&rule.field.replace("['", ".").replace("']", "")).text()),
    };
    let is_whole = matches!(value, Value::Map(_) | Value::List(_));
    match rule.reason.as_str() {
        "FieldValueForbidden" => forbidden(&place, &detail),
        "FieldValueRequired" => required(&place, &detail),
        "FieldValueDuplicate" => duplicate(&place, (!is_whole).then_some(value)),
        _ if is_whole => invalid_whole(&place, &detail),
        _ => invalid(&place, value, &detail),
    }
}

/// The message that the rule computes; none if it computes none, or none that can be shown.
fn message(variables: &Variables, rule: &Rule) -> Option<String> {
    let program = rule.message_expression.as_ref()?.as_ref().ok()?;
    let datum = program.run(variables).ok()?;
    let text = datum.text()?.trim();
    // https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/apis/cel/config.go
    (!text.is_empty() && text.len() <= 5 * 1024 && !text.contains('\n')).then(|| text.to_string())
}

/// `self` and `oldSelf`.
struct Variables {
    this: Datum,
    old: Option<Datum>,
}

impl Names for Variables {
    fn get(&self, name: &str) -> Option<Result<Datum, Fault>> {
        match name {
            "self" => Some(Ok(self.this.clone())),
            "oldSelf" => self.old.clone().map(Ok),
            _ => None,
        }
    }
}
