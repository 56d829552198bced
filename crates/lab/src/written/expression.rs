//! What is computed: numbers and truth values.

use super::Mistake;
use super::token::{Reader, Token};

/// An expression, and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) tree: Tree,
    line: usize,
    column: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum Tree {
    Number(i64),
    /// A parameter or a constant: `n`, `id`, `degree`, `enabled`, `privileges`.
    Given(String),
    /// A variable of the process itself, or of another one.
    Variable(Whose, usize),
    /// The place of a neighbour here, or of this process there, counted from 1; or its number.
    Place(String),
    Back(String),
    Id(String),
    Not(Box<Tree>),
    Minus(Box<Tree>),
    Two(&'static str, Box<[Tree; 2]>),
    If(Box<[Tree; 3]>),
    /// Over the neighbours, or, where there is no process, over all.
    Over(Fold, String, Box<Tree>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Whose {
    Own,
    Left,
    Right,
    /// A neighbour that goes by that name.
    Named(String),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fold {
    Any,
    All,
    Count,
    Min,
    Max,
    Sum,
}

/// What names mean.
pub(crate) struct Names<'n> {
    pub(crate) variables: &'n [String],
    /// Whether a variable holds truth values.
    pub(crate) truths: &'n [bool],
    pub(crate) given: &'n [String],
    /// The neighbours that have a name here.
    pub(crate) bound: Vec<String>,
    /// Whether there is a process whose variables need no name before them.
    pub(crate) is_local: bool,
}

impl Expression {
    /// Reads one of that sort.
    pub(crate) fn read(reader: &mut Reader<'_>, names: &mut Names<'_>, truth: bool) -> Result<Expression, Mistake> {
        let (line, column) = (reader.line(), reader.column());
        let (tree, is_truth) = Parser { reader, names }.binary(0)?;
        if is_truth != truth {
            let what = format!("{} was expected, not {}", sort(truth), sort(is_truth));
            return Err(Mistake { line, column, what });
        }
        Ok(Expression { tree, line, column })
    }

    /// That something is wrong with it.
    pub(crate) fn mistake(&self, what: String) -> Mistake {
        Mistake { line: self.line, column: self.column, what }
    }
}

fn sort(is_truth: bool) -> &'static str {
    if is_truth { "a truth value" } else { "a number" }
}

/// Signs and words of each strength, the weakest first; what they take, and what they make: whether these are truth values.
const OPERATORS: [&[(&str, &str)]; 5] = [
    &[("||", "or")],
    &[("&&", "and")],
    &[("==", ""), ("!=", ""), ("<=", ""), (">=", ""), ("<", ""), (">", "")],
    &[("+", ""), ("-", "")],
    &[("*", ""), ("/", ""), ("%", "")],
];

struct Parser<'p, 'r, 'n> {
    reader: &'p mut Reader<'r>,
    names: &'p mut Names<'n>,
}

type Read = Result<(Tree, bool), Mistake>;

impl Parser<'_, '_, '_> {
    fn binary(&mut self, strength: usize) -> Read {
        let Some(operators) = OPERATORS.get(strength) else { return self.unary() };
        let begin = (self.reader.line(), self.reader.column());
        let (mut left, mut is_truth) = self.binary(strength + 1)?;
        while let Some(sign) = self.operator(operators) {
            let at = (self.reader.line(), self.reader.column());
            let (right, right_is_truth) = self.binary(strength + 1)?;
            let needs_truth = match sign {
                "||" | "&&" => true,
                "==" | "!=" => is_truth,
                _ => false,
            };
            self.check((is_truth, needs_truth), begin)?;
            self.check((right_is_truth, needs_truth), at)?;
            is_truth = strength < 3;
            left = Tree::Two(sign, Box::new([left, right]));
        }
        Ok((left, is_truth))
    }

    fn operator(&mut self, operators: &[(&'static str, &'static str)]) -> Option<&'static str> {
        let found = operators.iter().find(|(sign, word)| self.reader.take(sign) || self.reader.take_word(word));
        found.map(|(sign, _)| *sign)
    }

    fn check(&self, (found, expected): (bool, bool), (line, column): (usize, usize)) -> Result<(), Mistake> {
        if found == expected {
            return Ok(());
        }
        Err(Mistake { line, column, what: format!("{} was expected, not {}", sort(expected), sort(found)) })
    }

    fn unary(&mut self) -> Read {
        let at = (self.reader.line(), self.reader.column());
        if self.reader.take("!") || self.reader.take_word("not") {
            // It binds weaker than a comparison: `not v == 1`.
            let (tree, is_truth) = self.binary(2)?;
            self.check((is_truth, true), at)?;
            return Ok((Tree::Not(Box::new(tree)), true));
        }
        if self.reader.take("-") {
            let (tree, is_truth) = self.unary()?;
            self.check((is_truth, false), at)?;
            return Ok((Tree::Minus(Box::new(tree)), false));
        }
        if self.reader.take("(") {
            let inner = self.binary(0)?;
            self.reader.need(")")?;
            return Ok(inner);
        }
        self.atom()
    }

    fn atom(&mut self) -> Read {
        if let Some(Token::Number(number)) = self.reader.peek() {
            self.reader.skip();
            return Ok((Tree::Number(*number), false));
        }
        let Some(Token::Word(word)) = self.reader.peek() else { return Err(self.reader.expected("a value")) };
        let next = self.reader.peek_on();
        if next == Some(&Token::Sign("(")) {
            return self.call(word);
        }
        if next == Some(&Token::Sign(".")) {
            return self.other(word);
        }
        if ["true", "false"].contains(&word.as_str()) {
            self.reader.skip();
            return Ok((Tree::Number(i64::from(word == "true")), true));
        }
        if let Some(place) = self.names.variables.iter().position(|name| name == word).filter(|_| self.names.is_local) {
            self.reader.skip();
            return Ok((Tree::Variable(Whose::Own, place), self.names.truths[place]));
        }
        if self.names.given.contains(word) {
            self.reader.skip();
            return Ok((Tree::Given(word.clone()), false));
        }
        let mut known: Vec<&str> = self.names.given.iter().map(String::as_str).collect();
        if self.names.is_local {
            known.extend(self.names.variables.iter().map(String::as_str));
        }
        Err(self.reader.expected(&format!("one of {}", known.join(", "))))
    }

    /// What belongs to another process.
    fn other(&mut self, word: &str) -> Read {
        let whose = match word {
            "left" if self.names.is_local => Whose::Left,
            "right" if self.names.is_local => Whose::Right,
            _ if self.names.bound.iter().any(|name| name == word) => Whose::Named(word.to_owned()),
            _ => {
                let mut known = self.names.bound.clone();
                known.extend(self.names.is_local.then(|| "left, right".to_owned()));
                return Err(self.reader.expected(&format!("a process ({})", known.join(", "))));
            }
        };
        self.reader.skip();
        self.reader.need(".")?;
        let column = self.reader.column();
        let name = self.reader.word("a variable")?;
        if let Some(place) = self.names.variables.iter().position(|known| *known == name) {
            return Ok((Tree::Variable(whose, place), self.names.truths[place]));
        }
        match (whose, name.as_str()) {
            (Whose::Named(other), "place") if self.names.is_local => Ok((Tree::Place(other), false)),
            (Whose::Named(other), "back") if self.names.is_local => Ok((Tree::Back(other), false)),
            (Whose::Named(other), "id") => Ok((Tree::Id(other), false)),
            _ => {
                let known = self.names.variables.join(", ");
                let what = format!("one of {known} was expected, not {name:?}");
                Err(Mistake { line: self.reader.line(), column, what })
            }
        }
    }

    fn call(&mut self, word: &str) -> Read {
        let fold = match word {
            "any" => Fold::Any,
            "all" => Fold::All,
            "count" => Fold::Count,
            "min" => Fold::Min,
            "max" => Fold::Max,
            "sum" => Fold::Sum,
            "if" => return self.choice(),
            _ => return Err(self.reader.expected("any, all, count, min, max, sum or if")),
        };
        self.reader.skip();
        self.reader.need("(")?;
        let name = self.reader.word("a name for each process")?;
        self.reader.need(":")?;
        let at = (self.reader.line(), self.reader.column());
        self.names.bound.push(name.clone());
        let inner = self.binary(0);
        self.names.bound.pop();
        let (tree, is_truth) = inner?;
        self.reader.need(")")?;
        self.check((is_truth, matches!(fold, Fold::Any | Fold::All | Fold::Count)), at)?;
        Ok((Tree::Over(fold, name, Box::new(tree)), matches!(fold, Fold::Any | Fold::All)))
    }

    fn choice(&mut self) -> Read {
        self.reader.skip();
        self.reader.need("(")?;
        let at = (self.reader.line(), self.reader.column());
        let (condition, is_truth) = self.binary(0)?;
        self.check((is_truth, true), at)?;
        self.reader.need(",")?;
        let (yes, is_truth) = self.binary(0)?;
        self.reader.need(",")?;
        let at = (self.reader.line(), self.reader.column());
        let (no, other) = self.binary(0)?;
        self.check((other, is_truth), at)?;
        self.reader.need(")")?;
        Ok((Tree::If(Box::new([condition, yes, no])), is_truth))
    }
}
