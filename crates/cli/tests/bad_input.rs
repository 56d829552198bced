//! What the program says about inputs that cannot be read: where, what was found, what was expected; and it ends with code 2.
// Tests write the files that the program reads.
#![allow(clippy::disallowed_methods)]

mod program;

use program::{Answer, Folder};

const NAMED: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: almanac}\n";

/// What `evenkeel check bad.yaml` says about a text.
fn check(text: impl AsRef<[u8]>) -> Answer {
    Folder::new().with("bad.yaml", text).run(&["check", "bad.yaml"])
}

/// What it says about a Scenario with that `spec`, beside a manifest.
fn check_scenario(spec: &str) -> Answer {
    let text = format!("apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: s}}\nspec:\n{spec}");
    Folder::new().with("a.yaml", NAMED).with("scenario.yaml", text).run(&["check", "."])
}

#[test]
fn a_bracket_that_is_never_closed_is_shown_where_it_opens() {
    let answer = check("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: almanac\n");
    answer.complains(&["bad.yaml:3:11", "never closed", "found `{name: almanac`", "expected `}`"]);
}

#[test]
fn a_tab_is_shown_where_it_stands() {
    check("apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: almanac\n").complains(&[
        "bad.yaml:4:",
        "found",
        "expected",
    ]);
}

#[test]
fn a_key_that_is_there_twice_is_told_with_the_place_of_the_first() {
    let answer = check("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: almanac\n  name: diary\n");
    answer.complains(&["bad.yaml:5:3", "name is here twice", "found it stands in line 4", "expected each field once"]);
}

#[test]
fn an_unknown_field_of_a_scenario_is_told_with_the_one_that_was_meant() {
    let answer = check_scenario("  expects: stuck\n");
    answer.complains(&["scenario.yaml:5:3", "found expects", "expected one of appliers", "did you mean expect?"]);
}

#[test]
fn an_unknown_field_of_an_applier_is_told_with_the_one_that_was_meant() {
    let answer = check_scenario("  appliers:\n  - {name: a, type: ArgoCD, path: a.yaml, selfheal: true}\n");
    answer.complains(&["scenario.yaml:6:43", "found selfheal", "did you mean selfHeal?"]);
}

#[test]
fn a_wrong_word_is_told_with_all_that_are_right() {
    let answer = check_scenario("  expect: wobbles\n");
    answer.complains(&[
        "scenario.yaml:5:11",
        "found \"wobbles\"",
        "expected one of stabilizes, oscillates, diverges, stuck",
    ]);
}

#[test]
fn a_value_of_another_type_is_told() {
    let answer = check_scenario("  limits: {states: many}\n");
    answer.complains(&["scenario.yaml:5:20", "found \"many\"", "expected a whole number"]);
}

#[test]
fn what_becomes_of_pods_has_to_be_said() {
    let answer = check_scenario("  environment: {pods: [{selector: {matchLabels: {app: mill}}}]}\n");
    answer.complains(&["outcome cannot be read", "found nothing", "expected one of Ready, NeverReady, NeverStarts"]);
}

#[test]
fn caches_are_fresh_stale_or_stale_by_a_number() {
    check_scenario("  caches: rotten\n").complains(&["scenario.yaml:5:11", "rotten", "expected one of fresh, stale"]);
    check_scenario("  caches: {stale: 9}\n").complains(&["scenario.yaml:5:19", "found 9", "from 0 to 8"]);
    check_scenario("  caches: {stal: 2}\n").complains(&["scenario.yaml:5:12", "found stal", "did you mean stale?"]);
}

#[test]
fn what_is_wrong_with_a_model_of_a_controller_is_told_where_it_stands() {
    let model = "apiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {name: kubelet}\nspec:\n  for: {apiVersion: v2, kind: Boat}\n  rules:\n  - wen: \"true\"\n    stop: true\n";
    let answer = Folder::new().with("a.yaml", NAMED).with("model.yaml", model).run(&["check", "."]);
    answer.complains(&["model.yaml:3:18", "there are two controllers kubelet"]);
    answer.complains(&["model.yaml:5:8", "nobody serves Boat of v2", "CustomResourceDefinition"]);
    answer.complains(&["model.yaml:7:5", "wen is not a field of a ControllerModel", "did you mean when?"]);
}

