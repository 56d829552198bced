//! Definitions of custom resources, servers of further groups, and requests for certificates.

use evenkeel_object::{Object, Value, json};

use super::fill::{fill, inside};

/// Fills in the names and the conversion of a definition, and which version it stores.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1/defaults.go: SetDefaults_CustomResourceDefinition
pub(super) fn definition(object: &mut Object) {
    let versions = object["spec"]["versions"].items();
    let storage = versions.iter().find(|version| version["storage"].is_true());
    let storage = storage.map(|version| version["name"].clone());
    inside(object, &["spec"], |spec| {
        inside(spec, &["names"], |names| {
            let kind = names["kind"].text().to_owned();
            if !kind.is_empty() {
                fill(names, "singular", kind.to_lowercase());
                fill(names, "listKind", format!("{kind}List"));
            }
        });
        fill(spec, "conversion", Value::from(json!({"strategy": "None"})));
        inside(spec, &["conversion", "webhook", "clientConfig"], port);
    });
    if let Some(storage) = storage {
        inside(object, &["status"], |status| {
            fill(status, "storedVersions", vec![storage]);
        });
    }
}

/// Fills in the port of a server of a further group.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/kube-aggregator/pkg/apis/apiregistration/v1/defaults.go: SetDefaults_ServiceReference
pub(super) fn api_service(object: &mut Object) {
    inside(object, &["spec"], port);
}

fn port(client: &mut Value) {
    inside(client, &["service"], |service| fill(service, "port", 443));
}

/// Fills in for how long a certificate of a Pod may be valid.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/certificates/v1/zz_generated.defaults.go: SetObjectDefaults_PodCertificateRequest
pub(super) fn certificate(kind: &str, object: &mut Object) {
    if kind == "PodCertificateRequest" {
        inside(object, &["spec"], |spec| {
            fill(spec, "maxExpirationSeconds", 86400);
        });
    }
}
