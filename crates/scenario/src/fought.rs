//! The fields that are fought over in a cycle.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel_report::{Effect, Field, FieldChange, Reference, Step, Writer};

const KUBELET: &str = "kubelet";

/// The fields that change in a cycle, and who changes them. What people wrote comes before what controllers report: if anything but status
/// changes, status is left out.
pub(crate) fn fought_over(cycle: &[Step]) -> Vec<Field> {
    let mut fields: BTreeMap<(String, String), Field> = BTreeMap::new();
    for step in cycle {
        for effect in &step.effects {
            for change in changes(effect) {
                let object = if change.path.is_empty() { alike(&effect.object) } else { effect.object.clone() };
                let id = (object.to_string(), change.path.clone());
                let field = fields.entry(id).or_insert_with(|| Field {
                    object,
                    path: change.path.clone(),
                    values: Vec::new(),
                    writers: Vec::new(),
                });
                if !field.values.contains(&change.after) {
                    field.values.push(change.after.clone());
                }
                let writer = Writer {
                    controller: step.controller.clone(),
                    value: change.after.clone(),
                    because: step.because.clone(),
                };
                if !field
                    .writers
                    .iter()
                    .any(|known| known.controller == writer.controller && known.value == writer.value)
                {
                    field.writers.push(writer);
                }
            }
        }
    }
    let mut fields: Vec<Field> = fields.into_values().collect();
    let is_told = |field: &Field| !is_bookkeeping(&field.path);
    if fields.iter().any(is_told) {
        fields.retain(is_told);
    }
    // A field that several write is what the fight is about; one that a single writer changes follows from it. What comes and goes for it is told too.
    if fields.iter().any(|field| n_writers(field) > 1) {
        fields.retain(|field| field.path.is_empty() || n_writers(field) > 1);
        fields.sort_by_key(|field| n_writers(field) == 1);
    }
    fields.truncate(12);
    fields
}

/// How many controllers write a field. Kubelets take away what others had deleted: then it is not they who fight.
fn n_writers(field: &Field) -> usize {
    let names: BTreeSet<&str> = field.writers.iter().map(|writer| writer.controller.as_str()).collect();
    let mut others =
        field.writers.iter().filter(|writer| writer.controller != KUBELET && writer.value.text() == "absent");
    let is_helped = field.path.is_empty() && names.contains(KUBELET) && others.next().is_some();
    names.len() - usize::from(is_helped)
}

/// An object for all whose names were generated with the same prefix: where they come and go, it is not one of them that does both.
fn alike(object: &Reference) -> Reference {
    let prefix = object.name.rsplit_once('~').filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    let name = prefix.map_or(object.name.clone(), |(prefix, _)| format!("{prefix}~"));
    Reference { name, ..object.clone() }
}

/// Whether a place is one in which only progress is reported.
fn is_bookkeeping(path: &str) -> bool {
    [".status", ".metadata.generation", ".metadata.managedFields", ".metadata.uid", ".metadata.deletion"]
        .iter()
        .any(|prefix| path.starts_with(prefix))
}

/// The fields that an effect changes; a coming or going object is one change of the whole. Who has an object deleted makes it go, whoever takes it away
/// in the end.
fn changes(effect: &Effect) -> Vec<FieldChange> {
    let whole =
        |before: &str, after: &str| FieldChange { path: String::new(), before: before.into(), after: after.into() };
    let is_deletion = |change: &&FieldChange| change.path == ".metadata.deletionTimestamp" && change.before.is_null();
    let gone = || whole("present", "absent");
    if !effect.changes.is_empty() {
        let deletions = effect.changes.iter().filter(is_deletion).map(|_| gone());
        return effect.changes.iter().cloned().chain(deletions).collect();
    }
    vec![if effect.after.is_some() { whole("absent", "present") } else { gone() }]
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Object, Value, json};
    use evenkeel_report::Verb;

    use super::*;

    fn pod() -> Object {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "default", "name": "web-~1"}});
        Object(Value::from(pod))
    }

    fn step(controller: &str, verb: Verb, before: Option<&Object>, after: Option<&Object>) -> Step {
        Step {
            number: 0,
            controller: controller.to_owned(),
            subject: String::new(),
            effects: Effect::new(verb, before, after).into_iter().collect(),
            because: String::new(),
            refused: None,
        }
    }

    #[test]
    fn what_comes_and_goes_is_told_beside_the_field_that_is_fought_over() {
        let of = |replicas: i64| Object(pod().0.with(&["spec", "replicas"], replicas));
        let cycle = [
            step("gitops", Verb::Apply, Some(&of(4)), Some(&of(2))),
            step("horizontal-pod-autoscaler", Verb::Scale, Some(&of(2)), Some(&of(4))),
            step("replicaset-controller", Verb::Create, None, Some(&pod())),
            step("replicaset-controller", Verb::Delete, Some(&pod()), None),
        ];
        let told = fought_over(&cycle).into_iter().map(|field| field.path);
        assert_eq!(told.collect::<Vec<_>>(), [".spec.replicas", ""]);
    }

    #[test]
    fn what_one_controller_moves_to_and_fro_is_told_beside_the_pods_that_come_and_go_for_it() {
        let of = |replicas: i64| Object(pod().0.with(&["spec", "replicas"], replicas));
        let mut going = pod();
        going.set(&["metadata", "deletionTimestamp"], "2000-01-01T00:00:00Z");
        let cycle = [
            step("horizontal-pod-autoscaler", Verb::Scale, Some(&of(4)), Some(&of(8))),
            step("replicaset-controller", Verb::Create, None, Some(&pod())),
            step("horizontal-pod-autoscaler", Verb::Scale, Some(&of(8)), Some(&of(4))),
            step("replicaset-controller", Verb::Delete, Some(&pod()), Some(&going)),
            step("kubelet", Verb::Delete, Some(&going), None),
        ];
        let told = fought_over(&cycle).into_iter().map(|field| field.path);
        assert_eq!(told.collect::<Vec<_>>(), ["", ".spec.replicas"]);
    }

    #[test]
    fn who_has_an_object_deleted_is_told_to_make_it_go_besides_who_takes_it_away() {
        let (there, mut going) = (pod(), pod());
        going.set(&["metadata", "deletionTimestamp"], "2000-01-01T00:00:00Z");
        let cycle = [
            step("taint-eviction-controller", Verb::Delete, Some(&there), Some(&going)),
            step("kubelet", Verb::Delete, Some(&going), None),
            step("replicaset-controller", Verb::Create, None, Some(&there)),
        ];
        let fields = fought_over(&cycle);
        let told = fields.iter().map(|field| {
            let writers = field.writers.iter();
            let writers = writers.map(|writer| format!("{} {}", writer.controller, writer.value.text()));
            format!("{}{}: {}", field.object, field.path, writers.collect::<Vec<_>>().join(", "))
        });
        let expected = "Pod/web-~: taint-eviction-controller absent, kubelet absent, replicaset-controller present";
        assert_eq!(told.collect::<Vec<_>>(), [expected]);
    }
}
