//! Which types operators and functions take, and what they make of them.
//!
//! Only what fails, or comes to `false`, whatever the values are is a mistake. Numbers of all types go together, as a whole number may stand where a
//! schema says `number`.

use kube_cel::cel::common::ast::Expr;

use super::known::Type;
use super::library::{Function, Native};
use super::mistake::Mistake;
use super::tree::Operator;

/// What `left operator right` is.
pub(super) fn operated(operator: Operator, left: &Type, right: &Type) -> Result<Type, Box<Mistake>> {
    match operator {
        Operator::Equal | Operator::NotEqual if is_comparable(left, right) => Ok(Type::Bool),
        Operator::Equal | Operator::NotEqual => Err(pair(operator, (left, right), "values of one type")),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            let fits = is_ordered(left) && is_ordered(right) && is_comparable(left, right);
            fits.then_some(Type::Bool).ok_or_else(|| pair(operator, (left, right), "two numbers or two strings"))
        }
        Operator::In => contained(left, right),
        Operator::Add => added(left, right),
        Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo => match (left, right) {
            (left, right) if !may_be_number(left) || !may_be_number(right) => {
                Err(pair(operator, (left, right), "two numbers"))
            }
            (Type::Int, Type::Int) => Ok(Type::Int),
            _ => Ok(Type::Unknown),
        },
    }
}

/// What `-of` is.
pub(super) fn negated(of: Type) -> Result<Type, Box<Mistake>> {
    match may_be_number(&of) {
        true => Ok(of),
        false => Err(Box::new(Mistake::new(format!("`-` does not take {of}"), &of, "a number"))),
    }
}

fn pair(operator: Operator, (left, right): (&Type, &Type), expected: &str) -> Box<Mistake> {
    let sign = sign(operator);
    let mut mistake = Box::new(Mistake::new(format!("`{sign}` does not take {left} and {right}"), left, expected));
    mistake.found = format!("{left} {sign} {right}");
    mistake
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Modulo => "%",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::In => "in",
    }
}

/// Whether values of the two types can be equal. A list and a map both may be `null`.
fn is_comparable(left: &Type, right: &Type) -> bool {
    let is_container = |of: &Type| of.is_map() || matches!(of, Type::List(_));
    match (left, right) {
        (Type::Unknown | Type::Nothing, _) | (_, Type::Unknown | Type::Nothing) => true,
        // An optional is never equal to anything else, not even to `null`.
        (Type::Optional(_), right) => matches!(right, Type::Optional(_)),
        (left, Type::Optional(_)) => matches!(left, Type::Optional(_)),
        (Type::Null, _) | (_, Type::Null) => true,
        (left, right) => {
            left == right || left.is_number() && right.is_number() || is_container(left) && is_container(right)
        }
    }
}

fn is_ordered(of: &Type) -> bool {
    of.is_open() || of.is_number() || matches!(of, Type::String | Type::Bool | Type::Bytes)
}

fn may_be_number(of: &Type) -> bool {
    of.is_open() || of.is_number()
}

fn contained(left: &Type, right: &Type) -> Result<Type, Box<Mistake>> {
    let item = match right {
        Type::List(item) => item,
        Type::Map(_) | Type::Object(_) => &Type::String,
        right if right.is_open() => &Type::Unknown,
        _ => return Err(pair(Operator::In, (left, right), "a list or a map on the right")),
    };
    match is_comparable(left, item) {
        true => Ok(Type::Bool),
        false => Err(pair(Operator::In, (left, right), &format!("{item} on the left"))),
    }
}

fn added(left: &Type, right: &Type) -> Result<Type, Box<Mistake>> {
    let can_be_added = |of: &Type| may_be_number(of) || matches!(of, Type::String | Type::Bytes | Type::List(_));
    match (left, right) {
        (Type::Int, Type::Int) => Ok(Type::Int),
        (Type::String, Type::String) => Ok(Type::String),
        (Type::Bytes, Type::Bytes) => Ok(Type::Bytes),
        (Type::List(left), Type::List(right)) => Ok(Type::list((**left).clone().or(right))),
        (left, right) if left.is_number() && right.is_number() => Ok(Type::Unknown),
        (left, right) if (left.is_open() || right.is_open()) && can_be_added(left) && can_be_added(right) => {
            Ok(Type::Unknown)
        }
        _ => Err(pair(Operator::Add, (left, right), "two numbers, two strings or two lists")),
    }
}

