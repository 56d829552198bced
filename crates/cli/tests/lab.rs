//! `evenkeel lab`, as it is called.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

fn lab(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_evenkeel")).arg("lab").args(arguments).output().expect("it runs")
}

fn json(arguments: &[&str]) -> (i32, Value) {
    let output = lab(&[arguments, &["--output", "json"]].concat());
    let code = output.status.code().expect("it ends by itself");
    (code, serde_json::from_slice(&output.stdout).expect("it is JSON"))
}

#[test]
fn scripts_find_the_numbers_at_the_top() {
    let (code, answer) = json(&[
        "dijkstra-k-state",
        "--graph",
        "ring:5",
        "--param",
        "k=5",
        "--daemon",
        "distributed",
        "--fairness",
        "unfair",
    ]);
    assert_eq!((code, answer["verdict"].as_str()), (0, Some("stabilizes")));
    assert_eq!((answer["states"].as_u64(), answer["legitimate"].as_u64()), (Some(3125), Some(85)));
    let worst = ["moves", "steps", "rounds"].map(|cost| answer["worstCase"][cost].as_u64());
    assert_eq!(worst, [29, 24, 7].map(Some));
    assert_eq!(answer["possible"].as_bool(), Some(true));
    assert!(answer["expected"]["steps"]["max"].as_f64().is_some_and(|mean| mean > 1.0 && mean < 24.0));
    let (code, answer) = json(&["colouring", "--graph", "ring:4", "--daemon", "synchronous"]);
    assert_eq!((code, answer["verdict"].as_str(), &answer["worstCase"]), (1, Some("oscillates"), &Value::Null));
    assert!(answer["evidence"]["configurations"].as_array().is_some_and(|round| round.len() > 1));
}

#[test]
fn the_algorithm_in_the_documentation_is_the_one_of_the_library() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lab.md");
    let page = fs::read_to_string(page).expect("there is a page");
    let text = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("there is an example");
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (file, graph) = (folder.join("matching.txt"), folder.join("net.dot"));
    fs::write(&file, text).expect("it can be written");
    fs::write(&graph, "graph { a -- b -- c -- a; c -- d }").expect("it can be written");
    let [file, graph] = [file, graph].map(|path| path.display().to_string());
    let told = |algorithm: &str| {
        let (code, answer) = json(&[algorithm, "--graph", &graph, "--process", "action"]);
        assert_eq!(code, 0, "{answer}");
        ["states", "legitimate", "worstCase", "expected"].map(|part| answer[part].clone())
    };
    assert_eq!(told(&file), told("matching"));
}

#[test]
fn what_cannot_be_asked_is_told() {
    for (arguments, word) in [
        (&["nothing", "--graph", "ring:4"][..], "dijkstra-k-state"),
        (&["colouring"][..], "--graph"),
        (&["colouring", "--graph", "ring:2"][..], "three"),
        (&["colouring", "--graph", "none.dot"][..], "none.dot"),
        (&["colouring", "--graph", "ring:4", "--param", "k=2"][..], "no parameter"),
        (&["leader", "--graph", "ring:9"][..], "configurations"),
        (&["israeli-jalfon", "--graph", "ring:4", "--daemon", "distributed"][..], "central"),
    ] {
        let output = lab(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
    }
}
