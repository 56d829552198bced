//! Reconciles that others interrupt, as they are defined, where caches lag: each request is a step, with everything that is read until the next one from
//! whatever the cache may have come to show by then.

use std::collections::BTreeSet;

use evenkeel_api::{Memory, Precondition, Question, Read, Request};
use evenkeel_control::{Answer, Client, Done, Link, OwnWrites, Pause};
use evenkeel_object::{Key, Object, Value};

use super::definition::{Definition, World};
use crate::naive::Process;

/// A reconcile under way.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Flight {
    /// What it was answered so far.
    said: Vec<Said>,
    /// The objects that it knows, and those of which it knows no newest version.
    known: BTreeSet<Key>,
    outdated: BTreeSet<Key>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Said {
    Read(Value),
    Wrote(Answer),
}

/// Plays back what was said, and reads on until the next request.
struct Reading<'f> {
    flight: &'f mut Flight,
    at: usize,
    cache: Memory,
    unseen: BTreeSet<Key>,
    request: Option<Request>,
}

impl Reading<'_> {
    fn played(&mut self) -> Option<Said> {
        self.at += 1;
        self.flight.said.get(self.at - 1).cloned()
    }
}

impl Link for Reading<'_> {
    fn read(&mut self, question: &Question) -> Result<Value, Pause> {
        if let Some(Said::Read(value)) = self.played() {
            return Ok(value);
        }
        let answer = self.cache.ask(question);
        for object in answer.items() {
            let key = Object(object.clone()).key();
            self.flight.outdated.remove(&key);
            self.flight.outdated.extend(self.unseen.contains(&key).then(|| key.clone()));
            self.flight.known.insert(key);
        }
        self.flight.said.push(Said::Read(answer.clone()));
        Ok(answer)
    }

    fn write(&mut self, request: &Request) -> Result<Answer, Pause> {
        if let Some(Said::Wrote(answer)) = self.played() {
            return Ok(answer);
        }
        self.request = Some(request.clone());
        Err(Pause)
    }

    fn choose(&mut self, _: usize) -> Result<usize, Pause> {
        unreachable!("toys do not choose")
    }

    fn note(&mut self, _: &str) {}
}

impl Definition {
    /// Lets a reconcile read on in that world, up to its next request or its end.
    fn read_on(&self, world: &World, process: &Process, flight: &mut Flight) -> Result<Done, Request> {
        let (cache, unseen) = self.cache(world, process.0);
        let controller = &self.controllers[process.0];
        let mut reading = Reading { flight, at: 0, cache, unseen, request: None };
        match controller.reconcile(&mut Client::new(&mut reading, controller.name()), &process.1) {
            Ok(done) => Ok(done),
            Err(Pause) => Err(reading.request.expect("only a request lets it pause")),
        }
    }

    /// Begins a reconcile.
    pub(super) fn begin(&self, world: &World, process: &Process) -> World {
        let mut next = world.clone();
        next.queue.remove(process);
        let mut flight = Flight::default();
        self.read_on(world, process, &mut flight).expect_err("who begins has something to write");
        next.flights.insert(process.clone(), flight);
        next
    }

    /// The worlds in which a reconcile under way has got the answer to its request, and reads on.
    pub(super) fn answers(&self, world: &World, process: &Process) -> Vec<World> {
        let mut flight = world.flights[process].clone();
        let mut request = self.read_on(world, process, &mut flight).expect_err("it waits for an answer");
        if request.precondition != Precondition::None && flight.outdated.contains(&request.key) {
            request.precondition = Precondition::Outdated;
        }
        let mut store = world.stores.last().expect("there is a store").clone();
        let outcome = self.server.handle(&mut store.clone(), &request);
        let before = store.clone();
        store.commit(&outcome.writes);
        if let Ok(object) = &outcome.answer {
            flight.outdated.remove(&request.key);
            flight.known.insert(object.key());
        }
        flight.said.push(Said::Wrote(outcome.answer));
        let mut next = world.clone();
        if before != store {
            for (_, other) in next.flights.iter_mut().filter(|(other, _)| *other != process) {
                let is_changed = |key: &&Key| before.objects.get(key) != store.objects.get(key);
                other.outdated.extend(other.known.iter().filter(is_changed).cloned());
            }
            next.by.push(process.clone());
            next.stores.push(store);
        }
        if self.controllers[process.0].own_writes() == OwnWrites::Known {
            self.observe_own(&mut next, process.0, world.stores.len());
        }
        let next = self.tidy(next);
        self.later(&next, process.0).into_iter().map(|world| self.gone_on(world, process, flight.clone())).collect()
    }

    /// A world, and what it becomes as the caches of a controller come to show more.
    fn later(&self, world: &World, toy: usize) -> BTreeSet<World> {
        let (mut all, mut open) = (BTreeSet::new(), vec![world.clone()]);
        while let Some(world) = open.pop() {
            for watch in world.sees.keys().filter(|watch| watch.0 == toy) {
                if world.sees[watch] + 1 < world.stores.len() {
                    let mut next = world.clone();
                    self.observe(&mut next, watch);
                    open.push(next);
                }
            }
            all.insert(world);
        }
        all
    }

    fn gone_on(&self, world: World, process: &Process, mut flight: Flight) -> World {
        let read = self.read_on(&world, process, &mut flight);
        let mut next = world;
        next.flights.remove(process);
        match read {
            Err(_) => drop(next.flights.insert(process.clone(), flight)),
            Ok(Done::Settled) => {}
            Ok(Done::Retry(_)) => drop(next.queue.insert(process.clone())),
        }
        self.tidy(next)
    }
}
