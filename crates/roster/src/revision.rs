//! ControllerRevisions: the templates that a StatefulSet or a DaemonSet had, one object each.

use evenkeel_object::{Kind, Object, Value, json};

/// The kind.
pub(crate) fn kind() -> Kind {
    Kind::new("apps", "ControllerRevision")
}

/// What a revision remembers of an owner: its template, in the form of a patch that puts it back.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/statefulset/stateful_set_utils.go>: `getPatch`; the DaemonSet's is the same.
pub(crate) fn data_of(owner: &Object) -> Value {
    let template = owner["spec"]["template"].clone().with(&["$patch"], "replace");
    Value::map().with(&["spec", "template"], template)
}

/// The template that a revision remembers.
pub(crate) fn template_of(revision: &Object) -> Value {
    let mut template = revision["data"]["spec"]["template"].clone();
    template.remove(&["$patch"]);
    template
}

/// A short text that stands for a value and a number of collisions; equal ones have equal texts.
///
/// The real one hashes another serialization, so the texts differ from those of a cluster; nothing but their equality is ever looked at.
pub(crate) fn hash_of(value: &Value, collisions: i64) -> String {
    // FNV-1a, 32 bits, in the alphabet in which Kubernetes writes such hashes: it has no vowels, so that no words come out.
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let text = format!("{value}{collisions}");
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.to_string().bytes().map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()])).collect()
}

/// A revision of an owner, named `<owner>-<hash>`, with the hash in that label.
pub(crate) fn proposed(owner: &Object, label: &str, hash: &str, number: i64) -> Object {
    let mut revision = Object::from(json!({"apiVersion": "apps/v1", "kind": "ControllerRevision"}));
    revision.set(&["metadata", "namespace"], owner.namespace());
    revision.set(&["metadata", "name"], format!("{}-{hash}", owner.name()));
    let labels = &owner["spec"]["template"]["metadata"]["labels"];
    if labels.as_map().is_some() {
        revision.set(&["metadata", "labels"], labels.clone());
    }
    revision.set(&["metadata", "labels", label], hash);
    let annotations = &owner["metadata"]["annotations"];
    if annotations.as_map().is_some_and(|all| !all.is_empty()) {
        revision.set(&["metadata", "annotations"], annotations.clone());
    }
    let reference = owner.controller_reference();
    revision.set(&["metadata", "ownerReferences"], Value::list([reference]));
    revision.set(&["data"], data_of(owner));
    revision.set(&["revision"], number);
    revision
}

/// Sorts revisions, the oldest first; names break ties.
pub(crate) fn sort(revisions: &mut [Object]) {
    revisions.sort_by_cached_key(|revision| (revision["revision"].count(), revision.name().to_owned()));
}

#[cfg(test)]
mod tests {
    use super::{data_of, hash_of, template_of};
    use evenkeel_object::{Object, Value, json};

    #[test]
    fn a_revision_gives_back_the_template_it_was_made_of() {
        let set = Object::from(json!({"spec": {"replicas": 2, "template": {"spec": {"containers": []}}}}));
        let revision = Object::from(Value::map().with(&["data"], data_of(&set)));
        assert_eq!(template_of(&revision), set["spec"]["template"]);
    }

    #[test]
    fn a_collision_gives_another_hash() {
        let value = Value::from(json!({"a": 1}));
        assert_eq!(hash_of(&value, 0), hash_of(&value.clone(), 0));
        assert_ne!(hash_of(&value, 0), hash_of(&value, 1));
    }
}
