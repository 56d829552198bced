//! The client through which a controller learns and acts.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_api::{Precondition, Projection, Propagation, Question, Request, Scope, Status, Subresource, Verb, read};
use evenkeel_object::{Key, Object, Value};

/// The reconcile cannot go on before something outside it has happened. It is handed upwards by `?` and means nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pause;

/// What the server says to a write: the object as it is now, or why not.
pub type Answer = Result<Object, Status>;

/// The other end of a client: answers, or pauses the reconcile.
pub trait Link {
    /// Answers a read from the controller's cache.
    fn read(&mut self, question: &Question) -> Result<Value, Pause>;

    /// Answers a read from the API server itself.
    fn live(&mut self, question: &Question) -> Result<Value, Pause> {
        self.read(question)
    }

    /// Carries out a write.
    fn write(&mut self, request: &Request) -> Result<Answer, Pause>;

    /// Makes a choice that nothing the controller can read determines (the order of a map, a random pick among equals): each of
    /// `0..options` is a possible behaviour.
    fn choose(&mut self, options: usize) -> Result<usize, Pause>;

    /// Makes a choice among things that nothing the controller can read tells apart. The first stands for all, unless something else tells them apart:
    /// a cache that does not show that one of them is gone.
    fn choose_alike(&mut self, _options: usize) -> Result<usize, Pause> {
        Ok(0)
    }

    /// Notes, for people, why the writes that follow are made.
    fn note(&mut self, why: &str);
}

/// A controller's access to the cluster.
pub struct Client<'l> {
    link: &'l mut dyn Link,
    manager: Arc<str>,
    /// The answers that the reconcile does not go on with: whatever else it holds of these objects is older.
    disregarded: BTreeMap<Key, Object>,
}

