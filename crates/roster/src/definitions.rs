//! The finalizer of CustomResourceDefinitions: deletes the objects of a definition that is being deleted, and lets it go when none is left.
//!
//! It is a part of the API server. It deletes in the store itself, so that no admission is asked; the finalizers of the objects still hold them, and
//! through them the definition. What it creates the server refuses by itself.
//!
//! Left out: how long it waits between two looks. The real one gives up after a minute, says so in the condition `Terminating`
//! (`InstanceDeletionCheck`), and begins again; here that minute never passes, and the condition says that deletion is in progress. What is being deleted
//! already is not deleted again, as that changes nothing. Definitions that were never established, or that overlap built-in kinds.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiextensions-apiserver/pkg/controller/finalizer/crd_finalizer.go#L112-L262>.

use evenkeel_api::server::known::{CLEANUP, CRD_FINALIZER};
use evenkeel_api::{Projection, Scope, read};
use evenkeel_control::halt::{Halt, ended};
use evenkeel_control::{Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Value, json};

use crate::batch;

/// The finalizer of CustomResourceDefinitions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Definitions;

/// CustomResourceDefinitions.
pub fn kind() -> Kind {
    Kind::new("apiextensions.k8s.io", "CustomResourceDefinition")
}

impl Controller for Definitions {
    fn name(&self) -> &str {
        CRD_FINALIZER
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    /// Its informer resyncs every five minutes. It needs that: what it tells itself does not wake it, and who is refused because its cache lags goes to sleep.
    ///
    /// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go#L172>
    fn wakes(&self) -> Wakes {
        Wakes::Periodically
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(sync(client, key))
    }
}

/// Whether a definition is being deleted and waits for this controller.
fn is_held(definition: &Object) -> bool {
    definition.is_terminating() && definition.finalizers().any(|finalizer| finalizer == CLEANUP)
}

fn sync(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    let Some(definition) = client.get(key)?.filter(is_held) else {
        return Ok(());
    };
    client.because(format!("{key} is being deleted"));
    let status =
        with_terminating(definition, ["True", "InstanceDeletionInProgress", "CustomResource deletion is in progress"]);
    let Some(definition) = written(client, status)? else {
        return Ok(());
    };
    let resource = Kind::new(definition["spec"]["group"].text(), definition["spec"]["names"]["kind"].text());
    let there = instances(client, &resource)?;
    batch::all(there.iter().filter(|object| !object.is_terminating()), |object| {
        match client.delete(&object.key())? {
            Err(status) if !status.is_not_found() => Err(status.into()),
            _ => Ok(()),
        }
    })?;
    if let Some(left) = instances(client, &resource)?.first() {
        return Err(Halt::Retry(format!("{key} waits for its objects, and {} is still there", left.key())));
    }
    client.because(format!("no {} is left", resource.name));
    let status = with_terminating(definition, ["False", "InstanceDeletionCompleted", "removed all instances"]);
    written(client, released(status)).map(|_| ())
}

/// Writes the status, with which metadata are written, too. None if the definition is gone or has changed: it is taken up again then.
fn written(client: &mut Client<'_>, definition: Object) -> Result<Option<Object>, Halt> {
    match client.update_status(definition)? {
        Ok(written) => Ok(Some(written)),
        Err(status) if status.is_not_found() || status.is_conflict() => Ok(None),
        Err(status) => Err(status.into()),
    }
}

/// The definition with this status, reason and message of its condition `Terminating`.
fn with_terminating(mut definition: Object, [status, reason, message]: [&str; 3]) -> Object {
    let condition = Value::from(json!({"type": "Terminating", "status": status, "reason": reason, "message": message}));
    let mut conditions = definition["status"]["conditions"].items().to_vec();
    match conditions.iter().position(|other| other["type"].text() == "Terminating") {
        Some(place) => conditions[place] = condition,
        None => conditions.push(condition),
    }
    definition.set(&["status", "conditions"], conditions);
    definition
}

/// The definition without the finalizer of this controller.
fn released(mut definition: Object) -> Object {
    let left: Vec<Value> = definition.finalizers().filter(|name| *name != CLEANUP).map(Value::from).collect();
    if left.is_empty() {
        definition.remove(&["metadata", "finalizers"]);
    } else {
        definition.set(&["metadata", "finalizers"], left);
    }
    definition
}

/// The objects of a kind, each with its name and whether it is being deleted; read from the store itself.
fn instances(client: &mut Client<'_>, kind: &Kind) -> Result<Vec<Object>, Halt> {
    let projection = Projection {
        name: "objects of a definition",
        args: Value::Null,
        of: |_, objects| Value::list(objects.iter().map(outline)),
        join: |_, left, right| read::concatenated(left, right),
    };
    Ok(read::sorted(&client.view_live(Scope::everywhere(kind), projection)?))
}

fn outline(object: &Object) -> Value {
    let mut outline = Object::new(object["apiVersion"].text(), &object.key());
    let deletion = &object["metadata"]["deletionTimestamp"];
    if !deletion.is_null() {
        outline.set(&["metadata", "deletionTimestamp"], deletion.clone());
    }
    outline.0
}

#[cfg(test)]
mod tests {
    use super::Definitions;
    use crate::stage::Stage;
    use evenkeel_object::{Key, json};

