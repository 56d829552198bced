//! From the text of an expression to its tree.

use std::sync::Arc;

use kube_cel::cel::Value;
use kube_cel::cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, MapExpr, StructExpr, operators,
};
use kube_cel::cel::parser::Parser;

use super::datum::Datum;
use super::library::{Known, function, is_namespace, known};
use super::program::CompileError;
use super::text::{place_of, signs_paired};
use super::tree::{Each, Goal, Item, Operator, Tree, With};

/// The tree of an expression.
pub(super) fn parse(text: &str, makes: Makes) -> Result<Tree, CompileError> {
    // The parser panics at a limit of its own, so it has none; how deep a text is was looked at before.
    let parser = Parser::new().enable_optional_syntax(true).max_recursion_depth(u16::MAX);
    let parsed = parser.parse(&signs_paired(text)).map_err(|errors| {
        let first = errors.errors.first();
        let (line, column) = first.map_or((1, 1), |error| error.pos);
        CompileError {
            message: first.map_or_else(String::new, |error| error.msg.clone()),
            line: usize::try_from(line).unwrap_or(1).max(1),
            column: usize::try_from(column).unwrap_or(1).max(1),
            gap: false,
        }
    })?;
    let mut lowering = Lowering { bound: Vec::new(), makes };
    lowering.tree(&parsed).map_err(|problem| {
        let (line, column) = place_of(text, &problem.word);
        CompileError { message: problem.message, line, column, gap: problem.gap }
    })
}

/// What an expression may make.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Makes {
    /// Values.
    Values,
    /// Objects and operations of a patch, too.
    Objects,
}

/// The types of the objects that are made right there, or are items of a list that is.
fn made_in(expression: &IdedExpr) -> impl Iterator<Item = &str> {
    let items = match &expression.expr {
        Expr::List(list) => &list.elements[..],
        _ => std::slice::from_ref(expression),
    };
    items.iter().filter_map(|item| match &item.expr {
        Expr::Struct(object) => Some(object.type_name.as_str()),
        _ => None,
    })
}

/// What is wrong with an expression, and the word in it that is to blame.
struct Problem {
    message: String,
    word: String,
    gap: bool,
}

/// Turns the parser's tree into ours.
struct Lowering {
    bound: Vec<Arc<str>>,
    makes: Makes,
}

impl Lowering {
    fn tree(&mut self, expression: &IdedExpr) -> Result<Tree, Problem> {
        match &expression.expr {
            Expr::Literal(literal) => constant(literal),
            Expr::Ident(name) => Ok(self.name(name)),
            Expr::Select(select) => {
                let of = Box::new(self.tree(&select.operand)?);
                let field = Arc::from(select.field.trim_matches('`'));
                Ok(match select.test {
                    true => Tree::Has(of, field),
                    false => Tree::Select(of, field),
                })
            }
            Expr::List(list) => self.list(list),
            Expr::Map(map) => self.map(map),
            Expr::Comprehension(walk) => self.walk(walk),
            Expr::Call(call) => self.call(call),
            Expr::Struct(object) => self.object(object),
            Expr::Unspecified => Err(wrong("Syntax error".to_string(), "")),
        }
    }

    fn name(&self, name: &str) -> Tree {
        match type_named(name).filter(|_| !self.is_bound(name)) {
            Some(name) => Tree::Literal(Datum::Type(name)),
            None => Tree::Name(name.into()),
        }
    }

    fn is_bound(&self, name: &str) -> bool {
        self.bound.iter().any(|bound| **bound == *name)
    }

    fn list(&mut self, list: &ListExpr) -> Result<Tree, Problem> {
        let mut items = Vec::new();
        for (index, element) in list.elements.iter().enumerate() {
            let optional = list.optional_indices.contains(&index);
            items.push(Item { tree: self.tree(element)?, optional });
        }
        Ok(Tree::List(items))
    }

