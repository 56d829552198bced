//! The `ControllerModel` document.

use std::collections::BTreeSet;

use evenkeel_api::cel::Program;
use evenkeel_object::parse::Document;
use evenkeel_object::{Kind, Path, Problem};

use crate::fields::{Fields, required};
use crate::lookup::{Binding, Lookup};
use crate::part::{compiled, kind};
use crate::rule::{Act, Rule};

/// The group and version of documents of our own.
pub const API_VERSION: &str = "evenkeel.dev/v1alpha1";

/// A controller as data.
#[derive(Clone, Debug)]
pub struct Model {
    /// What it is called: in evidence, and as its field manager.
    pub name: String,
    /// Where it was read.
    pub document: Document,
    pub(crate) of: Watch,
    pub(crate) watches: Vec<Watch>,
    /// Whether it is told of everything again at intervals.
    pub(crate) resync: bool,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) rules: Vec<Rule>,
}

/// A kind whose events wake it.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    /// Where it stands in the document.
    pub(crate) place: Path,
    pub(crate) kind: Kind,
    /// Which events: an expression over `before` and `object`, either of which is `null` where there is none.
    pub(crate) when: Option<Program>,
    /// Whom they wake: an expression over `object` that comes to a name, or a list of names or of maps with `name` and `namespace`. Without it, the
    /// object that manages it.
    pub(crate) wakes: Option<Program>,
}

impl Watch {
    fn read(mut fields: Fields<'_>, is_own: bool, problems: &mut Vec<Problem>) -> Option<Watch> {
        let place = fields.here().clone();
        let kind = kind(&mut fields, problems);
        let when = compiled(&mut fields, "when", problems);
        let wakes = if is_own { None } else { compiled(&mut fields, "wakes", problems) };
        check(&fields, "when", when.as_ref(), &["before", "object"], problems);
        check(&fields, "wakes", wakes.as_ref(), &["object"], problems);
        fields.end(problems);
        Some(Watch { place, kind: kind?, when, wakes })
    }
}

/// Variables that an expression reads, and that are not there.
fn check(fields: &Fields<'_>, name: &str, program: Option<&Program>, declared: &[&str], problems: &mut Vec<Problem>) {
    for unknown in program.into_iter().flat_map(|program| program.unknown(declared)) {
        let message = format!("there is no variable {unknown} here");
        problems.push(fields.problem(name, message, &format!("an expression that reads {}", declared.join(", "))));
    }
}

impl Model {
    /// Whether a document is meant to be one.
    pub fn is(document: &Document) -> bool {
        document.value["apiVersion"].text().starts_with("evenkeel.dev/")
            && document.value["kind"].text() == "ControllerModel"
    }

    /// Reads a document; what is wrong with it goes into `problems`.
    pub fn read(document: &Document, problems: &mut Vec<Problem>) -> Option<Model> {
        let mut top = Fields::new(document, "ControllerModel");
        if top.text("apiVersion", problems).as_deref() != Some(API_VERSION) {
            top.wrong("apiVersion", API_VERSION, problems);
        }
        top.text("kind", problems);
        let name = top.map("metadata", problems).and_then(|mut metadata| {
            let name = required(&mut metadata, "name", problems);
            metadata.end(problems);
            name
        });
        if top.any("metadata").is_null() {
            top.wrong("metadata", "a map with a name", problems);
        }
        let spec = top.map("spec", problems);
        if top.any("spec").is_null() {
            top.wrong("spec", "a map with for and rules", problems);
        }
        let spec = spec.and_then(|spec| Model::read_spec(spec, document, problems));
        top.end(problems);
        Some(Model { name: name?, ..spec? })
    }

    fn read_spec(mut spec: Fields<'_>, document: &Document, problems: &mut Vec<Problem>) -> Option<Model> {
        let n_known = problems.len();
        let of = spec.map("for", problems).and_then(|fields| Watch::read(fields, true, problems));
        if spec.any("for").is_null() {
            spec.wrong("for", "a map with the apiVersion and kind of what it reconciles", problems);
        }
        let watches = spec.maps("watches", problems);
        let watches = watches.into_iter().filter_map(|fields| Watch::read(fields, false, problems)).collect();
        let resync = spec.flag("resync", problems);
        let lets = spec.maps("let", problems);
        let bindings: Vec<Binding> = lets.into_iter().filter_map(|fields| Binding::read(fields, problems)).collect();
        let rules = spec.maps("rules", problems);
        let rules: Vec<Rule> = rules.into_iter().filter_map(|fields| Rule::read(fields, problems)).collect();
        spec.end(problems);
        names(document, &bindings, &rules, problems);
        if problems.len() == n_known {
            scopes(document, &bindings, &rules, problems);
        }
        let document = document.clone();
        Some(Model { name: String::new(), document, of: of?, watches, resync, bindings, rules })
    }

