//! What is deleted and made again under the same name, and those who remember what it was; and who is woken where all had settled.

use evenkeel_object::parse::{Document, parse};
use evenkeel_system::{Limits, Verdict};

use crate::{Input, Parts, Settings, run};

const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: lamps.x.example.org}\nspec:\n  \
    group: x.example.org\n  scope: Namespaced\n  names: {plural: lamps, singular: lamp, kind: Lamp}\n  versions:\n  - name: v1\n    served: true\n    \
    storage: true\n    subresources: {status: {}}\n    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {colour: {type: string}}}, \
    status: {type: object, properties: {mark: {type: string}, observedGeneration: {type: integer}}}}}}\n---\n";
const LAMP: &str = "apiVersion: x.example.org/v1\nkind: Lamp\nmetadata: {name: a}\nspec: {colour: red}\n---\n";

/// A controller of lamps with what stands below `spec` but for `for`.
fn model(spec: &str) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {{name: lamp}}\nspec:\n  \
         for: {{apiVersion: x.example.org/v1, kind: Lamp, when: \"object != null\"}}\n{spec}---\n"
    )
}

/// A Scenario in which the lamp is deleted and made again, the second right after the first or later.
fn again(spec: &str) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: u}}\nspec:\n{spec}  steps:\n  - name: goes\n    moment: any\n    \
         delete: {{objects: {{apiVersion: x.example.org/v1, kind: Lamp}}}}\n  - {{name: comes again, moment: any, apply: {{path: again.yaml}}}}\n"
    )
}

const THERE_IS_A_BULB: &str = "  legitimate:\n  - name: there-is-a-bulb\n    objects: {apiVersion: v1, kind: ConfigMap}\n    \
    together: \"objects.exists(o, o.metadata.name == 'bulb')\"\n";

fn documents(files: &[(&str, &str)]) -> Vec<Document> {
    let all = files.iter().flat_map(|(file, text)| {
        let (documents, problems) = parse(file, text);
        assert!(problems.is_empty(), "{problems:?}");
        documents
    });
    all.collect()
}

fn verdict(input: &Input) -> (Verdict, Option<String>) {
    let report = run(input, &Settings { limits: Limits::default(), parts: Parts::Apart }, &mut ());
    (report.verdict, report.limits.reached)
}

fn check(model: &str, scenario: &str, expect: Verdict) {
    let text = DEFINITION.to_owned() + LAMP + model + scenario;
    let files = [("case.yaml", &*text), ("again.yaml", LAMP)];
    let n_files = if scenario.is_empty() { 1 } else { 2 };
    let input = Input::sort(&documents(&files[..n_files])).expect("a good input");
    assert_eq!(verdict(&input).0, expect, "{model}{scenario}");
}

#[test]
fn the_collector_does_not_delete_what_has_got_another_owner_meanwhile() {
    let owns = "  rules:\n  - {when: has(object.status), stop: true}\n  - apply: {owned: true, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: bulb}}}\n  \
                - status: {set: {mark: lit}}\n";
    check(&model(owns), &again(&format!("  granularity: interleaved\n{THERE_IS_A_BULB}")), Verdict::Stabilizes);
}

#[test]
fn a_uid_that_a_lagging_cache_still_shows_is_not_given_again() {
    let owns = "  watches: [{apiVersion: v1, kind: ConfigMap}]\n  let: [{name: bulb, get: {apiVersion: v1, kind: ConfigMap, name: bulb}}]\n  rules:\n  \
                - {when: has(object.status), stop: true}\n  - when: bulb == null || bulb.metadata.ownerReferences[0].uid != object.metadata.uid\n    \
                create: {owned: true, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: bulb}}}\n  - status: {set: {mark: lit}}\n";
    check(&model(owns), &again(&format!("  caches: {{stale: 2}}\n{THERE_IS_A_BULB}")), Verdict::Stabilizes);
}

