//! Functions.

use std::sync::Arc;

use evenkeel_object::Value;
use kube_cel::KubeCelExt;
use kube_cel::cel::{self, Context};

use super::convert::written;
use super::datum::{Datum, Number};
use super::evaluate::Fault;
use super::library::{Function, Native, call_of};
use crate::pattern::Pattern;

thread_local! {
    /// The functions of the libraries; making this takes longer than most expressions.
    static LIBRARIES: Context<'static> = Context::default().with_all();
}

/// What the function makes of its arguments; the target is the first of them.
pub(super) fn call(function: &Function, arguments: &[Datum]) -> Result<Datum, Fault> {
    match function {
        Function::Native(function) => native(*function, arguments),
        Function::Library(expression) => evaluate(expression, arguments),
    }
}

/// What the function of that name of a library makes of its arguments.
pub(super) fn library(name: &str, arguments: &[Datum]) -> Result<Datum, Fault> {
    evaluate(&call_of(name, false, arguments.len()), arguments)
}

fn evaluate(expression: &cel::IdedExpr, arguments: &[Datum]) -> Result<Datum, Fault> {
    LIBRARIES.with(|libraries| {
        let mut scope = libraries.new_inner_scope();
        for (index, argument) in arguments.iter().enumerate() {
            scope.add_variable_from_value(format!("@{index}"), argument.to_cel());
        }
        cel::Value::resolve(expression, &scope).map(Datum::from).map_err(|error| Fault(text_of(&error)))
    })
}

fn text_of(error: &cel::ExecutionError) -> String {
    use cel::ExecutionError as Error;
    match error {
        Error::FunctionError { message, .. } => message.clone(),
        Error::UnexpectedType { .. }
        | Error::UnsupportedTargetType { .. }
        | Error::NotSupportedAsMethod { .. }
        | Error::InvalidArgumentCount { .. }
        | Error::MissingArgumentOrTarget
        | Error::NoSuchOverload => Fault::no_overload().0,
        other => other.to_string(),
    }
}

fn native(function: Native, arguments: &[Datum]) -> Result<Datum, Fault> {
    match (function, arguments) {
        (Native::Size, [of]) => size(of),
        (Native::Type, [of]) => Ok(Datum::Type(of.type_name())),
        (Native::Dyn, [of]) => Ok(of.clone()),
        (Native::Int, [of]) => int(of),
        (Native::Uint, [of]) => uint(of),
        (Native::Double, [of]) => double(of),
        (Native::Bool, [of]) => boolean(of),
        (Native::String, [of]) => string(of),
        (Native::Contains, [of, part]) => texts(of, part).map(|(of, part)| of.contains(part).into()),
        (Native::StartsWith, [of, part]) => texts(of, part).map(|(of, part)| of.starts_with(part).into()),
        (Native::EndsWith, [of, part]) => texts(of, part).map(|(of, part)| of.ends_with(part).into()),
        (Native::Matches, [of, pattern]) => {
            let (of, pattern) = texts(of, pattern)?;
            let pattern = Pattern::compile(pattern).map_err(Fault)?;
            Ok(pattern.matches(of).into())
        }
        _ => optional(function, arguments),
    }
}

fn optional(function: Native, arguments: &[Datum]) -> Result<Datum, Fault> {
    match (function, arguments) {
        (Native::None, []) => Ok(Datum::Optional(None)),
        (Native::Some, [of]) => Ok(Datum::some(of.clone())),
        (Native::SomeUnlessZero, [of]) if is_zero(of) => Ok(Datum::Optional(None)),
        (Native::SomeUnlessZero, [of]) => Ok(Datum::some(of.clone())),
        (Native::HasValue, [Datum::Optional(inner)]) => Ok(inner.is_some().into()),
        (Native::Value, [Datum::Optional(Some(inner))]) => Ok((**inner).clone()),
        (Native::Value, [Datum::Optional(None)]) => Err(Fault::new("optional.none() dereference")),
        (Native::Or, [Datum::Optional(inner), other @ Datum::Optional(_)]) => Ok(match inner {
            Some(inner) => Datum::some((**inner).clone()),
            None => other.clone(),
        }),
        (Native::OrValue, [Datum::Optional(inner), other]) => Ok(inner.as_deref().unwrap_or(other).clone()),
        _ => Err(Fault::no_overload()),
    }
}

fn is_zero(datum: &Datum) -> bool {
    match datum {
        Datum::Value(Value::Null) | Datum::Optional(None) => true,
        Datum::Value(Value::Bool(flag)) => !flag,
        Datum::Value(Value::String(text)) => text.is_empty(),
        _ => match datum.number() {
            Some(number) => number.double() == 0.0,
            None => size(datum).is_ok_and(|size| size.equals(&Datum::int(0))),
        },
    }
}

