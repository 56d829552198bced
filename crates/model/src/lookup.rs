//! What a model looks up before it acts: objects, lists of objects, and what it makes of them.

use evenkeel_api::cel::Program;
use evenkeel_object::{Kind, Path, Problem};

use crate::fields::{Fields, required};
use crate::part::{Target, compiled, kind, template};
use crate::template::Template;

/// A name, and what it stands for.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// Where it stands in the document.
    pub(crate) place: Path,
    pub(crate) name: String,
    pub(crate) lookup: Lookup,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Lookup {
    /// The object of that name; `null` if there is none.
    Get { target: Target, is_live: bool },
    /// The objects of a kind.
    List { kind: Kind, namespace: Option<Template>, labels: Option<Template>, is_owned: bool },
    /// What an expression comes to.
    Value(Program),
}

impl Binding {
    pub(crate) fn read(mut fields: Fields<'_>, problems: &mut Vec<Problem>) -> Option<Binding> {
        let place = fields.here().clone();
        let name = required(&mut fields, "name", problems);
        let lookup = lookup(&mut fields, problems);
        fields.end(problems);
        Some(Binding { place, name: name?, lookup: lookup? })
    }

    pub(crate) fn programs(&self) -> Vec<&Program> {
        match &self.lookup {
            Lookup::Get { target, .. } => target.programs(),
            Lookup::List { namespace, labels, .. } => {
                namespace.iter().chain(labels).flat_map(Template::programs).collect()
            }
            Lookup::Value(program) => vec![program],
        }
    }
}

fn lookup(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Lookup> {
    let there = ["get", "list", "value"].iter().filter(|field| !fields.any(field).is_null()).count();
    if there != 1 {
        fields.wrong("get", "exactly one of get, list and value", problems);
    }
    let mut found = None;
    if let Some(mut get) = fields.map("get", problems) {
        let is_live = get.flag("live", problems);
        found = Target::read(&mut get, problems).map(|target| Lookup::Get { target, is_live });
        get.end(problems);
    }
    if let Some(mut list) = fields.map("list", problems) {
        let kind = kind(&mut list, problems);
        let namespace = template(&mut list, "namespace", problems);
        let labels = template(&mut list, "labels", problems);
        let is_owned = list.flag("owned", problems);
        list.end(problems);
        found = kind.map(|kind| Lookup::List { kind, namespace, labels, is_owned });
    }
    if let Some(program) = compiled(fields, "value", problems) {
        found = Some(Lookup::Value(program));
    }
    found
}
