//! Admission webhooks: which are called, and what comes of it if nobody answers.

use evenkeel_object::{Key, Kind, Object, Selector, Value, json};

use crate::cel::Program;
use crate::read::concatenated;
use crate::{Attributes, Projection, Question, Read, Reason, Scope, Select, Status};

/// When a webhook is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// Before validation: it may change the object.
    Mutating,
    /// After it: it may only refuse.
    Validating,
}

/// Asks the webhooks that are called for a request; refused if one cannot be reached and insists.
///
/// One that can be reached admits, and changes nothing. Left out: `sideEffects`, timeouts, reinvocation.
pub(crate) fn asked(store: &mut dyn Read, phase: Phase, attributes: &Attributes<'_>) -> Result<(), Status> {
    if is_exempt(attributes.kind) {
        return Ok(());
    }
    for webhook in concerned(store, phase, attributes) {
        // One that does not insist makes no difference, called or not.
        if webhook["failurePolicy"].text() == "Ignore"
            || !attributes.match_selectors(store, &webhook)
            || !is_meant(&webhook, attributes)?
        {
            continue;
        }
        if let Err(why) = reached(store, &webhook["clientConfig"]) {
            let (name, address) = (webhook["name"].text(), address(&webhook));
            let call = format!("failed to call webhook: Post {address:?}: {why}");
            let message = format!("Internal error occurred: failed calling webhook {name:?}: {call}");
            return Err(Status::new(Reason::InternalError, message));
        }
    }
    Ok(())
}

/// What admission itself is configured by is not subject to it, or nobody could repair it.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules/rules.go: IsExemptAdmissionConfigurationResource
fn is_exempt(kind: &Kind) -> bool {
    &*kind.group == "admissionregistration.k8s.io"
}

/// Whether the conditions of a webhook that insists include the request. Refused if none excludes it, and one cannot be told.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions/matcher.go: Match
fn is_meant(webhook: &Value, attributes: &Attributes<'_>) -> Result<bool, Status> {
    let mut faults = Vec::new();
    for condition in webhook["matchConditions"].items() {
        match holds(condition["expression"].text(), attributes) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        return Ok(true);
    }
    let message = format!("{} {:?} is forbidden: {}", attributes.resource, attributes.name, faults.join(", "));
    Err(Status::new(Reason::Forbidden, message))
}

fn holds(expression: &str, attributes: &Attributes<'_>) -> Result<bool, String> {
    let value = |object: Option<&Object>| object.map_or(Value::Null, |object| object.0.clone());
    let (object, before) = (value(attributes.object), value(attributes.before));
    let request = attributes.request();
    let variables = [("object", &object), ("oldObject", &before), ("request", &request)];
    let program = Program::compile(expression).map_err(|error| error.message)?;
    Ok(program.evaluate(&variables)?.is_true())
}

/// The webhooks whose rules choose the request, in the order in which they are called: by the names of their configurations, then as they stand there.
///
/// Nothing else of the configurations is read, so a webhook for Pods is no concern of a ConfigMap.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/configuration/mutating_webhook_manager.go
fn concerned(store: &mut dyn Read, phase: Phase, attributes: &Attributes<'_>) -> Vec<Value> {
    let configuration = match phase {
        Phase::Mutating => "MutatingWebhookConfiguration",
        Phase::Validating => "ValidatingWebhookConfiguration",
    };
    let kind = Kind::new("admissionregistration.k8s.io", configuration);
    let answer = store.ask(&Question {
        scope: Scope::everywhere(&kind),
        projection: Projection {
            name: "webhooks for a request",
            args: request(attributes),
            of: |args, objects| Value::list(objects.iter().flat_map(|o| chosen(args, o))),
            join: |_, left, right| concatenated(left, right),
        },
    });
    let mut webhooks = answer.items().to_vec();
    webhooks.sort_by(|left, right| left["configuration"].cmp(&right["configuration"]));
    webhooks
}

