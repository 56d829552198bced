//! Parts of documents with expressions in them.

use evenkeel_api::cel::Program;
use evenkeel_object::{Kind, Problem};

use crate::fields::{Fields, required};
use crate::template::{Flaw, Template, told};

/// An object, by its name.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) kind: Kind,
    /// The namespace of the object that is reconciled, if it is left out.
    pub(crate) namespace: Option<Template>,
    pub(crate) name: Template,
}

impl Target {
    pub(crate) fn read(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Target> {
        let kind = kind(fields, problems);
        let namespace = template(fields, "namespace", problems);
        let name = template(fields, "name", problems);
        if name.is_none() && fields.any("name").is_null() {
            fields.wrong("name", "a name, with expressions in ${…} if need be", problems);
        }
        Some(Target { kind: kind?, namespace, name: name? })
    }

    pub(crate) fn programs(&self) -> Vec<&Program> {
        self.name.programs().into_iter().chain(self.namespace.iter().flat_map(Template::programs)).collect()
    }
}

/// The kind that `apiVersion` and `kind` name.
pub(crate) fn kind(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Kind> {
    let version = required(fields, "apiVersion", problems);
    let kind = required(fields, "kind", problems);
    Some(Kind::of(&version?, &kind?))
}

/// The template in a field that has to be there.
pub(crate) fn needed(fields: &mut Fields<'_>, name: &'static str, problems: &mut Vec<Problem>) -> Option<Template> {
    let found = template(fields, name, problems);
    if found.is_none() && fields.any(name).is_null() {
        fields.wrong(name, "a value, with expressions in ${…} if need be", problems);
    }
    found
}

/// The template in a field; none if it is not there, or is none.
pub(crate) fn template(fields: &mut Fields<'_>, name: &'static str, problems: &mut Vec<Problem>) -> Option<Template> {
    let value = fields.any(name);
    if value.is_null() {
        return None;
    }
    let mut flaws: Vec<Flaw> = Vec::new();
    let template = Template::parse(value, &fields.at(name), &mut flaws);
    let is_sound = flaws.is_empty();
    problems.extend(
        flaws.into_iter().map(|flaw| fields.problem_at(&flaw.path, flaw.message, "expressions of CEL in ${…}")),
    );
    is_sound.then_some(template)
}

/// The expression in a field; none if it is not there, or is none.
pub(crate) fn compiled(fields: &mut Fields<'_>, name: &'static str, problems: &mut Vec<Problem>) -> Option<Program> {
    let text = fields.text(name, problems)?;
    match Program::compile(&text) {
        Ok(program) => Some(program),
        Err(error) => {
            problems.push(fields.problem(name, told(&error), "an expression of CEL"));
            None
        }
    }
}
