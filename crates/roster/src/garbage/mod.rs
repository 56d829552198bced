//! The garbage collector: deletes what no living owner holds, in the foreground waits for dependents, and sets orphans free.
//!
//! Each object is a process of its own. An owner is looked up by kind, name and the *dependent's* namespace, so an owner reference across
//! namespaces, or with a wrong kind, refers to nobody, and its object is collected.
//!
//! An owner whose kind nobody serves cannot be looked up, and its dependents stay. Where the kind was served before ([`Garbage::defined`]), the collector
//! has seen that the owner went before its kind did, and remembers that.
//!
//! Left out: versions of an owner's `apiVersion` (a version that is not served blocks the collection in the real one).
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/garbagecollector/garbagecollector.go>.

mod range;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

use evenkeel_api::{Precondition, Projection, Propagation, Scope, Select, Subresource, Verb, read};
use evenkeel_control::{Answer, Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Owner, Value, json};

use crate::adoption::{strategic_patch, without_owners};
use crate::batch;
use evenkeel_control::halt::{Halt, ended};

use range::{Range, range};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// The garbage collector.
#[derive(Clone, Debug, Default)]
pub struct Garbage {
    /// Kinds that are not built in and that are, or were, served.
    pub defined: Vec<Kind>,
    /// Whether an owner of such a kind may have gone, kind and all, before the collector knew of a dependent: one that was written by somebody who had read
    /// the owner earlier. It would then never be collected; so as not to say either, there is a doubt.
    pub may_be_late: bool,
    doubt: RefCell<Option<String>>,
}

impl Garbage {
    /// A collector that knows of these kinds.
    pub fn new(defined: Vec<Kind>, may_be_late: bool) -> Garbage {
        Garbage { defined, may_be_late, doubt: RefCell::default() }
    }
}

impl Controller for Garbage {
    fn name(&self) -> &str {
        "generic-garbage-collector"
    }

    /// Every object: which ones have owners is not for a scope to say, and the others are done with at the first look.
    fn subjects(&self) -> Vec<Scope> {
        vec![Scope { kind: None, namespace: None, select: Select::All }]
    }

    /// The graph of the real one, which watches everything, wakes an object whenever an owner or a dependent that matters to it comes, goes or changes.
    fn wakes(&self) -> Wakes {
        Wakes::OnWhatItReads
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(self.sync(client, key))
    }

    fn doubt(&self) -> Option<String> {
        self.doubt.borrow().clone()
    }
}

/// What is to become of an owner reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    /// The owner is there.
    Solid,
    /// It is not.
    Dangling,
    /// It is there, being deleted, and waits for its dependents.
    Waiting,
}

impl Garbage {
    fn sync(&self, client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
        // Nothing but the metadata is looked at, so that the life of an object does not wake its collector.
        let cached = client.view(Scope::one(key), metadata())?;
        let Some(item) = first(&cached) else {
            return Ok(());
        };
        if item.is_terminating() && has(&item, ORPHAN) {
            return set_free(client, &item);
        }
        if item.is_terminating() && !has(&item, FOREGROUND)
            || (!item.is_terminating() && item.owners().next().is_none())
        {
            return Ok(());
        }
        let Some(latest) = first(&client.view_live(Scope::one(key), metadata())?) else {
            return Ok(());
        };
        if latest.uid() != item.uid() {
            return Ok(());
        }
        if item.is_terminating() {
            return wait_for_dependents(client, &item);
        }
        self.collect(client, &latest)
    }

    /// The standing of an owner whose kind nobody serves.
    ///
    /// Of one that went while it had dependents the collector remembers that; nobody else can be an owner of a kind that is served no more.
    /// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/garbagecollector/graph_builder.go#L862-L866>
    fn unserved(&self, item: &Object, owner: &Owner) -> Result<Standing, Halt> {
        if !self.defined.contains(&owner.kind) {
            return Err(Halt::Retry(format!("unable to get REST mapping for {:?}", owner.kind)));
        }
        if self.may_be_late {
            let (item, kind) = (item.key(), &owner.kind.name);
            let why = format!(
                "whether the garbage collector still learns that the {kind} {} is gone, and with it {item}, hangs on when that was made",
                owner.name
            );
            self.doubt.borrow_mut().get_or_insert(why);
        }
        Ok(Standing::Dangling)
    }

