//! Which numbers of the zoo's cases may be others without a difference to what happens, and within which bounds.

use evenkeel_object::Value;

/// A number that is drawn, and where it is written.
pub(crate) struct Draw {
    pub(crate) name: &'static str,
    /// The least, and the most, above the sum of these that were drawn before.
    pub(crate) bounds: (i64, i64),
    pub(crate) above: &'static [&'static str],
    /// Kinds, and the fields of their objects; whatever has no such field is left alone. In lists, each item is meant.
    pub(crate) places: &'static [(&'static str, &'static [&'static str])],
}

const REPLICAS: &[(&str, &[&str])] = &[("Deployment", &["spec", "replicas"])];
const MEMBERS: &[(&str, &[&str])] = &[("StatefulSet", &["spec", "replicas"])];
const LEAST: &[(&str, &[&str])] = &[("HorizontalPodAutoscaler", &["spec", "minReplicas"])];
const MOST: &[(&str, &[&str])] = &[("HorizontalPodAutoscaler", &["spec", "maxReplicas"])];
const HARD_PODS: &[(&str, &[&str])] = &[("ResourceQuota", &["spec", "hard", "pods"])];
const NODE_CPU: &[(&str, &[&str])] =
    &[("Node", &["status", "allocatable", "cpu"]), ("Node", &["status", "capacity", "cpu"])];
const POD_CPU: &[(&str, &[&str])] =
    &[("Deployment", &["spec", "template", "spec", "containers", "resources", "requests", "cpu"])];

const fn draw(
    name: &'static str,
    bounds: (i64, i64),
    above: &'static [&'static str],
    places: &'static [(&'static str, &'static [&'static str])],
) -> Draw {
    Draw { name, bounds, above, places }
}

/// The ends of the names of cases, and what is drawn for them. What is not here keeps its numbers.
pub(crate) const CASES: &[(&str, &[Draw])] = &[
    // Git has fewer than the autoscaler's least, or no number.
    (
        "hpa-vs-argocd-replicas/broken",
        &[
            draw("git", (1, 2), &[], REPLICAS),
            draw("least", (1, 2), &["git"], LEAST),
            draw("most", (0, 2), &["least"], MOST),
        ],
    ),
    ("hpa-vs-argocd-replicas/mended", &[draw("least", (1, 3), &[], LEAST), draw("most", (0, 2), &["least"], MOST)]),
    ("nodename-noexecute-taint/broken", &[draw("replicas", (1, 2), &[], REPLICAS), draw("cpu", (2, 8), &[], NODE_CPU)]),
    ("nodename-noexecute-taint/mended", &[draw("replicas", (1, 3), &[], REPLICAS), draw("cpu", (2, 8), &[], NODE_CPU)]),
    // The Pod asks for more than the node has.
    (
        "rs-nodename-outofcpu-explosion/broken",
        &[draw("node", (1, 3), &[], NODE_CPU), draw("pod", (1, 3), &["node"], POD_CPU)],
    ),
    // In thousandths, and so less than one.
    (
        "rs-nodename-outofcpu-explosion/mended",
        &[draw("node", (1, 4), &[], NODE_CPU), draw("pod", (50, 950), &[], POD_CPU)],
    ),
    // As many as there are, and no more.
    (
        "quota-rolling-update-stuck/broken",
        &[draw("replicas", (1, 3), &[], REPLICAS), draw("hard", (0, 0), &["replicas"], HARD_PODS)],
    ),
    (
        "quota-rolling-update-stuck/mended",
        &[draw("replicas", (1, 2), &[], REPLICAS), draw("hard", (0, 0), &["replicas"], HARD_PODS)],
    ),
    ("validating-policy-blocks-old-rs/broken", &[draw("replicas", (1, 3), &[], REPLICAS)]),
    ("validating-policy-blocks-old-rs/mended", &[draw("replicas", (1, 2), &[], REPLICAS)]),
    ("caa-webhook-self-deadlock/broken", &[draw("replicas", (1, 3), &[], REPLICAS)]),
    ("caa-webhook-self-deadlock/mended", &[draw("replicas", (1, 1), &[], REPLICAS)]),
    ("healthy-database", &[draw("members", (1, 3), &[], MEMBERS)]),
    ("healthy-platform", &[draw("members", (1, 2), &[], MEMBERS)]),
    ("healthy-shop", &[draw("least", (1, 2), &[], LEAST), draw("most", (0, 2), &["least"], MOST)]),
];

/// The draws for the case of that name.
pub(crate) fn of(case: &str) -> &'static [Draw] {
    CASES.iter().find(|(name, _)| case.ends_with(name)).map_or(&[], |(_, draws)| draws)
}

/// Writes a number where the way through fields, and all items of lists, leads to one; in the spelling of what was there.
pub(crate) fn write(value: &mut Value, way: &[&str], number: i64) {
    let Some((first, rest)) = way.split_first() else {
        *value = like(value, number);
        return;
    };
    match value {
        Value::List(_) => value.make_list().iter_mut().for_each(|item| write(item, way, number)),
        Value::Map(_) => {
            if let Some(inner) = value.make_map().get_mut(*first) {
                write(inner, rest, number);
            }
        }
        _ => {}
    }
}

/// A number, or a text with the same unit.
fn like(value: &Value, number: i64) -> Value {
    match value.as_str() {
        Some(text) => format!("{number}{}", text.trim_start_matches(|c: char| c.is_ascii_digit())).into(),
        None => Value::Int(number),
    }
}
