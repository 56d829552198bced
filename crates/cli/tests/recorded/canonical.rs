//! Objects in a form in which those of the model and recorded ones can be equal: without what is different each time, or not modelled by design.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel_object::Value;

/// Fields that the model does not keep, or not as they are: versions, incarnations, times, addresses (docs/semantics.md, 3).
const LEFT_OUT: [&str; 19] = [
    "resourceVersion",
    "uid",
    "generation",
    "observedGeneration",
    "managedFields",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "lastTransitionTime",
    "lastUpdateTime",
    "lastProbeTime",
    "lastHeartbeatTime",
    "startTime",
    "completionTime",
    "startedAt",
    "finishedAt",
    "podIP",
    "podIPs",
    "hostIP",
    "hostIPs",
];

/// Annotations that say when, or what somebody applied.
const LEFT_OUT_OF_ANNOTATIONS: [&str; 2] =
    ["kubectl.kubernetes.io/last-applied-configuration", "endpoints.kubernetes.io/last-change-trigger-time"];

/// Labels that hold the hash of a template; of a ReplicaSet, and of a revision of a StatefulSet or a DaemonSet.
const HASH_LABELS: [&str; 3] = ["pod-template-hash", "controller.kubernetes.io/hash", "controller-revision-hash"];

/// Brings the objects of one state into that form, each as often as it is there.
pub(crate) fn canonical(objects: &[Value], nodes: Nodes) -> Vec<Value> {
    let objects: Vec<&Value> = objects.iter().filter(|object| is_compared(object)).collect();
    let hashes = hashes(&objects);
    let mut forms = Vec::new();
    for object in objects {
        let number = object["×"].as_int().unwrap_or(1);
        let mut form = rewritten(object, &hashes, nodes);
        // The server draws a name for what the model calls by its Service.
        if form["kind"].text() == "EndpointSlice" {
            let name = format!("{}*", form.at(&["metadata", "generateName"]).text());
            form.set(&["metadata", "name"], name);
            // None at all, and an empty list of them, are one; which of the two is read back hangs on how the server stores.
            if form["endpoints"].items().is_empty() {
                form.remove(&["endpoints"]);
            }
        }
        form.remove(&["×"]);
        forms.extend((0..number).map(|_| form.clone()));
    }
    forms.sort();
    forms
}

/// Whether it matters which node a Pod is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Nodes {
    Kept,
    LeftOut,
}

impl Nodes {
    /// Whether these name nodes.
    pub(crate) fn of(recorded: &[Value]) -> Nodes {
        let names = recorded.iter().map(|object| object.at(&["spec", "nodeName"]).text());
        let is_named = names.into_iter().any(|name| !name.is_empty() && name != "<node>");
        if is_named { Nodes::Kept } else { Nodes::LeftOut }
    }
}

/// Whether an object is one that was recorded: not one that is there before anybody does anything.
fn is_compared(object: &Value) -> bool {
    let name = object.at(&["metadata", "name"]).text();
    match object["kind"].text() {
        "Node" | "ServiceAccount" => false,
        "Namespace" => name != "default" && name != "pause" && !name.starts_with("kube-"),
        "PriorityClass" => !name.starts_with("system-"),
        _ => true,
    }
}

/// What each hash of a template is called: `<h1>` and so on, in the order of what they stand for.
fn hashes(objects: &[&Value]) -> BTreeMap<String, String> {
    let mut meanings: BTreeMap<&str, BTreeSet<(String, String)>> = BTreeMap::new();
    for object in objects {
        let labels = object.at(&["metadata", "labels"]);
        let hash = HASH_LABELS.iter().map(|label| labels[*label].text()).find(|hash| !hash.is_empty());
        let Some(hash) = hash.filter(|_| ["ReplicaSet", "ControllerRevision"].contains(&object["kind"].text())) else {
            continue;
        };
        let name = object.at(&["metadata", "name"]).text().replace(hash, "");
        let template = object.at(&["spec", "template"]).to_string() + &object["data"].to_string();
        meanings.entry(hash).or_default().insert((name, template.replace(hash, "")));
    }
    let mut known: Vec<(BTreeSet<(String, String)>, &str)> =
        meanings.into_iter().map(|(hash, meaning)| (meaning, hash)).collect();
    known.sort();
    known.iter().zip(1..).map(|((_, hash), number)| ((*hash).to_owned(), format!("<h{number}>"))).collect()
}