#[test]
fn a_controller_that_nobody_knows_is_told_with_the_one_that_was_meant() {
    let answer = check_scenario("  controllers: {disabled: [kublet], resync: [job-controler]}\n");
    answer.complains(&["scenario.yaml:5:28", "found kublet", "did you mean kubelet?"]);
    answer.complains(&["scenario.yaml:5:46", "found job-controler", "did you mean job-controller?"]);
    check_scenario("  controllers: {resync: 3}\n").complains(&["found 3", "expected a list of texts"]);
}

#[test]
fn a_path_of_an_applier_that_leads_nowhere_is_told() {
    let answer = check_scenario("  appliers:\n  - {name: a, type: ArgoCD, path: gti}\n");
    answer.complains(&[
        "scenario.yaml:6:35",
        "found no object in \"gti\"",
        "expected a file or folder beside the scenario",
    ]);
}

#[test]
fn a_path_of_what_was_given_that_leads_nowhere_is_told() {
    let answer = check_scenario("  given: [befor]\n");
    answer.complains(&[
        "scenario.yaml:5:11",
        "found no object in \"befor\"",
        "expected a file or folder beside the scenario",
    ]);
}

/// What it says about a Scenario with one invariant that has these fields besides its name.
fn check_invariant(fields: &str) -> Answer {
    check_scenario(&format!("  invariants:\n  - name: floor\n{fields}"))
}

const DEPLOYMENTS: &str = "    objects: {apiVersion: apps/v1, kind: Deployment}\n";

#[test]
fn an_expression_that_is_none_is_told() {
    let answer = check_invariant(&(DEPLOYMENTS.to_owned() + "    each: 'object.spec.replicas >='\n"));
    answer.complains(&["scenario.yaml:8:11", "not an expression", "found \"object.spec.replicas >=\"", "expected an"]);
}

#[test]
fn a_variable_that_an_expression_does_not_have_is_told() {
    let answer = check_invariant(&(DEPLOYMENTS.to_owned() + "    each: 'objects.size() > 0'\n"));
    answer.complains(&["scenario.yaml:8:11", "there is no variable objects here", "no variable but object"]);
    let answer = check_invariant(&(DEPLOYMENTS.to_owned() + "    together: 'object.spec.replicas > 0'\n"));
    answer.complains(&["there is no variable object here", "no variable but objects"]);
}

#[test]
fn a_demand_without_an_expression_or_with_two_is_told() {
    check_invariant(DEPLOYMENTS).complains(&["scenario.yaml:6:", "expected an expression, here or under together"]);
    let answer = check_invariant(&(DEPLOYMENTS.to_owned() + "    each: 'true'\n    together: 'true'\n"));
    answer.complains(&["scenario.yaml:9:15", "expected either each or together"]);
}

#[test]
fn a_demand_without_objects_is_told() {
    check_invariant("    each: 'true'\n").complains(&["expected a map with apiVersion and kind"]);
    check_invariant("    objects: {kind: Pod}\n    each: 'true'\n").complains(&["apiVersion", "expected a text"]);
}

#[test]
fn a_demand_on_a_kind_that_nobody_serves_is_told() {
    let answer = check_invariant("    objects: {apiVersion: apps/v1, kind: Deplyment}\n    each: 'true'\n");
    answer.complains(&["scenario.yaml:7:42", "nobody serves Deplyment of apps/v1", "expected a kind of Kubernetes"]);
    check_invariant("    objects: {apiVersion: apps/v3, kind: Deployment}\n    each: 'true'\n")
        .complains(&["nobody serves Deployment of apps/v3"]);
}

#[test]
fn a_demand_in_a_namespace_on_what_has_none_is_told() {
    let answer = check_invariant("    objects: {apiVersion: v1, kind: Node, namespace: shop}\n    each: 'true'\n");
    answer.complains(&["scenario.yaml:7:54", "a Node has no namespace"]);
}

