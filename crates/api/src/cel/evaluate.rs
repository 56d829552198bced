//! What a tree comes to.

use std::fmt;
use std::sync::Arc;

use super::call::call;
use super::datum::Datum;
use super::each::each;
use super::operate::{negate, operate};
use super::tree::{Item, Tree, With};

/// Why an expression has no value: the text that the server would log. It is *unknown* what it would have come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault(pub(crate) String);

/// The variables of an expression.
pub(crate) trait Names {
    /// The value of a variable; none if there is no such variable.
    fn get(&self, name: &str) -> Option<Result<Datum, Fault>>;

    /// The field of a variable whose fields are only computed when they are asked for; none if the variable is an ordinary one.
    fn field(&self, _name: &str, _field: &str) -> Option<Result<Datum, Fault>> {
        None
    }
}

/// Where an expression is evaluated: its variables, and those that macros have bound so far.
pub(super) struct Scope<'n> {
    pub(super) names: &'n dyn Names,
    pub(super) bound: Vec<(Arc<str>, Datum)>,
}

impl Fault {
    /// A fault with that text.
    pub(crate) fn new(text: impl Into<String>) -> Fault {
        Fault(text.into())
    }

    /// An operator or function that is not for values of these types.
    pub(crate) fn no_overload() -> Fault {
        Fault::new("no such overload")
    }

