//! The EndpointSlice controller: writes down which Pods stand behind a Service.
//!
//! One slice per Service, under a fixed name (`<service>-slice`) where the real one lets the server make one up: nothing but this controller looks for it by
//! name. Left out: more slices than one (over 100 endpoints, IPv6, Pods that give a named port different numbers: the first Pod's numbers are taken
//! for all), topology hints and zones, the annotation of the last change's time. The endpoints stand in the order of their Pods' names; in the real one the order is arbitrary.
//!
//! Sources: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/endpointslice/endpointslice_controller.go>,
//! <https://github.com/kubernetes/endpointslice/blob/v0.37.2/utils.go>.

use evenkeel_api::{Projection, Read, Scope, Select, read};
use evenkeel_control::{Client, Controller, Done, Event, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Selector, Value, json};

use crate::pods;
use crate::template::{is_over, is_ready};
use evenkeel_control::halt::{Halt, ended};

const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const SERVICE_NAME: &str = "kubernetes.io/service-name";
const HEADLESS: &str = "service.kubernetes.io/headless";
const OWN_NAME: &str = "endpointslice-controller.k8s.io";

/// The EndpointSlice controller.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndpointSlices;

fn kind() -> Kind {
    Kind::new("", "Service")
}

fn slice_kind() -> Kind {
    Kind::new("discovery.k8s.io", "EndpointSlice")
}

impl Controller for EndpointSlices {
    fn name(&self) -> &str {
        "endpointslice-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::On(vec![kind(), pods::kind(), slice_kind()])
    }

    fn woken(&self, event: &Event, store: &mut dyn Read) -> Vec<Key> {
        let object = event.object();
        if object.kind() == kind() {
            return vec![object.key()];
        }
        let states = [event.before.as_ref(), event.after.as_ref()];
        let states = states.into_iter().flatten();
        if object.kind() == slice_kind() {
            let mut woken: Vec<Key> = states.filter_map(service_of).collect();
            woken.dedup();
            return woken;
        }
        if let (Some(before), Some(after)) = (&event.before, &event.after)
            && outline(before) == outline(after)
        {
            return Vec::new();
        }
        let services = store.list_specified(Scope::all(&kind(), object.namespace()));
        let states: Vec<&Object> = states.collect();
        let chooses = |service: &&Object| {
            selector_of(service).is_some_and(|selector| states.iter().any(|pod| selector.matches(pod.labels())))
        };
        services.iter().filter(chooses).map(Object::key).collect()
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(sync(client, key))
    }
}

/// The Service of a slice that this controller manages.
fn service_of(slice: &Object) -> Option<Key> {
    let name = slice.labels()[SERVICE_NAME].as_str()?;
    (slice.labels()[MANAGED_BY].text() == OWN_NAME).then(|| Key::new(kind(), slice.namespace(), name))
}

/// None for a Service whose endpoints somebody else provides.
fn selector_of(service: &Object) -> Option<Selector> {
    let selector = &service["spec"]["selector"];
    let is_external = service["spec"]["type"].text() == "ExternalName";
    (!is_external && !selector.is_null()).then(|| Selector::equal(selector))
}

fn sync(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    let Some(service) = client.get(key)? else {
        return Ok(());
    };
    let Some(selector) = selector_of(&service) else {
        return Ok(());
    };
    let pods = selected(client, &service, selector)?;
    let name = format!("{}-slice", service.name());
    let key = Key::new(slice_kind(), service.namespace(), &name);
    let desired = desired(&service, &key, &pods);
    let there = client.get(&key)?.filter(|slice| !slice.is_terminating());
    client.because(format!("the Pods that {} selects, and whether they are ready", service.key()));
    let Some(there) = there else {
        // A Service that is going away gets no new slice.
        if !service.is_terminating() {
            client.create(desired)??;
        }
        return Ok(());
    };
    let mut updated = there.clone();
    for field in ["endpoints", "ports"] {
        updated.set(&[field], desired[field].clone());
    }
    updated.set(&["metadata", "labels"], desired.labels().clone());
    if updated != there {
        client.update(updated)??;
    }
    Ok(())
}

/// The Pods as far as they are looked at, in the order of their names.
fn selected(client: &mut Client<'_>, service: &Object, selector: Selector) -> Result<Vec<Object>, Halt> {
    let projection = Projection {
        name: "endpoints",
        args: Value::Null,
        of: |_, pods| Value::list(pods.iter().filter(|pod| has_endpoint(pod)).map(outline)),
        join: |_, left, right| read::concatenated(left, right),
    };
    let scope = Scope::all(&pods::kind(), service.namespace()).select(Select::Labels(selector));
    Ok(read::sorted(&client.view(scope, projection)?))
}

