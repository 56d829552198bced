//! Reports made by hand, one for each word, and how they read.

use evenkeel_object::{Object, Value, json};
use evenkeel_system::Verdict;
use expect_test::{Expect, expect};

use super::text;
use crate::example::{everything, fork, oscillation, report, step};
use crate::{Detail, Elsewhere, Evidence, Growth, Ink, Layout, Part, Report, Unmodelled, Verb, Wait, WorstCase};

fn check(report: &Report, expect: &Expect) {
    expect.assert_eq(&text(report, &Layout::default()));
}

fn object(kind: &str, name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "default"}}).into()
}

fn calm() -> Report {
    Report {
        finals: 1,
        worst_case: Some(WorstCase { moves: 22, reconciles: 14, api_writes: 9, ..WorstCase::default() }),
        parts: vec![
            Part {
                name: "Deployment/web".into(),
                verdict: Verdict::Stabilizes,
                states: 1200,
                objects: vec!["Deployment/web".into(), "Service/web".into()],
                same_as: None,
            },
            Part {
                name: "Deployment/api".into(),
                verdict: Verdict::Stabilizes,
                states: 0,
                objects: vec!["Deployment/api".into()],
                same_as: Some("Deployment/web".into()),
            },
        ],
        unmodelled: vec![Unmodelled { kind: "Certificate.cert-manager.io".into(), count: 3 }],
        left_out: vec!["Kustomization .status.history: last-seen times".into()],
        ..report(Verdict::Stabilizes)
    }
}

