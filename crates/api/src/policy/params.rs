//! The objects that a binding names as parameters.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go: CollectParams

use evenkeel_object::{Key, Kind, Object, Selector, Value};

use crate::attributes::Attributes;
use crate::{Read, Scope, Select};

/// The parameters with which a policy is asked, one after the other: none at all if nothing is found and that is fine, one `None` if there are
/// none to be had. Errors: what is wrong with the configuration.
pub(super) fn params(
    store: &mut dyn Read,
    attributes: &Attributes<'_>,
    policy: &Object,
    binding: &Object,
) -> Result<Vec<Option<Object>>, String> {
    let kind = &policy["spec"]["paramKind"];
    let reference = &binding["spec"]["paramRef"];
    if kind.is_null() || reference.is_null() {
        return Ok(vec![None]);
    }
    let kind = Kind::of(kind["apiVersion"].text(), kind["kind"].text());
    let namespace = namespace(store, attributes, &kind, reference)?;
    let found = match reference["name"].as_str() {
        Some(name) => store.get(&Key::new(kind, &namespace, name)).into_iter().collect(),
        None => {
            let selector =
                Selector::of(&reference["selector"]).ok_or("the selector of the parameters cannot be read")?;
            store.list(Scope::all(&kind, &namespace).select(Select::Labels(selector)))
        }
    };
    if found.is_empty() && reference["parameterNotFoundAction"].text() == "Deny" {
        return Err("no params found for policy binding with `Deny` parameterNotFoundAction".to_string());
    }
    Ok(found.into_iter().map(Some).collect())
}

/// The namespace in which parameters are looked for; empty if they are cluster-scoped.
fn namespace(
    store: &mut dyn Read,
    attributes: &Attributes<'_>,
    kind: &Kind,
    reference: &Value,
) -> Result<String, String> {
    let given = reference["namespace"].text();
    match (is_cluster_scoped(store, kind), given, attributes.namespace) {
        (true, "", _) => Ok(String::new()),
        (true, _, _) => Err("paramRef.namespace must not be provided for a cluster-scoped `paramKind`".to_string()),
        (false, "", "") => {
            Err("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources".to_string())
        }
        (false, "", own) => Ok(own.to_string()),
        (false, given, _) => Ok(given.to_string()),
    }
}

/// Whether objects of that kind are cluster-scoped. A kind that is neither built in nor defined is taken as namespaced; nothing of it is found.
fn is_cluster_scoped(store: &mut dyn Read, kind: &Kind) -> bool {
    const BUILT_IN: [(&str, &str); 12] = [
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("storage.k8s.io", "StorageClass"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("networking.k8s.io", "IngressClass"),
        ("node.k8s.io", "RuntimeClass"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ];
    if BUILT_IN.iter().any(|(group, name)| kind.is(group, name)) {
        return true;
    }
    if !kind.group.contains('.') || kind.group.ends_with(".k8s.io") {
        return false;
    }
    let definitions = Kind::new("apiextensions.k8s.io", "CustomResourceDefinition");
    store.list(Scope::everywhere(&definitions)).iter().any(|definition| {
        let spec = &definition["spec"];
        spec["group"].text() == &*kind.group
            && spec["names"]["kind"].text() == &*kind.name
            && spec["scope"].text() == "Cluster"
    })
}
