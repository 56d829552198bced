//! Facts about classes of storage that server and controllers share.

use evenkeel_object::{Kind, Object, Value};

use crate::read::concatenated;
use crate::{Projection, Question, Scope};

const OF_BETA: &str = "volume.beta.kubernetes.io/storage-class";

/// The kind of classes.
pub fn class_kind() -> Kind {
    Kind::new("storage.k8s.io", "StorageClass")
}

/// The class that a claim asks for, or that a volume is of; none if it says nothing of classes. The empty one is no class: only volumes without one.
///
/// <https://github.com/kubernetes/component-helpers/blob/v0.37.2/storage/volume/helpers.go>: `GetPersistentVolumeClaimClass`, `PersistentVolumeClaimHasClass`.
pub fn class_of(object: &Object) -> Option<&str> {
    object.annotation(OF_BETA).as_str().or_else(|| object["spec"]["storageClassName"].as_str())
}

/// Asks for the names of the classes that are the default.
pub fn default_classes() -> Question {
    let projection = Projection {
        name: "default classes of storage",
        args: Value::Null,
        of: |_, classes| Value::list(classes.iter().filter(|class| is_default(class)).map(|class| class.name().into())),
        join: |_, left, right| concatenated(left, right),
    };
    Question { scope: Scope::everywhere(&class_kind()), projection }
}

/// The default among the answers to [`default_classes`].
///
/// Of several the newest is it, and of those made in one second the first by name. There is no time here: all are made in one.
///
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/volume/util/storageclass.go>: `GetDefaultClass`.
pub fn default_class(names: &Value) -> Option<&str> {
    names.items().iter().map(Value::text).min()
}

fn is_default(class: &Object) -> bool {
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
        .iter()
        .any(|annotation| class.annotation(annotation).text() == "true")
}
