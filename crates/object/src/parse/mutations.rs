//! Manifests with things cut out, put in and doubled: whatever is read, reading ends, and says where what is wrong.

use super::parse;
use crate::Path;

/// Marsaglia's xorshift: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

const SEEDS: [&str; 4] = [
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  labels: {app: web}\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - name: c\n        args: [\"-a\", 'b', 0x1f, 1e3]\n        command:\n        - |\n          text\n        - >-\n          folded\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
    "x: &a {b: [1, 2, *c], <<: *a}\n--- # c\n%TAG ! tag:x,2000:\n---\n!!str a: !t [*a, ? k : v]\n...\n",
    "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"a\": \"\\ud83d\\ude00\"}, null, -1.5e9]}\n{}",
    "\u{feff}apiVersion: v1\r\nkind: List\r\nitems:\r\n- &p\r\n  kind: é\r\n- *p\r\n- <<: [*p, *p]\r\n  metadata: {name: ~}\r\n",
];

const PIECES: [&str; 24] = [
    "---", "\n", "\t", ": ", "- ", "\"", "'", "{", "}", "[", "]", "&a ", "*a", "<<: ", "|\n", ">\n", "!!int ", "? ",
    "#", "%", "\u{feff}", "😀", "\0", "\r",
];

/// A manifest with a few things cut out, put in or doubled.
fn mutated(random: &mut Random) -> String {
    let mut text: Vec<char> = SEEDS[random.below(SEEDS.len())].chars().collect();
    for _ in 0..=random.below(6) {
        let at = random.below(text.len() + 1);
        let end = (at + random.below(12)).min(text.len());
        match random.below(4) {
            0 => drop(text.drain(at..end)),
            1 => {
                let copy: Vec<char> = text[at..end].to_vec();
                let to = random.below(text.len() + 1);
                text.splice(to..to, copy);
            }
            2 => drop(text.splice(at..at, PIECES[random.below(PIECES.len())].chars())),
            _ => text.truncate(at.max(1)),
        }
    }
    text.into_iter().collect()
}

#[test]
fn whatever_is_read_reading_ends_and_every_problem_is_in_the_text() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut n_good = 0;
    for round in 0..20_000 {
        let text = mutated(&mut random);
        let (documents, problems) = parse("f", &text);
        let n_lines = text.split('\n').count() as u32 + text.matches('\r').count() as u32;
        for problem in &problems {
            let position = problem.position.expect("a problem of the syntax has a place");
            assert!(
                (1..=n_lines + 1).contains(&position.line) && position.column >= 1,
                "round {round}: {problem} in {text:?}"
            );
            assert!(!problem.message.is_empty(), "round {round}: {text:?}");
        }
        for document in &documents {
            assert!(document.position(&Path::root()).line <= n_lines, "round {round}: {text:?}");
        }
        n_good += usize::from(problems.is_empty() && !documents.is_empty());
    }
    assert!(n_good > 100, "most of the mutations should not be nonsense: {n_good}");
}
