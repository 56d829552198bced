//! What a real control plane does where the documentation lets one expect something else. `docs/facts.md` lists all such facts, and which test holds which.

use evenkeel_object::parse::parse;
use evenkeel_system::{Limits, Verdict};

use crate::agreement::deployment_of;
use crate::{Input, Parts, Settings, run};

/// The verdict of these files; the Scenario is the first, of which only what stands below `spec` is told.
fn verdict(spec: &str, files: &[(&str, &str)]) -> Verdict {
    let scenario = format!("apiVersion: evenkeel.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: a}}\nspec:\n{spec}");
    let mut documents = Vec::new();
    for (name, text) in [("scenario.yaml", &*scenario)].iter().chain(files) {
        let (read, problems) = parse(name, text);
        assert!(problems.is_empty(), "{problems:?}");
        documents.extend(read);
    }
    let input = Input::sort(&documents).expect("a good input");
    run(&input, &Settings { limits: Limits { states: 50_000, ..Limits::default() }, parts: Parts::Apart }, &mut ())
        .verdict
}

/// A mutating policy on the creation of Pods, with its binding.
fn pods_get(patch: &str) -> String {
    format!(
        "---\napiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicy\nmetadata: {{name: p}}\nspec:\n  failurePolicy: Fail\n  reinvocationPolicy: Never\n  \
         matchConstraints:\n    resourceRules: [{{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [pods]}}]\n  mutations:\n  - patchType: JSONPatch\n    \
         jsonPatch:\n      expression: '{patch}'\n---\napiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicyBinding\nmetadata: {{name: p}}\nspec: {{policyName: p}}\n"
    )
}

fn nodes(names: &[&str]) -> String {
    let node = |name: &&str| {
        format!(
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{kubernetes.io/hostname: {name}}}}}\nstatus:\n  \
             allocatable: {{cpu: \"4\", memory: 8Gi, pods: \"9\"}}\n  conditions: [{{type: Ready, status: \"True\"}}]\n"
        )
    };
    names.iter().map(node).collect()
}

/// Nobody is told of the new number; the ReplicaSet gets its Pod as it tries again and again.
#[test]
fn a_pod_that_a_quota_refused_comes_when_there_is_room() {
    let quota = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: \"1\"}}\n";
    let files = deployment_of("web", 2, "") + quota;
    let raise = "  steps:\n  - {name: raise, patch: {objects: {apiVersion: v1, kind: ResourceQuota, name: q}, merge: {spec: {hard: {pods: \"2\"}}}}}\n";
    assert_eq!(verdict("  fairness: weak\n", &[("a.yaml", &files)]), Verdict::Stuck);
    assert_eq!(verdict(raise, &[("a.yaml", &files)]), Verdict::Stabilizes);
}

/// The controller of DaemonSets goes by the template, so it neither deletes such a Pod nor makes it anew; the scheduler goes by the Pod.
#[test]
fn a_daemon_that_a_policy_keeps_from_its_node_waits_and_is_left_alone() {
    let daemons = "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent}\nspec:\n  selector: {matchLabels: {app: agent}}\n  template:\n    \
                   metadata: {labels: {app: agent}}\n    spec: {containers: [{name: c, image: a}]}\n";
    let bound =
        pods_get("[JSONPatch{op: \"add\", path: \"/spec/nodeSelector\", value: {\"kubernetes.io/hostname\": \"n1\"}}]");
    let three = nodes(&["n1", "n2", "n3"]) + daemons;
    let legitimate = |text: &str| {
        format!("  legitimate:\n  - {{name: pods, objects: {{apiVersion: v1, kind: Pod}}, together: \"{text}\"}}\n")
    };
    let is_bound = "objects.filter(p, has(p.spec.nodeName)).size()";
    assert_eq!(verdict(&legitimate(&format!("{is_bound} == 3")), &[("a.yaml", &three)]), Verdict::Stabilizes);
    assert_eq!(verdict("  fairness: weak\n", &[("a.yaml", &(three + &bound))]), Verdict::Stuck);
}

#[test]
fn a_group_that_nobody_serves_keeps_no_garbage_elsewhere() {
    let service = "---\napiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.gone.example.com}\nspec:\n  group: gone.example.com\n  version: v1\n  \
                   groupPriorityMinimum: 100\n  versionPriority: 100\n  insecureSkipTLSVerify: true\n  service: {namespace: default, name: gone}\n";
    let spec = "  steps:\n  - {name: away, delete: {objects: {apiVersion: apps/v1, kind: Deployment, name: web}}}\n  legitimate:\n  - name: nothing is left\n    \
                objects: {apiVersion: v1, kind: Pod}\n    together: \"objects.size() == 0\"\n";
    assert_eq!(verdict(spec, &[("a.yaml", &(deployment_of("web", 1, "") + service))]), Verdict::Stabilizes);
}

/// An empty union is not applied at all, so it takes nothing away. As soon as there is a part, there are two with one field.
#[test]
fn git_may_force_a_rule_into_an_aggregated_role_as_long_as_no_part_matches() {
    let role = |name: &str, more: &str, resource: &str| {
        format!(
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {name}, labels: {{part: {name}}}}}\n{more}\
             rules: [{{apiGroups: [\"\"], resources: [{resource}], verbs: [get]}}]\n"
        )
    };
    let sum = role("sum", "aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: a}}]}\n", "secrets");
    let spec = |resource: &str| {
        format!(
            "  appliers: [{{name: git, type: Kubectl, path: git, mode: ServerSideForced}}]\n  legitimate:\n  - name: rules\n    objects: {{apiVersion: \
             rbac.authorization.k8s.io/v1, kind: ClusterRole, name: sum}}\n    each: \"object.rules[0].resources == ['{resource}']\"\n"
        )
    };
    let other = role("b", "", "pods");
    let files = [("git/sum.yaml", &*sum), ("other.yaml", &*other)];
    assert_eq!(verdict(&spec("secrets"), &files), Verdict::Stabilizes);
    let part = role("a", "", "pods");
    assert_eq!(verdict(&spec("pods"), &[("git/sum.yaml", &*sum), ("part.yaml", &*part)]), Verdict::Oscillates);
}
