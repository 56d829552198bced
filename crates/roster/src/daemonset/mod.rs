//! The DaemonSet controller: one Pod on each node that its template fits.
//!
//! * `history`: the revisions of its template; `place`: which node should have a Pod, and which Pods are too many
//! * `rollout`: bringing Pods to the revision of the template; `status`: what it says of itself
//!
//! Left out: the annotation and the label of the template's generation, deprecated counters beside the hash; `minReadySeconds` and the back-off
//! before a failed Pod is replaced (1 to 900 s), which pass at once; `burstReplicas` (250).
//! It looks at Pods once in a reconcile; the real one lists them again at each stage, which sees its own writes only if the cache is that quick.
//!
//! Source: <https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/controller/daemon>.

mod history;
mod place;
mod rollout;
mod status;
#[cfg(test)]
mod tests;

use evenkeel_api::{Read, Scope, status::Reason};
use evenkeel_control::{Client, Controller, Done, Event, OwnWrites, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Selector};

use crate::adoption::{Adoption, owners_woken};
use crate::batch;
use crate::{nodes, pods, revision};
use evenkeel_control::halt::{Halt, ended};

use place::{Daemons, Wanted};

/// The DaemonSet controller.
#[derive(Clone, Copy, Debug, Default)]
pub struct DaemonSets;

fn kind() -> Kind {
    Kind::new("apps", "DaemonSet")
}

impl Controller for DaemonSets {
    fn name(&self) -> &str {
        "daemonset-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::On(vec![kind(), pods::kind(), revision::kind(), nodes::kind()])
    }

    fn woken(&self, event: &Event, store: &mut dyn Read) -> Vec<Key> {
        let of = event.object().kind();
        if of == kind() {
            vec![event.object().key()]
        } else if of == nodes::kind() {
            place::woken_by_node(event, store)
        } else if of == revision::kind() && event.before.is_none() && event.object().controller().is_some() {
            // A revision that it made itself is no news.
            Vec::new()
        } else {
            owners_woken(event, store, &kind())
        }
    }

    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/daemon/daemon_controller.go#L1299: EnsureReady
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
    // One that selects everything is a mistake, and one that is being deleted is left to the garbage collector.
    if selector.is_empty() || set.is_terminating() {
        return Ok(());
    }
    let nodes = place::nodes(client)?;
    let history = history::of(client, &set, &selector)?;
    let claimed =
        Adoption { owner: &set, kind: pods::kind(), selector, fits: &|_| true, finalizers: &[] }.claimed(client)?;
    let daemons = Daemons::new(&set, &nodes, &history.hash, &claimed);
    let outcome = keep(client, &daemons, &history, &claimed);
    if let Err(Halt::Pause(pause)) = outcome {
        return Err(pause.into());
    }
    let written = status::write(client, &daemons);
    match (outcome, written) {
        (_, Err(Halt::Pause(pause))) => Err(pause.into()),
        (outcome, written) => outcome.and(written),
    }
}

/// Makes and removes Pods; goes on with the rollout only if that was nothing to do, since it waits to see its own writes first.
fn keep(
    client: &mut Client<'_>,
    daemons: &Daemons<'_>,
    history: &history::History,
    claimed: &[Object],
) -> Result<(), Halt> {
    let wanted = daemons.wanted();
    carry_out(client, daemons, &wanted)?;
    if wanted.is_nothing() && daemons.is_rolling() {
        let wanted = rollout::wanted(client, daemons)?;
        carry_out(client, daemons, &wanted)?;
    }
    history::clean_up(client, daemons.set, &history.old, claimed)
}

/// Makes all Pods that are wanted, and removes those that are not, whatever became of the former.
fn carry_out(client: &mut Client<'_>, daemons: &Daemons<'_>, wanted: &Wanted) -> Result<(), Halt> {
    let made = batch::slow_start(wanted.create.len(), |index| {
        let node = &wanted.create[index];
        client.because(format!("{} wants a Pod on Node/{node}", daemons.set.key()));
        match client.create(daemons.pod_for(node))? {
            Err(status) if is_namespace_terminating(&status) => Ok(()),
            answer => answer.map(|_| ()).map_err(Halt::from),
        }
    });
    if let Err(Halt::Pause(pause)) = made {
        return Err(pause.into());
    }
    let removed = batch::all(&wanted.delete, |(pod, why)| {
        client.because(why);
        match client.delete(&Key::new(pods::kind(), daemons.set.namespace(), pod))? {
            Err(status) if !status.is_not_found() => Err(status.into()),
            _ => Ok(()),
        }
    });
    match (made, removed) {
        (_, Err(Halt::Pause(pause))) => Err(pause.into()),
        (made, removed) => made.and(removed),
    }
}

/// Whether a creation was refused because the namespace is going away: no reason to try again.
fn is_namespace_terminating(status: &evenkeel_api::Status) -> bool {
    status.reason == Reason::Forbidden && status.causes.iter().any(|cause| cause.reason == "NamespaceTerminating")
}
