//! What people demand in CEL, of one object and of several that nothing else couples.

use evenkeel_object::parse::parse;
use evenkeel_report::Report;
use evenkeel_system::{Limits, Verdict};

use crate::agreement::{check, deployment_of};
use crate::{Input, Parts, Settings, run};

/// Two Deployments that have nothing to do with each other, and what is demanded of them under that field of a Scenario.
fn two(list: &str, demand: &str) -> String {
    let scenario = "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nspec:\n";
    let objects = "objects: {apiVersion: apps/v1, kind: Deployment}";
    deployment_of("east", 1, "")
        + &deployment_of("west", 1, "")
        + &format!("{scenario}  {list}:\n  - name: d\n    {objects}\n    {demand}\n")
}

/// The verdict of the parts, which is that of the whole.
fn verdict(text: &str) -> Verdict {
    let apart = report(text, Parts::Apart).verdict;
    assert_eq!(apart, report(text, Parts::Together).verdict, "{text}");
    apart
}

fn report(text: &str, parts: Parts) -> Report {
    let (documents, problems) = parse("case.yaml", text);
    assert!(problems.is_empty(), "{problems:?}");
    let input = Input::sort(&documents).expect("a good input");
    run(&input, &Settings { limits: Limits::default(), parts }, &mut ())
}

/// How many of the Deployments have a ready replica.
const READY: &str = "objects.filter(o, o.status.?readyReplicas.orValue(0) > 0).size()";

#[test]
fn an_invariant_over_two_deployments_sees_both_move() {
    check(&two("invariants", &format!("together: {READY} <= 1")), Verdict::Violates);
    assert_eq!(verdict(&two("invariants", &format!("together: {READY} <= 2"))), Verdict::Stabilizes);
    let broken = report(&two("invariants", &format!("together: {READY} <= 1")), Parts::Apart);
    assert_eq!(broken.invariant.as_deref(), Some("d"));
    let evidence = broken.evidence.expect("a violation is shown");
    assert_eq!((evidence.unmet.len(), &evidence.unmet[0].object), (1, &None));
}

#[test]
fn an_invariant_of_each_leaves_them_apart() {
    let held = report(&two("invariants", "each: object.status.?readyReplicas.orValue(0) <= 1"), Parts::Apart);
    assert_eq!((held.verdict, held.parts.len()), (Verdict::Stabilizes, 2));
}

#[test]
fn what_waits_in_every_part_that_is_stuck_is_told() {
    let twice = "each: object.status.?readyReplicas.orValue(0) == 2";
    let evidence = report(&two("legitimate", twice), Parts::Apart).evidence.expect("it is shown");
    let other = &evidence.elsewhere[0];
    let told = [&evidence.unmet, &other.unmet].map(|unmet| unmet[0].object.as_ref().map(|object| object.name.as_str()));
    assert_eq!((evidence.elsewhere.len(), told), (1, [Some("east"), Some("west")]));
    assert_eq!((evidence.part.as_deref(), &*other.part), (Some("Deployment/east"), "Deployment/west"));
}

#[test]
fn parts_of_one_shape_are_told_apart_by_an_expression_that_reads_their_names() {
    let readies = "object.status.?readyReplicas.orValue(0)";
    for (name, expect) in [("east", Verdict::Violates), ("west", Verdict::Violates), ("north", Verdict::Stabilizes)] {
        let demand = format!("each: object.metadata.name != '{name}' || {readies} == 0");
        assert_eq!(verdict(&two("invariants", &demand)), expect);
    }
}

#[test]
fn what_cannot_be_evaluated_is_never_a_pass() {
    let demand = "each: object.status.readyReplicas <= 1";
    check(&two("invariants", demand), Verdict::Undecided);
    let unknown = report(&two("invariants", demand), Parts::Apart).evidence.expect("it is shown where").unmet;
    assert_eq!(unknown[0].error.as_deref(), Some("no such key: readyReplicas"));
    assert_eq!(verdict(&two("legitimate", "each: object.status.collisionCount == 1")), Verdict::Undecided);
    assert_eq!(verdict(&two("legitimate", "together: objects[2].spec.replicas == 1")), Verdict::Undecided);
}

#[test]
fn what_is_certain_counts_more_than_what_is_unknown() {
    let unknown_at_first = "each: object.status.readyReplicas < 1";
    assert_eq!(verdict(&two("invariants", unknown_at_first)), Verdict::Violates);
}

#[test]
fn a_demand_that_nobody_can_meet_leaves_everything_stuck() {
    assert_eq!(verdict(&two("legitimate", "each: object.status.?readyReplicas.orValue(0) == 1")), Verdict::Stabilizes);
    check(&two("legitimate", "each: object.spec.replicas == 2"), Verdict::Stuck);
    let stuck = report(&two("legitimate", &format!("together: {READY} == 3")), Parts::Apart);
    assert_eq!(stuck.verdict, Verdict::Stuck);
    let evidence = stuck.evidence.expect("it is shown");
    assert_eq!((evidence.unmet[0].name.as_str(), evidence.waits.len()), ("d", 0));
}

#[test]
fn a_demand_on_what_is_not_there_at_first_is_answered_for() {
    let pods = |demand: &str| two("legitimate", demand).replace("apps/v1, kind: Deployment}", "v1, kind: Pod}");
    assert_eq!(verdict(&pods("together: objects.size() == 2")), Verdict::Stabilizes);
    assert_eq!(verdict(&pods("together: objects.size() == 3")), Verdict::Stuck);
    let leases = two("legitimate", "together: objects.size() == 1")
        .replace("apps/v1, kind: Deployment}", "coordination.k8s.io/v1, kind: Lease}");
    assert_eq!(verdict(&leases), Verdict::Stuck);
}

#[test]
fn what_nobody_looks_after_has_to_be_as_demanded_too() {
    let text = |data: &str| {
        two("legitimate", "each: object.data.mode == 'on'")
            .replace("apps/v1, kind: Deployment}", "v1, kind: ConfigMap}")
            + &format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{mode: '{data}'}}\n")
    };
    assert_eq!(verdict(&text("on")), Verdict::Stabilizes);
    assert_eq!(verdict(&text("off")), Verdict::Stuck);
}

#[test]
fn what_is_between_two_requests_of_a_reconcile_is_a_state_if_they_are_steps() {
    let text = |granularity: &str| {
        let demand = "objects: {apiVersion: v1, kind: Pod}, together: 'objects.size() != 1'";
        let scenario = "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nspec:\n";
        deployment_of("east", 2, "")
            + &format!("{scenario}  granularity: {granularity}\n  invariants: [{{name: never-one, {demand}}}]\n")
    };
    assert_eq!(verdict(&text("atomic")), Verdict::Stabilizes);
    assert_eq!(verdict(&text("interleaved")), Verdict::Violates);
}
