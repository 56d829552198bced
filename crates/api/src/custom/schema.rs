//! Structural schemas.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/structural.go

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_object::Value;

use super::rules::Rule;
use crate::cel::{Like, Text};

/// What a value may be. The schemas under `allOf`, `anyOf`, `oneOf` and `not` are of the same shape, with no type of their own.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// `object`, `array`, `string`, `integer`, `number`, `boolean`; empty for any, or where something else says it.
    pub(super) kind: Arc<str>,
    /// Whether a whole number and a string are both allowed.
    pub(super) int_or_string: bool,
    /// Whether `null` is a value.
    pub(super) nullable: bool,
    /// Whether fields that the schema does not know are kept.
    pub(super) preserve: bool,
    /// Whether it is a Kubernetes object, with `apiVersion`, `kind` and `metadata`.
    pub(super) embedded: bool,
    /// What stands for an absent value.
    pub(super) default: Option<Value>,
    /// The fields that it knows.
    pub(super) properties: BTreeMap<Arc<str>, Schema>,
    /// The other fields.
    pub(super) additional: Additional,
    /// The items of a list.
    pub(super) items: Option<Box<Schema>>,
    /// How a list is compared.
    pub(super) like: Like,
    /// What else a value must be.
    pub(super) checks: Checks,
    /// The CEL rules.
    pub(super) rules: Vec<Rule>,
    /// Whether there are rules here or below.
    pub(super) has_rules: bool,
    /// Whether expressions see values under this schema just as JSON has them.
    pub(super) is_plain: bool,
}

/// Fields that are not among the properties.
#[derive(Debug, Default)]
pub(super) enum Additional {
    /// The schema does not speak of them.
    #[default]
    Unsaid,
    /// They are allowed, or not, whatever they are.
    Any(bool),
    /// They are allowed if they are such.
    Each(Box<Schema>),
}

/// What a value must be besides its type.
#[derive(Debug, Default)]
pub(super) struct Checks {
    pub(super) allowed: Vec<Value>,
    pub(super) pattern: Option<Arc<str>>,
    pub(super) format: Arc<str>,
    pub(super) length: (Option<i64>, Option<i64>),
    pub(super) n_items: (Option<i64>, Option<i64>),
    pub(super) n_properties: (Option<i64>, Option<i64>),
    pub(super) minimum: Option<Value>,
    pub(super) maximum: Option<Value>,
    pub(super) minimum_excluded: bool,
    pub(super) maximum_excluded: bool,
    pub(super) multiple_of: Option<Value>,
    pub(super) unique: bool,
    pub(super) required: Vec<Arc<str>>,
    pub(super) all_of: Vec<Schema>,
    pub(super) any_of: Vec<Schema>,
    pub(super) one_of: Vec<Schema>,
    pub(super) not: Option<Box<Schema>>,
}

impl Schema {
    /// The schema that a value of a CustomResourceDefinition describes.
    pub(super) fn of(value: &Value) -> Schema {
        let mut schema = Schema {
            kind: value["type"].text().into(),
            int_or_string: value["x-kubernetes-int-or-string"].is_true(),
            nullable: value["nullable"].is_true(),
            preserve: value["x-kubernetes-preserve-unknown-fields"].is_true(),
            embedded: value["x-kubernetes-embedded-resource"].is_true(),
            default: value.get("default").filter(|v| !v.is_null()).cloned(),
            properties: value["properties"]
                .entries()
                .map(|(name, property)| (name.clone(), Schema::of(property)))
                .collect(),
            additional: Additional::of(&value["additionalProperties"]),
            items: value.get("items").map(|items| Box::new(Schema::of(items))),
            like: like_of(value),
            checks: Checks::of(value),
            rules: value["x-kubernetes-validations"].items().iter().map(Rule::of).collect(),
            has_rules: false,
            is_plain: false,
        };
        schema.has_rules = !schema.rules.is_empty()
            || schema.parts().any(|part| part.has_rules)
            || schema.checks.all_of.iter().any(|part| part.has_rules);
        schema.is_plain = !schema.is_seen_otherwise() && schema.parts().all(|part| part.is_plain);
        schema
    }

    /// The schemas of fields and items.
    fn parts(&self) -> impl Iterator<Item = &Schema> {
        self.properties.values().chain(self.additional.schema()).chain(self.items.as_deref())
    }

    fn is_seen_otherwise(&self) -> bool {
        &*self.kind == "number" || self.like != Like::List || self.text().is_some()
    }

    /// The schema of a field; none if nothing is known of it.
    pub(super) fn field(&self, name: &str) -> Option<&Schema> {
        self.properties.get(name).or_else(|| self.additional.schema())
    }

    /// What a string is the notation of, to expressions.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/cel/common/schemas.go: SchemaDeclType
    pub(super) fn text(&self) -> Option<Text> {
        match (&*self.kind, &*self.checks.format) {
            ("string", "byte") => Some(Text::Bytes),
            ("string", "date") => Some(Text::Date),
            ("string", "date-time") => Some(Text::DateTime),
            ("string", "duration") => Some(Text::Duration),
            _ => None,
        }
    }

    /// The old item that an item of a list corresponds to: the one with the same keys. Items of other lists correspond to nothing.
    pub(super) fn corresponding<'v>(&self, item: &Value, old: &'v Value) -> Option<&'v Value> {
        let Like::Map(keys) = &self.like else {
            return None;
        };
        let mut same = old
            .items()
            .iter()
            .filter(|other| other.as_map().is_some() && keys.iter().all(|key| item[&**key] == other[&**key]));
        same.next()
    }
}

impl Additional {
    fn of(value: &Value) -> Additional {
        match value {
            Value::Null => Additional::Unsaid,
            Value::Bool(allowed) => Additional::Any(*allowed),
            schema => Additional::Each(Box::new(Schema::of(schema))),
        }
    }

    /// The schema of the additional fields.
    pub(super) fn schema(&self) -> Option<&Schema> {
        match self {
            Additional::Each(schema) => Some(schema),
            _ => None,
        }
    }
}

impl Checks {
    fn of(value: &Value) -> Checks {
        let all = |name: &str| value[name].items().iter().map(Schema::of).collect();
        let bounds = |low: &str, high: &str| (value[low].as_int(), value[high].as_int());
        Checks {
            allowed: value["enum"].items().to_vec(),
            pattern: value["pattern"].as_str().filter(|p| !p.is_empty()).map(Arc::from),
            format: value["format"].text().into(),
            length: bounds("minLength", "maxLength"),
            n_items: bounds("minItems", "maxItems"),
            n_properties: bounds("minProperties", "maxProperties"),
            minimum: value.get("minimum").cloned(),
            maximum: value.get("maximum").cloned(),
            minimum_excluded: value["exclusiveMinimum"].is_true(),
            maximum_excluded: value["exclusiveMaximum"].is_true(),
            multiple_of: value.get("multipleOf").cloned(),
            unique: value["uniqueItems"].is_true(),
            required: value["required"].items().iter().map(|name| name.text().into()).collect(),
            all_of: all("allOf"),
            any_of: all("anyOf"),
            one_of: all("oneOf"),
            not: value.get("not").map(|not| Box::new(Schema::of(not))),
        }
    }
}

fn like_of(value: &Value) -> Like {
    match value["x-kubernetes-list-type"].text() {
        "set" => Like::Set,
        "map" => {
            Like::Map(value["x-kubernetes-list-map-keys"].items().iter().map(|key| Arc::from(key.text())).collect())
        }
        _ => Like::List,
    }
}
