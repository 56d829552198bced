//! Numbers: those that do not fit, those that make no sense, and those that do.

use evenkeel_api::{FieldManagers, Subresource, Verb};
use evenkeel_object::{Object, Value, json};

use crate::world::{World, deployment, key};

const SHARE: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/// The outcome of creating an object of these that has this in its spec. `expect` is what is wrong, without the name of the object.
fn check(mut object: Object, spec: impl Into<Value>, expect: &str) {
    let spec = spec.into();
    for (field, value) in spec.entries() {
        object.set(&["spec", field], value.clone());
    }
    let (kind, name) = (object.kind(), object.name().to_owned());
    let answer = World::default().create(object);
    let expect = match expect {
        "" => format!("{}/{name}", kind.name),
        wrong => format!("422 Invalid: {}.{} {name:?} is invalid: {wrong}", kind.name, kind.group),
    };
    assert_eq!(answer, expect, "{spec}");
}

fn of_kind(kind: &str) -> Object {
    let mut object = deployment(1);
    object.set(&["kind"], kind);
    if kind == "DaemonSet" {
        object.remove(&["spec", "replicas"]);
    }
    object
}

fn job() -> Object {
    Object::from(json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once", "namespace": "default"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}},
    }))
}

#[test]
fn a_count_that_does_not_fit_cannot_be_decoded() {
    let why =
        "json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32";
    let mut world = World::default();
    let refused = format!("400 BadRequest: Deployment in version \"v1\" cannot be handled as a Deployment: {why}");
    assert_eq!(world.create(deployment(2_147_483_648)), refused);
    assert_eq!(world.create(deployment(2_147_483_647)), "Deployment/web");
    assert_eq!(world.update(deployment(2_147_483_648)), refused);
    let answer =
        world.patch(&key("apps/Deployment/web"), Object::from(json!({"spec": {"replicas": 2_147_483_648_i64}})));
    assert!(answer.starts_with("422 Invalid:  \"\" is invalid: patch: Invalid value: {"), "{answer}");
    assert!(answer.ends_with(why), "{answer}");
}

#[test]
fn a_count_that_does_not_fit_cannot_be_applied() {
    let mut world = World::default();
    world.server.field_managers = FieldManagers::On;
    let mut object = deployment(2_147_483_648);
    let verb = Verb::Apply { configuration: object.clone(), force: false };
    let answer = world.send(object.key(), Subresource::Main, verb);
    assert!(answer.starts_with("500 InternalError: failed to convert new typed object"), "{answer}");
    object.set(&["spec", "replicas"], "2");
    let verb = Verb::Apply { configuration: object.clone(), force: false };
    let answer = world.send(object.key(), Subresource::Main, verb);
    assert!(answer.starts_with("500 InternalError: failed to "), "{answer}");
}

#[test]
fn negative_counts_are_refused() {
    let below = |field: &str| format!("spec.{field}: Invalid value: -1: must be greater than or equal to 0");
    for (kind, fields) in [
        ("Deployment", &["replicas", "minReadySeconds", "revisionHistoryLimit"][..]),
        ("ReplicaSet", &["replicas", "minReadySeconds"]),
        ("StatefulSet", &["replicas", "minReadySeconds"]),
        ("DaemonSet", &["minReadySeconds", "revisionHistoryLimit"]),
    ] {
        for field in fields {
            check(of_kind(kind), json!({*field: -1}), &below(field));
            check(of_kind(kind), json!({*field: 0}), "");
        }
    }
    for field in ["parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"] {
        check(job(), json!({field: -1}), &below(field));
        check(job(), json!({field: 0}), "");
    }
    check(of_kind("StatefulSet"), json!({"ordinals": {"start": -1}}), &below("ordinals.start"));
    let partition = json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": -1}}});
    check(of_kind("StatefulSet"), partition, &below("updateStrategy.rollingUpdate.partition"));
}

#[test]
fn a_deployment_that_could_never_move_is_refused() {
    let rolling = |unavailable, surge| json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": unavailable, "maxSurge": surge}}});
    let place = "spec.strategy.rollingUpdate";
    let neither = |value| format!("{place}.maxUnavailable: Invalid value: {value}: may not be 0 when `maxSurge` is 0");
    check(of_kind("Deployment"), rolling(json!(0), json!(0)), &neither("0"));
    check(of_kind("Deployment"), rolling(json!("0%"), json!(0)), &neither("\"0%\""));
    check(of_kind("Deployment"), rolling(json!(0), json!("250%")), "");
    check(of_kind("Deployment"), rolling(json!("100%"), json!(0)), "");
    let all = format!("{place}.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%");
    check(of_kind("Deployment"), rolling(json!("101%"), json!(0)), &all);
    let surge = |value: &str, why: &str| format!("{place}.maxSurge: Invalid value: {value}: {why}");
    check(of_kind("Deployment"), rolling(json!(1), json!("-5%")), &surge("\"-5%\"", SHARE));
    check(of_kind("Deployment"), rolling(json!(1), json!("5")), &surge("\"5\"", SHARE));
    check(of_kind("Deployment"), rolling(json!(1), json!(-5)), &surge("-5", "must be greater than or equal to 0"));
    let recreate = json!({"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}});
    let why = format!("{place}: Forbidden: may not be specified when strategy `type` is 'Recreate'");
    check(of_kind("Deployment"), recreate, &why);
    let late = json!({"minReadySeconds": 600});
    let why = "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds";
    check(of_kind("Deployment"), late, why);
}

#[test]
fn daemons_are_missing_or_too_many_and_not_both() {
    let rolling = |unavailable, surge| json!({"updateStrategy": {"rollingUpdate": {"maxUnavailable": unavailable, "maxSurge": surge}}});
    let place = "spec.updateStrategy.rollingUpdate";
    let both = format!("{place}.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero");
    check(of_kind("DaemonSet"), rolling(1, 1), &both);
    let neither = format!("{place}.maxUnavailable: Required value: cannot be 0 when maxSurge is 0");
    check(of_kind("DaemonSet"), rolling(0, 0), &neither);
    check(of_kind("DaemonSet"), rolling(0, 1), "");
    check(of_kind("DaemonSet"), rolling(1, 0), "");
}

#[test]
fn budgets_and_autoscalers_have_bounds() {
    let budget = |spec: serde_json::Value, expect: &str| {
        let object = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b", "namespace": "default"}});
        check(Object::from(object), spec, expect);
    };
    budget(json!({"minAvailable": "100%"}), "");
    budget(
        json!({"minAvailable": "101%"}),
        "spec.minAvailable: Invalid value: \"101%\": must not be greater than 100%",
    );
    budget(json!({"maxUnavailable": "half"}), &format!("spec.maxUnavailable: Invalid value: \"half\": {SHARE}"));
    budget(json!({"maxUnavailable": -1}), "spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0");
    let autoscaler = |spec: serde_json::Value, expect: &str| {
        let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
        let object = json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"scaleTargetRef": target},
        });
        check(Object::from(object), spec, expect);
    };
    autoscaler(json!({"maxReplicas": 2_147_483_647}), "");
    autoscaler(
        json!({"maxReplicas": 0}),
        "[spec.maxReplicas: Required value: must be set and greater than 0, spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`]",
    );
    autoscaler(
        json!({"maxReplicas": -1}),
        "[spec.maxReplicas: Invalid value: -1: must be greater than or equal to 1, spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`]",
    );
}