/// Only Pods that have an address and have not ended; those that are being deleted still are endpoints.
fn has_endpoint(pod: &Object) -> bool {
    !is_over(pod) && !pod["status"]["podIP"].text().is_empty()
}

fn outline(pod: &Object) -> Value {
    let ports = |field: &str| pod["spec"][field].items().iter().map(|container| container["ports"].clone());
    let mut outline = Object::new("v1", &pod.key());
    for path in [
        ["metadata", "uid"],
        ["metadata", "labels"],
        ["spec", "nodeName"],
        ["spec", "hostname"],
        ["spec", "subdomain"],
        ["status", "podIP"],
    ] {
        let value = pod.at(&path);
        if !value.is_null() {
            outline.set(&path, value.clone());
        }
    }
    outline.set(&["ports"], Value::list(ports("containers").chain(ports("initContainers"))));
    outline.set(&["ready"], is_ready(pod));
    outline.set(&["terminating"], pod.is_terminating());
    outline.set(&["over"], is_over(pod));
    outline.0
}

fn desired(service: &Object, key: &Key, pods: &[Object]) -> Object {
    let mut slice = Object::new("discovery.k8s.io/v1", key);
    slice.set(&["metadata", "generateName"], format!("{}-", service.name()));
    let reference = service.controller_reference();
    slice.set(&["metadata", "ownerReferences"], Value::list([reference]));
    slice.set(&["metadata", "labels"], labels(service));
    slice.set(&["addressType"], "IPv4");
    slice.set(&["endpoints"], Value::list(pods.iter().map(|pod| endpoint(service, pod))));
    let ports = pods.first().map_or_else(|| Value::list([]), |pod| ports(service, pod));
    slice.set(&["ports"], ports);
    slice
}

/// The labels of the Service, and those by which slices are found.
fn labels(service: &Object) -> Value {
    let own = [SERVICE_NAME, MANAGED_BY, HEADLESS];
    let of_service = service.labels().entries().filter(|(label, _)| !own.contains(&&***label));
    let mut labels = Value::fields(of_service.map(|(label, value)| (label.clone(), value.clone())));
    labels.set(&[SERVICE_NAME], service.name());
    labels.set(&[MANAGED_BY], OWN_NAME);
    if matches!(service["spec"]["clusterIP"].text(), "" | "None") {
        labels.set(&[HEADLESS], "");
    }
    labels
}

fn endpoint(service: &Object, pod: &Object) -> Value {
    let (serving, terminating) = (pod["ready"].is_true(), pod["terminating"].is_true());
    let ready = service["spec"]["publishNotReadyAddresses"].is_true() || serving && !terminating;
    let mut endpoint = Value::from(json!({
        "addresses": [pod["status"]["podIP"].text()],
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "targetRef": {"kind": "Pod", "namespace": pod.namespace(), "name": pod.name(), "uid": pod.uid()},
    }));
    if let Some(node) = pods::node(pod) {
        endpoint.set(&["nodeName"], node);
    }
    let hostname = pod["spec"]["hostname"].text();
    if !hostname.is_empty() && pod["spec"]["subdomain"].text() == service.name() {
        endpoint.set(&["hostname"], hostname);
    }
    endpoint
}

fn ports(service: &Object, pod: &Object) -> Value {
    let found = service["spec"]["ports"].items().iter().filter_map(|port| {
        let number = match &port["targetPort"] {
            Value::String(name) => named_port(pod, name, &port["protocol"])?,
            Value::Null => port["port"].clone(),
            number => number.clone(),
        };
        let mut slice_port =
            Value::from(json!({"name": port["name"].text(), "protocol": port["protocol"].as_str().unwrap_or("TCP")}));
        slice_port.set(&["port"], number);
        if !port["appProtocol"].is_null() {
            slice_port.set(&["appProtocol"], port["appProtocol"].clone());
        }
        Some(slice_port)
    });
    Value::list(found)
}

