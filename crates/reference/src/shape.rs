//! What may stand in a field.

use std::fmt;

/// What may stand in a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shape {
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number, with the least and the most that it may be; the most is [`u64::MAX`] if there is no bound.
    Whole(u64, u64),
    /// One of these words.
    Word(Vec<String>),
    /// A text that is a duration.
    Duration,
    /// A text that is an expression of CEL.
    Expression,
    /// A text with expressions in it.
    Template,
    /// A map with expressions anywhere in it, or a text that is one expression which comes to a map.
    MapTemplate,
    /// The same, whose `apiVersion` and `kind` are without expressions.
    ObjectTemplate,
    /// A map; which fields it has is said elsewhere, and if nothing is, it has any.
    Map,
    /// A label selector, as everywhere in Kubernetes.
    Selector,
    /// A list of such.
    List(Box<Shape>),
    /// One or the other.
    Either(Vec<Shape>),
}

/// The shapes that have one name, and the name of several.
const NAMED: [(&str, &str, Shape); 10] = [
    ("text", "texts", Shape::Text),
    ("true or false", "", Shape::Flag),
    ("whole number", "whole numbers", Shape::Whole(0, u64::MAX)),
    ("duration", "durations", Shape::Duration),
    ("expression", "expressions", Shape::Expression),
    ("template", "templates", Shape::Template),
    ("template of a map", "", Shape::MapTemplate),
    ("template of an object", "", Shape::ObjectTemplate),
    ("map", "maps", Shape::Map),
    ("label selector", "label selectors", Shape::Selector),
];

impl Shape {
    /// Reads the cell of a table that says it, without links. What is no shape is an error.
    ///
    /// Alternatives stand between commas and `or`; what follows `list of` is all about the items.
    pub fn of(cell: &str) -> Result<Shape, String> {
        if let Some(shape) = named(cell) {
            return Ok(shape);
        }
        if let Some(items) = cell.strip_prefix("list of ") {
            let several = NAMED.iter().find(|(_, several, _)| *several == items).map(|(_, _, shape)| shape.clone());
            return several.map_or_else(|| Shape::of(items), Ok).map(|item| Shape::List(Box::new(item)));
        }
        if let Some((first, list)) = cell.split_once("list of ") {
            let first = first.trim_end_matches([' ', ',']).trim_end_matches(" or").trim_end_matches([' ', ',']);
            return Ok(Shape::Either(vec![Shape::of(first)?, Shape::of(&format!("list of {list}"))?]));
        }
        let mut words = Vec::new();
        let mut others = Vec::new();
        for part in cell.split(", ").flat_map(|part| part.split(" or ")) {
            match literals(part)? {
                Some(literals) => words.extend(literals),
                None => others.push(named(part).ok_or_else(|| format!("{part:?} is no type"))?),
            }
        }
        Ok(match (words.is_empty(), others.is_empty()) {
            (false, true) => Shape::Word(words),
            (false, false) => Shape::Either([vec![Shape::Word(words)], others].concat()),
            _ => Shape::Either(others),
        })
    }

    /// Whether there are fields below it: whether it is a map, a list of maps, or may be.
    pub fn holds_map(&self) -> bool {
        match self {
            Shape::Map => true,
            Shape::List(item) => item.holds_map(),
            Shape::Either(shapes) => shapes.iter().any(Shape::holds_map),
            _ => false,
        }
    }

    /// The words that may stand there.
    pub fn words(&self) -> Vec<&str> {
        match self {
            Shape::Word(words) => words.iter().map(String::as_str).collect(),
            Shape::List(item) => item.words(),
            Shape::Either(shapes) => shapes.iter().flat_map(Shape::words).collect(),
            _ => Vec::new(),
        }
    }
}

