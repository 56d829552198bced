//! The places of Kubernetes' own kinds, read from the table that `shapes/extract.py` makes and explains.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use evenkeel_object::Kind;

use super::place::{Body, ListKey, ListType, Patch, Place};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("../../shapes/shapes.txt")));

struct Table {
    definitions: Vec<BTreeMap<Arc<str>, Arc<Place>>>,
    kinds: BTreeMap<Kind, Arc<Place>>,
}

/// What the objects of a kind look like; none if it is not in the table.
pub(super) fn kind(kind: &Kind) -> Option<Arc<Place>> {
    TABLE.kinds.get(kind).cloned()
}

/// What the field of a definition is; none if the table has nothing to say of it.
pub(super) fn field(definition: usize, name: &str) -> Option<Arc<Place>> {
    TABLE.definitions[definition].get(name).cloned()
}

/// The metadata that every object has.
pub(super) fn metadata() -> Arc<Place> {
    let config_map = Kind::new("", "ConfigMap");
    let Some(Body::Definition(index)) = kind(&config_map).map(|place| place.body.clone()) else {
        unreachable!("ConfigMap has metadata, so the table has a line for it");
    };
    field(index, "metadata").expect("ConfigMap has metadata")
}

impl Table {
    fn read(text: &str) -> Table {
        let lines = || text.lines().filter(|line| !line.starts_with('#'));
        let index: BTreeMap<&str, usize> = lines()
            .filter(|line| !line.starts_with("kind "))
            .enumerate()
            .map(|(number, line)| (line.split(' ').next().unwrap_or_default(), number))
            .collect();
        let mut table = Table { definitions: Vec::new(), kinds: BTreeMap::new() };
        for line in lines() {
            match line.strip_prefix("kind ") {
                Some(rest) => table.kinds.extend(kind_of(rest, &index)),
                None => table.definitions.push(fields_of(line, &index)),
            }
        }
        table
    }
}

fn kind_of(text: &str, index: &BTreeMap<&str, usize>) -> Option<(Kind, Arc<Place>)> {
    let (name, definition) = text.split_once(' ').unwrap_or((text, ""));
    let (group, kind) = name.split_once('/')?;
    Some((Kind::new(group, kind), Arc::new(place(definition, index))))
}

fn fields_of(line: &str, index: &BTreeMap<&str, usize>) -> BTreeMap<Arc<str>, Arc<Place>> {
    line.split(' ')
        .skip(1)
        .filter_map(|text| text.split_once(':'))
        .map(|(name, text)| (name.into(), Arc::new(place(text, index))))
        .collect()
}

fn place(text: &str, index: &BTreeMap<&str, usize>) -> Place {
    let (text, retain_keys) = without_suffix(text, '%');
    let (text, replace) = without_suffix(text, '^');
    let (text, merge_key) = match text.split_once('~') {
        Some((text, key)) => (text, Some(key)),
        None => (text, None),
    };
    let (text, written) = without_prefix(text, "!");
    let (text, atomic) = without_prefix(text, "*");
    Place {
        written,
        atomic,
        body: body(text, index),
        patch: Patch {
            merge: merge_key.is_some(),
            merge_key: merge_key.filter(|key| !key.is_empty()).map(Arc::from),
            replace,
            retain_keys,
        },
    }
}

fn body(text: &str, index: &BTreeMap<&str, usize>) -> Body {
    if let Some(inner) = text.strip_prefix("{}") {
        return Body::Map(Arc::new(place(inner, index)));
    }
    if let Some((keys, inner)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return Body::List(list(keys), Arc::new(place(inner, index)));
    }
    match text {
        "" => Body::Plain,
        "?" => Body::Open,
        name => Body::Definition(index[name]),
    }
}

fn list(keys: &str) -> ListType {
    match keys {
        "" => ListType::Atomic,
        "=" => ListType::Set,
        keys => ListType::Map(keys.split(',').map(key).collect()),
    }
}

fn key(text: &str) -> ListKey {
    let (name, default) = match text.split_once('=') {
        Some((name, default)) => (name, Some(default.into())),
        None => (text, None),
    };
    ListKey { name: name.into(), default }
}

fn without_prefix<'t>(text: &'t str, mark: &str) -> (&'t str, bool) {
    match text.strip_prefix(mark) {
        Some(rest) => (rest, true),
        None => (text, false),
    }
}

fn without_suffix(text: &str, mark: char) -> (&str, bool) {
    match text.strip_suffix(mark) {
        Some(rest) => (rest, true),
        None => (text, false),
    }
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn the_whole_table_can_be_read() {
        assert!(TABLE.kinds.len() > 70);
        assert!(TABLE.definitions.iter().all(|fields| !fields.is_empty()));
    }
}
