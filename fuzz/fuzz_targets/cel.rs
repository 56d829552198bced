//! Expressions: each compiles or says where it does not, and what compiles can be evaluated, twice with the same outcome.
//!
//! What stands before the first line break is the expression, what follows is read as the object.
#![no_main]

use evenkeel_api::cel::Program;
use evenkeel_object::{Value, json, parse_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (expression, rest) = text.split_once('\n').unwrap_or((&text, ""));
    match Program::compile(expression) {
        Ok(program) => {
            let (documents, _) = parse_bytes("object.yaml", rest.as_bytes());
            let object = documents.first().map_or_else(usual, |document| document.value.clone());
            let variables = [("self", &object), ("object", &object), ("oldObject", &object)];
            assert_eq!(program.evaluate(&variables), program.evaluate(&variables));
        }
        Err(error) => assert!(error.line >= 1 && error.column >= 1, "{error:?}"),
    }
});

fn usual() -> Value {
    json!({"metadata": {"name": "a", "labels": {"app": "a"}}, "spec": {"replicas": 2, "list": [1, "b", null, 2.5, true, {"c": []}]}}).into()
}
