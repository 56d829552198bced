//! What `docs/facts.md` names is there.

use std::path::Path;

use crate::examples::{files, text};

/// The rows of the table that have a number, as cells.
fn rows() -> Vec<Vec<String>> {
    let page = text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/facts.md"));
    let cells = page.lines().filter(|line| line.starts_with('|')).map(|line| {
        let inner = line.trim().trim_matches('|');
        inner.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    });
    cells.filter(|cells| cells[0].parse::<u32>().is_ok()).collect()
}

/// What stands between backticks.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_fact_has_its_number_and_is_held_by_something_or_out_of_reach() {
    let rows = rows();
    let numbers: Vec<String> = rows.iter().map(|cells| cells[0].clone()).collect();
    assert_eq!(numbers, (1..=39).map(|number: u32| number.to_string()).collect::<Vec<_>>());
    for cells in rows {
        assert_eq!(cells.len(), 3, "{cells:?}");
        assert!(!names(&cells[2]).is_empty() || cells[2].starts_with("Out of reach: "), "{cells:?}");
    }
}

#[test]
fn every_test_and_case_that_holds_a_fact_is_there() {
    let sources: Vec<String> = files("crates", ".rs").iter().map(|path| text(path)).collect();
    let scenarios: Vec<String> = files("zoo", "scenario.yaml").iter().map(|path| path.display().to_string()).collect();
    let is_there = |name: &str| match name.starts_with("zoo/") {
        true => scenarios.iter().any(|path| path.contains(&format!("/{name}/"))),
        false => sources.iter().any(|source| {
            source.contains(&format!("#[test]\nfn {name}()")) || source.contains(&format!("#[test]\n    fn {name}()"))
        }),
    };
    let rows = rows();
    let missing: Vec<&str> = rows.iter().flat_map(|cells| names(&cells[2])).filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
