//! The garbage collector: deletes what no living owner holds, in the foreground waits for dependents, and sets orphans free.
//!
//! Each object is a process of its own. An owner is looked up by kind, name and the *dependent's* namespace, so an owner reference across
//! namespaces, or with a wrong kind, refers to nobody, and its object is collected.
//!
//! Left out: versions of an owner's `apiVersion` (a version that is not served blocks the collection in the real one).
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/garbagecollector/garbagecollector.go>.

use evenkeel_api::{
    Precondition, Projection, Propagation, Scope, Select, Subresource, Verb, read,
};
use evenkeel_control::{Answer, Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Owner, Value, json};

use crate::adoption::{strategic_patch, without_owners};
use crate::batch;
use crate::halt::{Halt, ended};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// The garbage collector.
#[derive(Clone, Copy, Debug, Default)]
pub struct Garbage;

impl Controller for Garbage {
    fn name(&self) -> &str {
        "generic-garbage-collector"
    }

    /// Every object: which ones have owners is not for a scope to say, and the others are done with at the first look.
    fn subjects(&self) -> Vec<Scope> {
        vec![Scope {
            kind: None,
            namespace: None,
            select: Select::All,
        }]
    }

    /// The graph of the real one, which watches everything, wakes an object whenever an owner or a dependent that matters to it comes, goes or changes.
    fn wakes(&self) -> Wakes {
        Wakes::OnWhatItReads
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(sync(client, key))
    }
}

/// What is to become of an owner reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    /// The owner is there.
    Solid,
    /// It is not.
    Dangling,
    /// It is there, being deleted, and waits for its dependents.
    Waiting,
}

/// How an owner is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Range {
    Namespaced,
    ClusterScoped,
    /// No such kind is served.
    Unknown,
}

fn sync(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    // Nothing but the metadata is looked at, so that the life of an object does not wake its collector.
    let cached = client.view(Scope::one(key), metadata())?;
    let Some(item) = first(&cached) else {
        return Ok(());
    };
    if item.is_terminating() && has(&item, ORPHAN) {
        return set_free(client, &item);
    }
    if item.is_terminating() && !has(&item, FOREGROUND) || (!item.is_terminating() && item.owners().next().is_none()) {
        return Ok(());
    }
    let Some(latest) = first(&client.view_live(Scope::one(key), metadata())?) else {
        return Ok(());
    };
    if latest.uid() != item.uid() {
        return Ok(());
    }
    if item.is_terminating() {
        return wait_for_dependents(client, &item);
    }
    collect(client, &latest)
}

