//! Server-side apply.

use evenkeel_object::{Object, Value};

use super::combine::combined;
use super::compare::Comparison;
use super::conflict::{self, Conflict, conflicts};
use super::entry::{Manager, Managers, Operation};
use super::owned::owned;
use super::prune::{pruned, without_husks};
use super::set::Set;
use super::unowned;
use super::update::{MANAGED_FIELDS, record, with_entries};
use super::validate::validate;
use crate::merge::{LAST_APPLIED, last_applied};
use crate::shapes::Shape;
use crate::{Status, Subresource};

/// The live object with the configuration applied to it, and its bookkeeping; or why not.
///
/// The manager comes to own all that the configuration says, together with others who own it and want the same. What it applied
/// before and does not any more is taken away unless somebody else owns it. A field that others own and that would get another
/// value, as written (`1000m` is not `1`), is a conflict: code 409, one cause `FieldManagerConflict` a field. With `force` it is
/// taken from them.
///
/// Applying as `kubectl` settles conflicts with what a client-side `kubectl apply` left, and keeps its annotation up to date; what the
/// kubectl program does on its side is left to whoever plays it. Defaulting, admission and validation come afterwards; the
/// configuration is taken to be in the version of the live object.
pub fn applied(
    live: Option<&Object>,
    configuration: &Object,
    manager: &str,
    force: bool,
    subresource: Subresource,
    shape: &Shape,
) -> Result<Object, Status> {
    conflict::check_unmanaged(configuration)?;
    validate(shape, configuration)?;
    let apply = Apply::new(live, configuration, manager, subresource, shape)?;
    let object = match apply.attempt(force) {
        Ok(object) => object,
        Err(conflicts) if manager == KUBECTL => {
            let mine = live.map(|live| apply.left_by_client(live)).unwrap_or_default();
            let rest: Vec<Conflict> =
                conflicts.into_iter().filter(|conflict| !mine.contains_path(&conflict.path)).collect();
            if !rest.is_empty() {
                return Err(conflict::refusal(&rest));
            }
            apply.attempt(true).expect("a forced apply has no conflicts")
        }
        Err(conflicts) => return Err(conflict::refusal(&conflicts)),
    };
    Ok(if manager == KUBECTL { in_step(object, configuration) } else { object })
}

/// The live object with a configuration laid over it that nobody owns: what a mutating policy applies. Errors: why it cannot be.
pub fn laid_over(shape: &Shape, live: &Object, configuration: &Object) -> Result<Object, String> {
    validate(shape, configuration).map_err(|status| status.message)?;
    Ok(Object(combined(shape, &live.0, &configuration.0)))
}

const KUBECTL: &str = "kubectl";

struct Apply<'a> {
    live: Value,
    configuration: &'a Object,
    managers: Managers,
    applier: Manager,
    reset: Set,
    shape: &'a Shape,
}

impl<'a> Apply<'a> {
    fn new(
        live: Option<&Object>,
        configuration: &'a Object,
        manager: &str,
        subresource: Subresource,
        shape: &'a Shape,
    ) -> Result<Apply<'a>, Status> {
        let mut value = live.map_or_else(Value::map, |live| live.0.clone());
        let entries = value.remove(&MANAGED_FIELDS).unwrap_or_default();
        let managers = Managers::read(&entries).map_err(|problem| conflict::unreadable(&problem))?;
        let version = configuration["apiVersion"].text();
        let part = unowned::name(subresource);
        let mut apply = Apply {
            live: value,
            configuration,
            managers,
            applier: Manager::new(Operation::Apply, manager, version, part),
            reset: unowned::reset(&configuration.kind(), subresource, shape),
            shape,
        };
        if apply.managers.0.is_empty() && live.is_some() {
            // What was there before anybody applied is somebody's, too.
            let first = Manager::new(Operation::Update, "before-first-apply", version, part);
            let comparison = Comparison::of(shape, &Value::map(), &apply.live).without(&apply.reset);
            record(&mut apply.managers, first, &comparison);
        }
        Ok(apply)
    }

    // https://github.com/kubernetes-sigs/structured-merge-diff/blob/v6.4.2/merge/update.go: Apply
    fn attempt(&self, force: bool) -> Result<Object, Vec<Conflict>> {
        let mut managers = self.managers.clone();
        let last = managers.take_applier(&self.applier);
        let claimed = owned(self.shape, self.configuration).without(&self.reset);
        let merged = combined(self.shape, &self.live, self.configuration);
        managers.0.insert(self.applier.clone(), claimed.clone());
        let pruned = pruned(self.shape, &merged, &managers, &last);

        let comparison = Comparison::of(self.shape, &self.live, &pruned).without(&self.reset);
        managers.0.remove(&self.applier);
        let written = comparison.written();
        let contested = managers
            .0
            .iter()
            .map(|(manager, set)| (manager.clone(), set.intersection(&written)))
            .filter(|(_, set)| !set.is_empty());
        let contested = Managers(contested.collect());
        if !force && !contested.0.is_empty() {
            return Err(conflicts(&contested));
        }
        for set in managers.0.values_mut() {
            *set = set.difference(&written).difference(&comparison.removed);
        }
        managers.0.insert(self.applier.clone(), claimed.difference(&unowned::identity()));
        managers.drop_empty();
        let object = Object(without_husks(self.shape, &pruned, &merged));
        Ok(with_entries(object, managers.to_value()))
    }

    // What the annotation of a client-side apply says and is still so may be taken over without force.
    // https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/managedfields/internal/lastappliedmanager.go
    fn left_by_client(&self, live: &Object) -> Set {
        let Some(last) = last_applied(live) else {
            return Set::default();
        };
        if last["apiVersion"] != self.configuration["apiVersion"] {
            return Set::default();
        }
        let comparison = Comparison::of(self.shape, &last, &self.live);
        owned(self.shape, &last).difference(&comparison.written()).difference(&comparison.removed)
    }
}

// https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/managedfields/internal/lastappliedupdater.go
fn in_step(mut object: Object, configuration: &Object) -> Object {
    if object.annotation(LAST_APPLIED).text().is_empty() {
        return object;
    }
    let mut bare = configuration.clone();
    bare.remove(&["metadata", "annotations", LAST_APPLIED]);
    let text = format!("{}\n", bare.0);
    object.set(&["metadata", "annotations", LAST_APPLIED], text);
    object
}
