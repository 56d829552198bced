//! POST: a new object.

use evenkeel_object::{Key, Object, Value};

use super::{Call, FieldManagers, admission, fault, metadata, part, prepare, validate, withdrawn};
use crate::read::concatenated;
use crate::{Outcome, Projection, Question, Reason, Request, Scope, Status, Write};
use crate::{defaults, fields};

/// Creates the object that was sent.
pub(crate) fn create(call: &mut Call<'_>, object: &Object) -> Result<Outcome, Status> {
    let object = readable(call, object)?;
    withdrawn::stays(call, &object)?;
    let object = part::cleared(call.resource, object);
    let object = call.fitted(call.decoded(object), None)?;
    let object = call.tracked(None, object);
    admitted(call, object)
}

/// Creates an object that is defaulted, and that says who wrote what.
pub(crate) fn admitted(call: &mut Call<'_>, object: Object) -> Result<Outcome, Status> {
    let object = admission::mutated(call, None, object)?;
    let object = metadata::identified(call.store, call.resource, object);
    // What comes back from the store is decoded again: a Job gets the labels that its template got just now.
    let object = call.decoded(prepare::created(call.resource, object));
    validate::created(call.resource, &object)?;
    // Admission may charge quotas, and in a cluster they stay charged, until their controller looks, if the name then turns out to be taken. That
    // charge is left out.
    let mut writes = admission::validated(call, None, &object)?;
    is_free(call, &object)?;
    let object = metadata::renumbered(object);
    let key = Key::new(call.resource.kind.clone(), object.namespace(), object.name());
    writes.insert(0, Write { key, after: Some(object.clone()) });
    Ok(Outcome { answer: Ok(object), writes })
}

/// The body of a request, with the name and the namespace that were asked for. Refused if the types of the kind cannot hold it.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/rest.go: transformDecodeError
pub(crate) fn readable(call: &Call<'_>, object: &Object) -> Result<Object, Status> {
    call.resource.served(object)?;
    let kind = &call.resource.kind;
    if let Some(why) = defaults::undecodable(kind, object) {
        let version = object["apiVersion"].text();
        let version = version.rsplit('/').next().unwrap_or(version);
        let name = &kind.name;
        return Err(fault::bad_request(format!("{name} in version {version:?} cannot be handled as a {name}: {why}")));
    }
    addressed(call, object.clone())
}

/// The object with the name and the namespace that were asked for. Refused if it says something else, or has no name to be.
pub(crate) fn addressed(call: &Call<'_>, mut object: Object) -> Result<Object, Status> {
    call.resource.served(&object)?;
    let key = &call.request.key;
    for (field, asked, own) in
        [("namespace", &key.namespace, object.namespace().to_owned()), ("name", &key.name, object.name().to_owned())]
    {
        if own.is_empty() && !asked.is_empty() {
            object.set(&["metadata", field], asked.clone());
        } else if !(**asked == *own || field == "name" && asked.is_empty()) {
            return Err(fault::bad_request(format!(
                "the {field} of the provided object does not match the {field} sent on the request"
            )));
        }
    }
    if object.name().is_empty() && object["metadata"]["generateName"].text().is_empty() {
        let cause = fault::required("metadata.name", "name or generateName is required");
        return Err(fault::invalid(call.resource, "", vec![cause]));
    }
    Ok(object)
}

fn is_free(call: &mut Call<'_>, object: &Object) -> Result<(), Status> {
    let key = Key::new(call.resource.kind.clone(), object.namespace(), object.name());
    // Only whether it is there, and whether it is about to go, can matter.
    let taken = call.store.ask(&Question {
        scope: Scope::one(&key),
        projection: Projection {
            name: "terminating",
            args: Value::Null,
            of: |_, objects| {
                let terminating = objects.iter().map(|object| object.is_terminating().into());
                Value::list(terminating)
            },
            join: |_, left, right| concatenated(left, right),
        },
    });
    let Some(terminating) = taken.items().first() else {
        return Ok(());
    };
    let message = format!("{} {:?} already exists", call.resource.qualified(), key.name);
    Err(Status::new(
        Reason::AlreadyExists,
        if terminating.is_true() { format!("object is being deleted: {message}") } else { message },
    ))
}

impl Call<'_> {
    /// What the server decodes from an object that was sent: with defaults, if the kind is built in.
    pub(crate) fn decoded(&self, object: Object) -> Object {
        self.resource.with_defaults(object)
    }

    /// A custom resource with its defaults, pruned and validated; anything else as it is.
    pub(crate) fn fitted(&self, object: Object, before: Option<&Object>) -> Result<Object, Status> {
        match self.resource.custom() {
            Some(defined) => defined.admit(object, before),
            None => Ok(object),
        }
    }

    /// An object that says which of its fields this request wrote.
    pub(crate) fn tracked(&self, before: Option<&Object>, mut object: Object) -> Object {
        match self.server.field_managers {
            FieldManagers::Off => {
                object.remove(&["metadata", "managedFields"]);
                object
            }
            FieldManagers::On => {
                let shape = self.resource.shape();
                let Request { manager, subresource, .. } = self.request;
                fields::updated_in_shape(before, object, manager, *subresource, &shape)
            }
        }
    }
}