#[test]
fn a_reconcile_can_tell_that_its_object_was_made_again_meanwhile() {
    let tells = "  let: [{name: now, get: {apiVersion: x.example.org/v1, kind: Lamp, name: a, live: true}}]\n  rules:\n  \
                 - create: {mayExist: true, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: first}}}\n  \
                 - when: now != null && now.metadata.uid != object.metadata.uid\n    \
                 create: {mayExist: true, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: told-apart}}}\n";
    let never = "  granularity: interleaved\n  invariants:\n  - {name: never, objects: {apiVersion: v1, kind: ConfigMap}, each: \"object.metadata.name != 'told-apart'\"}\n";
    check(&model(tells), &again(never), Verdict::Violates);
}

#[test]
fn a_uid_that_is_kept_anywhere_is_not_given_again() {
    let keeps = "  let: [{name: bulb, get: {apiVersion: v1, kind: ConfigMap, name: bulb}}]\n  rules:\n  - when: bulb == null\n    \
                 create: {object: {apiVersion: v1, kind: ConfigMap, metadata: {name: bulb}, data: {of: \"${object.metadata.uid}\"}}}\n    stop: true\n  \
                 - {when: bulb.data.of != object.metadata.uid, fail: it belongs to another}\n";
    check(&model(keeps), &again("").replace("moment: any\n    delete", "delete"), Verdict::Stuck);
}

/// A change of a ConfigMap, beside a controller that copies from it into the lamp and was running before, with these watches.
fn copied(watches: &str) -> (Verdict, Option<String>) {
    let colour = |colour: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{colour: {colour}}}\n---\n")
    };
    let copies = model(&format!(
        "{watches}  let: [{{name: c, get: {{apiVersion: v1, kind: ConfigMap, name: c}}}}]\n  rules:\n  \
         - {{when: c != null, status: {{set: {{mark: \"${{c.data.colour}}\"}}}}}}\n"
    ));
    let before = documents(&[("now.yaml", &(DEFINITION.to_owned() + LAMP + &colour("red") + &copies))]);
    let after = documents(&[("next.yaml", &(DEFINITION.to_owned() + LAMP + &colour("blue")))]);
    verdict(&Input::sort_then(&before, &after, false).expect("a good input"))
}

#[test]
fn who_was_running_before_is_woken_by_what_it_watches_only() {
    assert_eq!(copied("").0, Verdict::Stuck);
    assert_eq!(copied("  watches: [{apiVersion: v1, kind: ConfigMap, wakes: \"'a'\"}]\n").0, Verdict::Stabilizes);
}

#[test]
fn a_condition_that_is_neither_true_nor_false_is_never_taken_for_either() {
    check(&model("  rules: [{when: dyn(object.spec.colour), fail: never said}]\n"), "", Verdict::Stuck);
    check(
        &model("  rules: [{forEach: {name: x, in: dyn(object.spec.colour)}, fail: never said}]\n"),
        "",
        Verdict::Stuck,
    );
    for unclear in [
        "when: dyn(object.metadata.name)",
        "when: before.data.nom == 'a'",
        "wakes: dyn(5)",
        "wakes: \"[{'nom': 'a'}]\"",
    ] {
        let (verdict, reason) = copied(&format!("  watches: [{{apiVersion: v1, kind: ConfigMap, {unclear}}}]\n"));
        assert_eq!(verdict, Verdict::Undecided, "{unclear}");
        assert!(reason.as_deref().is_some_and(|reason| reason.contains("cannot be told")), "{unclear} {reason:?}");
    }
}

#[test]
fn a_generation_that_is_kept_where_it_is_not_renumbered_makes_the_answer_unknown() {
    let keeps =
        |field: &str, value: &str| model(&format!("  rules: [{{status: {{set: {{{field}: \"${{{value}}}\"}}}}}}]\n"));
    check(&keeps("mark", "string(object.metadata.generation)"), "", Verdict::Undecided);
    check(&keeps("observedGeneration", "object.metadata.generation"), "", Verdict::Stabilizes);
}
