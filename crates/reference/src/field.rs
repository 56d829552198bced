//! A field of a document.

use crate::Shape;

/// A field of a document, with the fields below it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What may stand there.
    pub shape: Shape,
    /// Whether it may be left out.
    pub need: Need,
    /// What it is, as one line of Markdown without links.
    pub text: String,
    /// The fields of the map in it, or of each map of the list in it.
    pub fields: Vec<Field>,
}

/// Whether a field may be left out, and what holds then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Need {
    /// It has to be there.
    Needed,
    /// One field has to be there of those in the same map that say this.
    OneOfThese,
    /// `false` is the same as nothing; `true` is as good as one of those that say [`Need::OneOfThese`].
    Alone,
    /// Without it, this value holds.
    Default(String),
    /// What holds without it, in words.
    Left(String),
}

impl Need {
    /// Reads the cell of a table that says it.
    pub fn of(cell: &str) -> Need {
        let is_number = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
        let literal = cell.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).filter(|word| !word.contains('`'));
        match (cell, literal) {
            ("needed", _) => Need::Needed,
            ("one of these", _) => Need::OneOfThese,
            ("`false`, or one of these", _) => Need::Alone,
            (_, Some(word)) => Need::Default(word.to_owned()),
            _ if is_number => Need::Default(cell.to_owned()),
            _ => Need::Left(cell.to_owned()),
        }
    }
}

impl Field {
    /// The fields of these of which exactly one has to be there; none if there is no such choice.
    pub fn choice(fields: &[Field]) -> Vec<&Field> {
        fields.iter().filter(|field| field.need == Need::OneOfThese).collect()
    }

    /// The field among these that may stand alone instead of one of the choice.
    pub fn alone(fields: &[Field]) -> Option<&Field> {
        fields.iter().find(|field| field.need == Need::Alone)
    }

    /// The beginning of what it is, up to where the text goes into detail.
    pub fn summary(&self) -> &str {
        let ends = [". ", "; ", ": "].iter().filter_map(|mark| self.text.find(mark));
        &self.text[..ends.min().unwrap_or(self.text.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Need};
    use crate::Shape;

    #[test]
    fn a_cell_says_whether_a_field_may_be_left_out() {
        assert_eq!(Need::of("needed"), Need::Needed);
        assert_eq!(Need::of("one of these"), Need::OneOfThese);
        assert_eq!(Need::of("`atomic`"), Need::Default("atomic".into()));
        assert_eq!(Need::of("0"), Need::Default("0".into()));
        assert_eq!(Need::of("20,000,000"), Need::Left("20,000,000".into()));
        assert_eq!(Need::of("`step` and its number"), Need::Left("`step` and its number".into()));
        assert_eq!(Need::of("`a` or `b`"), Need::Left("`a` or `b`".into()));
    }

    #[test]
    fn a_summary_ends_where_details_begin() {
        let summary = |text: &str| {
            let need = Need::Left(String::new());
            let field = Field { name: "f".into(), shape: Shape::Text, need, text: text.into(), fields: Vec::new() };
            field.summary().to_owned()
        };
        assert_eq!(summary("how it applies. `ServerSide`: with conflicts"), "how it applies");
        assert_eq!(summary("what one step is: `atomic`, a reconcile; or less"), "what one step is");
        assert_eq!(summary("where in them, as `/spec/replicas`"), "where in them, as `/spec/replicas`");
    }
}