fn named_port(pod: &Object, name: &str, protocol: &Value) -> Option<Value> {
    let protocol_of = |value: &Value| value.as_str().unwrap_or("TCP").to_owned();
    let mut ports = pod["ports"].items().iter().flat_map(Value::items);
    ports
        .find(|port| port["name"].text() == name && protocol_of(&port["protocol"]) == protocol_of(protocol))
        .map(|port| port["containerPort"].clone())
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]
mod tests {
    use super::{EndpointSlices, kind};
    use crate::stage::Stage;
    use evenkeel_control::{Controller, Event};
    use evenkeel_object::{Key, Object, Value, json};

    fn service(spec: serde_json::Value) -> serde_json::Value {
        let mut spec = spec;
        spec["ports"] = json!([{"port": 80, "protocol": "TCP", "targetPort": "http"}]);
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default", "labels": {"team": "a"}}, "spec": spec})
    }

    fn pod(name: &str, ready: bool) -> serde_json::Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}},
            "spec": {"nodeName": "n1", "containers": [{"ports": [{"name": "http", "containerPort": 8080}]}]},
            "status": {"phase": "Running", "podIP": format!("ip:{name}"), "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]}})
    }

    fn selecting() -> serde_json::Value {
        json!({"selector": {"app": "web"}, "clusterIP": "ip:web"})
    }

    fn reconcile(stage: &mut Stage) -> Vec<String> {
        stage.reconcile(&EndpointSlices, &Key::new(kind(), "default", "web"))
    }

    fn slice(stage: &Stage) -> Object {
        stage.get(("discovery.k8s.io", "EndpointSlice"), "web-slice")
    }

    #[test]
    fn a_slice_lists_the_pods_with_their_conditions() {
        let mut stage = Stage::of([service(selecting()), pod("b", true), pod("a", false)]);
        assert_eq!(reconcile(&mut stage), ["create EndpointSlice/web-slice"]);
        assert!(reconcile(&mut stage).is_empty());
        let slice = slice(&stage);
        let expect = json!({
            "addresses": ["ip:a"], "conditions": {"ready": false, "serving": false, "terminating": false}, "nodeName": "n1",
            "targetRef": {"kind": "Pod", "namespace": "default", "name": "a", "uid": "Pod/default/a#0"},
        });
        assert_eq!(slice["endpoints"][0], Value::from(expect));
        assert_eq!(slice["endpoints"][1]["conditions"]["ready"], Value::Bool(true));
        assert_eq!(slice["ports"], json!([{"name": "", "port": 8080, "protocol": "TCP"}]).into());
        let labels = json!({"team": "a", "kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"});
        assert_eq!(*slice.labels(), labels.into());
    }

    #[test]
    fn a_pod_that_is_being_deleted_serves_but_is_not_ready_and_one_that_ended_is_none() {
        let mut leaving = pod("a", true);
        leaving["metadata"]["deletionTimestamp"] = json!("1970-01-01T00:00:00Z");
        let mut failed = pod("b", false);
        failed["status"]["phase"] = json!("Failed");
        let mut stage = Stage::of([service(selecting()), leaving, failed]);
        reconcile(&mut stage);
        let slice = slice(&stage);
        assert_eq!(slice["endpoints"].items().len(), 1);
        assert_eq!(
            slice["endpoints"][0]["conditions"],
            json!({"ready": false, "serving": true, "terminating": true}).into()
        );
    }

    #[test]
    fn addresses_that_are_not_ready_are_published_if_the_service_says_so() {
        let mut stage = Stage::of([
            service(json!({"selector": {"app": "web"}, "clusterIP": "None", "publishNotReadyAddresses": true})),
            pod("a", false),
        ]);
        reconcile(&mut stage);
        let slice = slice(&stage);
        assert_eq!(slice["endpoints"][0]["conditions"]["ready"], Value::Bool(true));
        assert!(!slice.labels()["service.kubernetes.io/headless"].is_null());
    }

    #[test]
    fn a_service_without_a_selector_is_left_to_others() {
        let mut stage = Stage::of([service(json!({})), pod("a", true)]);
        assert!(reconcile(&mut stage).is_empty());
    }

    #[test]
    fn what_does_not_matter_to_an_endpoint_wakes_nobody() {
        let mut stage = Stage::of([service(selecting())]);
        let mut annotated = pod("a", true);
        annotated["metadata"]["annotations"] = json!({"x": "y"});
        let mut woken = |after: serde_json::Value| {
            let event = Event { before: Some(pod("a", true).into()), after: Some(after.into()) };
            EndpointSlices.woken(&event, &mut stage.memory)
        };
        assert!(woken(annotated).is_empty());
        assert_eq!(woken(pod("a", false)), [Key::new(kind(), "default", "web")]);
    }
}
