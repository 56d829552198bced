//! Reads files and folders.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use evenkeel_object::parse::{Document, parse_bytes};
use evenkeel_object::{Path as Place, Problem};
use evenkeel_scenario::{Input, Scenario};

/// The largest file that is read at all, in bytes.
const BYTES_MAX: u64 = 256 << 20;

/// What was read.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) documents: Vec<Document>,
    pub(crate) problems: Vec<Problem>,
    /// The texts, for showing the lines that problems are about.
    pub(crate) texts: BTreeMap<String, String>,
}

impl Loaded {
    /// Reads everything at these paths.
    pub(crate) fn from_paths(paths: &[PathBuf]) -> Loaded {
        let mut loaded = Loaded::default();
        for path in paths {
            loaded.add(path);
        }
        if loaded.documents.is_empty() && loaded.problems.is_empty() {
            let source: Arc<str> = paths.first().map_or_else(String::new, |path| path.display().to_string()).into();
            let mut problem = Problem::new(&source, "there is nothing to check");
            problem.found = "no manifest".to_owned();
            problem.expected = "files that end in .yaml, .yml or .json".to_owned();
            loaded.problems.push(problem);
        }
        loaded
    }

    fn add(&mut self, path: &Path) {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            match std::io::stdin().take(BYTES_MAX + 1).read_to_end(&mut bytes) {
                Ok(_) => self.parse("-", &bytes),
                Err(error) => self.fail("-", &error.to_string()),
            }
            return;
        }
        if path.is_dir() { self.add_folder(path) } else { self.add_file(path) }
    }

    fn add_folder(&mut self, folder: &Path) {
        let mut entries: Vec<PathBuf> = match fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()).collect(),
            Err(error) => return self.fail(&folder.display().to_string(), &error.to_string()),
        };
        entries.sort();
        for entry in entries {
            let hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if entry.is_dir() && !hidden {
                self.add_folder(&entry);
            } else if is_manifest(&entry) && !hidden {
                self.add_file(&entry);
            }
        }
    }

    fn add_file(&mut self, path: &Path) {
        let source = path.display().to_string();
        match fs::metadata(path) {
            Ok(metadata) if metadata.len() > BYTES_MAX => self.parse_too_large(&source, metadata.len()),
            Ok(_) => match fs::read(path) {
                Ok(bytes) => self.parse(&source, &bytes),
                Err(error) => self.fail(&source, &error.to_string()),
            },
            Err(error) => self.fail(&source, &error.to_string()),
        }
    }

    fn parse_too_large(&mut self, source: &str, length: u64) {
        let mut problem = Problem::new(&source.into(), "the file is too large");
        problem.found = format!("{length} bytes");
        problem.expected = format!("at most {BYTES_MAX} bytes");
        self.problems.push(problem);
    }

    fn parse(&mut self, source: &str, bytes: &[u8]) {
        let (documents, problems) = parse_bytes(source, bytes);
        self.documents.extend(documents);
        self.problems.extend(problems);
        self.texts.insert(source.to_owned(), String::from_utf8_lossy(bytes).into_owned());
    }

    fn fail(&mut self, source: &str, error: &str) {
        let mut problem = Problem::new(&source.into(), "cannot be read");
        problem.found = error.to_owned();
        problem.expected = "a file, a folder, or - for standard input".to_owned();
        self.problems.push(problem);
    }

    /// The question that was read, or everything that is wrong with it.
    pub(crate) fn input(&self) -> Result<Input, Vec<Problem>> {
        all_told(Input::sort(&self.documents), &self.problems)
    }

    /// The question whether something comes through that is applied after this has settled.
    pub(crate) fn input_then(&self, then: &Loaded, prunes: bool) -> Result<Input, Vec<Problem>> {
        let problems: Vec<Problem> = self.problems.iter().chain(&then.problems).cloned().collect();
        all_told(Input::sort_then(&self.documents, &then.documents, prunes), &problems)
    }
}

/// The input, if nothing was wrong before; otherwise everything that is wrong.
fn all_told(input: Result<Input, Vec<Problem>>, problems: &[Problem]) -> Result<Input, Vec<Problem>> {
    match input {
        Ok(input) if problems.is_empty() => Ok(input),
        Ok(_) => Err(problems.to_vec()),
        Err(more) => {
            let mut problems = problems.to_vec();
            problems.extend(more);
            problems.sort();
            Err(problems)
        }
    }
}

fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
}

/// The folders below `folder` that have a Scenario in them, in order.
pub(crate) fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()).collect();
    entries.sort();
    let has_scenario = |path: &PathBuf| is_manifest(path) && fs::read(path).is_ok_and(|bytes| is_scenario(&bytes));
    if entries.iter().any(has_scenario) {
        found.push(folder.to_owned());
    }
    for entry in entries.iter().filter(|entry| entry.is_dir()) {
        found.extend(cases(entry));
    }
    found
}

fn is_scenario(bytes: &[u8]) -> bool {
    let (documents, _) = parse_bytes("", bytes);
    documents.iter().any(|document| {
        Scenario::is_ours(document) && Place::root().field("kind").of(&document.value).text() == "Scenario"
    })
}
