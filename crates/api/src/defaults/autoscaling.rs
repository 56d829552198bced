//! Autoscalers.

use evenkeel_object::{Object, Value, json};

use super::fill::{fill, inside};

/// The share of the requested cpu that is aimed at when nothing else is said.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/autoscaling/types.go: DefaultCPUUtilization
const UTILIZATION: i64 = 80;

/// Brings an autoscaler of `autoscaling/v1` into the shape of `autoscaling/v2`.
///
/// Left out: the annotations in which `autoscaling/v1` carries what it has no fields for (they stay annotations), and its status.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/autoscaling/v1/conversion.go: Convert_v1_HorizontalPodAutoscalerSpec_To_autoscaling_HorizontalPodAutoscalerSpec
pub(super) fn converted(object: &mut Object) {
    if object["apiVersion"].text() != "autoscaling/v1" {
        return;
    }
    inside(object, &["spec"], |spec| {
        if let Some(Value::Int(target)) = spec.remove(&["targetCPUUtilizationPercentage"]) {
            spec.set(&["metrics"], cpu(target));
        }
    });
}

fn cpu(utilization: i64) -> Value {
    Value::from(json!([{"type": "Resource", "resource": {
        "name": "cpu", "target": {"type": "Utilization", "averageUtilization": utilization},
    }}]))
}

/// Fills in what the defaults of an autoscaler are.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/autoscaling/v2/defaults.go: SetDefaults_HorizontalPodAutoscaler
pub(super) fn autoscaler(object: &mut Object) {
    inside(object, &["spec"], |spec| {
        fill(spec, "minReplicas", 1);
        fill(spec, "metrics", cpu(UTILIZATION));
        inside(spec, &["behavior"], behaviour);
    });
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/autoscaling/v2/defaults.go: GenerateHPAScaleUpRules, GenerateHPAScaleDownRules
fn behaviour(behaviour: &mut Value) {
    let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
    let pods = json!({"type": "Pods", "value": 4, "periodSeconds": 15});
    for (direction, policies) in [("scaleUp", json!([pods, percent])), ("scaleDown", json!([percent]))] {
        fill(behaviour, direction, Value::map());
        inside(behaviour, &[direction], |rules| {
            fill(rules, "selectPolicy", "Max");
            fill(rules, "policies", Value::from(policies));
            // How long to wait before going down is a setting of the controller.
            if direction == "scaleUp" {
                fill(rules, "stabilizationWindowSeconds", 0);
            }
        });
    }
}
