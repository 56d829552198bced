//! All that a document of ours may say: the tables of its documentation, put together.

use std::sync::LazyLock;

use crate::table::{self, Flaw, Row, Section};
use crate::{Field, Need, Shape};

/// The section with the fields of the document itself.
const TOP: &str = "the-document";

/// All fields of one kind of document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The kind.
    pub kind: String,
    /// Its group and version.
    pub api_version: String,
    /// What it is for.
    pub text: String,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// The fields of a Scenario.
pub fn scenario() -> &'static Reference {
    static SCENARIO: LazyLock<Reference> = LazyLock::new(|| ours(include_str!("../../../docs/scenario.md")));
    &SCENARIO
}

/// The fields of a ControllerModel.
pub fn controllermodel() -> &'static Reference {
    static MODEL: LazyLock<Reference> = LazyLock::new(|| ours(include_str!("../../../docs/controllermodel.md")));
    &MODEL
}

/// Both of them.
pub fn all() -> [&'static Reference; 2] {
    [scenario(), controllermodel()]
}

/// What our own documentation says: it is a part of the program, and a test has read it.
fn ours(markdown: &str) -> Reference {
    Reference::of(markdown).unwrap_or_else(|flaw| panic!("our own documentation can be read: {flaw}"))
}

impl Reference {
    /// Reads the tables of a Markdown text.
    ///
    /// A field of a field is called `outer.inner`, one of an item of a list `outer[].inner`; its row stands below that of `outer`. Where the type is
    /// a link to a section, the fields stand there. The fields of the document itself are in the section *The document*.
    pub fn of(markdown: &str) -> Result<Reference, Flaw> {
        let sections = table::sections(markdown)?;
        let fields = fields(&sections, &[TOP])?;
        let word = |name: &str| {
            let field = fields.iter().find(|field| field.name == name);
            let word = field.and_then(|field| field.shape.words().first().map(|word| (*word).to_owned()));
            word.ok_or_else(|| Flaw { line: 1, message: format!("the document has no {name}, or any") })
        };
        let (kind, api_version) = (word("kind")?, word("apiVersion")?);
        Ok(Reference { kind, api_version, text: table::first_paragraph(markdown), fields })
    }

    /// The fields of `spec`.
    pub fn spec(&self) -> &[Field] {
        self.fields.iter().find(|field| field.name == "spec").map_or(&[], |spec| &spec.fields)
    }
}

/// The fields of a section: the last of these, which leads from the top to it.
fn fields(sections: &[Section<'_>], way: &[&str]) -> Result<Vec<Field>, Flaw> {
    let anchor = way.last().expect("every way has an end");
    let mut top = Vec::new();
    for row in sections.iter().filter(|section| section.anchor == **anchor).flat_map(|section| &section.rows) {
        let flaw = |message: String| Flaw { line: row.line, message };
        let shape = Shape::of(&row.shape.text).map_err(flaw)?;
        let below = match &row.shape.anchor {
            Some(next) if way.contains(&&**next) => return Err(flaw(format!("{next} is within itself"))),
            Some(next) if shape.holds_map() => fields(sections, &[way, &[next]].concat())?,
            Some(next) => return Err(flaw(format!("{shape} has no fields that could be in {next}"))),
            None => Vec::new(),
        };
        for path in &row.names {
            put(&mut top, path, (row, &shape, &below)).map_err(flaw)?;
        }
    }
    if top.is_empty() {
        return Err(Flaw { line: 1, message: format!("there is no table of fields in a section {anchor}") });
    }
    Ok(top)
}

/// Puts a field where its path says, with what its row says, its shape and its fields.
fn put(top: &mut Vec<Field>, path: &str, (row, shape, below): (&Row<'_>, &Shape, &[Field])) -> Result<(), String> {
    let mut fields = top;
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        if names.peek().is_some() {
            let (bare, is_list) = name.strip_suffix("[]").map_or((name, false), |bare| (bare, true));
            let outer = fields.iter_mut().find(|field| field.name == bare);
            let outer = outer.ok_or_else(|| format!("{path}: there is no row for {bare} above"))?;
            if !outer.shape.holds_map() || is_list != matches!(outer.shape, Shape::List(_)) {
                return Err(format!("{path}: {bare} is a {}", outer.shape));
            }
            fields = &mut outer.fields;
        } else if fields.iter().any(|field| field.name == name) {
            return Err(format!("{path} is there twice"));
        } else {
            let (need, text) = (Need::of(row.default), row.text.text.clone());
            fields.push(Field { name: name.to_owned(), shape: shape.clone(), need, text, fields: below.to_vec() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Reference;

    const HEAD: &str = "\n| field | type | default | what it is |\n|---|---|---|---|\n";

    fn read(spec: &str, more: &str) -> Result<Reference, String> {
        let top = "| `apiVersion` | `v1` | needed | |\n| `kind` | `Boat` | needed | |\n| `spec` | [map](#spec) | | |\n";
        let text = format!("# Boats\n\nThey float.\n\n## The document\n{HEAD}{top}\n## `spec`\n{HEAD}{spec}\n{more}");
        Reference::of(&text).map_err(|flaw| flaw.message)
    }

    #[test]
    fn fields_stand_below_those_that_hold_them() {
        let read = read(
            "| `a` | list of maps | | |\n| `a[].b`, `a[].c` | text | | |\n| `d` | [map](#more) | | |\n",
            &format!("## More\n{HEAD}| `e` | text | | |\n"),
        );
        let read = read.expect("it is sound");
        assert_eq!((&*read.kind, &*read.api_version, &*read.text), ("Boat", "v1", "They float."));
        let names = |at: usize| read.spec()[at].fields.iter().map(|field| &*field.name).collect::<Vec<_>>();
        assert_eq!((names(0), names(1)), (vec!["b", "c"], vec!["e"]));
    }

    #[test]
    fn what_does_not_fit_together_is_told() {
        let told = |spec: &str| read(spec, "").expect_err("it is not sound");
        assert_eq!(told("| `a.b` | text | | |\n"), "a.b: there is no row for a above");
        assert_eq!(told("| `a` | list of maps | | |\n| `a.b` | text | | |\n"), "a.b: a is a list of maps");
        assert_eq!(told("| `a` | text | | |\n| `a` | text | | |\n"), "a is there twice");
        assert_eq!(told("| `a` | [map](#none) | | |\n"), "there is no table of fields in a section none");
        assert_eq!(told("| `a` | [map](#spec) | | |\n"), "spec is within itself");
        assert_eq!(told("| `a` | [text](#spec) | | |\n"), "spec is within itself");
        assert_eq!(told("| `a` | [text](#more) | | |\n"), "text has no fields that could be in more");
    }
}