fn rewritten(value: &Value, hashes: &BTreeMap<String, String>, nodes: Nodes) -> Value {
    match value {
        Value::Map(map) => {
            let fields = map.iter().filter(|(name, inner)| is_kept(name, inner, nodes));
            let fields = fields.map(|(name, inner)| {
                let inner =
                    if &**name == "deletionTimestamp" { "<set>".into() } else { rewritten(inner, hashes, nodes) };
                (name.clone(), inner)
            });
            // Who has no annotations left need not have had any.
            let is_there = |name: &str, inner: &Value| name != "annotations" || inner.entries().next().is_some();
            Value::fields(fields.filter(|(name, inner)| is_there(name, inner)))
        }
        Value::List(items) => in_order(items.iter().map(|item| rewritten(item, hashes, nodes)).collect()),
        Value::String(text) => Value::from(text_of(text, hashes)),
        scalar => scalar.clone(),
    }
}

fn is_kept(name: &str, value: &Value, nodes: Nodes) -> bool {
    let is_left_out = match name {
        "nodeName" => nodes == Nodes::LeftOut,
        _ => LEFT_OUT.contains(&name) || LEFT_OUT_OF_ANNOTATIONS.contains(&name) || is_address(name, value),
    };
    !is_left_out && !value.is_null()
}

/// Whether a field holds addresses that were drawn, or what the model has in their place: `clusterip:web`, `ip:web-~1`. That there is none is no address.
fn is_address(name: &str, value: &Value) -> bool {
    let is_none =
        value.as_str() == Some("None") || value.items().first().is_some_and(|one| one.as_str() == Some("None"));
    ["clusterIP", "clusterIPs", "addresses"].contains(&name) && !is_none
}

/// Lists whose order means nothing are sorted: conditions by their types, endpoints by what they are.
fn in_order(mut items: Vec<Value>) -> Value {
    let is = |item: &Value, fields: &[&str]| fields.iter().all(|field| item.get(field).is_some());
    if items.iter().all(|item| is(item, &["type", "status"])) {
        items.sort_by(|a, b| a["type"].cmp(&b["type"]));
    } else if items.iter().all(|item| is(item, &["conditions", "targetRef"])) {
        items.sort();
    }
    Value::list(items)
}

/// A text with hashes by their numbers, and generated names without what was drawn.
fn text_of(text: &str, hashes: &BTreeMap<String, String>) -> String {
    if is_uid(text) {
        return "<uid>".to_owned();
    }
    // Certificates are others each time; what holds a place for one is short.
    if text == "<caBundle>" || text.starts_with("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t") {
        return "<certificate>".to_owned();
    }
    let mut text = text.to_owned();
    // First by names that stand in no text, as the names of one side are other names of the other.
    for (hash, number) in hashes {
        text = text.replace(hash, &number.replace('h', "#"));
    }
    nameless(&text.replace("<#", "<h"))
}

/// Whether a text is how the model writes an incarnation: `Pod/default/a#1`.
fn is_uid(text: &str) -> bool {
    let number = text.rsplit_once('#').map(|(_, number)| number);
    text.matches('/').count() >= 1
        && number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A text in which what the server drew for names is a star: `web-~3` of the model, and `web-<h1>-x7k2p`, are `web-*` and `web-<h1>-*`.
fn nameless(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['~', '>']) {
        let (before, mark) = (&rest[..at], &rest[at..=at]);
        made += before;
        rest = &rest[at + 1..];
        let drawn = if mark == "~" { drawn_by_model(rest) } else { drawn_by_server(rest) };
        match drawn {
            Some(length) => {
                made += if mark == "~" { "*" } else { ">-*" };
                rest = &rest[length..];
            }
            None => made += mark,
        }
    }
    made + rest
}

/// How long a number at the beginning is.
fn drawn_by_model(text: &str) -> Option<usize> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let is_gone = text.starts_with("gone");
    if is_gone { Some(4) } else { (length > 0).then_some(length) }
}

/// How long a hyphen and five letters of the server's alphabet at the beginning are.
fn drawn_by_server(text: &str) -> Option<usize> {
    let letters = text.strip_prefix('-')?.bytes();
    let length = letters.take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()).count();
    (length == 5).then_some(6)
}
