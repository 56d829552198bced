//! What the parts of an object are to those who merge them: which lists are sets or maps and by which keys, and what is atomic.
//!
//! * `place`: one place of a kind; `table`: Kubernetes' own kinds, as extracted from its schemas
//! * `custom`: custom resources, by the schema in their definition

mod custom;
mod place;
mod table;

use std::sync::Arc;

use evenkeel_object::Kind;

pub use place::{ListKey, ListType, Patch};

use place::{Body, Place};

/// What a place in the objects of a kind is, and what the places below it are.
///
/// A field that the schema does not know reads as if it had no schema: a map is merged field by field, a list is atomic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape(Arc<Place>);

/// The shape of a kind of Kubernetes' own, in its most stable version; without a schema for every other.
///
/// The shape of a custom resource is that of its definition: [`Shape::custom`].
pub fn shape_of(kind: &Kind) -> Shape {
    match table::kind(kind) {
        Some(place) => Shape(place),
        None => Shape::open(),
    }
}

/// Whether it is one of Kubernetes' own kinds.
pub fn is_built_in(kind: &Kind) -> bool {
    table::kind(kind).is_some()
}

impl Shape {
    /// The shape of what has no schema.
    pub fn open() -> Shape {
        Shape(place::open())
    }

    /// What the field of that name is; of a map with free keys, what its values are.
    pub fn field(&self, name: &str) -> Shape {
        match &self.0.body {
            Body::Plain => Shape(place::plain()),
            Body::Open | Body::List(..) => Shape::open(),
            Body::Map(value) => Shape(value.clone()),
            Body::Definition(index) => Shape(table::field(*index, name).unwrap_or_else(place::plain)),
            Body::Struct(fields) => Shape(fields.get(name).cloned().unwrap_or_else(place::open)),
            Body::Resource { fields, .. } => Shape(fields.get(name).cloned().unwrap_or_else(place::open)),
        }
    }

    /// What the items of a list are.
    pub fn item(&self) -> Shape {
        match &self.0.body {
            Body::List(_, item) => Shape(item.clone()),
            Body::Plain => Shape(place::plain()),
            _ => Shape::open(),
        }
    }

    /// Whether the schema names the field, rather than leaving its name to people.
    pub fn names(&self, field: &str) -> bool {
        match &self.0.body {
            Body::Open | Body::Map(_) | Body::List(..) => false,
            // The table leaves out what is plain, so every field of a kind of Kubernetes' own counts as named.
            Body::Plain | Body::Definition(_) => true,
            Body::Struct(fields) | Body::Resource { fields, .. } => fields.contains_key(field),
        }
    }

    /// Whether a map here is owned and merged as a whole.
    pub fn is_atomic(&self) -> bool {
        self.0.atomic
    }

    /// What a list here is.
    pub fn list(&self) -> &ListType {
        match &self.0.body {
            Body::List(list, _) => list,
            _ => &ListType::Atomic,
        }
    }

    /// Whether the schema says that a list is here.
    pub fn is_list(&self) -> bool {
        matches!(self.0.body, Body::List(..))
    }

    /// Whether the schema says that a map is here.
    pub fn is_map(&self) -> bool {
        !matches!(self.0.body, Body::Plain | Body::Open | Body::List(..))
    }

    /// Whether Go writes the field even if it is empty, so that nobody owns its mere presence.
    pub fn is_always_written(&self) -> bool {
        self.0.written
    }

    /// How a strategic merge patch merges what is here.
    pub fn patch(&self) -> &Patch {
        &self.0.patch
    }

    /// Whether this is a whole object of a custom kind.
    pub fn is_custom(&self) -> bool {
        matches!(self.0.body, Body::Open | Body::Resource { .. })
    }

    /// Whether the status of this object is written through a subresource of its own.
    ///
    /// It is, of Kubernetes' own kinds that have a status, and taken to be of custom resources whose definition is not known.
    pub fn has_status_subresource(&self) -> bool {
        !matches!(self.0.body, Body::Resource { status: false, .. })
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Kind, Object, json};

    use super::{ListType, Shape, is_built_in, shape_of};

    fn at(shape: &Shape, path: &str) -> Shape {
        path.split('.').fold(shape.clone(), |shape, step| match step {
            "*" => shape.item(),
            field => shape.field(field),
        })
    }

