//! Numbers that may be given as a share of a total: `2` or `"25%"`.

use evenkeel_object::Value;

/// Which way a share that is no whole number goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rounding {
    /// To the next lower number.
    Down,
    /// To the next higher number.
    Up,
}

/// The number that `value` means of `total`; none if it is neither a whole number nor a percentage.
///
/// A share of more than 32 bits is as much as 32 bits hold; the real one cuts off the bits above.
///
/// <https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/intstr/intstr.go>: `GetScaledValueFromIntOrPercent`.
pub(crate) fn scaled(value: &Value, total: i64, rounding: Rounding) -> Option<i64> {
    if let Some(number) = value.as_int() {
        return Some(number);
    }
    let percent: i64 = value.as_str()?.strip_suffix('%')?.parse().ok()?;
    let product = i128::from(percent) * i128::from(total);
    let share = match rounding {
        Rounding::Down => product.div_euclid(100),
        Rounding::Up => -(-product).div_euclid(100),
    };
    Some(share.clamp(i32::MIN.into(), i32::MAX.into()) as i64)
}

#[cfg(test)]
mod tests {
    use super::{Rounding, scaled};
    use evenkeel_object::{Value, json};

    fn check(value: serde_json::Value, total: i64, rounding: Rounding, expect: Option<i64>) {
        assert_eq!(scaled(&Value::from(value), total, rounding), expect);
    }

    #[test]
    fn shares_are_rounded_the_way_they_are_asked_for() {
        check(json!(2), 10, Rounding::Down, Some(2));
        check(json!("25%"), 10, Rounding::Down, Some(2));
        check(json!("25%"), 10, Rounding::Up, Some(3));
        check(json!("100%"), 3, Rounding::Up, Some(3));
        check(json!("x"), 3, Rounding::Up, None);
        check(json!("9223372036854775807%"), 3, Rounding::Up, Some(i32::MAX.into()));
    }
}
