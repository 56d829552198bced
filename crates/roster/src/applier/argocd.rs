//! An Argo CD Application with automated sync.
//!
//! What is compared is a three-way merge of what was applied last, what is to be and what is there: a field that the manifest leaves out is no
//! difference. Only what is missing or differs is applied, wave after wave, each wave only when the one before is healthy. Every object is annotated with
//! the Application that it belongs to; that is how it knows what to prune.
//!
//! Left out: hooks, sync windows, retries with back-off (it looks again at each interval), `Replace` and `CreateNamespace`, server-side diffs
//! (which admit, see below), health written in Lua, the schema's defaults in the comparison.
//!
//! Sources: <https://github.com/argoproj/argo-cd/blob/v3.1.0/controller/appcontroller.go>: `autoSync`;
//! <https://github.com/argoproj/gitops-engine/blob/v0.7.3/pkg/diff/diff.go>: `ThreeWayDiff`.

use evenkeel_api::merge::{last_applied, strategic, three_way, with_last_applied};
use evenkeel_api::{Projection, Propagation, Scope, Select, read, shapes};
use evenkeel_control::{Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Value, json, merge::merge_patch};

use crate::revision;
use evenkeel_control::halt::{Halt, ended};

use super::folder::{Content, Folder};
use super::{Mode, is_same, kubectl, order, predicted};

const TRACKING: &str = "argocd.argoproj.io/tracking-id";

/// An Application.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// What is in Git.
    pub manifests: Folder,
    /// How it is applied.
    pub mode: Mode,
    /// Whether objects that are not in Git any more are deleted.
    pub prune: bool,
    /// Whether changes of what is in the cluster are undone. Otherwise it syncs once for each state of Git, which it remembers in an object
    /// of kind Application (in namespace `argocd`; the kind must be served).
    pub self_heal: bool,
    /// Places that are not compared: `/spec/replicas` of that kind.
    pub ignore_differences: Vec<(Kind, String)>,
    /// Whether these places are not written either (`RespectIgnoreDifferences`).
    pub respect_ignored: bool,
    /// The field manager; Argo CD's own is `argocd-controller`.
    pub manager: String,
}

impl Controller for Application {
    fn name(&self) -> &str {
        &self.name
    }

    fn subjects(&self) -> Vec<Scope> {
        Vec::new()
    }

    fn standing(&self) -> Vec<Key> {
        vec![self.key()]
    }

    /// It watches what it manages and looks at everything every few minutes besides.
    fn wakes(&self) -> Wakes {
        Wakes::Periodically
    }

    fn reconcile(&self, client: &mut Client<'_>, _key: &Key) -> Result<Done, Pause> {
        client.writing_as(&self.manager);
        ended(self.sync(client))
    }
}

impl Application {
    fn key(&self) -> Key {
        Key::new(Kind::new("argoproj.io", "Application"), "argocd", &self.name)
    }

    fn sync(&self, client: &mut Client<'_>) -> Result<(), Halt> {
        let content = self.manifests.content(client)?;
        let revision = revision_of(content);
        let content = content.manifests;
        if !self.self_heal && self.synced(client)? == revision {
            return Ok(());
        }
        let mut manifests: Vec<Object> = content.iter().map(|manifest| self.tracked(manifest)).collect();
        manifests.sort_by_key(|manifest| (order::wave(manifest), order::rank(manifest), manifest.key()));
        let mut waves = manifests.chunk_by(|one, other| order::wave(one) == order::wave(other)).peekable();
        while let Some(wave) = waves.next() {
            for manifest in wave {
                self.sync_one(client, manifest)?;
            }
            if waves.peek().is_some() && !is_healthy(client, wave)? {
                return Ok(());
            }
        }
        if self.prune {
            self.prune(client, content)?;
        }
        if !self.self_heal {
            self.remember(client, &revision)?;
        }
        Ok(())
    }

    /// The revision that was synced last.
    fn synced(&self, client: &mut Client<'_>) -> Result<String, Halt> {
        let application = client.get(&self.key())?;
        Ok(application.map_or_else(String::new, |a| a["status"]["sync"]["revision"].text().to_owned()))
    }

