//! Regular expressions, compiled once a thread.
//!
//! Kubernetes uses those of Go; the crate `regex` is the same family (RE2), and the two differ only in corners such as `\C` and
//! the names of Unicode classes.

use std::cell::RefCell;
use std::sync::Arc;

use regex::Regex;
use rustc_hash::FxHashMap;

/// A regular expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Regex);

thread_local! {
    static COMPILED: RefCell<FxHashMap<Arc<str>, Result<Pattern, String>>> = RefCell::default();
}

impl Pattern {
    /// The regular expression that the text is; or what is wrong with it.
    pub(crate) fn compile(text: &str) -> Result<Pattern, String> {
        COMPILED.with_borrow_mut(|compiled| {
            if let Some(pattern) = compiled.get(text) {
                return pattern.clone();
            }
            let pattern = Regex::new(text).map(Pattern).map_err(|error| reason(&error));
            compiled.insert(text.into(), pattern.clone());
            pattern
        })
    }

    /// Whether some part of the text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// The last line of the crate's message; those before it draw the place.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    format!("error parsing regexp: {}", last.trim_start_matches("error: "))
}
