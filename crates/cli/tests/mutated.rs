//! Good inputs with bytes flipped, lines gone or doubled and values swapped: whatever is asked, there is an answer, and it can be printed.

mod program;

use std::panic::catch_unwind;

use evenkeel_object::parse_bytes;
use evenkeel_report::{Detail, Ink, Layout, Report, diagnostic, text};
use evenkeel_scenario::{Input, Parts, Settings, run};
use evenkeel_system::{Flow, Limits, Progress, Watch};
use program::Folder;

/// Marsaglia's xorshift: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// The files of a question, by name.
type Files = Vec<(&'static str, Vec<u8>)>;

const WORKLOADS: &[(&str, &str)] = &[(
    "workloads.yaml",
    "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: mill, namespace: farm, labels: {app: mill}}
spec:
  replicas: 1
  revisionHistoryLimit: 2
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}
  selector:
    matchLabels: {app: mill}
  template:
    metadata:
      labels: {app: mill}
    spec:
      nodeSelector: {kubernetes.io/os: linux}
      tolerations:
      - {key: example.com/wet, operator: Exists, effect: NoExecute, tolerationSeconds: 30}
      containers:
      - name: mill
        image: registry.example.com/mill:1
        ports: [{containerPort: 8080, name: http}]
        resources: {requests: {cpu: 100m, memory: 64Mi}}
---
apiVersion: v1
kind: Service
metadata: {name: mill, namespace: farm}
spec:
  type: ClusterIP
  selector: {app: mill}
  ports:
  - {name: http, port: 80, targetPort: http}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: silo, namespace: farm}
spec:
  serviceName: silo
  replicas: 1
  podManagementPolicy: OrderedReady
  selector: {matchLabels: {app: silo}}
  template:
    metadata: {labels: {app: silo}}
    spec:
      containers: [{name: silo, image: registry.example.com/silo:2}]
  volumeClaimTemplates:
  - metadata: {name: grain}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 1Gi}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: silo, namespace: farm}
spec:
  maxUnavailable: 1
  selector: {matchLabels: {app: silo}}
",
)];

const TASKS: &[(&str, &str)] = &[(
    "tasks.yaml",
    "\
apiVersion: v1
kind: Node
metadata:
  name: barn
  labels: {kubernetes.io/hostname: barn, kubernetes.io/os: linux}
spec:
  taints:
  - {key: example.com/wet, value: floor, effect: PreferNoSchedule}
status:
  capacity: {cpu: \"2\", memory: 4Gi, pods: \"8\"}
  allocatable: {cpu: \"2\", memory: 4Gi, pods: \"8\"}
  conditions:
  - {type: Ready, status: \"True\", reason: KubeletReady}
---
apiVersion: batch/v1
kind: Job
metadata: {name: sow}
spec:
  completions: 2
  parallelism: 1
  backoffLimit: 1
  template:
    metadata: {labels: {app: sow}}
    spec:
      restartPolicy: Never
      containers: [{name: sow, image: registry.example.com/sow:1}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: water}
spec:
  schedule: 0 6 * * *
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers: [{name: water, image: registry.example.com/water:1}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: scarecrow}
spec:
  selector: {matchLabels: {app: scarecrow}}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1}}
  template:
    metadata: {labels: {app: scarecrow}}
    spec:
      containers: [{name: scarecrow, image: registry.example.com/scarecrow:1}]
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: acres}
spec:
  hard: {pods: \"4\", requests.cpu: \"2\"}
---
apiVersion: v1
kind: LimitRange
metadata: {name: acres}
spec:
  limits:
  - {type: Container, defaultRequest: {cpu: 100m}, max: {cpu: \"1\"}}
",
)];

const FIGHT: &[(&str, &str)] = &[
    (
        "scenario.yaml",
        "\
apiVersion: evenkeel.dev/v1alpha1
kind: Scenario
metadata: {name: fight}
spec:
  expect: oscillates
  given: [before.yaml]
  appliers:
  - name: farm
    type: ArgoCD
    path: git.yaml
    mode: ClientSide
    prune: true
    selfHeal: true
    ignoreDifferences:
    - {group: apps, kind: Deployment, jsonPointers: [/spec/template/spec/dnsPolicy]}
  granularity: atomic
  fairness: weak
  claims: [stabilization, confluence]
  environment:
    load: Any
    pods:
    - selector: {matchLabels: {app: mill}}
      outcome: Ready
  limits: {states: 300, seconds: 10}
",
    ),
    ("before.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: almanac}\ndata: {month: may}\n"),
    (
        "git.yaml",
        "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: mill}
spec:
  replicas: 1
  selector: {matchLabels: {app: mill}}
  template:
    metadata: {labels: {app: mill}}
    spec:
      containers: [{name: mill, image: registry.example.com/mill:1}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: mill}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: mill}
  minReplicas: 2
  maxReplicas: 3
",
    ),
];

const EXTENSIONS: &[(&str, &str)] = &[(
    "extensions.yaml",
    "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: windmills.farm.example.com}
spec:
  group: farm.example.com
  scope: Namespaced
  names: {kind: Windmill, plural: windmills, singular: windmill}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [sails]
            properties:
              sails: {type: integer, minimum: 2, default: 4}
              colour: {type: string, pattern: '^[a-z]+$', enum: [red, white]}
            x-kubernetes-validations:
            - rule: self.sails % 2 == 0
              message: sails come in pairs
---
apiVersion: farm.example.com/v1
kind: Windmill
metadata: {name: hill}
spec: {sails: 4, colour: red}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: owners}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods]}
  validations:
  - expression: has(object.metadata.labels) && 'app' in object.metadata.labels
    message: Pods need a label
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: owners}
spec:
  policyName: owners
  validationActions: [Deny]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: gate}