/// What the function makes of arguments of these types; the target is the first of them.
pub(super) fn called(function: &Function, arguments: &[Type]) -> Result<Type, Box<Mistake>> {
    match (function, arguments) {
        (Function::Native(native), [of, rest @ ..]) => applied(*native, of, rest),
        (Function::Native(Native::None), []) => Ok(Type::optional(Type::Nothing)),
        (Function::Native(_), []) => Ok(Type::Unknown),
        (Function::Library(call), arguments) => match &call.expr {
            Expr::Call(call) => Ok(of_library(&call.func_name, arguments.first())),
            _ => Ok(Type::Unknown),
        },
    }
}

fn applied(function: Native, of: &Type, rest: &[Type]) -> Result<Type, Box<Mistake>> {
    let is_number_or_text = of.is_number() || *of == Type::String;
    let is_scalar = is_number_or_text || *of == Type::Bool;
    let has_size = of.is_map() || matches!(of, Type::String | Type::Bytes | Type::List(_));
    let (name, fits, expected, made) = match function {
        Native::Size => ("size", has_size, "a string, a list or a map", Type::Int),
        Native::Int => ("int", is_number_or_text, "a number or a string", Type::Int),
        Native::Double => ("double", is_number_or_text, "a number or a string", Type::Double),
        Native::Bool => ("bool", matches!(of, Type::Bool | Type::String), "a bool or a string", Type::Bool),
        Native::String => ("string", is_scalar || *of == Type::Bytes, "a bool, a number or a string", Type::String),
        Native::Contains => ("contains", *of == Type::String, "a string", Type::Bool),
        Native::StartsWith => ("startsWith", *of == Type::String, "a string", Type::Bool),
        Native::EndsWith => ("endsWith", *of == Type::String, "a string", Type::Bool),
        Native::Matches => ("matches", *of == Type::String, "a string", Type::Bool),
        Native::Some | Native::SomeUnlessZero => return Ok(Type::optional(of.clone())),
        Native::HasValue | Native::Value | Native::Or | Native::OrValue => return unpacked(function, of, rest.first()),
        Native::Type | Native::Dyn | Native::Uint | Native::None => return Ok(Type::Unknown),
    };
    needed(name, of, fits, expected).map(|()| made)
}

/// What becomes of an optional.
fn unpacked(function: Native, of: &Type, other: Option<&Type>) -> Result<Type, Box<Mistake>> {
    let inner = match of {
        Type::Optional(inner) => (**inner).clone(),
        _ => Type::Unknown,
    };
    let other = other.unwrap_or(&Type::Unknown);
    let (name, made) = match function {
        Native::HasValue => ("hasValue", Type::Bool),
        Native::Value => ("value", inner),
        Native::OrValue => ("orValue", inner.or(other)),
        _ => ("or", of.clone().or(other)),
    };
    needed(name, of, matches!(of, Type::Optional(_)), "an optional").map(|()| made)
}

fn needed(function: &str, of: &Type, fits: bool, expected: &str) -> Result<(), Box<Mistake>> {
    match fits || of.is_open() {
        true => Ok(()),
        false => Err(Box::new(Mistake::new(format!("{function} does not take {of}"), of, expected))),
    }
}

