//! Which policies, bindings and parameters speak of a request; and the refusal.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_object::{Kind, Object, Value};

use super::decide::{Denial, decide};
use super::params::params;
use super::problems::reads;
use super::variables::Input;
use crate::attributes::{Attributes, namespace_key};
use crate::{Cause, Read, Reason, Scope, Status};

pub(super) const GROUP: &str = "admissionregistration.k8s.io";

/// Whether all policies allow the request; the first denial, if one does not.
///
/// Besides the policies and their bindings it reads the parameters and the Namespace.
pub fn validate(store: &mut dyn Read, attributes: &Attributes<'_>) -> Result<(), Status> {
    if is_exempt(attributes.kind) {
        return Ok(());
    }
    for (policy, binding) in
        chosen(store, attributes, ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"])
    {
        if let Some(denial) = bound(store, attributes, &policy, &binding) {
            return Err(refusal(attributes, &policy, &binding, &denial));
        }
    }
    Ok(())
}

/// The policies of a kind that speak of a request, each with each of its bindings that does.
///
/// Reads the policies and, if one of them speaks of the request, the bindings.
pub(super) fn chosen(
    store: &mut dyn Read,
    attributes: &Attributes<'_>,
    [policy, binding]: [&str; 2],
) -> Vec<(Object, Object)> {
    let policies = store.list(Scope::everywhere(&Kind::new(GROUP, policy)));
    let mut bindings = None;
    let mut pairs = Vec::new();
    for policy in policies {
        if !attributes.match_constraints(store, &policy["spec"]["matchConstraints"]) {
            continue;
        }
        let bindings =
            bindings.get_or_insert_with(|| store.list(Scope::everywhere(&Kind::new(GROUP, binding)))).clone();
        for binding in bindings {
            if binding["spec"]["policyName"].text() == policy.name()
                && attributes.match_constraints(store, &binding["spec"]["matchResources"])
            {
                pairs.push((policy.clone(), binding));
            }
        }
    }
    pairs
}

/// Policies do not speak of policies, or nobody could mend one.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/generic/plugin.go
pub(super) fn is_exempt(kind: &Kind) -> bool {
    &*kind.group == GROUP
        && matches!(
            &*kind.name,
            "ValidatingAdmissionPolicy"
                | "ValidatingAdmissionPolicyBinding"
                | "MutatingAdmissionPolicy"
                | "MutatingAdmissionPolicyBinding"
        )
}

/// What a policy says through one of its bindings, if it denies.
fn bound(store: &mut dyn Read, attributes: &Attributes<'_>, policy: &Object, binding: &Object) -> Option<Denial> {
    let params = match params(store, attributes, policy, binding) {
        Ok(params) => params,
        // What is wrong with the configuration denies whatever the binding's actions are.
        Err(_) if policy["spec"]["failurePolicy"].text() == "Ignore" => return None,
        Err(fault) => {
            return Some(Denial::unconditional(format!("failed to configure binding: {fault}")));
        }
    };
    let denies = binding["spec"]["validationActions"].items().iter().any(|action| action.text() == "Deny");
    let namespace = namespace_object(store, attributes, policy);
    params.into_iter().find_map(|param| {
        let input = Input { attributes, param, namespace: namespace.clone() };
        let denials = decide(policy, &input);
        denials.into_iter().find(|denial| denies || denial.unconditional)
    })
}

/// The Namespace of the object, if an expression reads it; `null` for a cluster-scoped object.
pub(super) fn namespace_object(store: &mut dyn Read, attributes: &Attributes<'_>, policy: &Object) -> Value {
    let is_read = reads(policy, "namespaceObject");
    if !is_read || attributes.namespace.is_empty() || attributes.kind.is("", "Namespace") {
        return Value::Null;
    }
    match store.get(&namespace_key(attributes.namespace)) {
        Some(namespace) => exposed(&namespace),
        // A namespace that exists always need not be among the manifests.
        None => Value::map()
            .with(&["metadata", "name"], attributes.namespace)
            .with(&["metadata", "labels", "kubernetes.io/metadata.name"], attributes.namespace),
    }
}

/// What expressions see of a Namespace: neither its kind nor who owns which field.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/condition.go: CreateNamespaceObject
fn exposed(namespace: &Object) -> Value {
    let mut exposed: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for name in ["metadata", "spec", "status"] {
        if let Some(value) = namespace.get(name) {
            exposed.insert(name.into(), value.clone());
        }
    }
    let mut exposed = Value::from(exposed);
    exposed.remove(&["metadata", "managedFields"]);
    exposed.remove(&["metadata", "ownerReferences"]);
    exposed
}

fn refusal(attributes: &Attributes<'_>, policy: &Object, binding: &Object, denial: &Denial) -> Status {
    let message = format!(
        "ValidatingAdmissionPolicy '{}' with binding '{}' denied request: {}",
        policy.name(),
        binding.name(),
        denial.message
    );
    let resource = match &*attributes.kind.group {
        "" => attributes.resource.to_string(),
        group => format!("{}.{group}", attributes.resource),
    };
    let reason = match denial.reason.as_deref() {
        Some("Forbidden") => Reason::Forbidden,
        Some("RequestEntityTooLarge") => Reason::RequestEntityTooLarge,
        _ => Reason::Invalid,
    };
    let text = format!("{resource} {:?} is forbidden: {message}", name_of(attributes));
    let cause = Cause { reason: String::new(), field: String::new(), message };
    Status::new(reason, text).with_causes(vec![cause])
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/errors.go: extractResourceName
fn name_of<'a>(attributes: &Attributes<'a>) -> &'a str {
    let metadata = |object: &'a Object| {
        [object.name(), object["metadata"]["generateName"].text()].into_iter().find(|name| !name.is_empty())
    };
    match attributes.name {
        "" => attributes.object.and_then(metadata).unwrap_or("Unknown"),
        name => name,
    }
}
