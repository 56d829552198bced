//! Server-side apply, on a server that keeps field managers.

use evenkeel_api::{FieldManagers, Request, Server, Subresource, Verb};
use evenkeel_object::{Object, json};

use crate::world::{World, config, deployment, key};

/// On a server that keeps them.
pub(crate) fn keeping() -> World {
    World { server: Server { field_managers: FieldManagers::On }, ..World::default() }
}

/// Applies, and says what came of it.
pub(crate) fn apply(world: &mut World, manager: &str, configuration: Object, force: bool) -> String {
    let request = Request {
        manager: manager.into(),
        key: configuration.key(),
        subresource: Subresource::Main,
        verb: Verb::Apply { configuration, force },
        precondition: evenkeel_api::Precondition::None,
    };
    let outcome = world.server.handle(&mut world.store, &request);
    world.store.commit(&outcome.writes);
    match outcome.answer {
        Err(status) => status.code.to_string(),
        Ok(_) if outcome.writes.is_empty() => "unchanged".to_owned(),
        Ok(_) => "written".to_owned(),
    }
}

#[test]
fn an_apply_creates_and_applying_again_changes_nothing() {
    let mut world = keeping();
    assert_eq!(apply(&mut world, "a", deployment(2), false), "written");
    assert_eq!(apply(&mut world, "a", deployment(2), false), "unchanged");
    assert_eq!(apply(&mut world, "a", deployment(3), false), "written");
    let web = world.get(&key("apps/Deployment/web"));
    assert_eq!(web["spec"]["replicas"].as_int(), Some(3));
    assert_eq!(web["metadata"]["managedFields"].items().len(), 1);
}

#[test]
fn another_manager_s_field_is_a_conflict_unless_it_is_forced() {
    let mut world = keeping();
    apply(&mut world, "a", config("c", "1"), false);
    assert_eq!(apply(&mut world, "b", config("c", "2"), false), "409");
    assert_eq!(apply(&mut world, "b", config("c", "1"), false), "written");
    assert_eq!(apply(&mut world, "b", config("c", "2"), true), "written");
    assert_eq!(apply(&mut world, "b", config("c", "2"), false), "unchanged");
}

#[test]
fn what_a_manager_gives_up_is_taken_away() {
    let mut world = keeping();
    let mut two = config("c", "1");
    two.set(&["data", "l"], "2");
    apply(&mut world, "a", two, false);
    apply(&mut world, "a", config("c", "1"), false);
    assert!(world.field(&key("/ConfigMap/c"), &["data", "l"]).is_null());
}

#[test]
fn a_no_op_update_changes_no_ownership() {
    let mut world = keeping();
    apply(&mut world, "a", deployment(2), false);
    let web = key("apps/Deployment/web");
    let stored = world.get(&web);
    assert_eq!(world.update(stored), "unchanged");
    assert_eq!(world.patch(&web, json!({"spec": {"replicas": 2}})), "unchanged");
    assert_eq!(world.patch(&web, json!({"spec": {"replicas": 5}})), "Deployment/web");
    assert_eq!(apply(&mut world, "a", deployment(2), false), "409");
}
