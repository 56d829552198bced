//! A second checker, for tests: explicit sets of whole stores, nothing shared, nothing remembered, no parts, no canonical names.
//!
//! It is written from the definitions, and the only code it has in common with the real one are the controllers and the server.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use evenkeel_api::current::{Currency, current};
use evenkeel_api::{Memory, Question, Read, Request, Server};
use evenkeel_cluster::{Demand, Legitimacy, Reach};
use evenkeel_control::{Answer, Client, Controller, Done, Link, Pause};
use evenkeel_object::{Key, Object, Value};
use evenkeel_system::Verdict;

/// A controller, by its place in the list, and what it reconciles.
pub(crate) type Process = (usize, Key);

/// What each process can do in a store: the stores that come of it.
type Moves = Vec<(Process, Memory)>;

/// Who can move in each store, and to which store that leads, by number.
pub(crate) type Graph = Vec<Vec<(Process, usize)>>;

pub(crate) struct Naive {
    pub(crate) server: Server,
    pub(crate) controllers: Vec<Box<dyn Controller>>,
    pub(crate) legitimacy: Legitimacy,
}

/// Carries out everything at once; takes the choices that it is given and then the first of each.
struct Plain<'n> {
    server: &'n Server,
    store: Memory,
    choices: Vec<usize>,
    options: Vec<usize>,
}

impl Link for Plain<'_> {
    fn read(&mut self, question: &Question) -> Result<Value, Pause> {
        Ok(self.store.ask(question))
    }

    fn write(&mut self, request: &Request) -> Result<Answer, Pause> {
        let outcome = self.server.handle(&mut self.store, request);
        self.store.commit(&outcome.writes);
        Ok(outcome.answer)
    }

    fn choose(&mut self, options: usize) -> Result<usize, Pause> {
        self.options.push(options);
        Ok(self.choices.get(self.options.len() - 1).copied().unwrap_or(0))
    }

    fn note(&mut self, _: &str) {}
}

impl Naive {
    /// The verdict, if no more than `most` stores are met.
    pub(crate) fn verdict(&self, start: Memory, most: usize) -> Option<Verdict> {
        let mut numbers = BTreeMap::from([(start.clone(), 0)]);
        let mut stores = vec![start];
        let mut graph = Graph::new();
        while graph.len() < stores.len() {
            let moves = self.moves(&stores[graph.len()]).into_iter().map(|(process, next)| {
                let number = *numbers.entry(next).or_insert_with_key(|next| {
                    stores.push(next.clone());
                    stores.len() - 1
                });
                (process, number)
            });
            graph.push(moves.collect());
            if stores.len() > most {
                return None;
            }
        }
        let hold = |demands: &[Rc<Demand>], store: &Memory| least(demands.iter().map(|demand| truth(demand, store)));
        let (invariants, demands) = (&self.legitimacy.invariants, &self.legitimacy.demands);
        if stores.iter().any(|store| hold(invariants, store) == Some(false)) {
            return Some(Verdict::Violates);
        }
        let rests = |store: &usize| graph[*store].iter().all(|(_, next)| next == store);
        let is_settled = |store: usize| graph[store].is_empty() && is_current(&stores[store]);
        let is_well = |store: usize| is_settled(store) && hold(demands, &stores[store]) != Some(false);
        if (0..stores.len()).filter(rests).any(|store| !is_well(store)) {
            return Some(Verdict::Stuck);
        }
        if has_fair_cycle(&graph) {
            return Some(Verdict::Oscillates);
        }
        let is_known = |store: usize| {
            let is_met = hold(demands, &stores[store]);
            hold(invariants, &stores[store]).is_some() && (!is_settled(store) || is_met.is_some())
        };
        Some(if (0..stores.len()).all(is_known) { Verdict::Stabilizes } else { Verdict::Undecided })
    }

