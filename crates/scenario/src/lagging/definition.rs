//! Caches that lag, as they are defined: every watch event is a step of its own, work queues hold keys, and whole stores are kept.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel_api::{Memory, Precondition, Question, Read, Request, Server};
use evenkeel_control::{Answer, Client, Controller, Done, Event, Link, OwnWrites, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Value};
use evenkeel_system::Verdict;

use super::interleaved::Flight;
use crate::naive::{Process, has_fair_cycle};

/// A world in which caches lag.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct World {
    /// The stores that somebody may still see, and the store as it is.
    pub(super) stores: Vec<Memory>,
    /// Whose change led to each but the first.
    pub(super) by: Vec<Process>,
    /// Which of them each controller sees of each kind.
    pub(super) sees: BTreeMap<(usize, Kind), usize>,
    pub(super) queue: BTreeSet<Process>,
    /// The reconciles under way, where others can act between their requests.
    pub(super) flights: BTreeMap<Process, Flight>,
}

/// What there is besides a store.
pub(super) struct Definition {
    pub(super) server: Server,
    /// Those that are woken by what they read have to say by what.
    pub(super) controllers: Vec<Box<dyn Controller>>,
    /// The kinds that anybody reads or writes.
    pub(super) kinds: Vec<Kind>,
    /// The most changes that a cache may lag.
    pub(super) most: usize,
    /// Whether each request is a step of its own.
    pub(super) is_interleaved: bool,
}

/// A reconcile that reads its cache and writes to the store.
struct Lagging<'l> {
    server: &'l Server,
    cache: Memory,
    /// Objects that have changed since the cache saw them.
    unseen: BTreeSet<Key>,
    store: Memory,
    written: Vec<Memory>,
    /// Objects that are gone and that somebody may still see: nothing new is called as they are.
    gone: Vec<Object>,
    choices: Vec<usize>,
    options: Vec<usize>,
}

impl Link for Lagging<'_> {
    fn read(&mut self, question: &Question) -> Result<Value, Pause> {
        Ok(self.cache.ask(question))
    }

    fn live(&mut self, question: &Question) -> Result<Value, Pause> {
        let answer = self.store.ask(question);
        let found: Vec<Key> = self
            .unseen
            .iter()
            .filter(|key| self.store.objects.get(key).is_some_and(|o| question.scope.matches(o)))
            .cloned()
            .collect();
        for key in &found {
            self.unseen.remove(key);
        }
        Ok(answer)
    }

    fn write(&mut self, request: &Request) -> Result<Answer, Pause> {
        let mut request = request.clone();
        if request.precondition != Precondition::None && self.unseen.contains(&request.key) {
            request.precondition = Precondition::Outdated;
        }
        let mut all = self.store.clone();
        let is_named = !request.key.name.is_empty();
        self.gone.iter().filter(|_| !is_named).for_each(|object| all.insert(object.clone()));
        let outcome = self.server.handle(&mut all, &request);
        let before = self.store.clone();
        self.store.commit(&outcome.writes);
        if before != self.store {
            self.written.push(self.store.clone());
        }
        if outcome.answer.is_ok() {
            self.unseen.remove(&request.key);
        }
        Ok(outcome.answer)
    }

    fn choose(&mut self, options: usize) -> Result<usize, Pause> {
        self.options.push(options);
        Ok(self.choices.get(self.options.len() - 1).copied().unwrap_or(0))
    }

    fn choose_alike(&mut self, options: usize) -> Result<usize, Pause> {
        self.choose(options)
    }

    fn note(&mut self, _: &str) {}
}

/// Whether objects of a kind differ.
fn is_changed(before: &Memory, after: &Memory, kind: &Kind) -> bool {
    let of = |store: &Memory| -> Vec<Object> {
        store.objects.iter().filter(|(key, _)| key.kind == *kind).map(|(_, object)| object.clone()).collect()
    };
    of(before) != of(after)
}

impl Definition {
    fn start(&self, store: Memory) -> World {
        let mut queue = BTreeSet::new();
        for (number, controller) in self.controllers.iter().enumerate() {
            for scope in controller.subjects() {
                let subjects = store.objects.iter().filter(|(_, object)| scope.matches(object));
                queue.extend(subjects.map(|(key, _)| (number, key.clone())));
            }
        }
        let sees =
            (0..self.controllers.len()).flat_map(|toy| self.kinds.iter().map(move |kind| ((toy, kind.clone()), 0)));
        World { stores: vec![store], by: Vec::new(), sees: sees.collect(), queue, flights: BTreeMap::new() }
    }

