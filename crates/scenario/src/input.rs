//! What was read, sorted: the scenario, what it points at, and the manifests.

use std::collections::BTreeMap;

use evenkeel_api::{custom, policy};
use evenkeel_model::Model;
use evenkeel_object::parse::Document;
use evenkeel_object::{Key, Object, Path, Problem};

use crate::applier::Applier;
use crate::choose;
use crate::demands;
use crate::document::Scenario;
use crate::served::Served;
use crate::steps::Step;

/// A question in objects.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// What is said about it.
    pub scenario: Scenario,
    /// Objects that have settled before everything else is applied.
    pub given: Vec<Object>,
    /// What is applied at the start.
    pub manifests: Vec<Object>,
    /// Who applies what, again and again.
    pub appliers: Vec<(Applier, Vec<Object>)>,
    /// The objects that each step is about.
    pub steps: Vec<Vec<Object>>,
    /// Objects that were there and are deleted when everything is applied.
    pub pruned: Vec<Key>,
    /// Controllers that are data.
    pub models: Vec<Model>,
    /// Objects of kinds that the server does not serve: inert, and not applied.
    pub inert: Vec<Object>,
    /// The inputs, by name, with the number of their objects.
    pub sources: Vec<(String, usize)>,
}

impl Input {
    /// Sorts documents. Everything that is wrong with them is told at once.
    pub fn sort(documents: &[Document]) -> Result<Input, Vec<Problem>> {
        Input::sort_served(documents, &Served::of(documents))
    }

    /// What was applied before, and has settled, and what is then applied. What was there and is not any more is deleted, if it is to be pruned.
    ///
    /// What only the former say beside their manifests (a Scenario, models) holds for both.
    pub fn sort_then(before: &[Document], after: &[Document], prunes: bool) -> Result<Input, Vec<Problem>> {
        let all: Vec<Document> = before.iter().chain(after).cloned().collect();
        let definitions = Served::of(&all);
        let is_said = |document: &&Document| Scenario::is_ours(document) || Model::is(document);
        // A folder and its next version say most things twice; the later word counts.
        let is_repeated = |document: &&Document| {
            let kind = document.value["kind"].text();
            after.iter().filter(is_said).any(|other| {
                other.value["kind"].text() == kind
                    && (kind == "Scenario" || other.value["metadata"]["name"] == document.value["metadata"]["name"])
            })
        };
        let inherited = before.iter().filter(is_said).filter(|document| !is_repeated(document));
        let later: Vec<Document> = after.iter().chain(inherited).cloned().collect();
        let (earlier, later) = (Input::sort_served(before, &definitions), Input::sort_served(&later, &definitions));
        let (earlier, mut later) = match (earlier, later) {
            (Ok(earlier), Ok(later)) => (earlier, later),
            (earlier, later) => {
                let mut problems: Vec<Problem> = [earlier.err(), later.err()].into_iter().flatten().flatten().collect();
                problems.sort();
                problems.dedup();
                return Err(problems);
            }
        };
        later.given = earlier.given.into_iter().chain(earlier.manifests).collect();
        later.sources = sources(&all);
        if prunes {
            let is_kept = |key: &Key| later.manifests.iter().any(|object| object.key() == *key);
            later.pruned = later.given.iter().map(Object::key).filter(|key| !is_kept(key)).collect();
        }
        Ok(later)
    }

    fn sort_served(documents: &[Document], definitions: &Served) -> Result<Input, Vec<Problem>> {
        let mut problems = Vec::new();
        let (models, others): (Vec<&Document>, Vec<&Document>) = documents.iter().partition(|d| Model::is(d));
        let (ours, theirs): (Vec<&Document>, Vec<&Document>) = others.into_iter().partition(|d| Scenario::is_ours(d));
        let mut input = Input { sources: sources(documents), ..Input::default() };
        input.take_models(&models, definitions, &mut problems);
        let mut left = theirs;
        if let Some(document) = ours.first() {
            let names: Vec<&str> = input.models.iter().map(|model| &*model.name).collect();
            input.scenario = Scenario::read(document, &names, &mut problems);
            input.take_paths(document, &mut left, definitions, &mut problems);
        }
        for extra in ours.iter().skip(1) {
            let mut problem = extra.problem(&Path::root(), "there is more than one Scenario");
            problem.expected = "one Scenario; run each folder on its own, or evenkeel test".to_owned();
            problems.push(problem);
        }
        problems.extend(ours.first().into_iter().flat_map(|document| demands::misfits(document, definitions)));
        input.manifests = input.objects(&left, definitions, &mut problems);
        problems.sort();
        if problems.is_empty() { Ok(input) } else { Err(problems) }
    }

