//! Who may do what.

use evenkeel_object::Object;

use super::fill::{each, fill, inside};

const GROUP: &str = "rbac.authorization.k8s.io";

/// Fills in the groups that a binding's references leave out.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/rbac/v1/defaults.go: SetDefaults_RoleBinding, SetDefaults_ClusterRoleBinding, SetDefaults_Subject
pub(super) fn apply(kind: &str, object: &mut Object) {
    if !matches!(kind, "RoleBinding" | "ClusterRoleBinding") {
        return;
    }
    inside(object, &["roleRef"], |role| {
        fill(role, "apiGroup", GROUP);
    });
    each(object, &["subjects"], |subject| {
        if matches!(subject["kind"].text(), "User" | "Group") {
            fill(subject, "apiGroup", GROUP);
        }
    });
}
