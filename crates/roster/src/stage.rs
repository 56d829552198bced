//! A store with a plain server on which the tests of this crate let controllers act.
//!
//! It does what the controllers under test rely on and no more: names, uids, finalizers, phases of new Pods. Nothing is refused, unless a test says so,
//! or the asker itself says that its copy is old.

use evenkeel_api::timer::is_timer;
use evenkeel_api::{
    Memory, Precondition, Propagation, Question, Read, Request, Status, Subresource, Verb, Write, status::Reason,
};
use evenkeel_control::{Answer, Client, Controller, Done, Link, Pause};
use evenkeel_object::{Key, Kind, Object, Value, json, merge::merge_patch};

/// The store, and what was done to it.
#[derive(Default)]
pub(crate) struct Stage {
    pub(crate) memory: Memory,
    /// Which requests are refused: `create Pod` and the like.
    pub(crate) refused: Vec<&'static str>,
    /// The option to take at each choice; the first when there is none left.
    pub(crate) choices: Vec<usize>,
    pub(crate) lines: Vec<String>,
}

impl Stage {
    pub(crate) fn of(objects: impl IntoIterator<Item = serde_json::Value>) -> Stage {
        let mut stage = Stage::default();
        for object in objects {
            stage.put(object);
        }
        stage
    }

    /// Puts an object in as it is; without a uid it gets the one that the server would give it.
    pub(crate) fn put(&mut self, object: impl Into<Object>) {
        let mut object = object.into();
        if object.uid().is_empty() {
            let uid = uid_of(&object.key());
            object.set(&["metadata", "uid"], uid);
        }
        self.memory.insert(object);
    }

    pub(crate) fn get(&self, kind: (&str, &str), name: &str) -> Object {
        let of_kind = Kind::new(kind.0, kind.1);
        let found = self.memory.objects.values().find(|o| o.kind() == of_kind && o.name() == name);
        found.unwrap_or_else(|| panic!("no {} {name}", kind.1)).clone()
    }

    /// Changes an object by a merge patch.
    pub(crate) fn change(&mut self, kind: (&str, &str), name: &str, patch: serde_json::Value) {
        let changed = merge_patch(&self.get(kind, name).0, &patch.into());
        self.memory.insert(Object(changed));
    }

    /// Lets the Pods that are not terminating run and be ready, and takes away those that are.
    pub(crate) fn run_pods(&mut self) {
        let pods: Vec<Object> = self.memory.objects.values().filter(|o| o.kind().is("", "Pod")).cloned().collect();
        for mut pod in pods {
            if pod.is_terminating() {
                self.memory.objects.remove(&pod.key());
            } else if pod["status"]["phase"].text() == "Pending" {
                pod.set(
                    &["status"],
                    Value::from(json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})),
                );
                self.memory.insert(pod);
            }
        }
    }

    /// Lets a controller reconcile one subject; the requests as lines, and the end if it is not settled.
    pub(crate) fn reconcile(&mut self, controller: &dyn Controller, key: &Key) -> Vec<String> {
        self.lines.clear();
        let name = controller.name().to_owned();
        let done = controller.reconcile(&mut Client::new(self, &name), key).expect("this link never pauses");
        let mut lines = std::mem::take(&mut self.lines);
        if let Done::Retry(why) = done {
            lines.push(format!("retry: {why}"));
        }
        lines
    }

    fn carry_out(&mut self, request: &Request) -> Answer {
        let live = self.memory.get(&request.key);
        let after = match (&request.verb, live) {
            (Verb::Create(body), Some(mut pod)) if request.subresource == Subresource::Binding => {
                pod.set(&["spec", "nodeName"], body["target"]["name"].clone());
                Some(pod)
            }
            (Verb::Update(body), Some(mut live)) if request.subresource == Subresource::Scale => {
                live.set(&["spec", "replicas"], body["spec"]["replicas"].clone());
                Some(live)
            }
            (Verb::Delete { grace: Some(0), .. }, Some(live)) if live.finalizers().next().is_none() => None,
            (Verb::Create(timer), _) if is_timer(&request.key.kind) => Some(timer.clone()),
            (Verb::Create(object), live) => {
                let key = self.named(&object.key(), object);
                if live.is_some() && key == request.key {
                    return Err(Status::new(Reason::AlreadyExists, format!("{key} already exists")));
                }
                Some(created(object, &key))
            }
            (Verb::Apply { configuration, .. }, live) => Some(applied(live, configuration)),
            (_, None) => return Err(Status::new(Reason::NotFound, format!("{} not found", request.key))),
            (Verb::Update(object), Some(live)) => Some(updated(&live, object, request.subresource)),
            (Verb::MergePatch(patch), Some(live)) => Some(Object(merge_patch(&live.0, patch))),
            (Verb::StrategicPatch(patch), Some(live)) => Some(patched(live, patch)),
            (Verb::Delete { propagation, .. }, Some(live)) => deleted(live, *propagation),
        };
        let after = after.filter(|object| {
            !object.is_terminating()
                || object.finalizers().next().is_some()
                || object["spec"]["nodeName"].as_str().is_some()
        });
        let answer = after.clone().or_else(|| self.memory.get(&request.key));
        let key = after.as_ref().map_or(request.key.clone(), Object::key);
        self.memory.commit(&[Write { key, after }]);
        Ok(answer.expect("there was something to answer with"))
    }

    fn named(&self, key: &Key, object: &Object) -> Key {
        let mut key = key.clone();
        let prefix = object["metadata"]["generateName"].text();
        for number in 0.. {
            if !key.name.is_empty() {
                break;
            }
            key.name = format!("{prefix}~{number}").into();
            if self.memory.objects.contains_key(&key) {
                key.name = "".into();
            }
        }
        key
    }
}

