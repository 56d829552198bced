//! The expressions of a policy that the server would refuse, and those that only we cannot evaluate.

use evenkeel_object::Object;

use super::mutate::unmodelled_rule;
use crate::cel::{CompileError, Problem, Program};

/// The expressions for which the server would refuse the policy: they do not compile, or read a variable that there is not.
///
/// Left out: expressions of a wrong type.
pub fn problems(policy: &Object) -> Vec<Problem> {
    let mut problems = Vec::new();
    let has_params = !policy["spec"]["paramKind"].is_null();
    each(policy, |field, compiled| {
        let error = match compiled {
            Err(error) if error.gap => return,
            Err(error) => error,
            Ok(program) => match unknown(&program, has_params) {
                Some(error) => error,
                None => return,
            },
        };
        problems.push(Problem { field, error });
    });
    problems
}

/// The expressions that the server would take and we cannot evaluate: what the policy says is then unknown.
pub fn unsupported(policy: &Object) -> Vec<Problem> {
    let mut problems = Vec::new();
    each(policy, |field, compiled| {
        let error = match compiled {
            Err(error) if error.gap => error,
            Err(_) => return,
            Ok(program) => match unmodelled(&program) {
                Some(what) => {
                    CompileError { message: format!("{what} is not modelled"), line: 1, column: 1, gap: true }
                }
                None => return,
            },
        };
        problems.push(Problem { field, error });
    });
    problems.extend(unmodelled_rule(policy).map(|what| Problem {
        field: "spec.matchConstraints".to_owned(),
        error: CompileError { message: format!("{what} is not modelled"), line: 1, column: 1, gap: true },
    }));
    problems
}

/// Whether some expression of the policy reads that variable.
pub(super) fn reads(policy: &Object, variable: &str) -> bool {
    let mut found = false;
    each(policy, |_, compiled| {
        found |= compiled.is_ok_and(|program| program.reads(variable));
    });
    found
}

fn unknown(program: &Program, has_params: bool) -> Option<CompileError> {
    const DECLARED: [&str; 7] =
        ["object", "oldObject", "request", "namespaceObject", "variables", "authorizer", "params"];
    let declared = if has_params { &DECLARED[..] } else { &DECLARED[..6] };
    let name = program.unknown(declared).next()?;
    Some(CompileError {
        message: format!("undeclared reference to '{name}' (in container '')"),
        line: 1,
        column: 1,
        gap: false,
    })
}

/// What an expression reads that the model does not have: who asks, and what they may.
fn unmodelled(program: &Program) -> Option<&'static str> {
    if program.reads("authorizer") {
        return Some("authorizer");
    }
    program.selects("request", "userInfo").then_some("request.userInfo")
}

fn each(policy: &Object, mut visit: impl FnMut(String, Result<Program, CompileError>)) {
    let lists = [
        ("matchConditions", &["expression"][..]),
        ("variables", &["expression"]),
        ("validations", &["expression", "messageExpression"]),
        ("auditAnnotations", &["valueExpression"]),
    ];
    for (list, names) in lists {
        for (index, entry) in policy["spec"][list].items().iter().enumerate() {
            for name in names {
                if let Some(text) = entry[*name].as_str().filter(|text| !text.is_empty()) {
                    visit(format!("spec.{list}[{index}].{name}"), Program::compile(text));
                }
            }
        }
    }
    for (index, mutation) in policy["spec"]["mutations"].items().iter().enumerate() {
        for name in ["applyConfiguration", "jsonPatch"] {
            if let Some(text) = mutation[name]["expression"].as_str().filter(|text| !text.is_empty()) {
                visit(format!("spec.mutations[{index}].{name}.expression"), Program::compile_mutation(text));
            }
        }
    }
}
