//! The aggregation of ClusterRoles: one that has an aggregation rule is given the rules of those that its selectors choose.
//!
//! The union is a server-side apply with force, so what it does to rules that somebody else wrote is decided by the ownership of fields: an empty
//! union is an omitted field, and takes away only what the controller itself put there. What is there depends on history; there is no fixpoint to compute.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go>.

use evenkeel_api::{Projection, Read, Scope, Select, read};
use evenkeel_control::{Client, Controller, Done, Event, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Selector, Value, json};

use evenkeel_control::halt::{Halt, ended};

/// The aggregation of ClusterRoles.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClusterRoles;

fn kind() -> Kind {
    Kind::new("rbac.authorization.k8s.io", "ClusterRole")
}

impl Controller for ClusterRoles {
    fn name(&self) -> &str {
        "clusterrole-aggregation-controller"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&kind())]
    }

    fn wakes(&self) -> Wakes {
        Wakes::On(vec![kind()])
    }

    /// Every change of a ClusterRole wakes all that aggregate.
    fn woken(&self, _event: &Event, store: &mut dyn Read) -> Vec<Key> {
        let roles = store.list_specified(Scope::everywhere(&kind()));
        let aggregates = |role: &&Object| !role["aggregationRule"].is_null();
        roles.iter().filter(aggregates).map(Object::key).collect()
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(sync(client, key))
    }
}

fn sync(client: &mut Client<'_>, key: &Key) -> Result<(), Halt> {
    let Some(role) = client.get(key)? else {
        return Ok(());
    };
    if role["aggregationRule"].is_null() {
        return Ok(());
    }
    let mut union: Vec<Value> = Vec::new();
    for selector in role["aggregationRule"]["clusterRoleSelectors"].items() {
        let selector =
            Selector::of(selector).ok_or_else(|| Halt::Retry(format!("{key} has a selector that is not valid")))?;
        for rule in rules_of(client, selector, role.name())? {
            if !union.contains(&rule) {
                union.push(rule);
            }
        }
    }
    if union == role["rules"].items() {
        return Ok(());
    }
    client.because(format!("the union of the roles that {key} selects is another"));
    let mut configuration = Object::new("rbac.authorization.k8s.io/v1", key);
    if !union.is_empty() {
        configuration.set(&["rules"], union);
    }
    client.apply(configuration, true)??;
    Ok(())
}

/// The rules of the roles that the selector chooses, in the order of the roles' names, but for those of `own`.
fn rules_of(client: &mut Client<'_>, selector: Selector, own: &str) -> Result<Vec<Value>, Halt> {
    let projection = Projection {
        name: "rules of others",
        args: Value::from(own),
        of: |own, roles| Value::list(roles.iter().filter(|role| Some(role.name()) != own.as_str()).map(outline)),
        join: |_, left, right| read::concatenated(left, right),
    };
    let scope = Scope::everywhere(&kind()).select(Select::Labels(selector));
    let roles = read::sorted(&client.view(scope, projection)?);
    Ok(roles.iter().flat_map(|role| role["rules"].items()).cloned().collect())
}

fn outline(role: &Object) -> Value {
    Value::from(json!({"kind": "ClusterRole", "metadata": {"name": role.name()}}))
        .with(&["rules"], role["rules"].clone())
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]
mod tests {
    use super::{ClusterRoles, kind};
    use crate::stage::Stage;
    use evenkeel_object::{Key, json};

    fn role(name: &str, part_of: &str, rules: serde_json::Value) -> serde_json::Value {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": name, "labels": {"part": part_of}}, "rules": rules})
    }

    fn aggregate(name: &str, part: &str, rules: serde_json::Value) -> serde_json::Value {
        let mut role = role(name, name, rules);
        role["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {"part": part}}]});
        role
    }

    fn rule(resource: &str) -> serde_json::Value {
        json!({"resources": [resource], "verbs": ["get"]})
    }

    fn reconcile(stage: &mut Stage, name: &str) -> Vec<String> {
        stage.reconcile(&ClusterRoles, &Key::new(kind(), "", name))
    }

    #[test]
    fn the_union_is_applied_in_the_order_of_names_without_repetition() {
        let mut stage = Stage::of([
            aggregate("sum", "sum", json!([])),
            role("b", "sum", json!([rule("pods"), rule("secrets")])),
            role("a", "sum", json!([rule("pods")])),
        ]);
        assert_eq!(reconcile(&mut stage, "sum"), ["apply ClusterRole/sum"]);
        let rules = &stage.get(("rbac.authorization.k8s.io", "ClusterRole"), "sum")["rules"];
        assert_eq!(*rules, json!([rule("pods"), rule("secrets")]).into());
        assert!(reconcile(&mut stage, "sum").is_empty());
    }

    #[test]
    fn a_role_that_selects_itself_does_not_count_itself() {
        let mut stage = Stage::of([aggregate("sum", "sum", json!([]))]);
        assert!(reconcile(&mut stage, "sum").is_empty());
    }

    #[test]
    fn an_empty_union_is_an_omitted_field() {
        let mut stage = Stage::of([aggregate("sum", "none", json!([rule("pods")]))]);
        assert_eq!(reconcile(&mut stage, "sum"), ["apply ClusterRole/sum"]);
        // Rules that somebody wrote by hand survive: they are not the controller's.
        let role = stage.get(("rbac.authorization.k8s.io", "ClusterRole"), "sum");
        assert_eq!(role["rules"], json!([rule("pods")]).into());
    }
}
