//! A model as a controller.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_api::cel::Program;
use evenkeel_api::status::Reason;
use evenkeel_api::{Precondition, Read, Scope, Select, Status, Subresource, Verb};
use evenkeel_control::halt::{Halt, ended};
use evenkeel_control::{Answer, Client, Controller, Done, Event, Pause, Wakes};
use evenkeel_object::{Key, Object, Selector, Value, merge};

use crate::document::{Model, Watch};
use crate::lookup::{Binding, Lookup};
use crate::part::Target;
use crate::rule::{Act, Rule};
use crate::template::Template;

/// A controller that does what a model says.
///
/// A reconcile looks its object up and goes through the rules from first to last. Each rule whose condition holds sends its request; one that is refused
/// ends the reconcile, and it is tried again. What the model names under `let` is looked up when it is first needed, and stays as it was then; `object`
/// is what was read, or what the server answered when it was last written here.
#[derive(Clone, Debug)]
pub struct Modelled {
    model: Arc<Model>,
    /// What could not be evaluated of its watches, if anything.
    doubt: RefCell<Option<String>>,
}

impl Modelled {
    /// That model at work.
    pub fn new(model: Model) -> Modelled {
        Modelled { model: Arc::new(model), doubt: RefCell::default() }
    }
}

impl Controller for Modelled {
    fn name(&self) -> &str {
        &self.model.name
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&self.model.of.kind)]
    }

    fn wakes(&self) -> Wakes {
        if self.model.resync {
            return Wakes::Periodically;
        }
        let watches = [&self.model.of].into_iter().chain(&self.model.watches);
        Wakes::On(watches.map(|watch| watch.kind.clone()).collect())
    }

    fn doubt(&self) -> Option<String> {
        self.doubt.borrow().clone()
    }

    fn woken(&self, event: &Event, _: &mut dyn Read) -> Vec<Key> {
        let object = event.object();
        let mut woken = Vec::new();
        if self.model.of.kind == object.kind() && self.hears(&self.model.of, event) {
            woken.push(object.key());
        }
        for watch in self.model.watches.iter().filter(|watch| watch.kind == object.kind() && self.hears(watch, event)) {
            for state in [&event.before, &event.after].into_iter().flatten() {
                woken.extend(self.keys(watch, state));
            }
        }
        woken.sort();
        woken.dedup();
        woken
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        let Some(object) = client.get(key)? else {
            return Ok(Done::Settled);
        };
        let values = BTreeMap::from([("object", object.0.clone())]);
        let mut run = Run { model: &self.model, client, object, values };
        ended(run.rules())
    }
}

/// The truth value that an expression came to; or that it came to none.
fn truth(program: &Program, value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("{} is neither true nor false: {value}", program.text()))
}

/// Whether a watch is about an event; or why that cannot be told.
fn is_meant(watch: &Watch, event: &Event) -> Result<bool, String> {
    let Some(when) = &watch.when else { return Ok(true) };
    let of = |object: &Option<Object>| object.as_ref().map_or(Value::Null, |object| object.0.clone());
    let (before, object) = (of(&event.before), of(&event.after));
    let value = when.evaluate(&[("before", &before), ("object", &object)]);
    value.map_err(|error| format!("{}: {error}", when.text())).and_then(|value| truth(when, &value))
}

impl Modelled {
    /// Whether a watch is about an event. If that cannot be told it is taken to be, and noted.
    fn hears(&self, watch: &Watch, event: &Event) -> bool {
        is_meant(watch, event).unwrap_or_else(|error| {
            let what = event.object().key();
            self.note(format!("whether a change of {what} wakes it cannot be told: {error}"));
            true
        })
    }

    fn note(&self, doubt: String) {
        self.doubt.borrow_mut().get_or_insert(doubt);
    }

