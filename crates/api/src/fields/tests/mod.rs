//! Ownership told in stories.

mod properties;

use evenkeel_object::{Object, Value, json};

use super::{Managers, Set, applied, updated, updated_in_shape};
use crate::shapes::{Shape, shape_of};
use crate::{Reason, Status, Subresource};

/// An object and what happens to it.
struct Story {
    object: Option<Object>,
}

impl Story {
    fn new() -> Story {
        Story { object: None }
    }

    fn apply(&mut self, manager: &str, spec: serde_json::Value) -> &mut Story {
        self.try_apply(manager, spec, false).expect("no conflict");
        self
    }

    fn force(&mut self, manager: &str, spec: serde_json::Value) -> &mut Story {
        self.try_apply(manager, spec, true).expect("forced");
        self
    }

    fn try_apply(&mut self, manager: &str, spec: serde_json::Value, force: bool) -> Result<(), Status> {
        let configuration = deployment(spec);
        let shape = shape_of(&configuration.kind());
        let live = self.object.as_ref();
        let object = applied(live, &configuration, manager, force, Subresource::Main, &shape)?;
        self.store(object);
        Ok(())
    }

    fn update(&mut self, manager: &str, change: impl Fn(&mut Object)) -> &mut Story {
        let mut after = self.object.clone().unwrap_or_else(|| deployment(json!({})));
        change(&mut after);
        let object = updated(self.object.as_ref(), after, manager, Subresource::Main);
        self.store(object);
        self
    }

    fn store(&mut self, mut object: Object) {
        object.set(&["metadata", "uid"], "Deployment/default/web#0");
        self.object = Some(object);
    }

    fn spec(&self) -> Value {
        self.object.as_ref().map(|object| object["spec"].clone()).unwrap_or_default()
    }

    /// Each manager with what it owns, a line each.
    fn owners(&self) -> String {
        let entries = self.object.as_ref().map(|object| object.at(&["metadata", "managedFields"]).clone());
        let managers = Managers::read(&entries.unwrap_or_default()).expect("sound bookkeeping");
        let lines = managers.0.iter().map(|(manager, set)| {
            let fields = set.to_string().trim_end().replace('\n', " ");
            format!("{:?} {}: {fields}", manager.operation, manager.name)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn deployment(spec: serde_json::Value) -> Object {
    let mut object = Object::from(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
    }));
    object.set(&["spec"], Value::from(spec));
    object
}

#[test]
fn an_applier_owns_what_it_says_and_nothing_else() {
    let mut story = Story::new();
    story.apply("git", json!({"replicas": 2, "selector": {"matchLabels": {"a": "1"}}}));
    assert_eq!(story.owners(), "Apply git: .spec.replicas .spec.selector");
}

#[test]
fn what_an_applier_gives_up_goes_unless_somebody_else_has_it() {
    let mut story = Story::new();
    story.apply("git", json!({"replicas": 2, "paused": true}));
    story.apply("helm", json!({"replicas": 2}));
    story.apply("git", json!({}));
    assert_eq!(story.spec(), json!({"replicas": 2}).into());
    story.apply("helm", json!({}));
    assert_eq!(story.spec(), json!({}).into());
}

#[test]
fn a_controller_that_writes_a_field_takes_it_and_is_then_in_the_way() {
    let mut story = Story::new();
    story.apply("git", json!({"replicas": 2, "paused": true}));
    story.update("hpa", |object| object.set(&["spec", "replicas"], 4));
    assert_eq!(story.owners(), "Apply git: .spec.paused\nUpdate hpa: .spec.replicas");
    let refusal =
        story.try_apply("git", json!({"replicas": 2, "paused": true}), false).expect_err("the field is another's");
    assert_eq!(refusal.reason, Reason::Conflict);
    assert_eq!(refusal.message, "Apply failed with 1 conflict: conflict with \"hpa\" using apps/v1: .spec.replicas");
    let cause = &refusal.causes[0];
    assert_eq!(
        [&cause.reason, &cause.field, &cause.message],
        ["FieldManagerConflict", ".spec.replicas", "conflict with \"hpa\" using apps/v1"]
    );
    story.force("git", json!({"replicas": 2, "paused": true}));
    assert_eq!(story.owners(), "Apply git: .spec.paused .spec.replicas");
    // https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership
    story.update("hpa", |object| object.set(&["spec", "replicas"], 4));
    story.apply("git", json!({"paused": true}));
    assert_eq!(story.spec()["replicas"], 4.into());
}

#[test]
fn quantities_conflict_by_spelling() {
    let pod = |cpu: &str| json!({"template": {"spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": cpu}}}]}}});
    let mut story = Story::new();
    story.apply("one", pod("1"));
    story.apply("two", pod("1"));
    let refusal = story.try_apply("three", pod("1000m"), false).expect_err("spelled otherwise");
    let fields: Vec<&str> = refusal.causes.iter().map(|cause| cause.field.as_str()).collect();
    assert_eq!(fields, [".spec.template.spec.containers[name=\"a\"].resources.limits.cpu"; 2]);
}

