//! A server and a store, and requests that read well.

use evenkeel_api::defaults;
use evenkeel_api::{Memory, Precondition, Propagation, Request, Server, Subresource, Verb};
use evenkeel_object::{Key, Kind, Object, Value};

/// What the tests send requests to.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) store: Memory,
}

impl World {
    /// A store with these objects, in the form in which they are stored, but unseen by any server.
    pub(crate) fn of(objects: impl IntoIterator<Item = Object>) -> World {
        let mut world = World::default();
        for mut object in objects {
            defaults::apply(&object.kind(), &mut object);
            world.store.insert(object);
        }
        world
    }

    pub(crate) fn create(&mut self, object: Object) -> String {
        self.send(object.key(), Subresource::Main, Verb::Create(object))
    }

    pub(crate) fn update(&mut self, object: Object) -> String {
        self.send(object.key(), Subresource::Main, Verb::Update(object))
    }

    pub(crate) fn status(&mut self, object: Object) -> String {
        self.send(object.key(), Subresource::Status, Verb::Update(object))
    }

    pub(crate) fn patch(&mut self, key: &Key, patch: impl Into<Object>) -> String {
        let patch = patch.into().0;
        self.send(key.clone(), Subresource::Main, Verb::MergePatch(patch))
    }

    pub(crate) fn patch_status(&mut self, key: &Key, patch: impl Into<Object>) -> String {
        let patch = patch.into().0;
        self.send(key.clone(), Subresource::Status, Verb::MergePatch(patch))
    }

    pub(crate) fn delete(&mut self, key: &Key) -> String {
        self.delete_with(key, None, None)
    }

    pub(crate) fn delete_with(&mut self, key: &Key, propagation: Option<Propagation>, grace: Option<u32>) -> String {
        let verb = Verb::Delete { propagation, uid: None, grace };
        self.send(key.clone(), Subresource::Main, verb)
    }

    pub(crate) fn send(&mut self, key: Key, subresource: Subresource, verb: Verb) -> String {
        self.send_if(key, subresource, verb, Precondition::None)
    }

    /// Sends a request, carries out what was decided, and says what that is: the keys that were written, `-` before those that were removed, or the
    /// refusal.
    pub(crate) fn send_if(
        &mut self,
        key: Key,
        subresource: Subresource,
        verb: Verb,
        precondition: Precondition,
    ) -> String {
        let manager = "tester".into();
        let request = Request { manager, key, subresource, verb, precondition };
        let outcome = self.server.handle(&mut self.store, &request);
        self.store.commit(&outcome.writes);
        let writes: Vec<String> = outcome
            .writes
            .iter()
            .map(|write| match &write.after {
                Some(object) => {
                    assert_eq!(object.key(), write.key);
                    let mut again = object.clone();
                    defaults::apply(&write.key.kind, &mut again);
                    assert_eq!(*object, again, "what is stored is in the form in which it is stored");
                    write.key.to_string()
                }
                None => format!("-{}", write.key),
            })
            .collect();
        match outcome.answer {
            Err(status) => {
                assert!(writes.is_empty(), "a refusal writes nothing");
                status.to_string()
            }
            Ok(_) if writes.is_empty() => "unchanged".to_owned(),
            Ok(answer) => {
                if let Some(object) = &outcome.writes[0].after {
                    assert_eq!(answer, *object, "the answer is what is stored");
                }
                writes.join(" ")
            }
        }
    }

    /// A stored object.
    pub(crate) fn get(&self, key: &Key) -> Object {
        self.store.objects.get(key).expect("it is stored").clone()
    }

    /// A field of a stored object.
    pub(crate) fn field(&self, key: &Key, way: &[&str]) -> Value {
        self.get(key).at(way).clone()
    }

    pub(crate) fn has(&self, key: &Key) -> bool {
        self.store.objects.contains_key(key)
    }
}

/// `apps/Deployment/web`, `/Pod/web`, in the namespace `default` unless the kind has none.
pub(crate) fn key(text: &str) -> Key {
    let parts: Vec<&str> = text.split('/').collect();
    let is_cluster_scoped = matches!(
        parts[1],
        "Namespace"
            | "Node"
            | "PersistentVolume"
            | "CustomResourceDefinition"
            | "ClusterRole"
            | "ValidatingWebhookConfiguration"
            | "MutatingWebhookConfiguration"
            | "PriorityClass"
    );
    let namespace = if is_cluster_scoped { "" } else { "default" };
    Key::new(Kind::new(parts[0], parts[1]), namespace, parts[2])
}

/// A Deployment named `web`.
pub(crate) fn deployment(replicas: i64) -> Object {
    Object::from(evenkeel_object::json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    }))
}

/// A Pod with one container.
pub(crate) fn pod(name: &str) -> Object {
    Object::from(evenkeel_object::json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }))
}

/// A ConfigMap with some data.
pub(crate) fn config(name: &str, data: &str) -> Object {
    Object::from(evenkeel_object::json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": {"k": data},
    }))
}
