//! What people do with `kubectl`, and to what appliers apply, each step of it once.
//!
//! A step that is refused fails, and is tried again by whoever wants it. What is refused for one object does not keep it from the others.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/kubectl/pkg/cmd>, folders `apply`, `patch`, `delete`, `scale`, `label`,
//! `taint`, `drain`, and `pkg/drain` beside them for what is evicted. Left out: the checks of `drain` for Pods that nobody would make again and for those with
//! local data (it is run as with `--force --ignore-daemonsets --delete-emptydir-data`), and its time limit.

use std::collections::BTreeSet;

use evenkeel_api::{Precondition, Propagation, Scope, Select, Subresource, Verb};
use evenkeel_control::halt::{Halt, ended};
use evenkeel_control::{Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Value, json};

use crate::applier::{Mode, folder, kubectl};
use crate::{batch, pods};

/// One step.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// What people call it; the name in evidence.
    pub name: String,
    /// What is done.
    pub deed: Deed,
}

/// What is done in a step.
#[derive(Clone, PartialEq, Debug)]
pub enum Deed {
    /// Applies manifests, as that manager (by default, as kubectl does).
    Apply {
        /// What, in this order.
        manifests: Vec<Object>,
        /// How.
        mode: Mode,
        /// `--field-manager`.
        manager: Option<String>,
    },
    /// Commits to the folder of an applier. (It knows what the commit holds.)
    Commit {
        /// Whose folder it is.
        applier: String,
        /// The name of the commit.
        commit: String,
    },
    /// Patches each of some objects.
    Patch {
        /// Which.
        scope: Scope,
        /// Which part of them.
        subresource: Subresource,
        /// The patch.
        patch: Patch,
    },
    /// Deletes each of some objects.
    Delete {
        /// Which.
        scopes: Vec<Scope>,
        /// What is to become of their dependents.
        propagation: Propagation,
    },
    /// Sets the replicas of each of some objects.
    Scale {
        /// Which.
        scope: Scope,
        /// How many.
        replicas: i64,
    },
    /// Gives a node taints besides those that it has; one of the same key and effect is replaced.
    Taint {
        /// The node.
        node: String,
        /// The taints: maps of `key`, `value`, `effect`.
        taints: Vec<Value>,
    },
    /// Closes a node for new Pods.
    Cordon {
        /// The node.
        node: String,
    },
    /// Evicts one Pod after the other from a node until there are only those of DaemonSets.
    Evict {
        /// The node.
        node: String,
    },
}

/// A patch.
#[derive(Clone, PartialEq, Debug)]
pub enum Patch {
    /// A JSON merge patch.
    Merge(Value),
    /// A strategic merge patch, in which lists merge by their keys.
    Strategic(Value),
}

impl Controller for Step {
    fn name(&self) -> &str {
        &self.name
    }

    fn subjects(&self) -> Vec<Scope> {
        Vec::new()
    }

    fn standing(&self) -> Vec<Key> {
        vec![Key::new(Kind::new("", "Step"), "", &self.name)]
    }

    fn wakes(&self) -> Wakes {
        Wakes::Periodically
    }

    fn reconcile(&self, client: &mut Client<'_>, _key: &Key) -> Result<Done, Pause> {
        client.because(&self.name);
        ended(self.deed.done(client))
    }
}

impl Deed {
    fn done(&self, client: &mut Client<'_>) -> Result<(), Halt> {
        client.writing_as(self.manager());
        match self {
            Deed::Apply { manifests, mode, .. } => {
                batch::all(manifests, |manifest| kubectl::apply(client, manifest, *mode))
            }
            Deed::Commit { applier, commit } => folder::commit(client, applier, commit),
            Deed::Patch { scope, subresource, patch } => each(client, scope, |client, key| {
                let verb = match patch {
                    Patch::Merge(patch) => Verb::MergePatch(patch.clone()),
                    Patch::Strategic(patch) => Verb::StrategicPatch(patch.clone()),
                };
                Ok(client
                    .send(key.clone(), *subresource, verb, Precondition::None)
                    .map(|answer| answer.map(|_| ()))??)
            }),
            Deed::Delete { scopes, propagation } => batch::all(scopes, |scope| {
                let found = keys(client, scope)?;
                batch::all(found, |key| match client.delete_with(&key, Some(*propagation), None)? {
                    Err(status) if !status.is_not_found() => Err(status.into()),
                    _ => Ok(()),
                })
            }),
            Deed::Scale { scope, replicas } => each(client, scope, |client, key| {
                client.scale(key, *replicas)??;
                Ok(())
            }),
            Deed::Taint { node, taints } => taint(client, node, taints),
            Deed::Cordon { node } => {
                client.patch(&node_key(node), json!({"spec": {"unschedulable": true}}).into())??;
                Ok(())
            }
            Deed::Evict { node } => evict(client, node),
        }
    }

