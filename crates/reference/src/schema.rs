//! All fields of a document, told to editors: a JSON Schema.
//!
//! It is of draft 2020-12, and uses nothing that older drafts do not have, as some editors know only those. It is a little stricter than the program,
//! which takes a field with nothing behind it for one that is left out.

use serde_json::{Map, Value, json};

use crate::{Field, Need, Reference, Shape};

/// The schema of a document, as JSON.
pub fn schema(reference: &Reference) -> String {
    let mut schema = Map::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".into(), reference.kind.clone().into());
    schema.insert("description".into(), reference.text.clone().into());
    schema.extend(of_map(&reference.fields));
    serde_json::to_string_pretty(&schema).expect("maps with texts as keys are JSON") + "\n"
}

/// A map with these fields and no others; with any, if none are known.
fn of_map(fields: &[Field]) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".into(), "object".into());
    if fields.is_empty() {
        return schema;
    }
    let properties = fields.iter().map(|field| (field.name.clone(), of_field(field)));
    schema.insert("properties".into(), Value::Object(properties.collect()));
    let needed: Vec<&str> =
        fields.iter().filter(|field| field.need == Need::Needed).map(|field| &*field.name).collect();
    if !needed.is_empty() {
        schema.insert("required".into(), json!(needed));
    }
    schema.insert("additionalProperties".into(), false.into());
    let choice = choice(fields);
    if !choice.is_empty() {
        schema.insert("oneOf".into(), choice.into());
    }
    schema
}

/// What exactly one has to be true of.
fn choice(fields: &[Field]) -> Vec<Value> {
    let mut choice: Vec<Value> = Field::choice(fields).iter().map(|field| json!({"required": [field.name]})).collect();
    if let Some(alone) = Field::alone(fields) {
        let is_true = json!({alone.name.clone(): {"const": true}});
        let none = json!({"anyOf": choice.clone()});
        choice.push(json!({"required": [alone.name], "properties": is_true, "not": none}));
    }
    choice
}

fn of_field(field: &Field) -> Value {
    let mut schema = Map::new();
    schema.insert("description".into(), description(field).into());
    schema.extend(of_shape(&field.shape, &field.fields));
    if let Need::Default(word) = &field.need {
        schema.insert("default".into(), default(&field.shape, word));
    }
    Value::Object(schema)
}

/// What it is, and what holds without it, where that is no value.
fn description(field: &Field) -> String {
    match &field.need {
        Need::Left(words) if !words.is_empty() && words != "none" => format!("{}\n\nDefault: {words}", field.text),
        _ => field.text.clone(),
    }
}

/// A default as a value of the type that the field has.
fn default(shape: &Shape, word: &str) -> Value {
    let is_text = matches!(shape, Shape::Text | Shape::Template | Shape::Expression) || shape.words().contains(&word);
    let value = serde_json::from_str(word).ok().filter(|_| !is_text);
    value.unwrap_or_else(|| word.into())
}

/// What may stand in a field of that shape; a map has these fields.
fn of_shape(shape: &Shape, fields: &[Field]) -> Map<String, Value> {
    let schema = match shape {
        Shape::Text | Shape::Expression | Shape::Template => json!({"type": "string"}),
        Shape::Duration => json!({"type": "string", "pattern": r"^0$|^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Whole(least, u64::MAX) => json!({"type": "integer", "minimum": least}),
        Shape::Whole(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Shape::Word(words) => json!({"type": "string", "enum": words}),
        // A text has to be one expression from end to end.
        Shape::MapTemplate => json!({"type": ["object", "string"], "pattern": r"^\$\{[\s\S]*\}$"}),
        Shape::ObjectTemplate => of_object(),
        Shape::Map => return of_map(fields),
        Shape::Selector => of_selector(),
        Shape::List(item) => json!({"type": "array", "items": of_shape(item, fields)}),
        Shape::Either(shapes) => {
            let shapes: Vec<Value> = shapes.iter().map(|shape| Value::Object(of_shape(shape, fields))).collect();
            json!({"anyOf": shapes})
        }
    };
    schema.as_object().cloned().expect("each of these is a map")
}

/// An object whose kind is plain.
fn of_object() -> Value {
    let plain = json!({"type": "string", "pattern": "^[^$]+$"});
    json!({
        "type": "object",
        "properties": {"apiVersion": plain, "kind": plain},
        "required": ["apiVersion", "kind"],
    })
}

fn of_selector() -> Value {
    let text = json!({"type": "string"});
    let expression = json!({
        "type": "object",
        "properties": {
            "key": text,
            "operator": {"type": "string", "enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
            "values": {"type": "array", "items": text},
        },
        "required": ["key", "operator"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": {
            "matchLabels": {"type": "object", "additionalProperties": text},
            "matchExpressions": {"type": "array", "items": expression},
        },
        "additionalProperties": false,
    })
}
