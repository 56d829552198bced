//! Widths, and how values, numbers and times are written for people.

use evenkeel_object::Value;

use crate::{Ink, Reference};

/// How a text is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Columns of a line. Words that are longer than a line are not broken.
    pub width: usize,
    /// Whether to colour.
    pub ink: Ink,
    /// How much to tell.
    pub detail: Detail,
}

/// How much to tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Detail {
    /// Long runs are shortened in the middle, long values at their end.
    #[default]
    Short,
    /// Everything.
    Full,
}

impl Default for Layout {
    fn default() -> Self {
        Layout { width: 100, ink: Ink::Plain, detail: Detail::Short }
    }
}

/// How many columns a text takes. A character is taken as one column; there is no colour in it.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// The text, filled up with spaces to that many columns.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text:<width$}")
}

/// The text without the spaces at the ends of its lines.
pub(crate) fn trimmed(text: &str) -> String {
    let mut trimmed: String = text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
    while trimmed.ends_with("\n\n") {
        trimmed.pop();
    }
    trimmed
}

/// Breaks a text between words into lines of at most that many columns.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    // Texts come from manifests too (the message of a policy): none may take over the terminal.
    let text = text.replace(|c: char| c.is_control() && c != '\n', " ");
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

/// A paragraph: wrapped, and every line indented.
pub fn paragraph(text: &str, indent: usize, width: usize) -> String {
    wrap(text, width.saturating_sub(indent).max(20)).iter().map(|line| format!("{:indent$}{line}\n", "")).collect()
}

/// A value on one line: a text that cannot be mistaken without quotation marks, nothing as `(none)`.
pub(crate) fn value(value: &Value, detail: Detail) -> String {
    let text = match value {
        Value::Null => "(none)".into(),
        Value::String(text) if is_plain(text) => text.to_string(),
        other => other.to_string(),
    };
    const COLUMNS_MAX: usize = 40;
    if detail == Detail::Full || columns(&text) <= COLUMNS_MAX {
        return text;
    }
    text.chars().take(COLUMNS_MAX - 1).chain(['…']).collect()
}

/// The value of a field; what a Secret holds is not shown.
pub(crate) fn shown(object: &Reference, path: &str, held: &Value, detail: Detail) -> String {
    let is_secret = object.kind == "Secret" && (path.starts_with(".data") || path.starts_with(".stringData"));
    if is_secret && !held.is_null() {
        return "(secret)".into();
    }
    value(held, detail)
}

fn is_plain(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(|c| c.is_alphanumeric() || "-_./:@%+~#".contains(c))
        && !matches!(text, "true" | "false" | "null")
}

/// A number with a comma before each three digits.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 step`, `2 steps`.
pub(crate) fn some(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// A length of time as people say it.
pub(crate) fn time(millis: u64) -> String {
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        _ => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
    }
}

/// A size of memory as people say it.
pub(crate) fn bytes(number: u64) -> String {
    match number {
        0..1_048_576 => format!("{} KiB", number.div_ceil(1 << 10)),
        1_048_576..1_073_741_824 => format!("{} MiB", number >> 20),
        _ => format!("{}.{} GiB", number >> 30, ((number % (1 << 30)) * 10) >> 30),
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Value, json};

    use super::{Detail, bytes, count, some, time, value, wrap};

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(count(999), "999");
        assert_eq!(count(20_000_000), "20,000,000");
        assert_eq!(some(1, "step"), "1 step");
        assert_eq!(some(1200, "step"), "1,200 steps");
        assert_eq!(time(9), "9 ms");
        assert_eq!(time(1_234), "1.2 s");
        assert_eq!(time(200_000), "3 min 20 s");
        assert_eq!(bytes(5 << 30), "5.0 GiB");
        assert_eq!(bytes(3 << 20), "3 MiB");
    }

    #[test]
    fn a_value_is_quoted_where_it_could_be_mistaken() {
        let short = |json: serde_json::Value| value(&Value::from(json), Detail::Short);
        assert_eq!(short(json!("Running")), "Running");
        assert_eq!(short(json!("4")), "\"4\"");
        assert_eq!(short(json!("a b")), "\"a b\"");
        assert_eq!(short(json!("true")), "\"true\"");
        assert_eq!(short(json!(null)), "(none)");
        assert_eq!(short(json!({"a": [1]})), "{\"a\":[1]}");
        assert_eq!(short(json!("a".repeat(50))), format!("{}…", "a".repeat(39)));
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("a bb ccc dddd", 6), ["a bb", "ccc", "dddd"]);
        assert_eq!(wrap("incomprehensible", 6), ["incomprehensible"]);
        assert_eq!(wrap("a\x1b[31mb\n\tc", 20), ["a [31mb c"]);
    }
}
