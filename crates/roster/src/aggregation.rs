//! The aggregator's word on APIServices: whether what is to serve a group and version of the API is there. Namespaces do not go as long as one is not.
//!
//! Left out: the last check, a request to the server itself. It answers wherever an endpoint is ready.
//!
//! Sources: <https://github.com/kubernetes/kube-aggregator/blob/v0.37.2/pkg/controllers/status/remote/remote_available_controller.go#L180>,
//! <https://github.com/kubernetes/kube-aggregator/blob/v0.37.2/pkg/controllers/status/local/local_available_controller.go#L94>.

use evenkeel_api::{Projection, Read, Scope, Select, read};
use evenkeel_control::{Client, Controller, Done, Event, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Selector, Value};

use crate::condition::{self, condition};
use evenkeel_control::halt::{Halt, ended};

const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The controller that tells whether APIServices are available.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApiServices;

fn kind() -> Kind {
    Kind::new("apiregistration.k8s.io", "APIService")
}

fn service_kind() -> Kind {
    Kind::new("", "Service")
}

fn slice_kind() -> Kind {
    Kind::new("discovery.k8s.io", "EndpointSlice")
}

impl Controller for ApiServices {
    fn name(&self) -> &str {
        "kube-aggregator"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::On(vec![kind(), service_kind(), slice_kind()])
    }

    fn woken(&self, event: &Event, store: &mut dyn Read) -> Vec<Key> {
        let object = event.object();
        if object.kind() == kind() {
            return vec![object.key()];
        }
        let name = if object.kind() == slice_kind() { object.labels()[SERVICE_NAME].text() } else { object.name() };
        let behind = Key::new(service_kind(), object.namespace(), name);
        let all = store.list_specified(Scope::everywhere(&kind()));
        all.iter().filter(|service| backend(service).as_ref() == Some(&behind)).map(Object::key).collect()
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(sync(client, key))
    }
}

/// The Service behind an APIService; none for what the API server serves itself.
fn backend(service: &Object) -> Option<Key> {
    let behind = &service["spec"]["service"];
    (!behind.is_null()).then(|| Key::new(service_kind(), behind["namespace"].text(), behind["name"].text()))
}

fn sync(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    let Some(before) = client.get(key)? else {
        return Ok(());
    };
    let (value, reason, message) = match backend(&before) {
        None => ("True", "Local", "Local APIServices are always available".to_owned()),
        Some(behind) => match fault(client, &behind, before["spec"]["service"]["port"].as_int().unwrap_or(443))? {
            None => ("True", "Passed", "all checks passed".to_owned()),
            Some((reason, message)) => ("False", reason, message),
        },
    };
    let mut status = before["status"].clone();
    condition::replace(&mut status, condition("Available", value, reason, &message));
    if status != before["status"] {
        client.because(format!("whether what {key} stands for is served"));
        client.update_status(Object(before.0.with(&["status"], status)))??;
    }
    Ok(())
}

/// What is wrong with the Service behind an APIService: a reason and a text.
fn fault(client: &mut Client<'_>, behind: &Key, port: i64) -> Result<Option<(&'static str, String)>, Halt> {
    let what = format!("service/{} in {:?}", behind.name, &*behind.namespace);
    let Some(service) = client.get(behind)? else {
        return Ok(Some(("ServiceNotFound", format!("{what} is not present"))));
    };
    if service["spec"]["type"].text() != "ClusterIP" {
        return Ok(None);
    }
    let mut ports = service["spec"]["ports"].items().iter();
    let Some(found) = ports.find(|entry| entry["port"].count() == port) else {
        return Ok(Some(("ServicePortError", format!("{what} is not listening on port {port}"))));
    };
    let name = found["name"].text();
    let slices = served(client, behind)?;
    if slices.items().is_empty() {
        return Ok(Some(("EndpointsNotFound", format!("cannot find endpointslices for {what}"))));
    }
    let is_served = slices.items().iter().any(|names| names.items().iter().any(|served| served.text() == name));
    let missing = || format!("endpointslices for {what} have no addresses with port name {name:?}");
    Ok((!is_served).then(|| ("MissingEndpoints", missing())))
}

/// The names of the ports that something answers at, for each slice of a Service.
fn served(client: &mut Client<'_>, service: &Key) -> Result<Value, Pause> {
    let projection = Projection {
        name: "served ports",
        args: Value::Null,
        of: |_, slices| Value::list(slices.iter().map(ports_of)),
        join: |_, left, right| read::concatenated(left, right),
    };
    let labels = Value::map().with(&[SERVICE_NAME], &*service.name);
    let slices = Scope::all(&slice_kind(), &service.namespace).select(Select::Labels(Selector::equal(&labels)));
    client.view(slices, projection)
}

fn ports_of(slice: &Object) -> Value {
    let is_ready = |endpoint: &Value| endpoint["conditions"]["ready"].as_bool() != Some(false);
    let is_answered = slice["endpoints"].items().iter().any(is_ready);
    let ports = slice["ports"].items().iter().filter(|port| is_answered && !port["port"].is_null());
    Value::list(ports.map(|port| Value::from(port["name"].text())))
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Key, json};

    use super::{ApiServices, kind};
    use crate::stage::Stage;

    fn check(spec: &serde_json::Value, others: Vec<serde_json::Value>, expect: &str) {
        let service = json!({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1.x.io"}, "spec": spec,
        });
        let mut stage = Stage::of(others.into_iter().chain([service]));
        let key = Key::new(kind(), "", "v1.x.io");
        assert_eq!(stage.reconcile(&ApiServices, &key), ["update status APIService/v1.x.io"]);
        let service = stage.get(("apiregistration.k8s.io", "APIService"), "v1.x.io");
        let told = service.condition("Available");
        let texts = ["status", "reason", "message"].map(|field| told[field].text());
        assert_eq!(texts.join(" | "), expect);
        assert!(stage.reconcile(&ApiServices, &key).is_empty());
    }

    fn behind() -> serde_json::Value {
        json!({"group": "x.io", "version": "v1", "service": {"namespace": "default", "name": "x", "port": 443}})
    }

    fn service(port: i64) -> serde_json::Value {
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "default"},
            "spec": {"type": "ClusterIP", "ports": [{"name": "https", "port": port}]},
        })
    }

    fn slice(is_ready: bool) -> serde_json::Value {
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {"name": "x-slice", "namespace": "default", "labels": {"kubernetes.io/service-name": "x"}},
            "endpoints": [{"conditions": {"ready": is_ready}}], "ports": [{"name": "https", "port": 8443}],
        })
    }

    #[test]
    fn what_the_server_serves_itself_is_available() {
        check(
            &json!({"group": "x.io", "version": "v1"}),
            vec![],
            "True | Local | Local APIServices are always available",
        );
    }

    #[test]
    fn what_is_behind_a_service_is_available_once_an_endpoint_is_ready() {
        check(&behind(), vec![], "False | ServiceNotFound | service/x in \"default\" is not present");
        check(
            &behind(),
            vec![service(80)],
            "False | ServicePortError | service/x in \"default\" is not listening on port 443",
        );
        check(
            &behind(),
            vec![service(443)],
            "False | EndpointsNotFound | cannot find endpointslices for service/x in \"default\"",
        );
        check(
            &behind(),
            vec![service(443), slice(false)],
            "False | MissingEndpoints | endpointslices for service/x in \"default\" have no addresses with port name \"https\"",
        );
        check(&behind(), vec![service(443), slice(true)], "True | Passed | all checks passed");
    }
}
