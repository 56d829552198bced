//! The Pods of a StatefulSet, their names and their claims.

use evenkeel_control::Client;
use evenkeel_object::{Key, Kind, Object, Value, json};

use crate::batch;
use crate::revision;
use crate::template::{self, is_ready, phase};
use evenkeel_control::halt::Halt;

use super::history::Targets;

const NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
const INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";
const REVISION_LABEL: &str = "controller-revision-hash";

/// A place among the replicas: a Pod that is there, or the one that should be.
pub(super) struct Replica {
    /// The Pod as it is, or as it is to be made.
    pub(super) pod: Object,
    /// Whether it is there.
    pub(super) exists: bool,
}

/// The number in a Pod's name, if the name is that of a member of the set.
pub(super) fn ordinal_of(set: &Object, pod: &Object) -> Option<i64> {
    let (parent, number) = pod.name().rsplit_once('-')?;
    let digits = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    if parent != set.name() || !digits {
        return None;
    }
    number.parse::<i32>().ok().map(i64::from)
}

/// The number of the first replica, and how many there should be.
pub(super) fn range(set: &Object) -> (i64, i64) {
    let replicas = set["spec"]["replicas"].as_int().unwrap_or(1);
    (set["spec"]["ordinals"]["start"].count(), replicas)
}

/// The revision that a Pod says it is on.
pub(super) fn revision_of(pod: &Object) -> &str {
    pod.labels()[REVISION_LABEL].text()
}

pub(super) fn is_running_and_ready(pod: &Object) -> bool {
    phase(pod) == "Running" && is_ready(pod)
}

pub(super) fn is_unavailable(pod: &Object) -> bool {
    !is_ready(pod) || pod.is_terminating()
}

/// The Pod to make for a number: of the current revision below the partition, else of the update revision.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/statefulset/stateful_set_utils.go>: `newVersionedStatefulSetPod`.
pub(super) fn new_pod(set: &Object, targets: &Targets, ordinal: i64) -> Object {
    let strategy = &set["spec"]["updateStrategy"];
    let rolling = &strategy["rollingUpdate"];
    let (start, _) = range(set);
    let kept_back = if rolling.is_null() {
        strategy["type"].text() == "RollingUpdate" && ordinal < start + set["status"]["currentReplicas"].count()
    } else {
        ordinal < start + rolling["partition"].count()
    };
    let revision = if kept_back { &targets.current } else { &targets.update };
    let mut pod = template::pod_from(&revision::template_of(revision), set);
    let name = format!("{}-{ordinal}", set.name());
    pod.set(&["metadata", "name"], name.clone());
    set_identity(&mut pod, ordinal);
    pod.set(&["metadata", "labels", REVISION_LABEL], revision.name());
    pod.set(&["spec", "hostname"], name);
    if !set["spec"]["serviceName"].text().is_empty() {
        pod.set(&["spec", "subdomain"], set["spec"]["serviceName"].clone());
    }
    set_storage(set, &mut pod, ordinal);
    pod
}

fn set_identity(pod: &mut Object, ordinal: i64) {
    let name = pod.name().to_owned();
    pod.set(&["metadata", "labels", NAME_LABEL], name);
    pod.set(&["metadata", "labels", INDEX_LABEL], ordinal.to_string());
}

/// Puts the volumes of the claims first, in the order of the templates; the real one has them in the order of a Go map.
fn set_storage(set: &Object, pod: &mut Object, ordinal: i64) {
    let claims = claims(set, ordinal);
    if claims.is_empty() {
        return;
    }
    let of_claims = claims.iter().map(|(volume, claim)| {
        Value::from(json!({"name": volume, "persistentVolumeClaim": {"claimName": claim.name()}}))
    });
    let others = pod["spec"]["volumes"]
        .items()
        .iter()
        .filter(|volume| claims.iter().all(|(name, _)| name != volume["name"].text()));
    let volumes = Value::list(of_claims.chain(others.cloned()));
    pod.set(&["spec", "volumes"], volumes);
}

/// The claims of a member, each with the name of its volume.
fn claims(set: &Object, ordinal: i64) -> Vec<(String, Object)> {
    let templates = set["spec"]["volumeClaimTemplates"].items();
    templates
        .iter()
        .map(|template| {
            let volume = template["metadata"]["name"].text().to_owned();
            let mut claim = Object(template.clone());
            claim.set(&["apiVersion"], "v1");
            claim.set(&["kind"], "PersistentVolumeClaim");
            claim.set(&["metadata", "name"], format!("{volume}-{}-{ordinal}", set.name()));
            claim.set(&["metadata", "namespace"], set.namespace());
            for (label, value) in set["spec"]["selector"]["matchLabels"].entries() {
                claim.set(&["metadata", "labels", label], value.clone());
            }
            // A status in a creation is dropped by the server.
            claim.remove(&["status"]);
            (volume, claim)
        })
        .collect()
}

/// Makes the claims of a member that are not there. One that is being deleted is an error: its Pod has to wait.
pub(super) fn create_claims(client: &mut Client<'_>, set: &Object, pod: &Object) -> Result<(), Halt> {
    let Some(ordinal) = ordinal_of(set, pod) else {
        return Ok(());
    };
    batch::all(claims(set, ordinal), |(_, claim)| {
        let kind = Kind::new("", "PersistentVolumeClaim");
        let key = Key::new(kind, claim.namespace(), claim.name());
        match client.get(&key)? {
            None => {
                client.because(format!("{} has a claim template for each replica", set.key()));
                client.create(claim)??;
            }
            Some(claim) if claim.is_terminating() => {
                return Err(Halt::Retry(format!("{key} is being deleted")));
            }
            Some(_) => {}
        }
        Ok(())
    })
}

/// Whether the labels that tell a member and the volumes of its claims are as they should be.
pub(super) fn is_in_order(set: &Object, pod: &Object, ordinal: i64) -> bool {
    let has_volume = |(volume, claim): &(String, Object)| {
        pod["spec"]["volumes"].items().iter().any(|candidate| {
            candidate["name"].text() == volume && candidate["persistentVolumeClaim"]["claimName"].text() == claim.name()
        })
    };
    pod.labels()[NAME_LABEL].text() == pod.name() && claims(set, ordinal).iter().all(has_volume)
}

/// Puts labels and volumes back as they should be. (The real one tries a conflict again at once, with what its cache shows; here the key comes back.)
pub(super) fn put_in_order(client: &mut Client<'_>, set: &Object, pod: &Object, ordinal: i64) -> Result<(), Halt> {
    client.because(format!("{} names its Pods and their claims", set.key()));
    let mut pod = pod.clone();
    set_identity(&mut pod, ordinal);
    create_claims(client, set, &pod)?;
    set_storage(set, &mut pod, ordinal);
    client.update(pod)??;
    Ok(())
}

/// Deletes a Pod; that it is gone already is as good.
pub(super) fn delete(client: &mut Client<'_>, pod: &Object) -> Result<(), Halt> {
    match client.delete(&pod.key())? {
        Err(status) if !status.is_not_found() => Err(status.into()),
        _ => Ok(()),
    }
}