    /// The field manager.
    fn manager(&self) -> &str {
        match self {
            Deed::Apply { manager: Some(manager), .. } => manager,
            Deed::Apply { mode: Mode::ClientSide, .. } => "kubectl-client-side-apply",
            Deed::Apply { .. } | Deed::Scale { .. } | Deed::Delete { .. } | Deed::Evict { .. } => "kubectl",
            Deed::Commit { .. } => "git",
            Deed::Patch { .. } => "kubectl-patch",
            Deed::Taint { .. } => "kubectl-taint",
            Deed::Cordon { .. } => "kubectl-drain",
        }
    }
}

/// The keys of the objects of a scope, read from the server.
fn keys(client: &mut Client<'_>, scope: &Scope) -> Result<Vec<Key>, Halt> {
    let found = client.view_live(scope.clone(), evenkeel_api::Projection::objects())?;
    let mut keys: Vec<Key> = found.items().iter().map(|value| Object(value.clone()).key()).collect();
    keys.sort();
    Ok(keys)
}

/// Does something to each object of a scope. One that is named has to be there.
fn each(
    client: &mut Client<'_>,
    scope: &Scope,
    mut act: impl FnMut(&mut Client<'_>, &Key) -> Result<(), Halt>,
) -> Result<(), Halt> {
    let found = keys(client, scope)?;
    if let (Select::Named(name), true) = (&scope.select, found.is_empty()) {
        let kind = scope.kind.as_ref().map_or("object", |kind| &*kind.name);
        return Err(Halt::Retry(format!("{kind} {name} is not there")));
    }
    batch::all(found, |key| act(client, &key))
}

fn node_key(name: &str) -> Key {
    Key::new(Kind::new("", "Node"), "", name)
}

fn taint(client: &mut Client<'_>, node: &str, added: &[Value]) -> Result<(), Halt> {
    let key = node_key(node);
    let Some(current) = client.get_live(&key)? else {
        return Err(Halt::Retry(format!("Node {node} is not there")));
    };
    let id = |taint: &Value| (taint["key"].text().to_owned(), taint["effect"].text().to_owned());
    let replaced: BTreeSet<(String, String)> = added.iter().map(id).collect();
    let kept = current["spec"]["taints"].items().iter().filter(|taint| !replaced.contains(&id(taint)));
    let taints: Vec<Value> = kept.chain(added).cloned().collect();
    client.patch(&key, Value::map().with(&["spec", "taints"], Value::from(taints)))??;
    Ok(())
}

/// Evicts one Pod, whichever it may be of those that the server lets go; all are asked for at once, so any can be the first.
fn evict(client: &mut Client<'_>, node: &str) -> Result<(), Halt> {
    let found = client.view_live(Scope::everywhere(&pods::kind()), evenkeel_api::Projection::objects())?;
    let there: Vec<Object> = found.items().iter().map(|value| Object(value.clone())).collect();
    let is_there = |pod: &&Object| pod["spec"]["nodeName"].text() == node;
    let is_of_daemon = |pod: &Object| pod.controller().is_some_and(|owner| owner.kind.is("apps", "DaemonSet"));
    let mut left: Vec<&Object> = there.iter().filter(is_there).filter(|pod| !is_of_daemon(pod)).collect();
    if left.is_empty() {
        return Ok(());
    }
    left.retain(|pod| !pod.is_terminating());
    let first = if left.is_empty() { 0 } else { client.choose(left.len())? };
    left.rotate_left(first);
    let mut refusal = None;
    for pod in left {
        let pod = pod.key();
        let body = Object::from(Value::map().with(&["metadata", "name"], &*pod.name));
        match client.send(pod.clone(), Subresource::Eviction, Verb::Create(body), Precondition::None)? {
            Ok(_) => return Err(Halt::Retry(format!("{pod} was evicted, and is not the last"))),
            Err(status) if status.is_not_found() => {}
            Err(status) => refusal = Some(status),
        }
    }
    let why = refusal.map_or("the Pods that were evicted are still there".to_owned(), |status| status.to_string());
    Err(Halt::Retry(why))
}