webhooks:
- name: gate.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Ignore
  matchConditions:
  - {name: not-system, expression: object.metadata.namespace != 'kube-system'}
  rules:
  - {apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  clientConfig:
    service: {namespace: default, name: gate, path: /mutate, port: 443}
---
apiVersion: v1
kind: Pod
metadata: {name: stray, labels: {app: stray}}
spec:
  containers: [{name: stray, image: registry.example.com/stray:1}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
aggregationRule:
  clusterRoleSelectors:
  - matchLabels: {farm.example.com/part-of: reader}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: cellar}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
",
)];

const SEEDS: [&[(&str, &str)]; 4] = [WORKLOADS, TASKS, FIGHT, EXTENSIONS];

/// What stands where something else was expected.
const STRANGE: [&str; 22] = [
    "null",
    "~",
    "-1",
    "0",
    "3",
    "9223372036854775807",
    "-9223372036854775808",
    "1.5",
    "1e400",
    "\"\"",
    "[]",
    "{}",
    "[null]",
    "true",
    "\"50%\"",
    "\"-5%\"",
    "\"1\"",
    "'*'",
    "[{}]",
    "1970-01-01",
    "mill",
    "\"{{\"",
];

/// A seed with a few things changed in one of its files.
fn mutated(random: &mut Random) -> Files {
    let seed = SEEDS[random.below(SEEDS.len())];
    let mut files: Files = seed.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())).collect();
    for _ in 0..=random.below(4) {
        let at = random.below(files.len());
        change(&mut files[at].1, random);
    }
    files
}

fn change(text: &mut Vec<u8>, random: &mut Random) {
    let mut lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(10) {
        0 => {
            let at = random.below(text.len());
            if let Some(byte) = text.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
            return;
        }
        1 => drop(lines.remove(one)),
        2 => lines.insert(one, lines[other].clone()),
        3 => lines.swap(one, other),
        4 | 5 => exchange(&mut lines, one, other, random),
        // What is strange is most telling where the rest is as it was.
        _ => {
            let spots = values(&lines[one]);
            if !spots.is_empty() {
                let spot = spots[random.below(spots.len())].clone();
                lines[one].splice(spot, STRANGE[random.below(STRANGE.len())].bytes());
            }
        }
    }
    *text = lines.join(&b'\n');
}

