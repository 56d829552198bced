//! What a scalar of YAML means to kubectl.
//!
//! kubectl turns YAML into JSON and reads that, so the rules are those of its YAML library (close to YAML 1.1: `yes`, `on` and `y` are
//! truth values, `0644` is octal), followed by those of Go's JSON encoder (a float that is whole is written, and read back, as an integer).

use granit_parser::{ScalarStyle, Tag};

use crate::Value;
use crate::value::Float;

/// Why a scalar has no value.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    /// It is infinite, or not a number; JSON has no such thing.
    NotFinite,
    /// It is not what its tag says it is; the name of the tag.
    NotAs(String),
    /// The tag itself is not supported; its name.
    Tag(String),
}

/// The value of a scalar.
pub(super) fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, Refusal> {
    let Some(tag) = tag else {
        return match style {
            ScalarStyle::Plain => plain(text),
            _ => Ok(text.into()),
        };
    };
    match tag.core_suffix() {
        // A tag of an application: kubectl takes the text.
        None => Ok(text.into()),
        Some("str" | "timestamp") => Ok(text.into()),
        Some(name @ ("bool" | "int" | "float" | "null")) => tagged(text, name),
        Some(name) => Err(Refusal::Tag(format!("!!{name}"))),
    }
}

fn tagged(text: &str, name: &str) -> Result<Value, Refusal> {
    let value = plain(text)?;
    let agrees = matches!(
        (name, &value),
        ("bool", Value::Bool(_))
            | ("int", Value::Int(_))
            | ("float", Value::Int(_) | Value::Float(_))
            | ("null", Value::Null)
    );
    if agrees {
        Ok(value)
    } else {
        Err(Refusal::NotAs(format!("!!{name}")))
    }
}

/// The name under which a scalar is a key of a map; none if it cannot be one.
// https://github.com/kubernetes-sigs/yaml/blob/v1.6.0/yaml.go: convertToJSONableObject
pub(super) fn key(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(single(number.get() as f32)),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// A number in single precision, as Go's `%g` writes it.
fn single(number: f32) -> String {
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => number.to_string(),
    }
}

/// A scalar that is neither quoted nor tagged.
// https://github.com/yaml/go-yaml/blob/v2.4.4/resolve.go: resolve
fn plain(text: &str) -> Result<Value, Refusal> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Ok(true.into());
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Ok(false.into());
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" => return Err(Refusal::NotFinite),
        _ => {}
    }
    let number = match text.as_bytes()[0] {
        b'0'..=b'9' | b'+' | b'-' => number(&text.replace('_', "")),
        b'.' => float(text),
        _ => None,
    };
    Ok(number.unwrap_or_else(|| text.into()))
}

fn number(text: &str) -> Option<Value> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let Some(magnitude) = integer(digits) else {
        return float(text);
    };
    let magnitude = i128::from(magnitude);
    match i64::try_from(if negative { -magnitude } else { magnitude }) {
        Ok(int) => Some(Value::Int(int)),
        // What needs the 64th bit is a float in the end.
        Err(_) if negative => float(text),
        Err(_) => Float::new(magnitude as f64).map(Value::Float),
    }
}

/// The value of an integer literal of Go without its sign; none if it is none, or too large.
// https://pkg.go.dev/strconv#ParseInt with base 0
fn integer(digits: &str) -> Option<u64> {
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (&*lower, 10),
    };
    // from_str_radix would take a second sign.
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

/// A decimal float, also one that is written without a point. Whole ones come out as integers.
fn float(text: &str) -> Option<Value> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !plain || !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    // Too large a number is a text, as strconv.ParseFloat refuses it.
    let float = Float::new(number)?;
    Some(whole(float).map_or(Value::Float(float), Value::Int))
}

