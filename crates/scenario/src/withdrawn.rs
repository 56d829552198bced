//! A CustomResourceDefinition that is deleted, and all that hangs on it.

use evenkeel_system::Verdict::{self, Stabilizes, Stuck, Undecided};

use crate::stepped::{check, check_so};
use crate::{Granularity, Parts};

const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: lamps.x.example.org}\nspec:\n  \
    group: x.example.org\n  scope: Namespaced\n  names: {plural: lamps, singular: lamp, kind: Lamp}\n  versions:\n  - name: v1\n    served: true\n    \
    storage: true\n    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n---\n";

/// The definition is deleted; there is one lamp, which may be held by finalizers, and what else is said.
fn deleted(finalizers: &str, spec: &str, more: &str) -> String {
    format!(
        "{DEFINITION}apiVersion: x.example.org/v1\nkind: Lamp\nmetadata: {{name: a, finalizers: [{finalizers}]}}\n---\n{more}\
         apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: d}}\nspec:\n{spec}  steps:\n  - name: goes\n    delete: {{objects: {{apiVersion: \
         apiextensions.k8s.io/v1, kind: CustomResourceDefinition}}}}\n"
    )
}

const NONE_IS_LEFT: &str = "  legitimate:\n  - {name: no-lamp, objects: {apiVersion: x.example.org/v1, kind: Lamp}, each: 'false'}\n  \
                            - {name: no-bulb, objects: {apiVersion: v1, kind: ConfigMap}, each: 'false'}\n";

/// An operator of lamps with these rules.
fn operator(rules: &str) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\nmetadata: {{name: lamp}}\nspec:\n  for: {{apiVersion: x.example.org/v1, kind: Lamp}}\n  \
         rules:\n{rules}---\n"
    )
}

#[test]
fn with_a_definition_go_its_objects_and_a_finalizer_holds_both() {
    let lives_on = "  invariants:\n  - {name: there, objects: {apiVersion: x.example.org/v1, kind: Lamp}, each: \"!has(object.metadata.deletionTimestamp)\"}\n";
    check(&deleted("", NONE_IS_LEFT, ""), Stabilizes);
    check(&deleted("x.example.org/off", NONE_IS_LEFT, ""), Stuck);
    check(&deleted("x.example.org/off", lives_on, ""), Verdict::Violates);
    let off = "  - when: has(object.metadata.deletionTimestamp)\n    patch: {change: {metadata: {finalizers: []}}}\n";
    check(&deleted("x.example.org/off", NONE_IS_LEFT, &operator(off)), Stabilizes);
}

#[test]
fn nobody_is_asked_whether_the_objects_of_a_definition_may_go() {
    let guard = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: guard}\nspec:\n  failurePolicy: Fail\n  \
                 matchConstraints: {resourceRules: [{apiGroups: [x.example.org], apiVersions: ['*'], resources: ['*'], operations: [DELETE]}]}\n  \
                 validations: [{expression: 'false'}]\n---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\n\
                 metadata: {name: guard}\nspec: {policyName: guard, validationActions: [Deny]}\n---\n";
    check(&deleted("", NONE_IS_LEFT, guard), Stabilizes);
    let by_hand = deleted("", NONE_IS_LEFT, guard).replace(
        "apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition",
        "apiVersion: x.example.org/v1, kind: Lamp",
    );
    check(&by_hand, Stuck);
}

#[test]
fn what_the_objects_of_a_definition_own_is_collected_after_both_are_gone() {
    let owns = "  - when: \"!has(object.metadata.deletionTimestamp)\"\n    apply: {owned: true, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: bulb}}}\n";
    let text = deleted("", NONE_IS_LEFT, &operator(owns));
    for parts in [Parts::Apart, Parts::Together] {
        check_so(&text, (Granularity::Atomic, 0), parts, Stabilizes);
    }
    // Where the operator may make the bulb when the lamp has gone, the collector may never learn of that.
    check_so(&text, (Granularity::Interleaved, 0), Parts::Apart, Undecided);
    check_so(&text, (Granularity::Atomic, 2), Parts::Apart, Undecided);
}

#[test]
fn who_can_take_off_the_finalizer_of_a_definition_makes_the_answer_unknown() {
    let forced = "  - name: force\n    patch: {objects: {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition}, merge: {metadata: {finalizers: null}}}\n";
    check(&(deleted("x.example.org/off", "", "") + forced), Undecided);
    let labelled = forced.replace("finalizers: null", "labels: {a: b}");
    check(&(deleted("x.example.org/off", "", "") + &labelled), Stuck);
    let crd = "apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, name: lamps.x.example.org";
    let reads = format!("  - {{when: crd == null, fail: there is none}}\n  let: [{{name: crd, get: {{{crd}}}}}]\n");
    check(&deleted("x.example.org/off", "", &operator(&reads)), Stuck);
    let releases = format!("  - patch: {{target: {{{crd}}}, change: {{metadata: {{finalizers: []}}}}}}\n");
    check(&deleted("x.example.org/off", "", &operator(&releases)), Undecided);
}
