//! Volumes: those of Pods, and what PersistentVolumes have in common with them.

use evenkeel_object::Value;

use super::container::{field_reference, pull_policy};
use super::fill::{each, fill, inside};

/// 0644.
const MODE: i32 = 420;

/// A volume of a Pod.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_Volume and SetDefaults_*VolumeSource
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/zz_generated.defaults.go: SetObjectDefaults_Pod
pub(super) fn volume(volume: &mut Value) {
    if !volume.entries().any(|(field, _)| &**field != "name") {
        volume.set(&["emptyDir"], Value::map());
    }
    inside(volume, &["image"], |image| {
        let policy = pull_policy(image["reference"].text());
        fill(image, "pullPolicy", policy);
    });
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        inside(volume, &[source], |source| {
            fill(source, "defaultMode", MODE);
        });
    }
    each(volume, &["downwardAPI", "items"], downward);
    each(volume, &["projected", "sources"], |source| {
        each(source, &["downwardAPI", "items"], downward);
        inside(source, &["serviceAccountToken"], |token| {
            fill(token, "expirationSeconds", 3600);
        });
    });
    inside(volume, &["ephemeral", "volumeClaimTemplate", "spec"], claim);
    sources(volume);
}

fn downward(item: &mut Value) {
    inside(item, &["fieldRef"], field_reference);
}

/// What somebody asks of storage.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_PersistentVolumeClaimSpec
pub(super) fn claim(spec: &mut Value) {
    fill(spec, "volumeMode", "Filesystem");
}

/// A PersistentVolume.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_PersistentVolume
pub(super) fn persistent(volume: &mut Value) {
    inside(volume, &["status"], |status| {
        fill(status, "phase", "Pending");
    });
    inside(volume, &["spec"], |spec| {
        fill(spec, "persistentVolumeReclaimPolicy", "Retain");
        fill(spec, "volumeMode", "Filesystem");
        sources(spec);
    });
}

/// The sources that Pods and PersistentVolumes share.
pub(super) fn sources(volume: &mut Value) {
    inside(volume, &["hostPath"], |source| fill(source, "type", ""));
    inside(volume, &["iscsi"], |source| {
        fill(source, "iscsiInterface", "default");
    });
    inside(volume, &["rbd"], |source| {
        fill(source, "pool", "rbd");
        fill(source, "user", "admin");
        fill(source, "keyring", "/etc/ceph/keyring");
    });
    inside(volume, &["azureDisk"], |source| {
        fill(source, "cachingMode", "ReadWrite");
        fill(source, "fsType", "ext4");
        fill(source, "readOnly", false);
        fill(source, "kind", "Shared");
    });
    inside(volume, &["scaleIO"], |source| {
        fill(source, "storageMode", "ThinProvisioned");
        fill(source, "fsType", "xfs");
    });
}