    /// Deletes an object that no living owner holds, or takes away the references that hold nothing.
    fn collect(&self, client: &mut Client<'_>, latest: &Object) -> Result<(), Halt> {
        let Some(standings) = self.standings(client, latest)? else {
            // A cluster-scoped object with a namespaced owner is an error that is not tried again.
            return Ok(());
        };
        let (solid, lost): (Vec<_>, Vec<_>) =
            standings.into_iter().partition(|(_, standing)| *standing == Standing::Solid);
        if lost.is_empty() {
            return Ok(());
        }
        if !solid.is_empty() {
            client.because(format!("{} is no owner of {} any more", named(&lost), latest.key()));
            let uids: Vec<&str> = lost.iter().map(|(owner, _)| &*owner.uid).collect();
            strategic_patch(client, &latest.key(), without_owners(latest, &uids))??;
            return Ok(());
        }
        if lost.iter().any(|(_, standing)| *standing == Standing::Waiting) {
            let dependents = dependents(client, latest)?;
            if !dependents.is_empty() {
                return in_the_foreground(client, latest, &dependents, &named(&lost));
            }
            client.because(format!("its owner {} is being deleted in the foreground", named(&lost)));
        } else {
            client.because(format!("its owner {} is gone", named(&lost)));
        }
        let propagation = if has(latest, ORPHAN) {
            Propagation::Orphan
        } else if has(latest, FOREGROUND) {
            Propagation::Foreground
        } else {
            Propagation::Background
        };
        delete(client, latest, propagation)
    }

    /// Each owner with what is to become of the reference to it; none if one cannot be looked up for a reason that is for good.
    fn standings(&self, client: &mut Client<'_>, latest: &Object) -> Result<Option<Vec<(Owner, Standing)>>, Halt> {
        let mut standings = Vec::new();
        for owner in latest.owners() {
            match self.standing(client, latest, &owner)? {
                Some(standing) => standings.push((owner, standing)),
                None => return Ok(None),
            }
        }
        Ok(Some(standings))
    }

    /// Whether the owner is there; none if it cannot be, being namespaced while its dependent is not.
    fn standing(&self, client: &mut Client<'_>, item: &Object, owner: &Owner) -> Result<Option<Standing>, Halt> {
        let namespace = match range(client, &owner.kind, &self.defined)? {
            Range::Unknown => return self.unserved(item, owner).map(Some),
            Range::Namespaced if item.namespace().is_empty() => return Ok(None),
            Range::Namespaced => item.namespace(),
            Range::ClusterScoped => "",
        };
        let key = Key::new(owner.kind.clone(), namespace, &owner.name);
        let projection = Projection {
            name: "holds its dependents",
            args: Value::from(&*owner.uid),
            of: |uid, owners| {
                Value::list(owners.iter().filter(|o| Some(o.uid()) == uid.as_str()).map(|o| Value::Bool(is_waiting(o))))
            },
            join: |_, left, right| read::concatenated(left, right),
        };
        let found = client.view_live(Scope::one(&key), projection)?;
        Ok(Some(match found[0].as_bool() {
            None => Standing::Dangling,
            Some(true) => Standing::Waiting,
            Some(false) => Standing::Solid,
        }))
    }
}

fn named(owners: &[(Owner, Standing)]) -> String {
    let names: Vec<String> = owners.iter().map(|(owner, _)| format!("{}/{}", owner.kind, owner.name)).collect();
    names.join(", ")
}

/// Deletes an object whose owner waits for it, and which has dependents itself. If one of them waits too, there may be a circle: the object stops blocking
/// its owners.
fn in_the_foreground(
    client: &mut Client<'_>,
    latest: &Object,
    dependents: &[Object],
    owners: &str,
) -> Result<(), Halt> {
    client.because(format!("its owner {owners} is being deleted in the foreground"));
    if dependents.iter().any(|dependent| dependent.is_terminating() && has(dependent, FOREGROUND)) {
        let references = latest["metadata"]["ownerReferences"].items().iter();
        let blocking = references.filter(|reference| reference["blockOwnerDeletion"].is_true());
        let unblocked = blocking.map(|reference| reference.clone().with(&["blockOwnerDeletion"], false));
        let patch = Value::from(json!({"metadata": {"uid": latest.uid()}}))
            .with(&["metadata", "ownerReferences"], Value::list(unblocked));
        let unblocked = strategic_patch(client, &latest.key(), patch)??;
        if owner_references(&unblocked) != owner_references(latest) {
            client.disregard(unblocked);
        }
    }
    delete(client, latest, Propagation::Foreground)
}

/// An object that is deleted in the foreground goes when none of its dependents blocks it any more. (The dependents are processes of their own.)
fn wait_for_dependents(client: &mut Client<'_>, item: &Object) -> Result<(), Halt> {
    let dependents = dependents(client, item)?;
    let blocks = |dependent: &Object| {
        let mut owners = dependent.owners();
        owners.any(|owner| &*owner.uid == item.uid() && owner.block_owner_deletion)
    };
    if dependents.iter().any(blocks) {
        return Ok(());
    }
    client.because(format!("no dependent of {} is left that blocks its deletion", item.key()));
    remove_finalizer(client, item, FOREGROUND)
}

