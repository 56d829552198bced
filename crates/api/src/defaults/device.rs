//! Devices that Pods claim.

use evenkeel_object::{Object, Value};

use super::fill::{each, fill, inside};

/// All times are this one.
const TIME: &str = "1970-01-01T00:00:00Z";

/// Fills in what the defaults of the group `resource.k8s.io` are.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/resource/v1/zz_generated.defaults.go: SetObjectDefaults_ResourceClaim, SetObjectDefaults_ResourceClaimTemplate, SetObjectDefaults_ResourceSlice
pub(super) fn apply(kind: &str, object: &mut Object) {
    match kind {
        "ResourceClaim" => {
            inside(object, &["spec"], claim);
            let results = ["status", "allocation", "devices", "results"];
            each(object, &results, tolerations);
        }
        "ResourceClaimTemplate" => inside(object, &["spec", "spec"], claim),
        "ResourceSlice" => each(object, &["spec", "devices"], |device| {
            each(device, &["taints"], taint);
        }),
        "DeviceTaintRule" => inside(object, &["spec", "taint"], taint),
        _ => {}
    }
}

fn taint(taint: &mut Value) {
    fill(taint, "timeAdded", TIME);
}

fn claim(spec: &mut Value) {
    each(spec, &["devices", "requests"], |request| {
        inside(request, &["exactly"], device);
        each(request, &["firstAvailable"], device);
    });
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/resource/v1/defaults.go: SetDefaults_ExactDeviceRequest, SetDefaults_DeviceSubRequest
fn device(request: &mut Value) {
    fill(request, "allocationMode", "ExactCount");
    if request["allocationMode"].text() == "ExactCount" {
        fill(request, "count", 1);
    }
    tolerations(request);
}

fn tolerations(value: &mut Value) {
    each(value, &["tolerations"], |toleration| {
        fill(toleration, "operator", "Equal");
    });
}