/// What of a request rules look at.
fn request(attributes: &Attributes<'_>) -> Value {
    let is_namespaced = !attributes.namespace.is_empty();
    Value::from(json!({
        "operation": attributes.operation, "group": &*attributes.kind.group, "resource": attributes.resource,
        "subresource": attributes.subresource, "namespaced": is_namespaced,
    }))
}

/// The webhooks of a configuration that a request concerns, without their certificates.
fn chosen(request: &Value, configuration: &Object) -> Vec<Value> {
    let kind = Kind::new(request["group"].text(), "");
    let attributes = Attributes {
        operation: request["operation"].text(),
        kind: &kind,
        resource: request["resource"].text(),
        subresource: request["subresource"].text(),
        namespace: if request["namespaced"].is_true() { "any" } else { "" },
        name: "",
        object: None,
        before: None,
        manager: "",
    };
    let webhooks = configuration["webhooks"].items().iter();
    let chosen = webhooks.filter(|webhook| attributes.match_rules(&webhook["rules"]));
    chosen
        .map(|webhook| {
            let mut essence = Value::map().with(&["configuration"], configuration.name());
            for field in
                ["name", "failurePolicy", "timeoutSeconds", "namespaceSelector", "objectSelector", "matchConditions"]
            {
                if let Some(value) = webhook.get(field) {
                    essence.set(&[field], value.clone());
                }
            }
            let service = webhook["clientConfig"]["service"].clone();
            essence.with(&["clientConfig", "service"], service)
        })
        .collect()
}

/// Where a webhook that is a Service is called.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/util/webhook/client.go: HookClient
fn address(webhook: &Value) -> String {
    let service = &webhook["clientConfig"]["service"];
    let (name, namespace) = (service["name"].text(), service["namespace"].text());
    let (port, path) = (service["port"].as_int().unwrap_or(443), service["path"].as_str().unwrap_or("/"));
    let seconds = webhook["timeoutSeconds"].as_int().unwrap_or(10);
    format!("https://{name}.{namespace}.svc:{port}{path}?timeout={seconds}s")
}

/// Whether anybody answers at a webhook's address, or why not. What lies outside the cluster always answers.
fn reached(store: &mut dyn Read, config: &Value) -> Result<(), String> {
    let service = &config["service"];
    if service.is_null() {
        return Ok(());
    }
    let (namespace, name) = (service["namespace"].text(), service["name"].text());
    let key = Key::new(Kind::new("", "Service"), namespace, name);
    let Some(object) = store.get(&key) else {
        return Err(format!("service {name:?} not found"));
    };
    if object["spec"]["type"].text() == "ExternalName" {
        return Ok(());
    }
    let port = service["port"].as_int().unwrap_or(443);
    let ports = object["spec"]["ports"].items();
    if !ports.iter().any(|entry| entry["port"].count() == port) {
        return Err(format!("no service port {port} found for service {name:?}"));
    }
    // The real message is of a connection that is refused, or times out.
    if is_served(store, namespace, name) { Ok(()) } else { Err(format!("no endpoints available for service {name:?}")) }
}

/// Whether a Service has an endpoint that is ready.
fn is_served(store: &mut dyn Read, namespace: &str, service: &str) -> bool {
    let labels = Value::map().with(&["kubernetes.io/service-name"], service);
    let slices = Scope::all(&Kind::new("discovery.k8s.io", "EndpointSlice"), namespace)
        .select(Select::Labels(Selector::equal(&labels)));
    let answer = store.ask(&Question {
        scope: slices,
        projection: Projection {
            name: "any ready endpoint",
            args: Value::Null,
            of: |_, slices| {
                let mut endpoints = slices.iter().flat_map(|slice| slice["endpoints"].items());
                endpoints.any(|endpoint| endpoint["conditions"]["ready"].is_true()).into()
            },
            join: |_, left, right| (left.is_true() || right.is_true()).into(),
        },
    });
    answer.is_true()
}
