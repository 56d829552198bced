//! Every document of ours that is shown or kept somewhere fits its schema.

use std::fs;
use std::path::{Path, PathBuf};

use evenkeel_object::parse::parse;
use evenkeel_reference::reference::all;
use evenkeel_reference::{Field, scenario, schema};
use serde_json::Value;

use crate::validator::misfits;

/// The files below a folder of the repository whose names end so.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("it can be read").map(|entry| entry.expect("it is there").path()) {
            match entry.is_dir() {
                true => folders.push(entry),
                false if entry.to_string_lossy().ends_with(ending) => files.push(entry),
                false => {}
            }
        }
    }
    files
}

pub(crate) fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("it is text")
}

/// The blocks of YAML in a Markdown text.
fn blocks(markdown: &str) -> Vec<&str> {
    let blocks = markdown.split("```yaml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or(block)).collect()
}

/// The documents of ours in a text.
fn documents(source: &Path, text: &str) -> Vec<Value> {
    let (documents, problems) = parse(&source.to_string_lossy(), text);
    assert_eq!(problems, []);
    let documents = documents.iter().map(|document| Value::from(&document.value));
    documents
        .filter(|document| document["apiVersion"].as_str().is_some_and(|v| v.starts_with("evenkeel.dev/")))
        .collect()
}

/// The block itself; one with only some fields of the `spec` of a Scenario is put into one.
fn whole(block: &str) -> String {
    let begins = |field: &Field| block.strip_prefix(&field.name).is_some_and(|rest| rest.starts_with(':'));
    if !scenario().spec().iter().any(begins) {
        return block.to_owned();
    }
    let lines: String = block.lines().map(|line| format!("  {line}\n")).collect();
    format!("apiVersion: {}\nkind: {}\nspec:\n{lines}", scenario().api_version, scenario().kind)
}

/// Whether each fits the schema of its kind.
fn check(source: &Path, documents: &[Value]) {
    for document in documents {
        let reference = all().into_iter().find(|reference| document["kind"] == reference.kind);
        let reference = reference.unwrap_or_else(|| panic!("{}: {document} is of no kind", source.display()));
        let schema: Value = serde_json::from_str(&schema(reference)).expect("a schema is JSON");
        assert_eq!(misfits(&schema, document), [""; 0], "{}", source.display());
    }
}

#[test]
fn every_example_of_the_documentation_fits_its_schema() {
    let mut n_documents = 0;
    for path in [files("docs", ".md"), files("zoo", ".md")].concat() {
        for block in blocks(&text(&path)) {
            let documents = documents(&path, &whole(block));
            check(&path, &documents);
            n_documents += documents.len();
        }
    }
    assert!(n_documents > 5, "only {n_documents} examples were found");
}

#[test]
fn every_document_of_the_zoo_fits_its_schema() {
    let mut n_documents = 0;
    for path in files("zoo", ".yaml") {
        let documents = documents(&path, &text(&path));
        check(&path, &documents);
        n_documents += documents.len();
    }
    assert!(n_documents > 40, "only {n_documents} documents were found");
}
