//! Which revision the Pods are on, and which they should be on.

use evenkeel_api::{Scope, Select, status::Reason};
use evenkeel_control::Client;
use evenkeel_object::{Object, Selector, Value, json};

use crate::adoption::strategic_patch;
use crate::revision;
use evenkeel_control::halt::Halt;

use super::member;

const HASH_LABEL: &str = "controller.kubernetes.io/hash";

/// The revisions between which a StatefulSet is.
pub(super) struct Targets {
    /// The one that the last complete rollout ended with.
    pub(super) current: Object,
    /// The one of the template as it is now.
    pub(super) update: Object,
    /// How often a revision's name was taken by another template.
    pub(super) collisions: i64,
}

/// The revisions of the set, orphans that it selects included, the oldest first.
pub(super) fn revisions(client: &mut Client<'_>, set: &Object, selector: &Selector) -> Result<Vec<Object>, Halt> {
    let mut found = client.list(Scope::controlled_by(&revision::kind(), set))?;
    found.retain(|revision| selector.matches(revision.labels()));
    found.extend(orphans(client, set, selector)?);
    revision::sort(&mut found);
    Ok(found)
}

fn orphans(client: &mut Client<'_>, set: &Object, selector: &Selector) -> Result<Vec<Object>, Halt> {
    let scope = Scope::all(&revision::kind(), set.namespace());
    Ok(client.list(scope.select(Select::Orphans(selector.clone())))?)
}

/// Adopts the revisions that nobody manages and the set selects, if the set is not being deleted.
pub(super) fn adopt_orphans(client: &mut Client<'_>, set: &Object, selector: &Selector) -> Result<(), Halt> {
    let orphans = orphans(client, set, selector)?;
    if orphans.is_empty() {
        return Ok(());
    }
    let fresh = client.get_live(&set.key())?;
    if !fresh.is_some_and(|fresh| fresh.uid() == set.uid() && !fresh.is_terminating()) {
        return Err(Halt::Retry("can't adopt ControllerRevisions".into()));
    }
    client.because(format!("{} selects a revision that nobody manages", set.key()));
    for orphan in orphans {
        let patch = Value::from(json!({"metadata": {"uid": orphan.uid()}}))
            .with(&["metadata", "ownerReferences"], Value::list([set.controller_reference()]));
        let adopted = strategic_patch(client, &orphan.key(), patch)??;
        // They are listed anew, which need not show it.
        client.disregard(adopted);
    }
    Ok(())
}

/// The current and the update revision; makes the latter, or renumbers an old one that has the same template.
pub(super) fn targets(client: &mut Client<'_>, set: &Object, revisions: &[Object]) -> Result<Targets, Halt> {
    let mut collisions = set["status"]["collisionCount"].count();
    let data = revision::data_of(set);
    let next = revisions.last().map_or(0, |last| last["revision"].count()).saturating_add(1);
    let equal = revisions.iter().rposition(|revision| revision["data"] == data);
    let update = match equal {
        Some(newest) if newest + 1 == revisions.len() => revisions[newest].clone(),
        Some(older) => {
            client.because(format!("{} went back to an earlier template", set.key()));
            let renumbered = revisions[older].clone().0.with(&["revision"], next);
            // The real one tries a conflict again at once, with what its cache shows; here the key comes back, with the same in the end.
            client.update(Object(renumbered))??
        }
        None => create(client, set, next, &mut collisions)?,
    };
    let current = revisions
        .iter()
        .find(|revision| revision.name() == set["status"]["currentRevision"].text())
        .unwrap_or(&update)
        .clone();
    Ok(Targets { current, update, collisions })
}

/// Makes a revision of the template as it is. A name that is taken by another template counts as a collision and gives another name.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/history/controller_history.go>: `CreateControllerRevision`.
fn create(client: &mut Client<'_>, set: &Object, number: i64, collisions: &mut i64) -> Result<Object, Halt> {
    client.because(format!("{} has a new template", set.key()));
    let data = revision::data_of(set);
    let first = revision::hash_of(&data, *collisions);
    let mut proposed = revision::proposed(set, HASH_LABEL, &first, number);
    loop {
        // The label keeps the hash of the first attempt.
        let hash = revision::hash_of(&data, *collisions);
        proposed.set(&["metadata", "name"], format!("{}-{hash}", set.name()));
        match client.create(proposed.clone())? {
            Ok(created) => return Ok(created),
            Err(status) if status.reason == Reason::AlreadyExists => {
                let taken = client.get_live(&proposed.key())?;
                match taken {
                    None => return Err(status.into()),
                    Some(taken) if taken["data"] == data => return Ok(taken),
                    Some(_) => *collisions += 1,
                }
            }
            Err(status) => return Err(status.into()),
        }
    }
}

/// Deletes the oldest revisions beyond `revisionHistoryLimit` that are neither `live` nor that of a Pod.
pub(super) fn truncate(
    client: &mut Client<'_>,
    set: &Object,
    pods: &[Object],
    revisions: &[Object],
    live: &[String],
) -> Result<(), Halt> {
    let limit = set["spec"]["revisionHistoryLimit"].as_int().unwrap_or(10);
    let Ok(limit) = usize::try_from(limit) else {
        return Ok(());
    };
    let is_used = |revision: &Object| {
        live.iter().any(|name| name == revision.name())
            || pods.iter().any(|pod| member::revision_of(pod) == revision.name())
    };
    let history: Vec<&Object> = revisions.iter().filter(|revision| !is_used(revision)).collect();
    let surplus = history.len().saturating_sub(limit);
    if surplus > 0 {
        client.because(format!("{} keeps {limit} old revisions", set.key()));
    }
    for revision in &history[..surplus] {
        client.delete(&revision.key())??;
    }
    Ok(())
}
