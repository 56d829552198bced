//! What the objects tell of claims and volumes, and so how these are dealt with.

use evenkeel_api::storage::class_of;
use evenkeel_cluster::Granularity;
use evenkeel_model::Model;
use evenkeel_object::{Kind, Object};
use evenkeel_roster::scheduler::Claims;
use evenkeel_roster::volumes::{self, Settings, Usage};

use crate::document::Scenario;

/// Whether the claims that Pods mention are looked at. Where nobody says what any claim is, they are taken to be there, as Secrets are.
pub(crate) fn of_pods(objects: &[&Object], models: &[Model]) -> Claims {
    let is_claim = |kind: &Kind| *kind == volumes::claim_kind();
    let has_claims = |object: &&Object| {
        let has_templates = !object["spec"]["volumeClaimTemplates"].items().is_empty();
        is_claim(&object.kind()) || object.kind().is("apps", "StatefulSet") && has_templates
    };
    let are_told = objects.iter().any(has_claims) || models.iter().flat_map(Model::makes).any(|kind| is_claim(&kind));
    if are_told { Claims::Awaited } else { Claims::There }
}

/// How the binder deals with claims.
pub(crate) fn settings(objects: &[&Object], scenario: &Scenario, models: &[Model]) -> Settings {
    let made_by_hand = volumes_of(objects).map(|volume| class_of(volume).unwrap_or_default().to_owned()).collect();
    Settings { made_by_hand, usage: usage(scenario, models) }
}

/// Whether which node is chosen for a Pod decides which volume its claim gets.
pub(crate) fn follow_pods(objects: &[&Object]) -> bool {
    volumes_of(objects).next().is_some()
        && objects.iter().any(|object| object["volumeBindingMode"].text() == "WaitForFirstConsumer")
}

fn volumes_of<'o>(objects: &'o [&'o Object]) -> impl Iterator<Item = &'o Object> {
    objects.iter().copied().filter(|object| object.kind() == volumes::volume_kind())
}

/// Whether claims say that they are used: nobody reads it but expressions, and where requests are steps of their own, or caches lag, it is dear.
fn usage(scenario: &Scenario, models: &[Model]) -> Usage {
    let is_claim = |kind: &Kind| *kind == volumes::claim_kind();
    let is_read = models.iter().any(|model| model.says("Unused"))
        || scenario.legitimacy.all().any(|demand| demand.scope.kind.as_ref().is_none_or(is_claim));
    let is_mild = scenario.granularity == Granularity::Atomic && scenario.lag == 0;
    if is_read || is_mild { Usage::Told } else { Usage::Untold }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Object, Value, json};
    use evenkeel_roster::scheduler::Claims;

    use super::{follow_pods, of_pods, settings};
    use crate::Scenario;

    fn object(version: &str, kind: &str, (field, value): (&str, Value)) -> Object {
        let object = Value::from(json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a"}}));
        Object(object.with(&[field], value))
    }

    #[test]
    fn claims_are_looked_at_where_somebody_says_what_they_are() {
        let check = |object: &Object, expect| assert_eq!(of_pods(&[object], &[]), expect);
        check(&object("v1", "Pod", ("spec", Value::map())), Claims::There);
        check(&object("v1", "PersistentVolumeClaim", ("spec", Value::map())), Claims::Awaited);
        let set = |templates: Value| {
            object("apps/v1", "StatefulSet", ("spec", Value::map().with(&["volumeClaimTemplates"], templates)))
        };
        check(&set(Value::list([])), Claims::There);
        check(&set(json!([{"metadata": {"name": "data"}}]).into()), Claims::Awaited);
    }

    #[test]
    fn classes_of_which_people_make_volumes_are_known() {
        let volumes = [json!({}), json!({"storageClassName": "local"})]
            .map(|spec| object("v1", "PersistentVolume", ("spec", spec.into())));
        let [plain, local] = &volumes;
        let made_by_hand = settings(&[plain, local], &Scenario::default(), &[]).made_by_hand;
        assert_eq!(made_by_hand.into_iter().collect::<Vec<_>>(), ["", "local"]);
        let late = object("storage.k8s.io/v1", "StorageClass", ("volumeBindingMode", "WaitForFirstConsumer".into()));
        assert!(follow_pods(&[&late, local]) && !follow_pods(&[&late]) && !follow_pods(&[local]));
    }
}
