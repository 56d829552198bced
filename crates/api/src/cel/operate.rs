//! Operators: arithmetic, equality, order, membership.

use std::cmp::Ordering;
use std::sync::Arc;

use evenkeel_object::Value;
use kube_cel::cel;

use super::datum::{Datum, Like, Number};
use super::evaluate::Fault;
use super::tree::Operator;

/// `left operator right`.
pub(super) fn operate(operator: Operator, left: &Datum, right: &Datum) -> Result<Datum, Fault> {
    match operator {
        Operator::Equal => Ok(Datum::from(left.equals(right))),
        Operator::NotEqual => Ok(Datum::from(!left.equals(right))),
        Operator::Less => Ok(Datum::from(order(left, right)? == Ordering::Less)),
        Operator::LessOrEqual => Ok(Datum::from(order(left, right)? != Ordering::Greater)),
        Operator::Greater => Ok(Datum::from(order(left, right)? == Ordering::Greater)),
        Operator::GreaterOrEqual => Ok(Datum::from(order(left, right)? != Ordering::Less)),
        Operator::In => contained(left, right).map(Datum::from),
        Operator::Add => add(left, right),
        Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo => {
            calculate(operator, left, right)
        }
    }
}

/// `-datum`.
pub(super) fn negate(datum: &Datum) -> Result<Datum, Fault> {
    match datum.number() {
        Some(Number::Int(number)) => number.checked_neg().map(Datum::int).ok_or_else(overflow),
        Some(Number::Double(number)) => Ok(Datum::double(-number)),
        _ => Err(Fault::no_overload()),
    }
}

impl Datum {
    /// Whether the two are equal: numbers by what they amount to, whatever their types; values of other types never.
    // https://github.com/google/cel-spec/blob/v0.25.1/doc/langdef.md: Equality
    pub(crate) fn equals(&self, other: &Datum) -> bool {
        match (self, other) {
            (Datum::Value(left), Datum::Value(right)) => values_equal(left, right),
            (Datum::Optional(left), Datum::Optional(right)) => match (left, right) {
                (Some(left), Some(right)) => left.equals(right),
                (None, None) => true,
                _ => false,
            },
            (Datum::Type(left), Datum::Type(right)) => left == right,
            _ => {
                if let (Some(left), Some(right)) = (self.number(), other.number()) {
                    return compare_numbers(left, right) == Some(Ordering::Equal);
                }
                if let (Datum::Foreign(left), Datum::Foreign(right)) = (self, other) {
                    return left == right;
                }
                lists_equal(self, other).or_else(|| maps_equal(self, other)) == Some(true)
            }
        }
    }
}

fn values_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(int), Value::Float(float)) | (Value::Float(float), Value::Int(int)) => {
            compare_numbers(Number::Int(*int), Number::Double(float.get())) == Some(Ordering::Equal)
        }
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(l, r)| values_equal(l, r))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left.iter().zip(right.iter()).all(|((name, l), (other, r))| name == other && values_equal(l, r))
        }
        _ => left == right,
    }
}

fn lists_equal(left: &Datum, right: &Datum) -> Option<bool> {
    let like = match (left, right) {
        (Datum::List(_, like), _) | (_, Datum::List(_, like)) => like,
        _ => &Like::List,
    };
    let (left, right) = (left.items()?, right.items()?);
    let ordered = *like == Like::List;
    Some(
        left.len() == right.len()
            && if ordered {
                left.iter().zip(&right).all(|(l, r)| l.equals(r))
            } else {
                left.iter().all(|l| right.iter().any(|r| l.equals(r)))
            },
    )
}

fn maps_equal(left: &Datum, right: &Datum) -> Option<bool> {
    let (left, right) = (left.entries()?, right.entries()?);
    let found =
        |key: &Datum, datum: &Datum| right.iter().any(|(other, value)| key.equals(other) && datum.equals(value));
    Some(left.len() == right.len() && left.iter().all(|(key, datum)| found(key, datum)))
}

/// Which of the two comes first; an error if they have no order.
pub(super) fn order(left: &Datum, right: &Datum) -> Result<Ordering, Fault> {
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return compare_numbers(left, right).ok_or_else(|| Fault::new("NaN values cannot be ordered"));
    }
    match (left, right) {
        (Datum::Value(Value::String(left)), Datum::Value(Value::String(right))) => Ok(left.cmp(right)),
        (Datum::Value(Value::Bool(left)), Datum::Value(Value::Bool(right))) => Ok(left.cmp(right)),
        (Datum::Foreign(cel::Value::Bytes(left)), Datum::Foreign(cel::Value::Bytes(right))) => Ok(left.cmp(right)),
        (Datum::Foreign(left), Datum::Foreign(right)) => left.partial_cmp(right).ok_or_else(Fault::no_overload),
        _ => Err(Fault::no_overload()),
    }
}