    /// Lets a cache see one more store.
    pub(super) fn observe(&self, world: &mut World, watch: &(usize, Kind)) {
        let seen = world.sees[watch];
        world.sees.insert(watch.clone(), seen + 1);
        let (mut cache, _) = self.cache(world, watch.0);
        let (before, after) = (&world.stores[seen], &world.stores[seen + 1]);
        let keys: BTreeSet<&Key> = before.objects.keys().chain(after.objects.keys()).collect();
        for key in keys.into_iter().filter(|key| key.kind == watch.1) {
            let event = Event { before: before.objects.get(key).cloned(), after: after.objects.get(key).cloned() };
            let controller = &self.controllers[watch.0];
            let is_told = match controller.wakes() {
                Wakes::On(kinds) => kinds.contains(&watch.1),
                _ => true,
            };
            if is_told && event.before != event.after {
                let woken = controller.woken(&event, &mut cache);
                world.queue.extend(woken.into_iter().map(|key| (watch.0, key)));
            }
        }
    }

    /// Lets a controller see its own changes, the last ones from that place on.
    pub(super) fn observe_own(&self, world: &mut World, toy: usize, from: usize) {
        for at in from..world.stores.len() {
            let is_own = |kind: &&Kind| is_changed(&world.stores[at - 1], &world.stores[at], kind);
            let own: Vec<&Kind> = self.kinds.iter().filter(is_own).collect();
            for kind in own {
                while world.sees[&(toy, kind.clone())] < at {
                    self.observe(world, &(toy, kind.clone()));
                }
            }
        }
    }

    /// Forgets what nobody is behind with, and lets everybody see what has become too old, or is nothing to him.
    pub(super) fn tidy(&self, mut world: World) -> World {
        let changes =
            |world: &World, at: usize, kind: &Kind| is_changed(&world.stores[at], &world.stores[at + 1], kind);
        let watches: Vec<(usize, Kind)> = world.sees.keys().cloned().collect();
        for watch in &watches {
            while world.sees[watch] + 1 < world.stores.len()
                && (world.sees[watch] + self.most + 1 < world.stores.len()
                    || !changes(&world, world.sees[watch], &watch.1))
            {
                self.observe(&mut world, watch);
            }
        }
        let first = *world.sees.values().min().expect("there are watches");
        world.stores.drain(..first);
        world.by.drain(..first);
        world.sees.values_mut().for_each(|seen| *seen -= first);
        world
    }

    pub(super) fn cache(&self, world: &World, toy: usize) -> (Memory, BTreeSet<Key>) {
        let (mut cache, mut unseen) = (Memory::default(), BTreeSet::new());
        for kind in &self.kinds {
            let seen = world.sees[&(toy, kind.clone())];
            let of_kind = |store: &Memory| -> Vec<(Key, Object)> {
                let all = store.objects.iter().filter(|(key, _)| key.kind == *kind);
                all.map(|(key, object)| (key.clone(), object.clone())).collect()
            };
            of_kind(&world.stores[seen]).into_iter().for_each(|(_, object)| cache.insert(object));
            for pair in world.stores[seen..].windows(2) {
                let keys = of_kind(&pair[0]).into_iter().chain(of_kind(&pair[1])).map(|(key, _)| key);
                unseen.extend(keys.filter(|key| pair[0].objects.get(key) != pair[1].objects.get(key)));
            }
        }
        (cache, unseen)
    }

    /// Whether a process wrote something that it waits to see.
    fn waits(&self, world: &World, process: &Process) -> bool {
        self.controllers[process.0].own_writes() == OwnWrites::Awaited
            && (0..world.by.len()).any(|at| {
                let pair = &world.stores[at..=at + 1];
                let keys: BTreeSet<&Key> = pair[0].objects.keys().chain(pair[1].objects.keys()).collect();
                let changed = keys.into_iter().filter(|key| pair[0].objects.get(key) != pair[1].objects.get(key));
                world.by[at] == *process
                    && changed.into_iter().any(|key| world.sees[&(process.0, key.kind.clone())] <= at)
            })
    }