#[test]
fn a_demand_with_a_name_and_a_selector_is_told() {
    let objects = "    objects: {apiVersion: v1, kind: Pod, name: a, selector: {matchLabels: {a: b}}}\n";
    check_invariant(&(objects.to_owned() + "    each: 'true'\n")).complains(&["either a name or a selector"]);
}

#[test]
fn two_demands_of_one_name_are_told_with_both_places() {
    let demand = format!("  - name: floor\n{DEPLOYMENTS}    each: 'true'\n");
    let answer = check_scenario(&format!("  legitimate:\n{demand}  invariants:\n{demand}"));
    answer.complains(&["scenario.yaml:10:11", "two demands floor", "the same name at ./scenario.yaml:6:11"]);
}

#[test]
fn all_that_is_wrong_with_demands_is_told_at_once() {
    let first = "  - name: a\n    objects: {apiVersion: v1, kind: Pot}\n    each: 'nothing'\n";
    let second = "  - objects: {apiVersion: v1, kind: Pod, label: x}\n    each: 7\n";
    let answer = check_scenario(&format!("  invariants:\n{first}{second}"));
    answer.complains(&["nobody serves Pot", "no variable nothing", "found label", "found 7", "name cannot be read"]);
    assert_eq!(answer.err.matches("error:").count(), 5, "{}", answer.err);
}

#[test]
fn two_scenarios_in_one_question_are_told() {
    let scenario = "apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\n";
    let answer =
        Folder::new().with("a.yaml", NAMED).with("b.yaml", scenario).with("c.yaml", scenario).run(&["check", "."]);
    answer.complains(&["c.yaml:1:1", "more than one Scenario", "expected one Scenario"]);
}

#[test]
fn an_object_without_a_name_is_told() {
    let answer = check("apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: attic}\n");
    answer.complains(&["bad.yaml:3:1", "metadata.name is missing", "expected a name"]);
}

#[test]
fn a_map_that_is_no_object_is_told() {
    check("replicaCount: 3\nimage: mill\n").complains(&[
        "bad.yaml:1:1",
        "not a Kubernetes object",
        "found neither apiVersion nor kind",
    ]);
}

#[test]
fn two_objects_with_one_key_are_told_with_both_places() {
    let again = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: almanac, namespace: default}\n";
    let answer = Folder::new().with("a.yaml", NAMED).with("b.yaml", again).run(&["check", "."]);
    answer.complains(&["b.yaml:3:18", "ConfigMap/almanac is there twice", "a.yaml:3:18", "expected each object once"]);
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let answer = Folder::new().run(&["check", "nowhere.yaml"]);
    answer.complains(&["nowhere.yaml", "cannot be read", "found No such file", "expected a file, a folder, or -"]);
}

#[test]
fn a_folder_without_manifests_is_told() {
    let answer = Folder::new().with("README.md", "# nothing").run(&["check", "."]);
    answer.complains(&["nothing to check", "found no manifest", "expected files that end in .yaml"]);
}

#[test]
fn an_empty_standard_input_is_told() {
    Folder::new().run(&["check", "-"]).complains(&["-->", "nothing to check", "found no manifest"]);
}

#[test]
fn bytes_that_are_no_text_are_shown_where_they_are() {
    let answer = check(b"apiVersion: v1\nkind: \xffConfigMap\nmetadata: {name: almanac}\n");
    answer.complains(&["bad.yaml:2:7", "not UTF-8", "found the byte 0xff", "expected UTF-8 text"]);
}

#[test]
fn a_file_that_is_far_too_large_is_not_even_read() {
    let answer = Folder::new().with_hole("huge.yaml", 300 << 20).run(&["check", "huge.yaml"]);
    answer.complains(&["huge.yaml", "too large", "found 314572800 bytes", "expected at most"]);
}

