//! What faults do to what has settled.

use evenkeel_object::parse::parse;
use evenkeel_system::{Limits, Verdict};

use crate::agreement::deployment_of;
use crate::{Input, Parts, Settings, run};

fn input(text: &str) -> Input {
    let (documents, problems) = parse("case.yaml", text);
    assert!(problems.is_empty(), "{problems:?}");
    Input::sort(&documents).expect("a good input")
}

fn verdict(input: &Input) -> Verdict {
    let limits = Limits { states: 20_000, ..Limits::default() };
    run(input, &Settings { limits, parts: Parts::Apart }, &mut ()).verdict
}

#[test]
fn a_deployment_makes_up_for_what_is_deleted_and_lost() {
    let mut question = input(&deployment_of("web", 2, ""));
    for faults in 0..=2 {
        question.scenario.settled = Some(faults);
        assert_eq!(verdict(&question), Verdict::Stabilizes, "{faults} faults");
    }
}

#[test]
fn a_policy_that_came_later_shows_when_a_pod_is_lost() {
    let policy = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: no-pods}\nspec:\n  matchConstraints:\n    \
                  resourceRules: [{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [pods]}]\n  validations: [{expression: \"false\"}]\n---\n\
                  apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: no-pods}\nspec: {policyName: no-pods, validationActions: [Deny]}\n";
    let mut question = input(policy);
    question.given = input(&deployment_of("web", 1, "")).manifests;
    assert_eq!(verdict(&question), Verdict::Stabilizes, "nobody makes a Pod");
    question.scenario.settled = Some(0);
    assert_eq!(verdict(&question), Verdict::Stabilizes, "and nothing goes wrong");
    question.scenario.settled = Some(1);
    assert_eq!(verdict(&question), Verdict::Stuck);
    question.scenario.settled = None;
    question.scenario.pod_deletions = 1;
    assert_eq!(verdict(&question), Verdict::Stuck, "what was given settled before");
}
