//! The macros that walk a list or a map: `all`, `exists`, `exists_one`, `map`, `filter`, those with two variables, `sortBy`.

use std::cmp::Ordering;

use super::datum::Datum;
use super::evaluate::{Fault, Scope};
use super::operate::order;
use super::tree::{Each, Goal, Tree};

/// What the walk comes to.
pub(super) fn each(scope: &mut Scope<'_>, walk: &Each) -> Result<Datum, Fault> {
    let steps = steps(&scope.evaluate(&walk.range)?, walk.second.is_some())?;
    match walk.goal {
        Goal::All => decide(scope, walk, &steps, false),
        Goal::Exists => decide(scope, walk, &steps, true),
        Goal::ExistsOne => {
            let mut n_true = 0;
            for step in &steps {
                if bound(scope, walk, step, |scope| scope.truth(&walk.body))? {
                    n_true += 1;
                }
            }
            Ok(Datum::from(n_true == 1))
        }
        Goal::List => {
            let results = results(scope, walk, &steps)?;
            Ok(Datum::list(results.into_iter().map(|(_, datum)| datum).collect()))
        }
        Goal::MapValues => {
            let results = results(scope, walk, &steps)?;
            Ok(Datum::map(results.into_iter().map(|(step, datum)| (step.first.clone(), datum)).collect()))
        }
        Goal::MapEntries => {
            let mut entries: Vec<(Datum, Datum)> = Vec::new();
            for (_, datum) in results(scope, walk, &steps)? {
                entries.extend(datum.entries().ok_or_else(Fault::no_overload)?);
            }
            Ok(Datum::map(entries))
        }
        Goal::SortBy => sorted(results(scope, walk, &steps)?),
    }
}

/// One step of a walk: what its variables are bound to.
struct Step {
    first: Datum,
    second: Option<Datum>,
}

/// The steps: items of a list, keys of a map; with two variables index and item, key and value.
fn steps(range: &Datum, two: bool) -> Result<Vec<Step>, Fault> {
    if let Some(items) = range.items() {
        let items = items.into_iter().enumerate();
        return Ok(items
            .map(|(index, item)| match two {
                true => Step {
                    first: Datum::int(i64::try_from(index).expect("a list is shorter than 2^63")),
                    second: Some(item),
                },
                false => Step { first: item, second: None },
            })
            .collect());
    }
    let entries = range.entries().ok_or_else(Fault::no_overload)?;
    Ok(entries.into_iter().map(|(key, value)| Step { first: key, second: two.then_some(value) }).collect())
}

fn bound<T>(
    scope: &mut Scope<'_>,
    walk: &Each,
    step: &Step,
    compute: impl FnOnce(&mut Scope<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let depth = scope.bound.len();
    scope.bound.push((walk.first.clone(), step.first.clone()));
    if let (Some(name), Some(datum)) = (&walk.second, &step.second) {
        scope.bound.push((name.clone(), datum.clone()));
    }
    let result = compute(scope);
    scope.bound.truncate(depth);
    result
}

/// `all` (`decisive` is false) and `exists` (true): one decisive item is enough, even if others are errors.
fn decide(scope: &mut Scope<'_>, walk: &Each, steps: &[Step], decisive: bool) -> Result<Datum, Fault> {
    let mut fault = None;
    for step in steps {
        match bound(scope, walk, step, |scope| scope.truth(&walk.body)) {
            Ok(truth) if truth == decisive => return Ok(Datum::from(decisive)),
            Ok(_) => {}
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    fault.map_or(Ok(Datum::from(!decisive)), Err)
}

/// The results of the body, for the steps that the filter lets through.
fn results<'s>(scope: &mut Scope<'_>, walk: &Each, steps: &'s [Step]) -> Result<Vec<(&'s Step, Datum)>, Fault> {
    let chosen = |scope: &mut Scope<'_>, filter: &Option<Tree>| match filter {
        Some(filter) => scope.truth(filter),
        None => Ok(true),
    };
    let mut results = Vec::new();
    for step in steps {
        let result = bound(scope, walk, step, |scope| {
            Ok(match chosen(scope, &walk.filter)? {
                true => Some(scope.evaluate(&walk.body)?),
                false => None,
            })
        })?;
        results.extend(result.map(|datum| (step, datum)));
    }
    Ok(results)
}

/// The items in the order of their keys.
fn sorted(mut keyed: Vec<(&Step, Datum)>) -> Result<Datum, Fault> {
    let mut fault = None;
    keyed.sort_by(|(_, left), (_, right)| {
        order(left, right).unwrap_or_else(|error| {
            fault = Some(error);
            Ordering::Equal
        })
    });
    match fault {
        Some(fault) => Err(fault),
        None => Ok(Datum::list(keyed.into_iter().map(|(step, _)| step.first.clone()).collect())),
    }
}
