//! The type of a tree, and what is wrong with it whatever the values are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::datum::{Datum, unescaped};
use super::known::Type;
use super::mistake::Mistake;
use super::overload::{called, negated, operated};
use super::tree::{Each, Goal, Item, Tree, With};

/// Where an expression is typed: its variables, those that macros have bound so far, and what was wrong up to here.
pub(super) struct Inference<'n> {
    names: &'n [(&'n str, Type)],
    bound: Vec<(Arc<str>, Type)>,
    pub(super) mistakes: Vec<Mistake>,
}

impl<'n> Inference<'n> {
    /// With variables of these types; nothing is known of others.
    pub(super) fn new(names: &'n [(&'n str, Type)]) -> Inference<'n> {
        Inference { names, bound: Vec::new(), mistakes: Vec::new() }
    }

    /// The type of what the tree comes to.
    pub(super) fn of(&mut self, tree: &Tree) -> Type {
        match tree {
            Tree::Literal(datum) => literal(datum),
            Tree::Name(name) => self.name(name),
            Tree::Select(of, field) => self.select(of, field),
            Tree::Has(of, field) => {
                self.select(of, field);
                Type::Bool
            }
            Tree::Maybe(of, field) => {
                let of = self.of(of);
                Type::maybe(self.field(&of, field), &of)
            }
            Tree::Index(pair) => self.index(pair).0,
            Tree::MaybeIndex(pair) => {
                let (found, of) = self.index(pair);
                Type::maybe(found, &of)
            }
            Tree::List(items) => Type::list(self.joined(items)),
            Tree::Map(entries) => self.map(entries),
            Tree::If(three) => self.choice(three),
            Tree::And(pair) => self.truths(pair, "`&&`"),
            Tree::Or(pair) => self.truths(pair, "`||`"),
            Tree::Not(of) => self.truth(of, "`!`"),
            Tree::Negate(of) => {
                let found = negated(self.of(of));
                self.noted(found)
            }
            Tree::Operate(operator, pair) => {
                let found = operated(*operator, &self.of(&pair[0]), &self.of(&pair[1]));
                self.noted(found)
            }
            Tree::Call(function, arguments) => {
                let arguments: Vec<Type> = arguments.iter().map(|tree| self.of(tree)).collect();
                self.noted(called(function, &arguments))
            }
            Tree::Each(each) => self.each(each),
            Tree::With(with) => self.with(with),
        }
    }

    fn noted(&mut self, found: Result<Type, Box<Mistake>>) -> Type {
        found.unwrap_or_else(|mistake| self.wrong(*mistake))
    }

    fn wrong(&mut self, mistake: Mistake) -> Type {
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
        Type::Unknown
    }

    fn name(&self, name: &str) -> Type {
        let bound = self.bound.iter().rev().find(|(bound, _)| **bound == *name).map(|(_, known)| known);
        let known = || self.names.iter().find(|(known, _)| *known == name).map(|(_, known)| known);
        bound.or_else(known).cloned().unwrap_or(Type::Unknown)
    }

    fn choice(&mut self, [condition, yes, no]: &[Tree; 3]) -> Type {
        self.truth(condition, "a condition");
        let yes = self.of(yes);
        yes.or(&self.of(no))
    }

    /// What is known of each item of a list.
    fn joined(&mut self, items: &[Item]) -> Type {
        items.iter().fold(Type::Nothing, |known, item| known.or(&self.item(item)))
    }

    /// Something that has to be true or false.
    fn truth(&mut self, tree: &Tree, who: &str) -> Type {
        let of = self.of(tree);
        if !of.may_be_bool() {
            self.wrong(Mistake::new(format!("{who} does not take {of}"), &of, "bool"));
        }
        Type::Bool
    }

    fn truths(&mut self, pair: &[Tree; 2], who: &str) -> Type {
        self.truth(&pair[0], who);
        self.truth(&pair[1], who)
    }

    fn select(&mut self, of: &Tree, field: &str) -> Type {
        let of = self.of(of);
        self.field(&of, field)
    }

    fn field(&mut self, of: &Type, field: &str) -> Type {
        match of {
            Type::Object(record) => {
                let plain = unescaped(field);
                match record.fields.get(field).or_else(|| record.fields.get(&**plain.as_ref()?)) {
                    Some(known) => known.clone(),
                    None if record.open => Type::Unknown,
                    None => self.wrong(Mistake::no_field(record, field)),
                }
            }
            Type::Map(value) => (**value).clone(),
            Type::Optional(inner) => Type::optional(self.field(inner, field)),
            of if of.is_open() => Type::Unknown,
            _ => {
                let mut mistake = Mistake::new(format!("{of} has no field {field}"), of, "a map or an object");
                field.clone_into(&mut mistake.word);
                self.wrong(mistake)
            }
        }
    }

    /// The type of what stands there, and of what it stands in.
    fn index(&mut self, pair: &[Tree; 2]) -> (Type, Type) {
        let (of, key) = (self.of(&pair[0]), self.of(&pair[1]));
        let found = match &pair[1] {
            Tree::Literal(Datum::Value(name)) if of.is_map() && name.as_str().is_some() => self.field(&of, name.text()),
            _ => self.at(&of, &key),
        };
        (found, of)
    }

    fn at(&mut self, of: &Type, key: &Type) -> Type {
        let expected = match of {
            Type::Optional(inner) => return Type::optional(self.at(inner, key)),
            Type::List(_) if key.is_open() || key.is_number() => None,
            Type::List(_) => Some("a number as the index"),
            Type::Map(_) | Type::Object(_) if key.is_open() || *key == Type::String => None,
            Type::Map(_) | Type::Object(_) => Some("a string as the key"),
            of if of.is_open() => None,
            _ => Some("a list or a map"),
        };
        if let Some(expected) = expected {
            let mut mistake = Mistake::new(format!("{of} cannot be indexed with {key}"), of, expected);
            mistake.found = format!("{of}[{key}]");
            return self.wrong(mistake);
        }
        match of {
            Type::List(inner) | Type::Map(inner) => (**inner).clone(),
            _ => Type::Unknown,
        }
    }

    fn item(&mut self, item: &Item) -> Type {
        match (self.of(&item.tree), item.optional) {
            (Type::Optional(inner), true) => (*inner).clone(),
            (_, true) => Type::Unknown,
            (of, false) => of,
        }
    }

    /// A map whose keys are plain has known fields; of others, the values are known if they agree. Nothing is known of one with other keys than texts.
    fn map(&mut self, entries: &[(Tree, Item)]) -> Type {
        let (mut fields, mut joined, mut has_texts) = (Some(BTreeMap::new()), Type::Nothing, true);
        for (key, item) in entries {
            has_texts &= self.of(key) == Type::String;
            let value = self.item(item);
            joined = joined.or(&value);
            match (key, &mut fields) {
                (Tree::Literal(Datum::Value(name)), Some(known)) if name.as_str().is_some() => {
                    known.insert(Arc::from(name.text()), value);
                }
                _ => fields = None,
            }
        }
        match fields {
            Some(fields) => Type::written(fields),
            None if has_texts => Type::map(joined),
            None => Type::Unknown,
        }
    }

    /// The types of the keys of a map or the indices of a list, and of what stands there.
    fn steps(&mut self, range: &Type) -> (Type, Type) {
        match range {
            Type::List(item) => (Type::Int, (**item).clone()),
            Type::Map(value) => (Type::String, (**value).clone()),
            Type::Object(_) => (Type::String, Type::Unknown),
            range if range.is_open() => (Type::Unknown, Type::Unknown),
            _ => {
                let message = format!("there is nothing to go through in {range}");
                self.wrong(Mistake::new(message, range, "a list or a map"));
                (Type::Unknown, Type::Unknown)
            }
        }
    }

    fn each(&mut self, each: &Each) -> Type {
        let range = self.of(&each.range);
        let (key, value) = self.steps(&range);
        let depth = self.bound.len();
        match &each.second {
            Some(second) => self.bound.extend([(each.first.clone(), key), (second.clone(), value)]),
            None if matches!(range, Type::List(_)) => self.bound.push((each.first.clone(), value)),
            None => self.bound.push((each.first.clone(), key)),
        }
        if let Some(filter) = &each.filter {
            self.truth(filter, "a filter");
        }
        let made = self.made(each, &range);
        self.bound.truncate(depth);
        made
    }

    fn made(&mut self, each: &Each, range: &Type) -> Type {
        match each.goal {
            Goal::All => self.truth(&each.body, "all"),
            Goal::Exists => self.truth(&each.body, "exists"),
            Goal::ExistsOne => self.truth(&each.body, "exists_one"),
            Goal::List => Type::list(self.of(&each.body)),
            Goal::MapValues => {
                let value = self.of(&each.body);
                if range.is_map() { Type::map(value) } else { Type::Unknown }
            }
            Goal::MapEntries => {
                self.of(&each.body);
                Type::Unknown
            }
            Goal::SortBy => {
                self.of(&each.body);
                if range.may_be_list() { range.clone() } else { Type::Unknown }
            }
        }
    }

    fn with(&mut self, with: &With) -> Type {
        let inner = match self.of(&with.optional) {
            Type::Optional(inner) => (*inner).clone(),
            of if of.is_open() => Type::Unknown,
            of => self.wrong(Mistake::new(format!("optMap does not take {of}"), &of, "an optional")),
        };
        self.bound.push((with.name.clone(), inner));
        let body = self.of(&with.body);
        self.bound.pop();
        if with.flat { body } else { Type::optional(body) }
    }
}

