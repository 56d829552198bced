//! What is done to an input: to its bytes, to its lines, to its values.

use std::ops::Range;

use crate::seeds::SEEDS;
use crate::tree;

/// Marsaglia's xorshift: the same numbers on every machine.
pub(crate) struct Random(u64);

impl Random {
    /// The numbers that belong to one input of those that one seed gives.
    pub(crate) fn of(seed: u64, number: u64) -> Random {
        // Inputs that follow one another should have nothing in common.
        let mixed = (seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Random((mixed ^ (mixed >> 31)).max(1))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// The files of a question, by name.
pub(crate) type Files = Vec<(&'static str, Vec<u8>)>;

/// What stands where something else was expected.
const STRANGE: [&str; 58] = [
    "null",
    "~",
    "",
    "-1",
    "0",
    "3",
    "2147483647",
    "2147483648",
    "-2147483648",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1.5",
    "1e400",
    ".nan",
    "-.inf",
    "0x1F",
    "0o17",
    "1_000",
    "\"\"",
    "\" \"",
    "[]",
    "{}",
    "[null]",
    "[[]]",
    "true",
    "\"50%\"",
    "\"-5%\"",
    "\"9223372036854775807%\"",
    "\"1\"",
    "100m",
    "1Ei",
    "99999999999Ei",
    "1e-9",
    "-1Gi",
    "1e2147483647",
    "'*'",
    "[{}]",
    "{a: {b: {c: [1, {d: null}]}}}",
    "1970-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "mill",
    "pen",
    "default",
    "Recreate",
    "OnDelete",
    "Always",
    "\"{{\"",
    "\"a/b\"",
    "\"../x\"",
    "\"~0\"",
    "\"\\u00fc\\u4e16\\U0001F33E\"",
    "\"\\u0000\"",
    "!!binary aGVsbG8=",
    "!!str 7",
    "!custom {x: 1}",
    "*spec",
    "&loop [*loop]",
];

/// Fields that another object has.
pub(crate) const FIELDS: [&str; 18] = [
    "replicas",
    "metadata",
    "spec",
    "status",
    "name",
    "namespace",
    "generateName",
    "finalizers",
    "ownerReferences",
    "deletionTimestamp",
    "resourceVersion",
    "managedFields",
    "selector",
    "template",
    "kind",
    "apiVersion",
    "x",
    "<<",
];

/// Kinds that may stand for another.
pub(crate) const KINDS: [&str; 16] = [
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "Pod",
    "Node",
    "Namespace",
    "Service",
    "HorizontalPodAutoscaler",
    "PersistentVolume",
    "List",
    "MutatingAdmissionPolicy",
    "Scenario",
    "Windmill",
];

/// A seed with a few things changed in its files.
pub(crate) fn mutated(random: &mut Random) -> Files {
    let seed = SEEDS[random.below(SEEDS.len())];
    let mut files: Files = seed.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())).collect();
    let is_text_changed = random.below(2) == 0;
    if !is_text_changed || random.below(8) == 0 {
        tree::change(&mut files, random);
    }
    for _ in 0..if is_text_changed { random.below(3) + 1 } else { 0 } {
        let at = random.below(files.len());
        change(&mut files[at].1, random);
    }
    files
}

fn change(text: &mut Vec<u8>, random: &mut Random) {
    if random.below(16) == 0 {
        return spoil(text, random);
    }
    let mut lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(16) {
        0 => drop(lines.remove(one)),
        1 => lines.insert(one, lines[other].clone()),
        2 => lines.swap(one, other),
        3 => repeat(&mut lines, one.min(other), one.max(other), random),
        4 => drop(lines.drain(one.min(other)..(one.max(other)).min(one.min(other) + 6))),
        5 => indent(&mut lines[one], random),
        6 => rename(&mut lines[one], random),
        7 => lines.insert(one, b"---".to_vec()),
        8 | 9 => exchange(&mut lines, one, other, random),
        10 => another_kind(&mut lines, random),
        // What is strange is most telling where the rest is as it was.
        _ => replace(&mut lines[one], random),
    }
    *text = lines.join(&b'\n');
}

/// Changes bytes without a look at what they mean.
fn spoil(text: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(text.len());
    match random.below(6) {
        0 => text.truncate(at),
        1 => drop(text.splice(at..at, "\u{feff}\u{2028}é🌾".bytes())),
        2 => drop(text.splice(at..at, random.one(&["\r", "\t", "\0", "\x7f", "# "]).bytes())),
        3 => drop(text.splice(at..at, [0xff, 0xfe])),
        4 => {
            let deep = random.one(&["[", "{a: ", "- ", "? ", "!x ", "&a "]).repeat(random.one(&[3, 40, 3_000]));
            text.splice(at..at, deep.bytes());
        }
        _ => {
            if let Some(byte) = text.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

/// Doubles a few lines that follow one another.
fn repeat(lines: &mut Vec<Vec<u8>>, from: usize, to: usize, random: &mut Random) {
    let block: Vec<Vec<u8>> = lines[from..to.min(from + 12)].to_vec();
    let at = random.below(lines.len());
    lines.splice(at..at, block);
}

/// Puts a line deeper, or less deep.
fn indent(line: &mut Vec<u8>, random: &mut Random) {
    if random.below(2) == 0 {
        line.splice(0..0, *b"  ");
    } else if line.starts_with(b"  ") {
        line.drain(..2);
    }
}

/// Gives the field of a line another name.
fn rename(line: &mut Vec<u8>, random: &mut Random) {
    let start = line.iter().position(|byte| !b" -{".contains(byte)).unwrap_or(0);
    if let Some(end) = line.iter().position(|byte| *byte == b':').filter(|end| *end > start) {
        line.splice(start..end, random.one(&FIELDS).bytes());
    }
}

/// Makes an object one of another kind.
fn another_kind(lines: &mut [Vec<u8>], random: &mut Random) {
    let kinds: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with(b"kind: ")).collect();
    if !kinds.is_empty() {
        let at = random.one(&kinds);
        lines[at] = format!("kind: {}", random.one(&KINDS)).into_bytes();
    }
}

/// Puts something strange in the place of a value.
fn replace(line: &mut Vec<u8>, random: &mut Random) {
    let spots = values(line);
    if !spots.is_empty() {
        let spot = spots[random.below(spots.len())].clone();
        line.splice(spot, random.one(&STRANGE).bytes());
    }
}

/// Exchanges a value of one line with one of another.
fn exchange(lines: &mut [Vec<u8>], one: usize, other: usize, random: &mut Random) {
    let (left, right) = (values(&lines[one]), values(&lines[other]));
    if one == other || left.is_empty() || right.is_empty() {
        return;
    }
    let (left, right) = (left[random.below(left.len())].clone(), right[random.below(right.len())].clone());
    let (first, second) = (lines[one][left.clone()].to_vec(), lines[other][right.clone()].to_vec());
    lines[one].splice(left, second);
    lines[other].splice(right, first);
}

/// Where the values of a line stand: behind `: `, up to the next mark.
fn values(line: &[u8]) -> Vec<Range<usize>> {
    let begins = line.windows(2).enumerate().filter(|(_, pair)| *pair == b": ").map(|(at, _)| at + 2);
    begins
        .map(|begin| {
            let length = line[begin..].iter().position(|byte| b",}]".contains(byte)).unwrap_or(line.len() - begin);
            begin..begin + length
        })
        .filter(|range| !range.is_empty())
        .collect()
}
