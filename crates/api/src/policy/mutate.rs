//! MutatingAdmissionPolicies: what they make of an object on its way into the store.
//!
//! As in the real server, each policy is asked once with each binding and parameter, on what those before it made; the object is decoded and defaulted again
//! after each mutation. If anything was mutated, those that ask for it (`reinvocationPolicy: IfNeeded`) are asked once more. A mutation that fails does not keep the rest from being asked.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/mutating/dispatcher.go

use evenkeel_object::{Object, Value};

use super::decide::is_meant;
use super::dispatch::{GROUP, chosen, is_exempt, namespace_object};
use super::params::params;
use super::patch;
use super::variables::{Input, Variables};
use crate::shapes::Shape;
use crate::{Attributes, Cause, Read, Reason, Status};

/// How the server deals with objects of the kind that is changed.
pub(crate) struct Handling<'h> {
    /// Which of its lists are sets or maps, and what is atomic.
    pub(crate) shape: &'h Shape,
    /// What is decoded from an object: with defaults. Refused if it cannot be.
    pub(crate) decoded: &'h dyn Fn(Object) -> Result<Object, Status>,
}

/// A policy that is asked, through a binding, with a parameter.
struct Invocation {
    policy: Object,
    binding: Object,
    param: Option<Object>,
    namespace: Value,
}

/// What keeps a policy from having its say.
struct Failure {
    message: String,
    counts: bool,
}

/// What became of the object so far.
struct Course<'a> {
    attributes: &'a Attributes<'a>,
    handling: &'a Handling<'a>,
    object: Object,
    failures: Vec<Failure>,
}

/// The object as the policies change it; none if none of them speaks of the request.
pub(crate) fn mutate(
    store: &mut dyn Read,
    attributes: &Attributes<'_>,
    handling: &Handling<'_>,
) -> Result<Option<Object>, Status> {
    let Some(object) = attributes.object.filter(|_| !is_exempt(attributes.kind)) else { return Ok(None) };
    let pairs = chosen(store, attributes, ["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"]);
    if pairs.is_empty() {
        return Ok(None);
    }
    let mut course = Course { attributes, handling, object: object.clone(), failures: Vec::new() };
    let mut invocations = Vec::new();
    for (policy, binding) in pairs {
        match params(store, attributes, &policy, &binding) {
            Ok(params) => {
                let namespace = namespace_object(store, attributes, &policy);
                let with = |param| Invocation {
                    policy: policy.clone(),
                    binding: binding.clone(),
                    param,
                    namespace: namespace.clone(),
                };
                invocations.extend(params.into_iter().map(with));
            }
            Err(fault) => course.fail(&policy, &binding, &format!("failed to configure binding: {fault}")),
        }
    }
    let mut mutated = Vec::new();
    for invocation in &invocations {
        if course.invoke(invocation)? {
            mutated.push(invocation);
        }
    }
    course.refuse()?;
    for invocation in mutated {
        if invocation.policy["spec"]["reinvocationPolicy"].text() == "IfNeeded" {
            course.invoke(invocation)?;
        }
    }
    course.refuse()?;
    Ok(Some(course.object))
}

impl Course<'_> {
    /// Lets a policy change the object; whether it speaks of it.
    fn invoke(&mut self, invocation: &Invocation) -> Result<bool, Status> {
        let Invocation { policy, binding, param, namespace } = invocation;
        let spec = &policy["spec"];
        let before = self.object.clone();
        let attributes = Attributes { object: Some(&before), ..*self.attributes };
        let input = Input { attributes: &attributes, param: param.clone(), namespace: namespace.clone() };
        match is_meant(spec, &Variables::of(policy, &input)) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(fault) => {
                self.fail(policy, binding, &fault.0);
                return Ok(false);
            }
        }
        for mutation in spec["mutations"].items() {
            let before = self.object.clone();
            let attributes = Attributes { object: Some(&before), ..*self.attributes };
            let input = Input { attributes: &attributes, param: param.clone(), namespace: namespace.clone() };
            match patch::patched(mutation, &before, &Variables::of(policy, &input), self.handling.shape) {
                Ok(object) => self.object = (self.handling.decoded)(object)?,
                Err(fault) => self.fail(policy, binding, &fault.0),
            }
        }
        Ok(true)
    }

    fn fail(&mut self, policy: &Object, binding: &Object, why: &str) {
        let message = format!("policy '{}' with binding '{}' denied request: {why}", policy.name(), binding.name());
        self.failures.push(Failure { message, counts: policy["spec"]["failurePolicy"].text() != "Ignore" });
    }

    /// Refuses the request if a policy failed that has to be heard.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go: Dispatch
    fn refuse(&self) -> Result<(), Status> {
        let messages: Vec<&String> =
            self.failures.iter().filter(|failure| failure.counts).map(|failure| &failure.message).collect();
        let Some(first) = messages.first() else { return Ok(()) };
        let cause =
            |message: &&String| Cause { reason: String::new(), field: String::new(), message: (*message).clone() };
        let refusal = Status { code: 403, ..Status::new(Reason::Invalid, (*first).clone()) };
        Err(refusal.with_causes(messages.iter().map(cause).collect()))
    }
}

/// What a policy would change and we do not: a subresource with a kind of its own.
pub(super) fn unmodelled_rule(policy: &Object) -> Option<String> {
    let rules = policy["spec"]["matchConstraints"]["resourceRules"].items();
    let resources = rules.iter().flat_map(|rule| rule["resources"].items());
    let is_other = |resource: &&str| resource.split_once('/').is_some_and(|(_, part)| part != "status");
    let found = resources.map(Value::text).find(is_other)?;
    Some(format!("a {GROUP} policy that changes {found}"))
}
