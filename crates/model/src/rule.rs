//! What a model does, and when.

use evenkeel_api::Propagation;
use evenkeel_api::cel::Program;
use evenkeel_object::{Kind, Path, Problem, Value};

use crate::fields::Fields;
use crate::part::{Target, compiled, needed, template};
use crate::template::Template;

/// What is done if something is true.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Where it stands in the document.
    pub(crate) place: Path,
    /// When it applies; always, if it is left out.
    pub(crate) when: Option<Program>,
    /// For each item of a list, by that name.
    pub(crate) each: Option<(String, Program)>,
    pub(crate) act: Act,
    /// Why, for people.
    pub(crate) because: Option<Template>,
    /// Whether nothing comes after it.
    pub(crate) is_last: bool,
}

/// One request, or an end.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Applies an object on the server's side; takes fields over from others if forced.
    Apply { object: Template, force: bool, is_owned: bool },
    /// Makes an object; that it is there already is no error if that is said.
    Create { object: Template, is_owned: bool, may_exist: bool },
    /// Replaces what it read of an object, with these fields changed; refused if it has changed since.
    Update { target: Option<Target>, change: Template },
    /// Changes fields of an object, whatever it has become.
    Patch { target: Option<Target>, change: Template },
    /// Writes the status of the object; without `is_patch`, it is refused if the object has changed since it was read.
    Status { status: Template, is_patch: bool },
    /// Deletes an object; that it is not there is no error.
    Delete { target: Target, propagation: Option<Propagation>, uid: Option<Template> },
    /// Ends with an error, and is tried again.
    Fail { message: Template },
    /// Ends.
    Stop,
}

/// The fields that name what a rule does.
const ACTS: [&str; 7] = ["apply", "create", "update", "patch", "status", "delete", "fail"];

impl Rule {
    pub(crate) fn read(mut fields: Fields<'_>, problems: &mut Vec<Problem>) -> Option<Rule> {
        let place = fields.here().clone();
        let when = compiled(&mut fields, "when", problems);
        let each = fields.map("forEach", problems).and_then(|mut each| {
            let name = each.text("name", problems).unwrap_or_else(|| "item".to_owned());
            let list = compiled(&mut each, "in", problems);
            if list.is_none() && each.any("in").is_null() {
                each.wrong("in", "an expression of CEL that comes to a list", problems);
            }
            each.end(problems);
            Some((name, list?))
        });
        let because = template(&mut fields, "because", problems);
        let is_last = fields.flag("stop", problems);
        let act = act(&mut fields, is_last, problems);
        fields.end(problems);
        Some(Rule { place, when, each, act: act?, because, is_last })
    }

    pub(crate) fn programs(&self) -> Vec<&Program> {
        let each = self.each.iter().map(|(_, list)| list);
        let because = self.because.iter().flat_map(Template::programs);
        self.when.iter().chain(each).chain(because).chain(self.act.programs()).collect()
    }
}

impl Act {
    /// The kind of the objects that it can bring about, if it is one that makes any.
    pub(crate) fn makes(&self) -> Option<Kind> {
        match self {
            Act::Apply { object, .. } | Act::Create { object, .. } => kind_of(object),
            _ => None,
        }
    }

    /// What it writes.
    pub(crate) fn written(&self) -> Option<&Template> {
        match self {
            Act::Apply { object, .. } | Act::Create { object, .. } => Some(object),
            Act::Update { change, .. } | Act::Patch { change, .. } => Some(change),
            Act::Status { status, .. } => Some(status),
            Act::Delete { .. } | Act::Fail { .. } | Act::Stop => None,
        }
    }

    fn programs(&self) -> Vec<&Program> {
        match self {
            Act::Apply { object, .. } | Act::Create { object, .. } => object.programs(),
            Act::Update { target, change } | Act::Patch { target, change } => {
                change.programs().into_iter().chain(target.iter().flat_map(Target::programs)).collect()
            }
            Act::Status { status, .. } => status.programs(),
            Act::Delete { target, uid, .. } => {
                target.programs().into_iter().chain(uid.iter().flat_map(Template::programs)).collect()
            }
            Act::Fail { message } => message.programs(),
            Act::Stop => Vec::new(),
        }
    }
}

/// The kind of an object that is written with expressions; none if the kind itself is.
fn kind_of(object: &Template) -> Option<Kind> {
    let Template::Map(fields) = object else { return None };
    let text = |name: &str| match fields.iter().find(|(key, _)| key == name) {
        Some((_, Template::Plain(Value::String(text)))) => Some(text.to_string()),
        _ => None,
    };
    Some(Kind::of(&text("apiVersion")?, &text("kind")?))
}

fn act(fields: &mut Fields<'_>, is_last: bool, problems: &mut Vec<Problem>) -> Option<Act> {
    let there: Vec<&str> = ACTS.into_iter().filter(|field| !fields.any(field).is_null()).collect();
    match there[..] {
        [] if is_last => Some(Act::Stop),
        ["fail"] => template(fields, "fail", problems).map(|message| Act::Fail { message }),
        [name] => {
            let mut inner = fields.map(name_of(name), problems)?;
            let act = inner_act(name, &mut inner, problems);
            inner.end(problems);
            act
        }
        _ => {
            let found = if there.is_empty() { "none of them".to_owned() } else { there.join(" and ") };
            let mut problem = fields.problem(there.first().unwrap_or(&"apply"), "a rule does one thing".to_owned(), "");
            problem.found = found;
            problem.expected = format!("one of {}, or stop: true", ACTS.join(", "));
            problems.push(problem);
            None
        }
    }
}

fn name_of(name: &str) -> &'static str {
    ACTS.into_iter().find(|known| *known == name).expect("it is one of them")
}

fn inner_act(name: &str, inner: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Act> {
    match name {
        "apply" => {
            let force = inner.any("force").is_null() || inner.flag("force", problems);
            let is_owned = inner.flag("owned", problems);
            object(inner, problems).map(|object| Act::Apply { object, force, is_owned })
        }
        "create" => {
            let (is_owned, may_exist) = (inner.flag("owned", problems), inner.flag("mayExist", problems));
            object(inner, problems).map(|object| Act::Create { object, is_owned, may_exist })
        }
        "update" | "patch" => {
            let target = inner.map("target", problems).and_then(|mut target| {
                let read = Target::read(&mut target, problems);
                target.end(problems);
                read
            });
            let change = needed(inner, "change", problems)?;
            Some(if name == "update" { Act::Update { target, change } } else { Act::Patch { target, change } })
        }
        "status" => {
            let is_patch = inner.flag("patch", problems);
            needed(inner, "set", problems).map(|status| Act::Status { status, is_patch })
        }
        _ => {
            let target = Target::read(inner, problems);
            let propagation = inner.word("propagation", &Propagation::WORDS, problems);
            let uid = template(inner, "uid", problems);
            target.map(|target| Act::Delete { target, propagation, uid })
        }
    }
}

/// The object that a rule makes: its kind has to be plain.
fn object(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Template> {
    let object = needed(fields, "object", problems)?;
    if kind_of(&object).is_none() {
        fields.wrong("object", "an object with apiVersion and kind, both without expressions", problems);
        return None;
    }
    Some(object)
}