#[test]
fn forced_co_ownership_outlives_its_purpose() {
    let mut story = Story::new();
    story.apply("owner", json!({"replicas": 2, "paused": true}));
    story.force("third", json!({"replicas": 2, "paused": true}));
    story.apply("owner", json!({"replicas": 2}));
    assert_eq!(story.spec()["paused"], true.into());
}

#[test]
fn items_of_a_list_with_keys_have_owners_of_their_own() {
    let pod = |names: &[&str]| {
        let containers: Vec<_> = names.iter().map(|name| json!({"name": name, "image": "x"})).collect();
        json!({"template": {"spec": {"containers": containers}}})
    };
    let mut story = Story::new();
    story.apply("app", pod(&["app"])).apply("mesh", pod(&["proxy"])).apply("app", pod(&["app", "log"]));
    let names = |story: &Story| {
        let containers = story.spec().at(&["template", "spec", "containers"]).clone();
        containers.items().iter().map(|c| c["name"].text().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&story), ["app", "proxy", "log"]);
    story.apply("app", pod(&["log"]));
    assert_eq!(names(&story), ["proxy", "log"]);
}

#[test]
fn a_creator_owns_all_it_set_but_nothing_that_identifies() {
    let mut story = Story::new();
    story.update("kubectl", |object| {
        object.set(&["metadata", "labels", "a"], "1");
        object.set(&["spec", "replicas"], 1);
    });
    assert_eq!(story.owners(), "Update kubectl: .metadata.labels .metadata.labels.a .spec.replicas");
    let bare = Object::from(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x"}}));
    assert_eq!(updated(None, bare.clone(), "anybody", Subresource::Main), bare);
}

#[test]
fn an_object_that_nobody_manages_gets_a_manager_when_it_is_first_applied() {
    let mut story = Story::new();
    story.object = Some(deployment(json!({"replicas": 1})));
    story.update("hpa", |object| object.set(&["spec", "replicas"], 3));
    assert_eq!(story.owners(), "");
    let refusal = story.try_apply("git", json!({"replicas": 2}), false).expect_err("it was there before");
    assert_eq!(refusal.causes[0].message, "conflict with \"before-first-apply\" using apps/v1");
}

#[test]
fn a_status_is_owned_by_those_who_write_it_and_by_no_applier_of_the_rest() {
    let before = updated(None, deployment(json!({"replicas": 1})), "user", Subresource::Main);
    let mut after = before.clone();
    after.set(&["status", "replicas"], 1);
    after.set(&["spec", "replicas"], 7);
    let after = updated(Some(&before), after, "controller", Subresource::Status);
    let entries = after.at(&["metadata", "managedFields"]).items();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["subresource"].text(), "status");
    assert_eq!(entries[0]["fieldsV1"], json!({"f:status": {"f:replicas": {}}}).into());
    let mut configuration = deployment(json!({"paused": true}));
    configuration.set(&["status", "replicas"], 9);
    let shape = shape_of(&configuration.kind());
    let object = applied(Some(&after), &configuration, "git", false, Subresource::Main, &shape);
    let object = object.expect("the status is no conflict");
    let entry = object.at(&["metadata", "managedFields"]).items()[0].clone();
    assert_eq!(entry["fieldsV1"], json!({"f:spec": {"f:paused": {}}}).into());
}

#[test]
fn kubectl_takes_over_what_a_client_side_apply_left() {
    let mut story = Story::new();
    story.update("kubectl-client-side-apply", |object| {
        object.set(&["spec", "replicas"], 1);
        *object = crate::merge::with_last_applied(object.clone());
    });
    assert!(story.try_apply("other", json!({"replicas": 2}), false).is_err());
    story.apply("kubectl", json!({"replicas": 2}));
    let object = story.object.as_ref().expect("it was applied");
    let last = crate::merge::last_applied(object).expect("the annotation is kept");
    assert_eq!(last["spec"]["replicas"], 2.into());
}

#[test]
fn configurations_without_keys_are_refused_as_the_server_does() {
    let spec = json!({"template": {"spec": {"containers": [{"image": "x"}]}}});
    let refusal = Story::new().try_apply("git", spec, false).expect_err("no name");
    assert_eq!(refusal.code, 500);
    assert!(refusal.message.ends_with(
        ".spec.template.spec.containers: element 0: associative list with keys has an element that omits all key fields [\"name\"] (and \
         doesn't have default values for any key fields)"
    ));
    let twice = json!({"template": {"spec": {"containers": [{"name": "a"}, {"name": "a"}]}}});
    assert!(Story::new().try_apply("git", twice, false).is_err());
}

#[test]
fn custom_resources_own_their_structs_too() {
    let widget = Object::from(json!({
        "apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 1, "items": [1]},
    }));
    let object = updated_in_shape(None, widget, "user", Subresource::Main, &Shape::open());
    let set = Set::of_value(&object.at(&["metadata", "managedFields"]).items()[0]["fieldsV1"]);
    assert_eq!(set.to_string(), ".spec\n.spec.items\n.spec.size\n");
}
