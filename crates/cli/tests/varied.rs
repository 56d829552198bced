//! Changing what should not matter changes nothing: the zoo with other names and numbers, in other files, in another order.
// Tests read the zoo, and keep to its time limits.
#![allow(clippy::disallowed_methods)]

mod numbers;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use evenkeel_object::{Document, Value, parse_bytes};
use evenkeel_scenario::document::LAG;
use evenkeel_scenario::{Granularity, Input, Parts, Scenario, Settings, run};
use evenkeel_system::{Flow, Limits, Progress, Stop, Verdict, Watch};

const SEEDS: [u64; 3] = [0x2545_f491_4f6c_dd1d, 0x9e37_79b9_7f4a_7c15, 0x0123_4567_89ab_cdef];

/// How many states are looked at where each request is a step, and how many cases end by then, at least.
const INTERLEAVED: (usize, usize) = (4_000, 13);

/// The same where caches may lag.
const STALE: (usize, usize) = (8_000, 18);

/// Names that Kubernetes itself gives a meaning.
const BUILT_IN: [&str; 5] = ["default", "kube-system", "kube-public", "kube-node-lease", "kubernetes"];

/// Marsaglia's xorshift: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// Eight letters, which can begin a name of any kind.
    fn letters(&mut self) -> String {
        (0..8).map(|_| char::from(b'a' + self.below(26) as u8)).collect()
    }
}

/// The files of a case, by their names within its folder.
type Files = BTreeMap<String, Vec<Document>>;

fn read(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut left = vec![folder.to_owned()];
    while let Some(path) = left.pop() {
        let children =
            fs::read_dir(&path).into_iter().flatten().map(|entry| entry.expect("the zoo can be read").path());
        if path.is_dir() {
            left.extend(children);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.strip_prefix(folder).expect("it is inside").to_str().expect("it is text").to_owned();
            let (documents, problems) = parse_bytes(&name, &fs::read(&path).expect("the zoo can be read"));
            assert!(problems.is_empty(), "{problems:?}");
            files.insert(name, documents);
        }
    }
    files
}

/// The folders of the zoo with a Scenario in them.
fn cases() -> Vec<PathBuf> {
    let zoo = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../zoo"));
    let (mut found, mut left) = (Vec::new(), vec![zoo.to_owned()]);
    while let Some(folder) = left.pop() {
        let children =
            fs::read_dir(&folder).expect("the zoo can be read").map(|entry| entry.expect("the zoo can be read").path());
        // What was recorded of a real control plane is many cases, and their names are part of it.
        left.extend(children.filter(|path| path.is_dir() && !path.ends_with("reality")));
        if folder.join("scenario.yaml").is_file() {
            found.push(folder);
        }
    }
    found.sort();
    found
}

/// For each name that can be another, another one.
fn renaming(files: &Files, random: &mut Random) -> BTreeMap<String, String> {
    let documents = || files.values().flatten();
    let mut taken: BTreeSet<String> = BUILT_IN.iter().map(|name| (*name).to_owned()).collect();
    // What is the name of a field as well may mean that field.
    documents().for_each(|document| fields(&document.value, &mut taken));
    // A scenario points at files by these.
    taken.extend(files.keys().flat_map(|name| name.split('/')).map(|part| part.trim_end_matches(".yaml").to_owned()));
    let mut names = BTreeSet::new();
    for document in documents().filter(|document| !Scenario::is_ours(document)) {
        let metadata = &document.value["metadata"];
        names.insert(metadata["namespace"].text().to_owned());
        // The name of a definition is made of its plural and its group.
        if document.value["kind"].text() != "CustomResourceDefinition" {
            names.insert(metadata["name"].text().to_owned());
        }
    }
    let others = names.into_iter().filter(|name| !name.is_empty() && !taken.contains(name));
    others.map(|name| (name, random.letters())).collect()
}

/// The names of all fields.
fn fields(value: &Value, into: &mut BTreeSet<String>) {
    for (name, inner) in value.entries() {
        into.insert(name.to_string());
        fields(inner, into);
    }
    value.items().iter().for_each(|item| fields(item, into));
}

