//! The ReplicaSet for the present template: found, kept up to date, made.

use evenkeel_api::status::Reason;
use evenkeel_control::Client;
use evenkeel_object::{Key, Object, Value, json};

use super::sets::{self, HASH, REVISION, Sets};
use super::{scale, status, wanted};
use crate::replicaset;
use crate::revision::hash_of;
use evenkeel_control::halt::Halt;

/// Annotations of a Deployment that its ReplicaSets do not get.
///
/// Source: `annotationsToSkip`.
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    sets::DESIRED,
    sets::MOST,
    "deprecated.deployment.rollback.to",
];

/// The annotation of a ReplicaSet with the revisions that it had before it was gone back to.
const HISTORY: &str = "deployment.kubernetes.io/revision-history";

/// How long its text may be.
///
/// Source: `maxRevHistoryLengthInChars`.
const LONGEST_HISTORY: usize = 2000;

/// Tells new from old, and keeps the annotations of the new one and the revision of the Deployment up to date.
///
/// The real one does this several times in one pass, on what it read at first, and so may be refused its own second write; once is enough.
///
/// Source: `getAllReplicaSetsAndSyncRevision`, `getNewReplicaSet`.
pub(super) fn found(client: &mut Client<'_>, deployment: &mut Object, mut owned: Vec<Object>) -> Result<Sets, Halt> {
    sets::sort(&mut owned);
    let Some(place) = place_of_new(client, deployment, &owned)? else {
        return Ok(Sets { new: None, old: owned });
    };
    let mut new = owned.remove(place);
    let mut updated = new.clone();
    let delay = deployment["spec"]["minReadySeconds"].count();
    let annotated = annotate(deployment, &mut updated, sets::highest_revision(&owned) + 1);
    if annotated || new["spec"]["minReadySeconds"].count() != delay {
        set_delay(&mut updated, delay);
        client.because(format!("{} has the template of {}", new.key(), deployment.key()));
        new = client.update(updated)??;
    } else {
        tell_revision(client, deployment, &new)?;
    }
    Ok(Sets { new: Some(new), old: owned })
}

/// Where among its ReplicaSets the one with the Deployment's template is.
///
/// Two have it only if an orphan was adopted. The real one takes the older; which that is is not known here, so of those of one revision both are
/// possible. The one that was taken gets the highest revision: that is how it is taken again. So where their revisions differ from the start, the one of
/// the higher is taken for the older, and need not be it. To leave it open each time would let it take now the one and now the other, and raise the revision
/// each time: a fight that no real one has.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/deployment/util/deployment_util.go#L626-L639>: `FindNewReplicaSet`
fn place_of_new(client: &mut Client<'_>, deployment: &Object, owned: &[Object]) -> Result<Option<usize>, Halt> {
    let template = &deployment["spec"]["template"];
    let matching: Vec<usize> =
        (0..owned.len()).filter(|&place| sets::is_same_template(&owned[place]["spec"]["template"], template)).collect();
    let Some(highest) = matching.iter().map(|&place| sets::revision(&owned[place])).max() else {
        return Ok(None);
    };
    let tied: Vec<usize> = matching.into_iter().filter(|&place| sets::revision(&owned[place]) == highest).collect();
    Ok(Some(tied[client.choose(tied.len())?]))
}

/// Gives the ReplicaSet the Deployment's annotations and at least that revision; whether that changes it.
///
/// Source: `SetNewReplicaSetAnnotations`.
fn annotate(deployment: &Object, set: &mut Object, revision: i64) -> bool {
    let before = set["metadata"]["annotations"].clone();
    for (name, value) in deployment["metadata"]["annotations"].entries() {
        if !NOT_COPIED.contains(&&**name) {
            set.set(&["metadata", "annotations", name], value.clone());
        }
    }
    let Some(own) = sets::revision(set) else {
        // A revision that is no number keeps the ReplicaSet from being updated at all.
        return false;
    };
    if own < revision {
        keep_history(set);
        set.set(&["metadata", "annotations", REVISION], revision.to_string());
    }
    set["metadata"]["annotations"] != before
}

/// Adds the revision that a ReplicaSet has, if it has one, to those that it had before. So that the text does not get too long, the oldest go.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/deployment/util/deployment_util.go#L232>: `SetNewReplicaSetAnnotations`
fn keep_history(set: &mut Object) {
    let Some(now) = set.annotation(REVISION).as_str() else {
        return;
    };
    let before = set.annotation(HISTORY).text().split(',').filter(|text| !text.is_empty());
    let mut revisions: Vec<&str> = before.chain([now]).collect();
    while revisions.len() > 1 && revisions.join(",").len() > LONGEST_HISTORY {
        revisions.remove(0);
    }
    let history = revisions.join(",");
    set.set(&["metadata", "annotations", HISTORY], history);
}

fn set_delay(set: &mut Object, seconds: i64) {
    if seconds == 0 {
        set.remove(&["spec", "minReadySeconds"]);
    } else {
        set.set(&["spec", "minReadySeconds"], seconds);
    }
}

