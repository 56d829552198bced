//! What is among the objects and cannot be modelled, so that no verdict may be given: better none than a wrong one.

use evenkeel_api::{custom, policy};
use evenkeel_object::Object;
use evenkeel_roster::autoscaler::Load;

/// The most numbers of replicas that a load which may ask for any is taken to choose from: each of them is a world of its own.
const LOADS_MAX: i64 = 1_000;

/// The largest count in the specification of a workload.
const COUNT_MAX: i64 = 1_000;

/// Each thing that is beyond the model, as a sentence without a full stop.
pub(crate) fn beyond<'o>(objects: impl Iterator<Item = &'o Object>, load: Load) -> Vec<String> {
    let mut found = Vec::new();
    for object in objects {
        found.extend(too_many_loads(object).filter(|_| load == Load::Any));
        found.extend(too_large(object));
        let gaps = match object["kind"].text() {
            "ValidatingAdmissionPolicy" => policy::unsupported(object),
            "CustomResourceDefinition" => custom::unsupported(object),
            "MutatingAdmissionPolicy" => {
                found.push(format!(
                    "{} changes what others write, and MutatingAdmissionPolicies are not modelled",
                    object.key()
                ));
                continue;
            }
            _ => continue,
        };
        for gap in gaps {
            found.push(format!("{} {} cannot be evaluated: {}", object.key(), gap.field, gap.error.message));
        }
    }
    found
}

/// Whether a workload asks for more than can be held in one state, or for a number that no field of its kind takes (those of the API are 32 bits
/// wide where they count anything).
fn too_large(object: &Object) -> Option<String> {
    const KINDS: [&str; 6] = ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"];
    const COUNTS: [&[&str]; 11] = [
        &["spec", "replicas"],
        &["spec", "revisionHistoryLimit"],
        &["spec", "parallelism"],
        &["spec", "completions"],
        &["spec", "backoffLimit"],
        &["spec", "strategy", "rollingUpdate", "maxUnavailable"],
        &["spec", "strategy", "rollingUpdate", "maxSurge"],
        &["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"],
        &["spec", "updateStrategy", "rollingUpdate", "maxSurge"],
        &["spec", "updateStrategy", "rollingUpdate", "partition"],
        &["spec", "ordinals", "start"],
    ];
    if !KINDS.contains(&object["kind"].text()) {
        return None;
    }
    let beyond = |fields: &&[&str]| object.at(fields).as_int().is_some_and(|n| !(-COUNT_MAX..=COUNT_MAX).contains(&n));
    let fields = COUNTS.iter().find(|fields| beyond(fields))?;
    let (place, found) = (fields.join("."), object.at(fields));
    Some(format!("{} has {place} {found}, and counts are looked at up to {COUNT_MAX}", object.key()))
}

/// Whether there are more numbers between the bounds of an autoscaler than can be looked at one by one.
fn too_many_loads(object: &Object) -> Option<String> {
    let (least, most) = (object["spec"]["minReplicas"].count(), object["spec"]["maxReplicas"].count());
    let is_wide = object["kind"].text() == "HorizontalPodAutoscaler" && most.saturating_sub(least) >= LOADS_MAX;
    is_wide.then(|| {
        format!("a load of any size is looked at up to {LOADS_MAX} sizes, and {} allows {most} replicas", object.key())
    })
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Object, json};
    use evenkeel_roster::autoscaler::Load;

    use super::beyond;

    fn check(object: impl Into<Object>, expect: &str) {
        let object = object.into();
        assert_eq!(beyond([&object].into_iter(), Load::Unknown).join("; "), expect);
    }

    #[test]
    fn counts_that_no_state_can_hold_are_beyond() {
        let found = "StatefulSet/a has spec.replicas 2147483647, and counts are looked at up to 1000";
        let metadata = json!({"name": "a"});
        check(
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": {"replicas": 2147483647}}),
            found,
        );
        check(
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": {"replicas": 3}}),
            "",
        );
        let found =
            "Deployment/a has spec.revisionHistoryLimit -9223372036854775808, and counts are looked at up to 1000";
        let spec = json!({"revisionHistoryLimit": i64::MIN});
        check(json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}), found);
    }
}
