//! What is among the objects and cannot be modelled, so that no verdict may be given: better none than a wrong one.

use evenkeel_api::{custom, policy};
use evenkeel_object::Object;

/// Each thing that is beyond the model, as a sentence without a full stop.
pub(crate) fn beyond<'o>(objects: impl Iterator<Item = &'o Object>) -> Vec<String> {
    let mut found = Vec::new();
    for object in objects {
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
