//! Parts that are equal up to names.
//!
//! Two parts are equal if putting the names of one in the place of those of the other makes the same objects of them, and of
//! everything else that was read. Controllers and server treat names as opaque, so what was found of one holds for the other.

use evenkeel_api::{Question, Scope, Select};
use evenkeel_cluster::Footprint;
use evenkeel_cluster::footprint::Change;
use evenkeel_object::{Key, Map, Object, Selector, Value};

/// The objects of a part, and the names that are its own.
pub(crate) struct Shape<'o> {
    all: &'o [Object],
    own: Vec<&'o Object>,
    names: Vec<String>,
}

impl<'o> Shape<'o> {
    /// The shape of the part that these keys make up.
    pub(crate) fn of(all: &'o [Object], keys: &[Key]) -> Shape<'o> {
        let mut own: Vec<&Object> = all.iter().filter(|object| keys.contains(&object.key())).collect();
        own.sort_by_cached_key(|object| (object.kind(), object.namespace().to_owned(), object.name().to_owned()));
        let mut names = Vec::new();
        for object in &own {
            for name in [object.name(), object.namespace()] {
                if !name.is_empty() && !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        Shape { all, own, names }
    }

    /// Whether `other`, which was explored with that footprint, is this shape with other names.
    ///
    /// Both ways round: what is around may name one of them and not the other.
    pub(crate) fn equals(&self, other: &Shape<'_>, footprint: &Footprint) -> bool {
        self.is_made_of(other, footprint) && other.is_made_of(self, &self.renamed(other, footprint))
    }

    /// Whether putting our names in the place of those of `other` makes this of it, and what we would read of what it reads.
    fn is_made_of(&self, other: &Shape<'_>, footprint: &Footprint) -> bool {
        if self.own.is_empty() || self.own.len() != other.own.len() || self.names.len() != other.names.len() {
            return false;
        }
        let same = |theirs: &Object, ours: &Object| self.translated(other, &theirs.0) == ours.0;
        other.own.iter().zip(&self.own).all(|(theirs, ours)| same(theirs, ours))
            && footprint.reads.iter().all(|question| {
                let scope = &question.scope;
                let ours = self.translated_scope(other, scope);
                let mut theirs: Vec<Value> =
                    other.all.iter().filter(|o| scope.matches(o)).map(|o| self.translated(other, &o.0)).collect();
                let mut mine: Vec<Value> = self.all.iter().filter(|o| ours.matches(o)).map(|o| o.0.clone()).collect();
                theirs.sort();
                mine.sort();
                theirs == mine
            })
    }

    /// Whether a selector names neither this part nor the other.
    pub(crate) fn is_alike_to(&self, other: &Shape<'_>, selector: &Selector) -> bool {
        let renamed = |ours: &Shape<'_>, theirs: &Shape<'_>| {
            selector.translated(&|text| ours.translated_text(theirs, text).into()) == *selector
        };
        renamed(self, other) && renamed(other, self)
    }

    /// What the twin's footprint is with the names of this part.
    pub(crate) fn renamed(&self, other: &Shape<'_>, footprint: &Footprint) -> Footprint {
        let object = |object: &Object| Object(self.translated(other, &object.0));
        let question = |question: &Question| {
            let mut projection = question.projection.clone();
            projection.args = self.translated(other, &projection.args);
            Question { scope: self.translated_scope(other, &question.scope), projection }
        };
        let change = |change: &Change| Change {
            before: change.before.as_ref().map(object),
            after: change.after.as_ref().map(object),
        };
        Footprint {
            reads: footprint.reads.iter().map(question).collect(),
            writes: footprint.writes.iter().map(change).collect(),
        }
    }

    fn translated(&self, other: &Shape<'_>, value: &Value) -> Value {
        match value {
            Value::String(text) => self.translated_text(other, text).into(),
            Value::List(items) => Value::list(items.iter().map(|item| self.translated(other, item))),
            Value::Map(map) => {
                let fields =
                    map.iter().map(|(k, v)| (self.translated_text(other, k).into(), self.translated(other, v)));
                Value::from(fields.collect::<Map>())
            }
            _ => value.clone(),
        }
    }

    /// The text with each whole name of `other` replaced by ours.
    fn translated_text(&self, other: &Shape<'_>, text: &str) -> String {
        let mut result = String::new();
        let mut rest = text;
        let mut within = false;
        while let Some(first) = rest.chars().next() {
            let hit = (!within).then(|| longest(&other.names, rest)).flatten();
            match hit {
                Some(index) => {
                    result.push_str(&self.names[index]);
                    rest = &rest[other.names[index].len()..];
                    within = true;
                }
                None => {
                    result.push(first);
                    within = first.is_ascii_alphanumeric();
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        result
    }

    fn translated_scope(&self, other: &Shape<'_>, scope: &Scope) -> Scope {
        let text = |text: &str| -> std::sync::Arc<str> { self.translated_text(other, text).into() };
        let key = |key: &Key| Key { kind: key.kind.clone(), namespace: text(&key.namespace), name: text(&key.name) };
        let select = match &scope.select {
            Select::All => Select::All,
            Select::Named(name) => Select::Named(text(name)),
            Select::Labels(selector) => Select::Labels(selector.translated(&|t| text(t))),
            Select::Orphans(selector) => Select::Orphans(selector.translated(&|t| text(t))),
            Select::ControlledBy { owner, uid } => Select::ControlledBy { owner: key(owner), uid: text(uid) },
            Select::DependentsOf { owner, uid } => Select::DependentsOf { owner: key(owner), uid: text(uid) },
        };
        Scope { kind: scope.kind.clone(), namespace: scope.namespace.as_ref().map(|n| text(n)), select }
    }
}

/// The longest of the names with which the text begins and after which a new word begins.
fn longest(names: &[String], text: &str) -> Option<usize> {
    let fits =
        |name: &str| text.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
    (0..names.len()).filter(|&index| fits(&names[index])).max_by_key(|&index| names[index].len())
}
