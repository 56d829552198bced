//! Workloads that run for ever.

use evenkeel_object::{Object, Value};

use super::fill::{each, fill, inside};
use super::{core, pod};

const TEMPLATE: [&str; 2] = ["spec", "template"];

/// Fills in what the defaults of the group `apps` are.
pub(super) fn apply(kind: &str, object: &mut Object) {
    match kind {
        "Deployment" => deployment(object),
        "ReplicaSet" => inside(object, &["spec"], |spec| fill(spec, "replicas", 1)),
        "StatefulSet" => stateful_set(object),
        "DaemonSet" => daemon_set(object),
        // A revision holds a template in a form of its own, which nobody defaults.
        _ => return,
    }
    pod::template(object, &TEMPLATE);
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/v1/defaults.go: SetDefaults_Deployment
fn deployment(object: &mut Object) {
    inside(object, &["spec"], |spec| {
        fill(spec, "replicas", 1);
        inside(spec, &["strategy"], |strategy| {
            rolling(strategy, &[("maxUnavailable", "25%".into()), ("maxSurge", "25%".into())]);
        });
        fill(spec, "revisionHistoryLimit", 10);
        fill(spec, "progressDeadlineSeconds", 600);
    });
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/v1/defaults.go: SetDefaults_DaemonSet
fn daemon_set(object: &mut Object) {
    inside(object, &["spec"], |spec| {
        inside(spec, &["updateStrategy"], |strategy| {
            rolling(strategy, &[("maxUnavailable", 1.into()), ("maxSurge", 0.into())]);
        });
        fill(spec, "revisionHistoryLimit", 10);
    });
}

/// A strategy is a rolling one unless it says otherwise, and then has these numbers.
fn rolling(strategy: &mut Value, numbers: &[(&str, Value)]) {
    fill(strategy, "type", "RollingUpdate");
    if strategy["type"].text() != "RollingUpdate" {
        return;
    }
    fill(strategy, "rollingUpdate", Value::map());
    inside(strategy, &["rollingUpdate"], |update| {
        for (field, number) in numbers {
            fill(update, field, number.clone());
        }
    });
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/v1/defaults.go: SetDefaults_StatefulSet
fn stateful_set(object: &mut Object) {
    inside(object, &["spec"], |spec| {
        fill(spec, "podManagementPolicy", "OrderedReady");
        inside(spec, &["updateStrategy"], |strategy| {
            // Unlike elsewhere, a type that is given without its numbers is left without them.
            if strategy["type"].is_null() {
                fill(strategy, "type", "RollingUpdate");
                fill(strategy, "rollingUpdate", Value::map());
            }
            if !strategy["rollingUpdate"].is_null() {
                rolling(strategy, &[("partition", 0.into()), ("maxUnavailable", 1.into())]);
            }
        });
        fill(spec, "persistentVolumeClaimRetentionPolicy", Value::map());
        inside(spec, &["persistentVolumeClaimRetentionPolicy"], |policy| {
            fill(policy, "whenDeleted", "Retain");
            fill(policy, "whenScaled", "Retain");
        });
        fill(spec, "replicas", 1);
        fill(spec, "revisionHistoryLimit", 10);
        each(spec, &["volumeClaimTemplates"], |claim| {
            // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/v1/conversion.go: Convert_apps_StatefulSetSpec_To_v1_StatefulSetSpec
            claim.set(&["apiVersion"], "v1");
            claim.set(&["kind"], "PersistentVolumeClaim");
            core::claim(claim);
        });
    });
}
