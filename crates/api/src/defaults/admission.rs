//! Webhooks, and admission policies.

use evenkeel_object::{Object, Value};

use super::fill::{each, fill, inside};

/// Fills in what the defaults of the group `admissionregistration.k8s.io` are.
pub(super) fn apply(kind: &str, object: &mut Object) {
    match kind {
        "ValidatingWebhookConfiguration" => each(object, &["webhooks"], webhook),
        "MutatingWebhookConfiguration" => each(object, &["webhooks"], |hook| {
            webhook(hook);
            fill(hook, "reinvocationPolicy", "Never");
        }),
        "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" => {
            inside(object, &["spec"], |spec| {
                fill(spec, "failurePolicy", "Fail");
                inside(spec, &["matchConstraints"], resources);
            });
        }
        "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" => {
            inside(object, &["spec", "matchResources"], resources);
        }
        _ => {}
    }
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/admissionregistration/v1/defaults.go: SetDefaults_ValidatingWebhook, SetDefaults_MutatingWebhook, SetDefaults_ServiceReference
fn webhook(hook: &mut Value) {
    fill(hook, "failurePolicy", "Fail");
    matching(hook);
    fill(hook, "timeoutSeconds", 10);
    inside(hook, &["clientConfig", "service"], |service| {
        fill(service, "port", 443);
    });
    rules(hook, "rules");
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/admissionregistration/v1/defaults.go: SetDefaults_MatchResources
fn resources(resources: &mut Value) {
    matching(resources);
    rules(resources, "resourceRules");
    rules(resources, "excludeResourceRules");
}

fn matching(value: &mut Value) {
    fill(value, "matchPolicy", "Equivalent");
    fill(value, "namespaceSelector", Value::map());
    fill(value, "objectSelector", Value::map());
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/admissionregistration/v1/defaults.go: SetDefaults_Rule
fn rules(value: &mut Value, field: &str) {
    each(value, &[field], |rule| fill(rule, "scope", "*"));
}
