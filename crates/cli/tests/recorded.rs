//! What a real control plane did, as it was recorded, against what the model says.
//!
//! Of a case that came to rest, the recorded objects are one of the model's final states; whatever waited in the end waits there for the same reason. Of
//! one that did not, the recorded fields are fought over by the same writers. What differs and is known stands in one table, `known`. The recordings
//! are below `recordings`, without what only recording needed.
// Tests read the zoo.
#![allow(clippy::disallowed_methods)]

#[path = "recorded/canonical.rs"]
mod canonical;
#[path = "recorded/compare.rs"]
mod compare;
#[path = "recorded/fights.rs"]
mod fights;
#[path = "recorded/known.rs"]
mod known;
#[path = "recorded/recording.rs"]
mod recording;
#[path = "recorded/waits.rs"]
mod waits;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use canonical::{Nodes, canonical};
use compare::{Difference, differences};
use evenkeel_object::{Value, parse_bytes};
use evenkeel_scenario::{Final, Input, Parts, Settings, finals, run};
use evenkeel_system::Limits;
use known::KNOWN;
use recording::Recording;

/// The cases of the zoo that were recorded, by their names.
fn cases() -> Vec<String> {
    let folders = |path: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(path).expect("the zoo can be read").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| path.is_dir()).collect()
    };
    let variants = folders(&reality()).into_iter().flat_map(|case| folders(&case));
    let names = variants.map(|variant| variant.strip_prefix(reality()).expect("it is inside").display().to_string());
    let mut names: Vec<String> = names.filter(|name| Recording::of(name).is_some()).collect();
    names.sort();
    names
}

fn reality() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../zoo/reality"))
}

/// What a case asks. The files are named as seen from its folder.
fn input(case: &str) -> Input {
    let folder = reality().join(case);
    let (mut documents, mut left) = (Vec::new(), vec![folder.clone()]);
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).expect("the zoo can be read").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.strip_prefix(&folder).expect("it is inside").display().to_string();
            let (more, problems) = parse_bytes(&name, &fs::read(&path).expect("the zoo can be read"));
            assert!(problems.is_empty(), "{problems:?}");
            documents.extend(more);
        }
    }
    documents.sort_by(|a, b| a.source.cmp(&b.source));
    Input::sort(&documents).unwrap_or_else(|problems| panic!("{case}: {problems:?}"))
}

/// What differs between a recording and the model, as a place and in words.
fn compared(case: &str, recording: &Recording) -> Vec<(String, String)> {
    let input = input(case);
    let states = input.scenario.max_states.map_or(Limits::default().states, |states| states as usize);
    let settings = Settings { limits: Limits { states, ..Limits::default() }, parts: Parts::Apart };
    let mut found = Vec::new();
    if !recording.waits.is_empty() || !recording.fights.is_empty() {
        let evidence = run(&input, &settings, &mut ()).evidence.unwrap_or_default();
        let waits = recording.waits.iter().filter_map(|wait| Some((wait, waits::missing(wait, &evidence)?)));
        found.extend(waits.map(|(wait, why)| (format!("wait {wait}"), why)));
        let fights = recording.fights.iter().filter_map(|fight| Some((fight, fights::missing(fight, &evidence)?)));
        found.extend(fights.map(|(fight, why)| {
            let kind = fight.object.split(' ').next().unwrap_or_default();
            (format!("fight {kind} {}", fight.path), why)
        }));
    }
    if ["settles", "stuck"].contains(&recording.outcome.as_str()) {
        match ending(case, &input, &settings, recording) {
            Ok(differences) => found.extend(differences.iter().map(|one| (place(one), one.to_string()))),
            Err(reason) => found.push(("final".to_owned(), reason)),
        }
    }
    found
}

fn place(difference: &Difference) -> String {
    let kind = difference.object.split(' ').next().unwrap_or_default();
    let path = if difference.path.is_empty() { "(whole)" } else { &difference.path };
    format!("{kind} {path}")
}

/// What differs between the recorded final objects and that final state of the model which is most like them, of those that are as good.
fn ending(case: &str, input: &Input, settings: &Settings, recording: &Recording) -> Result<Vec<Difference>, String> {
    let nodes = Nodes::of(&recording.finals);
    let recorded = canonical(&recording.finals, nodes);
    let is_as_good = |end: &&Final| end.is_legitimate == (recording.outcome == "settles");
    let ends = finals(input, settings, &mut ())?;
    let different = ends.iter().filter(is_as_good).map(|end| {
        let objects: Vec<Value> = end.objects.iter().map(|object| object.0.clone()).collect();
        differences(&recorded, &canonical(&objects, nodes))
    });
    let n_unknown = |all: &[Difference]| all.iter().filter(|one| entry(case, &place(one)).is_none()).count();
    let best = different.min_by_key(|all| (n_unknown(all), all.len()));
    best.ok_or_else(|| "it never ends so".to_owned())
}

/// The entry of the table for that place of a case, by its number.
fn entry(case: &str, place: &str) -> Option<usize> {
    KNOWN.iter().position(|known| known.is_about(case, place))
}

#[test]
fn what_a_real_control_plane_did_is_what_the_model_says() {
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for case in cases() {
        let recording = Recording::of(&case).expect("only what was recorded is among the cases");
        for (place, difference) in compared(&case, &recording) {
            match entry(&case, &place) {
                Some(number) => drop(used.insert(number)),
                None => wrong.push(format!("{case}: {place}\n    {difference}")),
            }
        }
    }
    let needless = (0..KNOWN.len()).filter(|number| !used.contains(number));
    wrong.extend(needless.map(|number| {
        let known = &KNOWN[number];
        format!("no difference any more: {} {}, {}", known.case, known.place, known.reason)
    }));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_that_was_recorded_is_in_the_zoo() {
    assert_eq!(cases().len(), Recording::count());
}
