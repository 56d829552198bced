//! What a document must have to be a Kubernetes object, and lists of objects in one document.

use std::sync::Arc;

use super::document::{Document, Parts};
use super::node::described;
use crate::{Path, Problem, Step, Value};

/// Appends the objects that a document holds: itself, or the items of a list of any kind, also of lists within lists.
pub(super) fn manifests(document: Document, documents: &mut Vec<Document>, problems: &mut Vec<Problem>) {
    // An empty document, or one of comments only.
    if document.value.is_null() {
        return;
    }
    if !is_list(&document.value) {
        let found = faults(&document);
        if found.is_empty() || document.value.as_map().is_some() {
            documents.push(document);
        }
        problems.extend(found);
        return;
    }
    let place = Path::root().field("items");
    match &document.value["items"] {
        Value::Null => {}
        Value::List(items) => {
            for index in 0..items.len() {
                let item = document.part(&place.index(index));
                let item = item.expect("an item that is there has a mark");
                manifests(named_by(item, &document), documents, problems);
            }
        }
        other => problems.push(
            document.problem(&place, "the items of a list are no list").instead(described(other), "a list of objects"),
        ),
    }
}

/// Whether it is a list of objects. A custom resource may be called `AllowList` and be none.
fn is_list(value: &Value) -> bool {
    let kind = value["kind"].text();
    (kind == "List" && value["apiVersion"].text() == "v1") || (kind.ends_with("List") && value.get("items").is_some())
}

/// The item of a typed list, which does not say what it is: the list does.
// https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/apis/meta/v1/unstructured/helpers.go: decodeToList
fn named_by(mut item: Document, list: &Document) -> Document {
    let is_bare = item.value["kind"].text().is_empty() && item.value["apiVersion"].text().is_empty();
    let kind = list.value["kind"].text().trim_end_matches("List");
    if is_bare && item.value.as_map().is_some() && !kind.is_empty() {
        item.value.set(&["apiVersion"], list.value["apiVersion"].clone());
        item.value.set(&["kind"], kind);
        if let (Parts::Map(marks), Parts::Map(outer)) = (&mut item.mark.parts, &list.mark.parts) {
            for name in ["apiVersion", "kind"] {
                if let Some(mark) = outer.get(name) {
                    Arc::make_mut(marks).insert(name.into(), mark.clone());
                }
            }
        }
    }
    item
}

/// Everything that keeps a document from being an object of whatever kind.
fn faults(document: &Document) -> Vec<Problem> {
    let value = &document.value;
    if value.as_map().is_none() {
        return vec![
            document
                .problem(&Path::root(), "this document is not an object")
                .instead(described(value), "a map with apiVersion, kind and metadata"),
        ];
    }
    if value.get("apiVersion").is_none() && value.get("kind").is_none() {
        return vec![
            start(document, "this is not a Kubernetes object")
                .instead("neither apiVersion nor kind", "both")
                .hint("leave files out that are not manifests, such as Helm values"),
        ];
    }
    let mut problems = Vec::new();
    text(document, "apiVersion", "e.g. `apps/v1`", &mut problems);
    text(document, "kind", "e.g. `Deployment`", &mut problems);
    match value["apiVersion"].text().rsplit_once('/') {
        // Documents for evenkeel itself say what they need where they are read.
        Some(("evenkeel.dev", _)) => {}
        Some(("kustomize.config.k8s.io", _)) => problems.push(
            start(document, "this is an input of kustomize, not an object")
                .hint("build it first: `kustomize build DIR | evenkeel check -`"),
        ),
        _ => metadata(document, &mut problems),
    }
    problems
}

fn text(document: &Document, field: &str, example: &str, problems: &mut Vec<Problem>) {
    let path = Path::root().field(field);
    match document.value.get(field) {
        Some(Value::String(text)) if !text.is_empty() => {}
        None | Some(Value::Null) => {
            problems.push(start(document, format!("{field} is missing")).instead("", format!("a text, {example}")));
        }
        Some(other) => problems.push(
            document
                .problem(&path, format!("{field} is not a text"))
                .instead(described(other), format!("a text, {example}")),
        ),
    }
}

fn metadata(document: &Document, problems: &mut Vec<Problem>) {
    let path = Path::root().field("metadata");
    let metadata = &document.value["metadata"];
    if !metadata.is_null() && metadata.as_map().is_none() {
        let problem = document.problem(&path, "metadata is not a map");
        problems.push(problem.instead(described(metadata), "a map with a name"));
        return;
    }
    if metadata["name"].is_null() && metadata["generateName"].is_null() {
        let problem = match metadata.as_map() {
            Some(_) => document.name_problem(&path, "metadata.name is missing"),
            None => start(document, "metadata.name is missing"),
        };
        problems.push(problem.instead("", "a name (or generateName)"));
    }
    for field in ["name", "generateName", "namespace"] {
        only_text(document, &path.field(field), problems);
    }
    // https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/apis/meta/v1/types.go: ObjectMeta
    for field in ["labels", "annotations"] {
        let place = path.field(field);
        match &metadata[field] {
            Value::Null => {}
            Value::Map(map) => {
                for name in map.keys() {
                    only_text(document, &place.field(name), problems);
                }
            }
            other => {
                let problem = document.problem(&place, format!("metadata.{field} is not a map"));
                problems.push(problem.instead(described(other), "a map of texts"));
            }
        }
    }
}

/// Asks that what stands there, if anything does, is a text.
fn only_text(document: &Document, path: &Path, problems: &mut Vec<Problem>) {
    let value = path.of(&document.value);
    let is_empty_name =
        value.as_str() == Some("") && matches!(path.0.as_slice(), [_, Step::Field(name)] if &**name == "name");
    if is_empty_name {
        problems.push(document.problem(path, "the name is empty").instead("", "a name"));
    }
    if !value.is_null() && value.as_str().is_none() {
        let path_text = path.to_string();
        let problem = document
            .problem(path, format!("{} is not a text", path_text.trim_start_matches('.')))
            .instead(described(value), "a text");
        problems.push(match value {
            Value::List(_) | Value::Map(_) => problem,
            _ => problem.hint("put quotation marks around it"),
        });
    }
}

/// A problem with a document as a whole: it points to its first field.
fn start(document: &Document, message: impl Into<String>) -> Problem {
    let position = document.position(&Path::root());
    Problem::new(&document.source, message).at(position, None)
}