    /// The objects that a watched object wakes.
    fn keys(&self, watch: &Watch, object: &Object) -> Vec<Key> {
        let kind = &self.model.of.kind;
        let key = |namespace: &str, name: &str| Key::new(kind.clone(), namespace, name);
        let Some(program) = &watch.wakes else {
            let owner = object.controller().filter(|owner| owner.kind == *kind);
            return owner.map(|owner| key(object.namespace(), &owner.name)).into_iter().collect();
        };
        let one = |value: &Value| match value {
            Value::String(name) => Ok(key(object.namespace(), name)),
            Value::Map(_) if value["name"].as_str().is_some() => {
                Ok(key(value["namespace"].as_str().unwrap_or(object.namespace()), value["name"].text()))
            }
            other => Err(format!("{other} is neither a name nor a map with a name")),
        };
        let found = program.evaluate(&[("object", &object.0)]).and_then(|found| match &found {
            Value::Null => Ok(Vec::new()),
            Value::List(items) => items.iter().map(one).collect(),
            value => one(value).map(|key| vec![key]),
        });
        found.unwrap_or_else(|error| {
            self.note(format!("whom {} wakes cannot be told: {}: {error}", object.key(), program.text()));
            Vec::new()
        })
    }
}

/// A reconcile on its way.
struct Run<'r, 'c, 'l> {
    model: &'r Model,
    client: &'c mut Client<'l>,
    object: Object,
    /// What is known by name so far.
    values: BTreeMap<&'r str, Value>,
}

impl<'r> Run<'r, '_, '_> {
    fn rules(&mut self) -> Result<(), Halt> {
        let model = self.model;
        for rule in &model.rules {
            let applies = match &rule.when {
                Some(when) => truth(when, &self.evaluate(when)?).map_err(Halt::Retry)?,
                None => true,
            };
            if !applies {
                continue;
            }
            match &rule.each {
                None => self.follow(rule)?,
                Some((name, list)) => {
                    let items = self.evaluate(list)?;
                    if !matches!(items, Value::List(_)) {
                        return Err(Halt::Retry(format!("{} is no list: {items}", list.text())));
                    }
                    for item in items.items() {
                        self.values.insert(name, item.clone());
                        self.follow(rule)?;
                    }
                    self.values.remove(&**name);
                }
            }
            if rule.is_last {
                break;
            }
        }
        Ok(())
    }

    fn follow(&mut self, rule: &'r Rule) -> Result<(), Halt> {
        if let Some(because) = &rule.because {
            let because = self.fill(because)?;
            self.client.because(because.as_str().map_or_else(|| because.to_string(), str::to_owned));
        }
        let answer = match &rule.act {
            Act::Apply { object, force, is_owned } => {
                let object = self.made(object, *is_owned)?;
                self.client.apply(object, *force)?
            }
            Act::Create { object, is_owned, may_exist } => {
                let object = self.made(object, *is_owned)?;
                let answer = self.client.create(object)?;
                if *may_exist && answer.as_ref().is_err_and(|status| status.reason == Reason::AlreadyExists) {
                    return Ok(());
                } else {
                    answer
                }
            }
            Act::Update { target, change } => self.update(target.as_ref(), change)?,
            Act::Patch { target, change } => {
                let key = self.key(target.as_ref())?;
                let change = self.fill(change)?;
                self.client.patch(&key, change)?
            }
            Act::Status { status, is_patch } => self.status(status, *is_patch)?,
            Act::Delete { target, propagation, uid } => {
                let key = self.key(Some(target))?;
                let uid = uid.as_ref().map(|uid| self.fill(uid)).transpose()?;
                let uid = uid.as_ref().and_then(Value::as_str);
                let answer = self.client.delete_with(&key, *propagation, uid)?;
                if answer.as_ref().is_err_and(Status::is_not_found) { return Ok(()) } else { answer }
            }
            Act::Fail { message } => {
                let message = self.fill(message)?;
                return Err(Halt::Retry(message.as_str().map_or_else(|| message.to_string(), str::to_owned)));
            }
            Act::Stop => return Ok(()),
        };
        let answer = answer?;
        // A client takes over what the server answers about the object it sent.
        if answer.key() == self.object.key() {
            self.values.insert("object", answer.0.clone());
            self.object = answer;
        } else {
            self.client.disregard(answer);
        }
        Ok(())
    }

    /// An object as a rule makes it: in the namespace of the object that is reconciled if it says nothing else, and owned by it if it says so.
    fn made(&mut self, template: &'r Template, is_owned: bool) -> Result<Object, Halt> {
        let mut object = Object(self.fill(template)?);
        match object["metadata"]["namespace"].as_str() {
            Some("") => drop(object.remove(&["metadata", "namespace"])),
            None if !self.object.namespace().is_empty() => {
                let namespace = self.object.namespace().to_owned();
                object.set(&["metadata", "namespace"], namespace);
            }
            _ => {}
        }
        if is_owned {
            object.set(&["metadata", "ownerReferences"], Value::list([self.object.controller_reference()]));
        }
        Ok(object)
    }