    fn moves(&self, world: &World) -> Vec<(Process, World)> {
        let mut moves = Vec::new();
        for watch in world.sees.keys() {
            if world.sees[watch] + 1 < world.stores.len() {
                let mut next = world.clone();
                self.observe(&mut next, watch);
                let duty = (100 + watch.0, Key::new(watch.1.clone(), "", ""));
                moves.push((duty, self.tidy(next)));
            }
        }
        for process in world.flights.keys() {
            moves.extend(self.answers(world, process).into_iter().map(|next| (process.clone(), next)));
        }
        for process in world.queue.iter().filter(|process| !world.flights.contains_key(process)) {
            if self.waits(world, process) {
                moves.push((process.clone(), world.clone()));
                continue;
            }
            if self.is_interleaved && self.writes(world, process) {
                moves.push((process.clone(), self.begin(world, process)));
                continue;
            }
            self.runs(world, process, Vec::new(), &mut |written, done| {
                let mut next = world.clone();
                if done == Done::Settled {
                    next.queue.remove(process);
                }
                let known = next.stores.len();
                next.by.extend(written.iter().map(|_| process.clone()));
                next.stores.extend(written);
                if self.controllers[process.0].own_writes() == OwnWrites::Known {
                    self.observe_own(&mut next, process.0, known);
                }
                moves.push((process.clone(), self.tidy(next)));
            });
        }
        moves
    }

    /// Whether a reconcile changes anything if nobody interrupts it.
    fn writes(&self, world: &World, process: &Process) -> bool {
        let mut writes = false;
        self.runs(world, process, Vec::new(), &mut |written, _| writes |= !written.is_empty());
        writes
    }

    /// Runs one reconcile, once for each way in which its choices can fall; hands over the stores that it leads to.
    fn runs(&self, world: &World, process: &Process, choices: Vec<usize>, found: &mut dyn FnMut(Vec<Memory>, Done)) {
        let n_known = choices.len();
        let (cache, unseen) = self.cache(world, process.0);
        let store = world.stores.last().expect("there is a store").clone();
        let past = world.stores.iter().flat_map(|past| past.objects.iter());
        let gone = past.filter(|(key, _)| !store.objects.contains_key(key)).map(|(_, object)| object.clone()).collect();
        let (written, options) = (Vec::new(), Vec::new());
        let mut link = Lagging { server: &self.server, cache, unseen, store, written, gone, choices, options };
        let controller = &self.controllers[process.0];
        let client = &mut Client::new(&mut link, controller.name());
        let done = controller.reconcile(client, &process.1).expect("nothing pauses");
        if link.options.len() > n_known {
            for choice in 0..link.options[n_known] {
                let choices = link.choices.iter().copied().chain([choice]).collect();
                self.runs(world, process, choices, found);
            }
        } else {
            found(link.written, done);
        }
    }

    /// The verdicts that are right, if no more than `most` worlds are met: any fault that there is, or none.
    /// Each world is shown to `seen`.
    pub(super) fn verdicts(&self, store: Memory, most: usize, seen: &mut dyn FnMut(&World)) -> Option<Vec<Verdict>> {
        let start = self.start(store);
        let mut numbers = BTreeMap::from([(start.clone(), 0)]);
        let mut worlds = vec![start];
        let mut graph = Vec::new();
        while graph.len() < worlds.len() {
            let mut edges = Vec::new();
            for (process, next) in self.moves(&worlds[graph.len()]) {
                let number = *numbers.entry(next).or_insert_with_key(|next| {
                    worlds.push(next.clone());
                    worlds.len() - 1
                });
                edges.push((process, number));
            }
            graph.push(edges);
            if worlds.len() > most {
                return None;
            }
        }
        worlds.iter().for_each(seen);
        let rests: Vec<usize> = (0..graph.len()).filter(|at| graph[*at].iter().all(|(_, next)| next == at)).collect();
        let mut faults = Vec::new();
        faults.extend(rests.iter().any(|at| !graph[*at].is_empty()).then_some(Verdict::Stuck));
        faults.extend(has_fair_cycle(&graph).then_some(Verdict::Oscillates));
        let finals: BTreeSet<&Memory> = rests.iter().filter_map(|at| worlds[*at].stores.last()).collect();
        if faults.is_empty() {
            faults.push(if finals.len() > 1 { Verdict::Ambiguous } else { Verdict::Stabilizes });
        }
        Some(faults)
    }
}
