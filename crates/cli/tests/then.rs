//! `evenkeel check BEFORE --then AFTER`: does a change come through?
// Tests write the files that the program reads.
#![allow(clippy::disallowed_methods)]

mod program;

use program::{Answer, Folder};

fn deployment(app: &str, image: &str, replicas: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: mill}}\nspec:\n  {replicas}\n  selector: {{matchLabels: {{app: {app}}}}}\n  template:\n    \
         metadata: {{labels: {{app: {app}}}}}\n    spec:\n      containers: [{{name: mill, image: \"registry.example.com/mill:{image}\"}}]\n"
    )
}

fn autoscaler(least: u32) -> String {
    format!(
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: mill}}\nspec:\n  minReplicas: {least}\n  maxReplicas: 4\n  \
         scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: mill}}\n"
    )
}

fn then(before: &str, after: &str, more: &[&str]) -> Answer {
    let folder = Folder::new().with("before/a.yaml", before).with("after/a.yaml", after);
    folder.run(&[&["check", "before", "--then", "after"], more].concat())
}

#[test]
fn a_rollout_comes_through_and_costs_more_than_nothing() {
    let (old, new) = (deployment("mill", "1", "replicas: 2"), deployment("mill", "2", "replicas: 2"));
    let answer = then(&old, &new, &[]);
    assert_eq!(answer.code, Some(0), "{}{}", answer.out, answer.err);
    assert!(answer.out.contains("settled, then manifests"), "{}", answer.out);
    assert!(answer.out.contains("At worst it takes"), "{}", answer.out);
    let same = then(&old, &old, &[]);
    assert!(same.out.contains("stabilizes") && same.out.contains(" 1 state "), "nothing happens: {}", same.out);
}

#[test]
fn a_selector_that_cannot_be_changed_keeps_a_change_out() {
    let answer = then(&deployment("mill", "1", ""), &deployment("barn", "1", ""), &[]);
    assert_eq!(answer.code, Some(1), "{}", answer.out);
    assert!(answer.out.starts_with("stuck") && answer.out.contains("field is immutable"), "{}", answer.out);
}

#[test]
fn what_is_gone_is_deleted_only_if_it_is_to_be_pruned() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: almanac}\n";
    let before = deployment("mill", "1", "replicas: 1") + "---\n" + map;
    let kept = then(&before, map, &[]);
    assert!(kept.out.contains(" 1 state "), "the Deployment stays: {}", kept.out);
    let pruned = then(&before, map, &["--prune"]);
    assert_eq!(pruned.code, Some(0), "{}", pruned.out);
    assert!(pruned.out.contains("with 1 pruned"), "{}", pruned.out);
    assert!(!pruned.out.contains(" 1 state "), "the Pod has to be collected: {}", pruned.out);
}

/// The number falls back to the default, which is one, before the autoscaler sets it anew.
#[test]
fn replicas_that_are_dropped_under_an_autoscaler_are_taken_away_first() {
    let floor = "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nspec:\n  invariants:\n  - name: floor\n    objects: {apiVersion: apps/v1, kind: Deployment}\n    each: \
                 object.spec.replicas >= 3\n";
    let before = deployment("mill", "1", "replicas: 3") + &autoscaler(3);
    let after = deployment("mill", "1", "") + &autoscaler(3) + floor;
    let answer = then(&before, &after, &[]);
    assert_eq!(answer.code, Some(1), "{}", answer.out);
    assert!(answer.out.starts_with("violates"), "{}", answer.out);
    let kept = then(&before, &(before.clone() + floor), &[]);
    assert_eq!(kept.code, Some(0), "{}{}", kept.out, kept.err);
}