    /// Reads the models. Each has a name of its own, and speaks of kinds that somebody serves.
    fn take_models(&mut self, documents: &[&Document], served: &Served, problems: &mut Vec<Problem>) {
        for document in documents {
            let Some(model) = Model::read(document, problems) else { continue };
            let name = Path::root().field("metadata").field("name");
            let is_taken = choose::NAMES.contains(&&*model.name);
            if is_taken || self.models.iter().any(|other| other.name == model.name) {
                let mut problem = document.problem(&name, format!("there are two controllers {}", model.name));
                problem.found =
                    if is_taken { "the name of a controller that everyone runs" } else { "one that is taken" }
                        .to_owned();
                problem.expected = "a name of its own".to_owned();
                problems.push(problem);
            }
            for (kind, place) in model.names() {
                let version = place.of(&document.value)["apiVersion"].text();
                if !served.serves(version, &kind.name) {
                    let mut problem = document.problem(&place, format!("nobody serves {} of {version}", kind.name));
                    problem.found = format!("{version} {}", kind.name);
                    problem.expected =
                        "a kind of Kubernetes, or one that a CustomResourceDefinition among the manifests defines"
                            .to_owned();
                    problems.push(problem);
                }
            }
            problems.extend(model.mistyped(&mut |version, kind| served.type_of(version, kind)));
            self.models.push(model);
        }
    }

    /// Takes out the documents that the scenario points at.
    fn take_paths(
        &mut self,
        scenario: &Document,
        left: &mut Vec<&Document>,
        definitions: &Served,
        problems: &mut Vec<Problem>,
    ) {
        let folder = scenario.source.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        for (index, path) in self.scenario.given.clone().iter().enumerate() {
            let place = Path::root().field("spec").field("given").index(index);
            let taken = take(left, &folder, path, scenario, &place, problems);
            let objects = self.objects(&taken, definitions, problems);
            self.given.extend(objects);
        }
        for (index, applier) in self.scenario.appliers.clone().into_iter().enumerate() {
            let place = Path::root().field("spec").field("appliers").index(index).field("path");
            let taken = take(left, &folder, &applier.path, scenario, &place, problems);
            let objects = self.objects(&taken, definitions, problems);
            self.appliers.push((applier, objects));
        }
        for (index, step) in self.scenario.steps.clone().iter().enumerate() {
            let objects = match self.known_to(index, step) {
                Some(known) => known,
                None => step.path.as_ref().map_or_else(Vec::new, |(path, deed)| {
                    let place = Path::root().field("spec").field("steps").index(index).field(deed).field("path");
                    let taken = take(left, &folder, path, scenario, &place, problems);
                    self.objects(&taken, definitions, problems)
                }),
            };
            self.commit(step, &objects).unwrap_or_else(|expected| {
                let place = Path::root().field("spec").field("steps").index(index).field("commit").field("applier");
                let mut problem = scenario.problem(&place, "there is no such applier");
                place.of(&scenario.value).text().clone_into(&mut problem.found);
                problem.expected = expected;
                problems.push(problem);
            });
            self.steps.push(objects);
        }
    }

    /// The objects of a step that were read before: what one step applies another may delete, and a commit may bring back what was there first.
    fn known_to(&self, index: usize, step: &Step) -> Option<Vec<Object>> {
        let before = self.scenario.steps[..index].iter().position(|other| other.points_where(step));
        if let Some(same) = before {
            return Some(self.steps[same].clone());
        }
        step.commits_to()?;
        self.appliers.iter().find(|(applier, _)| step.is_at(&applier.path)).map(|(_, objects)| objects.clone())
    }

