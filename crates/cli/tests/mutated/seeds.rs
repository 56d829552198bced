//! What is mutated: small questions that together have most of the kinds that somebody looks after.

/// A question: files by name.
pub(crate) type Seed = &'static [(&'static str, &'static str)];

/// All of them.
pub(crate) const SEEDS: [Seed; 5] = [WORKLOADS, TASKS, FIGHT, EXTENSIONS, FORCED];

const WORKLOADS: Seed = &[(
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

const TASKS: Seed = &[(
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

const FIGHT: Seed = &[
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
  caches: {stale: 3}
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

const EXTENSIONS: Seed = &[
    (
        "model.yaml",
        "\
apiVersion: evenkeel.dev/v1alpha1
kind: ControllerModel
metadata: {name: miller}
spec:
  for: {apiVersion: farm.example.com/v1, kind: Windmill, when: object != before}
  watches:
  - {apiVersion: v1, kind: ConfigMap, wakes: 'object.metadata.name.split(\"-\")'}
  let:
  - {name: sails, value: int(object.spec.sails)}
  - {name: notes, list: {apiVersion: v1, kind: ConfigMap, labels: {mill: '${object.metadata.name}'}, owned: true}}
  - {name: gate, get: {apiVersion: v1, kind: Service, name: gate, live: true}}
  rules:
  - when: gate == null && sails > 8
    fail: '${object.metadata.name} has no gate'
  - forEach: {in: notes, name: note}
    delete: {apiVersion: v1, kind: ConfigMap, name: '${note.metadata.name}'}
  - because: there are ${sails} sails
    apply:
      owned: true
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: '${object.metadata.name}-1'}, data: {sails: '${string(sails)}'}}
  - patch: {change: {metadata: {labels: {sails: n${sails}}}}}
  - status: {set: {turning: true}}
",
    ),
    (
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
    ),
];

const FORCED: Seed = &[
    (
        "scenario.yaml",
        "\
apiVersion: evenkeel.dev/v1alpha1
kind: Scenario
metadata: {name: forced}
spec:
  granularity: interleaved
  fairness: unfair
  faults: {crashes: 1}
  controllers: {disabled: [taint-eviction-controller]}
  appliers:
  - {name: meadow, type: Flux, path: flux, prune: true}
  - {name: loop, type: Kubectl, path: loop/pen.yaml, mode: ServerSide}
  environment:
    load: 3
    pods:
    - selector: {matchExpressions: [{key: app, operator: In, values: [pen]}]}
      outcome: Fails
      exitCode: 2
    - {selector: {}, outcome: Rejected, reason: OutOfcpu}
  limits: {states: 200, bytes: 100000000}
",
    ),
    (
        "flux/fence.json",
        "\
{
  \"apiVersion\": \"v1\",
  \"kind\": \"ConfigMap\",
  \"metadata\": {\"name\": \"fence\", \"labels\": {\"app\": \"pen\"}},
  \"data\": {\"height\": \"2\", \"posts\": \"[1, 2]\"}
}
",
    ),
    (
        "loop/pen.yaml",
        "\
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: pen
  finalizers: [farm.example.com/latch]
spec: &spec
  replicas: 1
  minReadySeconds: 0
  selector: {matchLabels: {app: pen}}
  template:
    metadata: {labels: {app: pen}}
    spec:
      priorityClassName: herd
      terminationGracePeriodSeconds: 5
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: pen}}}
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: pen}}}
      containers: [{name: pen, image: 'registry.example.com/pen:1', resources: {limits: {cpu: 0.5, memory: 1.5Gi}}}]
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: herd}
value: 1000
globalDefault: false
---
apiVersion: v1
kind: ConfigMap
metadata: {name: fence}
data: {height: \"3\"}
",
    ),
];
