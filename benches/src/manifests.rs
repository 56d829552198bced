//! The fight as people would write it down: Deployments, autoscalers, two Nodes, and an Argo CD application that demands one replica of each.

use evenkeel_object::parse::parse;
use evenkeel_scenario::Input;

use crate::Size;

/// The question, sorted.
pub(crate) fn input(size: Size) -> Input {
    let mut documents = Vec::new();
    let texts = [("fight/cluster.yaml", cluster(size)), ("fight/git/deployments.yaml", deployments(size))];
    for (source, text) in texts.iter().chain(&[("fight/scenario.yaml", scenario(size))]) {
        let (read, problems) = parse(source, text);
        assert!(problems.is_empty(), "these manifests are our own: {problems:?}");
        documents.extend(read);
    }
    Input::sort(&documents).unwrap_or_else(|problems| panic!("this question is our own: {problems:?}"))
}

fn deployments(size: Size) -> String {
    let one = |number: usize| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web-{number}}}\nspec:\n  replicas: 1\n  \
             selector: {{matchLabels: {{app: web-{number}}}}}\n  template:\n    metadata: {{labels: {{app: web-{number}}}}}\n    \
             spec:\n      containers: [{{name: web, image: web}}]\n"
        )
    };
    (1..=size.deployments).map(one).collect()
}

fn cluster(size: Size) -> String {
    let replicas = size.replicas;
    let autoscaler = |number: usize| {
        format!(
            "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web-{number}}}\nspec:\n  \
             minReplicas: {replicas}\n  maxReplicas: {replicas}\n  \
             scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web-{number}}}\n"
        )
    };
    let node = |number: usize| {
        format!(
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: node-{number}}}\nstatus:\n  \
             allocatable: {{cpu: 8, memory: 16Gi, pods: 110}}\n  conditions: [{{type: Ready, status: \"True\"}}]\n"
        )
    };
    (1..=size.deployments).map(autoscaler).chain((1..=2).map(node)).collect()
}

fn scenario(size: Size) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: fight}}\nspec:\n  \
         faults: {{podDeletions: {}}}\n  appliers: [{{name: git, type: ArgoCD, path: git, selfHeal: true}}]\n",
        size.kills
    )
}
