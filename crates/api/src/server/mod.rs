//! The one function that decides what becomes of a request.
//!
//! * `kinds`, `table`, `definition`: what is known of a kind
//! * [`known`]: what can be asked about kinds from outside
//! * `create`, `update`, `delete`, `eviction`, `subresources`: the verbs; `withdrawn`: what becomes of a definition that is deleted
//! * `part`: what a write may change; `prepare`: what the server fills in; `metadata`: what is the server's own
//! * `validate`, `immutable`, `workload`, `counts`: what is refused for itself
//! * `admission`: what is refused or changed for the sake of others, in its order; `pod`, `limits`, `storage`, `webhook`, `quota`, `usage`: its steps
//! * `outside`: what is no object of the server's
//! * `fault`: refusals in the words of the real server

mod admission;
mod counts;
mod create;
mod definition;
mod delete;
mod eviction;
mod fault;
mod immutable;
mod kinds;
pub mod known;
mod limits;
mod metadata;
mod outside;
mod part;
mod pod;
mod prepare;
mod quota;
mod storage;
mod subresources;
mod table;
mod update;
mod usage;
mod validate;
mod webhook;
mod withdrawn;
mod workload;

use evenkeel_object::Object;

use crate::{Outcome, Read, Reason, Request, Status, Subresource, Verb, timer};
use kinds::Resource;

/// The API server: its settings, and nothing that changes.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Whether it is kept who wrote which field.
    pub field_managers: FieldManagers,
}

/// Whether `metadata.managedFields` is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FieldManagers {
    /// It is not: every state is smaller. Sound as long as nobody applies on the server's side, and who does is refused. The objects that are in the
    /// store from the start must have no `managedFields` either.
    #[default]
    Off,
    /// It is, as in the real server.
    On,
}

impl Server {
    /// Decides what becomes of a request, reading of the store only what it needs.
    pub fn handle(&self, store: &mut dyn Read, request: &Request) -> Outcome {
        self.decide(store, request).unwrap_or_else(Outcome::refused)
    }

    fn decide(&self, store: &mut dyn Read, request: &Request) -> Result<Outcome, Status> {
        if timer::is_timer(&request.key.kind) {
            return timer::kept(store, request);
        }
        if *request.key.kind.group == *outside::OUTSIDE {
            return outside::kept(store, request);
        }
        let resource = Resource::of(store, &request.key.kind)?;
        addressed(&resource, request)?;
        let mut call = Call { server: self, store, request, resource: &resource };
        match (request.subresource, &request.verb) {
            (Subresource::Main, Verb::Create(object)) => create::create(&mut call, object),
            (Subresource::Main, Verb::Delete { .. }) => delete::delete(&mut call),
            (Subresource::Eviction, Verb::Create(body)) => eviction::evict(&mut call, body),
            (Subresource::Binding, Verb::Create(body)) => subresources::bind(&mut call, body),
            (_, Verb::Create(_) | Verb::Delete { .. }) => Err(not_allowed()),
            (Subresource::Main, _) => update::update(&mut call),
            (Subresource::Status, _) if resource.has_status() => update::update(&mut call),
            (Subresource::Scale, _) => subresources::scale(&mut call),
            (Subresource::Finalize, Verb::Update(body)) => subresources::finalize(&mut call, body),
            (Subresource::Status, _) => Err(no_such_resource()),
            (Subresource::Eviction | Subresource::Binding | Subresource::Finalize, _) => Err(not_allowed()),
        }
    }
}

/// One request on its way through the server.
struct Call<'a> {
    server: &'a Server,
    store: &'a mut dyn Read,
    request: &'a Request,
    resource: &'a Resource,
}

impl Call<'_> {
    /// The object that the request is about.
    fn stored(&mut self) -> Result<Object, Status> {
        let key = &self.request.key;
        self.store.get(key).ok_or_else(|| fault::not_found(&self.resource.qualified(), &key.name))
    }
}

/// Refuses a request whose key does not fit its kind.
fn addressed(resource: &Resource, request: &Request) -> Result<(), Status> {
    let namespace = &request.key.namespace;
    match (resource.is_namespaced(), namespace.is_empty()) {
        (true, true) => {
            Err(fault::bad_request(format!("an empty namespace may not be set: {} are namespaced", resource.plural)))
        }
        (false, false) => Err(fault::bad_request(format!(
            "namespace {namespace:?} may not be set: {} are cluster-scoped",
            resource.plural
        ))),
        _ => Ok(()),
    }
}

fn not_allowed() -> Status {
    Status::new(Reason::MethodNotAllowed, "the server does not allow this method on the requested resource")
}

fn no_such_resource() -> Status {
    Status::new(Reason::NotFound, "the server could not find the requested resource")
}