fn compare_numbers(left: Number, right: Number) -> Option<Ordering> {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => Some(left.cmp(&right)),
        (Number::Uint(left), Number::Uint(right)) => Some(left.cmp(&right)),
        (Number::Int(left), Number::Uint(right)) => Some(i128::from(left).cmp(&i128::from(right))),
        (Number::Uint(left), Number::Int(right)) => Some(i128::from(left).cmp(&i128::from(right))),
        (Number::Double(left), right) => left.partial_cmp(&right.double()),
        (left, Number::Double(right)) => left.double().partial_cmp(&right),
    }
}

impl Number {
    /// The nearest double.
    pub(super) fn double(self) -> f64 {
        match self {
            Number::Int(number) => number as f64,
            Number::Uint(number) => number as f64,
            Number::Double(number) => number,
        }
    }
}

/// Whether an item is in a list, or a key in a map.
fn contained(item: &Datum, container: &Datum) -> Result<bool, Fault> {
    if let Datum::Value(Value::Map(map)) = container {
        return Ok(item.text().is_some_and(|name| map.contains_key(name)));
    }
    if let Some(items) = container.items() {
        return Ok(items.iter().any(|other| other.equals(item)));
    }
    let entries = container.entries().ok_or_else(Fault::no_overload)?;
    Ok(entries.iter().any(|(key, _)| key.equals(item)))
}

fn add(left: &Datum, right: &Datum) -> Result<Datum, Fault> {
    if let (Some(left), Some(right)) = (left.text(), right.text()) {
        return Ok(Datum::string(format!("{left}{right}")));
    }
    if let (Some(more), Some(items)) = (right.items(), left.items()) {
        return Ok(match left {
            Datum::List(_, Like::Set) => merged(items, more, |old, new| old.equals(new), Like::Set),
            Datum::List(_, Like::Map(keys)) => {
                let same = |old: &Datum, new: &Datum| same_keys(keys, old, new);
                merged(items, more, same, Like::Map(keys.clone()))
            }
            _ => Datum::list(items.into_iter().chain(more).collect()),
        });
    }
    calculate(Operator::Add, left, right)
}

/// The items of a set or a list with keys, those that are there already replaced in place, the others at the end.
fn merged(mut items: Vec<Datum>, more: Vec<Datum>, same: impl Fn(&Datum, &Datum) -> bool, like: Like) -> Datum {
    for new in more {
        match items.iter_mut().find(|old| same(old, &new)) {
            Some(old) => *old = new,
            None => items.push(new),
        }
    }
    Datum::List(Arc::new(items), like)
}

fn same_keys(keys: &[Arc<str>], left: &Datum, right: &Datum) -> bool {
    keys.iter().all(|key| {
        let of = |datum: &Datum| datum.field(key).ok().flatten();
        match (of(left), of(right)) {
            (Some(left), Some(right)) => left.equals(&right),
            (None, None) => true,
            _ => false,
        }
    })
}

fn calculate(operator: Operator, left: &Datum, right: &Datum) -> Result<Datum, Fault> {
    match (left.number(), right.number()) {
        (Some(Number::Int(left)), Some(Number::Int(right))) => integer(operator, left, right),
        (Some(Number::Uint(left)), Some(Number::Uint(right))) => unsigned(operator, left, right),
        (Some(Number::Double(left)), Some(Number::Double(right))) => double(operator, left, right),
        _ => times(operator, left, right),
    }
}

fn integer(operator: Operator, left: i64, right: i64) -> Result<Datum, Fault> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide if right == 0 => return Err(Fault::new("division by zero")),
        Operator::Divide => left.checked_div(right),
        _ if right == 0 => return Err(Fault::new("modulus by zero")),
        _ => left.checked_rem(right),
    };
    result.map(Datum::int).ok_or_else(overflow)
}

fn unsigned(operator: Operator, left: u64, right: u64) -> Result<Datum, Fault> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    let fault = match operator {
        Operator::Divide => Fault::new("division by zero"),
        Operator::Modulo => Fault::new("modulus by zero"),
        _ => Fault::new("unsigned integer overflow"),
    };
    result.map(|number| Datum::Foreign(cel::Value::UInt(number))).ok_or(fault)
}

fn double(operator: Operator, left: f64, right: f64) -> Result<Datum, Fault> {
    Ok(Datum::double(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        _ => return Err(Fault::no_overload()),
    }))
}

/// Timestamps and durations.
fn times(operator: Operator, left: &Datum, right: &Datum) -> Result<Datum, Fault> {
    let (Datum::Foreign(left), Datum::Foreign(right)) = (left, right) else {
        return Err(Fault::no_overload());
    };
    let result = match operator {
        Operator::Add => left.clone() + right.clone(),
        Operator::Subtract => left.clone() - right.clone(),
        _ => return Err(Fault::no_overload()),
    };
    result.map(Datum::from).map_err(|_| Fault::no_overload())
}

fn overflow() -> Fault {
    Fault::new("integer overflow")
}
