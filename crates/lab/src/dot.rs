//! Undirected graphs in the language of Graphviz: nodes, chains of edges, attributes (which mean nothing here), comments.
//!
//! <https://graphviz.org/doc/info/lang.html>. Subgraphs and ports are refused, not passed over.

type Drawing = (Vec<String>, Vec<(usize, usize)>);

/// The names of the nodes in the order in which they come, and the edges.
pub(crate) fn parse(text: &str) -> Result<Drawing, String> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, at: 0, names: Vec::new(), edges: Vec::new() };
    reader.graph()?;
    Ok((reader.names, reader.edges))
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Word(String),
    Sign(char),
    Edge,
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, String> {
    let mut tokens = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let mut rest = line.split("//").next().unwrap_or_default().trim_start();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || "_.".contains(c);
            let length = if first == '"' {
                let end = rest[1..].find('"').ok_or_else(|| format!("line {number}: a text does not end"))?;
                tokens.push((number, Token::Word(rest[1..=end].to_owned())));
                end + 2
            } else if rest.starts_with("--") || rest.starts_with("->") {
                tokens.push((number, Token::Edge));
                2
            } else if is_word(first) {
                let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                tokens.push((number, Token::Word(rest[..end].to_owned())));
                end
            } else if "{}[];,=".contains(first) {
                tokens.push((number, Token::Sign(first)));
                1
            } else {
                return Err(format!("line {number}: {first:?} is not expected here"));
            };
            rest = rest[length..].trim_start();
        }
    }
    Ok(tokens)
}

struct Reader<'t> {
    tokens: &'t [(usize, Token)],
    at: usize,
    names: Vec<String>,
    edges: Vec<(usize, usize)>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn error(&self, expected: &str) -> String {
        match self.tokens.get(self.at).or(self.tokens.last()) {
            Some((line, token)) if self.at < self.tokens.len() => {
                let found = match token {
                    Token::Word(word) => word.clone(),
                    Token::Sign(sign) => sign.to_string(),
                    Token::Edge => "--".to_owned(),
                };
                format!("line {line}: {expected} was expected, not {found:?}")
            }
            Some((line, _)) => format!("line {line}: {expected} was expected, and the text ends"),
            None => format!("line 1: {expected} was expected, and the text is empty"),
        }
    }

    fn take(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn graph(&mut self) -> Result<(), String> {
        while let Some(Token::Word(_)) = self.peek() {
            self.at += 1;
        }
        if !self.take('{') {
            return Err(self.error("{"));
        }
        while !self.take('}') {
            self.statement()?;
            while self.take(';') {}
        }
        if self.at < self.tokens.len() { Err(self.error("the end of the text")) } else { Ok(()) }
    }

    fn statement(&mut self) -> Result<(), String> {
        if let Some(Token::Word(word)) = self.peek()
            && ["graph", "node", "edge"].contains(&word.as_str())
        {
            self.at += 1;
            return self.attributes();
        }
        let name = self.word()?;
        if self.take('=') {
            self.word()?;
            return Ok(());
        }
        let mut node = self.node(name);
        while self.peek() == Some(&Token::Edge) {
            self.at += 1;
            let name = self.word()?;
            let next = self.node(name);
            self.edges.push((node, next));
            node = next;
        }
        self.attributes()
    }

    fn attributes(&mut self) -> Result<(), String> {
        while self.take('[') {
            while !self.take(']') {
                if self.peek().is_none() {
                    return Err(self.error("]"));
                }
                self.at += 1;
            }
        }
        Ok(())
    }

    fn word(&mut self) -> Result<String, String> {
        let Some(Token::Word(word)) = self.peek() else { return Err(self.error("a name")) };
        let word = word.clone();
        if word == "subgraph" {
            return Err(self.error("a node (subgraphs are not read)"));
        }
        self.at += 1;
        Ok(word)
    }

    fn node(&mut self, name: String) -> usize {
        self.names.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }
}