    fn remember(&self, client: &mut Client<'_>, revision: &str) -> Result<(), Halt> {
        client.because(format!("{} has synced what is in Git", self.key()));
        let status =
            json!({"sync": {"revision": revision, "status": "Synced"}, "operationState": {"phase": "Succeeded"}});
        let status = Value::from(json!({ "status": status }));
        if client.get(&self.key())?.is_some() {
            client.patch(&self.key(), status)??;
        } else {
            let application = Object::new("argoproj.io/v1alpha1", &self.key());
            client.create(Object(merge_patch(&application, &status)))??;
        }
        Ok(())
    }

    fn tracked(&self, manifest: &Object) -> Object {
        let mut tracked = manifest.clone();
        tracked.set(&["metadata", "annotations", TRACKING], tracking_id(&self.name, &manifest.key()));
        tracked
    }

    fn sync_one(&self, client: &mut Client<'_>, manifest: &Object) -> Result<(), Halt> {
        let key = manifest.key();
        let Some(live) = client.get(&key)? else {
            client.because(format!("{} demands {key}, and it is missing", self.key()));
            return kubectl::apply(client, manifest, self.mode);
        };
        let wanted = self.wanted(client, manifest, &live)?;
        if is_same(&self.compared(&live), &self.compared(&wanted)) {
            return Ok(());
        }
        client.because(if self.self_heal {
            format!("{} demands it, selfHeal is on", self.key())
        } else {
            format!("{} demands it, and has not synced this revision yet", self.key())
        });
        let manifest = if self.respect_ignored { self.respecting(manifest, &live) } else { manifest.clone() };
        kubectl::apply(client, &manifest, self.mode)
    }

    /// The live object as it would be after the manifest was applied.
    fn wanted(&self, client: &mut Client<'_>, manifest: &Object, live: &Object) -> Result<Object, Halt> {
        if matches!(self.mode, Mode::ServerSide { .. }) {
            return predicted(client, live, manifest, &self.manager);
        }
        let kind = manifest.kind();
        // Without a memory of what was applied last, what is to be is taken for it.
        let original = last_applied(live).unwrap_or_else(|| manifest.0.clone());
        let modified = match last_applied(live) {
            Some(_) => with_last_applied(manifest.clone()),
            None => manifest.clone(),
        };
        let patch = three_way(&kind, Some(&original), &modified, live)?;
        Ok(Object(if shapes::is_built_in(&kind) { strategic(&kind, live, &patch)? } else { merge_patch(live, &patch) }))
    }

    fn ignored(&self, kind: &Kind) -> impl Iterator<Item = Vec<String>> {
        let of_kind = self.ignore_differences.iter().filter(|(of, _)| of == kind);
        let pointers: Vec<Vec<String>> = of_kind.map(|(_, pointer)| steps(pointer)).collect();
        pointers.into_iter()
    }

    /// The object without what is not compared: the places to be ignored, and the memory of what was applied last.
    fn compared(&self, object: &Object) -> Object {
        let mut compared = object.clone();
        compared.remove(&["metadata", "annotations", evenkeel_api::merge::LAST_APPLIED]);
        for pointer in self.ignored(&object.kind()) {
            remove(&mut compared.0, &pointer);
        }
        compared
    }

    /// The manifest with the live values where differences are ignored.
    fn respecting(&self, manifest: &Object, live: &Object) -> Object {
        let mut manifest = manifest.clone();
        for pointer in self.ignored(&manifest.kind()) {
            let fields: Vec<&str> = pointer.iter().map(String::as_str).collect();
            let value = live.at(&fields).clone();
            if value.is_null() {
                remove(&mut manifest.0, &pointer);
            } else {
                manifest.set(&fields, value);
            }
        }
        manifest
    }

