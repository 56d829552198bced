//! What admission is told of a request, and whether the rules of a webhook or a policy choose it.

use evenkeel_object::{Key, Kind, Object, Selector, Value, json};

use crate::Read;

/// The label that every Namespace has; its value is the name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// The request as admission sees it.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: &'a str,
    /// The kind that the resource is of. For a subresource with a kind of its own (`Scale`, `Eviction`, `Binding`) it is still that of the resource;
    /// `object` says what was sent.
    pub kind: &'a Kind,
    /// The resource: the kind's plural, e.g. `deployments`.
    pub resource: &'a str,
    /// The subresource, e.g. `status`; empty for the object itself.
    pub subresource: &'a str,
    /// The namespace; empty for cluster-scoped objects, Namespaces among them.
    pub namespace: &'a str,
    /// The name.
    pub name: &'a str,
    /// What would be stored (of a subresource with a kind of its own: what was sent); none for a deletion.
    pub object: Option<&'a Object>,
    /// What is stored; none for a creation.
    pub before: Option<&'a Object>,
    /// Who asks: the field manager.
    pub manager: &'a str,
}

impl Attributes<'_> {
    /// Whether a webhook is called for this request, as far as its `rules` and selectors decide. Its `matchConditions` are not looked at.
    ///
    /// The versions in rules are ignored: an object is one object in all its versions, which is what `matchPolicy: Equivalent`, the default, comes to.
    /// Left out: `Exact`, and rules that name only a version which nobody serves.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/generic/webhook.go: ShouldCallHook
    pub fn match_webhook(&self, store: &mut dyn Read, webhook: &Value) -> bool {
        self.match_rules(&webhook["rules"]) && self.match_selectors(store, webhook)
    }

    /// Whether the `matchConstraints` of a policy, or the `matchResources` of a binding, choose this request.
    ///
    /// Those of a binding may have no rules at all, and then choose what their selectors choose. An absent value chooses everything.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/matching/matching.go: Matches
    pub fn match_constraints(&self, store: &mut dyn Read, constraints: &Value) -> bool {
        let rules = &constraints["resourceRules"];
        (rules.items().is_empty() || self.match_rules(rules))
            && !self.match_rules(&constraints["excludeResourceRules"])
            && self.match_selectors(store, constraints)
    }

    /// Whether any of these rules (`rules`, `resourceRules`) chooses this request.
    pub fn match_rules(&self, rules: &Value) -> bool {
        rules.items().iter().any(|rule| self.match_rule(rule))
    }

    /// The key of the object that the request is about.
    pub fn key(&self) -> Key {
        Key::new(self.kind.clone(), self.namespace, self.name)
    }

    /// What the variable `request` of an expression is. The version is that of the object. Who asks (`userInfo`) is not modelled, and so not there.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/condition.go: CreateAdmissionRequest
    pub fn request(&self) -> Value {
        let object = self.object.or(self.before);
        let version = object.map_or("", |object| object["apiVersion"].text());
        let version = version.rsplit_once('/').map_or(version, |(_, version)| version);
        let (group, kind) = (&*self.kind.group, &*self.kind.name);
        let kind = json!({"group": group, "version": version, "kind": kind});
        let resource = json!({"group": group, "version": version, "resource": self.resource});
        Value::from(json!({
            "kind": kind, "resource": resource, "subResource": self.subresource,
            "requestKind": kind, "requestResource": resource, "requestSubResource": self.subresource,
            "name": self.name, "namespace": self.namespace, "operation": self.operation, "dryRun": false,
        }))
    }

    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules/rules.go
    fn match_rule(&self, rule: &Value) -> bool {
        let names = rule["resourceNames"].items();
        let scope = match rule["scope"].text() {
            "Namespaced" => !self.namespace.is_empty(),
            "Cluster" => self.namespace.is_empty(),
            _ => true,
        };
        scope
            && any(&rule["operations"], self.operation)
            && any(&rule["apiGroups"], &self.kind.group)
            && self.match_resource(&rule["resources"])
            && (names.is_empty() || names.iter().any(|name| name.text() == self.name))
    }

    /// `pods`, `pods/status`, `*`, `*/*`, `pods/*`, `*/scale`; without a slash the subresources are not meant.
    fn match_resource(&self, resources: &Value) -> bool {
        resources.items().iter().any(|entry| {
            let (resource, subresource) = entry.text().split_once('/').unwrap_or((entry.text(), ""));
            matches(resource, self.resource) && matches(subresource, self.subresource)
        })
    }

    /// The objects first: the Namespace is read only if it matters.
    pub(crate) fn match_selectors(&self, store: &mut dyn Read, chooser: &Value) -> bool {
        self.match_object(&chooser["objectSelector"]) && self.match_namespace(store, &chooser["namespaceSelector"])
    }

    fn match_object(&self, selector: &Value) -> bool {
        // A selector that cannot be read is refused when it is written.
        Selector::of(selector).is_some_and(|selector| {
            let chosen = |object: &Object| selector.matches(object.labels());
            selector.is_empty() || self.object.is_some_and(chosen) || self.before.is_some_and(chosen)
        })
    }

    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/namespace/matcher.go
    fn match_namespace(&self, store: &mut dyn Read, selector: &Value) -> bool {
        let Some(selector) = Selector::of(selector) else {
            return false;
        };
        if selector.is_empty() {
            return true;
        }
        if self.kind.is("", "Namespace") {
            let namespace = self.object.or(self.before);
            let written = matches!(self.operation, "CREATE" | "UPDATE") && self.subresource.is_empty();
            let namespace = if written { namespace } else { self.before.or(namespace) };
            return selector.matches(&labels(namespace, self.name));
        }
        if self.namespace.is_empty() {
            return true;
        }
        let namespace = store.get(&namespace_key(self.namespace));
        selector.matches(&labels(namespace.as_ref(), self.namespace))
    }
}