    /// Tells an applier what a step commits to its folder; or what was expected, if there is none of that name, or several.
    fn commit(&mut self, step: &Step, objects: &[Object]) -> Result<(), String> {
        let Some(name) = step.commits_to() else { return Ok(()) };
        let names: Vec<String> = self.appliers.iter().map(|(applier, _)| applier.name.clone()).collect();
        let mut found = self.appliers.iter_mut().filter(|(applier, _)| applier.name == name);
        match (found.next(), found.next()) {
            (Some((applier, _)), None) => {
                applier.commits.push((step.name.clone(), objects.to_vec()));
                Ok(())
            }
            _ if names.is_empty() => Err("the name of an applier, and there is none".to_owned()),
            _ => Err(format!("the name of one applier: {}", names.join(", "))),
        }
    }

    /// The objects of documents, with their namespaces filled in; what is not served is set apart.
    fn objects(&mut self, documents: &[&Document], served: &Served, problems: &mut Vec<Problem>) -> Vec<Object> {
        let mut seen: BTreeMap<Key, &Document> = BTreeMap::new();
        let mut objects = Vec::new();
        for document in documents {
            let mut object = document.object();
            problems.extend(expressions(document, &object));
            match served.is_namespaced(&object.kind()) {
                Some(true) if object.namespace().is_empty() => object.set(&["metadata", "namespace"], "default"),
                Some(false) => {
                    object.remove(&["metadata", "namespace"]);
                }
                Some(true) => {}
                None => {
                    self.inert.push(object);
                    continue;
                }
            }
            if let Some(first) = seen.insert(object.key(), document).filter(|_| !object.name().is_empty()) {
                problems.push(twice(document, first, &object.key()));
            }
            objects.push(object);
        }
        objects
    }
}

/// Expressions that the server would refuse because they do not compile.
fn expressions(document: &Document, object: &Object) -> Vec<Problem> {
    let found: Vec<(String, String)> = match object["kind"].text() {
        "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" => {
            policy::problems(object).into_iter().map(|p| (p.field, p.error.message)).collect()
        }
        "CustomResourceDefinition" => {
            custom::problems(object).into_iter().map(|cause| (cause.field, cause.message)).collect()
        }
        _ => Vec::new(),
    };
    let problem = |(field, message): (String, String)| {
        let place = place_of(&field);
        let mut problem = document.problem(&place, format!("{field}: {message}"));
        problem.found = place.of(&document.value).as_str().unwrap_or_default().to_owned();
        problem.expected = "what the API server accepts".to_owned();
        problem
    };
    found.into_iter().map(problem).collect()
}

/// The place that a text such as `spec.validations[0].expression` names, as far as it can be read.
fn place_of(field: &str) -> Path {
    let mut path = Path::root();
    for step in field.split(['.', '[']).filter(|step| !step.is_empty()) {
        path = match step.strip_suffix(']').map(|index| (index, index.parse::<usize>())) {
            Some((_, Ok(index))) => path.index(index),
            Some((name, Err(_))) => path.field(name.trim_matches('"')),
            None => path.field(step),
        };
    }
    path
}

fn twice(document: &Document, first: &Document, key: &Key) -> Problem {
    let path = Path::root().field("metadata").field("name");
    let at = first.position(&path);
    let mut problem = document.problem(&path, format!("{key} is there twice"));
    problem.found = format!("the same key at {}:{}:{}", first.source, at.line, at.column);
    problem.expected = "each object once".to_owned();
    problem
}

/// The documents at a path, taken out of those that are left.
fn take<'d>(
    left: &mut Vec<&'d Document>,
    folder: &str,
    path: &str,
    scenario: &Document,
    place: &Path,
    problems: &mut Vec<Problem>,
) -> Vec<&'d Document> {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let whole = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
    let lies_there =
        |source: &str| source.strip_prefix(&whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let (taken, rest): (Vec<&Document>, Vec<&Document>) =
        left.drain(..).partition(|document| lies_there(&document.source));
    *left = rest;
    if taken.is_empty() {
        let mut problem = scenario.problem(place, format!("nothing was read from {whole}"));
        problem.found = format!("no object in {path:?}");
        problem.expected = "a file or folder beside the scenario, with manifests in it".to_owned();
        problems.push(problem);
    }
    taken
}

fn sources(documents: &[Document]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for document in documents.iter().filter(|document| !Scenario::is_ours(document)) {
        *counts.entry(document.source.to_string()).or_default() += 1;
    }
    counts.into_iter().collect()
}
