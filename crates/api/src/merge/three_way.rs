//! The patch that a client-side `kubectl apply` sends, from the three states it knows.

use evenkeel_object::{Kind, Map, Value, merge::merge_patch};

use super::difference::{Part, difference};
use super::join::{Mode, joined};
use crate::Status;
use crate::shapes::{Shape, is_built_in, shape_of};

/// The patch that a client-side `kubectl apply` sends: a strategic merge patch for kinds of Kubernetes' own, a JSON merge patch for
/// others; `{}` if there is nothing to send.
///
/// What `modified` says and `current` does not have is added, what `original` (last applied) had and `modified` has not is deleted;
/// the rest of `current` is left alone. `modified` carries the annotation of [`super::with_last_applied`]. Refuses what kubectl
/// refuses to compare: items without their merge key, and lists of several sorts of items.
///
/// <https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/strategicpatch/patch.go>: `CreateThreeWayMergePatch`
pub fn three_way(kind: &Kind, original: Option<&Value>, modified: &Value, current: &Value) -> Result<Value, Status> {
    let original = original.cloned().unwrap_or_else(Value::map);
    if is_built_in(kind) {
        strategic_patch(&shape_of(kind), &original, modified, current)
    } else {
        Ok(json_patch(&original, modified, current))
    }
}

fn strategic_patch(shape: &Shape, original: &Value, modified: &Value, current: &Value) -> Result<Value, Status> {
    let empty = Map::new();
    let [original, modified, current] = [original, modified, current].map(|value| value.as_map().unwrap_or(&empty));
    let additions = difference(Part::Additions, shape, current, modified, false)?;
    let deletions = difference(Part::Deletions, shape, original, modified, false)?;
    joined(Mode::Combine, shape, deletions, additions).map(Value::from)
}

// https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/jsonmergepatch/patch.go
fn json_patch(original: &Value, modified: &Value, current: &Value) -> Value {
    let additions = additions(&json_difference(current, modified));
    let deletions = deletions(&json_difference(original, modified));
    merge_patch(&deletions, &additions)
}

/// The JSON merge patch that makes one value into another.
fn json_difference(before: &Value, after: &Value) -> Value {
    let mut patch = Map::new();
    for (name, value) in after.entries() {
        match (before.get(name), value) {
            (Some(old @ Value::Map(_)), Value::Map(_)) => {
                let inner = json_difference(old, value);
                if inner.entries().next().is_some() {
                    patch.insert(name.clone(), inner);
                }
            }
            (Some(old), value) if old == value => {}
            _ => {
                patch.insert(name.clone(), value.clone());
            }
        }
    }
    for (name, _) in before.entries() {
        if after.get(name).is_none() {
            patch.insert(name.clone(), Value::Null);
        }
    }
    patch.into()
}

fn additions(patch: &Value) -> Value {
    Value::fields(patch.entries().filter_map(|(name, value)| match value {
        Value::Null => None,
        Value::Map(map) if !map.is_empty() => {
            let inner = additions(value);
            inner.entries().next()?;
            Some((name.clone(), inner))
        }
        _ => Some((name.clone(), value.clone())),
    }))
}

fn deletions(patch: &Value) -> Value {
    Value::fields(patch.entries().filter_map(|(name, value)| match value {
        Value::Null => Some((name.clone(), Value::Null)),
        Value::Map(_) => {
            let inner = deletions(value);
            inner.entries().next()?;
            Some((name.clone(), inner))
        }
        _ => None,
    }))
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Kind, Value, json, merge::merge_patch};

    use super::three_way;
    use crate::merge::strategic;

    /// The patch for `spec`, and that it leads where it should.
    fn check(states: [serde_json::Value; 3], patch: serde_json::Value, result: serde_json::Value) {
        let kind = Kind::new("", "Pod");
        let [original, modified, current] =
            states.map(|spec| Value::from(json!({"metadata": {"name": "x"}, "spec": spec})));
        let found = three_way(&kind, Some(&original), &modified, &current).expect("comparable");
        assert_eq!(found["spec"], Value::from(patch));
        let patched = strategic(&kind, &current, &found).expect("a sound patch");
        assert_eq!(patched["spec"], Value::from(result));
    }

    #[test]
    fn what_others_set_stays_and_what_was_given_up_goes() {
        check(
            [json!({"a": "1", "b": "1"}), json!({"a": "2"}), json!({"a": "1", "b": "1", "c": "1"})],
            json!({"a": "2", "b": null}),
            json!({"a": "2", "c": "1"}),
        );
    }

    #[test]
    fn the_same_once_more_is_no_patch() {
        let spec = json!({"containers": [{"name": "a", "image": "x"}], "volumes": [{"name": "v", "emptyDir": {}}]});
        check([spec.clone(), spec.clone(), spec.clone()], json!(null), spec);
    }

    #[test]
    fn containers_are_changed_and_deleted_by_name() {
        check(
            [
                json!({"containers": [{"name": "a", "image": "x"}, {"name": "b"}]}),
                json!({"containers": [{"name": "a", "image": "y"}]}),
                json!({"containers": [{"name": "a", "image": "x"}, {"name": "b"}, {"name": "injected"}]}),
            ],
            json!({
                "$setElementOrder/containers": [{"name": "a"}],
                "containers": [{"name": "a", "image": "y"}, {"name": "b", "$patch": "delete"}],
            }),
            json!({"containers": [{"name": "a", "image": "y"}, {"name": "injected"}]}),
        );
    }

    #[test]
    fn a_volume_changes_its_source_by_retained_keys() {
        check(
            [
                json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
                json!({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}),
                json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
            ],
            json!({
                "$setElementOrder/volumes": [{"name": "v"}],
                "volumes": [{"name": "v", "$retainKeys": ["hostPath", "name"], "hostPath": {"path": "/"}, "emptyDir": null}],
            }),
            json!({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}),
        );
    }

    #[test]
    fn an_empty_value_that_the_server_drops_is_sent_every_time() {
        let rules = json!({"rules": []});
        let kind = Kind::new("rbac.authorization.k8s.io", "ClusterRole");
        let current = Value::from(json!({"rules": [{"verbs": ["get"]}]}));
        let patch = three_way(&kind, Some(&rules.clone().into()), &rules.clone().into(), &current);
        assert_eq!(patch, Ok(rules.into()));
    }

    #[test]
    fn custom_resources_get_a_json_merge_patch() {
        let kind = Kind::new("example.com", "Widget");
        let original = Value::from(json!({"spec": {"a": 1, "b": {"c": 1}, "list": [1]}}));
        let modified = Value::from(json!({"spec": {"a": 2, "b": {}, "list": [1, 2]}}));
        let current = Value::from(json!({"spec": {"a": 1, "b": {"c": 1, "d": 1}, "list": [1], "e": 1}}));
        let patch = three_way(&kind, Some(&original), &modified, &current).expect("comparable");
        assert_eq!(patch, json!({"spec": {"a": 2, "b": {"c": null}, "list": [1, 2]}}).into());
        assert_eq!(
            merge_patch(&current, &patch),
            json!({"spec": {"a": 2, "b": {"d": 1}, "list": [1, 2], "e": 1}}).into()
        );
    }
}
