//! Reads a document field by field, and gathers everything that is wrong with it.

use std::collections::BTreeSet;

use evenkeel_object::parse::Document;
use evenkeel_object::spelling::closest;
use evenkeel_object::{Path, Problem, Value};

/// Reads the fields of one map of a document. When it is dropped by [`Fields::end`], fields that nobody asked for are problems.
pub struct Fields<'d> {
    document: &'d Document,
    path: Path,
    /// What the whole document is called.
    what: &'static str,
    known: BTreeSet<&'static str>,
}

impl<'d> Fields<'d> {
    /// The fields of a document that is called so.
    pub fn new(document: &'d Document, what: &'static str) -> Fields<'d> {
        Fields { document, path: Path::root(), what, known: BTreeSet::new() }
    }

    fn within(&self, path: Path) -> Fields<'d> {
        Fields { document: self.document, path, what: self.what, known: BTreeSet::new() }
    }

    fn value(&mut self, name: &'static str) -> &'d Value {
        self.known.insert(name);
        &self.path.of(&self.document.value)[name]
    }

    /// The place of the map.
    pub fn here(&self) -> &Path {
        &self.path
    }

    /// The place of a field.
    pub fn at(&self, name: &str) -> Path {
        self.path.field(name)
    }

    /// A problem with a field.
    pub fn wrong(&self, name: &str, expected: &str, problems: &mut Vec<Problem>) {
        let message = format!("{} cannot be read", self.at(name));
        problems.push(self.problem(name, message, expected));
    }

    /// A problem with a field, in other words.
    pub fn problem(&self, name: &str, message: String, expected: &str) -> Problem {
        self.problem_at(&self.at(name), message, expected)
    }

    /// A problem with something in the document.
    pub fn problem_at(&self, path: &Path, message: String, expected: &str) -> Problem {
        let found = path.of(&self.document.value);
        let mut problem = self.document.problem(path, message);
        problem.found = if found.is_null() { "nothing".to_owned() } else { found.to_string() };
        problem.expected = expected.to_owned();
        problem
    }

    /// Where a field stands, for people.
    pub fn place(&self, name: &str) -> String {
        let position = self.document.position(&self.at(name));
        format!("{}:{}:{}", self.document.source, position.line, position.column)
    }

    /// A text; none if the field is not there.
    pub fn text(&mut self, name: &'static str, problems: &mut Vec<Problem>) -> Option<String> {
        match self.value(name) {
            Value::Null => None,
            Value::String(text) => Some(text.to_string()),
            _ => {
                self.wrong(name, "a text", problems);
                None
            }
        }
    }

    /// A whole number that is not negative; none if the field is not there.
    pub fn count(&mut self, name: &'static str, problems: &mut Vec<Problem>) -> Option<u64> {
        match self.value(name) {
            Value::Null => None,
            Value::Int(number) if *number >= 0 => Some(*number as u64),
            _ => {
                self.wrong(name, "a whole number, zero or more", problems);
                None
            }
        }
    }

    /// A whole number from zero to `most`.
    pub fn count_to(&mut self, name: &'static str, most: u64, problems: &mut Vec<Problem>) -> Option<u64> {
        let count = self.count(name, problems)?;
        if count > most {
            self.wrong(name, &format!("a whole number from 0 to {most}"), problems);
            return None;
        }
        Some(count)
    }

    /// A truth value; `false` if the field is not there.
    pub fn flag(&mut self, name: &'static str, problems: &mut Vec<Problem>) -> bool {
        match self.value(name) {
            Value::Null => false,
            Value::Bool(flag) => *flag,
            _ => {
                self.wrong(name, "true or false", problems);
                false
            }
        }
    }

    /// One of these words; none if the field is not there.
    pub fn word<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)], problems: &mut Vec<Problem>) -> Option<T> {
        let text = match self.value(name) {
            Value::Null => return None,
            value => value.text(),
        };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(name, &format!("one of {}", words.join(", ")), problems);
        }
        found
    }

    /// Texts; none if the field is not there.
    pub fn texts(&mut self, name: &'static str, problems: &mut Vec<Problem>) -> Vec<String> {
        let value = self.value(name);
        let texts: Option<Vec<String>> = value.items().iter().map(|item| item.as_str().map(str::to_owned)).collect();
        match (value, texts) {
            (Value::Null, _) => Vec::new(),
            (Value::List(_), Some(texts)) => texts,
            _ => {
                self.wrong(name, "a list of texts", problems);
                Vec::new()
            }
        }
    }

    /// Texts, each of them one of these words; each that is not is a problem.
    pub fn some_of(&mut self, name: &'static str, words: &[&str], problems: &mut Vec<Problem>) -> Vec<String> {
        let texts = self.texts(name, problems);
        for (index, text) in texts.iter().enumerate().filter(|(_, text)| !words.contains(&text.as_str())) {
            let path = self.at(name).index(index);
            let mut problem = self.document.problem(&path, format!("{path} is not known"));
            problem.found = text.clone();
            problem.expected = format!("some of {}", words.join(", "));
            problem.hint =
                closest(text, &words.iter().copied().collect()).map(|known| format!("did you mean {known}?"));
            problems.push(problem);
        }
        texts
    }

    /// Any value; `null` if the field is not there.
    pub fn any(&mut self, name: &'static str) -> &'d Value {
        self.value(name)
    }

    /// The fields of the map in that field; none if it is not there.
    pub fn map(&mut self, name: &'static str, problems: &mut Vec<Problem>) -> Option<Fields<'d>> {
        match self.value(name) {
            Value::Null => None,
            Value::Map(_) => Some(self.within(self.at(name))),
            _ => {
                self.wrong(name, "a map", problems);
                None
            }
        }
    }

    /// The fields of each map in the list in that field.
    pub fn maps(&mut self, name: &'static str, problems: &mut Vec<Problem>) -> Vec<Fields<'d>> {
        match self.value(name) {
            Value::Null => Vec::new(),
            Value::List(items) if items.iter().all(|item| item.as_map().is_some()) => {
                (0..items.len()).map(|index| self.within(self.at(name).index(index))).collect()
            }
            _ => {
                self.wrong(name, "a list of maps", problems);
                Vec::new()
            }
        }
    }

    /// Makes a problem of each field that is there and that nobody asked for.
    pub fn end(self, problems: &mut Vec<Problem>) {
        for (name, _) in self.path.of(&self.document.value).entries() {
            if !self.known.contains(&**name) {
                let path = self.at(name);
                let mut problem =
                    self.document.name_problem(&path, format!("{path} is not a field of a {}", self.what));
                problem.found = name.to_string();
                problem.expected = format!("one of {}", self.known.iter().copied().collect::<Vec<_>>().join(", "));
                problem.hint = closest(name, &self.known).map(|known| format!("did you mean {known}?"));
                problems.push(problem);
            }
        }
    }
}

/// The text in a field that has to be there.
pub fn required(fields: &mut Fields<'_>, name: &'static str, problems: &mut Vec<Problem>) -> Option<String> {
    let text = fields.text(name, problems);
    if text.is_none() && fields.any(name).is_null() {
        fields.wrong(name, "a text", problems);
    }
    text
}