/// Exchanges a value of one line with one of another.
fn exchange(lines: &mut [Vec<u8>], one: usize, other: usize, random: &mut Random) {
    let (left, right) = (values(&lines[one]), values(&lines[other]));
    if one == other || left.is_empty() || right.is_empty() {
        return;
    }
    let (left, right) = (left[random.below(left.len())].clone(), right[random.below(right.len())].clone());
    let (first, second) = (lines[one][left.clone()].to_vec(), lines[other][right.clone()].to_vec());
    lines[one].splice(left, second);
    lines[other].splice(right, first);
}

/// Where the values of a line stand: behind `: `, up to the next mark.
fn values(line: &[u8]) -> Vec<std::ops::Range<usize>> {
    let begins = line.windows(2).enumerate().filter(|(_, pair)| *pair == b": ").map(|(at, _)| at + 2);
    begins
        .map(|begin| {
            let length = line[begin..].iter().position(|byte| b",}]".contains(byte)).unwrap_or(line.len() - begin);
            begin..begin + length
        })
        .filter(|range| !range.is_empty())
        .collect()
}

/// Ends a search after so many looks; what it costs to look at one state is the model's affair.
struct Looks(usize);

impl Watch for Looks {
    fn progress(&mut self, _: &Progress) -> Flow {
        self.0 += 1;
        if self.0 > 1_000 { Flow::End(evenkeel_system::Stop::Time) } else { Flow::Continue }
    }
}

/// Reads, answers and prints; gives back whether there was a question.
fn answered(files: &Files) -> bool {
    let layout = Layout { width: 100, ink: Ink::Plain, detail: Detail::Full };
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let (more, wrong) = parse_bytes(name, bytes);
        documents.extend(more);
        problems.extend(wrong);
    }
    // Also what has faults is sorted, as the program does to tell all of them.
    let input = Input::sort(&documents);
    if let Err(more) = &input {
        problems.extend(more.iter().cloned());
    }
    if !problems.is_empty() {
        let texts: Vec<(&str, String)> =
            files.iter().map(|(name, bytes)| (*name, String::from_utf8_lossy(bytes).into_owned())).collect();
        let text_of = |source: &str| texts.iter().find(|(name, _)| *name == source).map(|(_, text)| text.as_str());
        assert!(diagnostic::render(&problems, &text_of, &layout).contains("error"));
        return false;
    }
    let limits = Limits { states: 300, bytes: 64 << 20 };
    let report = run(&input.expect("it has no problems"), &Settings { limits, parts: Parts::Apart }, &mut Looks(0));
    let first = text::text(&report, &layout);
    assert!(first.starts_with(report.verdict.word()), "{first}");
    assert_eq!(Report::from_json(&report.to_json()).expect("it was just written"), report);
    true
}

/// The files as one text, to be pasted into a bug.
fn shown(files: &Files) -> String {
    files.iter().map(|(name, bytes)| format!("=== {name}\n{}\n", String::from_utf8_lossy(bytes))).collect()
}

#[test]
fn whatever_was_done_to_an_input_there_is_an_answer() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut n_asked, mut broken) = (0, Vec::new());
    for round in 0..3_000 {
        let files = mutated(&mut random);
        match catch_unwind(|| answered(&files)) {
            Ok(asked) => n_asked += usize::from(asked),
            Err(_) => broken.push(format!("round {round}:\n{}", shown(&files))),
        }
    }
    assert!(broken.is_empty(), "{} inputs broke something; the first:\n{}", broken.len(), broken[0]);
    assert!(n_asked > 300, "most of the inputs should not be nonsense: {n_asked}");
}

#[test]
fn whatever_was_done_to_an_input_the_program_ends_with_one_of_its_codes() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..60 {
        let files = mutated(&mut random);
        let folder = files.iter().fold(Folder::new(), |folder, (name, bytes)| folder.with(name, bytes));
        let answer = folder.run(&["check", ".", "--max-states", "300", "--max-seconds", "20"]);
        let is_known = matches!(answer.code, Some(0..=3)) && !answer.err.contains("panicked");
        assert!(is_known, "round {round}: {:?}\n{}\n{}", answer.code, answer.err, shown(&files));
        assert_eq!(answer.code == Some(2), answer.out.is_empty(), "round {round}: {}", answer.err);
    }
}
