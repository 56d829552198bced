//! From text to a script. Each line is read by itself, so that all mistakes are found at once.

use super::Mistake;
use super::expression::{Expression, Names};
use super::token::{Reader, Token, tokens};

/// An algorithm as it is written.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Parameters with their defaults.
    pub(crate) parameters: Vec<(String, Expression)>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) legitimate: Vec<Legitimate>,
}

#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) is_truth: bool,
    /// The least and the greatest value; none for truth values.
    pub(crate) bounds: Option<[Expression; 2]>,
}

/// What some processes do.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) who: Who,
    pub(crate) actions: Vec<Action>,
    pub(crate) line: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    One(usize),
    Last,
    /// Those that no other block names.
    Others,
}

#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) name: String,
    /// A neighbour, each of which makes an action of its own.
    pub(crate) each: Option<String>,
    pub(crate) guard: Expression,
    pub(crate) assignments: Vec<(usize, Expression)>,
}

#[derive(Debug)]
pub(crate) struct Legitimate {
    /// Whether it has to hold at each process.
    pub(crate) is_local: bool,
    pub(crate) expression: Expression,
}

/// The most actions that a process can have.
const ACTIONS_MAX: usize = 8;

/// Reads a script; otherwise all that is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Script, Vec<Mistake>> {
    let mut parser = Parser { script: Script::default(), mistakes: Vec::new() };
    for (line, text) in (1..).zip(text.lines()) {
        if let Err(mistake) = parser.line(text, line) {
            parser.mistakes.push(mistake);
        }
    }
    let script = parser.script;
    if parser.mistakes.is_empty() {
        let last = text.lines().count().max(1);
        let mut need = |is_there: bool, what: &str| {
            if !is_there {
                parser.mistakes.push(Mistake { line: last, column: 1, what: what.to_owned() });
            }
        };
        need(!script.variables.is_empty(), "a variable was expected somewhere: var v : 0..k-1");
        need(!script.blocks.is_empty(), "what processes do was expected somewhere: process all:");
        need(!script.legitimate.is_empty(), "what is legitimate was expected somewhere: legitimate: enabled == 0");
    }
    if parser.mistakes.is_empty() { Ok(script) } else { Err(parser.mistakes) }
}

struct Parser {
    script: Script,
    mistakes: Vec<Mistake>,
}

impl Parser {
    fn line(&mut self, text: &str, line: usize) -> Result<(), Mistake> {
        let tokens = tokens(text, line)?;
        let end = text.split('#').next().unwrap_or_default().trim_end().chars().count() + 1;
        let reader = &mut Reader::new(&tokens, line, end);
        if reader.peek().is_none() {
            return Ok(());
        }
        let is_indented = text.starts_with(char::is_whitespace);
        if is_indented {
            self.action(reader)?;
        } else if reader.take_word("param") {
            self.parameter(reader)?;
        } else if reader.take_word("var") {
            self.variable(reader)?;
        } else if reader.take_word("process") {
            self.block(reader)?;
        } else if reader.take_word("legitimate") {
            self.legitimate(reader)?;
        } else {
            return Err(reader.expected("param, var, process, legitimate, or an action that is indented"));
        }
        reader.finish()
    }

    fn parameter(&mut self, reader: &mut Reader<'_>) -> Result<(), Mistake> {
        let name = self.new_name(reader, "a parameter")?;
        reader.need("=")?;
        let default = self.expression(reader, (false, false), &["n"], &[])?;
        self.script.parameters.push((name, default));
        Ok(())
    }

    fn variable(&mut self, reader: &mut Reader<'_>) -> Result<(), Mistake> {
        let name = self.new_name(reader, "a variable")?;
        reader.need(":")?;
        let bounds = if reader.take_word("bool") {
            None
        } else {
            let least = self.expression(reader, (false, false), &["n", "degree", "id"], &[])?;
            reader.need("..")?;
            Some([least, self.expression(reader, (false, false), &["n", "degree", "id"], &[])?])
        };
        self.script.variables.push(Variable { name, is_truth: bounds.is_none(), bounds });
        Ok(())
    }

