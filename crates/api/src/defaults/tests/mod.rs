//! What holds of all defaults; and tables: a manifest, and what the server adds to it or takes from it.
//!
//! While this was written, what becomes of 167 manifests was compared with the objects that a real 1.37 server had stored: they differed only in
//! what allocation, admission and controllers add. The tables tell such manifests again; kinds that were not among them (Endpoints, Secret,
//! StorageClass, roles' bindings, NetworkPolicy, Ingress, `autoscaling/v1`, devices, flow control) rest on the Go sources alone.

mod others;
mod workloads;

use evenkeel_object::{Kind, Object, Value, diff, json, parse};
use expect_test::Expect;

use super::apply;

/// Objects of all kinds that have defaults, also odd ones.
const SAMPLES: &str = include_str!("samples.yaml");

fn objects(yaml: &str) -> Vec<Object> {
    let (documents, problems) = parse("test.yaml", yaml);
    assert!(problems.is_empty(), "{problems:?}");
    let objects = documents.into_iter().map(|document| Object(document.value));
    objects.collect()
}

fn defaulted(object: &Object) -> Object {
    let mut object = object.clone();
    apply(&object.kind(), &mut object);
    object
}

/// Tells what becomes of each object, place by place.
fn check(yaml: &str, expect: &Expect) {
    let mut told = String::new();
    for given in objects(yaml) {
        for change in diff(&given, &defaulted(&given)) {
            told += &match (&change.before, &change.after) {
                (Value::Null, after) => format!("{}: {after}\n", change.path),
                (before, Value::Null) => format!("{}: {before} is dropped\n", change.path),
                (before, after) => format!("{}: {before} → {after}\n", change.path),
            };
        }
    }
    expect.assert_eq(&told);
}

#[test]
fn twice_is_once_for_all_samples() {
    let samples = objects(SAMPLES);
    assert!(samples.len() > 40);
    for sample in samples {
        let once = defaulted(&sample);
        assert_eq!(defaulted(&once), once);
    }
}

#[test]
fn twice_is_once_and_nothing_panics_whatever_stands_at_a_place() {
    let odd = json!([null, "", "x", 0, -7, true, [], {}, [{}], [null], {"a": null}]);
    let odd = Value::from(odd);
    for sample in objects(SAMPLES) {
        for place in places(&sample) {
            for value in odd.items() {
                let changed = Object(replaced(&sample, &place, value));
                let once = defaulted(&changed);
                assert_eq!(defaulted(&once), once, "{changed:?}");
            }
        }
    }
}

/// The ways to all fields of an object, but for its `kind` and `apiVersion`.
fn places(value: &Value) -> Vec<Vec<String>> {
    let below = |step: &str, value: &Value| {
        let step = step.to_owned();
        let mut all = vec![vec![step.clone()]];
        for rest in places(value) {
            all.push([vec![step.clone()], rest].concat());
        }
        all
    };
    let fields = value.entries().map(|(name, value)| below(name, value));
    let items = value.items().iter().enumerate();
    let items = items.map(|(index, value)| below(&index.to_string(), value));
    let mut all: Vec<_> = fields.chain(items).flatten().collect();
    all.retain(|place| place[0] != "kind" && place[0] != "apiVersion");
    all
}

fn replaced(value: &Value, place: &[String], new: &Value) -> Value {
    let Some((step, rest)) = place.split_first() else {
        return new.clone();
    };
    let mut value = value.clone();
    match &value {
        Value::List(items) => {
            let index: usize = step.parse().expect("a list is entered by a number");
            let item = replaced(&items[index], rest, new);
            value.make_list()[index] = item;
        }
        _ => {
            let item = replaced(&value[&**step], rest, new);
            value.set(&[step], item);
        }
    }
    value
}

#[test]
fn a_kind_that_is_not_kubernetes_own_stays_as_it_is() {
    let widget =
        json!({"apiVersion": "example.com/v1", "kind": "Deployment", "spec": {"a": null, "b": [], "cpu": "1000m"}});
    let widget = Object::from(widget);
    assert_eq!(defaulted(&widget), widget);
    let mut object = widget.clone();
    apply(&Kind::new("example.com", "Deployment"), &mut object);
    assert_eq!(object, widget);
}

#[test]
fn two_spellings_of_one_intent_are_stored_alike() {
    let spelled = |replicas: &str, strategy: &str, cpu: &str| {
        let object = &objects(&format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  {replicas}\n  {strategy}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}, creationTimestamp: null}}\n    spec:\n      containers:\n      - {{name: a, image: 'a:1', resources: {{limits: {{cpu: {cpu}}}}}}}\n"
        ))[0];
        defaulted(object)
    };
    let plain = spelled("", "", "'1'");
    assert_eq!(plain, spelled("replicas: 1", "strategy: {}", "1000m"));
    assert_eq!(plain, spelled("paused: false", "strategy: null", "'1.0'"));
    assert_ne!(plain, spelled("paused: true", "", "'1'"));
    assert_ne!(plain, spelled("replicas: 0", "", "'1'"));
}
