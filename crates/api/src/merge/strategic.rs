//! Applies a strategic merge patch: maps merge field by field, lists by their merge keys, and directives say what else.

use evenkeel_object::{Kind, Value};

use super::join::{Mode, joined};
use crate::shapes::{is_built_in, shape_of};
use crate::status::Reason;
use crate::{Cause, Status};

/// `target` with the patch merged into it, or why the patch makes no sense.
///
/// The directives are `$patch` (`replace`, `delete`), `$retainKeys`, `$deleteFromPrimitiveList/…` and `$setElementOrder/…`. A kind
/// without Go types has no merge keys, and its server answers 415. Most other refusals have code 500 and no reason.
pub fn strategic(kind: &Kind, target: &Value, patch: &Value) -> Result<Value, Status> {
    if !is_built_in(kind) {
        let message = "the body of the request was in an unknown format - accepted media types include: \
                       application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
        return Err(Status {
            code: 415,
            reason: Reason::BadRequest,
            message: message.to_owned(),
            causes: Vec::<Cause>::new(),
        });
    }
    let (Value::Map(target), Value::Map(patch)) = (target, patch) else {
        return Err(Status::new(Reason::BadRequest, "invalid JSON document"));
    };
    joined(Mode::Apply, &shape_of(kind), (**target).clone(), (**patch).clone()).map(Value::from)
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Kind, Value, json};

    use super::strategic;

    fn pod(spec: serde_json::Value) -> Value {
        Value::map().with(&["spec"], Value::from(spec))
    }

    fn check(target: serde_json::Value, patch: serde_json::Value, expect: serde_json::Value) {
        let patched = strategic(&Kind::new("", "Pod"), &pod(target), &pod(patch));
        assert_eq!(patched.map_err(|status| status.to_string()), Ok(pod(expect)));
    }

    fn check_refused(patch: serde_json::Value, code: u16, text: &str) {
        let target = pod(json!({"containers": [{"name": "a"}]}));
        let status = strategic(&Kind::new("", "Pod"), &target, &pod(patch)).expect_err("such a patch is refused");
        assert_eq!((status.code, status.message.as_str()), (code, text));
    }

    #[test]
    fn lists_merge_by_their_keys() {
        check(
            json!({"containers": [{"name": "a", "image": "x"}]}),
            json!({"containers": [{"name": "b", "image": "y"}, {"name": "a", "tty": true}]}),
            json!({"containers": [{"name": "b", "image": "y"}, {"name": "a", "image": "x", "tty": true}]}),
        );
        check(
            json!({"tolerations": [{"key": "a"}]}),
            json!({"tolerations": [{"key": "b"}]}),
            json!({"tolerations": [{"key": "b"}]}),
        );
    }

    #[test]
    fn null_takes_a_field_away_and_is_never_stored() {
        check(
            json!({"a": 1, "b": {"c": 1}}),
            json!({"a": null, "d": {"e": null, "f": 1}}),
            json!({"b": {"c": 1}, "d": {"f": 1}}),
        );
    }

    #[test]
    fn directives_delete_and_replace() {
        let two = json!({"containers": [{"name": "a", "image": "x"}, {"name": "b"}]});
        check(
            two.clone(),
            json!({"containers": [{"name": "a", "$patch": "delete"}]}),
            json!({"containers": [{"name": "b"}]}),
        );
        check(
            two,
            json!({"containers": [{"name": "c"}, {"$patch": "replace"}]}),
            json!({"containers": [{"name": "c"}]}),
        );
        check(
            json!({"securityContext": {"a": 1}}),
            json!({"securityContext": {"$patch": "replace", "b": 1}}),
            json!({"securityContext": {"b": 1}}),
        );
        check(
            json!({"securityContext": {"a": 1}}),
            json!({"securityContext": {"$patch": "delete"}}),
            json!({"securityContext": {}}),
        );
    }

    #[test]
    fn retained_keys_are_all_that_stays() {
        check(
            json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
            json!({"volumes": [{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/"}}]}),
            json!({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}),
        );
    }

    #[test]
    fn sets_of_scalars_lose_and_gain_items() {
        let kind = Kind::new("", "Pod");
        let target = json!({"metadata": {"finalizers": ["a", "b"]}});
        let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]}});
        let patched = strategic(&kind, &target.into(), &patch.into());
        assert_eq!(patched, Ok(json!({"metadata": {"finalizers": ["c", "b"]}}).into()));
    }

    #[test]
    fn the_order_of_items_can_be_set() {
        check(
            json!({"containers": [{"name": "a"}, {"name": "x"}, {"name": "b"}]}),
            json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": [{"name": "b", "image": "y"}]}),
            json!({"containers": [{"name": "x"}, {"name": "b", "image": "y"}, {"name": "a"}]}),
        );
    }

    #[test]
    fn nonsense_is_refused_with_the_code_of_the_real_server() {
        check_refused(
            json!({"containers": [{"image": "x"}]}),
            500,
            "map: {\"image\":\"x\"} does not contain declared merge key: name",
        );
        check_refused(
            json!({"securityContext": {}, "$patch": "bogus"}),
            500,
            "unknown patch type: bogus in map: {\"$patch\":\"bogus\",\"securityContext\":{}}",
        );
        check_refused(json!({"$retainKeys": ["a"], "b": 1}), 400, "invalid patch format of retainKeys");
        let custom = strategic(&Kind::new("example.com", "Widget"), &Value::map(), &Value::map());
        assert_eq!(custom.map_err(|status| status.code), Err(415));
    }
}
