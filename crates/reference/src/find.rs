//! From a path, as people write it, to a field.

use std::collections::BTreeSet;

use evenkeel_object::Problem;
use evenkeel_object::spelling::closest;

use crate::reference::{Reference, all};
use crate::{Field, Shape};

/// What a path leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// In which document.
    pub reference: &'static Reference,
    /// The fields on the way, the last of which is the one that was asked for; none if it is the document itself.
    pub way: Vec<&'static Field>,
}

/// Follows a path like `scenario.appliers.mode`; `spec` and the brackets of lists may be there or not.
pub fn find(path: &str) -> Result<Found, Box<Problem>> {
    let mut names = path.split('.').map(|name| name.split('[').next().unwrap_or(name)).filter(|name| !name.is_empty());
    let kind = names.next().unwrap_or("");
    let named = all().into_iter().find(|reference| reference.kind.eq_ignore_ascii_case(kind));
    let mut found = Found { reference: named.ok_or_else(|| unknown_document(path, kind))?, way: Vec::new() };
    for name in names {
        match found.next(name) {
            Some(next) => found.way.extend(next),
            None => return Err(unknown_field(path, name, &found)),
        }
    }
    Ok(found)
}

impl Found {
    /// The fields below it.
    pub fn fields(&self) -> &'static [Field] {
        self.way.last().map_or(&self.reference.fields, |field| &field.fields)
    }

    /// The way to the field below it that is called so.
    fn next(&self, name: &str) -> Option<Vec<&'static Field>> {
        let among = |fields: &'static [Field], name: &str| fields.iter().find(|field| field.name == name);
        if let Some(field) = among(self.fields(), name) {
            return Some(vec![field]);
        }
        let spec = among(self.fields(), "spec").filter(|_| self.way.is_empty())?;
        Some(vec![spec, among(&spec.fields, name)?])
    }

    /// Where it is within the document: `spec.appliers[].mode`.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for (at, field) in self.way.iter().enumerate() {
            path += &field.name;
            if at + 1 < self.way.len() {
                path += if matches!(field.shape, Shape::List(_)) { "[]." } else { "." };
            }
        }
        path
    }
}

fn unknown_document(path: &str, kind: &str) -> Box<Problem> {
    let kinds: Vec<String> = all().iter().map(|reference| reference.kind.to_lowercase()).collect();
    let known: BTreeSet<&str> = kinds.iter().map(String::as_str).collect();
    let problem = Problem::new(&path.into(), "there is no such document");
    let found = if kind.is_empty() { "nothing" } else { kind };
    Box::new(hinted(problem.instead(found, format!("one of {}", kinds.join(", "))), kind, &known))
}

fn unknown_field(path: &str, name: &str, found: &Found) -> Box<Problem> {
    let outer = if found.way.is_empty() { found.reference.kind.clone() } else { found.path() };
    // Who says nothing of spec most often means a field of it.
    let spec = if found.way.is_empty() { found.reference.spec() } else { &[] };
    let names: Vec<&str> = found.fields().iter().chain(spec).map(|field| &*field.name).collect();
    let problem = Problem::new(&path.into(), format!("{outer} has no field {name}"));
    let expected = match found.way.last() {
        Some(field) if names.is_empty() => format!("nothing below {outer}: it is a {}", field.shape),
        _ => format!("one of {}", names.join(", ")),
    };
    Box::new(hinted(problem.instead(name, expected), name, &names.into_iter().collect()))
}

/// The problem, with the known name that is most like the one that was found, if one is.
fn hinted(problem: Problem, name: &str, known: &BTreeSet<&str>) -> Problem {
    match closest(name, known) {
        Some(known) => problem.hint(format!("did you mean {known}?")),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    fn check(path: &str, expected: &str) {
        let found = match find(path) {
            Ok(found) => format!("{} {}", found.reference.kind, found.path()),
            Err(problem) => format!("{problem} {}", problem.hint.as_deref().unwrap_or("")),
        };
        assert!(found.trim().starts_with(expected), "{path}: {found}");
    }

    #[test]
    fn spec_and_brackets_may_be_left_out() {
        check("scenario", "Scenario");
        check("Scenario.spec.appliers", "Scenario spec.appliers");
        check("scenario.appliers.mode", "Scenario spec.appliers[].mode");
        check("scenario.spec.appliers[0].mode", "Scenario spec.appliers[].mode");
        check("scenario.metadata.name", "Scenario metadata.name");
        check("controllermodel.rules.apply.owned", "ControllerModel spec.rules[].apply.owned");
    }

    #[test]
    fn what_is_not_known_is_told_with_what_is() {
        check("scenari.spec", "scenari.spec: there is no such document (found scenari, expected one of scenario, ");
        check("", ": there is no such document (found nothing, expected one of scenario, controllermodel)");
        check("scenario.appliers.selfheal", "scenario.appliers.selfheal: spec.appliers has no field selfheal");
        check(
            "scenario.fault",
            "scenario.fault: Scenario has no field fault (found fault, expected one of apiVersion,",
        );
        check(
            "scenario.expect.word",
            "scenario.expect.word: spec.expect has no field word (found word, expected nothing below spec.expect: it is a word)",
        );
        let hint = find("scenario.appliers.selfheal").expect_err("it is misspelt").hint;
        assert_eq!(hint.as_deref(), Some("did you mean selfHeal?"));
    }
}
