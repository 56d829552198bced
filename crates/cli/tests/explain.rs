//! What the program says about the fields of its documents, to people and to editors.
// Tests write the files that the program reads.
#![allow(clippy::disallowed_methods)]

mod program;

use evenkeel_object::Value;
use expect_test::{Expect, expect};
use program::{Answer, Folder};

fn explain(arguments: &[&str]) -> Answer {
    Folder::new().run(&[&["explain"], arguments].concat())
}

#[track_caller]
fn check(arguments: &[&str], expected: &Expect) {
    let answer = explain(arguments);
    answer.ends_with(0);
    expected.assert_eq(&answer.out);
}

#[test]
fn a_field_is_told_with_its_type_default_and_words() {
    check(
        &["scenario.spec.appliers[0].mode"],
        &expect![[r#"
        Scenario  evenkeel.dev/v1alpha1

          path      spec.appliers[].mode
          type      word
          default   ClientSide
          values    ClientSide, ServerSide, ServerSideForced

          How it applies. `ClientSide`: it computes the patch itself, from what it applied last. `ServerSide`:
          server-side apply; conflicts are refused. `ServerSideForced`: server-side apply that takes over the fields
          of others. A Kustomization of Flux is always `ServerSideForced`, whatever stands here.
    "#]],
    );
}

#[test]
fn the_fields_below_are_told_in_one_line_each() {
    check(
        &["controllermodel.let"],
        &expect![[r#"
        ControllerModel  evenkeel.dev/v1alpha1

          path      spec.let
          type      list of maps
          default   none

          What it looks up, by name.

        Fields
          name   text, needed  what expressions call it
          get    map           one object
          list   map           objects, in the order of their names
          value  expression    what the expression comes to

          Needs exactly one of get, list, value.
    "#]],
    );
}

#[test]
fn all_fields_below_are_named_with_their_types() {
    check(
        &["controllermodel.let", "--recursive"],
        &expect![[r#"
        ControllerModel  evenkeel.dev/v1alpha1

          spec.let

          name          text, needed
          get           map
            apiVersion  text, needed
            kind        text, needed
            name        template, needed
            namespace   template
            live        true or false
          list          map
            apiVersion  text, needed
            kind        text, needed
            namespace   template
            labels      template of a map
            owned       true or false
          value         expression
    "#]],
    );
}

#[test]
fn a_document_is_told_with_the_fields_of_its_spec() {
    let answer = explain(&["scenario"]);
    answer.ends_with(0).tells(&["Scenario  evenkeel.dev/v1alpha1", "Fields\n", "  apiVersion  word, needed"]);
    answer.tells(&["Fields of spec\n", "  appliers     list of maps   who applies what"]);
}

#[test]
fn without_a_path_all_documents_are_told() {
    explain(&[]).ends_with(0).tells(&["Scenario  ", "ControllerModel  ", "evenkeel explain scenario"]);
}

#[test]
fn a_field_that_is_not_there_is_told_with_those_that_are() {
    let answer = explain(&["scenario.appliers.selfheal"]);
    answer.complains(&["spec.appliers has no field selfheal", "found selfheal, expected one of name, type, path"]);
    answer.complains(&["did you mean selfHeal?"]);
    explain(&["scenari"]).complains(&[
        "no such document",
        "found scenari",
        "expected one of scenario, controllermodel",
    ]);
}

#[test]
fn schemas_are_json_and_name_their_documents() {
    for (kind, name) in [("scenario", "Scenario"), ("controllermodel", "ControllerModel")] {
        let answer = Folder::new().run(&["schema", kind]);
        answer.ends_with(0);
        let schema: Value = answer.out.parse().expect("it is JSON");
        assert_eq!(schema["title"].text(), name);
        assert_eq!(schema.at(&["properties", "kind", "enum"]).items(), [name.into()]);
    }
}

#[test]
fn a_schema_whose_name_begins_with_a_dot_is_no_manifest() {
    let schema = Folder::new().run(&["schema", "scenario"]).out;
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: almanac}\n";
    let folder = Folder::new().with("a.yaml", manifest).with(".scenario.schema.json", &schema);
    folder.run(&["check", "."]).ends_with(0);
    folder.with("scenario.schema.json", &schema).run(&["check", "."]).complains(&["not a Kubernetes object"]);
}
