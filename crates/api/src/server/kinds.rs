//! Resources: what is known of a kind, be it built in or defined by a CustomResourceDefinition.

use evenkeel_object::{Kind, Object, Value};

use super::definition::Defined;
use super::no_such_resource;
use super::table::{self, Entry, Trait};
use crate::defaults;
use crate::read::concatenated;
use crate::shapes::{self, Shape};
use crate::{Projection, Question, Read, Scope, Status};

/// What the server knows of a kind.
#[derive(Debug)]
pub(crate) struct Resource {
    /// The kind.
    pub(crate) kind: Kind,
    /// The name of the resource in URLs and in the rules of admission.
    pub(crate) plural: String,
    origin: Origin,
}

#[derive(Debug)]
enum Origin {
    BuiltIn(&'static Entry),
    Custom(Defined),
}

impl Resource {
    /// What is known of a kind. Refused if the server does not know it.
    ///
    /// Of a custom resource the definition is read. One that is there counts: that names are accepted and a resource established a moment
    /// after its definition was written is left out.
    pub(crate) fn of(store: &mut dyn Read, kind: &Kind) -> Result<Resource, Status> {
        let (plural, origin) = match table::find(&kind.group, &kind.name) {
            Some(entry) => (entry.plural.to_owned(), Origin::BuiltIn(entry)),
            None => {
                let defined = definition(store, kind).ok_or_else(no_such_resource)?;
                (defined.plural().to_owned(), Origin::Custom(defined))
            }
        };
        Ok(Resource { kind: kind.clone(), plural, origin })
    }

    /// Whether its objects are in namespaces.
    pub(crate) fn is_namespaced(&self) -> bool {
        match &self.origin {
            Origin::BuiltIn(_) => self.has(Trait::Namespaced),
            Origin::Custom(defined) => defined.is_namespaced(),
        }
    }

    /// Whether `metadata.generation` counts the changes of what was asked for.
    pub(crate) fn has_generation(&self) -> bool {
        self.is_custom() || self.has(Trait::Generation)
    }

    /// Whether the status is written through `…/status` only.
    pub(crate) fn has_status(&self) -> bool {
        match &self.origin {
            Origin::BuiltIn(_) => self.has(Trait::Status),
            Origin::Custom(defined) => defined.has_status(),
        }
    }

    /// The fields that lead to the replicas that `…/scale` sets; none if there is no such subresource.
    pub(crate) fn replicas(&self) -> Option<Vec<String>> {
        match &self.origin {
            Origin::BuiltIn(_) => self.has(Trait::Scale).then(|| vec!["spec".to_owned(), "replicas".to_owned()]),
            Origin::Custom(defined) => defined.replicas(),
        }
    }

    /// Whether a replacement need not say which version it replaces.
    pub(crate) fn is_unconditional(&self) -> bool {
        !self.is_custom() && !self.has(Trait::Conditional)
    }

    /// Whether a replacement of what is not there creates it.
    pub(crate) fn creates_on_update(&self) -> bool {
        self.has(Trait::CreateOnUpdate)
    }

    /// Whether a deletion that does not say what is to become of the dependents sets them free.
    pub(crate) fn orphans(&self) -> bool {
        self.has(Trait::Orphans)
    }

    /// Whether it is defined by a CustomResourceDefinition.
    pub(crate) fn is_custom(&self) -> bool {
        self.custom().is_some()
    }

    /// The definition of a custom resource.
    pub(crate) fn custom(&self) -> Option<&Defined> {
        match &self.origin {
            Origin::BuiltIn(_) => None,
            Origin::Custom(defined) => Some(defined),
        }
    }

    /// An object with its defaults, if the kind is built in.
    pub(crate) fn with_defaults(&self, mut object: Object) -> Object {
        defaults::apply(&self.kind, &mut object);
        object
    }

    /// Which of its lists are sets or maps, and what is atomic.
    pub(crate) fn shape(&self) -> Shape {
        match &self.origin {
            Origin::BuiltIn(_) => shapes::shape_of(&self.kind),
            Origin::Custom(defined) => defined.shape(),
        }
    }

    /// Refuses an object that was sent in a version which is not served. Without an `apiVersion`, as in a patch, there is nothing to refuse.
    pub(crate) fn served(&self, object: &Object) -> Result<(), Status> {
        let version = version_of(object);
        let served = match &self.origin {
            Origin::BuiltIn(entry) => entry.versions.contains(&version),
            Origin::Custom(defined) => defined.serves(version),
        };
        if served || version.is_empty() { Ok(()) } else { Err(no_such_resource()) }
    }

    /// The resource with its group, as refusals name it: `deployments.apps`, `pods`.
    pub(crate) fn qualified(&self) -> String {
        in_group(&self.plural, &self.kind.group)
    }

    fn has(&self, wanted: Trait) -> bool {
        match &self.origin {
            Origin::BuiltIn(entry) => entry.traits.contains(&wanted),
            Origin::Custom(_) => false,
        }
    }
}

/// The definition of a kind; other definitions are not looked at.
fn definition(store: &mut dyn Read, kind: &Kind) -> Option<Defined> {
    let definitions = Kind::new("apiextensions.k8s.io", "CustomResourceDefinition");
    let args = Value::list([Value::from(&*kind.group), Value::from(&*kind.name)]);
    let answer = store.ask(&Question {
        scope: Scope::everywhere(&definitions),
        projection: Projection {
            name: "definitions of a kind",
            args,
            of: |args, objects| {
                let defines =
                    |crd: &&Object| crd["spec"]["group"] == args[0] && crd["spec"]["names"]["kind"] == args[1];
                Value::list(objects.iter().filter(defines).map(Defined::essence))
            },
            join: |_, left, right| concatenated(left, right),
        },
    });
    let first = answer.items().iter().min()?;
    Some(Defined::new(Object(first.clone())))
}

/// A resource with its group; one of the core group is named without.
pub fn in_group(plural: &str, group: &str) -> String {
    match group {
        "" => plural.to_owned(),
        group => format!("{plural}.{group}"),
    }
}

/// The version of the `apiVersion` of an object; empty without one.
pub(crate) fn version_of(object: &Object) -> &str {
    let api_version = object["apiVersion"].text();
    api_version.rsplit_once('/').map_or(api_version, |(_, version)| version)
}
