//! Manifests good and bad, and what is read out of them.

use expect_test::{Expect, expect};

use super::{Document, parse, parse_bytes};
use crate::{Path, Problem, Step};

/// One line for each object and each problem, hints in brackets.
fn told((documents, problems): (Vec<Document>, Vec<Problem>)) -> String {
    let mut lines: Vec<String> = documents.iter().map(|d| d.value.to_string()).collect();
    lines.extend(problems.iter().map(|problem| match &problem.hint {
        Some(hint) => format!("{problem} [{hint}]"),
        None => problem.to_string(),
    }));
    lines.join("\n")
}

fn check(text: &str, expect: &Expect) {
    expect.assert_eq(&told(parse("f", text)));
}

/// `a.b.0` as a path.
fn path(text: &str) -> Path {
    Path(
        text.split('.')
            .filter(|step| !step.is_empty())
            .map(|step| step.parse().map_or(Step::Field(step.into()), Step::Index))
            .collect(),
    )
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

/// What stands under `x` in a ConfigMap, and the problems.
fn value(text: &str, expect: &Expect) {
    let (documents, problems) = parse("f", &format!("{MAP}{text}"));
    let mut lines: Vec<String> = documents.iter().map(|d| d.value["x"].to_string()).collect();
    lines.extend(problems.iter().map(Problem::to_string));
    expect.assert_eq(&lines.join("\n"));
}

#[test]
fn several_documents_are_several_objects_and_empty_ones_are_none() {
    check(
        "# a comment\n---\n---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n--- # another\n\n---\nkind: Pod\napiVersion: v1\nmetadata: {generateName: b-}\n---\nnull\n",
        &expect![[r#"
            {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}
            {"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"b-"}}"#]],
    );
}

#[test]
fn everything_knows_where_it_stands() {
    let text = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  list:\n  - a: 1\n    b: \"é\"\n  - {c: 2}\n";
    let (documents, problems) = parse("f", text);
    assert_eq!(problems, []);
    let table: Vec<String> = [
        "",
        "kind",
        "metadata",
        "metadata.name",
        "spec.list",
        "spec.list.0.b",
        "spec.list.1.c",
        "spec.list.1",
        "spec.none",
    ]
    .into_iter()
    .map(|text| {
        let (place, document) = (path(text), &documents[0]);
        format!(
            "{text}: {} to {}, name at {}",
            document.position(&place),
            document.end(&place),
            document.name_position(&place)
        )
    })
    .collect();
    expect![[r#"
        : 2:1 to 10:11, name at 2:1
        kind: 3:7 to 3:17, name at 3:1
        metadata: 5:3 to 5:12, name at 4:1
        metadata.name: 5:9 to 5:12, name at 5:3
        spec.list: 8:5 to 10:11, name at 7:3
        spec.list.0.b: 9:8 to 9:11, name at 9:5
        spec.list.1.c: 10:9 to 10:10, name at 10:6
        spec.list.1: 10:5 to 10:11, name at 10:5
        spec.none: 7:3 to 10:11, name at 6:1"#]]
    .assert_eq(&table.join("\n"));
}

#[test]
fn a_list_of_any_kind_is_its_items_and_they_keep_their_places() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: PodList\n  items:\n  - metadata:\n      name: p\n- apiVersion: v1\n  kind: Service\n  metadata:\n    name: s\n";
    check(
        text,
        &expect![[r#"
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}}
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"s"}}"#]],
    );
    let (documents, _) = parse("f", text);
    assert_eq!(documents[0].position(&path("metadata.name")).to_string(), "8:13");
    assert_eq!(documents[0].position(&path("kind")).to_string(), "5:9");
    assert_eq!(documents[1].position(&path("metadata.name")).to_string(), "12:11");
    check(
        "apiVersion: v1\nkind: List\nitems: 3\n",
        &expect!["f:3:8: the items of a list are no list (found the number 3, expected a list of objects)"],
    );
    check(
        "apiVersion: v1\nkind: List\nitems:\n- 3\n- apiVersion: v1\n  kind: Pod\n",
        &expect![[r#"
        {"apiVersion":"v1","kind":"Pod"}
        f:4:3: this document is not an object (found the number 3, expected a map with apiVersion, kind and metadata)
        f:5:3: metadata.name is missing (expected a name (or generateName))"#]],
    );
    check("apiVersion: v1\nkind: List\n", &expect![""]);
}

#[test]
fn json_is_read_also_one_object_after_another() {
    check(
        "{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n\t\"metadata\": {\"name\": \"a\\/\\u00e9\"}}\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {}} {\"kind\": 3}",
        &expect![[r#"
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a/é"}}
            {"apiVersion":"v1","kind":"Pod","metadata":{}}
            {"kind":3}
            f:3:37: metadata.name is missing (expected a name (or generateName))
            f:3:53: apiVersion is missing (expected a text, e.g. `apps/v1`)
            f:3:53: metadata.name is missing (expected a name (or generateName))
            f:3:62: kind is not a text (found the number 3, expected a text, e.g. `Deployment`)"#]],
    );
    check(
        "{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n \"metadata\": {\"name\": \"a\"}",
        &expect![[r#"f:1:1: this { is never closed (found `{"apiVersion": "v1", "kind": "Po…`, expected `}`)"#]],
    );
}

#[test]
fn a_fault_in_one_document_does_not_hide_those_of_the_next() {
    check(
        "a: \"never closed\n---\nkind: Pod\n---\nb: [1, 2\n---\napiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\n---\nc: d: e\n---\n- a\n---\ntext\n",
        &expect![[r#"
            {"kind":"Pod"}
            f:1:4: a quotation mark is never closed (found `"never closed`, expected a closing quotation mark)
            f:3:1: apiVersion is missing (expected a text, e.g. `apps/v1`)
            f:3:1: metadata.name is missing (expected a name (or generateName))
            f:5:4: this [ is never closed (found `[1, 2`, expected `]`)
            f:10:1: YAML does not allow a tab here (found a tab, expected spaces) [indent with spaces]
            f:12:5: there cannot be a second `:` here (found `: e`, expected one value after the first `:`) [put quotation marks around a text with `: ` in it, or check the indentation]
            f:14:1: this document is not an object (found a list, expected a map with apiVersion, kind and metadata)
            f:16:1: this document is not an object (found the text `text`, expected a map with apiVersion, kind and metadata)"#]],
    );
}

#[test]
fn what_every_object_must_have_is_asked_for() {
    check(
        "apiVersion: v1\nmetadata:\n  name: 12\n  labels:\n    a: true\n    b: [1]\n  annotations: x\n",
        &expect![[r#"
        {"apiVersion":"v1","metadata":{"annotations":"x","labels":{"a":true,"b":[1]},"name":12}}
        f:1:1: kind is missing (expected a text, e.g. `Deployment`)
        f:3:9: metadata.name is not a text (found the number 12, expected a text) [put quotation marks around it]
        f:5:8: metadata.labels.a is not a text (found the truth value true, expected a text) [put quotation marks around it]
        f:6:8: metadata.labels.b is not a text (found a list, expected a text)
        f:7:16: metadata.annotations is not a map (found the text `x`, expected a map of texts)"#]],
    );
    check(
        "kind: Pod\napiVersion: v1\nspec: {}\n",
        &expect![[r#"
        {"apiVersion":"v1","kind":"Pod","spec":{}}
        f:1:1: metadata.name is missing (expected a name (or generateName))"#]],
    );
    check(
        "kind: Pod\napiVersion: v1\nmetadata:\n  name: ''\n",
        &expect![[r#"
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":""}}
        f:4:9: the name is empty (expected a name)"#]],
    );
    check(
        "kind: Pod\napiVersion: v1\nmetadata: 3\n",
        &expect![[r#"
        {"apiVersion":"v1","kind":"Pod","metadata":3}
        f:3:11: metadata is not a map (found the number 3, expected a map with a name)"#]],
    );
    check(
        "replicas: 3\nimage: x\n",
        &expect![[r#"
        {"image":"x","replicas":3}
        f:1:1: this is not a Kubernetes object (found neither apiVersion nor kind, expected both) [leave files out that are not manifests, such as Helm values]"#]],
    );
    check(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n",
        &expect![[r#"
        {"apiVersion":"kustomize.config.k8s.io/v1beta1","kind":"Kustomization","resources":[]}
        f:1:1: this is an input of kustomize, not an object [build it first: `kustomize build DIR | evenkeel check -`]"#]],
    );
    check(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\n",
        &expect![[r#"{"apiVersion":"evenkeel.dev/v1alpha1","kind":"Scenario"}"#]],
    );
}

#[test]
fn a_field_that_is_there_twice_is_told_with_both_places() {
    check(
        &format!("{MAP}data:\n  a: x\n  b: y\n  a: z\n"),
        &expect![[r#"
        {"apiVersion":"v1","data":{"a":"z","b":true},"kind":"ConfigMap","metadata":{"name":"a"}}
        f:7:3: the field a is here twice (found it stands in line 5, column 3 already, expected each field once) [kubectl takes the last one without a word; remove one]"#]],
    );
}

#[test]
fn anchors_aliases_and_merges() {
    value("y: &one {a: 1, b: 2}\nx: {<<: *one, b: 3}\n", &expect![[r#"{"a":1,"b":3}"#]]);
    value(
        "y: &one {a: 1}\nz: &two {a: 2, c: 2}\nx: {<<: [*one, *two], d: *one}\n",
        &expect![[r#"{"a":1,"c":2,"d":{"a":1}}"#]],
    );
    value("y: &one {b: 2}\nx:\n  b: 1\n  <<: *one\n", &expect![[r#"{"b":2}"#]]);
    value("x: {\"<<\": 1}\n", &expect![[r#"{"<<":1}"#]]);
    value(
        "x: {<<: 1}\n",
        &expect![[r#"
        {}
        f:4:9: only maps can be merged with << (found the number 1, expected a map, or a list of maps)"#]],
    );
    value(
        "x: &x [1, *x]\n",
        &expect![[r#"
        [1,null]
        f:4:11: this alias stands within what it stands for (found a value that contains itself, expected a finite value)"#]],
    );
    value(
        "x: [*none]\n",
        &expect![[r#"
        [null]
        f:4:5: this alias stands for nothing (found *none, expected an anchor &none before it)"#]],
    );
}

#[test]
fn aliases_may_not_stand_for_billions() {
    let mut text = format!("{MAP}l0: &l0 [a,a,a,a,a,a,a,a,a]\n");
    for level in 1..12 {
        let item = format!("*l{}", level - 1);
        text += &format!("l{level}: &l{level} [{}]\n", [item.as_str(); 9].join(","));
    }
    check(
        &text,
        &expect![
            "f:9:26: the aliases of this input stand for too much (expected at most 400000 values through aliases)"
        ],
    );
}

#[test]
fn nesting_has_a_limit_also_through_aliases() {
    value(
        &format!("x: {}1{}\n", "[".repeat(200), "]".repeat(200)),
        &expect![
            "f:4:132: more than 128 levels deep (found `[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…`, expected fewer levels)"
        ],
    );
    let mut text = "y: &a0 [1]\n".to_string();
    for level in 1..200 {
        text += &format!("y{level}: &a{level} [*a{}]\n", level - 1);
    }
    value(&text, &expect!["f:131:14: more than 128 levels deep (expected fewer levels)"]);
}

#[test]
fn tags_are_heeded() {
    value("x: [!!str 1, !!int \"2\", !!float 1, !custom yes, !!bool \"on\"]\n", &expect![[r#"["1",2,1,"yes",true]"#]]);
    value(
        "x: !!int a\ny: .inf\nz: !!binary YQ==\n",
        &expect![[r#"
            null
            f:4:10: this is not a !!int (found `a`, expected a !!int)
            f:5:4: JSON has no such number (found `.inf`, expected a finite number)
            f:6:13: the tag !!binary is not supported (found `YQ==`, expected a value that JSON has)"#]],
    );
}

#[test]
fn keys_are_texts() {
    value(
        "x: {1: a, true: b, on: c, 1.5: d}\n",
        &expect![[r#"
        {"1":"a","1.5":"d","true":"c"}
        f:4:20: the field true is here twice (found it stands in line 4, column 11 already, expected each field once)"#]],
    );
    value(
        "x: {null: a, {b: c}: d, [e]: f}\n",
        &expect![[r#"
        {}
        f:4:5: this cannot be the name of a field (found nothing, expected a text)
        f:4:14: this cannot be the name of a field (found a map, expected a text)
        f:4:25: this cannot be the name of a field (found a list, expected a text)"#]],
    );
}

#[test]
fn windows_line_ends_and_byte_order_marks_are_nothing() {
    check(
        "\u{feff}apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: a\r\n---\r\napiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: |\r\n    b\r\n",
        &expect![[r#"
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"b\n"}}"#]],
    );
}

#[test]
fn a_separator_stands_alone() {
    check(
        "--- {a: b}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  tls: |\n-----BEGIN CERTIFICATE-----\n",
        &expect![[r#"
        {"apiVersion":"v1","data":{"tls":""},"kind":"Secret","metadata":{"name":"a"}}
        f:1:1: this line begins like a separator of documents, but is none (found --- followed by `{a: b}`, expected --- alone on its line, or followed by a comment) [put what follows --- on a line of its own]
        f:8:1: this line begins like a separator of documents, but is none (found --- followed by `--BEGIN CERTIFICATE-----`, expected --- alone on its line, or followed by a comment) [indent the certificate or key below its field, under a `|`]"#]],
    );
    check(
        "%YAML 1.1\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
        &expect![[r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}"#]],
    );
}

#[test]
fn templates_are_recognised() {
    check(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n",
        &expect![[r#"
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":{}}}
        f:4:9: metadata.name is not a text (found a map, expected a text)
        f:4:10: this cannot be the name of a field (found a map, expected a text) [this looks like a template: render it first, e.g. `helm template … | evenkeel check -`]"#]],
    );
    check(
        "{{- if .Values.x }}\napiVersion: v1\n{{- end }}\n",
        &expect![[
            r#"f:1:3: "-" is only valid inside a block (found `- if .Values.x }}`) [this looks like a template: render it first, e.g. `helm template … | evenkeel check -`]"#
        ]],
    );
}

#[test]
fn the_common_slips_are_told_with_what_was_expected() {
    check(
        "a:\n  b: 1\n c: 2\n",
        &expect![
            "f:3:2: this does not fit into the map above (found `c: 2`, expected the name of a field) [check the indentation]"
        ],
    );
    check(
        "a: 'it's'\n",
        &expect![
            "f:1:8: invalid trailing content after single-quoted scalar (found `s'`, expected the end of the line, or `:` after a key) [put quotation marks around the whole text]"
        ],
    );
    check(
        "a: \"C:\\dir\"\n",
        &expect![[
            r#"f:1:4: a backslash in this text escapes nothing (found `"C:\dir"`, expected an escape that YAML knows) [write `\\` for a backslash, or use single quotation marks]"#
        ]],
    );
    check(
        "a: @x\n",
        &expect![
            "f:1:4: a text cannot begin with '@' (found `@x`, expected a value) [put quotation marks around the text]"
        ],
    );
    check("a: {b: 1]\n", &expect!["f:1:4: this { is closed by a ] (found `{b: 1]`, expected `}`)"]);
    check(
        "a:\n- b\n c\nd\n",
        &expect![
            "f:4:1: this is neither a field nor part of the value above (found `d`, expected `:` after the name of a field) [check the indentation]"
        ],
    );
    check(
        "a: %x\n",
        &expect![
            "f:1:4: a text cannot begin with '%' (found `%x`, expected a value) [put quotation marks around the text]"
        ],
    );
    check(
        "a: *\n",
        &expect![
            "f:1:4: while scanning an anchor or alias, did not find expected alphabetic or numeric character (found `*`)"
        ],
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    expect!["f:2:2: this input is not UTF-8 (found the byte 0xff, expected UTF-8 text)"]
        .assert_eq(&told(parse_bytes("f", b"a: b\nc\xff")));
    expect!["f:1:1: this input is not UTF-8 (found UTF-16, expected UTF-8) [save it as UTF-8 (PowerShell: `| Out-File -Encoding utf8`)]"].assert_eq(&told(parse_bytes("f", b"\xff\xfea\0")));
    expect!["f: this input is too large (found 65 MiB, expected at most 64 MiB) [give the manifests in several files]"]
        .assert_eq(&told(parse_bytes("f", &vec![b' '; super::SIZE_MAX + 1])));
}
