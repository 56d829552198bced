//! Whether what waits in the end, and for what, is what waited in a recording.

use evenkeel_report::{Evidence, Reference};

use crate::fights::matches;

/// What the recordings and the program say in different words; what stands for the star is the same in both.
const SAID: [(&str, &str); 7] = [
    ("Pending: not Ready", "pending"),
    ("Running: not Ready", "not ready"),
    ("ReplicaFailure: *", "FailedCreate: *"),
    ("ReplicaFailure: *", "FailedDelete: *"),
    ("updated *", "replicas *"),
    ("available 0, updated *, misscheduled 0", "scheduled *"),
    ("* old replicas pending termination", "* more to go"),
];

/// The same where only the beginnings can be compared, as one of the two tells more.
const BEGUN: [(&str, &str); 3] = [
    ("Failed: PodFailurePolicy", "PodFailurePolicy: "),
    ("not complete: ", "job-controller is refused again and again: "),
    ("terminating, ", "is being deleted"),
];

/// What is wrong with what the evidence says of a recorded wait; none if it says the same.
pub(crate) fn missing(wait: &str, evidence: &Evidence) -> Option<String> {
    if let Some(desired) = wait.strip_prefix("not as desired: ") {
        let elsewhere = evidence.elsewhere.iter().flat_map(|other| &other.unmet);
        return evidence
            .unmet
            .iter()
            .chain(elsewhere)
            .next()
            .is_none()
            .then(|| format!("nothing is unmet, where {desired}"));
    }
    let (kind, rest) = wait.split_once(' ').expect("a kind");
    let (name, reason) = rest.split_once(": ").expect("a name and a reason");
    let elsewhere = evidence.elsewhere.iter().flat_map(|other| &other.waits);
    let of_object = evidence.waits.iter().chain(elsewhere).filter(|wait| is_meant(kind, name, &wait.object));
    let told: Vec<&str> = of_object.map(|wait| wait.awaited.as_str()).collect();
    (!told.iter().any(|told| is_same(reason, told))).then(|| format!("told is {told:?}"))
}

fn is_meant(kind: &str, name: &str, object: &Reference) -> bool {
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    object.kind == kind && object.namespace == namespace && matches(name, &object.name)
}

fn is_same(recorded: &str, told: &str) -> bool {
    // What a ReplicaSet is refused, its Deployment tells besides; equal objects are counted.
    let recorded = recorded.split("; ReplicaFailure").next().unwrap_or(recorded);
    let recorded = recorded.split(" (×").next().unwrap_or(recorded);
    if let Some(message) = recorded.strip_prefix("Pending: Unschedulable: ") {
        let reasons = told.strip_prefix("Unschedulable: no node is available: ").map(|told| told.split(", "));
        return reasons.is_some_and(|mut reasons| reasons.all(|reason| message.contains(reason)));
    }
    let (recorded, told) = (without_drawn(recorded), without_drawn(told));
    let is_said = |(theirs, ours): &(&str, &str)| {
        filled(theirs, &recorded).zip(filled(ours, &told)).is_some_and(|(theirs, ours)| theirs == ours)
    };
    let is_begun = |(theirs, ours): &(&str, &str)| recorded.starts_with(theirs) && told.starts_with(ours);
    recorded == told || SAID.iter().any(is_said) || BEGUN.iter().any(is_begun)
}

/// What stands for the star of a pattern in a text, if it is of that pattern.
fn filled<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    match pattern.split_once('*') {
        Some((before, after)) => text.strip_prefix(before)?.strip_suffix(after),
        None => (pattern == text).then_some(""),
    }
}

/// A text in which quoted names of Pods of ReplicaSets are without hash and without what was drawn: `"web-*"`.
fn without_drawn(text: &str) -> String {
    let bare = |part: &str| match part.rsplitn(3, '-').collect::<Vec<_>>()[..] {
        [drawn, hash, owner] if drawn.starts_with('~') || hash.starts_with('<') => format!("{owner}-*"),
        _ => part.to_owned(),
    };
    text.split('"').map(bare).collect::<Vec<_>>().join("\"")
}
