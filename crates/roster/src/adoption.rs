//! How a controller comes to its dependents: it adopts orphans that its selector chooses and releases what it does not choose any more.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/controller_ref_manager.go>, `ClaimObject`.

use evenkeel_api::{Precondition, Read, Scope, Select, Status, Subresource, Verb, status::Reason};
use evenkeel_control::{Client, Event};
use evenkeel_object::{Key, Kind, Object, Selector, Value, json};

use evenkeel_control::halt::Halt;

/// What an owner claims, and on which condition.
pub(crate) struct Adoption<'o> {
    /// The owner.
    pub(crate) owner: &'o Object,
    /// The kind of the dependents.
    pub(crate) kind: Kind,
    /// The owner's selector.
    pub(crate) selector: Selector,
    /// What else a dependent must be, e.g. named after the owner.
    pub(crate) fits: &'o dyn Fn(&Object) -> bool,
    /// Finalizers that an adopted dependent is given and a released one loses.
    pub(crate) finalizers: &'o [&'static str],
}

impl Adoption<'_> {
    /// The dependents in the order of their keys, after orphans were adopted and strangers released.
    ///
    /// Like the real one it goes through all of them before it gives up because of a refusal; those that it adopts come back as they were read, not as the
    /// answer to the patch shows them. So whoever goes on to replace one of them is refused, and finds it adopted when it tries again.
    /// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/controller_ref_manager.go#L348>: `AdoptReplicaSet`
    pub(crate) fn claimed(&self, client: &mut Client<'_>) -> Result<Vec<Object>, Halt> {
        let mut found = client.list(Scope::controlled_by(&self.kind, self.owner))?;
        found.extend(client.list(self.orphans())?);
        found.sort_by_cached_key(Object::key);
        self.claimed_of(client, found)
    }

    /// Those of `found` that the owner has in the end, after orphans among them were adopted and strangers released.
    pub(crate) fn claimed_of(&self, client: &mut Client<'_>, found: Vec<Object>) -> Result<Vec<Object>, Halt> {
        let mut claimed = Vec::new();
        let mut refusal = None;
        let mut may_adopt = None;
        for object in found {
            match self.claim(client, &object, &mut may_adopt) {
                Ok(true) => claimed.push(object),
                Ok(false) => {}
                Err(Halt::Retry(why)) => refusal = refusal.or(Some(why)),
                Err(pause) => return Err(pause),
            }
        }
        refusal.map_or(Ok(claimed), |why| Err(Halt::Retry(why)))
    }

    fn orphans(&self) -> Scope {
        Scope::all(&self.kind, self.owner.namespace()).select(Select::Orphans(self.selector.clone()))
    }

    fn claim(&self, client: &mut Client<'_>, object: &Object, may_adopt: &mut Option<bool>) -> Result<bool, Halt> {
        let matches = self.selector.matches(object.labels()) && (self.fits)(object);
        if object.controller().is_some() {
            if !matches && !self.owner.is_terminating() {
                self.release(client, object)?;
            }
            return Ok(matches);
        }
        if self.owner.is_terminating() || !matches || object.is_terminating() {
            return Ok(false);
        }
        let allowed = match *may_adopt {
            Some(allowed) => allowed,
            None => *may_adopt.insert(self.is_alive(client)?),
        };
        if !allowed {
            return Err(Halt::Retry(format!("can't adopt {}", object.key())));
        }
        self.adopt(client, object)
    }

    /// Asks the server itself, as a cache could show an owner that is being deleted or was replaced.
    fn is_alive(&self, client: &mut Client<'_>) -> Result<bool, Halt> {
        let fresh = client.get_live(&self.owner.key())?;
        Ok(fresh.is_some_and(|fresh| fresh.uid() == self.owner.uid() && !fresh.is_terminating()))
    }

    fn adopt(&self, client: &mut Client<'_>, object: &Object) -> Result<bool, Halt> {
        client.because(format!("{} selects {}, which nobody manages", self.owner.key(), object.key()));
        let mut patch = Value::from(json!({"metadata": {"uid": object.uid()}}));
        let reference = self.owner.controller_reference();
        patch.set(&["metadata", "ownerReferences"], Value::list([reference]));
        if !self.finalizers.is_empty() {
            patch.set(&["metadata", "finalizers"], self.finalizer_list());
        }
        let answer = strategic_patch(client, &object.key(), patch)?;
        if let Ok(adopted) = &answer
            && adopted != object
        {
            client.disregard(adopted.clone());
        }
        found(answer)
    }

    fn release(&self, client: &mut Client<'_>, object: &Object) -> Result<(), Halt> {
        client.because(format!("{} does not select {} any more", self.owner.key(), object.key()));
        let mut patch = without_owners(object, &[self.owner.uid()]);
        if !self.finalizers.is_empty() {
            patch.set(&["metadata", "$deleteFromPrimitiveList/finalizers"], self.finalizer_list());
        }
        match strategic_patch(client, &object.key(), patch)? {
            // Gone, or released and re-created meanwhile: nothing is left to release.
            Err(status) if matches!(status.reason, Reason::NotFound | Reason::Invalid) => Ok(()),
            Err(status) => Err(status.into()),
            Ok(_) => Ok(()),
        }
    }

    fn finalizer_list(&self) -> Value {
        Value::list(self.finalizers.iter().map(|name| Value::from(*name)))
    }
}

