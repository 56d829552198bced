//! The engine and a naive checker say the same of every case of the zoo that the naive one can walk.

use std::path::Path;

use evenkeel_api::Memory;
use evenkeel_check::Question;
use evenkeel_cluster::Granularity;
use evenkeel_parts::{Setup, severity};
use evenkeel_system::{Limits, Verdict};

use crate::naive::Naive;
use crate::settle::Asked;
use crate::setup::{Situation, assumed};
use crate::zoo::{cases, documents};
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

/// What a case asks.
fn read(folder: &Path) -> Input {
    Input::sort(&documents(folder)).expect("the zoo is well written")
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
    for folder in cases(&["reality"]).into_iter().filter(|folder| !ASLEEP.iter().any(|name| folder.ends_with(name))) {
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