    fn update(&mut self, target: Option<&'r Target>, change: &'r Template) -> Result<Answer, Halt> {
        let change = self.fill(change)?;
        let there = match target {
            None => Some(self.object.clone()),
            Some(_) => {
                let key = self.key(target)?;
                self.client.get(&key)?
            }
        };
        let Some(there) = there else {
            return Err(Halt::Retry("what it would update is not there".to_owned()));
        };
        Ok(self.client.update(Object(merge::merge_patch(&there.0, &change)))?)
    }

    fn status(&mut self, status: &'r Template, is_patch: bool) -> Result<Answer, Halt> {
        let status = Value::map().with(&["status"], self.fill(status)?);
        let key = self.object.key();
        if is_patch {
            return Ok(self.client.patch_status(&key, status)?);
        }
        let changed = Object(merge::merge_patch(&self.object.0, &status));
        Ok(self.client.send(key, Subresource::Status, Verb::Update(changed), Precondition::Unchanged)?)
    }

    /// The key of a target; without one, that of the object that is reconciled.
    fn key(&mut self, target: Option<&'r Target>) -> Result<Key, Halt> {
        let Some(target) = target else { return Ok(self.object.key()) };
        let name = self.fill(&target.name)?;
        let namespace = match &target.namespace {
            Some(namespace) => self.fill(namespace)?,
            None => self.object.namespace().into(),
        };
        match (name.as_str(), namespace.as_str()) {
            (Some(name), Some(namespace)) => Ok(Key::new(target.kind.clone(), namespace, name)),
            _ => Err(Halt::Retry(format!("{namespace}/{name} is no name"))),
        }
    }

    fn fill(&mut self, template: &'r Template) -> Result<Value, Halt> {
        self.need(&template.programs())?;
        let values: Vec<(&str, &Value)> = self.values.iter().map(|(name, value)| (*name, value)).collect();
        template.fill(&values).map_err(Halt::Retry)
    }

    fn evaluate(&mut self, program: &'r Program) -> Result<Value, Halt> {
        self.need(&[program])?;
        let values: Vec<(&str, &Value)> = self.values.iter().map(|(name, value)| (*name, value)).collect();
        program.evaluate(&values).map_err(Halt::Retry)
    }

    /// Looks up what these read and is not known yet.
    fn need(&mut self, programs: &[&'r Program]) -> Result<(), Halt> {
        for program in programs {
            for name in program.variables() {
                let model = self.model;
                if let Some(binding) = model.bindings.iter().find(|binding| binding.name == name)
                    && !self.values.contains_key(name)
                {
                    let value = self.look_up(binding)?;
                    self.values.insert(&binding.name, value);
                }
            }
        }
        Ok(())
    }

    fn look_up(&mut self, binding: &'r Binding) -> Result<Value, Halt> {
        match &binding.lookup {
            Lookup::Value(program) => self.evaluate(program),
            Lookup::Get { target, is_live } => {
                let key = self.key(Some(target))?;
                let found = if *is_live { self.client.get_live(&key)? } else { self.client.get(&key)? };
                Ok(found.map_or(Value::Null, |object| object.0))
            }
            Lookup::List { kind, namespace, labels, is_owned } => {
                let namespace = match namespace {
                    Some(namespace) => self.fill(namespace)?.text().to_owned(),
                    None => self.object.namespace().to_owned(),
                };
                let labels = labels.as_ref().map(|labels| self.fill(labels)).transpose()?;
                let mut scope = Scope::all(kind, &namespace);
                if *is_owned {
                    scope = Scope::controlled_by(kind, &self.object);
                } else if let Some(labels) = &labels {
                    scope = scope.select(Select::Labels(Selector::equal(labels)));
                }
                let mut found = self.client.list(scope)?;
                if let Some(labels) = labels.filter(|_| *is_owned) {
                    let selector = Selector::equal(&labels);
                    found.retain(|object| selector.matches(object.labels()));
                }
                Ok(Value::list(found.into_iter().map(|object| object.0)))
            }
        }
    }
}
