//! Controllers and the API server at work on a store of handles, each remembered on what it read.

use std::rc::Rc;

use evenkeel_api::{Outcome, Precondition, Question, Read, Request, Server};
use evenkeel_control::{Answer, Client, Controller, Done, Link, Pause};
use evenkeel_object::{Key, Object, Value};
use rustc_hash::FxHashMap;

use crate::ask::{Questions, Source};
use crate::intern::Interner;
use crate::store::{Cells, Store};
use crate::tree::{Event, Node, ROOT, Tree};

/// A controller and one of its subjects: a process.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Process {
    pub(crate) controller: u32,
    pub(crate) key: Key,
}

/// One change of the store, in handles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Put {
    pub(crate) cell: u32,
    pub(crate) number: u32,
    pub(crate) content: Option<u32>,
}

/// What the server decided, in handles.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) reply: u32,
    pub(crate) puts: Rc<[Put]>,
}

/// What a reconcile sees: the store as it is, and what its cache shows of it.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'s> {
    pub(crate) cells: &'s Cells,
    /// The same as `cells` where no cache lags.
    pub(crate) cache: &'s Cells,
}

impl<'s> Scene<'s> {
    /// With a cache that shows the store as it is.
    pub(crate) fn fresh(cells: &'s Cells) -> Scene<'s> {
        Scene { cells, cache: cells }
    }

    /// What those see who ask there.
    pub(crate) fn seen_from(self, source: Source) -> &'s Cells {
        match source {
            Source::Cache => self.cache,
            Source::Server => self.cells,
        }
    }
}

/// All that is remembered of a cluster: tables, and what controllers and server did with what they were answered.
pub(crate) struct Machine {
    pub(crate) server: Server,
    pub(crate) controllers: Rc<[Box<dyn Controller>]>,
    pub(crate) store: Store,
    pub(crate) questions: Questions,
    pub(crate) requests: Interner<Request>,
    pub(crate) replies: Interner<Answer>,
    pub(crate) texts: Interner<String>,
    pub(crate) dones: Interner<Done>,
    pub(crate) processes: Interner<Process>,
    /// Where the subject of each process lies, and the other way round.
    pub(crate) subjects: Vec<Option<(u32, u32)>>,
    pub(crate) by_subject: FxHashMap<(u32, u32, u32), u32>,
    /// Whether caches may lag, so that it matters whom one asks.
    pub(crate) lags: bool,
    trees: Vec<Tree>,
    decisions: FxHashMap<u32, Tree>,
    decided: Vec<Decision>,
    /// The questions that were asked since somebody last emptied the list, by controllers and server alike.
    pub(crate) asked: Vec<u32>,
    /// How often a controller was really run.
    pub(crate) controller_calls: u64,
    /// How often the server was really run.
    pub(crate) server_calls: u64,
}

/// Where a walk through a controller's tree came to a stand.
pub(crate) enum Halt {
    /// The reconcile ended.
    Done(u32),
    /// It sends a request.
    Write { request: u32, why: u32 },
    /// It chooses among so many options.
    Choose(u32),
}

impl Machine {
    pub(crate) fn new(server: Server, controllers: Vec<Box<dyn Controller>>) -> Machine {
        Machine {
            server,
            controllers: controllers.into(),
            store: Store::default(),
            questions: Questions::default(),
            requests: Interner::default(),
            replies: Interner::default(),
            texts: Interner::default(),
            dones: Interner::default(),
            processes: Interner::default(),
            subjects: Vec::new(),
            by_subject: FxHashMap::default(),
            lags: false,
            trees: Vec::new(),
            decisions: FxHashMap::default(),
            decided: Vec::new(),
            asked: Vec::new(),
            controller_calls: 0,
            server_calls: 0,
        }
    }

    /// The handle of a process.
    pub(crate) fn process(&mut self, controller: u32, key: &Key) -> u32 {
        let process = self.processes.intern(&Process { controller, key: key.clone() });
        if process as usize == self.trees.len() {
            self.trees.push(Tree::default());
            self.subjects.push(None);
        }
        process
    }

    /// Where those are answered who ask the server itself.
    pub(crate) fn live(&self) -> Source {
        if self.lags { Source::Server } else { Source::Cache }
    }

    /// The answer to a question of a controller.
    fn answer(&mut self, question: u32, scene: Scene<'_>) -> u32 {
        let cells = scene.seen_from(self.questions.source(question));
        self.questions.answer(question, &mut self.store, cells)
    }

