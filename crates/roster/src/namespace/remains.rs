//! What holds a namespace up, and the conditions that say so.

use std::collections::BTreeMap;

use evenkeel_object::{Value, json};

/// What is left in a namespace.
#[derive(Default)]
pub(super) struct Remains {
    /// By resource and group.
    pub(super) resources: BTreeMap<(String, String), usize>,
    /// By finalizer.
    pub(super) finalizers: BTreeMap<String, usize>,
    /// What was refused.
    pub(super) refusals: Vec<String>,
    /// Groups that could not be discovered.
    pub(super) undiscovered: Vec<String>,
}

/// The five conditions of a namespace that is being deleted.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/namespace/deletion/status_condition_utils.go>.
pub(super) fn conditions_of(remains: &Remains) -> [Value; 5] {
    let discovery = remains.undiscovered.iter().map(|name| format!("{name}: stale GroupVersion discovery: {name}"));
    let discovery: Vec<String> = discovery.collect();
    let resources =
        remains.resources.iter().map(|((resource, group), n)| format!("{resource}.{group} has {n} resource instances"));
    let finalizers = remains.finalizers.iter().map(|(name, n)| format!("{name} in {n} resource instances"));
    let mut refusals = remains.refusals.clone();
    refusals.sort();
    [
        condition(
            "NamespaceDeletionDiscoveryFailure",
            ["ResourcesDiscovered", "All resources successfully discovered"],
            [
                "DiscoveryFailed",
                &format!(
                    "Discovery failed for some groups, {} failing: unable to retrieve the complete list of server APIs: ",
                    discovery.len()
                ),
            ],
            &discovery,
        ),
        condition(
            "NamespaceDeletionGroupVersionParsingFailure",
            ["ParsedGroupVersions", "All legacy kube types successfully parsed"],
            ["", ""],
            &[],
        ),
        condition(
            "NamespaceDeletionContentFailure",
            ["ContentDeleted", "All content successfully deleted, may be waiting on finalization"],
            ["ContentDeletionFailed", &format!("Failed to delete all resource types, {} remaining: ", refusals.len())],
            &refusals,
        ),
        condition(
            "NamespaceContentRemaining",
            ["ContentRemoved", "All content successfully removed"],
            ["SomeResourcesRemain", "Some resources are remaining: "],
            &resources.collect::<Vec<_>>(),
        ),
        condition(
            "NamespaceFinalizersRemaining",
            ["ContentHasNoFinalizers", "All content-preserving finalizers finished"],
            ["SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: "],
            &finalizers.collect::<Vec<_>>(),
        ),
    ]
}

/// A condition that is false with the first reason and message, or true with the second and what is listed.
fn condition(kind: &str, good: [&str; 2], bad: [&str; 2], listed: &[String]) -> Value {
    let (status, reason, message) = if listed.is_empty() {
        ("False", good[0], good[1].to_owned())
    } else {
        ("True", bad[0], format!("{}{}", bad[1], listed.join(", ")))
    };
    Value::from(json!({"type": kind, "status": status, "reason": reason, "message": message}))
}