    /// A name that means nothing yet.
    fn new_name(&self, reader: &mut Reader<'_>, what: &str) -> Result<String, Mistake> {
        let mistake = reader.mistake("this name means something already".to_owned());
        let name = reader.word(&format!("the name of {what}"))?;
        let reserved = [
            "n",
            "id",
            "degree",
            "enabled",
            "privileges",
            "left",
            "right",
            "true",
            "false",
            "and",
            "or",
            "not",
            "if",
            "bool",
        ];
        let parameters = self.script.parameters.iter().map(|(name, _)| name);
        let mut known = parameters.chain(self.script.variables.iter().map(|variable| &variable.name));
        let is_taken = reserved.contains(&name.as_str()) || known.any(|known| *known == name);
        if is_taken { Err(mistake) } else { Ok(name) }
    }

    fn block(&mut self, reader: &mut Reader<'_>) -> Result<(), Mistake> {
        let who = match reader.peek() {
            Some(Token::Number(number)) => Who::One(*number as usize),
            Some(Token::Word(word)) if word == "last" => Who::Last,
            Some(Token::Word(word)) if ["others", "all"].contains(&word.as_str()) => Who::Others,
            _ => return Err(reader.expected("the number of a process, last, others or all")),
        };
        if self.script.blocks.iter().any(|block| block.who == who) {
            return Err(reader.mistake("there is a block for these already".to_owned()));
        }
        reader.skip();
        reader.need(":")?;
        self.script.blocks.push(Block { who, actions: Vec::new(), line: reader.line() });
        Ok(())
    }

    fn action(&mut self, reader: &mut Reader<'_>) -> Result<(), Mistake> {
        let name = reader.word("the name of an action")?;
        let each = if reader.take_word("for") { Some(reader.word("a name for each neighbour")?) } else { None };
        reader.need(":")?;
        let bound: Vec<String> = each.iter().cloned().collect();
        let given = ["n", "id", "degree"];
        let guard = self.expression(reader, (true, true), &given, &bound)?;
        reader.need("->")?;
        let mut assignments: Vec<(usize, Expression)> = Vec::new();
        loop {
            let known =
                || self.script.variables.iter().map(|variable| variable.name.as_str()).collect::<Vec<_>>().join(", ");
            let unknown = reader.expected(&format!("one of the variables {}", known()));
            let twice = reader.mistake("this variable is written already".to_owned());
            let variable = reader.word("a variable")?;
            let place = self.script.variables.iter().position(|other| other.name == variable).ok_or(unknown)?;
            if assignments.iter().any(|(other, _)| *other == place) {
                return Err(twice);
            }
            reader.need(":=")?;
            let is_truth = self.script.variables[place].is_truth;
            assignments.push((place, self.expression(reader, (is_truth, true), &given, &bound)?));
            if !reader.take(",") {
                break;
            }
        }
        let mistake = |what: &str| Mistake { line: reader.line(), column: 1, what: what.to_owned() };
        let block =
            self.script.blocks.last_mut().ok_or_else(|| mistake("a process was expected before its actions"))?;
        if block.actions.len() == ACTIONS_MAX {
            return Err(mistake("a process has at most eight actions"));
        }
        block.actions.push(Action { name, each, guard, assignments });
        Ok(())
    }

    fn legitimate(&mut self, reader: &mut Reader<'_>) -> Result<(), Mistake> {
        let is_local = reader.take_word("each");
        reader.need(":")?;
        let given: &[&str] = if is_local { &["n", "id", "degree"] } else { &["n", "enabled", "privileges"] };
        let expression = self.expression(reader, (true, is_local), given, &[])?;
        self.script.legitimate.push(Legitimate { is_local, expression });
        Ok(())
    }

    /// Reads an expression of a sort; with a process of its own, or without one.
    fn expression(
        &self,
        reader: &mut Reader<'_>,
        (is_truth, is_local): (bool, bool),
        given: &[&str],
        bound: &[String],
    ) -> Result<Expression, Mistake> {
        let variables: Vec<String> = self.script.variables.iter().map(|variable| variable.name.clone()).collect();
        let truths: Vec<bool> = self.script.variables.iter().map(|variable| variable.is_truth).collect();
        let parameters = self.script.parameters.iter().map(|(name, _)| name.clone());
        let given: Vec<String> = given.iter().map(|name| (*name).to_owned()).chain(parameters).collect();
        let mut names =
            Names { variables: &variables, truths: &truths, given: &given, bound: bound.to_vec(), is_local };
        Expression::read(reader, &mut names, is_truth)
    }
}
