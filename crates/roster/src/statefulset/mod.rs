//! The StatefulSet controller: Pods with names that last, made, replaced and updated in order.
//!
//! * `history`: which revision its Pods are on, and which they should be on
//! * `member`: its Pods and their claims; `order`: making and removing them; `rollout`: bringing them to the update revision
//! * `status`: what it says of itself
//!
//! Left out: `persistentVolumeClaimRetentionPolicy` other than `Retain` (claims are never given owners), the Recreate strategy
//! (off by default), and `minReadySeconds`, which passes at once.
//!
//! Source: <https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/controller/statefulset>.

mod history;
mod member;
mod order;
mod rollout;
mod status;
#[cfg(test)]
mod tests;

use evenkeel_api::{Read, Scope};
use evenkeel_control::{Client, Controller, Done, Event, OwnWrites, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Selector};

use crate::adoption::{Adoption, owners_woken};
use evenkeel_control::halt::{Halt, ended};

/// The StatefulSet controller.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatefulSets;

fn kind() -> Kind {
    Kind::new("apps", "StatefulSet")
}

fn pod_kind() -> Kind {
    Kind::new("", "Pod")
}

impl Controller for StatefulSets {
    fn name(&self) -> &str {
        "statefulset-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    /// Claims and revisions wake nobody.
    fn wakes(&self) -> Wakes {
        Wakes::On(vec![kind(), pod_kind()])
    }

    fn woken(&self, event: &Event, store: &mut dyn Read) -> Vec<Key> {
        if event.object().kind() == kind() { vec![event.object().key()] } else { owners_woken(event, store, &kind()) }
    }

    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/statefulset/stateful_set.go#L540: EnsureReady
    fn own_writes(&self) -> OwnWrites {
        OwnWrites::Awaited
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(sync(client, key))
    }
}

fn sync(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    let Some(set) = client.get(key)? else {
        return Ok(());
    };
    let Some(selector) = Selector::of(&set["spec"]["selector"]) else {
        return Ok(());
    };
    history::adopt_orphans(client, &set, &selector)?;
    let pods = Adoption {
        owner: &set,
        kind: pod_kind(),
        selector: selector.clone(),
        fits: &|pod| member::ordinal_of(&set, pod).is_some(),
        finalizers: &[],
    }
    .claimed(client)?;
    let revisions = history::revisions(client, &set, &selector)?;
    let mut live = Vec::new();
    let outcome = update(client, &set, &pods, &revisions, &mut live);
    if let Err(Halt::Pause(pause)) = outcome {
        return Err(pause.into());
    }
    let trimmed = history::truncate(client, &set, &pods, &revisions, &live);
    outcome.and(trimmed)
}

/// Chooses the revisions, brings the Pods closer to them, and says so in the status even if something was refused on the way.
fn update(
    client: &mut Client<'_>,
    set: &Object,
    pods: &[Object],
    revisions: &[Object],
    live: &mut Vec<String>,
) -> Result<(), Halt> {
    let targets = history::targets(client, set, revisions)?;
    live.extend([targets.current.name(), targets.update.name()].map(str::to_owned));
    let mut status = status::of(set, &targets, pods);
    let outcome = order::keep(client, set, &targets, pods, &mut status);
    if let Err(Halt::Pause(pause)) = outcome {
        return Err(pause.into());
    }
    let written = status::write(client, set, status);
    match (outcome, written) {
        (_, Err(Halt::Pause(pause))) => Err(pause.into()),
        (outcome, written) => outcome.and(written),
    }
}
