//! Every case of the zoo against its expectation, by the command that the zoo's own page tells.

mod program;

use program::Folder;

#[test]
fn every_case_of_the_zoo_is_as_it_is_expected_to_be() {
    let zoo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../zoo");
    let answer = Folder::new().run(&["test", zoo, "--max-seconds", "60"]);
    answer.ends_with(0).tells(&["hpa-vs-argocd-replicas", "healthy-shop"]);
}
