//! Bytes, read as manifests: there are documents and problems, each problem lies inside of the text, and what has none can be written and read
//! again.
#![no_main]

use evenkeel_object::parse_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (documents, problems) = parse_bytes("input.yaml", bytes);
    let text = String::from_utf8_lossy(bytes);
    let n_lines = text.split(['\n', '\r']).count();
    for problem in &problems {
        let position = problem.position.expect("a problem with a text is somewhere in it");
        assert!(position.line >= 1 && position.line as usize <= n_lines, "{problem:?}");
    }
    // Documents with problems are there, too, to be looked at further.
    for document in documents.iter().filter(|_| problems.is_empty()) {
        let again = document.value.to_string();
        let (same, problems) = parse_bytes("again.json", again.as_bytes());
        assert!(problems.is_empty(), "{problems:?}\n{again}");
        assert!(same.len() == 1 && same[0].value == document.value, "{again}");
    }
});
