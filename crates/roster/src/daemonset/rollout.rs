//! Bringing the Pods of a DaemonSet to the revision of its template.
//!
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/daemon/update.go>: `rollingUpdate`. The real one goes through the nodes in the
//! order of a Go map: which of several nodes comes first is a choice.

use evenkeel_control::Client;
use evenkeel_object::Object;

use crate::template::is_ready;
use evenkeel_control::halt::Halt;

use super::place::{Daemons, Place, Wanted};

/// The Pods on a node that are not being deleted, if there is at most one of each.
struct Pair<'a> {
    new: Option<&'a Object>,
    old: Option<&'a Object>,
}

/// The Pods to delete, and with a surge the nodes to get a second one, as far as the strategy allows now.
pub(super) fn wanted(client: &mut Client<'_>, daemons: &Daemons<'_>) -> Result<Wanted, Halt> {
    let n_desired = daemons.nodes.iter().filter(|node| daemons.place(node) == Place::Run).count();
    let n_desired = i64::try_from(n_desired).expect("a count of nodes fits");
    let max_surge = daemons.max_surge(n_desired);
    let mut max_unavailable = daemons.max_unavailable(n_desired);
    if n_desired > 0 && max_unavailable == 0 && max_surge == 0 {
        max_unavailable = 1;
    }
    if max_surge == 0 {
        replaced(client, daemons, max_unavailable)
    } else {
        surged(client, daemons, max_surge, n_desired)
    }
}

/// The nodes that have a Pod or should have one, each with its pair; none if it has more than one of a kind.
fn pairs<'a>(daemons: &Daemons<'a>) -> Vec<(String, Option<Pair<'a>>)> {
    let mut names: Vec<String> = daemons.pods.keys().cloned().collect();
    let missing = daemons
        .nodes
        .iter()
        .filter(|node| daemons.place(node) == Place::Run && !daemons.pods.contains_key(node.name()));
    names.extend(missing.map(|node| node.name().to_owned()));
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let there = daemons.pods.get(&name).map(Vec::as_slice).unwrap_or_default();
            let pair = pair_of(daemons, there);
            (name, pair)
        })
        .collect()
}

fn pair_of<'a>(daemons: &Daemons<'a>, there: &[&'a Object]) -> Option<Pair<'a>> {
    let alive = there.iter().copied().filter(|pod| !pod.is_terminating());
    let (new, old): (Vec<&Object>, Vec<&Object>) = alive.partition(|pod| daemons.is_updated(pod));
    (new.len() <= 1 && old.len() <= 1).then(|| Pair { new: new.first().copied(), old: old.first().copied() })
}

/// Without a surge: outdated Pods go, those that are unavailable anyway first, as long as not too many nodes are without.
fn replaced(client: &mut Client<'_>, daemons: &Daemons<'_>, max_unavailable: i64) -> Result<Wanted, Halt> {
    let (mut free, mut candidates, mut n_unavailable) = (Vec::new(), Vec::new(), 0);
    for (_, pair) in pairs(daemons) {
        match pair {
            Some(Pair { new: Some(new), old: None }) => n_unavailable += i64::from(!is_ready(new)),
            Some(Pair { new: None, old: Some(old) }) if is_ready(old) => candidates.push(old),
            Some(Pair { new: None, old: Some(old) }) => {
                free.push(old);
                n_unavailable += 1;
            }
            _ => n_unavailable += 1,
        }
    }
    let allowed = usize::try_from(max_unavailable - n_unavailable).unwrap_or(0);
    let chosen = some_of(client, candidates, allowed)?;
    Ok(Wanted {
        create: Vec::new(),
        delete: free.into_iter().chain(chosen).map(|pod| outdated(daemons, pod)).collect(),
    })
}

/// With a surge: outdated Pods get a new one beside them, and go when that is available.
fn surged(client: &mut Client<'_>, daemons: &Daemons<'_>, max_surge: i64, n_desired: i64) -> Result<Wanted, Halt> {
    let mut wanted = Wanted::default();
    let (mut candidates, mut sunset) = (Vec::new(), Vec::new());
    let (mut n_surge, mut n_available) = (0, 0);
    for (name, pair) in pairs(daemons) {
        let Some(pair) = pair else {
            n_surge += 1;
            continue;
        };
        n_available += i64::from(pair.old.or(pair.new).is_some_and(is_ready));
        let Some(old) = pair.old else {
            continue;
        };
        match pair.new {
            Some(new) if is_ready(new) => wanted.delete.push(outdated(daemons, old)),
            Some(_) => n_surge += 1,
            None if !should_run(daemons, &name)? => {
                if is_ready(old) {
                    sunset.push(old);
                } else {
                    wanted.delete.push(outdated(daemons, old));
                }
            }
            None if is_ready(old) => candidates.push(name),
            None => wanted.create.push(name),
        }
    }
    let allowed = usize::try_from(max_surge - n_surge).unwrap_or(0);
    let spare = usize::try_from(n_available - n_desired).unwrap_or(0);
    let doomed = some_of(client, sunset, spare)?;
    wanted.delete.extend(doomed.into_iter().map(|pod| outdated(daemons, pod)));
    wanted.create.extend(some_of(client, candidates, allowed)?);
    Ok(wanted)
}

fn should_run(daemons: &Daemons<'_>, name: &str) -> Result<bool, Halt> {
    let node = daemons.nodes.iter().find(|node| node.name() == name);
    let node = node.ok_or_else(|| Halt::Retry(format!("couldn't get node for nodeName {name:?}")))?;
    Ok(daemons.place(node) == Place::Run)
}

fn outdated(daemons: &Daemons<'_>, pod: &Object) -> (String, String) {
    let why = format!("{} has a new template, and Pod/{} is of an older one", daemons.set.key(), pod.name());
    (pod.name().to_owned(), why)
}

/// Any `count` of these.
fn some_of<T>(client: &mut Client<'_>, mut from: Vec<T>, count: usize) -> Result<Vec<T>, Halt> {
    let mut chosen = Vec::new();
    while chosen.len() < count && !from.is_empty() {
        // What comes before the pick is passed over for good, so that a selection is made in one order only.
        let needed = (count - chosen.len()).min(from.len());
        let pick = client.choose(from.len() - needed + 1)?;
        from.drain(..pick);
        chosen.push(from.remove(0));
    }
    Ok(chosen)
}
