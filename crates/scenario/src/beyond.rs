//! What is among the objects and cannot be modelled, so that no verdict may be given: better none than a wrong one.

use evenkeel_api::{custom, policy};
use evenkeel_object::Object;
use evenkeel_roster::autoscaler::Load;

/// The most numbers of replicas that a load which may ask for any is taken to choose from: each of them is a world of its own.
const LOADS_MAX: i64 = 1_000;

/// Each thing that is beyond the model, as a sentence without a full stop.
pub(crate) fn beyond<'o>(objects: impl Iterator<Item = &'o Object>, load: Load) -> Vec<String> {
    let mut found = Vec::new();
    for object in objects {
        found.extend(too_many_loads(object).filter(|_| load == Load::Any));
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

/// Whether there are more numbers between the bounds of an autoscaler than can be looked at one by one.
fn too_many_loads(object: &Object) -> Option<String> {
    let (least, most) = (object["spec"]["minReplicas"].count(), object["spec"]["maxReplicas"].count());
    let is_wide = object["kind"].text() == "HorizontalPodAutoscaler" && most.saturating_sub(least) >= LOADS_MAX;
    is_wide.then(|| {
        format!("a load of any size is looked at up to {LOADS_MAX} sizes, and {} allows {most} replicas", object.key())
    })
}
