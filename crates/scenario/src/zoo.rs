//! The cases of the zoo, read.
// The tests read the zoo.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};

use evenkeel_object::parse::{Document, parse};

/// The folders of the zoo with a Scenario in them that are not within one that is passed by.
pub(crate) fn cases(passed: &[&str]) -> Vec<PathBuf> {
    let mut left = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../zoo"))];
    let mut found = Vec::new();
    while let Some(folder) = left.pop() {
        let entries = fs::read_dir(&folder).expect("the zoo can be read");
        let folders = entries.map(|entry| entry.expect("the zoo can be read").path()).filter(|path| path.is_dir());
        left.extend(folders.filter(|folder| !passed.iter().any(|name| folder.ends_with(name))));
        if folder.join("scenario.yaml").is_file() {
            found.push(folder);
        }
    }
    found.sort();
    found
}

/// The documents of a case. The files are named as seen from its folder.
pub(crate) fn documents(folder: &Path) -> Vec<Document> {
    let mut left = vec![folder.to_owned()];
    let mut documents = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("the zoo can be read");
            left.extend(entries.map(|entry| entry.expect("the zoo can be read").path()));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.strip_prefix(folder).expect("it is inside").display().to_string();
            let (more, problems) = parse(&name, &fs::read_to_string(&path).expect("the zoo can be read"));
            assert!(problems.is_empty(), "{problems:?}");
            documents.extend(more);
        }
    }
    documents.sort_by(|a, b| a.source.cmp(&b.source));
    documents
}
