//! Demands and invariants that do not hold, or of which that is unknown.

use crate::layout::wrap;
use crate::{Layout, Style, Unmet};

/// Each of them under its name, with the expression and the objects of which it is not true; nothing if there are none.
pub(super) fn unmet(word: &str, all: &[Unmet], layout: &Layout) -> String {
    let mut text = String::new();
    let mut name = None;
    for unmet in all {
        if name != Some(&unmet.name) {
            text += &headed(word, &unmet.name, layout);
        }
        name = Some(&unmet.name);
        let lines = wrap(&sentence(unmet), layout.width.saturating_sub(4).max(20));
        text += &format!("    {}\n", lines.join("\n      "));
    }
    if text.is_empty() { text } else { text + "\n" }
}

/// `Broken: enough-ready`.
pub(super) fn headed(word: &str, name: &str, layout: &Layout) -> String {
    format!("  {word}: {}\n", layout.ink.paint(Style::Strong, name))
}

fn sentence(unmet: &Unmet) -> String {
    let of = unmet.object.as_ref().map_or("it".to_owned(), |object| format!("of {object} it"));
    match &unmet.error {
        None => format!("{of} is false: {}", unmet.expression),
        Some(error) => format!("{of} cannot be evaluated: {} ({error})", unmet.expression),
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Key, Kind};
    use evenkeel_system::Verdict;
    use expect_test::{Expect, expect};

    use crate::example::{report, step};
    use crate::text::text;
    use crate::{Evidence, Layout, Reference, Report, Unmet};

    fn check(report: &Report, expect: &Expect) {
        expect.assert_eq(&text(report, &Layout::default()));
    }

    fn unmet(name: &str, object: Option<&str>, error: Option<&str>) -> Unmet {
        let expression = "object.status.readyReplicas >= 2".into();
        let of = object.map(|name| Reference::from(&Key::new(Kind::new("apps", "Deployment"), "default", name)));
        Unmet { name: name.into(), expression, object: of, error: error.map(Into::into) }
    }

    #[test]
    fn what_is_broken_is_told_with_the_objects_that_break_it() {
        let evidence = Evidence {
            prefix: vec![step(1, "deployment", "Deployment/web")],
            unmet: vec![
                unmet("floor", Some("shop"), None),
                unmet("floor", Some("web"), None),
                unmet("sum", None, None),
            ],
            ..Evidence::default()
        };
        check(
            &Report { invariant: Some("floor".into()), evidence: Some(evidence), ..report(Verdict::Violates) },
            &expect![[r#"
                violates   weakly fair · atomic reconciles · fresh caches                         312 states in 9 ms

                  Broken: floor
                    of Deployment/shop it is false: object.status.readyReplicas >= 2
                    of Deployment/web it is false: object.status.readyReplicas >= 2
                  Broken: sum
                    it is false: object.status.readyReplicas >= 2

                  It is broken after 1 step:
                    1  deployment  Deployment/web  changes nothing
            "#]],
        );
    }

    #[test]
    fn what_cannot_be_evaluated_is_told_with_the_error() {
        let evidence = Evidence {
            prefix: vec![step(1, "deployment", "Deployment/web")],
            unmet: vec![unmet("floor", Some("web"), Some("no such key: readyReplicas"))],
            ..Evidence::default()
        };
        check(
            &Report { evidence: Some(evidence), ..report(Verdict::Undecided) },
            &expect![[r#"
            undecided   weakly fair · atomic reconciles · fresh caches                        312 states in 9 ms

              Not known: floor
                of Deployment/web it cannot be evaluated: object.status.readyReplicas >= 2 (no such key:
                  readyReplicas)

              Nothing else was found to be wrong.
              It comes to that after 1 step:
                1  deployment  Deployment/web  changes nothing

              assumed     the manifests, applied to an empty cluster
                          no faults
                          two nodes that fit
                          a container becomes ready
        "#]],
        );
    }

    #[test]
    fn a_demand_that_is_not_met_is_told_beside_who_waits() {
        let evidence = Evidence {
            prefix: vec![step(1, "deployment", "Deployment/web")],
            unmet: vec![unmet("floor", Some("web"), None)],
            ..Evidence::default()
        };
        check(
            &Report { evidence: Some(evidence), ..report(Verdict::Stuck) },
            &expect![[r#"
            stuck   weakly fair · atomic reconciles · fresh caches                            312 states in 9 ms

              Not met: floor
                of Deployment/web it is false: object.status.readyReplicas >= 2

              Nothing leads back from where it ends after 1 step:
                1  deployment  Deployment/web  changes nothing
        "#]],
        );
    }
}
