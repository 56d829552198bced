//! The types of a model: of what it looks up, of its expressions, and of what it writes.

use evenkeel_api::cel::{Mistake, Program, Type};
use evenkeel_object::{Path, Problem};

use crate::document::{Model, Watch};
use crate::lookup::{Binding, Lookup};
use crate::part::Target;
use crate::placed::{other_type, problem};
use crate::rule::{Act, Rule};
use crate::template::Template;
use crate::written::{Types, Typing};

impl Model {
    /// What is wrong with its expressions and templates whatever the objects are: fields that their kind does not have, values of other types than
    /// those that are taken.
    pub fn mistyped(&self, types: &mut Types<'_>) -> Vec<Problem> {
        let mut typing = Typing { document: &self.document, types, known: Vec::new(), problems: Vec::new() };
        for watched in [&self.of].into_iter().chain(&self.watches) {
            typing.watch(watched);
        }
        typing.known = vec![("object", typing.type_at(&self.of.place))];
        for Binding { place, name, lookup } in &self.bindings {
            let of = typing.looked_up(lookup, place);
            typing.known.push((name, of));
        }
        self.rules.iter().for_each(|rule| typing.follow(rule, &self.of.place));
        typing.problems
    }
}

impl<'m> Typing<'m> {
    fn watch(&mut self, watched: &Watch) {
        let object = self.type_at(&watched.place);
        self.known = vec![("before", object.clone()), ("object", object)];
        if let Some(when) = &watched.when {
            self.truth(when, &watched.place.field("when"));
        }
        if let Some(wakes) = &watched.wakes {
            let path = watched.place.field("wakes");
            let of = self.inferred(wakes, &path);
            let names = |of: &Type| of.may_be_text() || of.is_map();
            if !names(&of) && !matches!(&of, Type::List(item) if names(item)) {
                let expected = "a string, a map with name and namespace, or a list of these";
                self.problems.push(other_type(self.document, &path, &of, expected));
            }
        }
    }

    /// The type of what a name stands for.
    fn looked_up(&mut self, lookup: &Lookup, place: &Path) -> Type {
        match lookup {
            Lookup::Get { target, .. } => {
                let path = place.field("get");
                self.named(target, &path);
                self.type_at(&path)
            }
            Lookup::List { namespace, labels, .. } => {
                let path = place.field("list");
                if let Some(namespace) = namespace {
                    self.text(namespace, &path.field("namespace"));
                }
                if let Some(labels) = labels {
                    self.read(labels, &path.field("labels"));
                }
                Type::list(self.type_at(&path))
            }
            Lookup::Value(program) => self.inferred(program, &place.field("value")),
        }
    }

    fn named(&mut self, target: &Target, path: &Path) {
        self.text(&target.name, &path.field("name"));
        if let Some(namespace) = &target.namespace {
            self.text(namespace, &path.field("namespace"));
        }
    }

    fn follow(&mut self, rule: &'m Rule, own: &Path) {
        let path = &rule.place;
        if let Some(when) = &rule.when {
            self.truth(when, &path.field("when"));
        }
        if let Some((name, list)) = &rule.each {
            let item = self.items(list, &path.field("forEach").field("in"));
            // The item hides what else is called so.
            self.known.insert(0, (name, item));
        }
        if let Some(because) = &rule.because {
            self.read(because, &path.field("because"));
        }
        self.act(&rule.act, path, own);
        if rule.each.is_some() {
            self.known.remove(0);
        }
    }

    /// The type of the items of an expression that has to be a list.
    fn items(&mut self, list: &Program, path: &Path) -> Type {
        let of = self.inferred(list, path);
        if !of.may_be_list() {
            self.problems.push(other_type(self.document, path, &of, "list"));
        }
        match of {
            Type::List(item) => (*item).clone(),
            _ => Type::Unknown,
        }
    }

    fn act(&mut self, act: &Act, path: &Path, own: &Path) {
        match act {
            Act::Apply { object, .. } => self.made(object, &path.field("apply").field("object")),
            Act::Create { object, .. } => self.made(object, &path.field("create").field("object")),
            Act::Update { target, change } => self.changed(target.as_ref(), change, &path.field("update"), own),
            Act::Patch { target, change } => self.changed(target.as_ref(), change, &path.field("patch"), own),
            Act::Status { status, .. } => self.status(status, &path.field("status").field("set"), own),
            Act::Delete { target, uid, .. } => {
                let path = path.field("delete");
                self.named(target, &path);
                if let Some(uid) = uid {
                    self.text(uid, &path.field("uid"));
                }
            }
            Act::Fail { message } => self.read(message, &path.field("fail")),
            Act::Stop => {}
        }
    }

    fn made(&mut self, object: &Template, path: &Path) {
        let of = self.type_at(path);
        self.written(object, path, &of, (&self.kind_at(path), ""));
    }

    /// A change of the object that is reconciled, which is of the kind at `own`, or of another object.
    fn changed(&mut self, target: Option<&Target>, change: &Template, path: &Path, own: &Path) {
        let there = path.field("target");
        if let Some(target) = target {
            self.named(target, &there);
        }
        // A target that cannot be read is told as that, and nothing is known of it.
        let is_own = there.of(&self.document.value).is_null();
        let place = if is_own { own } else { &there };
        let of = self.type_at(place);
        self.written(change, &path.field("change"), &of, (&self.kind_at(place), ""));
    }

    fn status(&mut self, status: &Template, path: &Path, own: &Path) {
        let Type::Object(record) = self.type_at(own) else {
            return self.read(status, path);
        };
        match record.fields.get("status") {
            Some(of) => self.written(status, path, of, (&record.owner, "status")),
            None => {
                if !record.open {
                    self.problems.push(problem(self.document, path, Mistake::no_field(&record, "status")));
                }
                self.read(status, path);
            }
        }
    }
}