fn literal(datum: &Datum) -> Type {
    match datum {
        Datum::Value(value) => Type::of(value),
        Datum::Foreign(_) if datum.type_name() == "bytes" => Type::Bytes,
        Datum::Foreign(_) | Datum::Type(_) | Datum::Map(_) => Type::Unknown,
        Datum::Optional(inner) => Type::optional(inner.as_deref().map_or(Type::Nothing, literal)),
        Datum::List(..) => Type::list(Type::Unknown),
        Datum::Record(_) => Type::map(Type::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Kind, Object, Value, json};

    use crate::Memory;
    use crate::cel::{Program, Type};
    use crate::server::known::type_of;

    /// The type of a `Deployment`, and of a `Boat`, whose definition leaves some fields open.
    fn types() -> [(&'static str, Type); 2] {
        let spec = Value::from(json!({"type": "object", "properties": {
            "crew": {"type": "integer"}, "speed": {"type": "number"}, "name": {"type": "string"},
            "note": {"type": "string", "nullable": true}, "draught": {"x-kubernetes-int-or-string": true},
            "cargo": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"tons": {"type": "integer"}}},
            "flags": {"type": "object", "additionalProperties": {"type": "boolean"}},
            "ports": {"type": "array", "nullable": true, "items": {"type": "object", "properties": {"city": {"type": "string"}}}},
        }}));
        let schema = Value::map().with(&["type"], "object").with(&["properties", "spec"], spec);
        let version = Value::from(json!({"name": "v1", "served": true, "storage": true}));
        let version = version.with(&["schema", "openAPIV3Schema"], schema);
        let definition = Value::from(json!({"metadata": {"name": "boats.sea.example"}, "spec": {
            "group": "sea.example", "scope": "Namespaced", "names": {"kind": "Boat", "plural": "boats"}}}));
        let mut object = Object(definition);
        object.set(&["apiVersion"], "apiextensions.k8s.io/v1");
        object.set(&["kind"], "CustomResourceDefinition");
        object.set(&["spec", "versions"], Value::list([version]));
        assert_eq!(object.kind(), Kind::new("apiextensions.k8s.io", "CustomResourceDefinition"));
        let mut store = Memory::default();
        store.insert(object);
        [("web", type_of(&mut store, "apps/v1", "Deployment")), ("boat", type_of(&mut store, "sea.example/v1", "Boat"))]
    }

    /// The type of an expression, or the first thing that is wrong with it.
    fn check(expression: &str, expect: &str) {
        let program = Program::compile(expression).expect("it compiles");
        let (of, mistakes) = program.infer(&types());
        let told = mistakes.first().map_or_else(|| of.to_string(), |mistake| mistake.message.clone());
        assert_eq!(told, expect, "{expression}");
    }

    #[test]
    fn a_misspelt_field_is_told_with_what_there_is() {
        check("web.spec.replcas", "Deployment has no field spec.replcas");
        check("has(web.spec.replcas)", "Deployment has no field spec.replcas");
        check("web.?spec.?replcas.orValue(1)", "Deployment has no field spec.replcas");
        check("web['sepc'].replicas", "Deployment has no field sepc");
        check("boat.spec.crow > 2", "Boat has no field spec.crow");
        check("boat.spec.ports.all(p, p.ctiy != '')", "Boat has no field spec.ports[].ctiy");
        check("boat.spec.?ports.orValue([]).exists(p, p.ctiy != '')", "Boat has no field spec.ports[].ctiy");
        check("boat.status", "Boat has no field status");
        let (_, mistakes) = Program::compile("web.spec.replcas").expect("it compiles").infer(&types());
        let mistake = &mistakes[0];
        assert_eq!((mistake.found.as_str(), mistake.place), ("replcas", Some((1, 10))));
        assert!(mistake.expected.starts_with("one of minReadySeconds, paused,"), "{}", mistake.expected);
        assert_eq!(mistake.hint.as_deref(), Some("did you mean replicas?"));
    }

    #[test]
    fn everything_that_is_wrong_is_told_once() {
        let text = "web.spec.replcas > 1 && web.spec.replcas < 5 || !web.metadata.name";
        let (of, mistakes) = Program::compile(text).expect("it compiles").infer(&types());
        let told: Vec<&str> = mistakes.iter().map(|mistake| &*mistake.message).collect();
        assert_eq!(told, ["Deployment has no field spec.replcas", "`!` does not take string"]);
        assert_eq!(of, Type::Bool);
    }

    #[test]
    fn of_what_a_schema_leaves_open_nothing_is_wrong() {
        check("boat.spec.cargo.grain.tons + 'x'", "anything");
        check("boat.spec.cargo.tons + 'x'", "`+` does not take int and string");
        check("boat.spec.draught + 'x'", "anything");
        check("boat.spec.note == null ? 0 : boat.spec.note.size()", "int");
        check("boat.spec.note == 3", "bool");
        check("boat.spec.flags.anything", "bool");
        check("boat.metadata.labels.whatever + 'x'", "string");
        check("boat.spec.speed + boat.spec.crew", "anything");
        check("stranger.spec.x + 1", "anything");
        check("dyn(web.spec.replicas) == '3'", "bool");
    }

    #[test]
    fn what_may_be_null_is_compared_with_anything_that_may_be_null_too() {
        check("(web.spec.paused ? null : 'a') == (web.spec.paused ? null : 1)", "bool");
        check("(web.spec.paused ? null : 'a') == null", "bool");
        check("(web.spec.paused ? null : boat.spec.?ports) == null", "bool");
        check("boat.spec.ports == boat.spec.flags", "bool");
        check("[null, 'a'].exists(x, x == 1)", "bool");
    }

    #[test]
    fn macros_give_their_variables_the_types_of_what_they_go_through() {
        check("boat.spec.ports.map(p, p.city)", "list(string)");
        check("boat.spec.ports.filter(p, p.city == 'x')", "list(Boat.spec.ports[])");
        check("boat.spec.ports.map(p, p.city != '', p.city.size())", "list(int)");
        check("boat.spec.ports.exists_one(i, p, i + 1 == p)", "`==` does not take int and Boat.spec.ports[]");
        check("boat.spec.flags.all(name, name.startsWith('x'))", "bool");
        check("boat.spec.flags.all(name, name > 1)", "`>` does not take string and int");
        check("boat.spec.flags.transformList(k, v, v)", "list(bool)");
        check("boat.spec.name.all(c, c == 'x')", "there is nothing to go through in string");
        check("web.spec.?replicas.optMap(n, n + 1)", "optional(int)");
        check("web.spec.?replicas.optMap(n, n + 'x')", "`+` does not take int and string");
        check("boat.spec.ports.all(p, boat.spec.crew)", "all does not take int");
        check("boat.spec.ports.sortBy(p, p.city)[0].city", "string");
    }

    #[test]
    fn maps_that_an_expression_writes_may_have_any_keys() {
        check("{'a': 1, 'b': 2}.a + 1", "int");
        check("{'a': 1}.b", "anything");
        check("{1: 'a'}[1] + 'x'", "anything");
        check("1 in {1: 'a'}", "bool");
        check("{web.metadata.name: 1}['x'] + 'y'", "`+` does not take int and string");
        check("boat.spec.flags[1]", "map(bool) cannot be indexed with int");
        check("boat.spec.ports['x']", "list(Boat.spec.ports[]) cannot be indexed with string");
    }

    #[test]
    fn optionals_are_looked_into_and_are_equal_to_nothing_but_optionals() {
        check("web.?status.?readyReplicas.orValue(0) + 1", "int");
        check("web.?status.readyReplicas.orValue(0) < 1", "bool");
        check("web.?status.?readyReplicas > 0", "`>` does not take optional(int) and int");
        check("web.?status == null", "`==` does not take optional(Deployment.status) and null");
        check("web.status.readyReplicas.orValue(0)", "orValue does not take int");
        check("optional.of(web.?status).value().?replicas", "optional(int)");
        check("optional.none().orValue(3) + 'x'", "`+` does not take int and string");
        check("web.?status.?replicas.or(web.spec.?replicas).value() + 1", "int");
        check("[?web.spec.?replicas, 1]", "list(int)");
        check("{?'n': web.spec.?replicas}.n", "int");
    }
}
