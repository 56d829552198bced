//! The engine and a naive checker say the same of every case of the zoo that the naive one can walk.
// The test reads the zoo.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};

use evenkeel_api::Memory;
use evenkeel_check::Question;
use evenkeel_cluster::Granularity;
use evenkeel_object::parse::parse;
use evenkeel_parts::{Setup, severity};
use evenkeel_system::{Limits, Verdict};

use crate::naive::Naive;
use crate::settle::Asked;
use crate::setup::{Situation, assumed};
use crate::{Input, Parts, Settings, run};

/// How many stores the naive checker may hold: it has neither canonical names nor parts.
const STORES_MAX: usize = 1_000;

/// The cases that are known to be within that. The others have too many stores, those of several parts or of Pods by their names, or no end of them.
const WALKED: [&str; 11] = [
    "aggregated-clusterrole-rules-empty/broken",
    "aggregated-clusterrole-rules-empty/mended",
    "caa-webhook-self-deadlock/broken",
    "caa-webhook-self-deadlock/mended",
    "hpa-vs-argocd-replicas/mended",
    "nodename-noexecute-taint/mended",
    "quota-rolling-update-stuck/broken",
    "quota-rolling-update-stuck/mended",
    "rs-nodename-outofcpu-explosion/mended",
    "validating-policy-blocks-old-rs/broken",
    "validating-policy-blocks-old-rs/mended",
];

/// Cases in which somebody sleeps beside work: the naive checker knows no sleep, and takes all to be awake.
const ASLEEP: [&str; 1] = ["validating-policy-blocks-old-rs/mended-late"];

/// The folders of the zoo with a Scenario in them.
fn cases() -> Vec<PathBuf> {
    let mut left = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../zoo"))];
    let mut found = Vec::new();
    while let Some(folder) = left.pop() {
        let entries = fs::read_dir(&folder).expect("the zoo can be read");
        let folders = entries.map(|entry| entry.expect("the zoo can be read").path()).filter(|path| path.is_dir());
        // What was recorded of a real control plane is judged by that.
        left.extend(folders.filter(|folder| !folder.ends_with("reality")));
        if folder.join("scenario.yaml").is_file() {
            found.push(folder);
        }
    }
    found.sort();
    found
}

/// What a case asks. The files are named as seen from its folder.
fn read(folder: &Path) -> Input {
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
    Input::sort(&documents).expect("the zoo is well written")
}

/// What the naive checker says: the worst of what was given. None if that are too many stores, a manifest was refused at first, something
/// may go wrong, or people do something afterwards.
fn naive(input: &Input, settings: &Settings) -> Option<Verdict> {
    if input.scenario.crashes + input.scenario.pod_deletions > 0 || !input.scenario.steps.is_empty() {
        return None;
    }
    let (preset, _) = assumed(input);
    let question = Question { fairness: input.scenario.fairness, confluence: false, limits: settings.limits };
    let beginnings = Asked { input, preset: &preset, question: &question, settings }.given(&mut ()).ok()?.stores;
    let verdicts = beginnings.iter().map(|beginning| {
        let situation = Situation::new(input, beginning, &input.manifests);
        if !situation.pending().is_empty() {
            return None;
        }
        let (server, controllers) = situation.parts_for_tests();
        let mut start = Memory::default();
        situation.objects().iter().for_each(|object| start.insert(object.clone()));
        let legitimacy = input.scenario.legitimacy.clone();
        Naive { server, controllers, legitimacy }.verdict(start, STORES_MAX)
    });
    let verdicts: Option<Vec<Verdict>> = verdicts.collect();
    verdicts?.into_iter().max_by_key(|verdict| severity(*verdict))
}

#[test]
fn the_naive_checker_agrees_on_every_case_that_it_can_walk() {
    let settings = Settings { limits: Limits { states: 200_000, ..Limits::default() }, parts: Parts::Apart };
    let mut missing = WALKED.to_vec();
    for folder in cases().into_iter().filter(|folder| !ASLEEP.iter().any(|name| folder.ends_with(name))) {
        let mut input = read(&folder);
        // Its caches are fresh, and its reconciles atomic; what lags is compared in `lagging`.
        let asked = (input.scenario.lag, input.scenario.granularity);
        (input.scenario.lag, input.scenario.granularity) = (0, Granularity::Atomic);
        let found = naive(&input, &settings);
        let told = found.map_or_else(|| "not walked".to_owned(), |verdict| verdict.to_string());
        println!("{}: {told}", folder.display());
        if let Some(found) = found {
            missing.retain(|name| !folder.ends_with(name));
            let ask = |parts| run(&input, &Settings { parts, ..settings }, &mut ()).verdict;
            assert_eq!([ask(Parts::Apart), ask(Parts::Together)], [found; 2], "{folder:?}");
            assert!(asked != (0, Granularity::Atomic) || input.scenario.expect == Some(found), "{folder:?}: {found}");
        }
    }
    assert!(missing.is_empty(), "the naive checker does not come to the end of {missing:?}");
}
