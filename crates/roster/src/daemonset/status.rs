//! What a DaemonSet says of itself.

use evenkeel_control::Client;
use evenkeel_object::{Object, Value};

use crate::template::is_ready;
use evenkeel_control::halt::Halt;

use super::place::{Daemons, Place};

/// Counts as they stand in a status. Those that Kubernetes leaves out when they are zero come last.
const ALWAYS: usize = 4;
const FIELDS: [&str; 7] = [
    "desiredNumberScheduled",
    "currentNumberScheduled",
    "numberMisscheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
];

/// Writes the status if a count or the generation is new. A refusal is tried again once, on the object as the server has it.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/daemon/daemon_controller.go>: `storeDaemonSetStatus`.
pub(super) fn write(client: &mut Client<'_>, daemons: &Daemons<'_>) -> Result<(), Halt> {
    let set = daemons.set;
    let counts = counted(daemons);
    let generation = set["metadata"]["generation"].count();
    let before = &set["status"];
    let same = FIELDS.iter().zip(counts).all(|(field, count)| before[*field].count() == count);
    if same && before["observedGeneration"].count() >= generation && !before.is_null() {
        return Ok(());
    }
    client.because(format!("the status of {} follows its Pods", set.key()));
    let first = client.update_status(with_status(set.clone(), counts, generation))?;
    if first.is_ok() {
        return Ok(());
    }
    let Some(fresh) = client.get_live(&set.key())? else {
        return Err(Halt::Retry(format!("{} is gone", set.key())));
    };
    client.update_status(with_status(fresh, counts, generation))??;
    Ok(())
}

fn with_status(mut set: Object, counts: [i64; 7], generation: i64) -> Object {
    for (index, (field, count)) in FIELDS.iter().zip(counts).enumerate() {
        if index < ALWAYS || count != 0 {
            set.set(&["status", field], count);
        } else {
            set.remove(&["status", field]);
        }
    }
    if generation != 0 {
        set.set(&["status", "observedGeneration"], Value::Int(generation));
    }
    set
}

fn counted(daemons: &Daemons<'_>) -> [i64; 7] {
    let mut counts = [0; 7];
    let [desired, current, misscheduled, ready, updated, available, unavailable] = &mut counts;
    for node in daemons.nodes {
        let pod = daemons.pods.get(node.name()).and_then(|there| there.first());
        if daemons.place(node) != Place::Run {
            *misscheduled += i64::from(pod.is_some());
            continue;
        }
        *desired += 1;
        if let Some(pod) = pod {
            *current += 1;
            *ready += i64::from(is_ready(pod));
            *available += i64::from(is_ready(pod));
            *updated += i64::from(daemons.is_updated(pod));
        }
    }
    *unavailable = *desired - *available;
    counts
}
