//! The spelling in which quantities are stored: `1000m` as `1`, `1024Mi` as `1Gi`.

use evenkeel_object::Value;

/// The finest amount that Kubernetes tells apart is a billionth.
const NANO: u32 = 9;
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// Whether amounts below a thousandth are rounded up to one, as in lists of resources.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rounding {
    /// They are kept, and so is the spelling of what Kubernetes holds for canonical at first sight.
    None,
    /// They are.
    Milli,
}

/// How Kubernetes stores a quantity; none if it is no quantity, or one that no computer has.
// https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/api/resource/quantity.go: ParseQuantity, CanonicalizeBytes
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_ResourceList
pub(super) fn canonical(value: &Value, rounding: Rounding) -> Option<Value> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.get().to_string(),
        _ => return None,
    };
    let notation = Notation::of(&text)?;
    let kept = rounding == Rounding::None && notation.is_taken_for_canonical();
    Some(if kept { text.into() } else { notation.canonical(rounding)?.into() })
}

/// Whether Kubernetes reads it as a quantity, however large.
pub(super) fn is_quantity(value: &Value) -> bool {
    match value {
        Value::String(text) => Notation::of(text.trim()).is_some(),
        Value::Int(_) | Value::Float(_) => true,
        _ => false,
    }
}

/// A quantity as somebody wrote it.
struct Notation<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    unit: Unit,
}

#[derive(Clone, Copy)]
enum Unit {
    /// A power of ten, with a suffix.
    Decimal(i32),
    /// A power of ten, as an exponent.
    Exponent(i32),
    /// A power of 1024.
    Binary(u32),
}

impl Notation<'_> {
    fn of(text: &str) -> Option<Notation<'_>> {
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-');
        let (number, suffix) = text.split_at(text.find(|c| !is_number(c)).unwrap_or(text.len()));
        let unsigned = number.strip_prefix(['+', '-']).unwrap_or(number);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        let is_some = !(whole.is_empty() && fraction.is_empty());
        (is_some && digits(whole) && digits(fraction)).then_some(Notation {
            negative: number.starts_with('-'),
            whole: whole.trim_start_matches('0'),
            fraction,
            unit: unit(suffix)?,
        })
    }

    /// Whether Kubernetes keeps the text without a closer look. It does so too for a few that are not canonical, such as `1.500`.
    fn is_taken_for_canonical(&self) -> bool {
        let digits = format!("{}{}", self.whole, self.fraction);
        match self.unit {
            Unit::Decimal(power) | Unit::Exponent(power) => {
                let scale = power.saturating_sub(i32::try_from(self.fraction.len()).unwrap_or(i32::MAX));
                let fits = digits.len() <= 18 && scale >= -9;
                fits && scale % 3 == 0 && !digits.ends_with("000") && !digits.is_empty() && !digits.starts_with('0')
            }
            Unit::Binary(power) => {
                let fits = self.fraction.is_empty() && digits.len() + 3 * power as usize <= 14;
                fits && digits.parse::<u64>().is_ok_and(|number| number & 7 != 0)
            }
        }
    }

    fn canonical(&self, rounding: Rounding) -> Option<String> {
        let mut nano = self.nano()?;
        if matches!(self.unit, Unit::Binary(_)) {
            nano = nano.min(i128::from(i64::MAX) * 10i128.pow(NANO));
        }
        if rounding == Rounding::Milli {
            nano = above(nano, 1_000_000) * 1_000_000;
        }
        let text = self.unit.spelled(nano)?;
        Some(if self.negative && nano != 0 { format!("-{text}") } else { text })
    }

    /// The magnitude in billionths, rounded up.
    fn nano(&self) -> Option<i128> {
        let digits = format!("0{}{}", self.whole, self.fraction);
        let digits: i128 = digits.parse().ok()?;
        let below = 10i128.checked_pow(u32::try_from(self.fraction.len()).ok()?)?;
        let (factor, divisor) = match self.unit {
            Unit::Binary(power) => (1024i128.pow(power), 1),
            Unit::Decimal(power) | Unit::Exponent(power) if power < 0 => (1, 10i128.checked_pow(power.unsigned_abs())?),
            Unit::Decimal(power) | Unit::Exponent(power) => (10i128.checked_pow(power.unsigned_abs())?, 1),
        };
        let nano = digits.checked_mul(factor)?.checked_mul(10i128.pow(NANO))?;
        Some(above(nano, below.checked_mul(divisor)?))
    }
}

