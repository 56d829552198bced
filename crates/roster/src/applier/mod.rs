//! Processes outside the cluster that keep putting manifests into it.
//!
//! * [`kubectl`]: `kubectl apply` in a loop; [`argocd`]: an Argo CD Application with automated sync; [`flux`]: a Flux Kustomization
//! * [`folder`]: what they apply, and what is committed to it later
//! * `order`: what is applied first; `migration`: how what was applied from the client's side becomes a server-side applier's own

pub mod argocd;
mod compare;
pub mod flux;
pub mod folder;
pub mod kubectl;
mod migration;
mod order;
#[cfg(test)]
mod tests;

use evenkeel_api::fields;
use evenkeel_api::shapes::{self, Shape};
use evenkeel_api::{Scope, Subresource};
use evenkeel_control::Client;
use evenkeel_object::{Kind, Object};

use evenkeel_control::halt::Halt;

/// How manifests are applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// The applier computes the patch, from an annotation in which it remembers what it applied last.
    ClientSide,
    /// The server does, from what it knows of who owns which field.
    ServerSide {
        /// Whether fields that others own are taken over.
        force: bool,
    },
}

/// The shape of an object: of a kind that is not built in, that which its definition gives it in the object's version.
fn shape_of(client: &mut Client<'_>, object: &Object) -> Result<Shape, Halt> {
    let kind = object.kind();
    if shapes::is_built_in(&kind) {
        return Ok(shapes::shape_of(&kind));
    }
    let definitions = Kind::new("apiextensions.k8s.io", "CustomResourceDefinition");
    let found = client.list(Scope::everywhere(&definitions))?;
    let version = object["apiVersion"].text();
    let version = version.rsplit_once('/').map_or(version, |(_, version)| version);
    let shapes = found.iter().filter(|definition| {
        let spec = &definition["spec"];
        *spec["group"].text() == *kind.group && *spec["names"]["kind"].text() == *kind.name
    });
    let shape = shapes.filter_map(|definition| Shape::custom(definition, version)).next();
    Ok(shape.unwrap_or_else(Shape::open))
}

/// What a forced server-side apply would make of an object, as far as that can be told without admission and defaults.
///
/// The real appliers ask the server to do as if (`dryRun`), which admits, too. A mutating webhook or policy that rewrites what is applied makes this
/// differ from what is stored although the server would say that nothing changes; the apply that follows changes nothing either.
fn predicted(client: &mut Client<'_>, live: &Object, configuration: &Object, manager: &str) -> Result<Object, Halt> {
    let shape = shape_of(client, configuration)?;
    Ok(fields::applied(Some(live), configuration, manager, true, Subresource::Main, &shape)?)
}

/// Whether there is a difference that an applier looks at: not one of bookkeeping.
fn is_same(live: &Object, other: &Object) -> bool {
    let bare = |object: &Object| {
        let mut object = object.clone();
        for path in [&["metadata", "managedFields"][..], &["metadata", "generation"], &["metadata", "uid"], &["status"]]
        {
            object.remove(path);
        }
        object
    };
    compare::is_equal(&bare(live), &bare(other))
}
