//! The part of an object that is the server's own: names, incarnations, generations, owners.

use evenkeel_object::{Key, Kind, Object, Value};

use super::kinds::Resource;
use crate::{Projection, Question, Read, Scope, Select};

/// What stands for any point in time.
pub(crate) const NOW: &str = "1970-01-01T00:00:00Z";

const OBSERVED: &str = "observedGeneration";

/// A new object with its name, made up if it has none, and its uid.
pub(crate) fn identified(store: &mut dyn Read, resource: &Resource, mut object: Object) -> Object {
    if object.name().is_empty() {
        let name = free_name(store, resource, &object);
        object.set(&["metadata", "name"], name);
    }
    let uid = uid(store, &Key::new(resource.kind.clone(), object.namespace(), object.name()));
    object.set(&["metadata", "uid"], uid);
    object
}

/// `<prefix>~<i>` with the smallest `i` that is free. A user's name has no `~`, so these names are unmistakable.
fn free_name(store: &mut dyn Read, resource: &Resource, object: &Object) -> String {
    let prefix = object["metadata"]["generateName"].text();
    let is_free = |name: &String| {
        let key = Key::new(resource.kind.clone(), object.namespace(), name);
        store.ask(&Question { scope: Scope::one(&key), projection: Projection::count() }).count() == 0
    };
    (0..).map(|i| format!("{prefix}~{i}")).find(is_free).expect("a store is finite")
}

/// `<Kind>/<namespace>/<name>#<n>` with the smallest `n` that nobody remembers: an object that is created again under its old name is another one as
/// long as anything could tell.
///
/// Of a name that people gave, every place in every object is looked at, be it an owner reference, a label or a field of a custom resource; not so those
/// endpoints that are about to be worked out anew. Of a name that the server made up, owner references only: such names are given anew, too. References
/// from other namespaces do not count; the garbage collector never resolves one. A claim is remembered by the volume that was bound to it, too.
fn uid(store: &mut dyn Read, key: &Key) -> String {
    let scope = Scope {
        kind: None,
        namespace: (!key.namespace.is_empty()).then(|| key.namespace.clone()),
        select: Select::All,
    };
    let is_made_up = key.name.contains('~');
    let is_claim = key.kind.is("", "PersistentVolumeClaim");
    let is_free = |uid: &String| {
        let question = if is_made_up {
            let select = Select::DependentsOf { owner: key.clone(), uid: uid.as_str().into() };
            Question { scope: scope.clone().select(select), projection: Projection::count() }
        } else {
            Question { scope: scope.clone(), projection: mentions(uid) }
        };
        store.ask(&question).count() == 0 && !(is_claim && is_known_to_volumes(store, uid))
    };
    (0..)
        .map(|n| format!("{}/{}/{}#{n}", key.kind.name, key.namespace, key.name))
        .find(is_free)
        .expect("a store is finite")
}

/// Whether a volume is bound to this incarnation of a claim.
fn is_known_to_volumes(store: &mut dyn Read, uid: &str) -> bool {
    let scope = Scope::everywhere(&Kind::new("", "PersistentVolume"));
    store.ask(&Question { scope, projection: mentions(uid) }).count() > 0
}

/// How many objects say that uid somewhere, but for the object whose it is.
fn mentions(uid: &str) -> Projection {
    Projection {
        name: "mentions of a uid",
        args: uid.into(),
        of: |uid, objects| {
            let tells = |object: &&Object| {
                !object.kind().is("discovery.k8s.io", "EndpointSlice") && says(&object.0, uid.text())
            };
            let own = |object: &&Object| object.uid() == uid.text();
            Value::Int(objects.iter().filter(|object| !own(object)).filter(tells).count() as i64)
        },
        join: |_, left, right| Value::Int(left.count() + right.count()),
    }
}

fn says(value: &Value, text: &str) -> bool {
    match value {
        Value::String(own) => &**own == text,
        Value::List(items) => items.iter().any(|item| says(item, text)),
        Value::Map(map) => map.values().any(|value| says(value, text)),
        _ => false,
    }
}

/// `after` with the generation that comes of what it changes in `before`.
pub(crate) fn advanced(resource: &Resource, before: &Object, mut after: Object) -> Object {
    if !resource.has_generation() {
        after.remove(&["metadata", "generation"]);
        return after;
    }
    let changed = asked(resource, before) != asked(resource, &after);
    let generation = before["metadata"]["generation"].count().max(1) + i64::from(changed);
    after.set(&["metadata", "generation"], generation);
    after
}

