//! Timers: what is left of something that takes time, kept in the store beside everything else.
//!
//! They are no objects of Kubernetes. A controller that waits, and that remembers in its own memory what the store does not hold, keeps both in a timer of
//! the object that it waits for: an object of a kind of our own, which goes when that object goes. They are there only where a Scenario has a clock.
//! Nobody is asked whether one may be written, and nobody who tells a run tells of them.

use evenkeel_object::{Key, Kind, Object, Value, json};

use crate::{Outcome, Read, Reason, Request, Status, Verb, Write};

/// The version of the kind.
const API_VERSION: &str = "clock.evenkeel.dev/v1";

/// The kind of all timers.
pub fn kind() -> Kind {
    Kind::of(API_VERSION, "Timer")
}

/// Whether that is the kind of timers.
pub fn is_timer(kind: &Kind) -> bool {
    &*kind.name == "Timer" && &*kind.group == "clock.evenkeel.dev"
}

/// The key of the timer of an object.
pub fn key(of: &Object) -> Key {
    Key::new(kind(), of.namespace(), &format!("{}.{}", of["kind"].text(), of.name()))
}

/// The timer of an object: it runs out after `left` ticks, or does not run; and what its controller remembers.
pub fn timer(of: &Object, left: Option<i64>, memory: Value) -> Object {
    let mut timer = Object::new(API_VERSION, &key(of));
    let owner = json!({
        "apiVersion": of["apiVersion"].text(), "kind": of["kind"].text(), "name": of.name(), "uid": of.uid(),
    });
    timer.set(&["metadata", "ownerReferences"], vec![Value::from(owner)]);
    if let Some(left) = left {
        timer.set(&["left"], left);
    }
    timer.set(&["memory"], memory);
    timer
}

/// Whether it is a timer of this incarnation of the object.
pub fn is_of(timer: &Object, object: &Object) -> bool {
    timer.owners().any(|owner| &*owner.uid == object.uid())
}

/// How many ticks are left; none if it does not run, zero once it has run out.
pub fn left(timer: &Object) -> Option<i64> {
    timer["left"].as_int()
}

/// The timer a tick later; none if a tick makes no difference to it.
pub fn ticked(timer: &Object) -> Option<Object> {
    let left = left(timer).filter(|left| *left > 0)?;
    let mut later = timer.clone();
    later.set(&["left"], left - 1);
    Some(later)
}

/// What becomes of a request about a timer: a creation puts it in the place of the one before, a deletion takes it away.
pub(crate) fn kept(store: &mut dyn Read, request: &Request) -> Result<Outcome, Status> {
    let key = &request.key;
    let stored = store.get(key);
    match (&request.verb, stored) {
        (Verb::Create(timer), Some(stored)) if *timer == stored => Ok(Outcome::unchanged(stored)),
        (Verb::Create(timer), _) => Ok(changed(key, timer.clone(), Some(timer.clone()))),
        (_, None) => Err(Status::new(Reason::NotFound, format!("timers {:?} not found", key.name))),
        (Verb::Delete { .. }, Some(stored)) => Ok(changed(key, stored, None)),
        (_, Some(stored)) => Ok(Outcome::unchanged(stored)),
    }
}

fn changed(key: &Key, answer: Object, after: Option<Object>) -> Outcome {
    Outcome { answer: Ok(answer), writes: vec![Write { key: key.clone(), after }] }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Object, Value, json};

    use super::{is_of, key, left, ticked, timer};
    use crate::{Memory, Precondition, Request, Server, Subresource, Verb};

    fn autoscaler(uid: &str) -> Object {
        Object::from(json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web", "namespace": "default", "uid": uid},
        }))
    }

    fn handle(store: &mut Memory, verb: Verb) -> bool {
        let request = Request {
            manager: "a".into(),
            key: key(&autoscaler("1")),
            subresource: Subresource::Main,
            verb,
            precondition: Precondition::None,
        };
        let outcome = Server::default().handle(store, &request);
        store.commit(&outcome.writes);
        !outcome.writes.is_empty()
    }

    #[test]
    fn a_timer_runs_down_to_zero_and_stays_there() {
        let mut now = timer(&autoscaler("1"), Some(2), Value::map());
        for expect in [1, 0] {
            now = ticked(&now).expect("it runs");
            assert_eq!(left(&now), Some(expect));
        }
        assert_eq!(ticked(&now), None);
        assert_eq!(ticked(&timer(&autoscaler("1"), None, Value::map())), None);
    }

    #[test]
    fn a_timer_belongs_to_one_incarnation_of_its_object() {
        let now = timer(&autoscaler("1"), None, Value::map());
        assert!(is_of(&now, &autoscaler("1")) && !is_of(&now, &autoscaler("2")));
    }

    #[test]
    fn a_timer_is_put_in_the_place_of_the_one_before_and_nobody_is_asked() {
        let mut store = Memory::default();
        let with = |left| Verb::Create(timer(&autoscaler("1"), left, Value::map()));
        assert!(handle(&mut store, with(Some(3))));
        assert!(!handle(&mut store, with(Some(3))), "the same again changes nothing");
        assert!(handle(&mut store, with(None)));
        assert!(handle(&mut store, Verb::Delete { propagation: None, uid: None, grace: None }));
        assert!(store.objects.is_empty());
    }
}
