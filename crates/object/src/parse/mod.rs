//! Reads manifests, YAML or JSON, as kubectl does, and remembers where everything stands.
//!
//! Everything that is wrong is reported, not only the first fault: a document that cannot be read does not keep the next one from being
//! read. Whatever the input, reading it ends, in time and memory that the limits below bound, and never panics.
//!
//! * `split`: an input into documents; `build` and `node`: a document into a value with marks; `scalar`: what `yes`, `0644` and `1e3` are
//! * `manifest`: lists of objects, and what every object must have; `fault`: the words for faults of the syntax
//! * `document`: a value whose parts know their lines

mod build;
mod document;
mod fault;
mod manifest;
#[cfg(test)]
mod mutations;
mod node;
mod scalar;
mod split;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use document::Document;

use crate::{Position, Problem};
use build::Budget;

/// The largest input that is read, in bytes.
pub const SIZE_MAX: usize = 64 << 20;
/// The most levels of maps and lists within one another.
pub const DEPTH_MAX: usize = 128;
/// The most values of one input, as they are written.
pub const NODES_MAX: usize = 4_000_000;
/// The most values that the aliases of one input may stand for. kubectl draws its line at about the same number.
// https://github.com/yaml/go-yaml/blob/v2.4.4/decode.go: allowedAliasRatio
pub const ALIASED_NODES_MAX: usize = 400_000;

/// The objects of an input, in order, and everything that is wrong with it, by position.
///
/// `source` is the name of the input as the user knows it. A document that is a map is given back even if something is wrong with it, so
/// that the rest of it can be looked at; an input is good if there are no problems.
pub fn parse(source: &str, text: &str) -> (Vec<Document>, Vec<Problem>) {
    let source: Arc<str> = source.into();
    if text.len() > SIZE_MAX {
        return (Vec::new(), vec![too_large(&source, text.len())]);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (pieces, mut problems) = split::split(&source, text);
    let mut documents = Vec::new();
    let mut budget = Budget::default();
    for piece in &pieces {
        if budget.is_exhausted() {
            break;
        }
        for (value, mark) in build::build(&source, piece, &mut budget, &mut problems) {
            let document = Document { source: source.clone(), value, mark };
            manifest::manifests(document, &mut documents, &mut problems);
        }
    }
    problems.sort();
    (documents, problems)
}

/// The same of an input that may not even be text.
pub fn parse_bytes(source: &str, bytes: &[u8]) -> (Vec<Document>, Vec<Problem>) {
    let name: Arc<str> = source.into();
    if bytes.len() > SIZE_MAX {
        return (Vec::new(), vec![too_large(&name, bytes.len())]);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(source, text),
        Err(error) => (Vec::new(), vec![not_text(&name, bytes, error.valid_up_to())]),
    }
}

fn too_large(source: &Arc<str>, bytes: usize) -> Problem {
    Problem::new(source, "this input is too large")
        .instead(format!("{} MiB", bytes.div_ceil(1 << 20)), format!("at most {} MiB", SIZE_MAX >> 20))
        .hint("give the manifests in several files")
}

fn not_text(source: &Arc<str>, bytes: &[u8], valid: usize) -> Problem {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Problem::new(source, "this input is not UTF-8")
            .at(Position::START, None)
            .instead("UTF-16", "UTF-8")
            .hint("save it as UTF-8 (PowerShell: `| Out-File -Encoding utf8`)");
    }
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let line = before.matches('\n').count() as u32 + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
    Problem::new(source, "this input is not UTF-8")
        .at(Position { line, column }, None)
        .instead(format!("the byte 0x{:02x}", bytes[valid]), "UTF-8 text")
}
