//! Resource quotas.

use evenkeel_object::{Object, Value, json};

use crate::world::{World, config, key, pod};

/// A quota with that limit and that use of each resource.
fn quota(amounts: &[(&str, &str, &str)]) -> Object {
    let list = |part: fn(&(&str, &str, &str)) -> String| {
        Value::fields(amounts.iter().map(|entry| (entry.0.to_owned(), part(entry).into())))
    };
    let hard = list(|(_, hard, _)| (*hard).to_owned());
    let used = list(|(_, _, used)| (*used).to_owned());
    Object::from(json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "default"},
        "spec": {"hard": hard}, "status": {"hard": hard, "used": used},
    }))
}

fn sized(cpu: &str, memory: &str) -> Object {
    let mut object = pod("web");
    let containers = json!([{"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu, "memory": memory}}}]);
    object.set(&["spec", "containers"], Value::from(containers));
    object
}

/// Creates an object under a quota; with what it uses afterwards.
fn check(quota: Object, object: Object, expect: &str, used: &[(&str, &str)]) {
    let mut world = World::of([quota]);
    assert_eq!(world.create(object), expect);
    for (resource, amount) in used {
        let now = world.field(&key("/ResourceQuota/q"), &["status", "used", resource]);
        assert_eq!(now.text(), *amount, "{resource}");
    }
}

#[test]
fn a_creation_charges_the_quota_in_the_same_request() {
    check(quota(&[("pods", "4", "3")]), pod("web"), "Pod/web ResourceQuota/q", &[("pods", "4")]);
    check(
        quota(&[("count/configmaps", "4", "0")]),
        config("a", "1"),
        "ConfigMap/a ResourceQuota/q",
        &[("count/configmaps", "1")],
    );
    check(
        quota(&[("requests.cpu", "2", "500m"), ("memory", "4Gi", "1Gi")]),
        sized("1", "512Mi"),
        "Pod/web ResourceQuota/q",
        &[("requests.cpu", "1500m"), ("memory", "1536Mi")],
    );
    check(quota(&[("pods", "4", "4")]), config("a", "1"), "ConfigMap/a", &[("pods", "4")]);
}

#[test]
fn one_too_many_is_refused() {
    check(
        quota(&[("pods", "3", "3")]),
        pod("web"),
        "403 Forbidden: pods \"web\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3",
        &[("pods", "3")],
    );
    check(
        quota(&[("requests.cpu", "2", "1500m")]),
        sized("1", "1Gi"),
        "403 Forbidden: pods \"web\" is forbidden: exceeded quota: q, requested: requests.cpu=1, used: requests.cpu=1500m, limited: requests.cpu=2",
        &[],
    );
}

#[test]
fn what_a_quota_limits_has_to_be_specified() {
    check(
        quota(&[("limits.cpu", "2", "0")]),
        sized("1", "1Gi"),
        "403 Forbidden: pods \"web\" is forbidden: failed quota: q: must specify limits.cpu for: c",
        &[],
    );
}

#[test]
fn a_quota_that_was_not_calculated_refuses_and_one_without_a_status_does_nothing() {
    let mut uncounted = quota(&[("pods", "3", "0")]);
    uncounted.remove(&["status", "used"]);
    check(
        uncounted,
        pod("web"),
        "403 Forbidden: pods \"web\" is forbidden: status unknown for quota: q, resources: pods",
        &[],
    );
    let mut fresh = quota(&[("pods", "0", "0")]);
    fresh.remove(&["status"]);
    check(fresh, pod("web"), "Pod/web", &[]);
}

#[test]
fn a_quota_with_a_scope_counts_the_pods_in_it() {
    let scoped = |scope: &str| {
        let mut quota = quota(&[("pods", "0", "0")]);
        quota.set(&["spec", "scopes"], Value::list([scope.into()]));
        quota
    };
    check(scoped("NotBestEffort"), pod("web"), "Pod/web", &[]);
    let mut world = World::of([scoped("BestEffort")]);
    assert!(world.create(pod("web")).starts_with("403 Forbidden"));
}
