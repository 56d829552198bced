//! Fields that others own and that an apply would change.

use evenkeel_object::Value;

use super::element::Element;
use super::entry::{Manager, Managers};
use crate::status::Reason;
use crate::{Cause, Status};

/// One field in the way, and whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Conflict {
    pub(super) manager: Manager,
    pub(super) path: Vec<Element>,
}

/// The fields of these sets, one by one, in the order of the managers' names.
pub(super) fn conflicts(sets: &Managers) -> Vec<Conflict> {
    let mut managers: Vec<&Manager> = sets.0.keys().collect();
    managers.sort_by_key(|manager| (&manager.name, *manager));
    managers
        .into_iter()
        .flat_map(|manager| {
            let paths = sets.0[manager].paths().into_iter();
            paths.map(|path| Conflict { manager: manager.clone(), path })
        })
        .collect()
}

/// The refusal that names them all.
///
/// <https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/managedfields/internal/conflict.go>
pub(super) fn refusal(conflicts: &[Conflict]) -> Status {
    let causes = conflicts.iter().map(|conflict| Cause {
        reason: "FieldManagerConflict".to_owned(),
        field: text(&conflict.path),
        message: format!("conflict with {}", conflict.manager),
    });
    Status::new(Reason::Conflict, message(conflicts)).with_causes(causes.collect())
}

fn message(conflicts: &[Conflict]) -> String {
    if let [only] = conflicts {
        let path = text(&only.path);
        return format!("Apply failed with 1 conflict: conflict with {}: {path}", only.manager);
    }
    let mut lines = Vec::new();
    let mut last = None;
    for conflict in conflicts {
        if last != Some(&conflict.manager) {
            lines.push(format!("conflicts with {}:", conflict.manager));
            last = Some(&conflict.manager);
        }
        lines.push(format!("- {}", text(&conflict.path)));
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}

/// The refusal of an object whose own bookkeeping cannot be read.
pub(super) fn unreadable(problem: &str) -> Status {
    Status::new(Reason::InternalError, format!("failed to decode managed fields: {problem}"))
}

/// The refusal of a configuration that brings its own bookkeeping.
pub(super) fn check_unmanaged(configuration: &Value) -> Result<(), Status> {
    if configuration.at(&["metadata", "managedFields"]).is_null() {
        return Ok(());
    }
    Err(Status::new(Reason::BadRequest, "metadata.managedFields must be nil"))
}

fn text(path: &[Element]) -> String {
    path.iter().map(Element::to_string).collect()
}
