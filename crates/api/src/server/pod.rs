//! What admission and the server put into Pods.

use evenkeel_object::{Kind, Object, Quantity, Value, json};

use super::{Call, fault};
use crate::read::concatenated;
use crate::{Projection, Question, Read, Scope, Status};

/// The classes that exist without an object.
const SYSTEM_CLASSES: [(&str, i64); 2] =
    [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

/// A new Pod with its service account, priority and tolerations.
///
/// That the ServiceAccount exists is not asked: the controller that makes the default one of a Namespace is not needed for a verdict, and without
/// it no Pod would ever be created. The volume with its token is left out; nothing depends on it.
pub(crate) fn admitted(call: &mut Call<'_>, mut pod: Object) -> Result<Object, Status> {
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/admission/serviceaccount/admission.go: Admit
    if pod["spec"]["serviceAccountName"].text().is_empty() {
        pod.set(&["spec", "serviceAccountName"], "default");
    }
    let account = pod["spec"]["serviceAccountName"].clone();
    pod.set(&["spec", "serviceAccount"], account);
    let mut pod = prioritized(call, pod)?;
    tolerate(&mut pod);
    Ok(pod)
}

/// A Pod that replaces another one, with what was given to it by admission.
pub(crate) fn readmitted(before: &Object, mut pod: Object) -> Object {
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/admission/priority/admission.go: admitPod
    for field in ["priority", "preemptionPolicy"] {
        if pod["spec"][field].is_null() && !before["spec"][field].is_null() {
            pod.set(&["spec", field], before["spec"][field].clone());
        }
    }
    tolerate(&mut pod);
    pod
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/admission/priority/admission.go: establishPriority
fn prioritized(call: &mut Call<'_>, mut pod: Object) -> Result<Object, Status> {
    let name = pod["spec"]["priorityClassName"].text().to_owned();
    let class = if name.is_empty() { default_class(call.store) } else { Some(named_class(call, &pod, &name)?) };
    let class = class.unwrap_or_else(|| Value::from(json!({"value": 0})));
    let priority = class["value"].count();
    let given = &pod["spec"]["priority"];
    if !given.is_null() && given.count() != priority {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {priority} from the \
             given PriorityClass name"
        );
        return Err(fault::forbidden(call.resource, pod.name(), why));
    }
    let policy = class["preemptionPolicy"].text();
    let policy = if policy.is_empty() { "PreemptLowerPriority" } else { policy };
    pod.set(&["spec", "priority"], priority);
    pod.set(&["spec", "preemptionPolicy"], policy);
    if !class["name"].is_null() {
        pod.set(&["spec", "priorityClassName"], class["name"].clone());
    }
    Ok(pod)
}

/// The class of Pods that name none: of those that say so, the one with the lowest value.
fn default_class(store: &mut dyn Read) -> Option<Value> {
    let classes = store.ask(&Question {
        scope: Scope::everywhere(&Kind::new("scheduling.k8s.io", "PriorityClass")),
        projection: Projection {
            name: "default priority classes",
            args: Value::Null,
            of: |_, objects| {
                let defaults = objects.iter().filter(|class| class["globalDefault"].is_true());
                Value::list(defaults.map(class))
            },
            join: |_, left, right| concatenated(left, right),
        },
    });
    let classes = classes.items().iter();
    classes.min_by_key(|class| class["value"].count()).cloned()
}

fn named_class(call: &mut Call<'_>, pod: &Object, name: &str) -> Result<Value, Status> {
    if let Some((_, value)) = SYSTEM_CLASSES.iter().find(|(system, _)| *system == name) {
        return Ok(Value::from(json!({"name": name, "value": value})));
    }
    let key = evenkeel_object::Key::new(Kind::new("scheduling.k8s.io", "PriorityClass"), "", name);
    let found = call.store.get(&key).ok_or_else(|| {
        let why = format!("no PriorityClass with name {name} was found");
        fault::forbidden(call.resource, pod.name(), why)
    })?;
    Ok(class(&found))
}

fn class(class: &Object) -> Value {
    Value::fields([
        ("name", class["metadata"]["name"].clone()),
        ("value", class["value"].clone()),
        ("preemptionPolicy", class["preemptionPolicy"].clone()),
    ])
}

/// Lets a Pod stay for five minutes on a node that is not ready or cannot be reached.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/admission/defaulttolerationseconds/admission.go: Admit
fn tolerate(pod: &mut Object) {
    for taint in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerates = |toleration: &Value| {
            matches!(toleration["key"].text(), key if key.is_empty() || key == taint)
                && matches!(toleration["effect"].text(), "" | "NoExecute")
        };
        let mut tolerations = pod["spec"]["tolerations"].clone();
        if !tolerations.items().iter().any(tolerates) {
            let toleration =
                json!({"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300});
            tolerations.make_list().push(Value::from(toleration));
            pod.set(&["spec", "tolerations"], tolerations);
        }
    }
}

/// The status of a new Pod.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/pod/strategy.go: PrepareForCreate
pub(crate) fn status(pod: &Object) -> Value {
    let status = Value::from(json!({"phase": "Pending", "qosClass": quality(pod)}));
    if pod["spec"]["schedulingGates"].items().is_empty() {
        return status;
    }
    let gated = json!([{
        "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
        "message": "Scheduling is blocked due to non-empty scheduling gates",
    }]);
    status.with(&["conditions"], Value::from(gated))
}

/// The quality of service that a Pod is promised.
///
/// Left out: resources of the Pod as a whole.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/helper/qos/qos.go: ComputePodQOS
pub(crate) fn quality(pod: &Object) -> &'static str {
    let containers: Vec<&Value> = containers(pod).collect();
    let amount = |container: &Value, part: &str, resource: &str| {
        Quantity::of(&container["resources"][part][resource]).filter(|q| q.milli > 0)
    };
    let resources = ["cpu", "memory"];
    let asks = |container: &&Value| {
        resources
            .iter()
            .any(|resource| ["requests", "limits"].iter().any(|part| amount(container, part, resource).is_some()))
    };
    let is_exact = |container: &&Value| {
        resources.iter().all(|resource| {
            let limit = amount(container, "limits", resource);
            limit.is_some() && amount(container, "requests", resource) == limit
        })
    };
    if !containers.iter().any(asks) {
        "BestEffort"
    } else if containers.iter().all(is_exact) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}

/// The containers of a Pod, the ones that run before the others first.
pub(crate) fn containers(pod: &Object) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers"].into_iter().flat_map(|field| pod["spec"][field].items())
}

/// What a replacement of a Pod leaves out because its writer does not know of it.
pub(crate) fn backfill(before: &Object, pod: &mut Object) {
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/pod/strategy.go: PrepareForUpdate
    let resources = &before["spec"]["resources"];
    if pod["spec"]["resources"].is_null() && !resources.is_null() {
        pod.set(&["spec", "resources"], resources.clone());
    }
}
