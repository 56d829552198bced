//! The functions that expressions in Kubernetes 1.37 may call.

use kube_cel::cel::IdedExpr;
use kube_cel::cel::common::ast::{CallExpr, Expr};

/// A function to be called.
#[derive(Debug)]
pub(super) enum Function {
    /// One of the language itself.
    Native(Native),
    /// One of a library: a call of it on the variables `@0`, `@1`, …
    Library(Box<IdedExpr>),
}

/// The functions that are our own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Native {
    Size,
    Type,
    Dyn,
    Int,
    Uint,
    Double,
    Bool,
    String,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    Some,
    SomeUnlessZero,
    None,
    HasValue,
    Value,
    Or,
    OrValue,
}

/// Whether there is a function of that name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Known {
    /// There is.
    Here,
    /// The server has it; we do not.
    Elsewhere,
    /// There is none.
    Nowhere,
}

/// Whether the server knows a function of that name, qualified if it is of a namespace, and whether we have it.
pub(super) fn known(name: &str) -> Known {
    if native(name).is_some() || LIBRARY.contains(&name) {
        Known::Here
    } else if MISSING.contains(&name) {
        Known::Elsewhere
    } else {
        Known::Nowhere
    }
}

/// The prefixes under which there are functions.
pub(super) fn is_namespace(prefix: &str) -> bool {
    matches!(prefix, "sets" | "ip" | "format" | "lists" | "strings" | "optional" | "jsonpatch")
}

/// The function of that name, to be called with so many arguments, the target among them.
pub(super) fn function(name: &str, has_target: bool, n_arguments: usize) -> Function {
    match native(name) {
        Some(native) => Function::Native(native),
        None => Function::Library(Box::new(call_of(name, has_target, n_arguments))),
    }
}

/// A call of `name` on the variables `@0`, `@1`, …
pub(super) fn call_of(name: &str, has_target: bool, n_arguments: usize) -> IdedExpr {
    let mut variables = (0..n_arguments).map(|index| expression(Expr::Ident(format!("@{index}"))));
    let (target, name) = match name.split_once('.') {
        Some((prefix, name)) => (Some(expression(Expr::Ident(prefix.into()))), name),
        None if has_target => (variables.next(), name),
        None => (None, name),
    };
    expression(Expr::Call(CallExpr { func_name: name.into(), target: target.map(Box::new), args: variables.collect() }))
}

fn expression(expr: Expr) -> IdedExpr {
    IdedExpr { id: 0, expr }
}

fn native(name: &str) -> Option<Native> {
    Some(match name {
        "size" => Native::Size,
        "type" => Native::Type,
        "dyn" => Native::Dyn,
        "int" => Native::Int,
        "uint" => Native::Uint,
        "double" => Native::Double,
        "bool" => Native::Bool,
        "string" => Native::String,
        "contains" => Native::Contains,
        "startsWith" => Native::StartsWith,
        "endsWith" => Native::EndsWith,
        "matches" => Native::Matches,
        "optional.of" => Native::Some,
        "optional.ofNonZeroValue" => Native::SomeUnlessZero,
        "optional.none" => Native::None,
        "hasValue" => Native::HasValue,
        "value" => Native::Value,
        "or" => Native::Or,
        "orValue" => Native::OrValue,
        _ => return None,
    })
}

/// The functions of the libraries; the crate has more, which the server does not.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/cel/environment/base.go: baseOpts
const LIBRARY: &[&str] = &[
    // The language.
    "bytes",
    "duration",
    "timestamp",
    "getFullYear",
    "getMonth",
    "getDayOfYear",
    "getDayOfMonth",
    "getDate",
    "getDayOfWeek",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
    // Strings.
    "charAt",
    "indexOf",
    "lastIndexOf",
    "lowerAscii",
    "upperAscii",
    "replace",
    "split",
    "substring",
    "trim",
    "join",
    "format",
    "strings.quote",
    // Lists.
    "isSorted",
    "sum",
    "min",
    "max",
    "slice",
    "sort",
    "flatten",
    "reverse",
    "distinct",
    "first",
    "last",
    "lists.range",
    // Sets.
    "sets.contains",
    "sets.equivalent",
    "sets.intersects",
    // Regular expressions.
    "find",
    "findAll",
    // URLs.
    "url",
    "isURL",
    "getScheme",
    "getHost",
    "getHostname",
    "getPort",
    "getEscapedPath",
    "getQuery",
    // Addresses.
    "ip",
    "isIP",
    "ip.isCanonical",
    "family",
    "isUnspecified",
    "isLoopback",
    "isLinkLocalMulticast",
    "isLinkLocalUnicast",
    "isGlobalUnicast",
    "cidr",
    "isCIDR",
    "containsIP",
    "containsCIDR",
    "masked",
    "prefixLength",
    // Quantities and versions.
    "quantity",
    "isQuantity",
    "isInteger",
    "asInteger",
    "asApproximateFloat",
    "sign",
    "add",
    "sub",
    "isGreaterThan",
    "isLessThan",
    "compareTo",
    "semver",
    "isSemver",
    "major",
    "minor",
    "patch",
    // Formats.
    "validate",
    "format.named",
    "format.dns1123Label",
    "format.dns1123Subdomain",
    "format.dns1035Label",
    "format.qualifiedName",
    "format.labelValue",
    "format.dns1123LabelPrefix",
    "format.dns1123SubdomainPrefix",
    "format.dns1035LabelPrefix",
    "format.uri",
    "format.uuid",
    "format.byte",
    "format.date",
    "format.datetime",
];

/// What we do not have: the functions of the authorizer, as who may do what is not modelled; `includes`, which 1.37 only accepts
/// in what is stored already; and those that only mutating policies have.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/cel/library/authz.go
const MISSING: [&str; 16] = [
    "includes",
    "jsonpatch.escapeKey",
    "path",
    "group",
    "serviceAccount",
    "resource",
    "subresource",
    "namespace",
    "name",
    "fieldSelector",
    "labelSelector",
    "check",
    "allowed",
    "reason",
    "errored",
    "error",
];

#[cfg(test)]
mod tests {
    use super::LIBRARY;
    use crate::cel::call;

    #[test]
    fn every_function_of_the_table_is_there() {
        for name in LIBRARY {
            if let Err(fault) = call::library(name, &[]) {
                assert!(!fault.0.contains("ndeclared"), "{name}: {}", fault.0);
            }
        }
    }
}
