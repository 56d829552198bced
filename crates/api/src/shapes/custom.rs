//! The shape of a custom resource, by the structural schema in its definition.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_object::{Object, Value};

use super::Shape;
use super::place::{Body, Fields, ListKey, ListType, Place, open, plain};
use super::table;

impl Shape {
    /// The shape of the custom resources of a CustomResourceDefinition in one of its versions (`v1`); none if there is no such version.
    pub fn custom(definition: &Object, version: &str) -> Option<Shape> {
        let found = definition["spec"]["versions"].items().iter().find(|entry| entry["name"].text() == version)?;
        let schema = &found["schema"]["openAPIV3Schema"];
        let mut fields = fields(&schema["properties"]);
        fields.insert("metadata".into(), table::metadata());
        for name in ["apiVersion", "kind"] {
            fields.insert(name.into(), plain());
        }
        let body = Body::Resource { fields: Arc::new(fields), status: found["subresources"].get("status").is_some() };
        Some(Shape(Arc::new(Place { body, ..Place::default() })))
    }
}

// As kube-apiserver makes of a schema what server-side apply knows:
// https://github.com/kubernetes/kube-openapi/blob/master/pkg/schemaconv/openapi.go
fn place(schema: &Value) -> Arc<Place> {
    let body = match schema["type"].text() {
        "object" => object(schema),
        "array" => Body::List(list(schema), place(&schema["items"])),
        "" if !schema["x-kubernetes-int-or-string"].is_true() => return open(),
        _ => return plain(),
    };
    Arc::new(Place { atomic: schema["x-kubernetes-map-type"].text() == "atomic", body, ..Place::default() })
}

fn object(schema: &Value) -> Body {
    if schema["additionalProperties"].as_map().is_some() {
        return Body::Map(place(&schema["additionalProperties"]));
    }
    let mut fields = fields(&schema["properties"]);
    if schema["x-kubernetes-embedded-resource"].is_true() {
        fields.insert("metadata".into(), table::metadata());
    }
    if fields.is_empty() {
        return Body::Open;
    }
    Body::Struct(Fields::new(fields))
}

fn fields(properties: &Value) -> BTreeMap<Arc<str>, Arc<Place>> {
    properties.entries().map(|(name, schema)| (name.clone(), place(schema))).collect()
}

fn list(schema: &Value) -> ListType {
    let properties = &schema["items"]["properties"];
    match schema["x-kubernetes-list-type"].text() {
        "set" => ListType::Set,
        "map" => ListType::Map(
            schema["x-kubernetes-list-map-keys"]
                .items()
                .iter()
                .map(|key| ListKey { name: key.text().into(), default: properties[key.text()].get("default").cloned() })
                .collect(),
        ),
        _ => ListType::Atomic,
    }
}
