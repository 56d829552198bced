//! How Go reads and writes the fields of Kubernetes' own kinds: `stored/fields.txt`, which `stored/extract.go` makes and explains.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use evenkeel_object::Kind;

use super::quantity::Rounding;

/// Every kind and every struct of Kubernetes' own.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("../../stored/fields.txt")));

pub(super) struct Table {
    pub(super) structs: Vec<Struct>,
    pub(super) kinds: BTreeMap<Kind, Whole>,
}

/// A struct of Go.
pub(super) struct Struct {
    /// Such as `apps/v1.DeploymentSpec`.
    pub(super) name: Arc<str>,
    pub(super) fields: BTreeMap<Arc<str>, Place>,
}

/// What the objects of a kind are.
pub(super) struct Whole {
    /// The version in which they are kept.
    pub(super) version: Arc<str>,
    /// The number of their struct.
    pub(super) structure: usize,
}

/// How Go writes what is at a place.
#[derive(Debug)]
pub(super) struct Place {
    /// Also when it is empty.
    pub(super) written: bool,
    /// Whether absent and empty are told apart.
    pub(super) pointer: bool,
    pub(super) body: Body,
}

/// What Go has there.
#[derive(Debug)]
pub(super) enum Body {
    Text,
    Int32,
    Int64,
    Number,
    Bool,
    Quantity(Rounding),
    NumberOrText,
    Any,
    List(Box<Place>),
    Map(Box<Place>),
    Struct(usize),
}

impl Table {
    fn read(text: &str) -> Table {
        let (kinds, structs): (Vec<&str>, Vec<&str>) =
            text.lines().filter(|line| !line.starts_with('#')).partition(|line| line.starts_with("kind "));
        let index: BTreeMap<&str, usize> = structs
            .iter()
            .enumerate()
            .map(|(number, line)| (line.split(' ').next().unwrap_or_default(), number))
            .collect();
        Table {
            structs: structs.iter().map(|line| structure(line, &index)).collect(),
            kinds: kinds.iter().filter_map(|line| whole(line, &index)).collect(),
        }
    }
}

fn whole(line: &str, index: &BTreeMap<&str, usize>) -> Option<(Kind, Whole)> {
    let mut words = line.split(' ').skip(1);
    let (group, kind) = words.next()?.split_once('/')?;
    let version = words.next()?.into();
    let structure = index[words.next()?];
    Some((Kind::new(group, kind), Whole { version, structure }))
}

fn structure(line: &str, index: &BTreeMap<&str, usize>) -> Struct {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default().into();
    let fields =
        words.filter_map(|word| word.split_once(':')).map(|(name, text)| (name.into(), place(text, index))).collect();
    Struct { name, fields }
}

fn place(text: &str, index: &BTreeMap<&str, usize>) -> Place {
    let (written, text) = stripped(text, "!");
    let (pointer, text) = stripped(text, "*");
    Place { written, pointer, body: body(text, index) }
}

fn body(text: &str, index: &BTreeMap<&str, usize>) -> Body {
    if let Some(item) = text.strip_prefix("[]") {
        return Body::List(Box::new(place(item, index)));
    }
    if let Some(item) = text.strip_prefix("{}") {
        return Body::Map(Box::new(place(item, index)));
    }
    match text {
        "s" => Body::Text,
        "i" => Body::Int32,
        "l" => Body::Int64,
        "f" => Body::Number,
        "b" => Body::Bool,
        "q" => Body::Quantity(Rounding::None),
        "r" => Body::Quantity(Rounding::Milli),
        "o" => Body::NumberOrText,
        "t" | "?" => Body::Any,
        name => Body::Struct(index[name]),
    }
}

fn stripped<'t>(text: &'t str, mark: &str) -> (bool, &'t str) {
    match text.strip_prefix(mark) {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn the_whole_table_can_be_read() {
        assert!(TABLE.kinds.len() > 60 && TABLE.structs.len() > 450);
    }
}
