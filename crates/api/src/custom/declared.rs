//! What a schema says of the types of values, to expressions that read them and templates that write them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::schema::{Additional, Schema};
use crate::cel::{Record, Type};

/// The type of the objects of that kind: the fields of its schema, with `apiVersion`, `kind` and that `metadata`.
pub(super) fn object(owner: &Arc<str>, schema: &Schema, metadata: Type) -> Type {
    if &*schema.kind != "object" {
        return Type::Unknown;
    }
    let mut fields = fields(schema, owner, "");
    fields.extend([("apiVersion", Type::String), ("kind", Type::String), ("metadata", metadata)].map(named));
    Type::Object(Arc::new(Record { owner: owner.clone(), path: "".into(), fields, open: !is_closed(schema) }))
}

fn named((name, of): (&str, Type)) -> (Arc<str>, Type) {
    (name.into(), of)
}

fn fields(schema: &Schema, owner: &Arc<str>, path: &str) -> BTreeMap<Arc<str>, Type> {
    let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    schema.properties.iter().map(|(name, of)| (name.clone(), declared(of, owner, &inside(name)))).collect()
}

/// Whether other fields than those of the schema are taken away.
fn is_closed(schema: &Schema) -> bool {
    matches!(schema.additional, Additional::Unsaid) && !schema.preserve && !schema.embedded
}

/// What the schema says of the value at `path`. What it leaves to people is unknown, and so is a number or text that may be `null`.
fn declared(schema: &Schema, owner: &Arc<str>, path: &str) -> Type {
    let is_scalar = !matches!(&*schema.kind, "object" | "array");
    if schema.int_or_string || schema.nullable && is_scalar {
        return Type::Unknown;
    }
    match &*schema.kind {
        "string" => Type::String,
        "integer" => Type::Int,
        "number" => Type::Double,
        "boolean" => Type::Bool,
        "array" => Type::list(match &schema.items {
            Some(items) if !schema.preserve => declared(items, owner, &format!("{path}[]")),
            _ => Type::Unknown,
        }),
        "object" => match &schema.additional {
            Additional::Each(value) if schema.properties.is_empty() && !schema.preserve => {
                Type::map(declared(value, owner, &format!("{path}.*")))
            }
            _ => {
                let (fields, path) = (fields(schema, owner, path), path.into());
                Type::Object(Arc::new(Record { owner: owner.clone(), path, fields, open: !is_closed(schema) }))
            }
        },
        _ => Type::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Object, Value, json};

    use super::super::Definition;
    use crate::cel::{Program, Type};

    /// The type of an expression over an object whose `spec` has that schema, or what is wrong with it.
    fn check(spec: impl Into<Value>, expression: &str, expect: &str) {
        let schema = Value::map().with(&["type"], "object").with(&["properties", "spec"], spec);
        let version = Value::from(json!({"name": "v1", "served": true})).with(&["schema", "openAPIV3Schema"], schema);
        let mut object = Object(Value::from(json!({"spec": {"group": "sea.example", "names": {"kind": "Boat"}}})));
        object.set(&["spec", "versions"], Value::list([version]));
        let definition = Definition::of(&object, "v1").expect("there is that version");
        let program = Program::compile(expression).expect("it compiles");
        let (of, mistakes) = program.infer(&[("object", definition.declared(Type::map(Type::Unknown)))]);
        let told = mistakes.first().map_or_else(|| of.to_string(), |mistake| mistake.message.clone());
        assert_eq!(told, expect, "{expression}");
    }

    #[test]
    fn a_value_has_the_type_that_its_schema_says() {
        for (said, expect) in [("string", "string"), ("integer", "int"), ("number", "double"), ("boolean", "bool")] {
            check(json!({"type": said}), "object.spec", expect);
            check(json!({"type": said, "nullable": true}), "object.spec", "anything");
            check(json!({"type": "array", "items": {"type": said}}), "object.spec", &format!("list({expect})"));
            check(
                json!({"type": "object", "additionalProperties": {"type": said}}),
                "object.spec",
                &format!("map({expect})"),
            );
        }
        check(json!({"x-kubernetes-int-or-string": true}), "object.spec", "anything");
        check(json!({"x-kubernetes-preserve-unknown-fields": true}), "object.spec.a.b", "anything");
        check(json!({"type": "object"}), "object.kind + object.apiVersion", "string");
    }

    #[test]
    fn only_fields_that_are_taken_away_are_never_there() {
        check(json!({"type": "object"}), "object.spec.a", "Boat has no field spec.a");
        check(json!({"type": "object"}), "object.status", "Boat has no field status");
        check(
            json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"a": {"type": "object"}}}),
            "[object.spec.b, object.spec.a.b]",
            "Boat has no field spec.a.b",
        );
        check(json!({"type": "object", "additionalProperties": true}), "object.spec.a", "anything");
        check(
            json!({"type": "object", "x-kubernetes-embedded-resource": true}),
            "object.spec.metadata.name",
            "anything",
        );
    }
}