impl Link for Stage {
    fn read(&mut self, question: &Question) -> Result<Value, Pause> {
        Ok(self.memory.ask(question))
    }

    fn write(&mut self, request: &Request) -> Result<Answer, Pause> {
        let line = described(request);
        if self.refused.iter().any(|refused| line.starts_with(refused)) {
            self.lines.push(format!("{line}: refused"));
            return Ok(Err(Status::new(Reason::Forbidden, "refused")));
        }
        if request.precondition == Precondition::Outdated {
            self.lines.push(format!("{line}: outdated"));
            return Ok(Err(Status::new(Reason::Conflict, "the object has been modified")));
        }
        let answer = self.carry_out(request);
        let name = answer.as_ref().map_or(request.key.name.clone(), |object| object.name().into());
        self.lines.push(if request.key.name.is_empty() { format!("{line}{name}") } else { line });
        Ok(answer)
    }

    fn choose(&mut self, _options: usize) -> Result<usize, Pause> {
        Ok(if self.choices.is_empty() { 0 } else { self.choices.remove(0) })
    }

    fn note(&mut self, _why: &str) {}
}

fn described(request: &Request) -> String {
    let verb = match &request.verb {
        Verb::Create(_) => "create",
        Verb::Update(_) => "update",
        Verb::MergePatch(_) | Verb::StrategicPatch(_) => "patch",
        Verb::Apply { .. } => "apply",
        Verb::Delete { .. } => "delete",
    };
    let part = match request.subresource {
        Subresource::Main => String::new(),
        other => format!(" {other:?}").to_lowercase(),
    };
    format!("{verb}{part} {}", request.key)
}

fn uid_of(key: &Key) -> String {
    format!("{}/{}/{}#0", key.kind.name, key.namespace, key.name)
}

fn created(object: &Object, key: &Key) -> Object {
    let mut object = object.clone();
    object.set(&["metadata", "name"], key.name.clone());
    object.set(&["metadata", "uid"], uid_of(key));
    if key.kind.is("", "Pod") {
        object.set(&["status", "phase"], "Pending");
    }
    object
}

fn updated(live: &Object, object: &Object, part: Subresource) -> Object {
    let mut after = if part == Subresource::Status { live.clone() } else { object.clone() };
    if part == Subresource::Status && !object["metadata"]["annotations"].is_null() {
        // A status update of a built-in kind takes the annotations along.
        after.set(&["metadata", "annotations"], object["metadata"]["annotations"].clone());
    }
    let status = if part == Subresource::Status { object } else { live }["status"].clone();
    if part == Subresource::Finalize {
        after = live.clone();
        after.set(&["spec"], object["spec"].clone());
    }
    if status.is_null() {
        after.remove(&["status"]);
    } else {
        after.set(&["status"], status);
    }
    after
}

fn applied(live: Option<Object>, configuration: &Object) -> Object {
    live.map_or_else(
        || created(configuration, &configuration.key()),
        |live| Object(merge_patch(&live.0, &configuration.0)),
    )
}

fn patched(live: Object, patch: &Value) -> Object {
    let mut after = live;
    for entry in patch["metadata"]["ownerReferences"].items() {
        let mut references: Vec<Value> = after["metadata"]["ownerReferences"].items().to_vec();
        let place = references.iter().position(|reference| reference["uid"] == entry["uid"]);
        match (place, entry["$patch"].text()) {
            (Some(place), "delete") => drop(references.remove(place)),
            (Some(place), _) => references[place] = merge_patch(&references[place], entry),
            (None, "delete") => {}
            (None, _) => references.push(entry.clone()),
        }
        set_or_drop(&mut after, "ownerReferences", references);
    }
    let mut finalizers: Vec<Value> = after["metadata"]["finalizers"].items().to_vec();
    finalizers.retain(|name| !patch["metadata"]["$deleteFromPrimitiveList/finalizers"].items().contains(name));
    finalizers.extend(patch["metadata"]["finalizers"].items().iter().cloned());
    set_or_drop(&mut after, "finalizers", finalizers);
    after
}

fn set_or_drop(object: &mut Object, field: &str, items: Vec<Value>) {
    if items.is_empty() {
        object.remove(&["metadata", field]);
    } else {
        object.set(&["metadata", field], items);
    }
}

fn deleted(mut live: Object, propagation: Option<Propagation>) -> Option<Object> {
    live.set(&["metadata", "deletionTimestamp"], "1970-01-01T00:00:00Z");
    if propagation == Some(Propagation::Foreground) {
        let mut finalizers: Vec<Value> = live["metadata"]["finalizers"].items().to_vec();
        finalizers.push("foregroundDeletion".into());
        set_or_drop(&mut live, "finalizers", finalizers);
    }
    Some(live)
}
