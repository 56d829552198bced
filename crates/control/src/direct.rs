//! A link that never pauses: reads the store as it is, and writes at once.

use evenkeel_api::{Memory, Question, Read, Request, Server};
use evenkeel_object::{Key, Value};

use crate::{Answer, Client, Controller, Done, Link, Pause};

/// Runs reconciles to their end on a plain store; choices are made as told, the first option when nothing was told.
pub struct Direct<'s> {
    /// The server.
    pub server: &'s Server,
    /// The store.
    pub store: &'s mut Memory,
    /// The choices to make, in order; what is left over is not needed.
    pub choices: Vec<usize>,
    /// What was noted, in order, and the requests in between.
    pub log: Vec<Entry>,
}

/// What a reconcile did.
#[derive(Clone, Debug)]
pub enum Entry {
    /// It said why.
    Note(String),
    /// It wrote, and was answered.
    Write(Request, Answer),
}

impl<'s> Direct<'s> {
    /// A link to that store.
    pub fn new(server: &'s Server, store: &'s mut Memory) -> Direct<'s> {
        Direct { server, store, choices: Vec::new(), log: Vec::new() }
    }

    /// Runs one reconcile to its end.
    pub fn run(&mut self, controller: &dyn Controller, key: &Key) -> Done {
        let name = controller.name().to_owned();
        controller.reconcile(&mut Client::new(self, &name), key).expect("this link never pauses")
    }
}

impl Link for Direct<'_> {
    fn read(&mut self, question: &Question) -> Result<Value, Pause> {
        Ok(self.store.ask(question))
    }

    fn write(&mut self, request: &Request) -> Result<Answer, Pause> {
        let outcome = self.server.handle(self.store, request);
        self.store.commit(&outcome.writes);
        self.log.push(Entry::Write(request.clone(), outcome.answer.clone()));
        Ok(outcome.answer)
    }

    fn choose(&mut self, options: usize) -> Result<usize, Pause> {
        let choice = if self.choices.is_empty() { 0 } else { self.choices.remove(0) };
        assert!(choice < options, "choice {choice} of {options}");
        Ok(choice)
    }

    fn note(&mut self, why: &str) {
        self.log.push(Entry::Note(why.to_owned()));
    }
}