#[test]
fn a_file_that_is_too_large_is_told_with_what_to_do() {
    let answer = Folder::new().with_hole("large.yaml", 100 << 20).run(&["check", "large.yaml"]);
    answer.complains(&["large.yaml", "too large", "found 100 MiB", "expected at most 64 MiB", "in several files"]);
}

/// Three files: one cannot be parsed, one has no name, and the Scenario has two faults.
fn with_several_problems() -> Folder {
    let scenario = "apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nspec:\n  expect: wobbles\n  given: [befor]\n";
    Folder::new()
        .with("a.yaml", "apiVersion: v1\nkind: [\n")
        .with("b.yaml", "apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: Secret\n")
        .with("c.yaml", scenario)
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let answer = with_several_problems().run(&["check", "."]);
    answer.complains(&["a.yaml:2:", "b.yaml:1:1", "b.yaml:4:1", "c.yaml:4:11", "c.yaml:5:11"]);
    assert_eq!(answer.err.matches("error:").count(), 5, "{}", answer.err);
}

#[test]
fn everything_that_is_wrong_is_there_as_json_too() {
    let answer = with_several_problems().run(&["check", ".", "--output", "json"]);
    answer.ends_with(2);
    let problems: evenkeel_object::Value = answer.out.parse().expect("it is JSON");
    assert_eq!(problems["kind"].text(), "Problems");
    assert_eq!(problems["problems"].items().len(), 5);
    assert!(problems["problems"].items().iter().all(|problem| problem["line"].count() > 0));
}

#[test]
fn a_case_that_cannot_be_read_fails_the_test_of_all() {
    let scenario = "apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nspec: {expect: wobbles}\n";
    let answer = Folder::new().with("case/scenario.yaml", scenario).run(&["test", "."]);
    answer.ends_with(1);
    assert!(answer.err.contains("scenario.yaml:3:"), "{}", answer.err);
}

#[test]
fn a_folder_without_cases_is_told() {
    Folder::new().with("a.yaml", NAMED).run(&["test", "."]).complains(&["no Scenario was found below ."]);
}

/// A definition of boats, beside a model of them whose `spec` goes on like that in line 6, and a Scenario with such an invariant.
fn check_boats(model: &str, each: &str) -> Answer {
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: boats.sea.example}\nspec:\n  group: sea.example\n  scope: Namespaced\n  names: {kind: Boat, plural: boats}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    subresources: {status: {}}\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n          spec: {type: object, properties: {crew: {type: integer}}}\n          status: {type: object, properties: {afloat: {type: boolean}}}\n";
    let head = "apiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {name: harbour}\nspec:\n  for: {apiVersion: sea.example/v1, kind: Boat}\n";
    let scenario = "apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nspec:\n  invariants:\n  - name: manned\n    objects: {apiVersion: sea.example/v1, kind: Boat}\n";
    Folder::new()
        .with("definition.yaml", definition)
        .with("model.yaml", format!("{head}{model}"))
        .with("scenario.yaml", format!("{scenario}    each: \"{each}\"\n"))
        .run(&["check", "."])
}

#[test]
fn everything_that_is_mistyped_is_told_at_once_with_what_was_expected() {
    let answer = check_boats(
        "  rules:\n  - when: object.spec.crow > 2\n    status: {set: {afloat: \"${object.spec.crew}\", sunk: true}}\n",
        "object.spec.crew + 'x' == 'ax' && object.status.aflot",
    );
    answer.complains(&["model.yaml:7:23", "Boat has no field spec.crow", "found crow", "did you mean crew?"]);
    answer.complains(&["model.yaml:8:28", "status.afloat of Boat is never int", "found int", "expected bool"]);
    answer.complains(&["model.yaml:8:51", "Boat has no field status.sunk", "found sunk", "expected afloat"]);
    answer.complains(&["scenario.yaml:7:11", "`+` does not take int and string", "expected two numbers, two strings"]);
    answer.complains(&["scenario.yaml:7:60", "Boat has no field status.aflot", "did you mean afloat?"]);
    check_boats("  rules: [{stop: true}]\n", "object.spec.crew").complains(&["each comes to int", "expected bool"]);
}
