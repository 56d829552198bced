//! A Flux Kustomization: at every interval each object that differs from what a forced server-side apply would make of it is applied.
//!
//! Several Kustomizations write under one name, so ownership does not tell them apart: what one drops is removed for the other, too.
//! It neither watches what it applied nor waits for it. Fields that were written under a name that begins with `kubectl` are taken over
//! first, so that what Git does not have goes; what others added stays.
//!
//! Left out: its own status and finalizer (bookkeeping), health checks, `dependsOn`, `force` (which re-creates), values that differ only after
//! mutating admission (see the applier's module: the apply that is sent then changes nothing).
//!
//! Source: <https://github.com/fluxcd/pkg/blob/main/ssa/manager_apply.go>, and what kustomize-controller 1.7 was seen to do.

use evenkeel_api::fields::{Managers, Operation};
use evenkeel_api::shapes::{self, Shape};
use evenkeel_api::{Projection, Propagation, Scope, Select, read};
use evenkeel_control::{Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Selector, Value, json};

use crate::batch;
use evenkeel_control::halt::{Halt, ended};

use super::folder::Folder;
use super::{is_same, order, predicted};

const MANAGER: &str = "kustomize-controller";
const NAME: &str = "kustomize.toolkit.fluxcd.io/name";
const NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";
const POLICY: &str = "kustomize.toolkit.fluxcd.io/ssa";

/// A Kustomization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kustomization {
    /// Its name.
    pub name: String,
    /// Its namespace; usually `flux-system`.
    pub namespace: String,
    /// What is in Git.
    pub manifests: Folder,
    /// Whether objects that are not in Git any more are deleted.
    pub prune: bool,
}

impl Controller for Kustomization {
    fn name(&self) -> &str {
        &self.name
    }

    fn subjects(&self) -> Vec<Scope> {
        Vec::new()
    }

    fn standing(&self) -> Vec<Key> {
        vec![self.key()]
    }

    fn wakes(&self) -> Wakes {
        Wakes::Periodically
    }

    fn reconcile(&self, client: &mut Client<'_>, _key: &Key) -> Result<Done, Pause> {
        client.writing_as(MANAGER);
        ended(self.sync(client))
    }
}

impl Kustomization {
    fn key(&self) -> Key {
        Key::new(Kind::new("kustomize.toolkit.fluxcd.io", "Kustomization"), &self.namespace, &self.name)
    }

    fn sync(&self, client: &mut Client<'_>) -> Result<(), Halt> {
        let content = self.manifests.content(client)?.manifests;
        let mut manifests: Vec<Object> = content.iter().map(|manifest| self.marked(manifest)).collect();
        manifests.sort_by_key(|manifest| (order::stage(manifest), order::rank(manifest), manifest.key()));
        for manifest in &manifests {
            self.sync_one(client, manifest)?;
        }
        if self.prune { self.prune(client, content) } else { Ok(()) }
    }

    /// The manifest as Flux sends it: with its labels, and read into a Go type where there is one.
    fn marked(&self, manifest: &Object) -> Object {
        let mut marked = manifest.clone();
        let kind = manifest.kind();
        let is_exempt =
            kind.is("rbac.authorization.k8s.io", "Role") || kind.is("rbac.authorization.k8s.io", "ClusterRole");
        if shapes::is_built_in(&kind) && !is_exempt {
            marked = Object(without_empty(&shapes::shape_of(&kind), &marked));
        }
        marked.set(&["metadata", "labels", NAME], &*self.name);
        marked.set(&["metadata", "labels", NAMESPACE], &*self.namespace);
        marked
    }

    fn sync_one(&self, client: &mut Client<'_>, manifest: &Object) -> Result<(), Halt> {
        let policy = manifest.annotation(POLICY).text().to_lowercase();
        let live = client.get_live(&manifest.key())?;
        match (policy.as_str(), live) {
            ("ignore", _) | ("ifnotpresent", Some(_)) => Ok(()),
            (_, None) => {
                client.because(format!("{} demands {}, and it is missing", self.key(), manifest.key()));
                client.apply(manifest.clone(), true)?.map(|_| ()).map_err(Halt::from)
            }
            (policy, Some(live)) => {
                let live = if policy == "merge" { live } else { taken_over(client, live)? };
                let wanted = predicted(client, &live, manifest, MANAGER)?;
                if is_same(&live, &wanted) {
                    return Ok(());
                }
                client.because(format!("{} demands it, and {} has drifted", self.key(), manifest.key()));
                client.apply(manifest.clone(), true)?.map(|_| ()).map_err(Halt::from)
            }
        }
    }

    /// Deletes, in the background and once, what carries its labels and is not in Git.
    fn prune(&self, client: &mut Client<'_>, content: &[Object]) -> Result<(), Halt> {
        let projection = Projection {
            name: "pruned by Flux",
            args: Value::Null,
            of: |_, objects| {
                let alive = objects.iter().filter(|object| !object.is_terminating());
                Value::list(alive.map(|object| Object::new(object["apiVersion"].text(), &object.key()).0))
            },
            join: |_, left, right| read::concatenated(left, right),
        };
        let labels = Value::from(json!({NAME: self.name, NAMESPACE: self.namespace}));
        let scope = Scope { kind: None, namespace: None, select: Select::Labels(Selector::equal(&labels)) };
        let found = read::sorted(&client.view(scope, projection)?);
        let demanded: Vec<Key> = content.iter().map(Object::key).collect();
        batch::all(found.iter().filter(|object| !demanded.contains(&object.key())), |object| {
            client.because(format!("{} does not demand {} any more, prune is on", self.key(), object.key()));
            match client.delete_with(&object.key(), Some(Propagation::Background), None)? {
                Err(status) if !status.is_not_found() => Err(status.into()),
                _ => Ok(()),
            }
        })
    }
}

/// The object after what was written under a name that begins with `kubectl`, or by the client-side apply, was made Flux's own.
fn taken_over(client: &mut Client<'_>, live: Object) -> Result<Object, Halt> {
    let entries = live["metadata"]["managedFields"].clone();
    let Ok(mut managers) = Managers::read(&entries) else {
        return Ok(live);
    };
    let foreign = |manager: &evenkeel_api::fields::Manager| manager.name.starts_with("kubectl");
    let (theirs, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut managers.0)
        .into_iter()
        .partition(|(manager, _)| foreign(manager) && manager.subresource.is_empty());
    if theirs.is_empty() {
        return Ok(live);
    }
    managers.0 = kept.into_iter().collect();
    for (manager, fields) in theirs {
        let own = evenkeel_api::fields::Manager::new(Operation::Apply, MANAGER, &manager.api_version, "");
        let joined = managers.0.get(&own).map_or_else(|| fields.clone(), |set| set.union(&fields));
        managers.0.insert(own, joined);
    }
    client.because(format!("what kubectl wrote to {} is to be undone", live.key()));
    let patch = Value::map().with(&["metadata", "managedFields"], managers.to_value());
    Ok(client.patch(&live.key(), patch)??)
}

/// What is left of a value that was read into a Go type and written again: fields that the schema names are left out when they are empty.
fn without_empty(shape: &Shape, value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::fields(map.iter().filter_map(|(name, value)| {
            let inner = shape.field(name);
            let is_dropped = shape.names(name) && !inner.is_always_written() && is_empty(value);
            (!is_dropped).then(|| (name.clone(), without_empty(&inner, value)))
        })),
        Value::List(items) => Value::list(items.iter().map(|item| without_empty(&shape.item(), item))),
        other => other.clone(),
    }
}

/// Empty texts and lists; an empty map may stand for a pointer that is set.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        _ => false,
    }
}