    fn map(&mut self, map: &MapExpr) -> Result<Tree, Problem> {
        let mut entries = Vec::new();
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else {
                return Err(wrong("Syntax error".to_string(), ""));
            };
            let key = self.tree(&entry.key)?;
            let item = Item { tree: self.tree(&entry.value)?, optional: entry.optional };
            entries.push((key, item));
        }
        Ok(Tree::Map(entries))
    }

    /// An object, as a map. Its type says where it belongs: what is in the field `spec` of an `Object` is an `Object.spec`.
    fn object(&mut self, object: &StructExpr) -> Result<Tree, Problem> {
        let name = &object.type_name;
        let is_object = |name: &str| name == "Object" || name.starts_with("Object.");
        if self.makes == Makes::Values {
            return Err(missing(&format!("an object of type {name}"), name));
        }
        if !(is_object(name) || name == "JSONPatch") {
            return Err(wrong(format!("undeclared reference to '{name}' (in container '')"), name));
        }
        let mut entries = Vec::new();
        for entry in &object.entries {
            let EntryExpr::StructField(field) = &entry.expr else {
                return Err(wrong("Syntax error".to_string(), name));
            };
            let own = format!("{name}.{}", field.field);
            let fits = |found: &str| if name == "JSONPatch" { is_object(found) } else { found == own };
            if let Some(other) = made_in(&field.value).find(|found| !fits(found)) {
                return Err(missing(&format!("an object of type {other} in the place of {own}"), other));
            }
            let key = Tree::Literal(Datum::from(evenkeel_object::Value::from(field.field.trim_matches('`'))));
            entries.push((key, Item { tree: self.tree(&field.value)?, optional: field.optional }));
        }
        Ok(Tree::Map(entries))
    }

    /// A macro with one variable, which the parser has already spelled out; how it begins tells which.
    fn walk(&mut self, walk: &ComprehensionExpr) -> Result<Tree, Problem> {
        let Expr::Call(step) = &walk.loop_step.expr else {
            return Err(missing("this macro", &walk.iter_var));
        };
        let nth = |index: usize| step.args.get(index);
        let (goal, filter, body) = match &walk.accu_init.expr {
            Expr::Literal(LiteralValue::Boolean(_)) => {
                let goal = match step.func_name == operators::LOGICAL_AND {
                    true => Goal::All,
                    false => Goal::Exists,
                };
                (goal, None, nth(1))
            }
            Expr::Literal(_) => (Goal::ExistsOne, None, nth(0)),
            _ if step.func_name == operators::CONDITIONAL => (Goal::List, nth(0), nth(1).and_then(added)),
            _ => (Goal::List, None, added(&walk.loop_step)),
        };
        let Some(body) = body else {
            return Err(missing("this macro", &walk.iter_var));
        };
        let second = walk.iter_var2.as_deref();
        self.each(goal, &walk.iter_range, (&walk.iter_var, second), filter, body)
    }

    fn each(
        &mut self,
        goal: Goal,
        range: &IdedExpr,
        (first, second): (&str, Option<&str>),
        filter: Option<&IdedExpr>,
        body: &IdedExpr,
    ) -> Result<Tree, Problem> {
        let range = self.tree(range)?;
        let (first, second): (Arc<str>, Option<Arc<str>>) = (first.into(), second.map(Arc::from));
        let depth = self.bound.len();
        self.bound.push(first.clone());
        self.bound.extend(second.clone());
        let filter = filter.map(|filter| self.tree(filter)).transpose();
        let body = self.tree(body);
        self.bound.truncate(depth);
        Ok(Tree::Each(Box::new(Each { goal, range, first, second, filter: filter?, body: body? })))
    }

    fn call(&mut self, call: &CallExpr) -> Result<Tree, Problem> {
        if let Some(tree) = self.operator(call)? {
            return Ok(tree);
        }
        if let Some(target) = &call.target
            && let Some(tree) = self.macro_of(target, call)?
        {
            return Ok(tree);
        }
        let (name, target) = match call.target.as_deref() {
            Some(IdedExpr { expr: Expr::Ident(prefix), .. })
                if is_namespace(prefix)
                    && !self.is_bound(prefix)
                    && known(&format!("{prefix}.{}", call.func_name)) != Known::Nowhere =>
            {
                (format!("{prefix}.{}", call.func_name), None)
            }
            target => (call.func_name.clone(), target),
        };
        match known(&name) {
            Known::Here => {}
            Known::Elsewhere => {
                return Err(missing(&format!("the function {name}"), &call.func_name));
            }
            Known::Nowhere => {
                let message = format!("undeclared reference to '{name}' (in container '')");
                return Err(wrong(message, &call.func_name));
            }
        }
        let arguments: Result<Vec<Tree>, Problem> =
            target.into_iter().chain(&call.args).map(|tree| self.tree(tree)).collect();
        let arguments = arguments?;
        Ok(Tree::Call(function(&name, target.is_some(), arguments.len()), arguments))
    }

    fn operator(&mut self, call: &CallExpr) -> Result<Option<Tree>, Problem> {
        let name = call.func_name.as_str();
        Ok(Some(match (name, &call.args[..]) {
            (operators::CONDITIONAL, [condition, yes, no]) => {
                Tree::If(Box::new([self.tree(condition)?, self.tree(yes)?, self.tree(no)?]))
            }
            (operators::LOGICAL_AND, [left, right]) => Tree::And(self.pair(left, right)?),
            (operators::LOGICAL_OR, [left, right]) => Tree::Or(self.pair(left, right)?),
            (operators::INDEX, [of, at]) => Tree::Index(self.pair(of, at)?),
            (operators::OPT_INDEX, [of, at]) => Tree::MaybeIndex(self.pair(of, at)?),
            (operators::LOGICAL_NOT, [of]) => Tree::Not(Box::new(self.tree(of)?)),
            (operators::NEGATE, [of]) => Tree::Negate(Box::new(self.tree(of)?)),
            (operators::OPT_SELECT, [of, field]) => {
                let of = Box::new(self.tree(of)?);
                let Tree::Literal(field) = self.tree(field)? else {
                    return Err(wrong("Syntax error".to_string(), ""));
                };
                let field = field.text().map_or("", |field| field.trim_matches('`'));
                Tree::Maybe(of, field.into())
            }
            (name, [left, right]) => match operator_of(name) {
                Some(operator) => Tree::Operate(operator, self.pair(left, right)?),
                None => return Ok(None),
            },
            _ => return Ok(None),
        }))
    }

    fn pair(&mut self, left: &IdedExpr, right: &IdedExpr) -> Result<Box<[Tree; 2]>, Problem> {
        Ok(Box::new([self.tree(left)?, self.tree(right)?]))
    }

    /// The macros that the parser leaves as they are: those with two variables, `sortBy`, `optMap`.
    fn macro_of(&mut self, target: &IdedExpr, call: &CallExpr) -> Result<Option<Tree>, Problem> {
        let name = call.func_name.as_str();
        if let ("optMap" | "optFlatMap", [variable, body]) = (name, &call.args[..]) {
            return self.with(target, variable, body, name == "optFlatMap").map(Some);
        }
        if let ("sortBy", [item, key]) = (name, &call.args[..]) {
            let item = ident(item).ok_or_else(|| not_a_name(name))?;
            return self.each(Goal::SortBy, target, (item, None), None, key).map(Some);
        }
        let goal = match (name, call.args.len()) {
            ("all", 3) => Goal::All,
            ("exists", 3) => Goal::Exists,
            ("existsOne" | "exists_one", 3) => Goal::ExistsOne,
            ("transformList", 3 | 4) => Goal::List,
            ("transformMap", 3 | 4) => Goal::MapValues,
            ("transformMapEntry", 3 | 4) => Goal::MapEntries,
            _ => return Ok(None),
        };
        let (filter, body) = match &call.args[2..] {
            [filter, body] => (Some(filter), body),
            rest => (None, &rest[0]),
        };
        let first = ident(&call.args[0]).ok_or_else(|| not_a_name(name))?;
        let second = ident(&call.args[1]).ok_or_else(|| not_a_name(name))?;
        self.each(goal, target, (first, Some(second)), filter, body).map(Some)
    }

    fn with(&mut self, optional: &IdedExpr, variable: &IdedExpr, body: &IdedExpr, flat: bool) -> Result<Tree, Problem> {
        let name = ident(variable).ok_or_else(|| not_a_name("optMap"))?;
        let name: Arc<str> = name.into();
        let optional = self.tree(optional)?;
        self.bound.push(name.clone());
        let body = self.tree(body);
        self.bound.pop();
        Ok(Tree::With(Box::new(With { optional, name, body: body?, flat })))
    }
}