    /// Walks on from a node, answering questions, to where something else has to happen.
    pub(crate) fn walk(&mut self, process: u32, node: u32, scene: Scene<'_>) -> (u32, Halt) {
        let mut node = node;
        loop {
            let next = match self.trees[process as usize].node(node) {
                Node::Leaf(done) => return (node, Halt::Done(*done)),
                Node::Write { request, why, .. } => return (node, Halt::Write { request: *request, why: *why }),
                Node::Choose { edges } => return (node, Halt::Choose(edges.len() as u32)),
                Node::Ask { question, edges } => {
                    let question = *question;
                    let cells = scene.seen_from(self.questions.source(question));
                    let answer = self.questions.answer(question, &mut self.store, cells);
                    self.asked.push(question);
                    edges.get(&answer).copied().ok_or(Some(Event::Ask { question, answer }))
                }
                Node::Open => Err(None),
            };
            node = match next {
                Ok(next) => next,
                Err(event) => {
                    let node = event.map_or(node, |event| self.trees[process as usize].follow(node, event));
                    self.run(process, node, scene);
                    node
                }
            };
        }
    }

    /// The node after an event at `node`.
    pub(crate) fn follow(&mut self, process: u32, node: u32, event: Event) -> u32 {
        self.trees[process as usize].follow(node, event)
    }

    /// Runs a controller: with the answers on the way to `node`, and then live, until it writes, chooses or ends.
    fn run(&mut self, process: u32, node: u32, scene: Scene<'_>) {
        let Process { controller, key } = self.processes.get(process).clone();
        let controllers = self.controllers.clone();
        let controller = &controllers[controller as usize];
        let script = self.trees[process as usize].path(node);
        self.controller_calls += 1;
        let mut recorder =
            Recorder { machine: self, scene, script: &script, log: Vec::new(), why: String::new(), pending: None };
        let done = controller.reconcile(&mut Client::new(&mut recorder, controller.name()), &key);
        let Recorder { log, pending, .. } = recorder;
        let leaf = done.ok().map(|done| self.dones.intern(&done));
        let tree = &mut self.trees[process as usize];
        tree.grow(&log, leaf);
        match pending {
            Some(Pending::Write { request, why }) => {
                let end = log.iter().fold(ROOT, |node, event| tree.follow(node, *event));
                tree.pend(end, request, why);
            }
            Some(Pending::Choose(options)) => {
                let end = log.iter().fold(ROOT, |node, event| tree.follow(node, *event));
                tree.follow(end, Event::Choose { options, chosen: 0 });
            }
            None => {}
        }
    }

    /// Decides a request on that store.
    pub(crate) fn decide(&mut self, request: u32, cells: &Cells) -> Decision {
        let mut node = ROOT;
        loop {
            let tree = self.decisions.entry(request).or_default();
            let next = match tree.node(node) {
                Node::Leaf(leaf) => return self.decided[*leaf as usize].clone(),
                Node::Ask { question, edges } => {
                    let question = *question;
                    let answer = self.questions.answer(question, &mut self.store, cells);
                    self.asked.push(question);
                    edges.get(&answer).copied()
                }
                _ => None,
            };
            match next {
                Some(next) => node = next,
                None => return self.serve(request, cells),
            }
        }
    }

    /// Runs the server, and remembers what it did.
    fn serve(&mut self, request: u32, cells: &Cells) -> Decision {
        self.server_calls += 1;
        let server = self.server.clone();
        let body = self.requests.get(request).clone();
        let source = self.live();
        let mut reader = Reader { machine: self, cells, source, log: Vec::new() };
        let Outcome { answer, writes } = server.handle(&mut reader, &body);
        let log = reader.log;
        self.asked.extend(log.iter().filter_map(|event| match event {
            Event::Ask { question, .. } => Some(*question),
            _ => None,
        }));
        let reply = self.replies.intern(&answer);
        let puts = writes.iter().map(|write| self.put(&write.key, write.after.as_ref())).collect();
        let decision = Decision { reply, puts };
        let leaf = self.decided.len() as u32;
        self.decided.push(decision.clone());
        self.decisions.entry(request).or_default().grow(&log, Some(leaf));
        decision
    }

    fn put(&mut self, key: &Key, after: Option<&Object>) -> Put {
        let (cell, number) = self.store.locate(key);
        let content = after.map(|object| self.store.content(cell, number, &crate::store::in_order(object.clone())));
        Put { cell, number, content }
    }

    /// The objects of which an answer shows something: a copy, or part of one, that has their version. They are recognised by their kinds and names.
    pub(crate) fn objects_in(&self, answer: u32) -> Vec<Key> {
        let shown = self.questions.values.get(answer).items().iter();
        let is_object = |value: &&Value| !value["metadata"]["name"].is_null();
        let keys = shown.filter(is_object).map(|value| Object(value.clone()).key());
        keys.filter(|key| !key.kind.name.is_empty()).collect()
    }

    /// The request's twin for an asker whose copy of the object is no longer the newest.
    pub(crate) fn outdated(&mut self, request: u32) -> u32 {
        let mut twin = self.requests.get(request).clone();
        if twin.precondition == Precondition::None {
            return request;
        }
        twin.precondition = Precondition::Outdated;
        self.requests.intern(&twin)
    }

    /// Carries out a decision on a store.
    pub(crate) fn commit(&mut self, cells: &mut Cells, decision: &Decision) {
        for put in decision.puts.iter() {
            self.commit_put(cells, *put);
        }
    }

