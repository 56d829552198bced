//! What the server itself puts into objects of particular kinds when they are written.

use evenkeel_object::{Object, Value, json};

use super::kinds::Resource;
use super::pod;

/// A new object, named and with its uid, as it is to be validated and stored.
pub(crate) fn created(resource: &Resource, mut object: Object) -> Object {
    if resource.has_generation() {
        object.set(&["metadata", "generation"], 1);
    }
    match (&*resource.kind.group, &*resource.kind.name) {
        ("", "Pod") => {
            let status = pod::status(&object);
            object.set(&["status"], status);
        }
        ("", "Namespace") => namespace(&mut object),
        ("", "Service") => service(&mut object, None),
        ("", "PersistentVolume") => object.set(&["status", "phase"], "Pending"),
        ("batch", "Job") => job(&mut object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(&mut object),
        _ => {}
    }
    object
}

/// An object that is to replace `before`.
pub(crate) fn updated(resource: &Resource, before: &Object, mut object: Object) -> Object {
    match (&*resource.kind.group, &*resource.kind.name) {
        ("", "Namespace") => label(&mut object),
        ("", "Service") => service(&mut object, Some(before)),
        ("", "Pod") => pod::backfill(before, &mut object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => stored_versions(&mut object),
        _ => {}
    }
    object
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/namespace/strategy.go: PrepareForCreate, Canonicalize
fn namespace(object: &mut Object) {
    object.set(&["status", "phase"], "Active");
    let mut finalizers = object["spec"]["finalizers"].clone();
    let kubernetes = Value::from("kubernetes");
    if !finalizers.items().contains(&kubernetes) {
        finalizers.make_list().push(kubernetes);
        object.set(&["spec", "finalizers"], finalizers);
    }
    label(object);
}

fn label(object: &mut Object) {
    let name = object["metadata"]["name"].clone();
    object.set(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
}

/// Gives a Service its address, which is the opaque `clusterip:<name>`, and keeps what was allocated when a writer leaves it out.
///
/// Left out: the allocation of node ports (one that is given is kept), second addresses, address families other than IPv4.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/service/storage/storage.go: patchAllocatedValues
fn service(object: &mut Object, before: Option<&Object>) {
    if object["spec"]["type"].text() == "ExternalName" {
        // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/service/strategy.go: dropTypeDependentFields
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            object.remove(&["spec", field]);
        }
        return;
    }
    let before = before.filter(|before| before["spec"]["type"].text() != "ExternalName");
    if let Some(before) = before {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            fill(object, field, &before["spec"][field]);
        }
        node_ports(object, before);
    }
    let own = Value::from(format!("clusterip:{}", object.name()));
    fill(object, "clusterIP", &own);
    let address = object["spec"]["clusterIP"].clone();
    fill(object, "clusterIPs", &Value::list([address]));
    fill(object, "ipFamilies", &Value::list([Value::from("IPv4")]));
    fill(object, "ipFamilyPolicy", &Value::from("SingleStack"));
}

fn fill(object: &mut Object, field: &str, value: &Value) {
    let current = &object["spec"][field];
    let is_unset = current.is_null() || current.as_str() == Some("") || current == &Value::list([]);
    if is_unset && !value.is_null() {
        object.set(&["spec", field], value.clone());
    }
}

/// A port that is left without its node port gets that of the port of the same name.
fn node_ports(object: &mut Object, before: &Object) {
    let has_node_ports = |service: &Object| matches!(service["spec"]["type"].text(), "NodePort" | "LoadBalancer");
    if !has_node_ports(object) || !has_node_ports(before) {
        return;
    }
    let ports = object["spec"]["ports"].items().iter().map(|port| {
        let known = before["spec"]["ports"]
            .items()
            .iter()
            .find(|old| old["name"] == port["name"] && old["nodePort"].count() != 0);
        match known {
            Some(old) if port["nodePort"].count() == 0 => port.clone().with(&["nodePort"], old["nodePort"].clone()),
            _ => port.clone(),
        }
    });
    let ports = Value::list(ports);
    object.set(&["spec", "ports"], ports);
}

/// Makes the Pods of a Job tell that they are its own.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/batch/job/strategy.go: generateSelector
fn job(object: &mut Object) {
    if object["spec"]["manualSelector"].is_true() {
        return;
    }
    let labels = ["spec", "template", "metadata", "labels"];
    let is_shared = !object.at(&labels).is_null() && object["metadata"]["labels"] == *object.at(&labels);
    let name = object["metadata"]["name"].clone();
    let uid = object["metadata"]["uid"].clone();
    for (label, value) in [
        ("job-name", &name),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("batch.kubernetes.io/controller-uid", &uid),
    ] {
        let way = ["spec", "template", "metadata", "labels", label];
        if object.at(&way).is_null() {
            object.set(&way, value.clone());
        }
    }
    // A Job without labels gets those of its template, the same map in memory, so that whatever is put into the one is in the other, too. Whoever gives
    // it equal labels is taken here for somebody who gives none.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/v1/defaults.go: SetDefaults_Job
    if is_shared {
        let shared = object.at(&labels).clone();
        object.set(&["metadata", "labels"], shared);
    }
    let way = ["spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"];
    if object.at(&way).is_null() {
        object.set(&way, uid);
    }
}

/// Makes a definition work at once.
///
/// In a cluster controllers of the API server accept its names and establish it a moment later, and an applier that is too fast is told that there
/// is no such resource, and tries again. That, and definitions that contend for a name, is left out.
fn definition(object: &mut Object) {
    let condition = |kind: &str, reason: &str, message: &str| json!({"type": kind, "status": "True", "reason": reason, "message": message});
    let conditions = Value::from(json!([
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ]));
    let names = object["spec"]["names"].clone();
    object.set(&["status", "conditions"], conditions);
    object.set(&["status", "acceptedNames"], names);
    stored_versions(object);
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition/strategy.go: PrepareForUpdate
fn stored_versions(object: &mut Object) {
    let versions = object["spec"]["versions"].items();
    let Some(storage) = versions.iter().find(|version| version["storage"].is_true()) else {
        return;
    };
    let name = storage["name"].clone();
    let mut stored = object["status"]["storedVersions"].clone();
    if !stored.items().contains(&name) {
        stored.make_list().push(name);
        object.set(&["status", "storedVersions"], stored);
    }
}