/// Takes itself away from its dependents, and is gone then.
fn set_free(client: &mut Client<'_>, owner: &Object) -> Result<(), Halt> {
    let dependents = dependents(client, owner)?;
    client.because(format!("{} is deleted, and its dependents are to be orphaned", owner.key()));
    batch::all(&dependents, |dependent| {
        let patch = without_owners(dependent, &[owner.uid()]);
        match strategic_patch(client, &dependent.key(), patch)? {
            Err(status) if !status.is_not_found() => Err(status.into()),
            _ => Ok(()),
        }
    })?;
    remove_finalizer(client, owner, ORPHAN)
}

fn is_waiting(owner: &Object) -> bool {
    owner.is_terminating() && has(owner, FOREGROUND)
}

/// The metadata of the objects, as far as the collector looks at it.
fn metadata() -> Projection {
    Projection {
        name: "collector's metadata",
        args: Value::Null,
        of: |_, objects| Value::list(objects.iter().map(outline)),
        join: |_, left, right| read::concatenated(left, right),
    }
}

fn outline(object: &Object) -> Value {
    let mut outline = Object::new(object["apiVersion"].text(), &object.key());
    for field in ["uid", "ownerReferences", "finalizers", "deletionTimestamp"] {
        let value = &object["metadata"][field];
        if !value.is_null() {
            outline.set(&["metadata", field], value.clone());
        }
    }
    outline.0
}

fn first(list: &Value) -> Option<Object> {
    list.items().first().map(|value| Object(value.clone()))
}

fn has(object: &Object, finalizer: &str) -> bool {
    object.finalizers().any(|name| name == finalizer)
}

/// What refers to this incarnation of the object, of every kind and in every namespace.
fn dependents(client: &mut Client<'_>, owner: &Object) -> Result<Vec<Object>, Halt> {
    let select = Select::DependentsOf { owner: owner.key(), uid: owner.uid().into() };
    let scope = Scope { kind: None, namespace: None, select };
    Ok(read::sorted(&client.view(scope, metadata())?))
}

/// Deletes the object as it was read. If it has changed since, but neither its incarnation nor its owners, it is deleted all the same.
fn delete(client: &mut Client<'_>, latest: &Object, propagation: Propagation) -> Result<(), Halt> {
    let precondition = client.precondition(&latest.key());
    let refused = match send_deletion(client, latest, propagation, precondition)? {
        Err(status) => status,
        Ok(_) => return Ok(()),
    };
    if refused.is_not_found() {
        return Ok(());
    }
    let live = if refused.is_conflict() {
        first(&client.view_live(Scope::one(&latest.key()), metadata())?)
    } else {
        return Err(refused.into());
    };
    match live {
        None => Ok(()),
        Some(live) if live.uid() == latest.uid() && owner_references(&live) == owner_references(latest) => {
            match send_deletion(client, latest, propagation, Precondition::None)? {
                Err(status) if !status.is_not_found() => Err(status.into()),
                _ => Ok(()),
            }
        }
        Some(_) => Err(refused.into()),
    }
}

fn owner_references(object: &Object) -> &Value {
    &object["metadata"]["ownerReferences"]
}

fn send_deletion(
    client: &mut Client<'_>,
    latest: &Object,
    propagation: Propagation,
    precondition: Precondition,
) -> Result<Answer, Halt> {
    let verb = Verb::Delete { propagation: Some(propagation), uid: Some(latest.uid().into()), grace: None };
    Ok(client.send(latest.key(), Subresource::Main, verb, precondition)?)
}

/// Takes a finalizer away from the object as the server has it; if it changes meanwhile, that is tried a few times.
fn remove_finalizer(client: &mut Client<'_>, item: &Object, finalizer: &str) -> Result<(), Halt> {
    const TRIES: usize = 4;
    for _ in 0..TRIES {
        let Some(live) = first(&client.view_live(Scope::one(&item.key()), metadata())?) else {
            return Ok(());
        };
        if !has(&live, finalizer) {
            return Ok(());
        }
        let left: Vec<Value> = live.finalizers().filter(|name| *name != finalizer).map(Value::from).collect();
        let left = if left.is_empty() { Value::Null } else { left.into() };
        let patch = Verb::MergePatch(Value::map().with(&["metadata", "finalizers"], left));
        match client.send(item.key(), Subresource::Main, patch, Precondition::Unchanged)? {
            Err(status) if status.is_conflict() => {}
            Err(status) if !status.is_not_found() => return Err(status.into()),
            _ => return Ok(()),
        }
    }
    Err(Halt::Retry(format!("{} keeps changing", item.key())))
}
