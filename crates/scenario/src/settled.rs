//! What has settled in many ways at once.

use evenkeel_object::parse::{Document, parse};
use evenkeel_system::{Limits, Verdict};

use crate::{Input, Parts, Settings, run};

fn read(text: &str) -> Vec<Document> {
    let (documents, problems) = parse("case.yaml", text);
    assert!(problems.is_empty(), "{problems:?}");
    documents
}

fn model(name: &str, kind: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {{name: {name}}}\nspec:\n  for: {{apiVersion: v1, kind: {kind}}}\n{spec}\n"
    )
}

/// So many coins, each of which comes to lie on one of its sides.
fn coins(n_coins: usize) -> String {
    let toss = |side: &str| {
        let rule = format!("  rules: [{{when: \"!has(object.data)\", patch: {{change: {{data: {{side: {side}}}}}}}}}]");
        model(side, "ConfigMap", &rule)
    };
    let coin = |number| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: coin-{number}}}\n");
    (0..n_coins).map(coin).collect::<String>() + &toss("heads") + &toss("tails")
}

/// Somebody who never comes to rest if there are just that many heads.
fn judge(n_heads: usize) -> String {
    let spec = format!(
        "  let:\n  - name: heads\n    list: {{apiVersion: v1, kind: ConfigMap}}\n  rules:\n  - when: \"heads.filter(h, has(h.data) && h.data.side == 'heads').size() == \
         {n_heads}\"\n    patch: {{change: {{metadata: {{labels: {{calls: \"${{object.?metadata.?labels.?calls.orValue('a') == 'a' ? 'b' : 'a'}}\"}}}}}}}}"
    );
    "---\napiVersion: v1\nkind: Secret\nmetadata: {name: judge}\n".to_owned() + &model("judge", "Secret", &spec)
}

fn verdict(before: &str, after: &str, parts: Parts) -> Verdict {
    let input = Input::sort_then(&read(before), &read(after), false).expect("a good input");
    run(&input, &Settings { limits: Limits { states: 20_000, ..Limits::default() }, parts }, &mut ()).verdict
}

#[test]
fn each_part_begins_from_each_of_its_own_final_states() {
    let before = coins(9);
    assert_eq!(
        verdict(&before, "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n", Parts::Apart),
        Verdict::Stabilizes
    );
}

#[test]
fn who_sees_several_parts_at_once_is_asked_about_in_all_their_states_or_not_answered() {
    for n_heads in [0, 3, 6] {
        assert_eq!(verdict(&coins(6), &judge(n_heads), Parts::Apart), Verdict::Oscillates);
        assert_eq!(verdict(&coins(6), &judge(n_heads), Parts::Together), Verdict::Oscillates);
    }
    assert_eq!(verdict(&coins(6), &judge(7), Parts::Apart), Verdict::Stabilizes);
    // Three heads of seven are in none of the states that are tried.
    assert_eq!(verdict(&coins(7), &judge(3), Parts::Apart), Verdict::Undecided);
    assert_eq!(verdict(&coins(7), &judge(8), Parts::Apart), Verdict::Undecided);
}
