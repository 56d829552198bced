//! Custom resources: what their definition says to the server.

use evenkeel_object::{Object, Value};

use super::kinds::version_of;
use super::no_such_resource;
use crate::cel::Type;
use crate::custom::Definition;
use crate::shapes::Shape;
use crate::{Status, defaults};

/// A CustomResourceDefinition, as far as requests for its resource depend on it.
#[derive(Clone, Debug)]
pub(crate) struct Defined {
    definition: Object,
}

impl Defined {
    /// From what [`Defined::essence`] left of a definition.
    pub(crate) fn new(definition: Object) -> Defined {
        Defined { definition }
    }

    /// The part of a definition on which requests depend: its status and its metadata but the name, and whether it is being deleted, are left out.
    pub(crate) fn essence(definition: &Object) -> Value {
        let essence =
            Value::map().with(&["metadata", "name"], definition.name()).with(&["spec"], definition["spec"].clone());
        if definition.is_terminating() {
            return essence
                .with(&["metadata", "deletionTimestamp"], definition["metadata"]["deletionTimestamp"].clone());
        }
        essence
    }

    /// Whether the definition is being deleted.
    pub(crate) fn is_terminating(&self) -> bool {
        self.definition.is_terminating()
    }

    pub(crate) fn plural(&self) -> &str {
        self.definition["spec"]["names"]["plural"].text()
    }

    pub(crate) fn is_namespaced(&self) -> bool {
        self.definition["spec"]["scope"].text() == "Namespaced"
    }

    /// Whether any served version has the status subresource. That versions may differ in this is left out.
    pub(crate) fn has_status(&self) -> bool {
        self.subresources(|subresources| subresources.get("status").is_some())
    }

    /// Where `…/scale` finds the replicas.
    pub(crate) fn replicas(&self) -> Option<Vec<String>> {
        let path = self
            .versions()
            .map(|version| version["subresources"]["scale"]["specReplicasPath"].text())
            .find(|path| !path.is_empty())?;
        Some(path.trim_start_matches('.').split('.').map(str::to_owned).collect())
    }

    pub(crate) fn serves(&self, version: &str) -> bool {
        self.versions().any(|entry| entry["name"].text() == version && entry["served"].is_true())
    }

    /// Defaults, prunes and validates an object, in the version in which it was sent. It comes back in the one in which objects are stored.
    ///
    /// Conversion changes the `apiVersion` and nothing else, which is the strategy `None`; conversion webhooks are left out.
    pub(crate) fn admit(&self, object: Object, before: Option<&Object>) -> Result<Object, Status> {
        let version = version_of(&object).to_owned();
        let definition = Definition::of(&self.definition, &version).ok_or_else(no_such_resource)?;
        let mut admitted = definition.admit(object, before)?;
        let stored = format!("{}/{}", self.definition["spec"]["group"].text(), self.stored_version());
        if admitted["apiVersion"].text() != stored {
            admitted.set(&["apiVersion"], stored);
        }
        Ok(admitted)
    }

    /// Which of its lists are sets or maps, and what is atomic, in the version in which objects are stored.
    pub(crate) fn shape(&self) -> Shape {
        Shape::custom(&self.definition, self.stored_version()).unwrap_or_else(Shape::open)
    }

    /// The type of its objects in that version. An object keeps what it had when it was written in another version, so if there are several
    /// schemas, nothing is known of its fields.
    pub(crate) fn declared(&self, version: &str) -> Type {
        let kind = self.definition["spec"]["names"]["kind"].text();
        let mut schemas = self.versions().map(|version| &version["schema"]);
        let first = schemas.next();
        let is_one = schemas.all(|schema| Some(schema) == first);
        match Definition::of(&self.definition, version).filter(|_| is_one) {
            Some(definition) => definition.declared(defaults::metadata(&kind.into())),
            None => Type::Unknown,
        }
    }

    fn stored_version(&self) -> &str {
        let stored = self.versions().find(|version| version["storage"].is_true());
        stored.map_or("", |version| version["name"].text())
    }

    fn versions(&self) -> impl Iterator<Item = &Value> {
        self.definition["spec"]["versions"].items().iter()
    }

    fn subresources(&self, test: impl Fn(&Value) -> bool) -> bool {
        self.versions().any(|version| test(&version["subresources"]))
    }
}