/// The integer that Go's encoder writes for a float, if it writes one that fits.
// https://github.com/golang/go/blob/go1.24.0/src/encoding/json/encode.go: floatEncoder
fn whole(float: Float) -> Option<i64> {
    let number = float.get();
    if number.fract() != 0.0 || number.abs() >= 1e21 {
        return None;
    }
    // Both languages write the shortest digits that read back as the same number, then zeros.
    number.to_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use granit_parser::ScalarStyle;

    use super::{Refusal, key, plain, scalar, single};
    use crate::Value;

    fn check(text: &str, expect: &str) {
        let value = plain(text).expect("it has a value");
        assert_eq!(format!("{} {value}", value.type_name()), expect, "{text}");
    }

    #[test]
    fn truth_values_are_those_of_yaml_1_1() {
        for text in ["y", "Yes", "on", "true", "TRUE"] {
            check(text, "boolean true");
        }
        for text in ["n", "NO", "Off", "False"] {
            check(text, "boolean false");
        }
        check("yES", "string \"yES\"");
        check("t", "string \"t\"");
    }

    #[test]
    fn nothing_and_a_tilde_are_null() {
        for text in ["", "~", "null", "NULL"] {
            check(text, "null null");
        }
        check("nULL", "string \"nULL\"");
    }

    #[test]
    fn integers_are_those_of_go() {
        check("0", "integer 0");
        check("-0", "integer 0");
        check("+12", "integer 12");
        check("1_000", "integer 1000");
        check("0644", "integer 420");
        check("0o644", "integer 420");
        check("0x1F", "integer 31");
        check("-0b11", "integer -3");
        check("08", "integer 8");
        check("9223372036854775807", "integer 9223372036854775807");
        check("-9223372036854775808", "integer -9223372036854775808");
        check("0xFFFFFFFFFFFFFFFFFF", "string \"0xFFFFFFFFFFFFFFFFFF\"");
        check("0x", "string \"0x\"");
        check("-", "string \"-\"");
        check("--1", "string \"--1\"");
        check("+-1", "string \"+-1\"");
    }

    #[test]
    fn floats_that_are_whole_become_integers() {
        check("1.5", "number 1.5");
        check(".5", "number 0.5");
        check("2.0", "integer 2");
        check("1e3", "integer 1000");
        check("12e03", "integer 12000");
        check("1.", "integer 1");
        check("9223372036854775808", "number 9.223372036854776e+18");
        check("99999999999999999999", "number 1e+20");
        check("1e400", "string \"1e400\"");
        check(".", "string \".\"");
        check("1.2.3", "string \"1.2.3\"");
        check("e3", "string \"e3\"");
        check("1e", "string \"1e\"");
    }

    #[test]
    fn what_merely_begins_like_a_number_is_text() {
        check("10m", "string \"10m\"");
        check("12:30", "string \"12:30\"");
        check("2001-01-01", "string \"2001-01-01\"");
        check("1.2.3.4/24", "string \"1.2.3.4/24\"");
        check("0.5Gi", "string \"0.5Gi\"");
        check("-infinity", "string \"-infinity\"");
        check("+nan", "string \"+nan\"");
    }

    #[test]
    fn json_has_no_infinity() {
        assert_eq!(plain("-.inf"), Err(Refusal::NotFinite));
        assert_eq!(plain(".NaN"), Err(Refusal::NotFinite));
    }

    #[test]
    fn a_quoted_scalar_is_text_whatever_it_looks_like() {
        assert_eq!(
            scalar("yes", ScalarStyle::DoubleQuoted, None),
            Ok(Value::from("yes"))
        );
        assert_eq!(
            scalar("1", ScalarStyle::Literal, None),
            Ok(Value::from("1"))
        );
    }

    #[test]
    fn keys_become_text() {
        assert_eq!(key(&Value::from(true)), Some("true".into()));
        assert_eq!(key(&Value::from(8080)), Some("8080".into()));
        assert_eq!(key(&plain("1.5").expect("a float")), Some("1.5".into()));
        assert_eq!(key(&Value::Null), None);
        assert_eq!(single(1.5e30), "1.5e+30");
        assert_eq!(single(0.00001), "1e-05");
    }
}
