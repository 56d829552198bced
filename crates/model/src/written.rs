//! Whether what a template makes can stand where it is written.

use evenkeel_api::cel::{Mistake, Program, Record, Type, misfits};
use evenkeel_object::parse::Document;
use evenkeel_object::{Path, Problem};

use crate::placed::{inferred, name_problem, other_type, problem};
use crate::template::Template;

/// The type of the objects of a kind, by `apiVersion` and `kind`.
pub type Types<'t> = dyn FnMut(&str, &str) -> Type + 't;

/// Where expressions are typed: their document, the kinds, the types of their variables, and what is wrong up to here.
pub(crate) struct Typing<'m> {
    pub(crate) document: &'m Document,
    pub(crate) types: &'m mut Types<'m>,
    pub(crate) known: Vec<(&'m str, Type)>,
    pub(crate) problems: Vec<Problem>,
}

impl Typing<'_> {
    /// The type of the kind that the value at `path` names.
    pub(crate) fn type_at(&mut self, path: &Path) -> Type {
        let named = path.of(&self.document.value);
        (self.types)(named["apiVersion"].text(), named["kind"].text())
    }

    /// The name of the kind that the value at `path` names.
    pub(crate) fn kind_at(&self, path: &Path) -> String {
        path.of(&self.document.value)["kind"].text().to_owned()
    }

    /// The type of what the expression at `path` comes to.
    pub(crate) fn inferred(&mut self, program: &Program, path: &Path) -> Type {
        inferred(self.document, path, program, &self.known, &mut self.problems)
    }

    /// An expression that has to be true or false.
    pub(crate) fn truth(&mut self, program: &Program, path: &Path) {
        let of = self.inferred(program, path);
        if !of.may_be_bool() {
            self.problems.push(other_type(self.document, path, &of, "bool"));
        }
    }

    /// A template that has to come to a text, such as a name.
    pub(crate) fn text(&mut self, template: &Template, path: &Path) {
        let of = match template {
            Template::Whole(program) => self.inferred(program, path),
            template => {
                self.read(template, path);
                shape(template)
            }
        };
        if !of.may_be_text() {
            self.problems.push(other_type(self.document, path, &of, "string"));
        }
    }

    /// A template of which anything may come.
    pub(crate) fn read(&mut self, template: &Template, path: &Path) {
        match template {
            Template::Plain(_) => {}
            Template::Whole(_) | Template::Text(_) => {
                for program in template.programs() {
                    self.inferred(program, path);
                }
            }
            Template::List(items) => {
                items.iter().enumerate().for_each(|(index, item)| self.read(item, &path.index(index)));
            }
            Template::Map(fields) => fields.iter().for_each(|(name, field)| self.read(field, &path.field(name))),
        }
    }

    /// The template at `path` is written at `spot`, a place in an object of a kind, where a value of the type `expected` stands.
    pub(crate) fn written(&mut self, template: &Template, path: &Path, expected: &Type, spot: (&str, &str)) {
        let (owner, place) = spot;
        match (template, expected) {
            (Template::Map(fields), Type::Object(record)) => {
                fields.iter().for_each(|(name, field)| self.field(field, &path.field(name), record, (owner, name)));
            }
            (Template::Map(fields), Type::Map(value)) => {
                for (name, field) in fields {
                    self.written(field, &path.field(name), value, (owner, &format!("{place}.{name}")));
                }
            }
            (Template::List(items), Type::List(item)) => {
                for (index, template) in items.iter().enumerate() {
                    self.written(template, &path.index(index), item, (owner, &format!("{place}[]")));
                }
            }
            (Template::Whole(program), expected) => {
                let of = self.inferred(program, path);
                self.fits(&of, path, expected, spot);
            }
            (template, expected) => {
                self.read(template, path);
                self.fits(&shape(template), path, expected, spot);
            }
        }
    }

    fn field(&mut self, template: &Template, path: &Path, record: &Record, (owner, name): (&str, &str)) {
        if let Some(of) = record.fields.get(name) {
            return self.written(template, path, of, (owner, &record.place(name)));
        }
        if !record.open {
            self.problems.push(name_problem(self.document, path, Mistake::no_field(record, name)));
        }
        self.read(template, path);
    }

    fn fits(&mut self, of: &Type, path: &Path, expected: &Type, spot: (&str, &str)) {
        let mut found = Vec::new();
        misfits(expected, of, spot, &mut found);
        self.problems.extend(found.into_iter().map(|mistake| problem(self.document, path, mistake)));
    }
}

/// What is known of what comes of a template before it is looked into.
fn shape(template: &Template) -> Type {
    match template {
        Template::Plain(value) => Type::of(value),
        Template::Whole(_) => Type::Unknown,
        Template::Text(_) => Type::String,
        Template::List(_) => Type::list(Type::Unknown),
        Template::Map(_) => Type::map(Type::Unknown),
    }
}