/// What of an object its generation counts the changes of.
///
/// Left out: the template generation of a DaemonSet, which is kept in an annotation.
fn asked(resource: &Resource, object: &Object) -> Value {
    let mut content = object.0.clone();
    for field in ["metadata", "apiVersion", "kind"] {
        content.remove(&[field]);
    }
    if resource.has_status() {
        content.remove(&["status"]);
    }
    match (&*resource.kind.group, &*resource.kind.name) {
        // Annotations are copied to the ReplicaSets.
        // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/apps/deployment/strategy.go: PrepareForUpdate
        ("apps", "Deployment") => content.with(&["annotations"], object["metadata"]["annotations"].clone()),
        // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/discovery/endpointslice/strategy.go: PrepareForUpdate
        ("discovery.k8s.io", "EndpointSlice") => content.with(&["labels"], object.labels().clone()),
        // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/scheduling/priorityclass/strategy.go: PrepareForUpdate
        ("scheduling.k8s.io", "PriorityClass") => Value::Null,
        _ => content,
    }
}

/// The object with its generation and every `observedGeneration` in its status renumbered: the distinct values in use become 1, 2, ….
///
/// So a counter that only grows does not make every state new. An observed generation above the generation itself can only come from a
/// writer that read it under an older numbering; it becomes the generation.
pub(crate) fn renumbered(mut object: Object) -> Object {
    let generation = object["metadata"]["generation"].count();
    if generation == 0 {
        return object;
    }
    let mut used = vec![generation];
    observed(&object["status"], &mut used);
    let written = used.clone();
    used.retain(|number| *number <= generation);
    used.sort_unstable();
    used.dedup();
    let rank = |number: i64| {
        let place = used.binary_search(&number.min(generation));
        i64::try_from(place.expect("every number in use is listed")).expect("they are few") + 1
    };
    // Most writes leave the numbers as they are, and then nothing need be copied.
    if written.iter().any(|number| rank(*number) != *number) {
        object.set(&["metadata", "generation"], rank(generation));
        // What has no status gets none: an empty one would make two states of one.
        if let Some(status) = object.get("status").map(|status| reranked(status, &rank)) {
            object.set(&["status"], status);
        }
    }
    object
}

/// Adds every positive `observedGeneration`.
fn observed(value: &Value, found: &mut Vec<i64>) {
    for item in value.items() {
        observed(item, found);
    }
    for (name, field) in value.entries() {
        match field {
            Value::Int(number) if &**name == OBSERVED && *number > 0 => found.push(*number),
            _ => observed(field, found),
        }
    }
}

/// The value with every positive `observedGeneration` put through `rank`.
fn reranked(value: &Value, rank: &dyn Fn(i64) -> i64) -> Value {
    match value {
        Value::List(items) => Value::list(items.iter().map(|item| reranked(item, rank))),
        Value::Map(map) => Value::fields(map.iter().map(|(name, field)| {
            let field = match field {
                Value::Int(number) if &**name == OBSERVED && *number > 0 => rank(*number).into(),
                _ => reranked(field, rank),
            };
            (name.clone(), field)
        })),
        _ => value.clone(),
    }
}

/// The object as deleted: with a deletion timestamp, this many seconds of grace, and a new generation if it is deleted for the first time.
///
/// The timestamp says only that there is one; with a zero grace period it is left to finalizers to let the object go.
pub(crate) fn marked(mut object: Object, grace: i64) -> Object {
    if !object.is_terminating() {
        let generation = object["metadata"]["generation"].count();
        if generation > 0 {
            object.set(&["metadata", "generation"], generation + 1);
        }
        object.set(&["metadata", "deletionTimestamp"], NOW);
    }
    object.set(&["metadata", "deletionGracePeriodSeconds"], grace);
    object
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Object, Value, json};

    use super::renumbered;

    fn check(generation: i64, observed: &[i64], expect: (i64, &[i64])) {
        let conditions =
            |observed: &[i64]| Value::list(observed.iter().map(|o| Value::map().with(&["observedGeneration"], *o)));
        let object = |generation: i64, observed: &[i64]| {
            Object::from(json!({
                "metadata": {"generation": generation}, "status": {"conditions": conditions(observed)},
            }))
        };
        assert_eq!(renumbered(object(generation, observed)), object(expect.0, expect.1));
    }

    #[test]
    fn generations_keep_their_order_and_lose_their_size() {
        check(7, &[], (1, &[]));
        check(7, &[7], (1, &[1]));
        check(7, &[3], (2, &[1]));
        check(7, &[3, 5, 3], (3, &[1, 2, 1]));
    }

    #[test]
    fn an_unset_observed_generation_stays_unset_and_one_from_the_future_is_now() {
        check(7, &[0, -1], (1, &[0, -1]));
        check(1, &[2], (1, &[1]));
    }

    #[test]
    fn what_has_no_status_gets_none() {
        let slice = |generation: i64| Object::from(json!({"metadata": {"generation": generation}, "ports": []}));
        assert_eq!(renumbered(slice(2)), slice(1));
    }
}
