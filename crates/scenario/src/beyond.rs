//! What is among the objects and cannot be modelled, so that no verdict may be given: better none than a wrong one.

use evenkeel_api::{custom, policy};
use evenkeel_model::Model;
use evenkeel_object::{Kind, Object, Value};
use evenkeel_roster::autoscaler::Load;
use evenkeel_roster::definitions;

use crate::input::Input;
use crate::setup::everything;
use crate::steps::Step;

/// The most Pods that one object may ask for at a time, and the most numbers of replicas among which a load may choose: each of these is a world of its
/// own.
const PODS_MAX: i64 = 200;

/// Each thing that is beyond the model, as a sentence without a full stop.
pub(crate) fn beyond<'o>(objects: impl Iterator<Item = &'o Object>, load: Load) -> Vec<String> {
    let mut found = Vec::new();
    for object in objects {
        found.extend(too_many(object, load));
        let gaps = match object["kind"].text() {
            "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" => policy::unsupported(object),
            "CustomResourceDefinition" => custom::unsupported(object),
            _ => continue,
        };
        for gap in gaps {
            found.push(format!("{} {} cannot be evaluated: {}", object.key(), gap.field, gap.error.message));
        }
    }
    found
}

/// Whether a model keeps a generation where it is not renumbered.
pub(crate) fn beyond_models(models: &[Model]) -> Option<String> {
    models.iter().find_map(|model| {
        let (name, field) = (&model.name, model.keeps_generation()?);
        Some(format!(
            "{name} keeps a generation in the field {field}; generations are renumbered, and only observedGeneration along with them"
        ))
    })
}

/// Whether a definition can be deleted and somebody can take off it the finalizer by which it waits for its custom resources: these would then be out of
/// reach, and still be stored.
pub(crate) fn beyond_deletion(input: &Input) -> Option<String> {
    let who = releases_definitions(input).filter(|_| deletes_definitions(input))?;
    Some(format!(
        "a CustomResourceDefinition can be deleted, and {who} can take off the finalizer by which it waits for its custom resources; what becomes of \
         these then is not modelled"
    ))
}

/// Whether anybody can delete a definition.
fn deletes_definitions(input: &Input) -> bool {
    let is_definition = |kind: &Kind| *kind == definitions::kind();
    let is_pruned = input.pruned.iter().any(|key| is_definition(&key.kind));
    let steps = input.scenario.steps.iter().zip(&input.steps);
    let mut deleted = steps.filter(|(step, _)| step.deletes()).flat_map(|(step, objects)| step.kinds(objects));
    is_pruned
        || deleted.any(|kind| is_definition(&kind))
        || input.appliers.iter().any(|(applier, _)| applier.prune)
        || input.models.iter().any(names_definitions)
        || everything(input).any(|object| is_definition(&object.kind()) && object.owners().next().is_some())
}

/// Who can write the finalizers of definitions, if anybody.
fn releases_definitions(input: &Input) -> Option<String> {
    let step = input.scenario.steps.iter().find(|step| step.writes_finalizers_of(&definitions::kind()));
    let held = everything(input)
        .find(|object| object.kind() == definitions::kind() && !object["metadata"]["finalizers"].is_null());
    let model = input.models.iter().find(|model| names_definitions(model) && model.says("finalizers"));
    step.map(|step| format!("the step {}", step.name))
        .or_else(|| model.map(|model| model.name.clone()))
        .or_else(|| held.map(|object| format!("who applies {} with finalizers of its own", object.key())))
}

/// Whether a model has to do with definitions.
fn names_definitions(model: &Model) -> bool {
    model.names().iter().any(|(kind, _)| *kind == definitions::kind())
}

/// Whether steps can ask for more Pods at a time than one state should hold.
pub(crate) fn beyond_steps(steps: &[Step]) -> Option<String> {
    let most = steps.iter().filter_map(Step::n_pods).max()?;
    (most > PODS_MAX).then(|| format!("a step can ask for {most} Pods at a time, and at most {PODS_MAX} are looked at"))
}

/// Whether an object can ask for more Pods at a time than one state should hold. What does not fit into 32 bits is refused by the server instead.
fn too_many(object: &Object, load: Load) -> Option<String> {
    let spec = &object["spec"];
    let n_pods = match object["kind"].text() {
        "Deployment" | "ReplicaSet" | "StatefulSet" => spec["replicas"].count(),
        "Job" => spec["parallelism"].count().min(spec["completions"].as_int().unwrap_or(i64::MAX)),
        "HorizontalPodAutoscaler" => most_asked(spec, load),
        _ => 0,
    };
    (PODS_MAX < n_pods && n_pods <= i32::MAX.into())
        .then(|| format!("{} can ask for {n_pods} Pods at a time, and at most {PODS_MAX} are looked at", object.key()))
}

/// The most replicas that an autoscaler can ask for. It only ever asks for fewer than there are if there are more than it allows.
fn most_asked(spec: &Value, load: Load) -> i64 {
    let (least, most) = (spec["minReplicas"].as_int().unwrap_or(1), spec["maxReplicas"].count());
    match load {
        Load::Unknown => least,
        Load::Constant(replicas) => replicas.min(most).max(least),
        Load::Any => most,
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Object, Value, json};
    use evenkeel_roster::autoscaler::Load;

    use super::beyond;

    fn check(kind: &str, spec: impl Into<Value>, load: Load, n_pods: i64) {
        let object = Object::from(json!({"kind": kind, "metadata": {"name": "a"}}));
        let object = Object(object.0.with(&["spec"], spec));
        let expect = match n_pods {
            0 => String::new(),
            _ => format!("{kind}/a can ask for {n_pods} Pods at a time, and at most 200 are looked at"),
        };
        assert_eq!(beyond([&object].into_iter(), load).join("; "), expect);
    }

    #[test]
    fn more_pods_at_a_time_than_a_state_should_hold_are_beyond() {
        check("StatefulSet", json!({"replicas": 2147483647}), Load::Unknown, 2147483647);
        check("StatefulSet", json!({"replicas": 200}), Load::Unknown, 0);
        check("Job", json!({"parallelism": 5000}), Load::Unknown, 5000);
        check("Job", json!({"parallelism": 5000, "completions": 2}), Load::Unknown, 0);
        check("Deployment", json!({"replicas": 1, "revisionHistoryLimit": 2147483647}), Load::Unknown, 0);
    }

    #[test]
    fn what_the_server_refuses_is_not_beyond() {
        check("Deployment", json!({"replicas": 2147483648_i64}), Load::Unknown, 0);
        check("Deployment", json!({"replicas": i64::MIN}), Load::Unknown, 0);
        check("Deployment", json!({"replicas": "5000"}), Load::Unknown, 0);
    }

    #[test]
    fn an_autoscaler_asks_for_what_its_bounds_and_the_load_allow() {
        let spec = json!({"minReplicas": 2, "maxReplicas": 5000});
        check("HorizontalPodAutoscaler", spec.clone(), Load::Unknown, 0);
        check("HorizontalPodAutoscaler", spec.clone(), Load::Any, 5000);
        check("HorizontalPodAutoscaler", spec.clone(), Load::Constant(3000), 3000);
        check("HorizontalPodAutoscaler", spec, Load::Constant(i64::MIN), 0);
        check("HorizontalPodAutoscaler", json!({"minReplicas": 5000, "maxReplicas": 5000}), Load::Unknown, 5000);
    }
}
