//! Renames what a reconcile under way has seen and sent, along with the objects.

use evenkeel_api::{Question, Request, Scope, Select, Verb};
use evenkeel_object::{Key, Object, Value};
use rustc_hash::FxHashMap;

use crate::machine::{Machine, Process};
use crate::name;
use crate::store::{Renumbering, renumbered};
use crate::tree::{Event, ROOT};

/// A renaming of one prefix.
struct Names<'n> {
    prefix: &'n str,
    renumbering: &'n Renumbering,
}

/// Where a renamed reconcile stands, by process, node, cell and renumbering.
pub(crate) type Moves = FxHashMap<(u32, u32, u32, Renumbering), (u32, u32)>;

impl Machine {
    /// The process and the node at which a reconcile stands when the names of `prefix` are given anew.
    ///
    /// The renumbering keeps the order of the names that the reconcile has seen, so the controller would have done the same.
    pub(crate) fn renamed_reconcile(
        &mut self,
        process: u32,
        node: u32,
        prefix: &str,
        renumbering: &Renumbering,
    ) -> (u32, u32) {
        let names = Names { prefix, renumbering };
        let Process { controller, key } = self.processes.get(process).clone();
        let twin = self.process(controller, &names.key(&key));
        let events = self.path(process, node);
        let mut at = ROOT;
        for event in events {
            let event = self.renamed_event(&names, event);
            at = self.follow(twin, at, event);
        }
        if let Some((request, why)) = self.pending_at(process, node) {
            let request = self.renamed_request(&names, request);
            self.pend(twin, at, request, why);
        }
        (twin, at)
    }

    fn renamed_event(&mut self, names: &Names<'_>, event: Event) -> Event {
        match event {
            Event::Ask { question, answer } => {
                let source = self.questions.source(question);
                let question = names.question(self.questions.get(question));
                let answer = names.value(self.questions.values.get(answer));
                Event::Ask {
                    question: self.questions.intern(&question, source),
                    answer: self.questions.values.intern(&answer),
                }
            }
            Event::Write { request, why, reply } => {
                let request = self.renamed_request(names, request);
                let answer = match self.replies.get(reply) {
                    Ok(object) => Ok(Object(names.value(&object.0))),
                    Err(status) => {
                        let mut status = status.clone();
                        status.message = names.text(&status.message);
                        Err(status)
                    }
                };
                Event::Write { request, why, reply: self.replies.intern(&answer) }
            }
            Event::Choose { .. } => event,
        }
    }

    fn renamed_request(&mut self, names: &Names<'_>, request: u32) -> u32 {
        let renamed = names.request(self.requests.get(request));
        self.requests.intern(&renamed)
    }
}

impl Names<'_> {
    fn value(&self, value: &Value) -> Value {
        name::renamed(value, self.prefix, &|number| renumbered(self.renumbering, number))
    }

    fn text(&self, text: &str) -> String {
        self.value(&Value::from(text)).text().to_owned()
    }

    fn key(&self, key: &Key) -> Key {
        Key { name: self.text(&key.name).into(), ..key.clone() }
    }

    fn question(&self, question: &Question) -> Question {
        let select = match &question.scope.select {
            Select::Named(name) => Select::Named(self.text(name).into()),
            Select::ControlledBy { owner, uid } => {
                Select::ControlledBy { owner: self.key(owner), uid: self.text(uid).into() }
            }
            Select::DependentsOf { owner, uid } => {
                Select::DependentsOf { owner: self.key(owner), uid: self.text(uid).into() }
            }
            other => other.clone(),
        };
        let scope = Scope { select, ..question.scope.clone() };
        let mut projection = question.projection.clone();
        projection.args = self.value(&projection.args);
        Question { scope, projection }
    }

    fn request(&self, request: &Request) -> Request {
        let object = |object: &Object| Object(self.value(&object.0));
        let verb = match &request.verb {
            Verb::Create(body) => Verb::Create(object(body)),
            Verb::Update(body) => Verb::Update(object(body)),
            Verb::MergePatch(patch) => Verb::MergePatch(self.value(patch)),
            Verb::StrategicPatch(patch) => Verb::StrategicPatch(self.value(patch)),
            Verb::Apply { configuration, force } => Verb::Apply { configuration: object(configuration), force: *force },
            Verb::Delete { propagation, uid, grace } => Verb::Delete {
                propagation: *propagation,
                uid: uid.as_ref().map(|uid| self.text(uid).into()),
                grace: *grace,
            },
        };
        Request { key: self.key(&request.key), verb, ..request.clone() }
    }
}
