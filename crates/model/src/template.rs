//! Values with expressions in them: `${…}` in a text stands for what the expression comes to.
//!
//! A text that is nothing but one `${…}` stands for the value itself, of whatever type; otherwise what each comes to is put into the text. `$${` is a
//! plain `${`.

use evenkeel_api::cel::{CompileError, Program};
use evenkeel_object::{Path, Value};

/// A value, ready to be filled in.
#[derive(Clone, Debug)]
pub enum Template {
    /// As it is.
    Plain(Value),
    /// What an expression comes to.
    Whole(Program),
    /// A text in pieces.
    Text(Vec<Piece>),
    /// A list of templates.
    List(Vec<Template>),
    /// A map of templates, by key.
    Map(Vec<(String, Template)>),
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub enum Piece {
    /// As it is.
    Plain(String),
    /// What an expression comes to, as a text.
    Expression(Program),
}

/// What is wrong with a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flaw {
    /// Where it is, from the template's root.
    pub path: Path,
    /// What is wrong.
    pub message: String,
}

impl Template {
    /// Reads a value whose texts may hold expressions; tells everything that is wrong with them.
    pub fn parse(value: &Value, path: &Path, flaws: &mut Vec<Flaw>) -> Template {
        match value {
            Value::String(text) => match pieces(text) {
                Ok(pieces) => Template::of_pieces(text, pieces),
                Err(message) => {
                    flaws.push(Flaw { path: path.clone(), message });
                    Template::Plain(value.clone())
                }
            },
            Value::List(items) => Template::List(
                items.iter().enumerate().map(|(at, item)| Template::parse(item, &path.index(at), flaws)).collect(),
            ),
            Value::Map(map) => Template::Map(
                map.iter()
                    .map(|(key, value)| (key.to_string(), Template::parse(value, &path.field(key), flaws)))
                    .collect(),
            ),
            plain => Template::Plain(plain.clone()),
        }
    }

    fn of_pieces(text: &str, mut pieces: Vec<Piece>) -> Template {
        match &pieces[..] {
            [] => Template::Plain(text.into()),
            [Piece::Plain(plain)] => Template::Plain(plain.as_str().into()),
            [Piece::Expression(_)] => match pieces.swap_remove(0) {
                Piece::Expression(program) => Template::Whole(program),
                Piece::Plain(plain) => Template::Plain(plain.into()),
            },
            _ => Template::Text(pieces),
        }
    }

    /// Every expression in it.
    pub fn programs(&self) -> Vec<&Program> {
        match self {
            Template::Plain(_) => Vec::new(),
            Template::Whole(program) => vec![program],
            Template::Text(pieces) => pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Expression(program) => Some(program),
                    Piece::Plain(_) => None,
                })
                .collect(),
            Template::List(items) => items.iter().flat_map(Template::programs).collect(),
            Template::Map(fields) => fields.iter().flat_map(|(_, field)| field.programs()).collect(),
        }
    }

    /// The name of a field that is filled with a generation, and is not one that is renumbered along with it.
    pub(crate) fn keeps_generation(&self, field: &str) -> Option<String> {
        match self {
            Template::Plain(_) => None,
            Template::Whole(_) | Template::Text(_) => {
                let reads = self.programs().iter().any(|program| program.text().contains(".generation"));
                (reads && field != "observedGeneration").then(|| field.to_owned())
            }
            Template::List(items) => items.iter().find_map(|item| item.keeps_generation(field)),
            Template::Map(fields) => fields.iter().find_map(|(name, value)| value.keeps_generation(name)),
        }
    }

    /// The value, with what each expression comes to; or the first error.
    pub fn fill(&self, variables: &[(&str, &Value)]) -> Result<Value, String> {
        Ok(match self {
            Template::Plain(value) => value.clone(),
            Template::Whole(program) => program.evaluate(variables)?,
            Template::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Plain(plain) => text += plain,
                        Piece::Expression(program) => text += &as_text(&program.evaluate(variables)?),
                    }
                }
                text.into()
            }
            Template::List(items) => {
                let items: Result<Vec<Value>, String> = items.iter().map(|item| item.fill(variables)).collect();
                Value::list(items?)
            }
            Template::Map(fields) => {
                let fields: Result<Vec<(&str, Value)>, String> =
                    fields.iter().map(|(key, field)| Ok((&**key, field.fill(variables)?))).collect();
                Value::fields(fields?)
            }
        })
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A text cut at its expressions.
fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        plain += &rest[..start];
        if plain.ends_with('$') {
            plain += "{";
            rest = &rest[start + 2..];
            continue;
        }
        let inside = &rest[start + 2..];
        let end = end_of(inside).ok_or_else(|| format!("`${{` in {text:?} is never closed"))?;
        if !plain.is_empty() {
            pieces.push(Piece::Plain(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Expression(Program::compile(&inside[..end]).map_err(|error| told(&error))?));
        rest = &inside[end + 1..];
    }
    plain += rest;
    if !plain.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    Ok(pieces)
}

/// What is wrong with an expression, in words.
pub fn told(error: &CompileError) -> String {
    format!("{}: {}", if error.gap { "not supported" } else { "not an expression" }, error.message)
}

/// Where the brace is that closes an expression: outside all brackets and texts.
fn end_of(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0, None, false);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(at),
            (None, '}') => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Path, Value, json};

    use super::{Flaw, Template};

    fn filled(value: &Value) -> Result<Value, String> {
        let mut flaws = Vec::new();
        let template = Template::parse(value, &Path::root(), &mut flaws);
        assert_eq!(flaws, []);
        let object = Value::from(json!({"name": "db", "n": 3}));
        template.fill(&[("object", &object)])
    }

    #[test]
    fn a_text_that_is_one_expression_stands_for_its_value_and_others_are_put_together() {
        let value = Value::from(json!({
            "a": "${object.n + 1}", "b": "${object.name}-${object.n}", "c": ["x", "${{'k': '}'}.k}"], "d": "$${plain}", "e": 7,
        }));
        let expected = Value::from(json!({"a": 4, "b": "db-3", "c": ["x", "}"], "d": "${plain}", "e": 7}));
        assert_eq!(filled(&value), Ok(expected));
        assert!(filled(&Value::from("${object.missing}")).is_err());
    }

    #[test]
    fn what_is_no_expression_is_told_with_its_place() {
        let mut flaws: Vec<Flaw> = Vec::new();
        let value = Value::from(json!({"a": ["${object."], "b": "${1 +}"}));
        Template::parse(&value, &Path::root(), &mut flaws);
        let places: Vec<String> = flaws.iter().map(|flaw| flaw.path.to_string()).collect();
        assert_eq!(places, [".a[0]", ".b"]);
    }
}
