//! In which states everything can end.

use evenkeel_object::parse::parse;
use evenkeel_system::Limits;

use crate::{Input, Parts, Settings, finals};

fn input(text: &str) -> Input {
    let (documents, problems) = parse("case.yaml", text);
    assert!(problems.is_empty(), "{problems:?}");
    Input::sort(&documents).expect("a good input")
}

/// ConfigMaps, each of which comes to lie on one of these sides, if there are any.
fn coins(n_coins: usize, sides: &[&str]) -> String {
    let toss = |side: &&str| {
        format!(
            "---\napiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {{name: {side}}}\nspec:\n  \
             for: {{apiVersion: v1, kind: ConfigMap}}\n  \
             rules: [{{when: \"!has(object.data)\", patch: {{change: {{data: {{side: {side}}}}}}}}}]\n"
        )
    };
    let coin = |number| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: coin-{number}}}\n");
    (0..n_coins).map(coin).chain(sides.iter().map(toss)).collect()
}

/// Never on its head.
const DEMANDED: &str = "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nmetadata: {name: a}\nspec:\n  legitimate:\n  \
                        - {name: no heads, objects: {apiVersion: v1, kind: ConfigMap}, each: object.data.side != 'heads'}\n";

/// What lies where in each final state, and whether that is as it should be.
fn ends(text: &str, parts: Parts) -> Result<Vec<(String, bool)>, String> {
    let found = finals(&input(text), &Settings { limits: Limits::default(), parts }, &mut ())?;
    let told = |objects: &[evenkeel_object::Object]| {
        let coins = objects.iter().filter(|object| object["kind"].text() == "ConfigMap");
        coins.map(|coin| coin.at(&["data", "side"]).text().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let mut ends: Vec<(String, bool)> = found.iter().map(|end| (told(&end.objects), end.is_legitimate)).collect();
    ends.sort();
    Ok(ends)
}

#[test]
fn the_final_states_are_the_combinations_of_those_of_the_parts() {
    let text = coins(2, &["heads", "tails"]) + DEMANDED;
    let expected = [("heads heads", false), ("heads tails", false), ("tails heads", false), ("tails tails", true)];
    for parts in [Parts::Apart, Parts::Together] {
        let found = ends(&text, parts).expect("all are found");
        assert_eq!(found.iter().map(|(told, good)| (told.as_str(), *good)).collect::<Vec<_>>(), expected, "{parts:?}");
    }
}

#[test]
fn more_final_states_than_are_told_are_said_to_be_too_many() {
    let sides = ["heads", "tails"];
    assert_eq!(ends(&coins(10, &sides), Parts::Apart).map(|ends| ends.len()), Ok(1024));
    assert_eq!(ends(&coins(11, &sides), Parts::Apart), Err("there are more than 1024 final states".to_owned()));
}

#[test]
fn steps_have_been_taken_where_everything_ends() {
    let steps = "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nmetadata: {name: a}\nspec:\n  steps:\n  \
                 - {name: turn, patch: {objects: {apiVersion: v1, kind: ConfigMap}, merge: {data: {side: tails}}}}\n";
    let found = ends(&(coins(1, &["heads"]) + steps), Parts::Apart).expect("all are found");
    assert_eq!(found, [("tails".to_owned(), true)]);
}