    fn moves(&self, store: &Memory) -> Moves {
        let mut moves = Vec::new();
        for (number, controller) in self.controllers.iter().enumerate() {
            let mut keys: BTreeSet<Key> = controller.standing().into_iter().collect();
            for scope in controller.subjects() {
                keys.extend(
                    store.objects.iter().filter(|(_, object)| scope.matches(object)).map(|(key, _)| key.clone()),
                );
            }
            for key in keys {
                self.branches(&**controller, &key, store, Vec::new(), &mut |next| {
                    moves.push(((number, key.clone()), next));
                });
            }
        }
        moves
    }

    /// Runs one reconcile, once for each way in which its choices can fall.
    fn branches(
        &self,
        controller: &dyn Controller,
        key: &Key,
        store: &Memory,
        choices: Vec<usize>,
        found: &mut dyn FnMut(Memory),
    ) {
        let known = choices.len();
        let mut link = Plain { server: &self.server, store: store.clone(), choices, options: Vec::new() };
        let done =
            controller.reconcile(&mut Client::new(&mut link, controller.name()), key).expect("this link never pauses");
        if link.options.len() > known {
            for choice in 0..link.options[known] {
                let mut choices = link.choices.clone();
                choices.push(choice);
                self.branches(controller, key, store, choices, found);
            }
        } else if link.store != *store || matches!(done, Done::Retry(_)) {
            found(link.store);
        }
    }
}

/// Whether a demand is met; none if that is not known.
fn truth(demand: &Demand, store: &Memory) -> Option<bool> {
    let objects: Vec<&Object> = store.objects.values().filter(|object| demand.scope.matches(object)).collect();
    let of = |variable, value: &Value| match demand.expression.evaluate(&[(variable, value)]) {
        Ok(Value::Bool(truth)) => Some(truth),
        _ => None,
    };
    match demand.reach {
        Reach::Each => least(objects.into_iter().map(|object| of("object", &object.0))),
        Reach::Together => of("objects", &Value::list(objects.into_iter().map(|object| object.0.clone()))),
    }
}

/// Whether all are true; false counts more than unknown.
fn least(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let rank = |truth: &Option<bool>| truth.map_or(1, |truth| 2 * u8::from(truth));
    truths.min_by_key(rank).unwrap_or(Some(true))
}

fn is_current(store: &Memory) -> bool {
    store.objects.values().all(|object| matches!(current(object), Currency::Current))
}

/// Whether two different stores lie on a cycle on which every process is served or has nothing to do at some time.
pub(crate) fn has_fair_cycle(graph: &Graph) -> bool {
    let reachable: Vec<Vec<bool>> = (0..graph.len()).map(|store| reached(graph, store)).collect();
    (0..graph.len()).any(|store| {
        let component: Vec<usize> =
            (0..graph.len()).filter(|&other| reachable[store][other] && reachable[other][store]).collect();
        // Each component is looked at from the first of its stores.
        component.first() == Some(&store) && component.len() > 1 && is_fair(graph, &component)
    })
}

fn is_fair(graph: &Graph, component: &[usize]) -> bool {
    let processes: BTreeSet<&Process> =
        component.iter().flat_map(|&at| graph[at].iter().map(|(process, _)| process)).collect();
    let is_served = |process: &Process| {
        component.iter().any(|&at| {
            let own = || graph[at].iter().filter(|(mover, _)| mover == process);
            own().next().is_none() || own().any(|(_, next)| component.binary_search(next).is_ok())
        })
    };
    processes.into_iter().all(is_served)
}

/// Which stores can be reached from a store in one step or more.
fn reached(graph: &Graph, from: usize) -> Vec<bool> {
    let mut seen = vec![false; graph.len()];
    let mut open = vec![from];
    while let Some(store) = open.pop() {
        for (_, next) in &graph[store] {
            if !std::mem::replace(&mut seen[*next], true) {
                open.push(*next);
            }
        }
    }
    seen
}