impl<'l> Client<'l> {
    /// A client that writes as `manager`.
    pub fn new(link: &'l mut dyn Link, manager: &str) -> Client<'l> {
        Client { link, manager: manager.into(), disregarded: BTreeMap::new() }
    }

    /// Writes as another manager from now on, e.g. one that several processes share.
    pub fn writing_as(&mut self, manager: &str) {
        self.manager = manager.into();
    }

    /// The manager that it writes as.
    pub fn manager(&self) -> &str {
        &self.manager
    }

    /// The object of that key, from the cache.
    pub fn get(&mut self, key: &Key) -> Result<Option<Object>, Pause> {
        Ok(self.list(Scope::one(key))?.into_iter().next())
    }

    /// The object of that key, from the API server.
    pub fn get_live(&mut self, key: &Key) -> Result<Option<Object>, Pause> {
        let question = Question { scope: Scope::one(key), projection: Projection::objects() };
        let answer = self.link.live(&question)?;
        self.disregarded.remove(key);
        Ok(answer.items().first().map(|value| Object(value.clone())))
    }

    /// The objects of a scope, from the cache, in the order of their keys.
    ///
    /// A controller that needs less than the objects themselves should ask for a [`Client::view`].
    pub fn list(&mut self, scope: Scope) -> Result<Vec<Object>, Pause> {
        let found = read::sorted(&self.view(scope, Projection::objects())?);
        // A cache may still show the object as it was before.
        self.disregarded.retain(|_, newest| !found.contains(newest));
        Ok(found)
    }

    /// What `projection` makes of the objects of a scope, from the cache.
    pub fn view(&mut self, scope: Scope, projection: Projection) -> Result<Value, Pause> {
        self.link.read(&Question { scope, projection })
    }

    /// What `projection` makes of the objects of a scope, from the API server.
    pub fn view_live(&mut self, scope: Scope, projection: Projection) -> Result<Value, Pause> {
        self.link.live(&Question { scope, projection })
    }

    /// Chooses one of `options` in a way that nothing determines; every one of them is explored. Needs at least one.
    pub fn choose(&mut self, options: usize) -> Result<usize, Pause> {
        assert!(options > 0, "a choice among nothing");
        if options == 1 { Ok(0) } else { self.link.choose(options) }
    }

    /// Chooses one of `options` things that are alike in all that can be read of them; as far as it can make a difference, every one of them is explored.
    /// Needs at least one.
    pub fn choose_alike(&mut self, options: usize) -> Result<usize, Pause> {
        assert!(options > 0, "a choice among nothing");
        if options == 1 { Ok(0) } else { self.link.choose_alike(options) }
    }

    /// Notes that the reconcile changed an object by a request, and does not look at the answer: as long as it does not read the object anew, what it
    /// sends of it carries a version that is no longer the newest. (A request that changed nothing leaves the version as it was, and is none to note.)
    pub fn disregard(&mut self, answer: Object) {
        self.disregarded.insert(answer.key(), answer);
    }

    /// What the version of an object that the reconcile has read says now, as far as it knows itself. Whether others changed the object, the link knows.
    pub fn precondition(&self, key: &Key) -> Precondition {
        if self.disregarded.contains_key(key) { Precondition::Outdated } else { Precondition::Unchanged }
    }

    /// Notes, for people, why the writes that follow are made, e.g. `HorizontalPodAutoscaler/web has minReplicas 4`.
    pub fn because(&mut self, why: impl AsRef<str>) {
        self.link.note(why.as_ref());
    }

    /// Creates an object. With `metadata.generateName` instead of a name, the server makes one up.
    pub fn create(&mut self, object: Object) -> Result<Answer, Pause> {
        let key = object.key();
        self.send(key, Subresource::Main, Verb::Create(object), Precondition::None)
    }

    /// Replaces an object (all but its status) if it is still as it was read.
    pub fn update(&mut self, object: Object) -> Result<Answer, Pause> {
        let precondition = self.precondition(&object.key());
        self.send(object.key(), Subresource::Main, Verb::Update(object), precondition)
    }

    /// Replaces an object (all but its status) whatever became of it since it was read.
    pub fn overwrite(&mut self, object: Object) -> Result<Answer, Pause> {
        self.send(object.key(), Subresource::Main, Verb::Update(object), Precondition::None)
    }

    /// Replaces the status of an object if the object is still as it was read.
    pub fn update_status(&mut self, object: Object) -> Result<Answer, Pause> {
        let precondition = self.precondition(&object.key());
        self.send(object.key(), Subresource::Status, Verb::Update(object), precondition)
    }

    /// Changes an object by a JSON merge patch.
    pub fn patch(&mut self, key: &Key, patch: Value) -> Result<Answer, Pause> {
        self.send(key.clone(), Subresource::Main, Verb::MergePatch(patch), Precondition::None)
    }

    /// Changes the status of an object by a JSON merge patch (of the whole object: `{"status": …}`).
    pub fn patch_status(&mut self, key: &Key, patch: Value) -> Result<Answer, Pause> {
        self.send(key.clone(), Subresource::Status, Verb::MergePatch(patch), Precondition::None)
    }

    /// Applies a configuration on the server's side.
    pub fn apply(&mut self, configuration: Object, force: bool) -> Result<Answer, Pause> {
        let key = configuration.key();
        self.send(key, Subresource::Main, Verb::Apply { configuration, force }, Precondition::None)
    }

    /// Sets the replicas of a scalable object.
    pub fn scale(&mut self, key: &Key, replicas: i64) -> Result<Answer, Pause> {
        let body = Object::from(Value::map().with(&["spec", "replicas"], replicas));
        self.send(key.clone(), Subresource::Scale, Verb::Update(body), Precondition::None)
    }

    /// Binds a Pod to a node.
    pub fn bind(&mut self, pod: &Key, node: &str) -> Result<Answer, Pause> {
        let body = Object::from(Value::map().with(&["target", "name"], node));
        self.send(pod.clone(), Subresource::Binding, Verb::Create(body), Precondition::None)
    }

    /// Deletes an object, with the propagation that is the kind's default.
    pub fn delete(&mut self, key: &Key) -> Result<Answer, Pause> {
        self.delete_with(key, None, None)
    }

    /// Deletes an object; only that incarnation, if a uid is given.
    pub fn delete_with(
        &mut self,
        key: &Key,
        propagation: Option<Propagation>,
        uid: Option<&str>,
    ) -> Result<Answer, Pause> {
        let verb = Verb::Delete { propagation, uid: uid.map(Arc::from), grace: None };
        self.send(key.clone(), Subresource::Main, verb, Precondition::None)
    }

    /// Sends any request.
    pub fn send(
        &mut self,
        key: Key,
        subresource: Subresource,
        verb: Verb,
        precondition: Precondition,
    ) -> Result<Answer, Pause> {
        let manager = self.manager.clone();
        self.link.write(&Request { manager, key, subresource, verb, precondition })
    }
}
