//! Resource quantities: `500m`, `1.5Gi`, `2`, `1e3`.

use std::fmt;
use std::ops::{Add, Mul};

/// An amount of a resource, in thousandths of its unit, rounded up as Kubernetes does below that.
///
/// Left out: amounts below a thousandth (the suffixes `n` and `u` round up), which no kind of the roster distinguishes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Quantity {
    /// Thousandths.
    pub milli: i128,
}

/// What does not fit is as much as 64 bits hold, as in Kubernetes. So a sum of many cannot overflow.
const MAX: i128 = i64::MAX as i128 * 1000;

impl Quantity {
    /// Reads the notation of Kubernetes: a decimal number with a binary suffix (`Ki` … `Ei`), a decimal suffix (`n`, `u`, `m`, `k`, `M` … `E`) or
    /// an exponent. None if it is not one.
    pub fn parse(text: &str) -> Option<Quantity> {
        let split = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))).unwrap_or(text.len());
        let (number, suffix) = text.split_at(split);
        let (numerator, denominator) = scale(suffix)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let negative = whole.starts_with('-');
        let digits: i128 = format!("{}{fraction}", whole.trim_start_matches(['+', '-'])).parse().ok()?;
        let below = denominator.checked_mul(10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?)?;
        let above = digits.checked_mul(numerator)?.checked_mul(1000)?;
        let milli = (above / below + i128::from(above % below != 0)).min(MAX);
        Some(Quantity { milli: if negative { -milli } else { milli } })
    }

    /// Reads a value as Kubernetes does: a string in the notation above, or a plain number.
    pub fn of(value: &crate::Value) -> Option<Quantity> {
        match value {
            crate::Value::Int(number) => Some(Quantity { milli: i128::from(*number) * 1000 }),
            crate::Value::Float(number) => Quantity::parse(&number.get().to_string()),
            crate::Value::String(text) => Quantity::parse(text),
            _ => None,
        }
    }
}

/// The factor of a suffix, as a fraction.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    const DECIMAL: [&str; 6] = ["k", "M", "G", "T", "P", "E"];
    const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let power = |suffixes: [&str; 6]| suffixes.iter().position(|s| *s == suffix).map(|i| i as u32 + 1);
    match suffix {
        "" => Some((1, 1)),
        "m" => Some((1, 1000)),
        "u" => Some((1, 1_000_000)),
        "n" => Some((1, 1_000_000_000)),
        _ => None,
    }
    .or_else(|| Some((1000i128.pow(power(DECIMAL)?), 1)))
    .or_else(|| Some((1024i128.pow(power(BINARY)?), 1)))
    .or_else(|| exponent(suffix))
}

fn exponent(suffix: &str) -> Option<(i128, i128)> {
    let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let factor = 10i128.checked_pow(power.unsigned_abs()).filter(|_| power.abs() <= 18)?;
    Some(if power < 0 { (1, factor) } else { (factor, 1) })
}

impl Add for Quantity {
    type Output = Quantity;

    fn add(self, other: Quantity) -> Quantity {
        Quantity { milli: self.milli + other.milli }
    }
}

impl Mul<i64> for Quantity {
    type Output = Quantity;

    fn mul(self, factor: i64) -> Quantity {
        Quantity { milli: self.milli * i128::from(factor) }
    }
}

/// In whole units if it is whole, else in thousandths.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.milli % 1000 == 0 { write!(f, "{}", self.milli / 1000) } else { write!(f, "{}m", self.milli) }
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    fn check(text: &str, milli: Option<i128>) {
        assert_eq!(Quantity::parse(text).map(|q| q.milli), milli, "{text}");
    }

    #[test]
    fn quantities_are_read_as_kubernetes_does() {
        check("500m", Some(500));
        check("2", Some(2000));
        check("1.5Gi", Some(1536 * 1024 * 1024 * 1000));
        check("0.1", Some(100));
        check("1e3", Some(1_000_000));
        check("100n", Some(1));
        check("-1", Some(-1000));
        check("9E", Some(9 * 10i128.pow(21)));
        check("12E", Some(i128::from(i64::MAX) * 1000));
        check("-12E", Some(i128::from(i64::MAX) * -1000));
        check("", None);
        check("1x", None);
        check("Gi", None);
        check("1.2.3", None);
    }
}