    /// Carries out one change.
    pub(crate) fn commit_put(&mut self, cells: &mut Cells, put: Put) {
        let list = self.store.changed(self.store.at(cells, put.cell), put.number, put.content);
        self.store.put(cells, put.cell, list);
    }

    /// Puts an object in as it is.
    pub(crate) fn preset(&mut self, cells: &mut Cells, object: &Object) {
        let put = self.put(&object.key(), Some(object));
        self.commit_put(cells, put);
    }

    /// The request that a reconcile waits for the answer to, at a node of its tree, and why it was sent.
    pub(crate) fn pending_at(&self, process: u32, node: u32) -> Option<(u32, u32)> {
        match self.trees[process as usize].node(node) {
            Node::Write { request, why, .. } => Some((*request, *why)),
            _ => None,
        }
    }

    /// Lets a reconcile wait for the answer to a request.
    pub(crate) fn pend(&mut self, process: u32, node: u32, request: u32, why: u32) {
        self.trees[process as usize].pend(node, request, why);
    }

    /// The object of that number in a cell; none if there is none.
    pub(crate) fn object(&mut self, cells: &Cells, cell: u32, number: u32) -> Option<Object> {
        let content = self.content(cells, cell, number)?;
        Some(self.store.object(cell, number, content))
    }

    /// The handle of its content.
    pub(crate) fn content(&self, cells: &Cells, cell: u32, number: u32) -> Option<u32> {
        let list = self.store.list(self.store.at(cells, cell));
        list.iter().find(|(n, _)| *n == number).map(|(_, content)| *content)
    }

    /// The events on the way to a node of a process's tree.
    pub(crate) fn path(&self, process: u32, node: u32) -> Vec<Event> {
        self.trees[process as usize].path(node)
    }
}

/// Reads a store of handles, and remembers the questions.
pub(crate) struct Reader<'m> {
    pub(crate) machine: &'m mut Machine,
    pub(crate) cells: &'m Cells,
    /// Whose answers these are.
    pub(crate) source: Source,
    pub(crate) log: Vec<Event>,
}

impl Read for Reader<'_> {
    fn ask(&mut self, question: &Question) -> Value {
        let machine = &mut *self.machine;
        let question = machine.questions.intern(question, self.source);
        let answer = machine.questions.answer(question, &mut machine.store, self.cells);
        self.log.push(Event::Ask { question, answer });
        machine.questions.values.get(answer).clone()
    }
}

enum Pending {
    Write { request: u32, why: u32 },
    Choose(u32),
}

/// Plays back what was answered before, then answers reads from a store; pauses at the first new write or choice.
struct Recorder<'m> {
    machine: &'m mut Machine,
    scene: Scene<'m>,
    script: &'m [Event],
    log: Vec<Event>,
    why: String,
    pending: Option<Pending>,
}

impl Recorder<'_> {
    fn played(&mut self) -> Option<Event> {
        let event = self.script.get(self.log.len()).copied();
        self.log.extend(event);
        event
    }

    fn ask(&mut self, question: &Question, source: Source) -> Value {
        let question = self.machine.questions.intern(question, source);
        if let Some(event) = self.played() {
            let Event::Ask { question: known, answer } = event else {
                unreachable!("a deterministic controller asks again")
            };
            assert_eq!(known, question, "a deterministic controller asks the same again");
            return self.machine.questions.values.get(answer).clone();
        }
        let answer = self.machine.answer(question, self.scene);
        self.log.push(Event::Ask { question, answer });
        self.machine.questions.values.get(answer).clone()
    }
}

impl Link for Recorder<'_> {
    fn read(&mut self, question: &Question) -> Result<Value, Pause> {
        Ok(self.ask(question, Source::Cache))
    }

    fn live(&mut self, question: &Question) -> Result<Value, Pause> {
        let source = self.machine.live();
        Ok(self.ask(question, source))
    }

    fn write(&mut self, request: &Request) -> Result<Answer, Pause> {
        if let Some(event) = self.played() {
            let Event::Write { reply, .. } = event else { unreachable!("a deterministic controller writes again") };
            return Ok(self.machine.replies.get(reply).clone());
        }
        let (request, why_text) = (self.machine.requests.intern(request), self.machine.texts.intern(&self.why));
        self.pending = Some(Pending::Write { request, why: why_text });
        Err(Pause)
    }

    fn choose(&mut self, options: usize) -> Result<usize, Pause> {
        if let Some(event) = self.played() {
            let Event::Choose { chosen, .. } = event else { unreachable!("a deterministic controller chooses again") };
            return Ok(chosen as usize);
        }
        let options = u32::try_from(options).expect("options are numbered with 32 bits");
        self.pending = Some(Pending::Choose(options));
        Err(Pause)
    }

    fn choose_alike(&mut self, options: usize) -> Result<usize, Pause> {
        if self.machine.lags { self.choose(options) } else { Ok(0) }
    }

    fn note(&mut self, why: &str) {
        why.clone_into(&mut self.why);
    }
}
