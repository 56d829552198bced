//! Classes of storage and of priority, and drivers.

use evenkeel_object::{Object, Value};

use super::fill::{fill, inside};
use super::volume;

/// Fills in what the defaults of the group `storage.k8s.io` are.
pub(super) fn apply(kind: &str, object: &mut Object) {
    match kind {
        // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/storage/v1/defaults.go: SetDefaults_StorageClass
        "StorageClass" => {
            fill(object, "reclaimPolicy", "Delete");
            fill(object, "volumeBindingMode", "Immediate");
        }
        "CSIDriver" => inside(object, &["spec"], driver),
        // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/storage/v1/zz_generated.defaults.go: SetObjectDefaults_VolumeAttachment
        "VolumeAttachment" => inside(object, &["spec", "source", "inlineVolumeSpec"], volume::sources),
        _ => {}
    }
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/storage/v1/defaults.go: SetDefaults_CSIDriver
fn driver(spec: &mut Value) {
    fill(spec, "attachRequired", true);
    for field in
        ["podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount", "preventPodSchedulingIfMissing"]
    {
        fill(spec, field, false);
    }
    fill(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    fill(spec, "volumeLifecycleModes", vec!["Persistent".into()]);
}

/// Fills in whether Pods of a class may displace others.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/scheduling/v1/defaults.go: SetDefaults_PriorityClass
pub(super) fn priority_class(object: &mut Object) {
    if object["kind"].text() == "PriorityClass" {
        fill(object, "preemptionPolicy", "PreemptLowerPriority");
    }
}