/// A text in which whole words are others.
fn renamed(text: &str, names: &BTreeMap<String, String>) -> String {
    let is_of_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let (mut made, mut word) = (String::new(), String::new());
    // A space at the end ends the last word.
    for letter in text.chars().chain([' ']) {
        if is_of_word(letter) {
            word.push(letter);
        } else {
            made += names.get(&word).unwrap_or(&word);
            word.clear();
            made.push(letter);
        }
    }
    made.pop();
    made
}

/// The value as JSON with other names, and its fields in any order.
fn written(value: &Value, names: &BTreeMap<String, String>, random: &mut Random) -> String {
    match value {
        Value::String(text) => Value::from(renamed(text, names)).to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| written(item, names, random)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let mut fields: Vec<String> = map
                .iter()
                .map(|(name, inner)| {
                    format!("{}: {}", Value::from(renamed(name, names)), written(inner, names, random))
                })
                .collect();
            random.shuffle(&mut fields);
            format!("{{{}}}", fields.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// The case with other numbers, where it says that they do not matter.
fn renumbered(mut files: Files, case: &Path, random: &mut Random) -> Files {
    let mut drawn: BTreeMap<&str, i64> = BTreeMap::new();
    for draw in numbers::of(case.to_str().expect("it is text")) {
        let (least, most) = draw.bounds;
        let span = usize::try_from(most - least + 1).expect("the most is no less than the least");
        let base: i64 = draw.above.iter().map(|name| drawn[name]).sum();
        let number = base + least + i64::try_from(random.below(span)).expect("a small number");
        drawn.insert(draw.name, number);
        for (kind, way) in draw.places {
            let documents = files.values_mut().flatten();
            let of_kind = documents.filter(|document| document.value["kind"].text() == *kind);
            of_kind.for_each(|document| numbers::write(&mut document.value, way, number));
        }
    }
    files
}

/// The case with other names, in files of other names, each in another order within: as texts by name.
fn varied(files: &Files, random: &mut Random) -> BTreeMap<String, String> {
    let names = renaming(files, random);
    let mut texts = BTreeMap::new();
    for (name, documents) in files {
        let mut written: Vec<String> =
            documents.iter().map(|document| written(&document.value, &names, random)).collect();
        random.shuffle(&mut written);
        let (folder, file) = name.rsplit_once('/').map_or(("", name.as_str()), |(folder, file)| (folder, file));
        let slash = if folder.is_empty() { "" } else { "/" };
        texts.insert(format!("{folder}{slash}{}-{file}", random.letters()), written.join("\n---\n"));
    }
    texts
}

/// Keeps to the time that a scenario grants.
struct Deadline(Instant);

impl Watch for Deadline {
    fn progress(&mut self, _: &Progress) -> Flow {
        if Instant::now() > self.0 { Flow::End(Stop::Time) } else { Flow::Continue }
    }
}

/// The question that texts ask.
fn input(texts: &BTreeMap<String, String>) -> Input {
    let mut documents = Vec::new();
    for (name, text) in texts {
        let (more, problems) = parse_bytes(name, text.as_bytes());
        assert!(problems.is_empty(), "{problems:?}\n{text}");
        documents.extend(more);
    }
    Input::sort(&documents).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// What is found if each reconcile is a step.
fn judged(input: &Input) -> Verdict {
    let default = Limits::default();
    let states = input.scenario.max_states.map_or(default.states, |states| states as usize);
    let mut deadline = Deadline(Instant::now() + Duration::from_secs(input.scenario.max_seconds.unwrap_or(60)));
    let settings = Settings { limits: Limits { states, ..default }, parts: Parts::Apart };
    run(input, &settings, &mut deadline).verdict
}

/// What is found with that granularity and caches that lag so far; none if that takes too many states.
fn judged_with(input: &Input, granularity: Granularity, lag: u32, states: usize) -> Option<Verdict> {
    let mut input = input.clone();
    (input.scenario.granularity, input.scenario.lag) = (granularity, lag);
    let limits = Limits { states, ..Limits::default() };
    let verdict = run(&input, &Settings { limits, parts: Parts::Apart }, &mut ()).verdict;
    (verdict != Verdict::Undecided).then_some(verdict)
}

/// Every case, varied by one seed.
fn check(seed: u64) {
    let (mut wrong, mut n_interleaved, mut n_stale) = (Vec::new(), 0, 0);
    for folder in cases() {
        let mut random = Random(seed);
        let files = renumbered(read(&folder), &folder, &mut random);
        let texts = varied(&files, &mut random);
        let input = input(&texts);
        let (expected, found) = (input.scenario.expect, judged(&input));
        let interleaved = judged_with(&input, Granularity::Interleaved, 0, INTERLEAVED.0);
        // What shows only between requests does not show where reconciles are atomic.
        let is_atomic = input.scenario.granularity == Granularity::Atomic;
        let stale = if is_atomic {
            judged_with(&input, Granularity::Atomic, LAG.max(input.scenario.lag), STALE.0)
        } else {
            None
        };
        n_interleaved += usize::from(interleaved.is_some());
        n_stale += usize::from(stale.is_some());
        if expected != Some(found) || interleaved.is_some_and(|v| v != found) || stale.is_some_and(|v| v != found) {
            let texts: String = texts.iter().map(|(name, text)| format!("=== {name}\n{text}\n")).collect();
            let found = format!("{found:?} found, {interleaved:?} interleaved, and {stale:?} with stale caches");
            wrong.push(format!("{}: {expected:?} was expected, {found}:\n{texts}", folder.display()));
        }
    }
    assert!(n_interleaved >= INTERLEAVED.1, "only {n_interleaved} cases end where each request is a step");
    assert!(n_stale >= STALE.1, "only {n_stale} cases end where caches may lag");
    assert!(wrong.is_empty(), "seed {seed:#x}:\n{}", wrong.join("\n"));
}

#[test]
fn names_numbers_files_and_order_do_not_matter_with_the_first_seed() {
    check(SEEDS[0]);
}

#[test]
fn names_numbers_files_and_order_do_not_matter_with_the_second_seed() {
    check(SEEDS[1]);
}

#[test]
fn names_numbers_files_and_order_do_not_matter_with_the_third_seed() {
    check(SEEDS[2]);
}

#[test]
fn names_are_changed_as_whole_words_and_everywhere() {
    let names: BTreeMap<String, String> = [("mill".to_owned(), "q".to_owned())].into();
    assert_eq!(renamed("mill", &names), "q");
    assert_eq!(renamed("http://mill.farm:80/windmill/mill-1", &names), "http://q.farm:80/windmill/mill-1");
    assert!(cases().len() >= 17, "the zoo is where it was");
    let till =
        cases().into_iter().find(|folder| folder.ends_with("hpa-vs-argocd-replicas/broken")).expect("it is in the zoo");
    let texts = varied(&read(&till), &mut Random(SEEDS[0]));
    assert!(texts.iter().all(|(name, text)| !name.starts_with("git/") || !text.contains("till")), "{texts:?}");
}

#[test]
fn numbers_are_drawn_for_cases_that_are_there_and_written_in_their_spelling() {
    for (name, _) in numbers::CASES {
        assert!(cases().iter().any(|folder| folder.ends_with(name)), "{name} is not in the zoo");
    }
    let folder = cases().into_iter().find(|folder| folder.ends_with("quota-rolling-update-stuck/broken"));
    let folder = folder.expect("it is in the zoo");
    let files = renumbered(read(&folder), &folder, &mut Random(SEEDS[0]));
    let value = |name: &str, way: &[&str]| files[name][0].value.at(way).clone();
    let replicas = value("deployment.yaml", &["spec", "replicas"]);
    assert_eq!(value("before/deployment.yaml", &["spec", "replicas"]), replicas);
    assert_eq!(value("before/quota.yaml", &["spec", "hard", "pods"]).text(), replicas.to_string());
}
