//! What looks alike and is not, because something outside calls it by its name.

use evenkeel_object::parse::parse;
use evenkeel_system::{Limits, Verdict};

use crate::agreement::deployment_of;
use crate::{Input, Parts, Settings, run};

/// Two Deployments that are equal up to names, beside something: the verdict, part by part, which is that of the whole.
fn verdict(beside: &str) -> Verdict {
    let text = deployment_of("left", 1, "") + &deployment_of("right", 1, "") + "---\n" + beside;
    let (documents, problems) = parse("case.yaml", &text);
    assert!(problems.is_empty(), "{problems:?}");
    let input = Input::sort(&documents).expect("a good input");
    let [apart, together] = [Parts::Apart, Parts::Together]
        .map(|parts| run(&input, &Settings { limits: Limits::default(), parts }, &mut ()).verdict);
    assert_eq!(apart, together, "{beside}");
    apart
}

#[test]
fn a_policy_that_reads_names_tells_parts_of_one_shape_apart() {
    let policy = |expression: &str| {
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: p}}\nspec:\n  failurePolicy: Fail\n  \
             matchConstraints: {{resourceRules: [{{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}}]}}\n  \
             validations: [{{expression: \"{expression}\"}}]\n---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\n\
             metadata: {{name: p}}\nspec: {{policyName: p, validationActions: [Deny]}}\n"
        )
    };
    for start in ["left", "right", "le", "ri"] {
        let denies = format!("!object.metadata.generateName.startsWith('{start}')");
        assert_eq!(verdict(&policy(&denies)), Verdict::Stuck, "{start}");
    }
    assert_eq!(verdict(&policy("object.metadata.generateName.size() > 1")), Verdict::Stabilizes);
}

#[test]
fn a_webhook_that_selects_one_tells_it_from_the_other() {
    for name in ["left", "right", "top"] {
        let webhook = format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {{name: w}}\nwebhooks:\n\
             - name: w.example.com\n  admissionReviewVersions: [v1]\n  sideEffects: None\n  clientConfig: {{service: {{namespace: default, name: none}}}}\n  \
             objectSelector: {{matchLabels: {{app: {name}}}}}\n  rules: [{{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}}]\n"
        );
        let expect = if name == "top" { Verdict::Stabilizes } else { Verdict::Stuck };
        assert_eq!(verdict(&webhook), expect, "{name}");
    }
}

#[test]
fn pods_that_behave_otherwise_tell_parts_of_one_shape_apart() {
    for name in ["left", "right", "top"] {
        let scenario = format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nspec:\n  environment:\n    \
             pods: [{{selector: {{matchLabels: {{app: {name}}}}}, outcome: NeverReady}}]\n"
        );
        let expect = if name == "top" { Verdict::Stabilizes } else { Verdict::Stuck };
        assert_eq!(verdict(&scenario), expect, "{name}");
    }
}
