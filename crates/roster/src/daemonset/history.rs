//! The revisions of a DaemonSet's template.

use evenkeel_api::status::Reason;
use evenkeel_control::Client;
use evenkeel_object::{Key, Object, Selector, Value, json};

use crate::adoption::Adoption;
use crate::{pods, revision};
use evenkeel_control::halt::Halt;

/// The label by which Pods and revisions are told apart.
pub(super) const HASH_LABEL: &str = "controller-revision-hash";

/// The revisions of a DaemonSet.
pub(super) struct History {
    /// The hash of the one that its template is.
    pub(super) hash: String,
    /// The others.
    pub(super) old: Vec<Object>,
}

/// Finds the revision that the template is, or makes it.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/daemon/update.go>: `constructHistory`.
pub(super) fn of(client: &mut Client<'_>, set: &Object, selector: &Selector) -> Result<History, Halt> {
    let data = revision::data_of(set);
    let (mut current, mut old) = (Vec::new(), Vec::new());
    for mut found in claimed(client, set, selector)? {
        if found.labels()[HASH_LABEL].is_null() {
            let name = found.name().to_owned();
            found.set(&["metadata", "labels", HASH_LABEL], name);
            found = client.update(found)??;
        }
        if found["data"] == data {
            current.push(found);
        } else {
            old.push(found);
        }
    }
    let number = old.iter().map(|old| old["revision"].count()).max().unwrap_or(0).saturating_add(1);
    let found = if current.is_empty() {
        snapshot(client, set, number)?
    } else {
        let kept = keep_one(client, set, current)?;
        if kept["revision"].count() < number {
            client.because(format!("{} went back to an earlier template", set.key()));
            let renumbered = kept.clone().0.with(&["revision"], number);
            client.update(Object(renumbered))??;
        }
        kept
    };
    Ok(History { hash: found.labels()[HASH_LABEL].text().to_owned(), old })
}

fn claimed(client: &mut Client<'_>, set: &Object, selector: &Selector) -> Result<Vec<Object>, Halt> {
    Adoption { owner: set, kind: revision::kind(), selector: selector.clone(), fits: &|_| true, finalizers: &[] }
        .claimed(client)
}

/// Makes a revision of the template as it is. If another template has its name, the collision is counted in the status and all begins again.
fn snapshot(client: &mut Client<'_>, set: &Object, number: i64) -> Result<Object, Halt> {
    client.because(format!("{} has a new template", set.key()));
    let collisions = set["status"]["collisionCount"].count();
    let hash = revision::hash_of(&set["spec"]["template"], collisions);
    let proposed = revision::proposed(set, HASH_LABEL, &hash, number);
    let key = proposed.key();
    let data = proposed["data"].clone();
    let taken = match client.create(proposed)? {
        Err(status) if status.reason == Reason::AlreadyExists => status,
        answer => return Ok(answer?),
    };
    let there = client.get_live(&key)?.ok_or_else(|| Halt::from(taken.clone()))?;
    if there["data"] == data {
        return Ok(there);
    }
    let mut fresh = client.get_live(&set.key())?.ok_or_else(|| Halt::from(taken.clone()))?;
    if fresh["status"]["collisionCount"].count() != collisions {
        return Err(Halt::Retry("found a stale collision count".into()));
    }
    fresh.set(&["status", "collisionCount"], collisions + 1);
    client.update_status(fresh)??;
    Err(taken.into())
}

/// Of several revisions of the template as it is keeps the newest, moves the Pods to it, and deletes the others.
fn keep_one(client: &mut Client<'_>, set: &Object, mut current: Vec<Object>) -> Result<Object, Halt> {
    current.sort_by_key(|revision| revision["revision"].count());
    let kept = current.pop().expect("there is at least one");
    if current.is_empty() {
        return Ok(kept);
    }
    client.because(format!("{} has several revisions of one template", set.key()));
    let hash = &kept.labels()[HASH_LABEL];
    let scope = evenkeel_api::Scope::controlled_by(&pods::kind(), set);
    for pod in client.list(scope)? {
        if pod.labels()[HASH_LABEL] != *hash {
            let patch = json!({"metadata": {"labels": {HASH_LABEL: hash.text()}}});
            client.patch(&pod.key(), Value::from(patch))??;
        }
    }
    for duplicate in current {
        client.delete(&duplicate.key())??;
    }
    Ok(kept)
}

/// Deletes the oldest revisions beyond `revisionHistoryLimit` that no Pod is on.
pub(super) fn clean_up(client: &mut Client<'_>, set: &Object, old: &[Object], claimed: &[Object]) -> Result<(), Halt> {
    let limit = set["spec"]["revisionHistoryLimit"].as_int().unwrap_or(10);
    let surplus = old.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
    let is_used = |revision: &&Object| {
        let hash = &revision.labels()[HASH_LABEL];
        claimed.iter().any(|pod| pod.labels()[HASH_LABEL] == *hash)
    };
    let mut sorted = old.to_vec();
    revision::sort(&mut sorted);
    let doomed: Vec<Key> = sorted.iter().filter(|revision| !is_used(revision)).take(surplus).map(Object::key).collect();
    for key in doomed {
        client.because(format!("{} keeps {limit} old revisions", set.key()));
        client.delete(&key)??;
    }
    Ok(())
}
