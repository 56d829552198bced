//! Words and signs.

use super::Mistake;

/// A piece of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Token {
    Word(String),
    Number(i64),
    Sign(&'static str),
}

/// The longer ones first: `:=` is not `:`.
const SIGNS: [&str; 25] = [
    "->", ":=", "==", "!=", "<=", ">=", "&&", "||", "..", "+", "-", "*", "/", "%", "<", ">", "(", ")", ",", ":", ".",
    "!", "=", "{", "}",
];

/// A token, and the column at which it begins.
pub(crate) type Placed = (usize, Token);

/// The tokens of a line; what follows a `#` is a comment.
pub(crate) fn tokens(text: &str, line: usize) -> Result<Vec<Placed>, Mistake> {
    let text = text.split('#').next().unwrap_or_default();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let column = text[..at].chars().count() + 1;
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let number = rest[..end].parse::<u32>();
            let too_large = |_| Mistake { line, column, what: format!("{} is too large a number", &rest[..end]) };
            tokens.push((column, Token::Number(number.map_err(too_large)?.into())));
            at += end;
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push((column, Token::Word(rest[..end].to_owned())));
            at += end;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push((column, Token::Sign(sign)));
            at += sign.len();
        } else {
            return Err(Mistake { line, column, what: format!("{first:?} means nothing here") });
        }
    }
    Ok(tokens)
}

/// The tokens of one line, one after the other.
pub(crate) struct Reader<'t> {
    tokens: &'t [Placed],
    at: usize,
    line: usize,
    end: usize,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(tokens: &'t [Placed], line: usize, end: usize) -> Reader<'t> {
        Reader { tokens, at: 0, line, end }
    }

    pub(crate) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    /// The one after the next.
    pub(crate) fn peek_on(&self) -> Option<&'t Token> {
        self.tokens.get(self.at + 1).map(|(_, token)| token)
    }

    pub(crate) fn column(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |(column, _)| *column)
    }

    pub(crate) fn line(&self) -> usize {
        self.line
    }

    pub(crate) fn skip(&mut self) {
        self.at += 1;
    }

    /// Takes that sign, if it is the next.
    pub(crate) fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(next)) if *next == sign);
        self.at += usize::from(found);
        found
    }

    /// Takes that word, if it is the next.
    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(next)) if next == word);
        self.at += usize::from(found);
        found
    }

    pub(crate) fn need(&mut self, sign: &str) -> Result<(), Mistake> {
        if self.take(sign) { Ok(()) } else { Err(self.expected(&format!("{sign:?}"))) }
    }

    pub(crate) fn word(&mut self, what: &str) -> Result<String, Mistake> {
        let Some(Token::Word(word)) = self.peek() else { return Err(self.expected(what)) };
        self.at += 1;
        Ok(word.clone())
    }

    pub(crate) fn finish(&self) -> Result<(), Mistake> {
        if self.peek().is_none() { Ok(()) } else { Err(self.expected("the end of the line")) }
    }

    /// That something else was expected here.
    pub(crate) fn expected(&self, what: &str) -> Mistake {
        let found = match self.peek() {
            None => "the line ends".to_owned(),
            Some(Token::Word(word)) => format!("not {word:?}"),
            Some(Token::Number(number)) => format!("not {number}"),
            Some(Token::Sign(sign)) => format!("not {sign:?}"),
        };
        self.mistake(format!("{what} was expected, {found}"))
    }

    pub(crate) fn mistake(&self, what: String) -> Mistake {
        Mistake { line: self.line, column: self.column(), what }
    }
}
