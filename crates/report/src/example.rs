//! Reports made by hand, for tests.

use evenkeel_object::{Object, Value, json};
use evenkeel_system::Verdict;

use crate::{
    API_VERSION, Assumptions, Effect, Evidence, Field, Growth, Input, KIND, Limits, Part, Reference, Report,
    Statistics, Step, Unmet, Unmodelled, Verb, Wait, WorstCase, Writer,
};

/// A report of that verdict with nothing to show for it.
pub(crate) fn report(verdict: Verdict) -> Report {
    Report {
        api_version: API_VERSION.into(),
        kind: KIND.into(),
        version: "0.1.0".into(),
        verdict,
        invariant: None,
        assumptions: Assumptions {
            daemon: "central".into(),
            fairness: "weakly fair".into(),
            granularity: "atomic".into(),
            caches: "fresh".into(),
            faults: Vec::new(),
            initial: "manifests".into(),
            environment: vec!["two nodes that fit".into(), "a container becomes ready".into()],
            sufficient: None,
        },
        demanded: Vec::new(),
        input: vec![Input { source: "web.yaml".into(), objects: 2 }],
        parts: Vec::new(),
        statistics: Statistics {
            states: 312,
            transitions: 640,
            controller_calls: 20,
            wall_millis: 9,
            peak_bytes: 3 << 20,
        },
        limits: Limits { states: 20_000_000, bytes: 4 << 30, millis: None, reached: None },
        finals: 0,
        worst_case: None,
        dips: Vec::new(),
        evidence: None,
        unmodelled: Vec::new(),
        left_out: Vec::new(),
    }
}

/// A step that does nothing.
pub(crate) fn step(number: u64, controller: &str, subject: &str) -> Step {
    Step { number, controller: controller.into(), subject: subject.into(), ..Step::default() }
}

/// The Deployment everything is about, with that many replicas.
pub(crate) fn web(replicas: i64) -> Object {
    let json = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": [{"name": "c", "image": "x"}]}}},
    });
    Object::from(json)
}

fn doing(step: Step, verb: Verb, before: Option<&Object>, after: Option<&Object>) -> Step {
    Step { effects: Effect::new(verb, before, after).into_iter().collect(), ..step }
}

/// Argo CD and an autoscaler that fight over the replicas.
pub(crate) fn oscillation() -> Report {
    let application = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web"}});
    let (argo, hpa) = ("Application/web", "HorizontalPodAutoscaler/web");
    let mut demand = doing(step(1, "argocd", argo), Verb::Apply, None, Some(&web(2)));
    demand.because = "the Deployment of Git is missing".into();
    let writer = |controller: &str, value: i64, because: &str| Writer {
        controller: controller.into(),
        value: Value::from(value),
        because: because.into(),
    };
    let evidence = Evidence {
        initial_objects: vec![application.into()],
        prefix: vec![demand],
        cycle: vec![
            doing(step(2, "hpa", hpa), Verb::Scale, Some(&web(2)), Some(&web(4))),
            doing(step(3, "argocd", argo), Verb::Apply, Some(&web(4)), Some(&web(2))),
        ],
        fields: vec![Field {
            object: Reference::from(&web(2).key()),
            path: ".spec.replicas".into(),
            values: vec![2.into(), 4.into()],
            writers: vec![
                writer("argocd", 2, "Application/web demands it, and selfHeal is on"),
                writer("hpa", 4, "HorizontalPodAutoscaler/web has minReplicas 4"),
            ],
        }],
        ..Evidence::default()
    };
    Report { evidence: Some(evidence), ..report(Verdict::Oscillates) }
}

/// Two Deployments' controllers of which either may come first.
pub(crate) fn fork() -> Report {
    let first = doing(step(1, "apply", ""), Verb::Create, None, Some(&web(2)));
    let evidence = Evidence {
        prefix: vec![first],
        left: vec![doing(step(2, "hpa", "HorizontalPodAutoscaler/a"), Verb::Scale, Some(&web(2)), Some(&web(4)))],
        right: vec![doing(step(2, "janitor", "Deployment/web"), Verb::Delete, Some(&web(2)), None)],
        ..Evidence::default()
    };
    Report { evidence: Some(evidence), ..report(Verdict::Ambiguous) }
}

/// A report in which every field there is has something in it, though it makes no sense.
pub(crate) fn everything() -> Report {
    let mut report = oscillation();
    let fork = fork().evidence.expect("a fork has evidence");
    report.invariant = Some("i".into());
    report.demanded = vec!["d".into()];
    report.assumptions.faults = vec!["f".into()];
    report.assumptions.sufficient = Some("s".into());
    report.parts = vec![Part {
        name: "p".into(),
        verdict: Verdict::Stuck,
        states: 1,
        objects: vec!["o".into()],
        same_as: Some("q".into()),
    }];
    report.limits.millis = Some(1);
    report.limits.reached = Some("r".into());
    report.worst_case =
        Some(WorstCase { initial_objects: vec![web(1).0], run: fork.left.clone(), ..WorstCase::default() });
    report.unmodelled = vec![Unmodelled { kind: "k".into(), count: 1 }];
    report.left_out = vec!["l".into()];
    let evidence = report.evidence.as_mut().expect("an oscillation has evidence");
    (evidence.left, evidence.right) = (fork.left, fork.right);
    evidence.part = Some("p".into());
    evidence.waits = vec![Wait { object: Reference::from(&web(1).key()), awaited: "w".into() }];
    let (object, error) = (Some(Reference::from(&web(1).key())), Some("e".into()));
    evidence.unmet = vec![Unmet { name: "n".into(), expression: "x".into(), object, error }];
    evidence.growth = vec![Growth { what: "g".into(), before: 1, after: 2 }];
    evidence.cycle[0].refused = Some("r".into());
    evidence.cycle[0].effects[0].patch = Some(Value::map());
    report
}