/// What functions of the libraries come to, where that depends on their names alone; which arguments they take is not checked.
fn of_library(name: &str, first: Option<&Type>) -> Type {
    match name {
        "charAt" | "lowerAscii" | "upperAscii" | "replace" | "substring" | "trim" | "join" | "format" | "quote" => {
            Type::String
        }
        "bytes" => Type::Bytes,
        "split" | "findAll" => Type::list(Type::String),
        "indexOf" | "lastIndexOf" => Type::Int,
        "range" => Type::list(Type::Int),
        "isSorted" | "isURL" | "isIP" | "isCIDR" | "isQuantity" | "isSemver" => Type::Bool,
        "sort" | "slice" | "distinct" => match first {
            Some(list @ Type::List(_)) => list.clone(),
            _ => Type::Unknown,
        },
        _ => Type::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Value, json};

    use crate::cel::{Program, Type};

    /// The type of an expression over values of each type, or what is wrong with it.
    fn check(expression: &str, expect: &str) {
        let values = Value::from(json!({"b": true, "i": 1, "d": 0.5, "s": "a", "l": ["a"], "n": [1], "m": {"k": "v"}}));
        let variables: Vec<(&str, Type)> = values.entries().map(|(name, value)| (&**name, Type::of(value))).collect();
        let (of, mistakes) = Program::compile(expression).expect("it compiles").infer(&variables);
        let told = mistakes.first().map_or_else(|| of.to_string(), |mistake| mistake.message.clone());
        assert_eq!(told, expect, "{expression}");
    }

    #[test]
    fn an_operator_on_types_that_it_never_takes_is_a_mistake() {
        check("i + s", "`+` does not take int and string");
        check("s + s", "string");
        check("l + l", "list(string)");
        check("l + n", "list");
        check("b + b", "`+` does not take bool and bool");
        check("i - s", "`-` does not take int and string");
        check("i * i", "int");
        check("-s", "`-` does not take string");
        check("!i", "`!` does not take int");
        check("i && b", "`&&` does not take int");
        check("i ? s : s", "a condition does not take int");
        check("s < i", "`<` does not take string and int");
        check("m < m", "`<` does not take map and map");
    }

    #[test]
    fn numbers_of_all_types_go_together_and_values_of_others_are_never_equal() {
        check("i < d && d == i && d + i > 1u", "bool");
        check("s == i", "`==` does not take string and int");
        check("l != s", "`!=` does not take list(string) and string");
        check("m == {'k': 'w'}", "bool");
        check("s in l && s in m && i in [0.5]", "bool");
        check("i in l", "`in` does not take int and list(string)");
        check("i in m", "`in` does not take int and map");
        check("s in s", "`in` does not take string and string");
    }

    #[test]
    fn a_function_on_a_type_that_it_never_takes_is_a_mistake() {
        check("size(i)", "size does not take int");
        check("m.size() + l.size() + s.size()", "int");
        check("int(b)", "int does not take bool");
        check("double(s) + double(i)", "anything");
        check("string(l)", "string does not take list(string)");
        check("string(i) + string(b) + string(b'x')", "string");
        check("i.startsWith(s)", "startsWith does not take int");
        check("l.contains(s)", "contains does not take list(string)");
        check("bool(i)", "bool does not take int");
    }

    #[test]
    fn functions_of_the_libraries_are_left_to_the_evaluation() {
        check("s.split(',').map(x, x.trim()).join('-')", "string");
        check("'%d'.format([i]) + s.lowerAscii().replace('a', 'b')", "string");
        check("quantity('1Gi').isGreaterThan(quantity('2')) || isQuantity(s)", "bool");
        check("n.sum() + i", "anything");
        check("l.sort()[0] + s", "string");
        check(
            "url(s).getHost() == s && ip('1.1.1.1').family() == 4 && cidr('10.0.0.0/8').containsIP('10.0.0.1')",
            "bool",
        );
        check("semver('1.2.3').major() > 1 && format.named('uuid').hasValue()", "bool");
        check("timestamp(s) > timestamp('2020-01-01T00:00:00Z') && duration('1h') < duration(s)", "bool");
        check("type(i) == int", "bool");
        check("lists.range(3).all(x, x < i) && s.find('a') == s && l.first().hasValue()", "bool");
        check("uint(i) + 1u", "anything");
    }
}