/// A strategic merge patch that takes these owners away, and only from this incarnation.
pub(crate) fn without_owners(object: &Object, uids: &[&str]) -> Value {
    let entries = uids.iter().map(|uid| Value::from(json!({"$patch": "delete", "uid": uid})));
    Value::from(json!({"metadata": {"uid": object.uid()}})).with(&["metadata", "ownerReferences"], Value::list(entries))
}

/// Sends a strategic merge patch.
pub(crate) fn strategic_patch(
    client: &mut Client<'_>,
    key: &Key,
    patch: Value,
) -> Result<Result<Object, Status>, Halt> {
    Ok(client.send(key.clone(), Subresource::Main, Verb::StrategicPatch(patch), Precondition::None)?)
}

/// Whether there was something to patch.
fn found(answer: Result<Object, Status>) -> Result<bool, Halt> {
    match answer {
        Ok(_) => Ok(true),
        Err(status) if status.is_not_found() => Ok(false),
        Err(status) => Err(status.into()),
    }
}

/// The owners of kind `owner` that an event of a dependent wakes: the one that manages it, the one that managed it before, and for an orphan that is new, or
/// whose labels changed, those that select it.
///
/// Source: `addPod`, `updatePod` and `deletePod` of the controllers of StatefulSets, DaemonSets and Jobs.
pub(crate) fn owners_woken(event: &Event, store: &mut dyn Read, owner: &Kind) -> Vec<Key> {
    let (before, after) = (event.before.as_ref(), event.after.as_ref());
    let mut woken: Vec<Key> =
        [before, after].into_iter().flatten().filter_map(|object| manager_of(object, store, owner)).collect();
    woken.dedup();
    let Some(now) = after.filter(|object| object.controller().is_none()) else {
        return woken;
    };
    let is_news = match before {
        None => !now.is_terminating(),
        Some(before) => before.labels() != now.labels() || before.controller().is_some(),
    };
    if is_news {
        woken.extend(selecting(now, store, owner));
    }
    woken
}

/// The key of the managing owner, if it is of that kind (its group is not looked at) and this incarnation of it is known.
fn manager_of(object: &Object, store: &mut dyn Read, owner: &Kind) -> Option<Key> {
    let manager = object.controller()?;
    if manager.kind.name != owner.name {
        return None;
    }
    let key = Key::new(owner.clone(), object.namespace(), &manager.name);
    let known = store.get(&key)?;
    (known.uid() == &*manager.uid).then_some(key)
}

/// The owners in its namespace whose selector chooses the object; an empty selector chooses nothing here.
fn selecting(object: &Object, store: &mut dyn Read, owner: &Kind) -> Vec<Key> {
    store
        .list_specified(Scope::all(owner, object.namespace()))
        .iter()
        .filter(|owner| {
            Selector::of(&owner["spec"]["selector"])
                .is_some_and(|selector| !selector.is_empty() && selector.matches(object.labels()))
        })
        .map(Object::key)
        .collect()
}
