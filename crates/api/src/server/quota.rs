//! Resource quotas: what a new object is charged, and when it is one too many.

use evenkeel_object::{Kind, Object, Quantity, Selector, Value};

use super::usage::{self, Amounts};
use super::{Call, fault, pod};
use crate::{Scope, Status, Write};

/// Charges the quotas of the Namespace for a new object: the writes of their statuses. Refused if one is exceeded, or does not know yet what is used.
///
/// What counts is the status, which the quota controller makes; it is charged here in the same request and lowered by the controller only. Left out:
/// changes of what exists (a Service that becomes a load balancer, a Pod that is resized, a claim that grows).
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go: CheckRequest
pub(crate) fn charged(call: &mut Call<'_>, object: &Object) -> Result<Vec<Write>, Status> {
    let scope = Scope::all(&Kind::new("", "ResourceQuota"), &call.request.key.namespace);
    let quotas = call.store.list(scope);
    if quotas.is_empty() {
        return Ok(Vec::new());
    }
    let used = usage::of(call.resource, object);
    let mut writes = Vec::new();
    for quota in &quotas {
        let names: Vec<String> = quota["status"]["hard"]
            .entries()
            .map(|(name, _)| name.to_string())
            .filter(|name| usage::concerns(call.resource, name))
            .collect();
        // Without a status, nothing is restricted.
        if names.is_empty() || !is_in_scope(call, quota, object) {
            continue;
        }
        if let Some(after) =
            charge(quota, object, &names, &used).map_err(|why| fault::forbidden(call.resource, object.name(), why))?
        {
            let key = quota.key();
            let after = Some(after);
            writes.push(Write { key, after });
        }
    }
    Ok(writes)
}

/// The quota with the use added to it; none if there is nothing to add. Or what speaks against it.
fn charge(quota: &Object, object: &Object, names: &[String], used: &Amounts) -> Result<Option<Object>, String> {
    let name = quota.name();
    if object.kind().is("", "Pod") {
        let lacking: Vec<String> = usage::unspecified(object, names)
            .iter()
            .map(|(resource, containers)| format!("{resource} for: {}", containers.join(",")))
            .collect();
        if !lacking.is_empty() {
            return Err(format!("failed quota: {name}: must specify {}", lacking.join("; ")));
        }
    }
    let (hard, before) = (&quota["status"]["hard"], &quota["status"]["used"]);
    if names.iter().any(|name| before.get(name).is_none()) {
        let names = names.join(",");
        return Err(format!("status unknown for quota: {name}, resources: {names}"));
    }
    let mut after = quota.clone();
    let mut exceeded = Vec::new();
    for (resource, amount) in
        used.iter().filter(|(resource, amount)| amount.milli != 0 && names.iter().any(|name| name == *resource))
    {
        let old = Quantity::of(&before[&**resource]).unwrap_or_default();
        let sum = old + *amount;
        if Quantity::of(&hard[&**resource]).is_some_and(|hard| sum > hard) {
            exceeded.push((resource, amount, old));
        }
        let sum = written(sum, &hard[&**resource]);
        after.set(&["status", "used", resource], sum);
    }
    if exceeded.is_empty() {
        return Ok((after != *quota).then_some(after));
    }
    let list = |each: &dyn Fn(&(&String, &Quantity, Quantity)) -> String| {
        exceeded.iter().map(each).collect::<Vec<_>>().join(",")
    };
    let requested =
        list(&|(resource, amount, _)| format!("{resource}={}", text(&written(**amount, &hard[&***resource]))));
    let taken = list(&|(resource, _, _)| format!("{resource}={}", text(&before[&***resource])));
    let limited = list(&|(resource, _, _)| format!("{resource}={}", text(&hard[&***resource])));
    Err(format!("exceeded quota: {name}, requested: {requested}, used: {taken}, limited: {limited}"))
}

/// An amount in the notation of the limit: binary suffixes if that has one, else decimal.
fn written(amount: Quantity, like: &Value) -> Value {
    const SUFFIXES: [&str; 4] = ["Ti", "Gi", "Mi", "Ki"];
    if like.text().ends_with('i') && amount.milli % 1000 == 0 {
        let units = amount.milli / 1000;
        for (index, suffix) in SUFFIXES.iter().enumerate() {
            let factor = 1i128 << (10 * (SUFFIXES.len() - index));
            if units != 0 && units % factor == 0 {
                return format!("{}{suffix}", units / factor).into();
            }
        }
    }
    amount.to_string().into()
}

fn text(amount: &Value) -> String {
    amount.as_str().map_or_else(|| amount.to_string(), str::to_owned)
}

/// Whether the scopes of a quota include the object. Only Pods are in any scope.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/quota/v1/evaluator/core/pods.go: podMatchesScopeFunc
fn is_in_scope(call: &Call<'_>, quota: &Object, object: &Object) -> bool {
    let is_pod = call.resource.kind.is("", "Pod");
    let spec = &quota["spec"];
    let named = spec["scopes"]
        .items()
        .iter()
        .map(|scope| Value::map().with(&["scopeName"], scope.clone()).with(&["operator"], "Exists"));
    let mut scopes = named.chain(spec["scopeSelector"]["matchExpressions"].items().iter().cloned());
    scopes.all(|scope| is_pod && is_pod_in(object, &scope))
}

/// Left out: the scope of affinity across Namespaces, which includes no Pod here.
fn is_pod_in(object: &Object, scope: &Value) -> bool {
    let has_deadline = object["spec"]["activeDeadlineSeconds"].as_int().is_some();
    let is_best_effort = pod::quality(object) == "BestEffort";
    match scope["scopeName"].text() {
        "Terminating" => has_deadline,
        "NotTerminating" => !has_deadline,
        "BestEffort" => is_best_effort,
        "NotBestEffort" => !is_best_effort,
        "PriorityClass" => {
            let class = object["spec"]["priorityClassName"].clone();
            let labels =
                if class.text().is_empty() { Value::map() } else { Value::map().with(&["PriorityClass"], class) };
            let requirement = scope.clone().with(&["key"], "PriorityClass");
            let selector = Value::map().with(&["matchExpressions"], Value::list([requirement]));
            Selector::of(&selector).is_some_and(|selector| selector.matches(&labels))
        }
        _ => false,
    }
}
