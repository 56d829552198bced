use evenkeel_api::{Memory, Server, server::FieldManagers};
use evenkeel_control::direct::Entry;
use evenkeel_control::{Controller, Direct, Done, Event, Wakes};
use evenkeel_object::parse::parse;
use evenkeel_object::{Key, Kind, Object, Problem, Value, json};

use crate::{Model, Modelled};

fn read(spec: &str) -> (Option<Model>, Vec<Problem>) {
    let text =
        format!("apiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {{name: keeper}}\nspec:\n{spec}");
    let (documents, mut problems) = parse("model.yaml", &text);
    assert_eq!(problems, []);
    let model = Model::read(&documents[0], &mut problems);
    (model, problems)
}

fn keeper(rules: &str) -> Modelled {
    let spec = format!("  for: {{apiVersion: v1, kind: ConfigMap}}\n{rules}");
    let (model, problems) = read(&spec);
    assert_eq!(problems, []);
    Modelled::new(model.expect("a good model"))
}

fn config(name: &str, data: Value) -> Object {
    let mut object = Object(Value::from(json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "x", "uid": format!("ConfigMap/x/{name}#0")}})));
    object.set(&["data"], data);
    object
}

/// Reconciles `ConfigMap/x/a` once, where there are also these; tells how that ended, and the requests as verb and answer.
fn reconciled(keeper: &Modelled, data: Value, others: &[Object]) -> (Done, Vec<(Key, bool)>, Memory) {
    let mut store = Memory::default();
    store.insert(Object(Value::from(
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}, "status": {"phase": "Active"}}),
    )));
    store.insert(config("a", data));
    others.iter().for_each(|object| store.insert(object.clone()));
    let server = Server { field_managers: FieldManagers::On };
    let mut direct = Direct::new(&server, &mut store);
    let done = direct.run(keeper, &Key::new(Kind::new("", "ConfigMap"), "x", "a"));
    let sent = direct.log.iter().filter_map(|entry| match entry {
        Entry::Write(request, answer) => Some((request.key.clone(), answer.is_ok())),
        Entry::Note(_) => None,
    });
    let sent = sent.collect();
    (done, sent, store)
}