/// The key of a Namespace.
pub fn namespace_key(name: &str) -> Key {
    Key::new(Kind::new("", "Namespace"), "", name)
}

/// The labels of a Namespace. One that has no object (those that exist always) has only its name.
fn labels(namespace: Option<&Object>, name: &str) -> Value {
    let labels = namespace.map_or(Value::Null, |namespace| namespace.labels().clone());
    labels.with(&[NAME_LABEL], name)
}

fn any(list: &Value, wanted: &str) -> bool {
    list.items().iter().any(|item| matches(item.text(), wanted))
}

fn matches(pattern: &str, wanted: &str) -> bool {
    pattern == "*" || pattern == wanted
}

#[cfg(test)]
mod tests {
    use evenkeel_object::{Kind, Object, Value, json};

    use super::Attributes;
    use crate::Memory;

    /// Asks for a write of Pod `web` with label `app: web` in Namespace `shop`, which has label `tier: gold`.
    fn check(subresource: &str, webhook: impl Into<Object>, expect: bool) {
        let mut store = Memory::default();
        store.insert(Object::from(json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"tier": "gold"}},
        })));
        let kind = Kind::new("", "Pod");
        let pod = Object::from(json!({"metadata": {"labels": {"app": "web"}}}));
        let attributes = Attributes {
            operation: "CREATE",
            kind: &kind,
            resource: "pods",
            subresource,
            namespace: "shop",
            name: "web",
            object: Some(&pod),
            before: None,
            manager: "kubectl",
        };
        let webhook = webhook.into();
        let matched = attributes.match_webhook(&mut store, &webhook);
        assert_eq!(matched, expect, "{webhook:?}");
    }

    fn rule(resources: &[&str]) -> Value {
        Value::from(
            json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": resources}]),
        )
    }

    #[test]
    fn a_rule_chooses_resources_and_subresources_apart() {
        check("", json!({"rules": rule(&["pods"])}), true);
        check("", json!({"rules": rule(&["*"])}), true);
        check("", json!({"rules": rule(&["pods/status"])}), false);
        check("status", json!({"rules": rule(&["pods"])}), false);
        check("status", json!({"rules": rule(&["pods/*"])}), true);
        check("status", json!({"rules": rule(&["*/status"])}), true);
        check("", json!({"rules": rule(&["*/*"])}), true);
        check("", json!({"rules": []}), false);
    }

    #[test]
    fn every_part_of_a_rule_has_to_agree() {
        let with = |field: &str, value: Value| {
            let mut rules = rule(&["pods"]);
            rules.make_list()[0].set(&[field], value);
            json!({"rules": rules})
        };
        check("", with("operations", json!(["UPDATE"]).into()), false);
        check("", with("operations", json!(["*"]).into()), true);
        check("", with("apiGroups", json!(["apps"]).into()), false);
        check("", with("scope", "Cluster".into()), false);
        check("", with("scope", "Namespaced".into()), true);
    }

    #[test]
    fn selectors_look_at_the_labels_of_the_namespace_and_of_the_object() {
        let with = |field: &str, labels: Value| json!({"rules": rule(&["pods"]), field: {"matchLabels": labels}});
        check("", with("namespaceSelector", json!({"tier": "gold"}).into()), true);
        check("", with("namespaceSelector", json!({"tier": "lead"}).into()), false);
        check("", with("namespaceSelector", json!({"kubernetes.io/metadata.name": "shop"}).into()), true);
        check("", with("objectSelector", json!({"app": "web"}).into()), true);
        check("", with("objectSelector", json!({"app": "db"}).into()), false);
    }
}