    fn check(group: &str, kind: &str, path: &str, expect: &str) {
        let place = at(&shape_of(&Kind::new(group, kind)), path);
        let list = match place.list() {
            ListType::Atomic if place.is_atomic() => "atomic".to_owned(),
            ListType::Atomic => "plain".to_owned(),
            ListType::Set => "set".to_owned(),
            ListType::Map(keys) => keys
                .iter()
                .map(|key| match &key.default {
                    Some(default) => format!("{}={default}", key.name),
                    None => key.name.to_string(),
                })
                .collect::<Vec<_>>()
                .join(","),
        };
        assert_eq!(list, expect, "{kind} {path}");
    }

    #[test]
    fn the_places_that_people_stumble_over() {
        let pod = "spec.template.spec";
        check("apps", "Deployment", "spec.selector", "atomic");
        check("apps", "Deployment", "spec.replicas", "plain");
        check("apps", "Deployment", &format!("{pod}.containers"), "name");
        check("apps", "Deployment", &format!("{pod}.tolerations"), "plain");
        check("apps", "Deployment", &format!("{pod}.nodeSelector"), "atomic");
        check("apps", "Deployment", &format!("{pod}.containers.*.ports"), "containerPort,protocol=\"TCP\"");
        check("", "Service", "spec.ports", "port,protocol=\"TCP\"");
        check("", "Service", "spec.selector", "atomic");
        check("", "ConfigMap", "metadata.finalizers", "set");
        check("", "ConfigMap", "metadata.ownerReferences", "uid");
        check("", "ConfigMap", "data", "plain");
        check("rbac.authorization.k8s.io", "ClusterRole", "rules", "plain");
        check("autoscaling", "HorizontalPodAutoscaler", "spec.metrics", "plain");
    }

    #[test]
    fn patches_merge_by_one_key_where_ownership_has_two() {
        let ports = at(&shape_of(&Kind::new("", "Pod")), "spec.containers.*.ports");
        assert_eq!(ports.patch().merge_key.as_deref(), Some("containerPort"));
        let volumes = at(&shape_of(&Kind::new("", "Pod")), "spec.volumes");
        assert!(volumes.patch().retain_keys && volumes.patch().merge);
        let selector = at(&shape_of(&Kind::new("policy", "PodDisruptionBudget")), "spec.selector");
        assert!(selector.patch().replace);
    }

    #[test]
    fn a_kind_without_a_schema_merges_maps_and_replaces_lists() {
        let kind = Kind::new("example.com", "Widget");
        assert!(!is_built_in(&kind));
        let shape = shape_of(&kind).field("spec");
        assert!(!shape.is_atomic() && !shape.names("size"));
        assert_eq!(shape.field("items").list(), &ListType::Atomic);
    }

    #[test]
    fn a_custom_resource_has_the_shape_of_its_definition() {
        let schema = json!({"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "size": {"type": "integer"},
                "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                "parts": {
                    "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "role"],
                    "items": {"type": "object", "properties": {
                        "name": {"type": "string"}, "role": {"type": "string", "default": "main"},
                    }},
                },
                "where": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {}},
                "limits": {"type": "object", "additionalProperties": {"type": "object"}},
            }},
        }});
        let definition = Object::from(json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.example.com"},
            "spec": {"group": "example.com", "names": {"kind": "Widget"}, "versions": [
                {"name": "v1", "schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}}},
            ]},
        }));
        let shape = Shape::custom(&definition, "v1").expect("the version is there");
        let spec = shape.field("spec");
        assert!(shape.is_custom() && shape.has_status_subresource());
        assert!(spec.names("size") && !spec.names("other"));
        assert_eq!(spec.field("tags").list(), &ListType::Set);
        assert!(spec.field("where").is_atomic());
        assert!(!spec.field("limits").names("cpu"));
        let ListType::Map(keys) = spec.field("parts").list().clone() else {
            panic!("parts are a map");
        };
        assert_eq!(keys[1].default, Some("main".into()));
        assert_eq!(shape.field("metadata").field("finalizers").list(), &ListType::Set);
        assert_eq!(Shape::custom(&definition, "v2"), None);
    }
}
