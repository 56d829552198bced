//! Which Pods cannot go without breaking a disruption budget. That keeps nobody from throwing them out, but others are thrown out rather.
//!
//! Source: <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/preemption/util.go#L196>, `FilterVictimsWithPDBViolation`.

use std::collections::BTreeSet;

use evenkeel_api::{Projection, Scope, read};
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Kind, Object, Selector, Value};

/// How many of each kin break a budget.
pub(super) type Breaking = Vec<usize>;

/// A disruption budget, as far as it matters here.
pub(super) struct Budget {
    namespace: String,
    selector: Selector,
    allowed: i64,
    /// The Pods that were charged to it already, by name.
    disrupted: Value,
}

/// All budgets that select anything: one with an empty selector selects nothing here.
pub(super) fn found(client: &mut Client<'_>) -> Result<Vec<Budget>, Pause> {
    let projection = Projection {
        name: "what disruption budgets allow",
        args: Value::Null,
        of: |_, budgets| Value::list(budgets.iter().map(outline)),
        join: |_, left, right| read::concatenated(left, right),
    };
    let kind = Kind::new("policy", "PodDisruptionBudget");
    let found = read::sorted(&client.view(Scope::everywhere(&kind), projection)?);
    Ok(found.iter().filter_map(Budget::of).collect())
}

fn outline(budget: &Object) -> Value {
    let mut outline = Object::new("policy/v1", &budget.key());
    for path in [&["spec", "selector"][..], &["status", "disruptionsAllowed"], &["status", "disruptedPods"]] {
        if !budget.at(path).is_null() {
            outline.set(path, budget.at(path).clone());
        }
    }
    outline.0
}

impl Budget {
    pub(super) fn of(found: &Object) -> Option<Budget> {
        Some(Budget {
            namespace: found.namespace().to_owned(),
            selector: Selector::of(&found["spec"]["selector"]).filter(|selector| !selector.is_empty())?,
            allowed: found["status"]["disruptionsAllowed"].count(),
            disrupted: found["status"]["disruptedPods"].clone(),
        })
    }

    fn counts(&self, pod: &Object) -> bool {
        let is_labelled = pod.labels().entries().next().is_some();
        is_labelled
            && self.namespace == pod.namespace()
            && self.selector.matches(pod.labels())
            && self.disrupted.get(pod.name()).is_none()
    }
}

/// Which of the budgets count a Pod, by their places.
pub(super) fn of(budgets: &[Budget], pod: &Object) -> Vec<usize> {
    (0..budgets.len()).filter(|&place| budgets[place].counts(pod)).collect()
}

/// A kin, as far as budgets are concerned: how many there are, and which budgets count each of them.
pub(super) struct Claim {
    pub(super) n_pods: usize,
    pub(super) budgets: Vec<usize>,
}

/// All ways in which the Pods can break budgets when they are counted one after the other, those of the first rank first. The order within a rank is open.
pub(super) fn broken(budgets: &[Budget], ranks: &[Vec<Claim>]) -> BTreeSet<Breaking> {
    let allowed: Vec<i64> = budgets.iter().map(|budget| budget.allowed).collect();
    let mut ways = BTreeSet::from([(Breaking::new(), allowed)]);
    for claims in ranks {
        ways = ways.into_iter().flat_map(|way| counted(way, claims)).collect();
    }
    ways.into_iter().map(|(breaking, _)| breaking).collect()
}

type Way = (Breaking, Vec<i64>);

/// The ways in which one goes on with the Pods of a rank.
fn counted((before, allowed): Way, claims: &[Claim]) -> BTreeSet<Way> {
    let left: Vec<usize> = claims.iter().map(|claim| if claim.budgets.is_empty() { 0 } else { claim.n_pods }).collect();
    let n_pods: usize = left.iter().sum();
    let mut open = BTreeSet::from([(left, vec![0; claims.len()], allowed)]);
    for _ in 0..n_pods {
        let steps = open.into_iter().flat_map(|(left, breaking, allowed)| {
            let choices = (0..claims.len()).filter(|&kin| left[kin] > 0).collect::<Vec<_>>();
            choices.into_iter().map(move |kin| {
                let (mut left, mut breaking, mut allowed) = (left.clone(), breaking.clone(), allowed.clone());
                left[kin] -= 1;
                breaking[kin] += usize::from(charge(&mut allowed, &claims[kin].budgets));
                (left, breaking, allowed)
            })
        });
        open = steps.collect();
    }
    open.into_iter().map(|(_, breaking, allowed)| ([before.clone(), breaking].concat(), allowed)).collect()
}

/// Charges a Pod to its budgets up to the first that it breaks; whether it breaks one.
fn charge(allowed: &mut [i64], budgets: &[usize]) -> bool {
    budgets.iter().any(|&place| {
        allowed[place] = (allowed[place] - 1).max(-1);
        allowed[place] < 0
    })
}
