//! Whether nodes can be left out of account: where everything that can be there at once fits on each of them, none is ever full.
//!
//! What runs where couples all Pods by nature, as each placement depends on what every other Pod takes. So a cluster whose nodes are given is explored
//! with nodes that are never full first, part by part. The loads that are seen there bound those of the whole: the first state of a run in which a node
//! were full is one that the parts reach while nothing is, and its load is not above the sum of the most that each part ever had.

use evenkeel_cluster::most::{Amounts, add};
use evenkeel_object::{Object, Quantity};
use evenkeel_parts::Part;
use evenkeel_roster::{nodes, pods};
use evenkeel_system::Verdict;

use crate::input::Input;
use crate::setup::everything;
use crate::steps::Step;

/// Whether anybody says what nodes have.
pub(crate) fn is_bounded(input: &Input) -> bool {
    everything(input).any(is_node)
}

/// Whether the nodes stay as they are at the start. (Nodes are alike only as long as they do.)
pub(crate) fn is_constant(input: &Input) -> bool {
    let applied = input.appliers.iter().flat_map(|(_, objects)| objects);
    let stepped = input.steps.iter().flatten();
    let changes = input.scenario.steps.iter().any(Step::is_about_nodes);
    !changes && !input.given.iter().chain(applied).chain(stepped).any(is_node)
}

/// Whether all that was seen in these parts fits on each of the nodes at once, and nothing of it grows on.
///
/// A part that was cut short with a fault is taken to follow the run that shows it, as in the verdict of the whole.
pub(crate) fn suffices(parts: &[Part], objects: &[Object]) -> bool {
    let is_bounded = |part: &Part| !matches!(part.judgement.verdict, Verdict::Undecided | Verdict::Diverges);
    if !parts.iter().all(is_bounded) {
        return false;
    }
    let mut total = Amounts::new();
    parts.iter().for_each(|part| add(&mut total, &part.cluster.most(&pods::kind(), &load)));
    objects.iter().filter(|object| is_node(object)).all(|node| holds(node, &total))
}

fn is_node(object: &Object) -> bool {
    object.kind().is("", "Node")
}

fn load(pod: &Object) -> Amounts {
    nodes::taken(pod).into_iter().map(|(resource, amount)| (resource, amount.milli)).collect()
}

fn holds(node: &Object, total: &Amounts) -> bool {
    let allocatable = &node["status"]["allocatable"];
    total.iter().all(|(resource, amount)| {
        let has = Quantity::of(&allocatable[&**resource]).unwrap_or_default();
        *amount <= has.milli
    })
}

#[cfg(test)]
mod tests {
    use evenkeel_object::parse::parse;
    use evenkeel_system::{Limits, Verdict};

    use crate::{Input, Parts, Settings, run};

    /// Two Deployments, one Pod each, beside a node with so much CPU: the verdict, and how many parts there are.
    fn check(cpu: &str, expect: Verdict, n_parts: usize) {
        let deployment = |name: &str| {
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  \
                 template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      \
                 containers: [{{name: c, image: a, resources: {{requests: {{cpu: 600m}}}}}}]\n---\n"
            )
        };
        let node = format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: floor}}\nstatus: {{allocatable: {{cpu: {cpu}, memory: 1Gi, pods: 9}}}}\n"
        );
        let text = deployment("left") + &deployment("right") + &node;
        let (documents, problems) = parse("case.yaml", &text);
        assert!(problems.is_empty(), "{problems:?}");
        let input = Input::sort(&documents).expect("a good input");
        let settings = Settings { limits: Limits::default(), parts: Parts::Apart };
        let report = run(&input, &settings, &mut ());
        assert_eq!((report.verdict, report.parts.len().max(1)), (expect, n_parts), "{text}");
    }

    #[test]
    fn a_node_with_room_for_all_couples_nobody() {
        check("1200m", Verdict::Stabilizes, 2);
    }

    #[test]
    fn a_node_that_is_too_small_for_all_is_counted() {
        // Each fits on its own.
        check("1100m", Verdict::Stuck, 1);
    }
}