/// Copies the revision of the new ReplicaSet to the Deployment, which tells that it was found if it told of no progress so far.
fn tell_revision(client: &mut Client<'_>, deployment: &mut Object, new: &Object) -> Result<(), Halt> {
    let mut told = deployment.clone();
    set_revision(&mut told, new.annotation(REVISION));
    if status::has_deadline(deployment) && deployment.condition("Progressing").is_null() {
        let text = format!("Found new replica set {:?}", new.name());
        status::tell(&mut told, "Progressing", "True", "FoundNewReplicaSet", &text);
    }
    if told != *deployment {
        client.because(format!("{} is what {} asks for", new.key(), deployment.key()));
        client.update_status(told.clone())??;
        *deployment = told;
    }
    Ok(())
}

fn set_revision(deployment: &mut Object, revision: &Value) {
    deployment.set(&["metadata", "annotations", REVISION], revision.text());
}

/// Makes the ReplicaSet for the present template. None if the namespace is being deleted: then there is nothing to do any more.
///
/// Source: `getNewReplicaSet`.
pub(super) fn created(
    client: &mut Client<'_>,
    deployment: &mut Object,
    old: &[Object],
) -> Result<Option<Object>, Halt> {
    let revision = sets::highest_revision(old).saturating_add(1);
    let proposed = proposed(deployment, old, revision);
    client.because(format!("no ReplicaSet of {} has its template", deployment.key()));
    let before = deployment.clone();
    let new = match client.create(proposed.clone())? {
        Ok(new) => {
            tell_created(deployment, &new);
            new
        }
        Err(refusal) if refusal.reason == Reason::AlreadyExists => {
            own_namesake(client, deployment, &proposed.key(), &refusal.to_string())?
        }
        Err(refusal) if replicaset::is_namespace_going(&refusal) => return Ok(None),
        Err(refusal) => {
            tell_refused(client, deployment, proposed.name(), &refusal.message)?;
            return Err(refusal.into());
        }
    };
    set_revision(deployment, &Value::from(revision.to_string()));
    if *deployment != before {
        client.update_status(deployment.clone())??;
    }
    Ok(Some(new))
}

fn tell_created(deployment: &mut Object, new: &Object) {
    if status::has_deadline(deployment) {
        let text = format!("Created new replica set {:?}", new.name());
        status::tell(deployment, "Progressing", "True", "NewReplicaSetCreated", &text);
    }
}

fn tell_refused(client: &mut Client<'_>, deployment: &mut Object, name: &str, why: &str) -> Result<(), Halt> {
    if status::has_deadline(deployment) {
        let text = format!("Failed to create new replica set {name:?}: {why}");
        status::tell(deployment, "Progressing", "False", "ReplicaSetCreateError", &text);
        // What becomes of this write does not matter beside the refusal.
        let _ = client.update_status(deployment.clone())?;
    }
    Ok(())
}

/// The ReplicaSet that has the name already, if it is the Deployment's own and has its template: a cache did not show it before. Otherwise two templates
/// have one hash, and the next try will have another.
fn own_namesake(client: &mut Client<'_>, deployment: &mut Object, key: &Key, refusal: &str) -> Result<Object, Halt> {
    let Some(namesake) = client.get(key)? else {
        return Err(Halt::Retry(format!("{key} not found")));
    };
    let template = &deployment["spec"]["template"];
    if namesake.is_controlled_by(deployment) && sets::is_same_template(&namesake["spec"]["template"], template) {
        return Ok(namesake);
    }
    let collisions = deployment["status"]["collisionCount"].count();
    deployment.set(&["status", "collisionCount"], collisions + 1);
    client.because(format!("{key} is there already, and is another one"));
    let _ = client.update_status(deployment.clone())?;
    Err(Halt::Retry(refusal.to_owned()))
}

/// The ReplicaSet as it is to be made.
fn proposed(deployment: &Object, old: &[Object], revision: i64) -> Object {
    let mut template = deployment["spec"]["template"].clone();
    let hash = hash_of(&template, deployment["status"]["collisionCount"].count());
    template.set(&["metadata", "labels", HASH], &*hash);
    let name = format!("{}-{hash}", deployment.name());
    let mut set = Object::from(json!({"apiVersion": "apps/v1", "kind": "ReplicaSet"}));
    set.set(&["metadata", "namespace"], deployment.namespace());
    set.set(&["metadata", "name"], name);
    set.set(&["metadata", "labels"], template["metadata"]["labels"].clone());
    let owner = deployment.controller_reference();
    set.set(&["metadata", "ownerReferences"], vec![owner]);
    let selector = deployment["spec"]["selector"].clone();
    set.set(&["spec", "selector"], selector.with(&["matchLabels", HASH], &*hash));
    set.set(&["spec", "template"], template);
    set_delay(&mut set, deployment["spec"]["minReadySeconds"].count());
    annotate(deployment, &mut set, revision);
    set.set(&["spec", "replicas"], 0);
    let replicas = match super::strategy(deployment) {
        "Recreate" => wanted(deployment),
        _ => scale::grown(deployment, old, 0),
    };
    set.set(&["spec", "replicas"], replicas);
    scale::annotate(deployment, &mut set);
    set
}
