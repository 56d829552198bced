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

/// What a scalar is before it becomes JSON.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Scalar<'t> {
    Null,
    Bool(bool),
    Int(i64),
    /// A whole number that needs the 64th bit.
    Unsigned(u64),
    Float(f64),
    Text(&'t str),
}

impl Scalar<'_> {
    /// Its value in JSON.
    pub(super) fn value(self) -> Result<Value, Refusal> {
        Ok(match self {
            Scalar::Null => Value::Null,
            Scalar::Bool(flag) => flag.into(),
            Scalar::Int(number) => number.into(),
            Scalar::Text(text) => text.into(),
            Scalar::Unsigned(number) => json(number as f64)?,
            Scalar::Float(number) => json(number)?,
        })
    }

    /// The number, if it is a float.
    pub(super) fn float(self) -> Option<f64> {
        match self {
            Scalar::Float(number) => Some(number),
            _ => None,
        }
    }
}

/// A number as it comes out of Go's encoder and is read again: whole ones are integers, if they fit.
// https://github.com/golang/go/blob/go1.24.0/src/encoding/json/encode.go: floatEncoder
fn json(number: f64) -> Result<Value, Refusal> {
    let float = Float::new(number).ok_or(Refusal::NotFinite)?;
    let is_whole = number.fract() == 0.0 && number.abs() < 1e21;
    // Both languages write the shortest digits that read back as the same number, then zeros.
    let whole = is_whole.then(|| float.get().to_string().parse().ok());
    Ok(whole.flatten().map_or(Value::Float(float), Value::Int))
}

/// What a scalar is.
// https://github.com/yaml/go-yaml/blob/v2.4.4/resolve.go: resolve
pub(super) fn resolve<'t>(text: &'t str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Scalar<'t>, Refusal> {
    let Some(tag) = tag else {
        return Ok(match style {
            ScalarStyle::Plain => plain(text),
            _ => Scalar::Text(text),
        });
    };
    match tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() {
        // A tag of an application: kubectl takes the text. Times are texts too (their form is not looked at here).
        None | Some("str" | "timestamp") => Ok(Scalar::Text(text)),
        Some(name @ ("bool" | "int" | "float" | "null")) => {
            tagged(plain(text), name).ok_or_else(|| Refusal::NotAs(format!("!!{name}")))
        }
        // kubectl would decode `!!binary`.
        Some(name) => Err(Refusal::Tag(format!("!!{name}"))),
    }
}

fn tagged<'t>(scalar: Scalar<'t>, name: &str) -> Option<Scalar<'t>> {
    match (name, scalar) {
        ("bool", Scalar::Bool(_))
        | ("int", Scalar::Int(_) | Scalar::Unsigned(_))
        | ("float", Scalar::Float(_))
        | ("null", Scalar::Null) => Some(scalar),
        ("float", Scalar::Int(number)) => Some(Scalar::Float(number as f64)),
        _ => None,
    }
}

/// The name under which a scalar of that value is a key of a map; none if it cannot be one. `float` is the number, if it is a float.
// https://github.com/kubernetes-sigs/yaml/blob/v1.6.0/yaml.go: convertToJSONableObject
pub(super) fn key(value: &Value, float: Option<f64>) -> Option<String> {
    if let Some(float) = float {
        return Some(single(float as f32));
    }
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Int(number) => Some(number.to_string()),
        // A float that is none any more is an integer of 64 bits without a sign.
        Value::Null | Value::Float(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// A number in single precision, as Go's `%g` writes it, and YAML what is not finite.
fn single(number: f32) -> String {
    if !number.is_finite() {
        let sign = if number == f32::NEG_INFINITY { "-" } else { "" };
        return format!("{sign}.{}", if number.is_nan() { "nan" } else { "inf" });
    }
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
fn plain(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = match text.as_bytes()[0] {
        b'0'..=b'9' | b'+' | b'-' => number(&text.replace('_', "")),
        b'.' => fraction(text),
        _ => None,
    };
    number.unwrap_or(Scalar::Text(text))
}

fn number(text: &str) -> Option<Scalar<'static>> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let Some(magnitude) = integer(digits) else {
        return float(text);
    };
    let signed = i128::from(magnitude);
    match i64::try_from(if negative { -signed } else { signed }) {
        Ok(int) => Some(Scalar::Int(int)),
        // An unsigned number has no sign at all, not even a plus.
        Err(_) if text == digits => Some(Scalar::Unsigned(magnitude)),
        Err(_) => float(text),
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

/// A float that begins with its point; underscores stand between digits only.
fn fraction(text: &str) -> Option<Scalar<'static>> {
    let is_digit = |character: Option<&u8>| character.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let between = |index: usize| is_digit(bytes.get(index - 1)) && is_digit(bytes.get(index + 1));
    let fits = (1..bytes.len()).all(|index| bytes[index] != b'_' || between(index));
    fits.then(|| float(&text.replace('_', ""))).flatten()
}

/// A decimal float, also one that is written without a point.
fn float(text: &str) -> Option<Scalar<'static>> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_decimal =
        digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !is_decimal || !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    // Too large a number is a text, as strconv.ParseFloat refuses it.
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(Scalar::Float(number))
}

#[cfg(test)]
mod tests {
    use granit_parser::ScalarStyle;

    use super::{Refusal, key, plain, resolve, single};
    use crate::Value;

    fn check(text: &str, expect: &str) {
        let value = plain(text).value().expect("it has a value");
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
        check(".1_5", "number 0.15");
        check("._15", "string \"._15\"");
        check(".1__5", "string \".1__5\"");
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
        assert_eq!(plain("-.inf").value(), Err(Refusal::NotFinite));
        assert_eq!(plain(".NaN").value(), Err(Refusal::NotFinite));
    }

    #[test]
    fn a_quoted_scalar_is_text_whatever_it_looks_like() {
        for (text, style) in [("yes", ScalarStyle::DoubleQuoted), ("1", ScalarStyle::Literal)] {
            let scalar = resolve(text, style, None).expect("it has no tag");
            assert_eq!(scalar.value(), Ok(Value::from(text)));
        }
    }

    #[test]
    fn keys_become_text() {
        let named = |text| {
            let scalar = plain(text);
            key(&scalar.value().unwrap_or_default(), scalar.float()).unwrap_or_default()
        };
        assert_eq!(named("on"), "true");
        assert_eq!(named("8080"), "8080");
        assert_eq!(named("1.5"), "1.5");
        assert_eq!(named("1e18"), "1e+18");
        assert_eq!(named("-0.0"), "-0");
        assert_eq!(named("-.inf"), "-.inf");
        assert_eq!(named("~"), "");
        assert_eq!(named("9223372036854775808"), "");
        assert_eq!(single(0.00001), "1e-05");
    }
}