#[test]
fn it_is_told_how_few_pods_are_ready_on_the_way() {
    let of_four = |image: &str| deployment("mill", image, "replicas: 4");
    let least = "On the way Deployment/mill has 3 of 4 Pods ready at least.";
    let rollout = then(&of_four("1"), &of_four("2"), &[]);
    assert!(rollout.out.contains(least), "{}", rollout.out);
    let back = then(&of_four("2"), &of_four("1"), &[]);
    assert!(back.code == Some(0) && back.out.contains(least), "{}", back.out);
    // A quarter of two, rounded down, is none.
    let careful = then(&deployment("mill", "1", "replicas: 2"), &deployment("mill", "2", "replicas: 2"), &[]);
    assert!(!careful.out.contains("On the way"), "{}", careful.out);
    let dropped = then(
        &(deployment("mill", "1", "replicas: 4") + &autoscaler(4)),
        &(deployment("mill", "1", "") + &autoscaler(4)),
        &[],
    );
    assert!(dropped.out.contains("On the way Deployment/mill has 1 of 4 Pods ready at least."), "{}", dropped.out);
    let json = then(&of_four("1"), &of_four("2"), &["--output", "json"]);
    assert!(json.out.contains("\"least\": 3") || json.out.contains("\"least\":3"), "{}", json.out);
}

#[test]
fn a_quota_that_is_removed_lets_a_larger_number_through() {
    let quota = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: small}\nspec: {hard: {pods: 2}}\n";
    let two = deployment("mill", "1", "replicas: 2");
    let three = deployment("mill", "1", "replicas: 3");
    let kept = then(&(two.clone() + quota), &(three.clone() + quota), &[]);
    assert!(kept.out.starts_with("stuck"), "{}", kept.out);
    let removed = then(&(two + quota), &three, &["--prune"]);
    assert_eq!(removed.code, Some(0), "{}{}", removed.out, removed.err);
}

#[test]
fn a_definition_that_is_replaced_changes_what_its_controller_reads() {
    let definition = |field: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: lamps.x.example.org}}\nspec:\n  group: x.example.org\n  \
             scope: Namespaced\n  names: {{plural: lamps, singular: lamp, kind: Lamp}}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    \
             subresources: {{status: {{}}}}\n    schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, properties: {{{field}: {{type: string}}}}}}, \
             status: {{type: object, properties: {{mark: {{type: string}}}}}}}}}}}}\n---\n"
        )
    };
    let lamp = "apiVersion: x.example.org/v1\nkind: Lamp\nmetadata: {name: a}\nspec: {colour: red}\n---\napiVersion: evenkeel.dev/v1alpha1\nkind: ControllerModel\n\
                metadata: {name: lamp}\nspec:\n  for: {apiVersion: x.example.org/v1, kind: Lamp}\n  rules:\n  - status: {set: {mark: \"${object.?spec.?colour.orValue('none')}\"}}\n";
    let same = then(&(definition("colour") + lamp), &(definition("colour") + lamp), &[]);
    assert_eq!(same.code, Some(0), "{}", same.out);
    let replaced = then(&(definition("colour") + lamp), &(definition("size") + lamp), &[]);
    assert!(
        replaced.out.contains("1 API write"),
        "the colour is not there any more, and the mark follows: {}",
        replaced.out
    );
}

#[test]
fn a_definition_that_is_pruned_takes_its_objects_along_and_waits_for_them() {
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: lamps.x.example.org}\nspec:\n  group: x.example.org\n  \
                      scope: Namespaced\n  names: {plural: lamps, singular: lamp, kind: Lamp}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    \
                      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n---\n";
    let lamp = |finalizers: &str| {
        format!("apiVersion: x.example.org/v1\nkind: Lamp\nmetadata: {{name: a, finalizers: [{finalizers}]}}\n---\n")
    };
    let else_ = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n";
    let goes = then(&(definition.to_owned() + &lamp("")), else_, &["--prune"]);
    assert_eq!(goes.code, Some(0), "{}", goes.out);
    let held = then(&(definition.to_owned() + &lamp("x.example.org/off")), else_, &["--prune"]);
    assert!(held.out.starts_with("stuck") && held.out.contains("Lamp/a is still there"), "{}", held.out);
}

#[test]
fn pruning_needs_something_to_compare_with() {
    let answer = Folder::new().with("a.yaml", "").run(&["check", "a.yaml", "--prune"]);
    assert_eq!(answer.code, Some(2));
    assert!(answer.err.contains("--then"), "{}", answer.err);
}
