//! One version of a CustomResourceDefinition.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use evenkeel_object::{Kind, Map, Object, Value};
use rustc_hash::FxHashMap;

use super::check::check;
use super::declared;
use super::defaults::{add_defaults, drop_nulls};
use super::embedded::embedded;
use super::flaw::{Place, invalid, is_blocking, refusal};
use super::lists::repeated;
use super::prune::prune_object;
use super::rules::{Before, broken};
use super::schema::Schema;
use crate::cel::Type;
use crate::{Cause, Status};

/// One version of a CustomResourceDefinition: what it makes of the objects of its kind. Copying one copies pointers.
#[derive(Clone)]
pub struct Definition {
    kind: Kind,
    plural: Arc<str>,
    namespaced: bool,
    status: bool,
    scale: Option<Scale>,
    schema: Arc<Schema>,
}

/// Where the subresource `scale` finds what it shows, as names of fields from the top.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Scale {
    /// The replicas that are wanted.
    pub spec_replicas: Vec<Arc<str>>,
    /// The replicas that there are.
    pub status_replicas: Vec<Arc<str>>,
    /// The label selector, as text; not every kind has one.
    pub label_selector: Option<Vec<Arc<str>>>,
}

/// By the address of the spec and the version.
type Known = FxHashMap<(usize, Arc<str>), (Arc<Map>, Option<Definition>)>;

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// How many versions of definitions are kept.
const KNOWN_MAX: usize = 512;

impl Definition {
    /// What this CustomResourceDefinition says of that version; none if it does not serve it. An empty version is the one that is stored.
    ///
    /// The same definition (the same copy of its `spec`) is read once a thread.
    pub fn of(crd: &Object, version: &str) -> Option<Definition> {
        let Value::Map(spec) = &crd["spec"] else {
            return None;
        };
        KNOWN.with_borrow_mut(|known| {
            let key = (Arc::as_ptr(spec) as usize, Arc::from(version));
            if let Some((_, definition)) = known.get(&key) {
                return definition.clone();
            }
            if known.len() >= KNOWN_MAX {
                known.clear();
            }
            let definition = Definition::read(&crd["spec"], version);
            // The table keeps the spec, so its address stays its own.
            known.insert(key, (spec.clone(), definition.clone()));
            definition
        })
    }

    fn read(spec: &Value, version: &str) -> Option<Definition> {
        let chosen = spec["versions"].items().iter().find(|candidate| match version {
            "" => candidate["storage"].is_true(),
            _ => candidate["name"].text() == version && candidate["served"].is_true(),
        })?;
        let subresources = &chosen["subresources"];
        Some(Definition {
            kind: Kind::new(spec["group"].text(), spec["names"]["kind"].text()),
            plural: spec["names"]["plural"].text().into(),
            namespaced: spec["scope"].text() == "Namespaced",
            status: subresources.get("status").is_some_and(|status| !status.is_null()),
            scale: Scale::of(&subresources["scale"]),
            schema: Arc::new(Schema::of(&chosen["schema"]["openAPIV3Schema"])),
        })
    }

    /// Its kind.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The name of its resource, e.g. `certificates`.
    pub fn plural(&self) -> &str {
        &self.plural
    }

    /// Whether its objects are in namespaces.
    pub fn namespaced(&self) -> bool {
        self.namespaced
    }

    /// Whether the status is a part of its own, which only requests to `…/status` write.
    pub fn has_status(&self) -> bool {
        self.status
    }

    /// Where `…/scale` finds what it shows; none if there is no such subresource.
    pub fn scale(&self) -> Option<&Scale> {
        self.scale.as_ref()
    }

    /// The type of its objects, with that of their `metadata`.
    pub fn declared(&self, metadata: Type) -> Type {
        declared::object(&self.kind.name, &self.schema, metadata)
    }

    /// The object as it would be stored: with defaults, without what the schema does not know. Not yet validated.
    pub fn complete(&self, mut object: Object) -> Object {
        drop_nulls(&mut object, Some(&self.schema));
        add_defaults(&mut object, &self.schema);
        prune_object(&mut object, &self.schema);
        object
    }

    /// What is wrong with an object that replaces `before` (a creation, if none).
    pub fn causes(&self, object: &Object, before: Option<&Object>) -> Vec<Cause> {
        let top = Place::default();
        let old = before.map(|before| &before.0);
        let mut causes = check(&top, object, old, &self.schema).causes;
        causes.extend(self.scale.iter().flat_map(|scale| scale.causes(object)));
        causes.extend(embedded(&top, object, &self.schema));
        // Lists that had repeated items before may go on having some.
        if before.is_none_or(|before| repeated(&top, before, &self.schema).is_empty()) {
            causes.extend(repeated(&top, object, &self.schema));
        }
        if self.schema.has_rules {
            if causes.iter().any(is_blocking) {
                let text = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
                causes.push(invalid(&top, &Value::Null, text));
            } else {
                causes.extend(broken(&top, object, Before::of(object, old), &self.schema));
            }
        }
        causes
    }

    /// Takes an object that replaces `before` (a creation, if none): as it would be stored, or why it is refused (422).
    ///
    /// `before` is what is stored, which has been through here already.
    pub fn admit(&self, object: Object, before: Option<&Object>) -> Result<Object, Status> {
        let object = self.complete(object);
        let causes = self.causes(&object, before);
        match causes.is_empty() {
            true => Ok(object),
            false => Err(refusal(&self.kind, object.name(), causes)),
        }
    }
}

impl Scale {
    fn of(value: &Value) -> Option<Scale> {
        let fields = |path: &str| -> Vec<Arc<str>> { path.trim_start_matches('.').split('.').map(Arc::from).collect() };
        value.as_map()?;
        Some(Scale {
            spec_replicas: fields(value["specReplicasPath"].text()),
            status_replicas: fields(value["statusReplicasPath"].text()),
            label_selector: value["labelSelectorPath"].as_str().map(fields),
        })
    }

    /// What at these paths is no count of replicas.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresource/validator.go: ValidateScaleSpec
    fn causes(&self, object: &Object) -> Vec<Cause> {
        [&self.spec_replicas, &self.status_replicas]
            .into_iter()
            .filter_map(|path| {
                let fields: Vec<&str> = path.iter().map(|field| &**field).collect();
                let value = object.at(&fields);
                let detail = match value {
                    Value::Int(number) if *number < 0 => "should be a non-negative integer".to_string(),
                    Value::Int(number) if *number > i64::from(i32::MAX) => {
                        format!("should be less than or equal to {}", i32::MAX)
                    }
                    _ => return None,
                };
                Some(invalid(&Place::at(&path.join(".")), value, &detail))
            })
            .collect()
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Definition({:?})", self.kind)
    }
}