    /// Deletes, in the foreground and once, what carries this Application's mark and is not in Git.
    ///
    /// <https://github.com/argoproj/gitops-engine/blob/v0.7.3/pkg/sync/sync_context.go>: `pruneObject`
    fn prune(&self, client: &mut Client<'_>, content: &[Object]) -> Result<(), Halt> {
        let projection = Projection {
            name: "tracked by Argo CD",
            args: Value::from(&*self.name),
            of: |application, objects| {
                let is_tracked = |object: &&Object| {
                    !object.is_terminating()
                        && *object.annotation(TRACKING) == Value::from(tracking_id(application.text(), &object.key()))
                };
                Value::list(
                    objects
                        .iter()
                        .filter(is_tracked)
                        .map(|object| Object::new(object["apiVersion"].text(), &object.key()).0),
                )
            },
            join: |_, left, right| read::concatenated(left, right),
        };
        let scope = Scope { kind: None, namespace: None, select: Select::All };
        let found = read::sorted(&client.view(scope, projection)?);
        let demanded: Vec<Key> = content.iter().map(Object::key).collect();
        for object in found.iter().rev().filter(|object| !demanded.contains(&object.key())) {
            client.because(format!("{} does not demand {} any more, prune is on", self.key(), object.key()));
            match client.delete_with(&object.key(), Some(Propagation::Foreground), None)? {
                Err(status) if !status.is_not_found() => return Err(status.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A text that stands for what is in Git.
fn revision_of(content: Content<'_>) -> String {
    let commit = Some(content.commit).filter(|commit| !commit.is_empty());
    let manifests = content.manifests.iter().map(|manifest| manifest.0.clone());
    revision::hash_of(&Value::list(commit.map(Value::from).into_iter().chain(manifests)), 0)
}

fn tracking_id(application: &str, key: &Key) -> String {
    format!("{application}:{}/{}:{}/{}", key.kind.group, key.kind.name, key.namespace, key.name)
}

/// The field names of a JSON pointer. (Items of lists are not pointed to.)
fn steps(pointer: &str) -> Vec<String> {
    let names = pointer.split('/').skip(1);
    names.map(|name| name.replace("~1", "/").replace("~0", "~")).collect()
}

/// Takes away what a pointer points to, in lists what stands at that index.
fn remove(value: &mut Value, pointer: &[String]) {
    let Some((first, rest)) = pointer.split_first() else {
        return;
    };
    match value {
        Value::Map(_) if rest.is_empty() => {
            value.remove(&[first]);
        }
        Value::Map(map) if map.contains_key(&**first) => {
            if let Some(inner) = value.make_map().get_mut(&**first) {
                remove(inner, rest);
            }
        }
        Value::List(list) => {
            if let Some(index) = first.parse::<usize>().ok().filter(|index| *index < list.len()) {
                let items = value.make_list();
                if rest.is_empty() {
                    items.remove(index);
                } else {
                    remove(&mut items[index], rest);
                }
            }
        }
        _ => {}
    }
}

/// Whether all of these are there and as they should be.
fn is_healthy(client: &mut Client<'_>, manifests: &[Object]) -> Result<bool, Halt> {
    for manifest in manifests {
        if !client.get(&manifest.key())?.is_some_and(|live| is_well(&live)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Argo CD's built-in health, as far as it makes a sync wait.
///
/// <https://github.com/argoproj/gitops-engine/blob/v0.7.3/pkg/health/health.go>.
fn is_well(live: &Object) -> bool {
    let (spec, status) = (&live["spec"], &live["status"]);
    let replicas = spec["replicas"].as_int().unwrap_or(1);
    let is_observed = status["observedGeneration"].count() >= live["metadata"]["generation"].count();
    match &*live.kind().name {
        "Deployment" => {
            is_observed
                && (spec["paused"].is_true()
                    || status["updatedReplicas"].count() >= replicas
                        && status["availableReplicas"].count() >= status["updatedReplicas"].count()
                        && status["replicas"].count() <= status["updatedReplicas"].count())
        }
        "StatefulSet" => {
            is_observed
                && status["readyReplicas"].count() >= replicas
                && (spec["updateStrategy"]["type"].text() == "OnDelete"
                    || status["updateRevision"] == status["currentRevision"])
        }
        "DaemonSet" => {
            let desired = status["desiredNumberScheduled"].count();
            is_observed
                && status["updatedNumberScheduled"].count() >= desired
                && status["numberAvailable"].count() >= desired
        }
        "ReplicaSet" => is_observed && status["availableReplicas"].count() >= replicas,
        "Job" => live.is_condition_true("Complete") || spec["suspend"].is_true(),
        "Pod" => status["phase"].text() == "Succeeded" || live.is_condition_true("Ready"),
        "PersistentVolumeClaim" => status["phase"].text() == "Bound",
        "APIService" => live.is_condition_true("Available"),
        _ => !live.is_terminating(),
    }
}