    /// The kind that it reconciles.
    pub fn kind(&self) -> &Kind {
        &self.of.kind
    }

    /// The kinds of objects that it makes.
    pub fn makes(&self) -> BTreeSet<Kind> {
        self.rules.iter().filter_map(|rule| rule.act.makes()).collect()
    }

    /// Every kind that it names, and where.
    pub fn names(&self) -> Vec<(Kind, Path)> {
        let watched = [&self.of].into_iter().chain(&self.watches);
        let mut names: Vec<(Kind, Path)> = watched.map(|watch| (watch.kind.clone(), watch.place.clone())).collect();
        for Binding { place, lookup, .. } in &self.bindings {
            match lookup {
                Lookup::Get { target, .. } => names.push((target.kind.clone(), place.field("get"))),
                Lookup::List { kind, .. } => names.push((kind.clone(), place.field("list"))),
                Lookup::Value(_) => {}
            }
        }
        for Rule { place, act, .. } in &self.rules {
            match act {
                Act::Apply { .. } => {
                    names.extend(act.makes().map(|kind| (kind, place.field("apply").field("object"))));
                }
                Act::Create { .. } => {
                    names.extend(act.makes().map(|kind| (kind, place.field("create").field("object"))));
                }
                Act::Update { target: Some(target), .. } => {
                    names.push((target.kind.clone(), place.field("update").field("target")));
                }
                Act::Patch { target: Some(target), .. } => {
                    names.push((target.kind.clone(), place.field("patch").field("target")));
                }
                Act::Delete { target, .. } => names.push((target.kind.clone(), place.field("delete"))),
                _ => {}
            }
        }
        names
    }

    /// Whether a word stands anywhere in it.
    pub fn says(&self, word: &str) -> bool {
        self.document.value.to_string().contains(word)
    }

    /// A field in which it keeps a generation, if it is one that is not renumbered with it: what is compared with it is then another number.
    pub fn keeps_generation(&self) -> Option<String> {
        self.rules.iter().filter_map(|rule| rule.act.written()).find_map(|written| written.keeps_generation(""))
    }

    /// Whether it applies on the server's side, so that the server has to know who wrote what.
    pub fn applies(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.act, Act::Apply { .. }))
    }
}

/// Tells of names that expressions cannot call anything, or that two things have.
fn names(document: &Document, bindings: &[Binding], rules: &[Rule], problems: &mut Vec<Problem>) {
    let mut taken: Vec<&str> = vec!["object"];
    let mut tell = |path: Path, name: &str, message: String, expected: &str| {
        let mut problem = document.problem(&path, message);
        (problem.found, problem.expected) = (name.to_owned(), expected.to_owned());
        problems.push(problem);
    };
    for binding in bindings {
        let (name, path) = (&*binding.name, binding.place.field("name"));
        if !is_identifier(name) {
            tell(
                path,
                name,
                format!("no expression can call anything {name}"),
                "letters, digits and _, beginning with no digit",
            );
        } else if taken.contains(&name) {
            tell(path, name, format!("{name} is called something else already"), "a name of its own");
        }
        taken.push(name);
    }
    for rule in rules {
        let Some((name, _)) = rule.each.as_ref().filter(|(name, _)| !is_identifier(name)) else { continue };
        let path = rule.place.field("forEach").field("name");
        tell(
            path,
            name,
            format!("no expression can call anything {name}"),
            "letters, digits and _, beginning with no digit",
        );
    }
}

/// Whether a name is one that expressions can read, and no word of the language.
fn is_identifier(name: &str) -> bool {
    const WORDS: [&str; 4] = ["true", "false", "null", "in"];
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !WORDS.contains(&name)
}

/// Tells of variables that are read where they are not known yet.
fn scopes(document: &Document, bindings: &[Binding], rules: &[Rule], problems: &mut Vec<Problem>) {
    let mut known = vec!["object"];
    let mut tell = |path: Path, programs: Vec<&Program>, known: &[&str]| {
        let unknown: BTreeSet<&str> =
            programs.into_iter().flat_map(Program::variables).filter(|name| !known.contains(name)).collect();
        for name in unknown {
            let mut problem = document.problem(&path, format!("there is no variable {name} here"));
            problem.found = name.to_owned();
            problem.expected = format!("one of {}", known.join(", "));
            problems.push(problem);
        }
    };
    for binding in bindings {
        tell(binding.place.clone(), binding.programs(), &known);
        known.push(&binding.name);
    }
    for rule in rules {
        let item = rule.each.as_ref().map(|(name, _)| &**name);
        let known: Vec<&str> = known.iter().copied().chain(item).collect();
        tell(rule.place.clone(), rule.programs(), &known);
    }
}