/// Deletes an object that no living owner holds, or takes away the references that hold nothing.
fn collect(client: &mut Client<'_>, latest: &Object) -> Result<(), Halt> {
    let mut standings = Vec::new();
    for owner in latest.owners() {
        match standing(client, latest, &owner)? {
            Some(standing) => standings.push((owner, standing)),
            // A cluster-scoped object with a namespaced owner is an error that is not tried again.
            None => return Ok(()),
        }
    }
    let is = |wanted: Standing| standings.iter().any(|(_, standing)| *standing == wanted);
    let named = |unwanted: Standing| {
        let others = standings.iter().filter(|(_, standing)| *standing != unwanted);
        let names: Vec<String> = others.map(|(owner, _)| format!("{}/{}", owner.kind, owner.name)).collect();
        names.join(", ")
    };
    if standings.is_empty() {
        return Ok(());
    }
    if is(Standing::Solid) {
        if !is(Standing::Dangling) && !is(Standing::Waiting) {
            return Ok(());
        }
        client.because(format!("{} is no owner of {} any more", named(Standing::Solid), latest.key()));
        let lost = standings.iter().filter(|(_, standing)| *standing != Standing::Solid);
        let uids: Vec<&str> = lost.map(|(owner, _)| &*owner.uid).collect();
        strategic_patch(client, &latest.key(), without_owners(latest, &uids))??;
        return Ok(());
    }
    if is(Standing::Waiting) {
        let dependents = dependents(client, latest)?;
        if !dependents.is_empty() {
            return in_the_foreground(client, latest, &dependents, &named(Standing::Dangling));
        }
    }
    client.because(format!("its owner {} is gone", named(Standing::Solid)));
    let propagation = if has(latest, ORPHAN) {
        Propagation::Orphan
    } else if has(latest, FOREGROUND) {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    delete(client, latest, propagation)
}

/// Deletes an object whose owner waits for it, and which has dependents itself. If one of them waits too, there may be a circle: the object stops blocking
/// its owners.
fn in_the_foreground(
    client: &mut Client<'_>,
    latest: &Object,
    dependents: &[Object],
    owners: &str,
) -> Result<(), Halt> {
    client.because(format!("its owner {owners} is being deleted in the foreground"));
    if dependents.iter().any(|dependent| dependent.is_terminating() && has(dependent, FOREGROUND)) {
        let references = latest["metadata"]["ownerReferences"].items().iter();
        let blocking = references.filter(|reference| reference["blockOwnerDeletion"].is_true());
        let unblocked = blocking.map(|reference| reference.clone().with(&["blockOwnerDeletion"], false));
        let patch = Value::from(json!({"metadata": {"uid": latest.uid()}}))
            .with(&["metadata", "ownerReferences"], Value::list(unblocked));
        strategic_patch(client, &latest.key(), patch)??;
    }
    delete(client, latest, Propagation::Foreground)
}

/// An object that is deleted in the foreground goes when none of its dependents blocks it any more. (The dependents are processes of their own.)
fn wait_for_dependents(client: &mut Client<'_>, item: &Object) -> Result<(), Halt> {
    let dependents = dependents(client, item)?;
    let blocks = |dependent: &Object| {
        let mut owners = dependent.owners();
        owners.any(|owner| &*owner.uid == item.uid() && owner.block_owner_deletion)
    };
    if dependents.iter().any(blocks) {
        return Ok(());
    }
    client.because(format!("no dependent of {} is left that blocks its deletion", item.key()));
    remove_finalizer(client, item, FOREGROUND)
}

/// Takes itself away from its dependents, and is gone then.
fn set_free(client: &mut Client<'_>, owner: &Object) -> Result<(), Halt> {
    let dependents = dependents(client, owner)?;
    client.because(format!("{} is deleted, and its dependents are to be orphaned", owner.key()));
    batch::all(&dependents, |dependent| {
        let patch = without_owners(dependent, &[owner.uid()]);
        match strategic_patch(client, &dependent.key(), patch)? {
            Err(status) if !status.is_not_found() => Err(status.into()),
            _ => Ok(()),
        }
    })?;
    remove_finalizer(client, owner, ORPHAN)
}

/// Whether the owner is there; none if it cannot be, being namespaced while its dependent is not.
fn standing(
    client: &mut Client<'_>,
    item: &Object,
    owner: &Owner,
) -> Result<Option<Standing>, Halt> {
    let namespace = match range(client, &owner.kind)? {
        Range::Unknown => return Err(Halt::Retry(format!("unable to get REST mapping for {:?}", owner.kind))),
        Range::Namespaced if item.namespace().is_empty() => return Ok(None),
        Range::Namespaced => item.namespace(),
        Range::ClusterScoped => "",
    };
    let key = Key::new(owner.kind.clone(), namespace, &owner.name);
    let projection = Projection {
        name: "holds its dependents",
        args: Value::from(&*owner.uid),
        of: |uid, owners| Value::list(owners.iter().filter(|o| Some(o.uid()) == uid.as_str()).map(|o| Value::Bool(is_waiting(o)))),
        join: |_, left, right| read::concatenated(left, right),
    };
    let found = client.view_live(Scope::one(&key), projection)?;
    Ok(Some(match found[0].as_bool() {
        None => Standing::Dangling,
        Some(true) => Standing::Waiting,
        Some(false) => Standing::Solid,
    }))
}

fn is_waiting(owner: &Object) -> bool {
    owner.is_terminating() && has(owner, FOREGROUND)
}

/// Kinds of Kubernetes' own groups are served; others if there is a definition of them.
fn range(client: &mut Client<'_>, kind: &Kind) -> Result<Range, Halt> {
    const CLUSTER_SCOPED: [&str; 24] = [
        "APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition",
        "DeviceClass", "FlowSchema", "IngressClass", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
        "Namespace", "Node", "PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "RuntimeClass", "StorageClass",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment",
    ];
    let own = ["", "apps", "autoscaling", "batch", "policy"];
    if own.contains(&&*kind.group) || kind.group.ends_with(".k8s.io") && !is_defined(client, kind)? {
        let is_cluster_scoped = CLUSTER_SCOPED.contains(&&*kind.name);
        return Ok(if is_cluster_scoped { Range::ClusterScoped } else { Range::Namespaced });
    }
    Ok(match scope_defined(client, kind)?.as_str() {
        Some("Cluster") => Range::ClusterScoped,
        Some(_) => Range::Namespaced,
        None => Range::Unknown,
    })
}

fn is_defined(client: &mut Client<'_>, kind: &Kind) -> Result<bool, Halt> {
    Ok(!scope_defined(client, kind)?.is_null())
}

/// The scope that a CustomResourceDefinition gives a kind.
fn scope_defined(client: &mut Client<'_>, kind: &Kind) -> Result<Value, Halt> {
    let projection = Projection {
        name: "scope of a kind",
        args: Value::list([kind.group.clone().into(), kind.name.clone().into()]),
        of: |kind, definitions| {
            let of_kind = |d: &&Object| d["spec"]["group"] == kind[0] && d["spec"]["names"]["kind"] == kind[1];
            let scopes = definitions.iter().filter(of_kind).map(|d| d["spec"]["scope"].clone());
            scopes.max().unwrap_or_default()
        },
        join: |_, left, right| left.clone().max(right.clone()),
    };
    let definitions = Kind::new("apiextensions.k8s.io", "CustomResourceDefinition");
    Ok(client.view(Scope::everywhere(&definitions), projection)?)
}

/// The metadata of the objects, as far as the collector looks at it.
fn metadata() -> Projection {
    Projection {
        name: "collector's metadata",
        args: Value::Null,
        of: |_, objects| Value::list(objects.iter().map(outline)),
        join: |_, left, right| read::concatenated(left, right),
    }
}

fn outline(object: &Object) -> Value {
    let mut outline = Object::new(object["apiVersion"].text(), &object.key());
    for field in ["uid", "ownerReferences", "finalizers", "deletionTimestamp"] {
        let value = &object["metadata"][field];
        if !value.is_null() {
            outline.set(&["metadata", field], value.clone());
        }
    }
    outline.0
}

fn first(list: &Value) -> Option<Object> {
    list.items().first().map(|value| Object(value.clone()))
}

fn has(object: &Object, finalizer: &str) -> bool {
    object.finalizers().any(|name| name == finalizer)
}

/// What refers to this incarnation of the object, of every kind and in every namespace.
fn dependents(client: &mut Client<'_>, owner: &Object) -> Result<Vec<Object>, Halt> {
    let select = Select::DependentsOf {
        owner: owner.key(),
        uid: owner.uid().into(),
    };
    let scope = Scope {
        kind: None,
        namespace: None,
        select,
    };
    Ok(read::sorted(&client.view(scope, metadata())?))
}

/// Deletes the object as it was read. If it has changed since, but neither its incarnation nor its owners, it is deleted all the same.
fn delete(client: &mut Client<'_>, latest: &Object, propagation: Propagation) -> Result<(), Halt> {
    let refused = match send_deletion(client, latest, propagation, Precondition::Unchanged)? {
        Err(status) => status,
        Ok(_) => return Ok(()),
    };
    if refused.is_not_found() {
        return Ok(());
    }
    let live = if refused.is_conflict() {
        first(&client.view_live(Scope::one(&latest.key()), metadata())?)
    } else {
        return Err(refused.into());
    };
    let owners = |object: &Object| object["metadata"]["ownerReferences"].clone();
    match live {
        None => Ok(()),
        Some(live) if live.uid() == latest.uid() && owners(&live) == owners(latest) => {
            match send_deletion(client, latest, propagation, Precondition::None)? {
                Err(status) if !status.is_not_found() => Err(status.into()),
                _ => Ok(()),
            }
        }
        Some(_) => Err(refused.into()),
    }
}

fn send_deletion(
    client: &mut Client<'_>,
    latest: &Object,
    propagation: Propagation,
    precondition: Precondition,
) -> Result<Answer, Halt> {
    let verb = Verb::Delete {
        propagation: Some(propagation),
        uid: Some(latest.uid().into()),
        grace: None,
    };
    Ok(client.send(latest.key(), Subresource::Main, verb, precondition)?)
}

/// Takes a finalizer away from the object as the server has it; if it changes meanwhile, that is tried a few times.
fn remove_finalizer(client: &mut Client<'_>, item: &Object, finalizer: &str) -> Result<(), Halt> {
    const TRIES: usize = 4;
    for _ in 0..TRIES {
        let Some(live) = first(&client.view_live(Scope::one(&item.key()), metadata())?) else {
            return Ok(());
        };
        if !has(&live, finalizer) {
            return Ok(());
        }
        let left: Vec<Value> = live.finalizers().filter(|name| *name != finalizer).map(Value::from).collect();
        let left = if left.is_empty() { Value::Null } else { left.into() };
        let patch = Verb::MergePatch(Value::map().with(&["metadata", "finalizers"], left));
        match client.send(item.key(), Subresource::Main, patch, Precondition::Unchanged)? {
            Err(status) if status.is_conflict() => {}
            Err(status) if !status.is_not_found() => return Err(status.into()),
            _ => return Ok(()),
        }
    }
    Err(Halt::Retry(format!("{} keeps changing", item.key())))
}

#[cfg(test)]
mod tests {
    use super::Garbage;
    use crate::stage::Stage;
    use evenkeel_object::{Key, Kind, Object, Value, json};

    fn map(name: &str, metadata: serde_json::Value) -> serde_json::Value {
        let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
        object["metadata"]["name"] = json!(name);
        if object["metadata"]["namespace"].is_null() {
            object["metadata"]["namespace"] = json!("default");
        }
        object
    }

    fn owned_by(names: &[&str]) -> serde_json::Value {
        let references: Vec<_> = names
            .iter()
            .map(|name| json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": format!("ConfigMap/default/{name}#0"), "blockOwnerDeletion": true}))
            .collect();
        json!({ "ownerReferences": references })
    }

    fn terminating(finalizer: &str) -> serde_json::Value {
        json!({"deletionTimestamp": "1970-01-01T00:00:00Z", "finalizers": [finalizer]})
    }

    fn reconcile(stage: &mut Stage, name: &str) -> Vec<String> {
        let key = stage.memory.objects.keys().find(|key| &*key.name == name).expect("it is there").clone();
        stage.reconcile(&Garbage, &key)
    }

    #[test]
    fn an_object_without_an_owner_left_is_deleted() {
        let mut stage = Stage::of([map("a", owned_by(&["gone"]))]);
        assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
    }

    #[test]
    fn an_object_with_a_living_owner_stays() {
        let mut stage = Stage::of([map("a", owned_by(&["o"])), map("o", json!({}))]);
        assert!(reconcile(&mut stage, "a").is_empty());
        assert!(reconcile(&mut stage, "o").is_empty());
    }

    #[test]
    fn a_later_incarnation_of_the_owner_does_not_hold_it() {
        let mut stage = Stage::of([map("a", owned_by(&["o"])), map("o", json!({"uid": "ConfigMap/default/o#1"}))]);
        assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
    }

    #[test]
    fn of_several_owners_only_the_reference_to_the_lost_one_goes() {
        let mut stage = Stage::of([map("a", owned_by(&["o", "gone"])), map("o", json!({}))]);
        assert_eq!(reconcile(&mut stage, "a"), ["patch ConfigMap/a"]);
        assert_eq!(stage.get(("", "ConfigMap"), "a").owners().count(), 1);
    }

    #[test]
    fn an_owner_in_another_namespace_holds_nothing() {
        let mut stage = Stage::of([map("a", owned_by(&["o"])), map("o", json!({"namespace": "other", "uid": "ConfigMap/default/o#0"}))]);
        assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
    }

    #[test]
    fn an_owner_of_another_kind_holds_nothing() {
        let wrong = json!({"ownerReferences": [{"apiVersion": "v1", "kind": "Secret", "name": "o", "uid": "ConfigMap/default/o#0"}]});
        let mut stage = Stage::of([map("a", wrong), map("o", json!({}))]);
        assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
    }

    #[test]
    fn an_owner_of_a_kind_that_nobody_serves_blocks_the_collection() {
        let unknown = json!({"ownerReferences": [{"apiVersion": "x.io/v1", "kind": "X", "name": "o", "uid": "u"}]});
        let mut stage = Stage::of([map("a", unknown)]);
        assert!(reconcile(&mut stage, "a")[0].starts_with("retry"));
        let definition = json!({"group": "x.io", "scope": "Namespaced", "names": {"kind": "X"}});
        stage.put(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "xs.x.io"}, "spec": definition}));
        assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
    }

    #[test]
    fn a_cluster_scoped_object_is_not_collected_for_a_namespaced_owner() {
        let metadata = json!({"name": "n", "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "u"}]});
        let mut stage = Stage::of([json!({"apiVersion": "v1", "kind": "Node", "metadata": metadata})]);
        assert!(reconcile(&mut stage, "n").is_empty());
    }

    #[test]
    fn in_the_foreground_the_owner_goes_after_its_dependents() {
        let mut stage = Stage::of([map("o", terminating("foregroundDeletion")), map("a", owned_by(&["o"]))]);
        assert!(reconcile(&mut stage, "o").is_empty());
        assert_eq!(reconcile(&mut stage, "a"), ["delete ConfigMap/a"]);
        assert_eq!(reconcile(&mut stage, "o"), ["patch ConfigMap/o"]);
    }

    #[test]
    fn orphans_lose_the_reference_and_stay() {
        let mut stage = Stage::of([map("o", terminating("orphan")), map("a", owned_by(&["o"]))]);
        assert_eq!(reconcile(&mut stage, "o"), ["patch ConfigMap/a", "patch ConfigMap/o"]);
        assert_eq!(stage.get(("", "ConfigMap"), "a").owners().count(), 0);
        let gone = Key::new(Kind::new("", "ConfigMap"), "default", "o");
        assert!(!stage.memory.objects.contains_key(&gone));
    }

    #[test]
    fn a_circle_of_waiting_owners_is_broken() {
        let mut first = owned_by(&["b"]);
        for (field, value) in terminating("foregroundDeletion").as_object().expect("a map") {
            first[field] = value.clone();
        }
        let mut stage = Stage::of([map("a", first), map("b", owned_by(&["a"]))]);
        assert_eq!(reconcile(&mut stage, "b"), ["patch ConfigMap/b", "delete ConfigMap/b"]);
        let b: Object = stage.get(("", "ConfigMap"), "b");
        assert_eq!(b["metadata"]["ownerReferences"][0]["blockOwnerDeletion"], Value::Bool(false));
    }
}