impl Unit {
    fn spelled(self, nano: i128) -> Option<String> {
        let one = 10i128.pow(NANO);
        match self {
            _ if nano == 0 => Some("0".to_owned()),
            // Below 1024, and where it would be rounded, Kubernetes falls back to decimal suffixes.
            Unit::Binary(_) if nano >= 1024 * one && nano % one == 0 => {
                let (number, times) = without_factors(nano / one, 1024);
                Some(format!("{number}{}", BINARY.get(times)?))
            }
            Unit::Exponent(_) => {
                let (number, power) = thousands(nano);
                Some(match power {
                    0 => number.to_string(),
                    _ => format!("{number}e{power}"),
                })
            }
            _ => {
                let (number, power) = thousands(nano);
                let (suffix, _) = DECIMAL.iter().find(|(_, known)| *known == power)?;
                Some(format!("{number}{suffix}"))
            }
        }
    }
}

/// The number with the largest power of 1000 taken out.
fn thousands(nano: i128) -> (i128, i32) {
    let (number, times) = without_factors(nano, 10);
    let power = i32::try_from(times).expect("a number has few digits") - 9;
    let odd = power.rem_euclid(3);
    (number * 10i128.pow(odd.unsigned_abs()), power - odd)
}

fn without_factors(mut number: i128, factor: i128) -> (i128, usize) {
    let mut times = 0;
    while number % factor == 0 {
        number /= factor;
        times += 1;
    }
    (number, times)
}

/// Divides and rounds up.
fn above(number: i128, divisor: i128) -> i128 {
    number / divisor + i128::from(number % divisor != 0)
}

fn unit(suffix: &str) -> Option<Unit> {
    if let Some((_, power)) = DECIMAL.iter().find(|(known, _)| *known == suffix) {
        return Some(Unit::Decimal(*power));
    }
    if let Some(power) = BINARY.iter().position(|known| *known == suffix) {
        return Some(Unit::Binary(u32::try_from(power).ok()?));
    }
    Some(Unit::Exponent(suffix.strip_prefix(['e', 'E'])?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use evenkeel_object::Value;

    use super::{Rounding, canonical};

    fn check(text: &str, resources: &str, elsewhere: &str) {
        let spelled = |rounding| canonical(&text.into(), rounding).unwrap_or_default();
        assert_eq!(spelled(Rounding::Milli).text(), resources, "{text}");
        assert_eq!(spelled(Rounding::None).text(), elsewhere, "{text}");
    }

    #[test]
    fn quantities_are_stored_in_one_spelling() {
        check("1000m", "1", "1");
        check("1500m", "1500m", "1500m");
        check("1.0", "1", "1");
        check("0.5", "500m", "500m");
        check(".5", "500m", "500m");
        check("1024Mi", "1Gi", "1Gi");
        check("1536Mi", "1536Mi", "1536Mi");
        check("1.5Gi", "1536Mi", "1536Mi");
        check("512Ki", "512Ki", "512Ki");
        check("0.5Gi", "512Mi", "512Mi");
        check("0.5Ki", "512", "512");
        check("1000Gi", "1000Gi", "1000Gi");
        check("1024", "1024", "1024");
        check("1000", "1k", "1k");
        check("128000M", "128G", "128G");
        check("100000", "100k", "100k");
        check("1e3", "1e3", "1e3");
        check("10e2", "1e3", "1e3");
        check("0Gi", "0", "0");
        check("-0", "0", "0");
        check("-1000m", "-1", "-1");
    }

    #[test]
    fn what_is_finer_than_a_thousandth_is_rounded_up_in_lists_of_resources_only() {
        check("100n", "1m", "100n");
        check("1500u", "2m", "1500u");
        check("1.500", "1500m", "1.500");
        check("007", "7", "007");
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        check("", "", "");
        check("Gi", "", "");
        check("1x", "", "");
        check("1.2.3", "", "");
        check("1-2", "", "");
        check("1e99999", "", "1e99999");
        check("1e99998", "", "");
        assert_eq!(canonical(&Value::Bool(true), Rounding::None), None);
        assert_eq!(canonical(&Value::Int(2), Rounding::None), Some("2".into()));
    }
}
