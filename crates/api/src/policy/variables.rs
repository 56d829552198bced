//! What the expressions of a policy can read.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/activation.go

use std::cell::RefCell;
use std::collections::BTreeMap;

use evenkeel_object::{Object, Value, json};

use crate::attributes::Attributes;
use crate::cel::{Datum, Fault, Names, Program};

/// What a policy judges.
pub(super) struct Input<'a> {
    /// The request.
    pub(super) attributes: &'a Attributes<'a>,
    /// The parameter; none if the binding has none.
    pub(super) param: Option<Object>,
    /// The Namespace of the object; `null` if it has none.
    pub(super) namespace: Value,
}

/// The variables of a policy's expressions. Those of the policy itself are computed when they are first read.
pub(super) struct Variables<'a> {
    input: &'a Input<'a>,
    own: &'a [Value],
    known: RefCell<BTreeMap<usize, Result<Datum, Fault>>>,
}

impl<'a> Variables<'a> {
    /// Those of a policy that judges that.
    pub(super) fn of(policy: &'a Object, input: &'a Input<'a>) -> Variables<'a> {
        Variables { input, own: policy["spec"]["variables"].items(), known: RefCell::default() }
    }

    /// The variable at that place.
    fn own(&self, index: usize) -> Result<Datum, Fault> {
        if let Some(known) = self.known.borrow().get(&index) {
            return known.clone();
        }
        let variable = &self.own[index];
        let name = variable["name"].text();
        let computed = match Program::compile(variable["expression"].text()) {
            Ok(program) => program
                .run(&Earlier { variables: self, before: index })
                .map_err(|fault| format!("composited variable {name:?} fails to evaluate: {fault}")),
            Err(error) => Err(format!("composited variable {name:?} fails to compile: compilation failed: {error}")),
        };
        let computed = computed.map_err(Fault::new);
        self.known.borrow_mut().insert(index, computed.clone());
        computed
    }

    /// The variable of the policy of that name, among the first so many.
    fn named(&self, name: &str, before: usize) -> Result<Datum, Fault> {
        let found = self.own[..before].iter().position(|variable| variable["name"].text() == name);
        match found {
            Some(index) => self.own(index),
            None => Err(Fault::new(format!("no such key: {name}"))),
        }
    }
}

impl Names for Variables<'_> {
    fn get(&self, name: &str) -> Option<Result<Datum, Fault>> {
        let object = |object: Option<&Object>| object.map_or(Value::Null, |object| object.0.clone());
        let value = match name {
            "object" => object(self.input.attributes.object),
            "oldObject" => object(self.input.attributes.before),
            "params" => object(self.input.param.as_ref()),
            "namespaceObject" => self.input.namespace.clone(),
            "request" => request(self.input.attributes),
            _ => return None,
        };
        Some(Ok(Datum::Value(value)))
    }

    fn field(&self, name: &str, field: &str) -> Option<Result<Datum, Fault>> {
        (name == "variables").then(|| self.named(field, self.own.len()))
    }
}

/// What the expression of a variable can read: of the other variables those that stand before it.
struct Earlier<'v> {
    variables: &'v Variables<'v>,
    before: usize,
}

impl Names for Earlier<'_> {
    fn get(&self, name: &str) -> Option<Result<Datum, Fault>> {
        self.variables.get(name)
    }

    fn field(&self, name: &str, field: &str) -> Option<Result<Datum, Fault>> {
        (name == "variables").then(|| self.variables.named(field, self.before))
    }
}

/// The request. The version is that of the object. Who asks (`userInfo`) is not modelled, and so not there.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/condition.go: CreateAdmissionRequest
fn request(attributes: &Attributes<'_>) -> Value {
    let version = attributes.object.or(attributes.before).map_or("", |object| object["apiVersion"].text());
    let version = version.rsplit_once('/').map_or(version, |(_, version)| version);
    let group = &*attributes.kind.group;
    let kind = json!({"group": group, "version": version, "kind": &*attributes.kind.name});
    let resource = json!({"group": group, "version": version, "resource": attributes.resource});
    Value::from(json!({
        "kind": kind, "resource": resource, "subResource": attributes.subresource,
        "requestKind": kind, "requestResource": resource, "requestSubResource": attributes.subresource,
        "name": attributes.name, "namespace": attributes.namespace,
        "operation": attributes.operation, "dryRun": false,
    }))
}