#[test]
fn rules_apply_in_order_where_their_conditions_hold() {
    let keeper = keeper(
        "  let:
  - name: twice
    value: \"int(object.data.n) * 2\"
  rules:
  - when: \"twice > 2\"
    patch: {change: {data: {twice: \"${string(twice)}\"}}}
  - when: \"twice > 100\"
    fail: never
  - when: \"twice > 4\"
    stop: true
  - create: {object: {apiVersion: v1, kind: ConfigMap, metadata: {name: \"${object.metadata.name}-b\"}}, owned: true}
",
    );
    let (done, sent, store) = reconciled(&keeper, Value::from(json!({"n": "2"})), &[]);
    assert_eq!((done, sent.len()), (Done::Settled, 2));
    let key = |name: &str| Key::new(Kind::new("", "ConfigMap"), "x", name);
    assert_eq!(store.objects[&key("a")]["data"]["twice"].text(), "4");
    assert_eq!(store.objects[&key("a-b")].controller().expect("it is owned").name.as_ref(), "a");
    let (_, sent, _) = reconciled(&keeper, Value::from(json!({"n": "3"})), &[]);
    assert_eq!(sent.len(), 1, "nothing comes after a stop");
    let (done, sent, _) = reconciled(&keeper, Value::from(json!({"m": "3"})), &[]);
    assert!(matches!(done, Done::Retry(why) if why.contains("no such key")), "a field that is missing is an error");
    assert_eq!(sent, []);
}

#[test]
fn what_it_looks_up_stays_as_it_was_and_is_looked_up_when_it_is_needed() {
    let keeper = keeper(
        "  let:
  - name: others
    list: {apiVersion: v1, kind: ConfigMap}
  - name: missing
    get: {apiVersion: v1, kind: Secret, name: none}
  rules:
  - when: \"missing == null\"
    forEach: {in: \"others.filter(o, o.metadata.name != object.metadata.name)\", name: other}
    delete: {apiVersion: v1, kind: ConfigMap, name: \"${other.metadata.name}\"}
  - forEach: {in: \"others\"}
    create: {object: {apiVersion: v1, kind: Secret, metadata: {name: \"${item.metadata.name}\"}}, mayExist: true}
",
    );
    let others = [config("b", Value::map()), config("c", Value::map())];
    let (done, sent, store) = reconciled(&keeper, Value::map(), &others);
    let names: Vec<&str> = sent.iter().map(|(key, _)| &*key.name).collect();
    assert_eq!((done, names), (Done::Settled, vec!["b", "c", "a", "b", "c"]));
    assert_eq!(store.objects.keys().filter(|key| key.kind.is("", "Secret")).count(), 3);
}

#[test]
fn a_refusal_ends_a_reconcile_unless_it_was_to_be_expected() {
    let there = [config("b", Value::map())];
    let create = |more: &str| {
        format!(
            "  rules:\n  - create: {{object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: b}}}}{more}}}\n  - patch: {{change: {{data: {{k: v}}}}}}\n"
        )
    };
    let (done, sent, _) = reconciled(&keeper(&create("")), Value::map(), &there);
    assert!(matches!(done, Done::Retry(_)));
    assert_eq!(sent.len(), 1);
    let (done, sent, _) = reconciled(&keeper(&create(", mayExist: true")), Value::map(), &there);
    assert_eq!((done, sent.len()), (Done::Settled, 2));
}

#[test]
fn events_wake_their_own_object_the_manager_or_whom_the_model_says() {
    let keeper = keeper(
        "    # Its own events count if its data changed.
  watches:
  - {apiVersion: v1, kind: Secret}
  - {apiVersion: v1, kind: Service, wakes: \"object.metadata.labels.for.split('.')\", when: \"before == null\"}
  rules: [{stop: true}]
",
    );
    assert_eq!(keeper.wakes(), Wakes::On(["ConfigMap", "Secret", "Service"].map(|kind| Kind::new("", kind)).to_vec()));
    let woken = |before: Option<&Object>, after: Option<&Object>| {
        let event = Event { before: before.cloned(), after: after.cloned() };
        let names = keeper.woken(&event, &mut Memory::default()).into_iter();
        names.map(|key| key.name.to_string()).collect::<Vec<String>>()
    };
    let own = config("a", Value::map());
    assert_eq!(woken(None, Some(&own)), ["a"]);
    let mut secret =
        Object(Value::from(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "x"}})));
    assert_eq!(woken(None, Some(&secret)), [""; 0]);
    secret.set(&["metadata", "ownerReferences"], Value::list([own.controller_reference()]));
    assert_eq!(woken(Some(&secret), None), ["a"]);
    let service = Object(Value::from(
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "x", "labels": {"for": "p.q"}}}),
    ));
    assert_eq!(woken(None, Some(&service)), ["p", "q"]);
    assert_eq!(woken(Some(&service), Some(&service)), [""; 0]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_where() {
    let (_, problems) = read(
        "  for: {apiVersion: v1, kind: ConfigMap, wen: \"true\"}
  let:
  - {name: a, value: \"1 +\"}
  - {name: b}
  rules:
  - when: \"true\"
  - status: {set: \"${object.\"}
  - apply: {object: {kind: Secret}}
",
    );
    let told: Vec<String> = problems
        .iter()
        .map(|problem| format!("{} {}", problem.position.map_or(0, |at| at.line), problem.message))
        .collect();
    let lines: Vec<&str> = told.iter().map(|text| text.split(' ').next().unwrap_or("")).collect();
    assert_eq!(lines, ["5", "7", "8", "10", "11", "12"], "{told:#?}");
    let (_, problems) =
        read("  for: {apiVersion: v1, kind: ConfigMap}\n  rules:\n  - when: \"obect == null\"\n    stop: true\n");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message, "there is no variable obect here");
}

#[test]
fn a_name_that_no_expression_can_read_is_told_where_it_is_given() {
    let wrong = |spec: &str| -> Vec<String> {
        let (_, problems) = read(&format!("  for: {{apiVersion: v1, kind: ConfigMap}}\n{spec}"));
        problems.into_iter().map(|problem| problem.message).collect()
    };
    let named = |names: [&str; 2]| {
        wrong(&format!(
            "  let: [{{name: {}, value: '1'}}, {{name: {}, value: '2'}}]\n  rules: [{{stop: true}}]\n",
            names[0], names[1]
        ))
    };
    assert_eq!(named(["a", "b_2"]), [""; 0]);
    assert_eq!(named(["given-up", "b"]), ["no expression can call anything given-up"]);
    assert_eq!(named(["a", "a"]), ["a is called something else already"]);
    assert_eq!(
        named(["object", "in"]),
        ["object is called something else already", "no expression can call anything in"]
    );
    let each = wrong("  rules: [{forEach: {name: 2nd, in: '[1]'}, fail: x}]\n");
    assert_eq!(each, ["no expression can call anything 2nd"]);
}
