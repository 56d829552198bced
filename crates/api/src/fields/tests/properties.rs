//! What holds in all stories.

use std::collections::BTreeMap;

use evenkeel_object::{Value, json};
use proptest::prelude::*;

use super::Story;

fn specs() -> impl Strategy<Value = serde_json::Value> {
    let container = (prop::sample::select(vec!["a", "b", "c"]), prop::option::of(prop::sample::select(vec!["x", "y"])));
    let containers = prop::collection::vec(container, 0..3).prop_map(|list| {
        let unique: BTreeMap<_, _> = list.into_iter().collect();
        let items: Vec<_> = unique
            .into_iter()
            .map(|(name, image)| match image {
                Some(image) => json!({"name": name, "image": image}),
                None => json!({"name": name}),
            })
            .collect();
        items
    });
    (prop::option::of(1..3_i64), prop::option::of(any::<bool>()), containers).prop_map(
        |(replicas, paused, containers)| {
            let mut spec = json!({});
            if let Some(replicas) = replicas {
                spec["replicas"] = json!(replicas);
            }
            if let Some(paused) = paused {
                spec["paused"] = json!(paused);
            }
            if !containers.is_empty() {
                spec["template"] = json!({"spec": {"containers": containers}});
            }
            spec
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<(&'static str, serde_json::Value, bool)>> {
    let managers = prop::sample::select(vec!["one", "two", "three"]);
    prop::collection::vec((managers, specs(), any::<bool>()), 1..6)
}

/// The leaves of a configuration, each with its value, lists by the names of their items.
fn leaves(prefix: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Map(map) => {
            for (name, value) in map.iter() {
                leaves(&format!("{prefix}.{name}"), value, found);
            }
        }
        Value::List(items) => {
            for item in items.iter() {
                leaves(&format!("{prefix}[{}]", item["name"].text()), item, found);
            }
        }
        scalar => {
            found.insert(prefix.to_owned(), scalar.clone());
        }
    }
}

fn leaves_of(value: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    leaves("", value, &mut found);
    found
}

proptest! {
    #[test]
    fn what_is_applied_is_what_is_there_and_applying_it_again_changes_nothing(steps in steps()) {
        let mut story = Story::new();
        for (manager, spec, force) in steps {
            if story.try_apply(manager, spec.clone(), force).is_err() {
                prop_assert!(!force);
                continue;
            }
            let there = leaves_of(&story.spec());
            for (place, value) in leaves_of(&spec.clone().into()) {
                prop_assert_eq!(there.get(&place), Some(&value));
            }
            let before = story.object.clone();
            story.apply(manager, spec);
            prop_assert_eq!(&before, &story.object);
        }
    }

    // A reference by hand: who applied which leaf last, and with which value.
    #[test]
    fn a_conflict_is_another_owner_who_wants_another_value_and_what_nobody_wants_goes(steps in steps()) {
        let mut story = Story::new();
        let mut wants: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
        for (manager, spec, force) in steps {
            let mine = leaves_of(&spec.clone().into());
            let differs = |(place, value): (&String, &Value)| mine.get(place).is_some_and(|mine| mine != value);
            let contested = wants.iter().any(|(other, theirs)| *other != manager && theirs.iter().any(differs));
            let result = story.try_apply(manager, spec, force);
            prop_assert_eq!(result.is_err(), contested && !force);
            if result.is_ok() {
                for (other, theirs) in &mut wants {
                    theirs.retain(|place, value| *other == manager || !differs((place, value)));
                }
                wants.insert(manager, mine);
            }
            let union: BTreeMap<String, Value> = wants.values().flatten().map(|(p, v)| (p.clone(), v.clone())).collect();
            prop_assert_eq!(leaves_of(&story.spec()), union);
        }
    }
}
