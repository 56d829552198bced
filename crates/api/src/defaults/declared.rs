//! The types of the fields of Kubernetes' own kinds, to expressions that read them and templates that write them.

use std::sync::Arc;

use evenkeel_object::Kind;

use super::types::{Body, Place, TABLE};
use crate::cel::{Record, Type};

/// The type of the objects of a kind of Kubernetes' own in that version. It is unknown where the server converts what it reads, and of other kinds.
pub fn declared(kind: &Kind, version: &str) -> Type {
    let converts = kind.is("autoscaling", "HorizontalPodAutoscaler");
    match TABLE.kinds.get(kind).filter(|whole| !converts && *whole.version == *version) {
        Some(whole) => structure(whole.structure, &kind.name, "", &mut Vec::new()),
        None => Type::Unknown,
    }
}

/// The type of `metadata` of the objects of any kind.
pub fn metadata(owner: &Arc<str>) -> Type {
    match TABLE.structs.iter().position(|known| &*known.name == "meta/v1.ObjectMeta") {
        Some(index) => structure(index, owner, "metadata", &mut Vec::new()),
        None => Type::Unknown,
    }
}

/// The type of a struct that stands at `path`; `around` are those in which it stands. One that stands in itself is left unknown.
fn structure(index: usize, owner: &Arc<str>, path: &str, around: &mut Vec<usize>) -> Type {
    if around.contains(&index) {
        return Type::Unknown;
    }
    around.push(index);
    let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let known = TABLE.structs[index].fields.iter();
    let fields = known.map(|(name, of)| (name.clone(), place(of, owner, &inside(name), around))).collect();
    around.pop();
    Type::Object(Arc::new(Record { owner: owner.clone(), path: path.into(), fields, open: false }))
}

fn place(of: &Place, owner: &Arc<str>, path: &str, around: &mut Vec<usize>) -> Type {
    match &of.body {
        Body::Text => Type::String,
        Body::Int32 | Body::Int64 => Type::Int,
        Body::Number => Type::Double,
        Body::Bool => Type::Bool,
        Body::Quantity(_) | Body::NumberOrText | Body::Any => Type::Unknown,
        Body::List(item) => Type::list(place(item, owner, &format!("{path}[]"), around)),
        Body::Map(value) => Type::map(place(value, owner, &format!("{path}.*"), around)),
        Body::Struct(index) => structure(*index, owner, path, around),
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::Kind;

    use super::declared;
    use crate::cel::Program;

    /// The type of an expression over an object of that kind.
    fn check(group: &str, kind: &str, expression: &str, expect: &str) {
        let object = declared(&Kind::new(group, kind), "v1");
        let (of, mistakes) = Program::compile(expression).expect("it compiles").infer(&[("object", object)]);
        assert_eq!(mistakes, [], "{expression}");
        assert_eq!(of.to_string(), expect, "{expression}");
    }

    #[test]
    fn the_fields_of_a_kind_have_the_types_that_go_gives_them() {
        check("apps", "Deployment", "object.spec.replicas", "int");
        check("apps", "Deployment", "object.spec.template.spec.containers.map(c, c.image)", "list(string)");
        check("apps", "Deployment", "object.spec.strategy.rollingUpdate.maxSurge", "anything");
        check("", "Pod", "object.spec.containers[0].resources.limits.cpu", "anything");
        check("", "Secret", "object.data.password", "string");
        check("", "Pod", "object.metadata.?ownerReferences[?0].?uid", "optional(string)");
    }

    #[test]
    fn of_structs_in_themselves_and_of_kinds_that_are_converted_nothing_is_known() {
        let definition = "CustomResourceDefinition";
        let schema = "object.spec.versions[0].schema.openAPIV3Schema";
        check("apiextensions.k8s.io", definition, &format!("{schema}.type"), "string");
        check("apiextensions.k8s.io", definition, &format!("{schema}.properties.spec.type.x"), "anything");
        check("autoscaling", "HorizontalPodAutoscaler", "object.spec.metrics", "anything");
    }
}
