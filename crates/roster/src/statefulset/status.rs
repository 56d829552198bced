//! What a StatefulSet says of itself.

use evenkeel_control::Client;
use evenkeel_object::{Object, Value};

use crate::template::{is_over, is_ready};
use evenkeel_control::halt::Halt;

use super::history::Targets;
use super::member::{self, Replica};

/// The counts of a status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Counts {
    /// Pods that are there.
    pub(super) replicas: i64,
    /// Those that run and are ready.
    pub(super) ready: i64,
    /// Those on the current revision that are not being deleted.
    pub(super) current: i64,
    /// Those on the update revision that are not being deleted.
    pub(super) updated: i64,
}

/// A status that is being made up.
pub(super) struct Draft {
    /// The counts.
    pub(super) counts: Counts,
    current_revision: String,
    update_revision: String,
    collisions: i64,
}

/// The status as the Pods are before anything is done.
pub(super) fn of(_set: &Object, targets: &Targets, pods: &[Object]) -> Draft {
    Draft {
        counts: counted(targets, pods.iter()),
        current_revision: targets.current.name().to_owned(),
        update_revision: targets.update.name().to_owned(),
        collisions: targets.collisions,
    }
}

impl Draft {
    /// Counts again; Pods that were made in this reconcile are not seen yet, those that were deleted still are.
    pub(super) fn count(&mut self, targets: &Targets, replicas: &[Replica], condemned: &[Object]) {
        let there = replicas.iter().filter(|replica| replica.exists).map(|replica| &replica.pod);
        self.counts = counted(targets, there.chain(condemned));
    }
}

fn counted<'p>(targets: &Targets, pods: impl Iterator<Item = &'p Object>) -> Counts {
    let mut counts = Counts::default();
    for pod in pods {
        counts.replicas += 1;
        counts.ready += i64::from(!is_over(pod) && member::is_running_and_ready(pod) && is_ready(pod));
        if !pod.is_terminating() {
            let revision = member::revision_of(pod);
            counts.current += i64::from(revision == targets.current.name());
            counts.updated += i64::from(revision == targets.update.name());
        }
    }
    counts
}

/// Writes the status if it says anything new; a complete rollout makes the update revision the current one.
///
/// A conflict is tried again a few times with the object as the cache has it then, but with the same status.
pub(super) fn write(client: &mut Client<'_>, set: &Object, mut draft: Draft) -> Result<(), Halt> {
    const TRIES: usize = 5;
    let (_, replicas) = member::range(set);
    let counts = draft.counts;
    if [counts.updated, counts.ready, counts.replicas] == [replicas; 3] {
        draft.counts.current = counts.updated;
        draft.current_revision = draft.update_revision.clone();
    }
    let status = rendered(set, &draft);
    if !says_anything_new(&set["status"], &status) {
        return Ok(());
    }
    let mut set = set.clone();
    client.because(format!("the status of {} follows its Pods", set.key()));
    for _ in 1..TRIES {
        set.set(&["status"], status.clone());
        match client.update_status(set.clone())? {
            Ok(_) => return Ok(()),
            Err(refusal) if !refusal.is_conflict() => return Err(refusal.into()),
            Err(_) => set = client.get(&set.key())?.unwrap_or(set),
        }
    }
    set.set(&["status"], status);
    client.update_status(set)??;
    Ok(())
}

fn rendered(set: &Object, draft: &Draft) -> Value {
    let counts = draft.counts;
    let mut status = Value::map()
        .with(&["replicas"], counts.replicas)
        .with(&["availableReplicas"], counts.ready)
        .with(&["collisionCount"], draft.collisions)
        .with(&["currentRevision"], draft.current_revision.as_str())
        .with(&["updateRevision"], draft.update_revision.as_str());
    let omitted_when_zero = [
        ("readyReplicas", counts.ready),
        ("currentReplicas", counts.current),
        ("updatedReplicas", counts.updated),
        ("observedGeneration", set["metadata"]["generation"].count()),
    ];
    for (field, count) in omitted_when_zero {
        if count != 0 {
            status.set(&[field], count);
        }
    }
    let conditions = &set["status"]["conditions"];
    if !conditions.is_null() {
        status.set(&["conditions"], conditions.clone());
    }
    status
}

/// A change of nothing but `collisionCount` is not written, as in the real one (`inconsistentStatus`).
fn says_anything_new(before: &Value, after: &Value) -> bool {
    const COUNTS: [&str; 5] = ["replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas"];
    after["observedGeneration"].count() > before["observedGeneration"].count()
        || COUNTS.iter().any(|field| after[*field].count() != before[*field].count())
        || before["currentRevision"] != after["currentRevision"]
        || before["updateRevision"] != after["updateRevision"]
}
