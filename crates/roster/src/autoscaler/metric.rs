//! What is told of metrics: which it was that the replicas were calculated from, and why there are none.
//!
//! There are none as nobody serves them. Who has no metrics for another reason (they are served, and there are none of these Pods) is told so in other words by the real one; here there is one
//! reason for all.

use evenkeel_object::{Object, Value, json};

const RESOURCES: &str =
    "resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";
const CUSTOM: &str = "custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";

/// How the first metric is called. With several of them, the real one names that which asks for the most replicas.
///
/// Source: `computeReplicasForMetrics`, and `computeStatusFor…` for each type of metric.
pub(super) fn name(autoscaler: &Object) -> String {
    let metric = &autoscaler["spec"]["metrics"][0];
    let called = |of: &Value| (of["metric"]["name"].text().to_owned(), printed(&of["metric"]["selector"]));
    match metric["type"].text() {
        "Pods" => format!("pods metric {}", called(&metric["pods"]).0),
        "Object" => {
            let (object, (name, selector)) = (&metric["object"], called(&metric["object"]));
            match object["target"]["type"].text() {
                "AverageValue" => format!("external metric {name}({selector})"),
                _ => format!("{} metric {name}", object["describedObject"]["kind"].text()),
            }
        }
        "External" => {
            let (name, selector) = called(&metric["external"]);
            format!("external metric {name}({selector})")
        }
        "ContainerResource" => name_of_resource(&metric["containerResource"], "container resource"),
        _ => name_of_resource(&metric["resource"], "resource"),
    }
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/horizontal.go#L669>: what is asked for as a value is the same of
/// a container and of all of them
fn name_of_resource(metric: &Value, what: &str) -> String {
    let name = metric["name"].text();
    match metric["target"]["averageValue"] {
        Value::Null => format!("{name} {what} utilization (percentage of request)"),
        _ => format!("{name} resource"),
    }
}

/// Why the first metric cannot be had: the reason and the text of the condition `ScalingActive`.
///
/// Source: `computeReplicasForMetric`, and the texts of
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/replica_calculator.go#L83>,
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/metrics/client.go#L70>,
/// <https://github.com/kubernetes/metrics/blob/v0.37.2/pkg/client/custom_metrics/discovery.go#L80>.
pub(super) fn why(autoscaler: &Object) -> (&'static str, String) {
    let metric = &autoscaler["spec"]["metrics"][0];
    let (reason, why) = match metric["type"].text() {
        "Pods" => ("FailedGetPodsMetric", of_pods(&metric["pods"])),
        "Object" => ("FailedGetObjectMetric", of_object(&metric["object"], autoscaler.namespace())),
        "External" => ("FailedGetExternalMetric", of_elsewhere(&metric["external"], autoscaler.namespace())),
        "ContainerResource" => ("FailedGetContainerResourceMetric", of_resource(&metric["containerResource"])),
        _ => ("FailedGetResourceMetric", of_resource(&metric["resource"])),
    };
    (reason, format!("the HPA was unable to compute the replica count: {why}"))
}

/// What stands in the status for the metrics: one that says nothing for each of them.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/horizontal.go#L391>
pub(super) fn metrics(autoscaler: &Object) -> Value {
    let all = autoscaler["spec"]["metrics"].items().iter();
    Value::list(all.map(|_| Value::from(json!({"type": ""}))))
}

fn of_resource(metric: &Value) -> String {
    let name = metric["name"].text();
    let what = if metric["target"]["averageValue"].is_null() { "utilization" } else { "usage" };
    format!(
        "failed to get {name} {what}: unable to get metrics for resource {name}: unable to fetch metrics from {RESOURCES}"
    )
}

fn of_pods(metric: &Value) -> String {
    format!("unable to get metric {}: unable to fetch metrics from {CUSTOM}", metric["metric"]["name"].text())
}

fn of_object(metric: &Value, namespace: &str) -> String {
    let (described, name) = (&metric["describedObject"], metric["metric"]["name"].text());
    let object = format!("{} {namespace}/{}", described["kind"].text(), described["name"].text());
    format!("unable to get metric {name} on {object}: unable to fetch metrics from {CUSTOM}")
}

fn of_elsewhere(metric: &Value, namespace: &str) -> String {
    let name = metric["metric"]["name"].text();
    let selector = printed(&metric["metric"]["selector"]);
    let missing = format!("the server could not find the requested resource (get {name}.external.metrics.k8s.io)");
    format!(
        "unable to get external metric {namespace}/{name}/{selector}: unable to fetch metrics from external metrics API: {missing}"
    )
}

/// A label selector as Go prints one.
// https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/apis/meta/v1/generated.pb.go#L3178
fn printed(selector: &Value) -> String {
    if selector.is_null() {
        return "nil".to_owned();
    }
    let labels = selector["matchLabels"].entries();
    let labels: String = labels.map(|(label, value)| format!("{label}: {},", value.text())).collect();
    let expressions = selector["matchExpressions"].items().iter().map(|expression| {
        let values: Vec<&str> = expression["values"].items().iter().map(Value::text).collect();
        let (key, operator) = (expression["key"].text(), expression["operator"].text());
        format!("LabelSelectorRequirement{{Key:{key},Operator:{operator},Values:[{}],}},", values.join(" "))
    });
    let expressions: String = expressions.collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Object, json};

    use super::{metrics, name, why};

    #[test]
    fn the_metric_that_replicas_come_from_is_named_as_the_real_controller_does() {
        for (metric, expect) in [
            (
                json!({"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 50}}}),
                "cpu resource utilization (percentage of request)",
            ),
            (
                json!({"type": "ContainerResource", "containerResource": {"name": "cpu", "target": {"averageValue": "1"}}}),
                "cpu resource",
            ),
            (json!({"type": "Pods", "pods": {"metric": {"name": "hits"}}}), "pods metric hits"),
            (
                json!({"type": "Object", "object": {"metric": {"name": "hits"}, "describedObject": {"kind": "Ingress"}, "target": {"type": "Value"}}}),
                "Ingress metric hits",
            ),
            (json!({"type": "External", "external": {"metric": {"name": "q"}}}), "external metric q(nil)"),
        ] {
            let autoscaler = Object::from(json!({"spec": {"metrics": [metric]}}));
            assert_eq!(name(&autoscaler), expect);
        }
    }

    fn check(metric: &serde_json::Value, reason: &str, ends: &str) {
        let autoscaler = Object::from(json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a", "namespace": "shop"},
            "spec": {"metrics": [metric, {"type": "Pods"}]},
        }));
        let (told, text) = why(&autoscaler);
        assert_eq!((told, &*text), (reason, &*format!("the HPA was unable to compute the replica count: {ends}")));
        assert_eq!(metrics(&autoscaler), json!([{"type": ""}, {"type": ""}]).into());
    }

    #[test]
    fn the_first_metric_is_told_in_the_words_of_the_real_controller() {
        let cpu = "unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";
        check(
            &json!({"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 50}}}),
            "FailedGetResourceMetric",
            &format!("failed to get cpu utilization: {cpu}"),
        );
        check(
            &json!({"type": "ContainerResource", "containerResource": {"name": "cpu", "target": {"averageValue": "1"}}}),
            "FailedGetContainerResourceMetric",
            &format!("failed to get cpu usage: {cpu}"),
        );
        check(
            &json!({"type": "Object", "object": {"metric": {"name": "hits"}, "describedObject": {"kind": "Ingress", "name": "i"}}}),
            "FailedGetObjectMetric",
            "unable to get metric hits on Ingress shop/i: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
        );
    }

    #[test]
    fn the_selector_of_a_metric_from_elsewhere_is_printed_as_go_does() {
        let external = |selector: serde_json::Value| json!({"type": "External", "external": {"metric": {"name": "q", "selector": selector}}});
        let ends = "unable to fetch metrics from external metrics API: the server could not find the requested resource (get q.external.metrics.k8s.io)";
        for (selector, printed) in [
            (json!(null), "nil"),
            (
                json!({"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "k", "operator": "In", "values": ["x", "y"]}]}),
                "&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},},}",
            ),
        ] {
            let text = format!("unable to get external metric shop/q/{printed}: {ends}");
            check(&external(selector), "FailedGetExternalMetric", &text);
        }
    }
}
