//! Expressions as trees, with the macros already recognised.

use std::sync::Arc;

use super::datum::Datum;
use super::library::Function;

/// An expression.
#[derive(Debug)]
pub(super) enum Tree {
    /// A constant.
    Literal(Datum),
    /// A variable.
    Name(Arc<str>),
    /// `of.field`.
    Select(Box<Tree>, Arc<str>),
    /// `has(of.field)`.
    Has(Box<Tree>, Arc<str>),
    /// `of.?field`.
    Maybe(Box<Tree>, Arc<str>),
    /// `of[at]`.
    Index(Box<[Tree; 2]>),
    /// `of[?at]`.
    MaybeIndex(Box<[Tree; 2]>),
    /// `[item, ?item]`.
    List(Vec<Item>),
    /// `{key: value, ?key: value}`.
    Map(Vec<(Tree, Item)>),
    /// `condition ? yes : no`.
    If(Box<[Tree; 3]>),
    /// `left && right`.
    And(Box<[Tree; 2]>),
    /// `left || right`.
    Or(Box<[Tree; 2]>),
    /// `!of`.
    Not(Box<Tree>),
    /// `-of`.
    Negate(Box<Tree>),
    /// Any other operator.
    Operate(Operator, Box<[Tree; 2]>),
    /// A function; the target, if it has one, is the first argument.
    Call(Function, Vec<Tree>),
    /// A macro that walks a list or a map.
    Each(Box<Each>),
    /// `of.optMap(name, body)`, `of.optFlatMap(name, body)`.
    With(Box<With>),
}

/// An item of a list or a value of a map.
#[derive(Debug)]
pub(super) struct Item {
    /// What it is.
    pub(super) tree: Tree,
    /// Whether it is an optional that is left out when it is none.
    pub(super) optional: bool,
}

/// The operators that need both sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

/// A walk over a list or a map.
#[derive(Debug)]
pub(super) struct Each {
    /// What is made of the items.
    pub(super) goal: Goal,
    /// The list or map.
    pub(super) range: Tree,
    /// The item of a list or the key of a map; with `second`, the index or key.
    pub(super) first: Arc<str>,
    /// The item or the value, in the macros that have two variables.
    pub(super) second: Option<Arc<str>>,
    /// Only items for which this is true.
    pub(super) filter: Option<Tree>,
    /// What is computed for each item.
    pub(super) body: Tree,
}

/// What a walk makes of the items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Goal {
    /// Whether the body is true for all.
    All,
    /// Whether it is true for some.
    Exists,
    /// Whether it is true for exactly one.
    ExistsOne,
    /// The list of the results.
    List,
    /// A map from the same keys to the results.
    MapValues,
    /// The results, which are maps, put together.
    MapEntries,
    /// The items, ordered by the results.
    SortBy,
}

/// A body with one more variable, for an optional that has a value.
#[derive(Debug)]
pub(super) struct With {
    /// The optional.
    pub(super) optional: Tree,
    /// The variable.
    pub(super) name: Arc<str>,
    /// What is computed.
    pub(super) body: Tree,
    /// Whether the body is an optional itself.
    pub(super) flat: bool,
}

impl Tree {
    /// Collects the variables that it reads and does not bind itself, in the order of their names.
    pub(super) fn free(&self, bound: &mut Vec<Arc<str>>, found: &mut Vec<Arc<str>>) {
        match self {
            Tree::Literal(_) => {}
            Tree::Name(name) => {
                if !bound.contains(name)
                    && let Err(place) = found.binary_search(name)
                {
                    found.insert(place, name.clone());
                }
            }
            Tree::Each(each) => each.free(bound, found),
            Tree::With(with) => {
                with.optional.free(bound, found);
                bound.push(with.name.clone());
                with.body.free(bound, found);
                bound.pop();
            }
            _ => free_of(self.parts().into_iter(), bound, found),
        }
    }
}

impl Tree {
    /// Whether it reads that field of that variable anywhere. A variable of a macro that has the same name is taken for it.
    pub(super) fn selects(&self, variable: &str, field: &str) -> bool {
        let is_it = match self {
            Tree::Select(of, name) | Tree::Has(of, name) | Tree::Maybe(of, name) => {
                **name == *field && matches!(&**of, Tree::Name(of) if **of == *variable)
            }
            _ => false,
        };
        is_it || self.parts().iter().any(|part| part.selects(variable, field))
    }

    fn parts(&self) -> Vec<&Tree> {
        match self {
            Tree::Literal(_) | Tree::Name(_) => Vec::new(),
            Tree::Select(of, _) | Tree::Has(of, _) | Tree::Maybe(of, _) | Tree::Not(of) | Tree::Negate(of) => vec![of],
            Tree::Index(pair) | Tree::MaybeIndex(pair) | Tree::And(pair) | Tree::Or(pair) | Tree::Operate(_, pair) => {
                pair.iter().collect()
            }
            Tree::If(three) => three.iter().collect(),
            Tree::List(items) => items.iter().map(|item| &item.tree).collect(),
            Tree::Map(entries) => entries.iter().flat_map(|(key, item)| [key, &item.tree]).collect(),
            Tree::Call(_, arguments) => arguments.iter().collect(),
            Tree::Each(each) => [&each.range, &each.body].into_iter().chain(&each.filter).collect(),
            Tree::With(with) => vec![&with.optional, &with.body],
        }
    }
}

impl Each {
    fn free(&self, bound: &mut Vec<Arc<str>>, found: &mut Vec<Arc<str>>) {
        self.range.free(bound, found);
        let depth = bound.len();
        bound.push(self.first.clone());
        bound.extend(self.second.clone());
        free_of(self.filter.iter().chain([&self.body]), bound, found);
        bound.truncate(depth);
    }
}

fn free_of<'t>(trees: impl Iterator<Item = &'t Tree>, bound: &mut Vec<Arc<str>>, found: &mut Vec<Arc<str>>) {
    for tree in trees {
        tree.free(bound, found);
    }
}
