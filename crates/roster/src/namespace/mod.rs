//! The namespace controller: empties namespaces that are being deleted, and lets them go when nothing is left.
//!
//! Left out: how long it waits between two attempts. What is being deleted already is not deleted again, as that changes nothing, unless it waits for
//! its dependents: deletion in the background ends that.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/namespace/deletion/namespaced_resources_deleter.go>.

mod remains;
#[cfg(test)]
mod tests;

use evenkeel_api::{Precondition, Projection, Propagation, Read, Scope, Select, Subresource, Verb, read};
use evenkeel_control::{Client, Controller, Done, Event, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Value};

use evenkeel_control::halt::{Halt, ended};

use remains::{Remains, conditions_of};

/// The finalizer in a namespace's spec that this controller removes.
const FINALIZER: &str = "kubernetes";
const TRIES: usize = 5;

/// The namespace controller.
#[derive(Clone, Copy, Debug, Default)]
pub struct Namespaces;

fn kind() -> Kind {
    Kind::new("", "Namespace")
}

impl Controller for Namespaces {
    fn name(&self) -> &str {
        "namespace-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    /// What is in a namespace wakes nobody; while anything is left, it looks again after a while.
    fn wakes(&self) -> Wakes {
        Wakes::On(vec![kind()])
    }

    fn woken(&self, event: &Event, _store: &mut dyn Read) -> Vec<Key> {
        event.after.iter().map(Object::key).collect()
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(sync(client, key))
    }
}

fn sync(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    if !client.get(key)?.is_some_and(|cached| cached.is_terminating()) {
        return Ok(());
    }
    let Some(namespace) = client.get_live(key)?.filter(Object::is_terminating) else {
        return Ok(());
    };
    client.because(format!("{key} is being deleted"));
    let marked = retried(client, namespace, mark_terminating)?;
    let Some(namespace) = marked.filter(|namespace| !namespace["spec"]["finalizers"].items().is_empty()) else {
        return Ok(());
    };
    let remains = empty(client, &key.name)?;
    tell(client, &namespace, &remains)?;
    if !remains.undiscovered.is_empty() || !remains.refusals.is_empty() {
        let mut errors = remains.undiscovered;
        errors.extend(remains.refusals);
        return Err(Halt::Retry(errors.join("; ")));
    }
    if !remains.resources.is_empty() {
        return Err(Halt::Retry(format!("some content remains in {key}")));
    }
    retried(client, namespace, finalize).map(|_| ())
}

/// Does something to the namespace; while it changes meanwhile, on the object as the server has it then. None if it is gone.
fn retried(
    client: &mut Client<'_>,
    namespace: Object,
    act: impl Fn(&mut Client<'_>, &Object) -> Result<evenkeel_control::Answer, Pause>,
) -> Result<Option<Object>, Halt> {
    let mut latest = namespace;
    for _ in 0..TRIES {
        match act(client, &latest)? {
            Ok(done) => return Ok(Some(done)),
            Err(status) if status.is_not_found() => return Ok(None),
            Err(status) if !status.is_conflict() => return Err(status.into()),
            Err(_) => {}
        }
        match client.get_live(&latest.key())? {
            Some(fresh) if fresh.uid() == latest.uid() => latest = fresh,
            Some(_) => {
                return Err(Halt::Retry("namespace uid has changed across retries".into()));
            }
            None => return Ok(None),
        }
    }
    Err(Halt::Retry(format!("{} keeps changing", latest.key())))
}

fn mark_terminating(client: &mut Client<'_>, namespace: &Object) -> Result<evenkeel_control::Answer, Pause> {
    if namespace["status"]["phase"].text() == "Terminating" {
        return Ok(Ok(namespace.clone()));
    }
    let mut marked = namespace.clone();
    marked.set(&["status", "phase"], "Terminating");
    client.update_status(marked)
}

fn finalize(client: &mut Client<'_>, namespace: &Object) -> Result<evenkeel_control::Answer, Pause> {
    client.because(format!("nothing is left in {}", namespace.key()));
    let mut finalized = namespace.clone();
    let finalizers = namespace["spec"]["finalizers"].items().iter();
    let left: Vec<Value> = finalizers.filter(|name| name.text() != FINALIZER).cloned().collect();
    finalized.set(&["spec", "finalizers"], left);
    client.send(namespace.key(), Subresource::Finalize, Verb::Update(finalized), Precondition::Unchanged)
}

/// Deletes everything in the namespace, Pods first; other kinds only once no Pod is left.
fn empty(client: &mut Client<'_>, namespace: &str) -> Result<Remains, Halt> {
    let mut remains = Remains { undiscovered: undiscovered(client)?, ..Remains::default() };
    let pods = Some(Kind::new("", "Pod"));
    delete_all(client, namespace, pods.clone(), &mut remains)?;
    count_rest(client, namespace, pods, &mut remains)?;
    if remains.resources.is_empty() {
        delete_all(client, namespace, None, &mut remains)?;
        count_rest(client, namespace, None, &mut remains)?;
    }
    Ok(remains)
}

fn content(client: &mut Client<'_>, namespace: &str, kind: Option<Kind>) -> Result<Vec<Object>, Halt> {
    let projection = Projection {
        name: "content of a namespace",
        args: Value::Null,
        of: |_, objects| Value::list(objects.iter().map(outline)),
        join: |_, left, right| read::concatenated(left, right),
    };
    let scope = Scope { kind, namespace: Some(namespace.into()), select: Select::All };
    Ok(read::sorted(&client.view_live(scope, projection)?))
}

fn outline(object: &Object) -> Value {
    let mut outline = Object::new(object["apiVersion"].text(), &object.key());
    for field in ["finalizers", "deletionTimestamp"] {
        let value = &object["metadata"][field];
        if !value.is_null() {
            outline.set(&["metadata", field], value.clone());
        }
    }
    outline.0
}

fn delete_all(client: &mut Client<'_>, namespace: &str, kind: Option<Kind>, remains: &mut Remains) -> Result<(), Halt> {
    let waits = |object: &Object| object.finalizers().any(|name| matches!(name, "foregroundDeletion" | "orphan"));
    for object in content(client, namespace, kind)? {
        if object.is_terminating() && !waits(&object) {
            continue;
        }
        match client.delete_with(&object.key(), Some(Propagation::Background), None)? {
            Err(status) if !status.is_not_found() => remains.refusals.push(status.message),
            _ => {}
        }
    }
    Ok(())
}

fn count_rest(client: &mut Client<'_>, namespace: &str, kind: Option<Kind>, remains: &mut Remains) -> Result<(), Halt> {
    for object in content(client, namespace, kind)? {
        let kind = object.kind();
        let resource = (plural(&kind.name), kind.group.to_string());
        *remains.resources.entry(resource).or_default() += 1;
        for finalizer in object.finalizers() {
            *remains.finalizers.entry(finalizer.to_owned()).or_default() += 1;
        }
    }
    Ok(())
}

/// The name of a kind's resource as Kubernetes forms it where it does not know better.
pub(crate) fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    if lower.ends_with('s') {
        format!("{lower}es")
    } else if let Some(stem) = lower.strip_suffix('y') {
        format!("{stem}ies")
    } else if lower == "endpoints" {
        lower
    } else {
        format!("{lower}s")
    }
}

/// The groups and versions that an API server behind the aggregator should serve and does not: they hold up the end of every namespace.
fn undiscovered(client: &mut Client<'_>) -> Result<Vec<String>, Halt> {
    let projection = Projection {
        name: "unavailable groups",
        args: Value::Null,
        of: |_, services| {
            let is_down = |s: &&Object| !s["spec"]["service"].is_null() && !s.is_condition_true("Available");
            let name =
                |s: &Object| Value::from(format!("{}/{}", s["spec"]["group"].text(), s["spec"]["version"].text()));
            Value::list(services.iter().filter(is_down).map(name))
        },
        join: |_, left, right| read::concatenated(left, right),
    };
    let services = Kind::new("apiregistration.k8s.io", "APIService");
    let found = client.view_live(Scope::everywhere(&services), projection)?;
    let mut names: Vec<String> = found.items().iter().map(|name| name.text().to_owned()).collect();
    names.sort();
    Ok(names)
}

/// Writes what holds the namespace up into its conditions; that this is refused is ignored.
fn tell(client: &mut Client<'_>, namespace: &Object, remains: &Remains) -> Result<(), Halt> {
    let mut conditions = namespace["status"]["conditions"].items().to_vec();
    for condition in conditions_of(remains) {
        match conditions.iter().position(|other| other["type"] == condition["type"]) {
            Some(place) => conditions[place] = condition,
            None => conditions.push(condition),
        }
    }
    if namespace["status"]["conditions"].items() == conditions {
        return Ok(());
    }
    let mut told = namespace.clone();
    told.set(&["status", "conditions"], conditions);
    // The real one does not look at the answer either.
    let _ = client.update_status(told)?;
    Ok(())
}
