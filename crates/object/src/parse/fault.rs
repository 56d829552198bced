//! What a fault in the syntax of YAML means to the person who wrote it.

use granit_parser::{ErrorKind, ScanError};

/// The words in which a fault of the syntax is told.
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) found: String,
    pub(super) expected: &'static str,
    pub(super) hint: Option<&'static str>,
    /// By how many characters the parser points too far to the right.
    pub(super) back: u32,
}

/// Tells of a fault in `text`.
pub(super) fn fault(error: &ScanError, text: &str) -> Fault {
    let offset = offset(error, text);
    let (expected, hint) = remedy(error.kind());
    let template = text.contains("{{") && hint_is_weak(error.kind());
    // The parser points behind a tab that indents.
    let is_behind_tab = is_tab(error.kind()) && text[..offset].ends_with('\t');
    Fault {
        message: message(error),
        found: if is_behind_tab { "a tab".into() } else { found(&text[offset..]) },
        expected,
        hint: if template { Some(TEMPLATE) } else { hint },
        back: u32::from(is_behind_tab),
    }
}

/// What is said where the braces of a template stand in place of YAML.
pub(super) const TEMPLATE: &str =
    "this looks like a template: render it first, e.g. `helm template … | evenkeel check -`";

/// The beginning of a text, quoted, on one line and short.
pub(super) fn excerpt(text: &str) -> String {
    const CHARACTERS_MAX: usize = 32;
    let line = text.lines().next().unwrap_or_default().trim_end();
    let short: String = line.chars().take(CHARACTERS_MAX).collect();
    let more = if short.len() < line.len() { "…" } else { "" };
    let shown: String = short.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    format!("`{shown}{more}`")
}

/// Where in the text the fault is, at the boundary of a character.
fn offset(error: &ScanError, text: &str) -> usize {
    let marker = error.marker();
    let offset = marker.byte_offset().or_else(|| {
        let mut characters = text.char_indices();
        characters.nth(marker.index()).map(|(offset, _)| offset)
    });
    offset.filter(|offset| text.is_char_boundary(*offset)).unwrap_or(text.len())
}

fn found(rest: &str) -> String {
    match rest.chars().next() {
        None => "the end of the document".into(),
        Some('\t') => "a tab".into(),
        Some('\n' | '\r') => "the end of the line".into(),
        Some(_) => excerpt(rest),
    }
}

fn message(error: &ScanError) -> String {
    match error.kind() {
        ErrorKind::UnclosedQuotedScalar => "a quotation mark is never closed".into(),
        ErrorKind::UnclosedFlowCollection { open } => format!("this {open} is never closed"),
        kind if is_tab(kind) => "YAML does not allow a tab here".into(),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            format!("this {open} is closed by a {close}")
        }
        ErrorKind::ExpectedBlockMappingKey => "this does not fit into the map above".into(),
        ErrorKind::SimpleKeyExpected => "this is neither a field nor part of the value above".into(),
        ErrorKind::UnexpectedCharacter { character } => {
            format!("a text cannot begin with {character:?}")
        }
        ErrorKind::UnknownQuotedScalarEscape => "a backslash in this text escapes nothing".into(),
        ErrorKind::UnknownAnchor => "this alias stands for nothing".into(),
        ErrorKind::MappingValueNotAllowed => "there cannot be a second `:` here".into(),
        ErrorKind::RecursionLimitExceeded => format!("more than {} levels deep", super::DEPTH_MAX),
        _ => error.info(),
    }
}

fn is_tab(kind: &ErrorKind) -> bool {
    use ErrorKind as E;
    matches!(
        kind,
        E::TabNotAllowed
            | E::TabInBlockIndentation
            | E::TabInIndentation
            | E::TabInPlainScalar
            | E::TabAtBlockScalarStart
    )
}

/// Faults whose own hint is no better than a guess.
fn hint_is_weak(kind: &ErrorKind) -> bool {
    use ErrorKind as E;
    !matches!(
        kind,
        E::TabInBlockIndentation | E::TabInIndentation | E::RecursionLimitExceeded | E::UnclosedQuotedScalar
    )
}

/// What could have stood there, and what to do.
fn remedy(kind: &ErrorKind) -> (&'static str, Option<&'static str>) {
    use ErrorKind as E;
    match kind {
        kind if is_tab(kind) => ("spaces", Some("indent with spaces")),
        E::UnclosedQuotedScalar | E::DocumentIndicatorInQuotedScalar => ("a closing quotation mark", None),
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => {
            ("the end of the line, or `:` after a key", Some("put quotation marks around the whole text"))
        }
        E::UnknownQuotedScalarEscape | E::InvalidQuotedScalarHexEscape => {
            ("an escape that YAML knows", Some("write `\\\\` for a backslash, or use single quotation marks"))
        }
        E::MappingValueNotAllowed => (
            "one value after the first `:`",
            Some("put quotation marks around a text with `: ` in it, or check the indentation"),
        ),
        E::SimpleKeyExpected | E::InvalidSimpleKey => ("`:` after the name of a field", Some("check the indentation")),
        E::ExpectedBlockMappingKey | E::MappingKeyNotAllowed => ("the name of a field", Some("check the indentation")),
        E::ExpectedBlockSequenceEntry | E::BlockSequenceEntryNotAllowed => {
            ("a list item in the same column as the others", Some("check the indentation"))
        }
        E::InvalidIndentation
        | E::InvalidBlockScalarIndent
        | E::InvalidQuotedScalarIndent
        | E::InvalidFlowScalarIndent => ("the indentation of the lines around it", Some("check the indentation")),
        E::ExpectedFlowMappingSeparator | E::UnexpectedEofFlowMapping | E::UnexpectedEofImplicitFlowMapping => {
            ("`,` or `}`", None)
        }
        E::ExpectedFlowSequenceSeparator | E::UnexpectedEofFlowSequence => ("`,` or `]`", None),
        E::UnclosedFlowCollection { open } | E::MismatchedFlowCollectionEnd { open, .. } => {
            (if *open == '[' { "`]`" } else { "`}`" }, None)
        }
        E::UnexpectedCharacter { .. } => ("a value", Some("put quotation marks around the text")),
        E::RecursionLimitExceeded => ("fewer levels", None),
        _ => ("", None),
    }
}