    fn no_key(key: &dyn fmt::Display) -> Fault {
        Fault(format!("no such key: {key}"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Scope<'_> {
    /// What the tree comes to here.
    pub(super) fn evaluate(&mut self, tree: &Tree) -> Result<Datum, Fault> {
        match tree {
            Tree::Literal(datum) => Ok(datum.clone()),
            Tree::Name(name) => self.name(name),
            Tree::Select(of, field) => self.select(of, field),
            Tree::Has(of, field) => {
                let found = self.lookup(of, field)?;
                Ok(Datum::from(found.is_some()))
            }
            Tree::Maybe(of, field) => {
                let found = self.lookup(of, field)?;
                Ok(Datum::Optional(found.map(Box::new)))
            }
            Tree::Index(pair) => self.index(pair),
            Tree::MaybeIndex(pair) => {
                let found = self.at(pair)?.0;
                Ok(Datum::Optional(found.map(Box::new)))
            }
            Tree::List(items) => self.list(items),
            Tree::Map(entries) => self.map(entries),
            Tree::If(three) => {
                let [condition, yes, no] = &**three;
                let chosen = if self.truth(condition)? { yes } else { no };
                self.evaluate(chosen)
            }
            Tree::And(pair) => self.both(pair, false),
            Tree::Or(pair) => self.both(pair, true),
            Tree::Not(of) => Ok(Datum::from(!self.truth(of)?)),
            Tree::Negate(of) => negate(&self.evaluate(of)?),
            Tree::Operate(operator, pair) => operate(*operator, &self.evaluate(&pair[0])?, &self.evaluate(&pair[1])?),
            Tree::Call(function, arguments) => {
                let arguments: Result<Vec<Datum>, Fault> = arguments.iter().map(|tree| self.evaluate(tree)).collect();
                call(function, &arguments?)
            }
            Tree::Each(walk) => each(self, walk),
            Tree::With(with) => self.with(with),
        }
    }

    /// What the tree comes to, if it is a truth value.
    pub(super) fn truth(&mut self, tree: &Tree) -> Result<bool, Fault> {
        self.evaluate(tree)?.truth().ok_or_else(Fault::no_overload)
    }

    fn name(&self, name: &Arc<str>) -> Result<Datum, Fault> {
        if let Some((_, datum)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
            return Ok(datum.clone());
        }
        self.names.get(name).unwrap_or_else(|| Err(Fault(format!("no such attribute(s): {name}"))))
    }

    /// Evaluates both sides of `&&` (`decisive` is false) or `||` (true): one decisive side is enough, even beside an error.
    fn both(&mut self, [left, right]: &[Tree; 2], decisive: bool) -> Result<Datum, Fault> {
        let left = self.truth(left);
        if left == Ok(decisive) {
            return Ok(Datum::from(decisive));
        }
        let right = self.truth(right);
        if right == Ok(decisive) {
            return Ok(Datum::from(decisive));
        }
        left?;
        right?;
        Ok(Datum::from(!decisive))
    }

    fn select(&mut self, of: &Tree, field: &str) -> Result<Datum, Fault> {
        if let Some(lazy) = self.lazy(of, field) {
            return lazy;
        }
        match self.evaluate(of)? {
            // A field of an optional is an optional.
            Datum::Optional(inner) => maybe_field(inner.as_deref(), field),
            datum => datum.field(field)?.ok_or_else(|| Fault::no_key(&field)),
        }
    }

    /// The field, if it is there.
    fn lookup(&mut self, of: &Tree, field: &str) -> Result<Option<Datum>, Fault> {
        if let Some(lazy) = self.lazy(of, field) {
            return lazy.map(Some);
        }
        match self.evaluate(of)? {
            Datum::Optional(None) => Ok(None),
            Datum::Optional(Some(inner)) => inner.field(field),
            datum => datum.field(field),
        }
    }

    fn lazy(&self, of: &Tree, field: &str) -> Option<Result<Datum, Fault>> {
        match of {
            Tree::Name(name) if !self.bound.iter().any(|(bound, _)| bound == name) => self.names.field(name, field),
            _ => None,
        }
    }

    fn index(&mut self, pair: &[Tree; 2]) -> Result<Datum, Fault> {
        match self.at(pair)? {
            (found, Place::Optional) => Ok(Datum::Optional(found.map(Box::new))),
            (Some(found), _) => Ok(found),
            (None, Place::List(key)) => Err(Fault(format!("index out of bounds: {}", shown(&key)))),
            (None, Place::Map(key)) => Err(Fault::no_key(&shown(&key))),
        }
    }

    fn at(&mut self, [of, key]: &[Tree; 2]) -> Result<(Option<Datum>, Place), Fault> {
        let of = self.evaluate(of)?;
        let key = self.evaluate(key)?;
        match of {
            Datum::Optional(None) => Ok((None, Place::Optional)),
            Datum::Optional(Some(inner)) => Ok((inner.at(&key)?, Place::Optional)),
            datum => {
                let found = datum.at(&key)?;
                let place = if datum.items().is_some() { Place::List(key) } else { Place::Map(key) };
                Ok((found, place))
            }
        }
    }

    fn list(&mut self, items: &[Item]) -> Result<Datum, Fault> {
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            list.extend(self.item(item)?);
        }
        Ok(Datum::list(list))
    }

    fn map(&mut self, entries: &[(Tree, Item)]) -> Result<Datum, Fault> {
        let mut map: Vec<(Datum, Datum)> = Vec::with_capacity(entries.len());
        for (key, item) in entries {
            let key = self.evaluate(key)?;
            if let Some(datum) = self.item(item)? {
                if map.iter().any(|(known, _)| known.equals(&key)) {
                    return Err(Fault(format!("Failed with repeated key {}", shown(&key))));
                }
                map.push((key, datum));
            }
        }
        Ok(Datum::map(map))
    }

    /// The item; none if it is an optional one without a value.
    fn item(&mut self, item: &Item) -> Result<Option<Datum>, Fault> {
        match self.evaluate(&item.tree)? {
            Datum::Optional(inner) if item.optional => Ok(inner.map(|inner| *inner)),
            _ if item.optional => Err(Fault::no_overload()),
            datum => Ok(Some(datum)),
        }
    }

    fn with(&mut self, with: &With) -> Result<Datum, Fault> {
        let Datum::Optional(inner) = self.evaluate(&with.optional)? else {
            return Err(Fault::no_overload());
        };
        let Some(inner) = inner else {
            return Ok(Datum::Optional(None));
        };
        self.bound.push((with.name.clone(), *inner));
        let body = self.evaluate(&with.body);
        self.bound.pop();
        body.map(|body| if with.flat { body } else { Datum::some(body) })
    }
}

/// What was indexed, and with what.
enum Place {
    Optional,
    List(Datum),
    Map(Datum),
}

fn maybe_field(inner: Option<&Datum>, field: &str) -> Result<Datum, Fault> {
    let found = inner.map(|inner| inner.field(field)).transpose()?;
    Ok(Datum::Optional(found.flatten().map(Box::new)))
}

/// A key as messages show it.
fn shown(key: &Datum) -> String {
    match key.text() {
        Some(text) => text.to_string(),
        None => key.clone().into_value().map_or_else(|_| key.type_name().to_string(), |value| value.to_string()),
    }
}