/// The shape of that name; a whole number may have bounds.
fn named(name: &str) -> Option<Shape> {
    if let Some(bounds) = name.strip_prefix("whole number from ") {
        let (least, most) = bounds.split_once(" to ")?;
        return Some(Shape::Whole(least.parse().ok()?, most.parse().ok()?));
    }
    NAMED.iter().find(|(one, _, _)| *one == name).map(|(_, _, shape)| shape.clone())
}

/// The word between backticks, or all from one to another that differ in their last digit; none if there are no backticks.
fn literals(part: &str) -> Result<Option<Vec<String>>, String> {
    if !part.starts_with('`') {
        return Ok(None);
    }
    let bare = |word: &str| word.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).map(str::to_owned);
    let words = match part.split_once(" to ") {
        None => bare(part).map(|word| vec![word]),
        Some((first, last)) => bare(first).zip(bare(last)).and_then(|(first, last)| range(&first, &last)),
    };
    words.map(Some).ok_or_else(|| format!("{part:?} is no word, and no range of words"))
}

fn range(first: &str, last: &str) -> Option<Vec<String>> {
    let (stem, least) = first.split_at_checked(first.len().checked_sub(1)?)?;
    let least: u8 = least.parse().ok()?;
    let most: u8 = last.strip_prefix(stem)?.parse().ok()?;
    Some((least..=most).map(|digit| format!("{stem}{digit}")).collect())
}

/// In words, as short as possible.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Whole(0, u64::MAX) => f.write_str("whole number"),
            Shape::Whole(least, most) => write!(f, "whole number from {least} to {most}"),
            Shape::Word(_) => f.write_str("word"),
            Shape::List(item) if matches!(**item, Shape::Word(_)) => f.write_str("list of words"),
            Shape::List(item) => match NAMED.iter().find(|(_, several, shape)| shape == &**item && !several.is_empty())
            {
                Some((_, several, _)) => write!(f, "list of {several}"),
                None => write!(f, "list of {item}"),
            },
            Shape::Either(shapes) => {
                let shapes: Vec<String> = shapes.iter().map(Shape::to_string).collect();
                f.write_str(&shapes.join(", or "))
            }
            one => {
                let name = NAMED.iter().find(|(_, _, shape)| shape == one).map(|(name, _, _)| *name);
                f.write_str(name.expect("every shape that is not written above has a name"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    fn check(cell: &str, words: &str, expected: Shape) {
        let shape = Shape::of(cell);
        assert_eq!(shape.as_ref().map(Shape::to_string), Ok(words.to_owned()), "{cell}");
        assert_eq!(shape, Ok(expected), "{cell}");
    }

    fn word(words: &[&str]) -> Shape {
        Shape::Word(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn a_cell_says_what_may_stand_in_a_field() {
        check("text", "text", Shape::Text);
        check("true or false", "true or false", Shape::Flag);
        check("whole number from 1 to 8", "whole number from 1 to 8", Shape::Whole(1, 8));
        check("template of an object", "template of an object", Shape::ObjectTemplate);
        check("`a`, `b` or `c`", "word", word(&["a", "b", "c"]));
        check("`a` or `b+0` to `b+2`", "word", word(&["a", "b+0", "b+1", "b+2"]));
        check("list of maps", "list of maps", Shape::List(Box::new(Shape::Map)));
        check("list of `a` or `b`", "list of words", Shape::List(Box::new(word(&["a", "b"]))));
    }

    #[test]
    fn a_cell_may_say_several_things() {
        check("`a`, `b` or map", "word, or map", Shape::Either(vec![word(&["a", "b"]), Shape::Map]));
        check(
            "true or false, or list of texts",
            "true or false, or list of texts",
            Shape::Either(vec![Shape::Flag, Shape::List(Box::new(Shape::Text))]),
        );
    }

    #[test]
    fn what_is_no_type_is_told() {
        assert_eq!(Shape::of("txt"), Err("\"txt\" is no type".to_owned()));
        assert!(Shape::of("`a` to `b`").is_err());
        assert!(Shape::of("list of nothing").is_err());
        assert!(Shape::of("").is_err());
    }
}