    const CRD: (&str, &str) = ("apiextensions.k8s.io", "CustomResourceDefinition");

    fn definition(metadata: &serde_json::Value) -> serde_json::Value {
        let mut definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata,
            "spec": {"group": "x.io", "names": {"kind": "Lamp"}},
            "status": {"conditions": [{"type": "Established", "status": "True"}]}});
        definition["metadata"]["name"] = json!("lamps.x.io");
        definition
    }

    fn deleted(finalizers: &[&str]) -> serde_json::Value {
        definition(&json!({"deletionTimestamp": "1970-01-01T00:00:00Z", "finalizers": finalizers}))
    }

    fn lamp(name: &str, finalizers: &[&str]) -> serde_json::Value {
        json!({"apiVersion": "x.io/v1", "kind": "Lamp", "metadata": {"name": name, "namespace": "default", "finalizers": finalizers}})
    }

    const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

    fn reconcile(stage: &mut Stage) -> Vec<String> {
        stage.reconcile(&Definitions, &Key::new(super::kind(), "", "lamps.x.io"))
    }

    #[test]
    fn the_objects_of_a_definition_go_first_and_their_finalizers_hold_it() {
        let mut stage = Stage::of([deleted(&[CLEANUP]), lamp("a", &[]), lamp("b", &["x.io/off"])]);
        let waits = "retry: CustomResourceDefinition/lamps.x.io waits for its objects, and Lamp/b is still there";
        let told = "update status CustomResourceDefinition/lamps.x.io";
        assert_eq!(reconcile(&mut stage), [told, "delete Lamp/a", "delete Lamp/b", waits]);
        assert_eq!(
            stage.get(CRD, "lamps.x.io").condition("Terminating")["reason"].text(),
            "InstanceDeletionInProgress"
        );
        assert_eq!(reconcile(&mut stage), [told, waits]);
        stage.memory.objects.retain(|key, _| &*key.name != "b");
        assert_eq!(reconcile(&mut stage), [told, told]);
        let let_go = stage.get(CRD, "lamps.x.io");
        assert_eq!(let_go.condition("Terminating")["reason"].text(), "InstanceDeletionCompleted");
    }

    #[test]
    fn a_definition_that_nobody_deletes_and_one_that_others_hold_are_left_alone() {
        assert!(reconcile(&mut Stage::of([definition(&json!({})), lamp("a", &[])])).is_empty());
        assert!(reconcile(&mut Stage::of([deleted(&["x.io/other"]), lamp("a", &[])])).is_empty());
    }
}