/// A gap of ours.
fn missing(what: &str, word: &str) -> Problem {
    let message = format!("{what} is not supported by evenkeel");
    Problem { message, word: word.to_string(), gap: true }
}

/// A mistake.
fn wrong(message: String, word: &str) -> Problem {
    Problem { message, word: word.to_string(), gap: false }
}

fn not_a_name(word: &str) -> Problem {
    wrong("argument must be a simple name".to_string(), word)
}

fn ident(expression: &IdedExpr) -> Option<&str> {
    match &expression.expr {
        Expr::Ident(name) => Some(name),
        _ => None,
    }
}

/// What `@result + [body]` adds.
fn added(step: &IdedExpr) -> Option<&IdedExpr> {
    let Expr::Call(step) = &step.expr else {
        return None;
    };
    match &step.args.get(1)?.expr {
        Expr::List(list) => list.elements.first(),
        _ => None,
    }
}

fn constant(literal: &LiteralValue) -> Result<Tree, Problem> {
    let value = Value::try_from(literal.to_val().as_ref()).map_err(|error| wrong(error.to_string(), ""))?;
    Ok(Tree::Literal(Datum::from(value)))
}

fn operator_of(name: &str) -> Option<Operator> {
    Some(match name {
        operators::ADD => Operator::Add,
        operators::SUBSTRACT => Operator::Subtract,
        operators::MULTIPLY => Operator::Multiply,
        operators::DIVIDE => Operator::Divide,
        operators::MODULO => Operator::Modulo,
        operators::EQUALS => Operator::Equal,
        operators::NOT_EQUALS => Operator::NotEqual,
        operators::LESS => Operator::Less,
        operators::LESS_EQUALS => Operator::LessOrEqual,
        operators::GREATER => Operator::Greater,
        operators::GREATER_EQUALS => Operator::GreaterOrEqual,
        operators::IN => Operator::In,
        _ => return None,
    })
}

fn type_named(name: &str) -> Option<&'static str> {
    const TYPES: [&str; 11] =
        ["bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type", "optional_type"];
    TYPES.into_iter().find(|known| *known == name)
}