#[test]
fn what_settles_is_told_with_its_cost_and_what_was_assumed() {
    check(
        &calm(),
        &expect![[r#"
            stabilizes   weakly fair · atomic reconciles · fresh caches                       312 states in 9 ms

              Every run comes to rest, and always in the same final state.
              At worst it takes 14 reconciles and 9 API writes (22 moves).

              part            verdict     states  objects
              Deployment/web  stabilizes   1,200  2
              Deployment/api  stabilizes       –  of the same shape as Deployment/web

              assumed     the manifests, applied to an empty cluster
                          no faults
                          two nodes that fit
                          a container becomes ready

              inert       Certificate.cert-manager.io (3): nothing is known of what acts on them, so nothing
                            does

              left out    Kustomization .status.history: last-seen times
        "#]],
    );
    let unbounded = Report { worst_case: None, finals: 3, parts: Vec::new(), ..calm() };
    check(
        &unbounded,
        &expect![[r#"
        stabilizes   weakly fair · atomic reconciles · fresh caches                       312 states in 9 ms

          Every run comes to rest, in one of 3 final states.
          There is no bound on how long it takes: it comes to rest only because no process is passed over
          for ever.

          assumed     the manifests, applied to an empty cluster
                      no faults
                      two nodes that fit
                      a container becomes ready

          inert       Certificate.cert-manager.io (3): nothing is known of what acts on them, so nothing
                        does

          left out    Kustomization .status.history: last-seen times
    "#]],
    );
}

#[test]
fn an_oscillation_is_told_in_fields_and_writers() {
    check(
        &oscillation(),
        &expect![[r#"
            oscillates   weakly fair · atomic reconciles · fresh caches                       312 states in 9 ms

              Deployment/web .spec.replicas   2 ⇄ 4
                argocd  writes 2   Application/web demands it, and selfHeal is on
                hpa     writes 4   HorizontalPodAutoscaler/web has minReplicas 4

              After 1 step it goes round for ever, 2 steps a round:
                1  argocd  Application/web              creates Deployment/web
              ↻ 2  hpa     HorizontalPodAutoscaler/web  Deployment/web .spec.replicas 2 → 4
              │ 3  argocd  Application/web              Deployment/web .spec.replicas 4 → 2
        "#]],
    );
}

#[test]
fn a_narrow_terminal_gets_narrow_text() {
    let layout = Layout { width: 60, ..Layout::default() };
    let told = text(&oscillation(), &layout);
    assert!(told.lines().all(|line| line.chars().count() <= 60), "{told}");
    expect![[r#"
        oscillates   weakly fair · atomic reconciles · fresh caches
          312 states in 9 ms

          Deployment/web .spec.replicas   2 ⇄ 4
            argocd  writes 2   Application/web demands it, and
                               selfHeal is on
            hpa     writes 4   HorizontalPodAutoscaler/web has
                               minReplicas 4

          After 1 step it goes round for ever, 2 steps a round:
            1  argocd  Application/web
                 creates Deployment/web
          ↻ 2  hpa     HorizontalPodAutoscaler/web
          │      Deployment/web .spec.replicas 2 → 4
          │ 3  argocd  Application/web
          │      Deployment/web .spec.replicas 4 → 2
    "#]]
    .assert_eq(&told);
}

#[test]
fn lines_have_no_spaces_at_their_ends_whatever_the_width() {
    for width in [0, 1, 10, 40, 80, 500] {
        for detail in [Detail::Short, Detail::Full] {
            let layout = Layout { width, detail, ink: Ink::Plain };
            for verdict in Verdict::ALL {
                let mut report = everything();
                report.verdict = verdict;
                let told = text(&report, &layout);
                assert!(told.starts_with(verdict.word()) && told.ends_with('\n'));
                assert!(told.lines().all(|line| line == line.trim_end()), "{told}");
                assert!(!told.contains("\n\n\n"), "{told}");
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let layout = Layout { ink: Ink::Ansi, ..Layout::default() };
    for report in [oscillation(), calm(), fork(), report(Verdict::Undecided)] {
        let coloured = text(&report, &layout);
        assert!(coloured.contains("\x1b["));
        let mut plain = String::new();
        for (index, piece) in coloured.split('\x1b').enumerate() {
            plain += if index == 0 { piece } else { piece.split_once('m').expect("a sequence ends with m").1 };
        }
        assert_eq!(plain, text(&report, &Layout::default()));
    }
}

#[test]
fn long_runs_are_shortened_unless_everything_is_asked_for() {
    let mut long = oscillation();
    let evidence = long.evidence.as_mut().expect("it has evidence");
    evidence.prefix = (1..=30).map(|number| step(number, "deployment", "Deployment/web")).collect();
    for (index, step) in evidence.cycle.iter_mut().enumerate() {
        step.number = 31 + index as u64;
    }
    check(
        &long,
        &expect![[r#"
            oscillates   weakly fair · atomic reconciles · fresh caches                       312 states in 9 ms

              Deployment/web .spec.replicas   2 ⇄ 4
                argocd  writes 2   Application/web demands it, and selfHeal is on
                hpa     writes 4   HorizontalPodAutoscaler/web has minReplicas 4

              After 30 steps it goes round for ever, 2 steps a round:
                 1  deployment  Deployment/web               changes nothing
                 2  deployment  Deployment/web               changes nothing
                 3  deployment  Deployment/web               changes nothing
                 4  deployment  Deployment/web               changes nothing
                 5  deployment  Deployment/web               changes nothing
                 6  deployment  Deployment/web               changes nothing
                    ⋮ 20 more steps
                27  deployment  Deployment/web               changes nothing
                28  deployment  Deployment/web               changes nothing
                29  deployment  Deployment/web               changes nothing
                30  deployment  Deployment/web               changes nothing
              ↻ 31  hpa         HorizontalPodAutoscaler/web  Deployment/web .spec.replicas 2 → 4
              │ 32  argocd      Application/web              Deployment/web .spec.replicas 4 → 2
        "#]],
    );
    let layout = Layout { detail: Detail::Full, ..Layout::default() };
    let full = text(&long, &layout);
    assert!(full.contains("  20  deployment"), "{full}");
}

#[test]
fn a_deadlock_is_told_by_who_waits_for_whom_and_what_is_refused() {
    let refused = crate::Step {
        refused: Some(
            "403 Forbidden: the webhook guard.example.com could not be called: no Pod of Service/guard is ready".into(),
        ),
        ..step(3, "replicaset", "ReplicaSet/guard-1")
    };
    let evidence = Evidence {
        prefix: vec![step(1, "apply", ""), step(2, "deployment", "Deployment/guard"), refused],
        waits: vec![
            Wait { object: reference("ReplicaSet", "guard-1"), awaited: "ready 0 of 1".into() },
            Wait {
                object: reference("ValidatingWebhookConfiguration", "guard"),
                awaited: "is being deleted, and held by example.com/guard".into(),
            },
        ],
        ..Evidence::default()
    };
    check(
        &Report { evidence: Some(evidence), ..report(Verdict::Stuck) },
        &expect![[r#"
            stuck   weakly fair · atomic reconciles · fresh caches                            312 states in 9 ms

              What is not as it should be:
                ReplicaSet/guard-1                    ready 0 of 1
                ValidatingWebhookConfiguration/guard  is being deleted, and held by example.com/guard

              What is refused:
                replicaset  403 Forbidden: the webhook guard.example.com could not be called: no Pod of
                            Service/guard is ready

              Nothing leads back from where it ends after 3 steps:
                1  apply                           changes nothing
                2  deployment  Deployment/guard    changes nothing
                3  replicaset  ReplicaSet/guard-1  is refused: 403 Forbidden: the webhook guard.example.com
                                                     could not be called: no Pod of Service/guard is ready
        "#]],
    );
}

#[test]
fn every_part_that_is_stuck_is_told() {
    let wait = |name: &str| Wait { object: reference("Deployment", name), awaited: "available 0 of 1".into() };
    let evidence = Evidence {
        part: Some("Deployment/a".into()),
        prefix: vec![step(1, "deployment", "Deployment/a")],
        waits: vec![wait("a")],
        elsewhere: vec![Elsewhere { part: "Deployment/b".into(), waits: vec![wait("b")], unmet: Vec::new() }],
        ..Evidence::default()
    };
    check(
        &Report { evidence: Some(evidence), ..report(Verdict::Stuck) },
        &expect![[r#"
        stuck   weakly fair · atomic reconciles · fresh caches                            312 states in 9 ms

          In the part Deployment/a:

          What is not as it should be:
            Deployment/a  available 0 of 1

          Nothing leads back from where it ends after 1 step:
            1  deployment  Deployment/a  changes nothing

          In the part Deployment/b:

          What is not as it should be:
            Deployment/b  available 0 of 1
    "#]],
    );
}

fn reference(kind: &str, name: &str) -> crate::Reference {
    crate::Reference { group: String::new(), kind: kind.into(), namespace: "default".into(), name: name.into() }
}

#[test]
fn a_divergence_is_told_by_what_grows() {
    let made = |name: &str, number| {
        let effect = crate::Effect::new(Verb::Create, None, Some(&Object(object("ReplicaSet", name))));
        crate::Step { effects: effect.into_iter().collect(), ..step(number, "deployment", "Deployment/web") }
    };
    let mut evidence = Evidence {
        initial_objects: vec![object("Deployment", "web")],
        prefix: vec![made("a", 1)],
        cycle: vec![made("b", 2)],
        ..Evidence::default()
    };
    check(
        &Report { evidence: Some(evidence.clone()), ..report(Verdict::Diverges) },
        &expect![[r#"
            diverges   weakly fair · atomic reconciles · fresh caches                         312 states in 9 ms

              Each round leaves more behind than there was before:
                objects of kind ReplicaSet   1 → 2 → …

              After 1 step it goes on for ever, 1 step a round:
                1  deployment  Deployment/web  creates ReplicaSet/a
              ↻ 2  deployment  Deployment/web  creates ReplicaSet/b
        "#]],
    );
    evidence.growth = vec![Growth { what: "ReplicaSets of Deployment/web".into(), before: 1, after: 2 }];
    let told = text(&Report { evidence: Some(evidence), ..report(Verdict::Diverges) }, &Layout::default());
    assert!(told.contains("ReplicaSets of Deployment/web   1 → 2 → …"), "{told}");
}

#[test]
fn two_ends_are_told_by_what_differs() {
    check(
        &fork(),
        &expect![[r#"
            ambiguous   weakly fair · atomic reconciles · fresh caches                        312 states in 9 ms

              How it ends depends on who comes first:
                                either    or
                Deployment/web  is there  is not

              Both ways begin with 1 step:
                1  apply  creates Deployment/web
              either
                2  hpa  HorizontalPodAutoscaler/a  Deployment/web .spec.replicas 2 → 4
              or
                2  janitor  Deployment/web  deletes Deployment/web
        "#]],
    );
}

#[test]
fn a_broken_invariant_is_named() {
    let evidence = Evidence { prefix: vec![step(1, "deployment", "Deployment/web")], ..Evidence::default() };
    let broken = Report {
        invariant: Some("web has at least two ready Pods".into()),
        evidence: Some(evidence),
        ..report(Verdict::Violates)
    };
    check(
        &broken,
        &expect![[r#"
            violates   weakly fair · atomic reconciles · fresh caches                         312 states in 9 ms

              Broken: web has at least two ready Pods

              It is broken after 1 step:
                1  deployment  Deployment/web  changes nothing
        "#]],
    );
}

#[test]
fn what_is_not_known_is_told_with_the_limit_and_how_far_it_went() {
    let mut undecided = report(Verdict::Undecided);
    undecided.limits.reached = Some("the limit of 20000000 states was reached".into());
    undecided.statistics.states = 20_000_000;
    undecided.assumptions.faults = vec!["one Pod fails".into()];
    check(
        &undecided,
        &expect![[r#"
            undecided   weakly fair · atomic reconciles · fresh caches                 20,000,000 states in 9 ms

              Not known: the limit of 20000000 states was reached. 20,000,000 states and 640 transitions were
              seen, in 3 MiB of memory; what lies beyond was not.

              assumed     the manifests, applied to an empty cluster
                          fault: one Pod fails
                          two nodes that fit
                          a container becomes ready
        "#]],
    );
}

#[test]
fn what_a_secret_holds_is_not_shown() {
    let secret = |value: &str| Object(object("Secret", "s").with(&["data", "password"], value));
    let effect = crate::Effect::new(Verb::Update, Some(&secret("b2xk")), Some(&secret("bmV3")));
    let evidence = Evidence {
        prefix: vec![crate::Step { effects: effect.into_iter().collect(), ..step(1, "rotor", "") }],
        ..Evidence::default()
    };
    let told = text(&Report { evidence: Some(evidence), ..report(Verdict::Violates) }, &Layout::default());
    assert!(told.contains(".data.password (secret) → (secret)"), "{told}");
}
