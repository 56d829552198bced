//! What a Scenario demands in CEL: of legitimate states (`legitimate`), and of every state on the way (`invariants`).

use std::collections::BTreeMap;
use std::rc::Rc;

use evenkeel_api::cel::{Program, Type};
use evenkeel_api::{Scope, Select};
use evenkeel_cluster::{Demand, Legitimacy, Reach};
use evenkeel_object::parse::Document;
use evenkeel_object::{Kind, Path, Problem, Selector};

use evenkeel_model::fields::{Fields, required};
use evenkeel_model::placed::{inferred, other_type};
use evenkeel_model::template::told;

use crate::served::Served;

/// The two fields of `spec` that hold demands.
const LISTS: [&str; 2] = ["legitimate", "invariants"];

/// Reads both lists; what is wrong with them goes into `problems`.
pub(crate) fn read(spec: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Legitimacy {
    let mut names = BTreeMap::new();
    let [demands, invariants] = LISTS.map(|list| {
        let entries = spec.maps(list, problems).into_iter();
        entries.filter_map(|fields| demand(fields, &mut names, problems)).map(Rc::new).collect()
    });
    Legitimacy { demands, invariants, ..Legitimacy::default() }
}

/// One demand; `names` are those so far, and where they stand.
fn demand(mut fields: Fields<'_>, names: &mut BTreeMap<String, String>, problems: &mut Vec<Problem>) -> Option<Demand> {
    let name = required(&mut fields, "name", problems);
    if let Some(name) = &name
        && let Some(first) = names.insert(name.clone(), fields.place("name"))
    {
        let mut problem = fields.problem("name", format!("there are two demands {name}"), "a name of its own for each");
        problem.found = format!("the same name at {first}");
        problems.push(problem);
    }
    let scope = objects(&mut fields, problems);
    let expression = expression(&mut fields, problems);
    fields.end(problems);
    let (reach, expression) = expression?;
    Some(Demand { name: name?, scope: scope?, reach, expression })
}

/// The objects that something is about: its field `objects`, which has to be there.
pub(crate) fn objects(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Scope> {
    match fields.map("objects", problems) {
        Some(objects) => scope(objects, problems),
        None => {
            if fields.any("objects").is_null() {
                fields.wrong("objects", "a map with apiVersion and kind", problems);
            }
            None
        }
    }
}

fn scope(mut fields: Fields<'_>, problems: &mut Vec<Problem>) -> Option<Scope> {
    let version = required(&mut fields, "apiVersion", problems);
    let kind = required(&mut fields, "kind", problems);
    let namespace = fields.text("namespace", problems);
    let name = fields.text("name", problems);
    let selector = Selector::of(fields.any("selector"));
    if selector.is_none() {
        fields.wrong("selector", "a label selector", problems);
    }
    let has_selector = !fields.any("selector").is_null();
    if name.is_some() && has_selector {
        fields.wrong("selector", "either a name or a selector", problems);
    }
    fields.end(problems);
    let select = match name {
        Some(name) => Select::Named(name.into()),
        None if has_selector => Select::Labels(selector?),
        None => Select::All,
    };
    Some(Scope { kind: Some(Kind::of(&version?, &kind?)), namespace: namespace.map(Into::into), select })
}

/// The expression under `each` or under `together`, whichever is there.
fn expression(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<(Reach, Program)> {
    let each = compiled(fields, ("each", "object"), problems);
    let together = compiled(fields, ("together", "objects"), problems);
    match (fields.any("each").is_null(), fields.any("together").is_null()) {
        (false, false) => {
            fields.wrong("together", "either each or together", problems);
            None
        }
        (true, true) => {
            fields.wrong("each", "an expression, here or under together", problems);
            None
        }
        (false, true) => Some((Reach::Each, each?)),
        (true, false) => Some((Reach::Together, together?)),
    }
}

fn compiled(
    fields: &mut Fields<'_>,
    (field, variable): (&'static str, &'static str),
    problems: &mut Vec<Problem>,
) -> Option<Program> {
    let text = fields.text(field, problems)?;
    let expected = format!("an expression of CEL that reads no variable but {variable}");
    let error = match Program::compile(&text) {
        Ok(program) => {
            let unknown = program.unknown(&[variable]).next().map(|name| format!("there is no variable {name} here"));
            match unknown {
                None => return Some(program),
                Some(error) => error,
            }
        }
        Err(error) => told(&error),
    };
    problems.push(fields.problem(field, error, &expected));
    None
}

/// What is wrong with the demands beside the kinds that are served: they are about others, or about a namespace of what has none, or read what objects
/// of their kind do not have.
pub(crate) fn misfits(document: &Document, served: &Served) -> Vec<Problem> {
    let mut problems = Vec::new();
    for list in LISTS {
        let path = Path::root().field("spec").field(list);
        for index in 0..path.of(&document.value).items().len() {
            let path = path.index(index);
            problems.extend(unserved(document, &path.field("objects"), served));
            mistyped(document, &path, served, &mut problems);
        }
    }
    problems
}

fn unserved(document: &Document, path: &Path, served: &Served) -> Option<Problem> {
    let objects = path.of(&document.value);
    let (version, kind) = (objects["apiVersion"].as_str()?, objects["kind"].as_str()?);
    let problem = |field: &str, message: String, expected: &str| {
        let path = path.field(field);
        let mut problem = document.problem(&path, message);
        problem.found = path.of(&document.value).to_string();
        problem.expected = expected.to_owned();
        problem
    };
    if !served.serves(version, kind) {
        let expected = "a kind of Kubernetes, or one that a CustomResourceDefinition among the manifests defines";
        return Some(problem("kind", format!("nobody serves {kind} of {version}"), expected));
    }
    let is_namespaced = served.is_namespaced(&Kind::of(version, kind)) == Some(true);
    let misplaced = !is_namespaced && !objects["namespace"].is_null();
    misplaced.then(|| problem("namespace", format!("a {kind} has no namespace"), "no namespace"))
}

/// What is wrong with the types of the expression of a demand.
fn mistyped(document: &Document, path: &Path, served: &Served, problems: &mut Vec<Problem>) {
    let demand = path.of(&document.value);
    let object = served.type_of(demand["objects"]["apiVersion"].text(), demand["objects"]["kind"].text());
    let fields = [("each", "object", object.clone()), ("together", "objects", Type::list(object))];
    for (field, variable, of) in fields {
        let Some(Ok(program)) = demand[field].as_str().map(Program::compile) else { continue };
        let path = path.field(field);
        let found = inferred(document, &path, &program, &[(variable, of)], problems);
        if !found.may_be_bool() {
            problems.push(other_type(document, &path, &found, "bool"));
        }
    }
}