fn texts<'d>(left: &'d Datum, right: &'d Datum) -> Result<(&'d Arc<str>, &'d str), Fault> {
    match (left.text(), right.text()) {
        (Some(left), Some(right)) => Ok((left, right)),
        _ => Err(Fault::no_overload()),
    }
}

fn size(of: &Datum) -> Result<Datum, Fault> {
    let size = match of {
        Datum::Value(Value::String(text)) => text.chars().count(),
        Datum::Value(Value::List(items)) => items.len(),
        Datum::Value(Value::Map(map)) => map.len(),
        Datum::Foreign(cel::Value::Bytes(bytes)) => bytes.len(),
        Datum::List(items, _) => items.len(),
        Datum::Record(map) => map.len(),
        Datum::Map(entries) => entries.len(),
        _ => return Err(Fault::no_overload()),
    };
    Ok(Datum::int(i64::try_from(size).expect("a size fits")))
}

fn int(of: &Datum) -> Result<Datum, Fault> {
    let out_of_range = || Fault::new("integer overflow");
    match (of, of.number()) {
        (_, Some(Number::Int(number))) => Ok(Datum::int(number)),
        (_, Some(Number::Uint(number))) => i64::try_from(number).map(Datum::int).map_err(|_| out_of_range()),
        (_, Some(Number::Double(number))) if number.abs() < 9.223_372_036_854_775e18 => Ok(Datum::int(number as i64)),
        (_, Some(Number::Double(_))) => Err(out_of_range()),
        (Datum::Foreign(cel::Value::Timestamp(time)), _) => Ok(Datum::int(time.timestamp())),
        (Datum::Foreign(cel::Value::Duration(duration)), _) => {
            duration.num_nanoseconds().map(Datum::int).ok_or_else(out_of_range)
        }
        _ => match of.text().map(|text| text.parse()) {
            Some(Ok(number)) => Ok(Datum::int(number)),
            Some(Err(_)) => Err(Fault::new("type conversion error from 'string' to 'int'")),
            None => Err(Fault::no_overload()),
        },
    }
}

fn uint(of: &Datum) -> Result<Datum, Fault> {
    let out_of_range = || Fault::new("unsigned integer overflow");
    let number = match of.number() {
        Some(Number::Int(number)) => u64::try_from(number).map_err(|_| out_of_range())?,
        Some(Number::Uint(number)) => number,
        Some(Number::Double(number)) if (0.0..1.844_674_407_370_955e19).contains(&number) => number as u64,
        Some(Number::Double(_)) => return Err(out_of_range()),
        None => {
            let text = of.text().ok_or_else(Fault::no_overload)?;
            text.parse().map_err(|_| Fault::new("type conversion error from 'string' to 'uint'"))?
        }
    };
    Ok(Datum::Foreign(cel::Value::UInt(number)))
}

fn double(of: &Datum) -> Result<Datum, Fault> {
    if let Some(number) = of.number() {
        return Ok(Datum::double(number.double()));
    }
    let text = of.text().ok_or_else(Fault::no_overload)?;
    text.parse().map(Datum::double).map_err(|_| Fault::new("type conversion error from 'string' to 'double'"))
}

fn boolean(of: &Datum) -> Result<Datum, Fault> {
    if let Some(flag) = of.truth() {
        return Ok(Datum::from(flag));
    }
    match of.text().map(|text| &**text) {
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(Datum::from(true)),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(Datum::from(false)),
        Some(_) => Err(Fault::new("type conversion error from 'string' to 'bool'")),
        None => Err(Fault::no_overload()),
    }
}

fn string(of: &Datum) -> Result<Datum, Fault> {
    match of {
        Datum::Value(Value::String(_)) => Ok(of.clone()),
        Datum::Value(Value::Bool(flag)) => Ok(Datum::string(flag.to_string())),
        Datum::Value(Value::Int(number)) => Ok(Datum::string(number.to_string())),
        Datum::Value(Value::Float(number)) => Ok(Datum::string(number.get().to_string())),
        Datum::Foreign(cel::Value::UInt(number)) => Ok(Datum::string(number.to_string())),
        Datum::Foreign(value @ (cel::Value::Timestamp(_) | cel::Value::Duration(_))) => {
            Ok(Datum::string(written(value)))
        }
        Datum::Foreign(_) => library("string", std::slice::from_ref(of)),
        _ => Err(Fault::no_overload()),
    }
}
