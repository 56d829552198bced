//! Tables: a manifest, and what the server adds to it or takes from it. The additions were compared with objects that a real 1.37 server stored.

use evenkeel_object::{Kind, Object, Value, diff, json, parse};
use expect_test::{Expect, expect};

use super::apply;

/// Objects of all kinds that have defaults, also odd ones.
const SAMPLES: &str = include_str!("samples.yaml");

fn objects(yaml: &str) -> Vec<Object> {
    let (documents, problems) = parse("test.yaml", yaml);
    assert!(problems.is_empty(), "{problems:?}");
    let objects = documents.into_iter().map(|document| Object(document.value));
    objects.collect()
}

fn defaulted(object: &Object) -> Object {
    let mut object = object.clone();
    apply(&object.kind(), &mut object);
    object
}

/// Tells what becomes of each object, place by place.
fn check(yaml: &str, expect: &Expect) {
    let mut told = String::new();
    for given in objects(yaml) {
        for change in diff(&given, &defaulted(&given)) {
            told += &match (&change.before, &change.after) {
                (Value::Null, after) => format!("{}: {after}\n", change.path),
                (before, Value::Null) => format!("{}: {before} is dropped\n", change.path),
                (before, after) => format!("{}: {before} → {after}\n", change.path),
            };
        }
    }
    expect.assert_eq(&told);
}

#[test]
fn twice_is_once_for_all_samples() {
    let samples = objects(SAMPLES);
    assert!(samples.len() > 40);
    for sample in samples {
        let once = defaulted(&sample);
        assert_eq!(defaulted(&once), once);
    }
}

#[test]
fn twice_is_once_and_nothing_panics_whatever_stands_at_a_place() {
    let odd = json!([null, "", "x", 0, -7, true, [], {}, [{}], [null], {"a": null}]);
    let odd = Value::from(odd);
    for sample in objects(SAMPLES) {
        for place in places(&sample) {
            for value in odd.items() {
                let changed = Object(replaced(&sample, &place, value));
                let once = defaulted(&changed);
                assert_eq!(defaulted(&once), once, "{changed:?}");
            }
        }
    }
}

/// The ways to all fields of an object, but for its `kind` and `apiVersion`.
fn places(value: &Value) -> Vec<Vec<String>> {
    let below = |step: &str, value: &Value| {
        let step = step.to_owned();
        let mut all = vec![vec![step.clone()]];
        for rest in places(value) {
            all.push([vec![step.clone()], rest].concat());
        }
        all
    };
    let fields = value.entries().map(|(name, value)| below(name, value));
    let items = value.items().iter().enumerate();
    let items = items.map(|(index, value)| below(&index.to_string(), value));
    let mut all: Vec<_> = fields.chain(items).flatten().collect();
    all.retain(|place| place[0] != "kind" && place[0] != "apiVersion");
    all
}

fn replaced(value: &Value, place: &[String], new: &Value) -> Value {
    let Some((step, rest)) = place.split_first() else {
        return new.clone();
    };
    let mut value = value.clone();
    match &value {
        Value::List(items) => {
            let index: usize = step.parse().expect("a list is entered by a number");
            let item = replaced(&items[index], rest, new);
            value.make_list()[index] = item;
        }
        _ => {
            let item = replaced(&value[&**step], rest, new);
            value.set(&[step], item);
        }
    }
    value
}

#[test]
fn a_kind_that_is_not_kubernetes_own_stays_as_it_is() {
    let widget = json!({"apiVersion": "example.com/v1", "kind": "Deployment", "spec": {"a": null, "b": [], "cpu": "1000m"}});
    let widget = Object::from(widget);
    assert_eq!(defaulted(&widget), widget);
    let mut object = widget.clone();
    apply(&Kind::new("example.com", "Deployment"), &mut object);
    assert_eq!(object, widget);
}

#[test]
fn two_spellings_of_one_intent_are_stored_alike() {
    let spelled = |replicas: &str, strategy: &str, cpu: &str| {
        let object = &objects(&format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  {replicas}\n  {strategy}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}, creationTimestamp: null}}\n    spec:\n      containers:\n      - {{name: a, image: 'a:1', resources: {{limits: {{cpu: {cpu}}}}}}}\n"
        ))[0];
        defaulted(object)
    };
    let plain = spelled("", "", "'1'");
    assert_eq!(plain, spelled("replicas: 1", "strategy: {}", "1000m"));
    assert_eq!(plain, spelled("paused: false", "strategy: null", "'1.0'"));
    assert_ne!(plain, spelled("paused: true", "", "'1'"));
    assert_ne!(plain, spelled("replicas: 0", "", "'1'"));
}

#[test]
fn a_deployment() {
    check(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: 'web:1'}]}}}}",
        &expect![[r#"
            .spec.progressDeadlineSeconds: 600
            .spec.replicas: 1
            .spec.revisionHistoryLimit: 10
            .spec.strategy: {"rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"},"type":"RollingUpdate"}
            .spec.template.spec.containers[0].imagePullPolicy: "IfNotPresent"
            .spec.template.spec.containers[0].resources: {}
            .spec.template.spec.containers[0].terminationMessagePath: "/dev/termination-log"
            .spec.template.spec.containers[0].terminationMessagePolicy: "File"
            .spec.template.spec.dnsPolicy: "ClusterFirst"
            .spec.template.spec.restartPolicy: "Always"
            .spec.template.spec.schedulerName: "default-scheduler"
            .spec.template.spec.securityContext: {}
            .spec.template.spec.terminationGracePeriodSeconds: 30
            .status: {}
        "#]],
    );
}

#[test]
fn a_deployment_that_says_much() {
    check(
        r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {}}
spec:
  replicas: 2
  strategy: {type: Recreate}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      tolerations: []
      containers:
      - name: app
        image: web
        imagePullPolicy: ''
        command: []
        ports: [{containerPort: 80}]
        env: [{name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}, {name: EMPTY, value: ''}]
        resources: {requests: {cpu: 0.5, memory: 1024Mi}, limits: {cpu: 1000m}}
        readinessProbe: {httpGet: {port: 80}}
        livenessProbe: {grpc: {port: 80}, periodSeconds: 3}
      volumes: [{name: a}, {name: b, configMap: {name: b}}, {name: c, hostPath: {path: /c}}]
",
        &expect![[r#"
            .metadata.annotations: {} is dropped
            .spec.progressDeadlineSeconds: 600
            .spec.revisionHistoryLimit: 10
            .spec.template.spec.containers[0].command: [] is dropped
            .spec.template.spec.containers[0].env[0].valueFrom.fieldRef.apiVersion: "v1"
            .spec.template.spec.containers[0].env[1].value: "" is dropped
            .spec.template.spec.containers[0].imagePullPolicy: "" → "Always"
            .spec.template.spec.containers[0].livenessProbe.failureThreshold: 3
            .spec.template.spec.containers[0].livenessProbe.grpc.service: ""
            .spec.template.spec.containers[0].livenessProbe.successThreshold: 1
            .spec.template.spec.containers[0].livenessProbe.timeoutSeconds: 1
            .spec.template.spec.containers[0].ports[0].protocol: "TCP"
            .spec.template.spec.containers[0].readinessProbe.failureThreshold: 3
            .spec.template.spec.containers[0].readinessProbe.httpGet.path: "/"
            .spec.template.spec.containers[0].readinessProbe.httpGet.scheme: "HTTP"
            .spec.template.spec.containers[0].readinessProbe.periodSeconds: 10
            .spec.template.spec.containers[0].readinessProbe.successThreshold: 1
            .spec.template.spec.containers[0].readinessProbe.timeoutSeconds: 1
            .spec.template.spec.containers[0].resources.limits.cpu: "1000m" → "1"
            .spec.template.spec.containers[0].resources.requests.cpu: 0.5 → "500m"
            .spec.template.spec.containers[0].resources.requests.memory: "1024Mi" → "1Gi"
            .spec.template.spec.containers[0].terminationMessagePath: "/dev/termination-log"
            .spec.template.spec.containers[0].terminationMessagePolicy: "File"
            .spec.template.spec.dnsPolicy: "ClusterFirst"
            .spec.template.spec.restartPolicy: "Always"
            .spec.template.spec.schedulerName: "default-scheduler"
            .spec.template.spec.securityContext: {}
            .spec.template.spec.serviceAccount: "web"
            .spec.template.spec.terminationGracePeriodSeconds: 30
            .spec.template.spec.tolerations: [] is dropped
            .spec.template.spec.volumes[0].emptyDir: {}
            .spec.template.spec.volumes[1].configMap.defaultMode: 420
            .spec.template.spec.volumes[2].hostPath.type: ""
            .status: {}
        "#]],
    );
}

#[test]
fn a_pod_gets_more_than_a_template() {
    check(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {hostNetwork: true, terminationGracePeriodSeconds: -1, containers: [{name: app, image: 'app:1', ports: [{containerPort: 80}], resources: {limits: {cpu: 2}}}]}}",
        &expect![[r#"
            .spec.containers[0].imagePullPolicy: "IfNotPresent"
            .spec.containers[0].ports[0].hostPort: 80
            .spec.containers[0].ports[0].protocol: "TCP"
            .spec.containers[0].resources.limits.cpu: 2 → "2"
            .spec.containers[0].resources.requests: {"cpu":"2"}
            .spec.containers[0].terminationMessagePath: "/dev/termination-log"
            .spec.containers[0].terminationMessagePolicy: "File"
            .spec.dnsPolicy: "ClusterFirst"
            .spec.enableServiceLinks: true
            .spec.restartPolicy: "Always"
            .spec.schedulerName: "default-scheduler"
            .spec.securityContext: {}
            .spec.terminationGracePeriodSeconds: -1 → 1
            .status: {}
        "#]],
    );
}

#[test]
fn a_stateful_set() {
    check(
        "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {serviceName: db, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: app, image: 'db:1'}]}}, volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1024Mi}}}}]}}",
        &expect![[r#"
            .spec.persistentVolumeClaimRetentionPolicy: {"whenDeleted":"Retain","whenScaled":"Retain"}
            .spec.podManagementPolicy: "OrderedReady"
            .spec.replicas: 1
            .spec.revisionHistoryLimit: 10
            .spec.template.spec.containers[0].imagePullPolicy: "IfNotPresent"
            .spec.template.spec.containers[0].resources: {}
            .spec.template.spec.containers[0].terminationMessagePath: "/dev/termination-log"
            .spec.template.spec.containers[0].terminationMessagePolicy: "File"
            .spec.template.spec.dnsPolicy: "ClusterFirst"
            .spec.template.spec.restartPolicy: "Always"
            .spec.template.spec.schedulerName: "default-scheduler"
            .spec.template.spec.securityContext: {}
            .spec.template.spec.terminationGracePeriodSeconds: 30
            .spec.updateStrategy: {"rollingUpdate":{"maxUnavailable":1,"partition":0},"type":"RollingUpdate"}
            .spec.volumeClaimTemplates[0].apiVersion: "v1"
            .spec.volumeClaimTemplates[0].kind: "PersistentVolumeClaim"
            .spec.volumeClaimTemplates[0].spec.resources.requests.storage: "1024Mi" → "1Gi"
            .spec.volumeClaimTemplates[0].spec.volumeMode: "Filesystem"
            .spec.volumeClaimTemplates[0].status: {"phase":"Pending"}
            .status: {"availableReplicas":0,"replicas":0}
        "#]],
    );
}

#[test]
fn a_daemon_set() {
    check(
        "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent}, spec: {selector: {matchLabels: {app: agent}}, updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}, template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: app, image: 'agent:1'}]}}}}",
        &expect![[r#"
            .spec.revisionHistoryLimit: 10
            .spec.template.spec.containers[0].imagePullPolicy: "IfNotPresent"
            .spec.template.spec.containers[0].resources: {}
            .spec.template.spec.containers[0].terminationMessagePath: "/dev/termination-log"
            .spec.template.spec.containers[0].terminationMessagePolicy: "File"
            .spec.template.spec.dnsPolicy: "ClusterFirst"
            .spec.template.spec.restartPolicy: "Always"
            .spec.template.spec.schedulerName: "default-scheduler"
            .spec.template.spec.securityContext: {}
            .spec.template.spec.terminationGracePeriodSeconds: 30
            .spec.updateStrategy.type: "RollingUpdate"
            .status: {"currentNumberScheduled":0,"desiredNumberScheduled":0,"numberMisscheduled":0,"numberReady":0}
        "#]],
    );
}

#[test]
fn jobs_and_cron_jobs() {
    check(
        "{apiVersion: batch/v1, kind: Job, metadata: {name: once}, spec: {podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}, template: {metadata: {labels: {app: once}}, spec: {restartPolicy: Never, containers: [{name: app, image: 'app:1'}]}}}}",
        &expect![[r#"
            .metadata.labels: {"app":"once"}
            .spec.backoffLimit: 6
            .spec.completionMode: "NonIndexed"
            .spec.completions: 1
            .spec.manualSelector: false
            .spec.parallelism: 1
            .spec.podFailurePolicy.rules[0].onPodConditions[0].status: "True"
            .spec.podReplacementPolicy: "Failed"
            .spec.suspend: false
            .spec.template.spec.containers[0].imagePullPolicy: "IfNotPresent"
            .spec.template.spec.containers[0].resources: {}
            .spec.template.spec.containers[0].terminationMessagePath: "/dev/termination-log"
            .spec.template.spec.containers[0].terminationMessagePolicy: "File"
            .spec.template.spec.dnsPolicy: "ClusterFirst"
            .spec.template.spec.schedulerName: "default-scheduler"
            .spec.template.spec.securityContext: {}
            .spec.template.spec.terminationGracePeriodSeconds: 30
            .status: {}
        "#]],
    );
    check(
        "{apiVersion: batch/v1, kind: CronJob, metadata: {name: often}, spec: {schedule: '* * * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: 'app:1'}]}}}}}}",
        &expect![[r#"
            .spec.concurrencyPolicy: "Allow"
            .spec.failedJobsHistoryLimit: 1
            .spec.jobTemplate.metadata: {}
            .spec.jobTemplate.spec.template.metadata: {}
            .spec.jobTemplate.spec.template.spec.containers[0].imagePullPolicy: "IfNotPresent"
            .spec.jobTemplate.spec.template.spec.containers[0].resources: {}
            .spec.jobTemplate.spec.template.spec.containers[0].terminationMessagePath: "/dev/termination-log"
            .spec.jobTemplate.spec.template.spec.containers[0].terminationMessagePolicy: "File"
            .spec.jobTemplate.spec.template.spec.dnsPolicy: "ClusterFirst"
            .spec.jobTemplate.spec.template.spec.schedulerName: "default-scheduler"
            .spec.jobTemplate.spec.template.spec.securityContext: {}
            .spec.jobTemplate.spec.template.spec.terminationGracePeriodSeconds: 30
            .spec.successfulJobsHistoryLimit: 3
            .spec.suspend: false
            .status: {}
        "#]],
    );
}

#[test]
fn services() {
    check(
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}",
        &expect![[r#"
            .spec.internalTrafficPolicy: "Cluster"
            .spec.ports[0].protocol: "TCP"
            .spec.ports[0].targetPort: 80
            .spec.sessionAffinity: "None"
            .spec.type: "ClusterIP"
            .status: {"loadBalancer":{}}
        "#]],
    );
    check(
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: LoadBalancer, sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80, targetPort: http}]}}",
        &expect![[r#"
            .spec.allocateLoadBalancerNodePorts: true
            .spec.externalTrafficPolicy: "Cluster"
            .spec.internalTrafficPolicy: "Cluster"
            .spec.ports[0].protocol: "TCP"
            .spec.sessionAffinityConfig: {"clientIP":{"timeoutSeconds":10800}}
            .status: {"loadBalancer":{}}
        "#]],
    );
}

#[test]
fn autoscalers_of_both_versions() {
    check(
        "{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {maxReplicas: 5, targetCPUUtilizationPercentage: 60, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}",
        &expect![[r#"
            .apiVersion: "autoscaling/v1" → "autoscaling/v2"
            .spec.metrics: [{"resource":{"name":"cpu","target":{"averageUtilization":60,"type":"Utilization"}},"type":"Resource"}]
            .spec.minReplicas: 1
            .spec.targetCPUUtilizationPercentage: 60 is dropped
            .status: {"desiredReplicas":0}
        "#]],
    );
    check(
        "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {maxReplicas: 5, behavior: {scaleDown: {stabilizationWindowSeconds: 10}}, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}",
        &expect![[r#"
            .spec.behavior.scaleDown.policies: [{"periodSeconds":15,"type":"Percent","value":100}]
            .spec.behavior.scaleDown.selectPolicy: "Max"
            .spec.behavior.scaleUp: {"policies":[{"periodSeconds":15,"type":"Pods","value":4},{"periodSeconds":15,"type":"Percent","value":100}],"selectPolicy":"Max","stabilizationWindowSeconds":0}
            .spec.metrics: [{"resource":{"name":"cpu","target":{"averageUtilization":80,"type":"Utilization"}},"type":"Resource"}]
            .spec.minReplicas: 1
            .status: {"desiredReplicas":0}
        "#]],
    );
}

#[test]
fn admission() {
    check(
        "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: hook}, webhooks: [{name: a.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {caBundle: '', service: {name: hook, namespace: default}}, rules: [{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]}]}]}",
        &expect![[r#"
            .webhooks[0].clientConfig.caBundle: "" is dropped
            .webhooks[0].clientConfig.service.port: 443
            .webhooks[0].failurePolicy: "Fail"
            .webhooks[0].matchPolicy: "Equivalent"
            .webhooks[0].namespaceSelector: {}
            .webhooks[0].objectSelector: {}
            .webhooks[0].reinvocationPolicy: "Never"
            .webhooks[0].rules[0].scope: "*"
            .webhooks[0].timeoutSeconds: 10
        "#]],
    );
    check(
        "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: p}, spec: {matchConstraints: {resourceRules: [{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]}]}, validations: [{expression: 'true'}]}}",
        &expect![[r#"
            .spec.failurePolicy: "Fail"
            .spec.matchConstraints.matchPolicy: "Equivalent"
            .spec.matchConstraints.namespaceSelector: {}
            .spec.matchConstraints.objectSelector: {}
            .spec.matchConstraints.resourceRules[0].scope: "*"
            .status: {}
        "#]],
    );
}

#[test]
fn the_rest_of_a_usual_cluster() {
    check(
        r"
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {key: value}, data: {other: eA==}}
---
{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: 4, requests.cpu: 2000m}}}
---
{apiVersion: v1, kind: LimitRange, metadata: {name: l}, spec: {limits: [{type: Container, max: {cpu: 2000m}, defaultRequest: {cpu: 100m}}]}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {accessModes: [ReadWriteOnce], storageClassName: '', resources: {requests: {storage: 0.5Gi}}}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}, spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /v}}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}, spec: {minAvailable: 1, selector: {}}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}, rules: []}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: r}, roleRef: {kind: Role, name: r}, subjects: [{kind: User, name: ann}, {kind: ServiceAccount, name: sa}]}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n1}, spec: {podSelector: {}, egress: [{ports: [{port: 53}]}]}}
---
{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 0, globalDefault: false}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: example.com/disk}
---
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: widgets.example.com}, spec: {group: example.com, scope: Namespaced, names: {kind: Widget, plural: widgets}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}
",
        &expect![[r#"
            .metadata.labels: {"kubernetes.io/metadata.name":"shop"}
            .spec: {}
            .status: {"phase":"Active"}
            .data.key: "dmFsdWU="
            .stringData: {"key":"value"} is dropped
            .type: "Opaque"
            .spec.hard.pods: 4 → "4"
            .spec.hard["requests.cpu"]: "2000m" → "2"
            .status: {}
            .spec.limits[0].default: {"cpu":"2"}
            .spec.limits[0].max.cpu: "2000m" → "2"
            .spec.resources.requests.storage: "0.5Gi" → "512Mi"
            .spec.volumeMode: "Filesystem"
            .status: {"phase":"Pending"}
            .spec.hostPath.type: ""
            .spec.persistentVolumeReclaimPolicy: "Retain"
            .spec.volumeMode: "Filesystem"
            .status: {"phase":"Pending"}
            .status: {"currentHealthy":0,"desiredHealthy":0,"disruptionsAllowed":0,"expectedPods":0}
            .rules: [] is dropped
            .roleRef.apiGroup: "rbac.authorization.k8s.io"
            .subjects[0].apiGroup: "rbac.authorization.k8s.io"
            .spec.egress[0].ports[0].protocol: "TCP"
            .spec.policyTypes: ["Ingress","Egress"]
            .globalDefault: false is dropped
            .preemptionPolicy: "PreemptLowerPriority"
            .reclaimPolicy: "Delete"
            .volumeBindingMode: "Immediate"
            .spec.conversion: {"strategy":"None"}
            .spec.names.listKind: "WidgetList"
            .spec.names.singular: "widget"
            .status: {"acceptedNames":{"kind":"","plural":""},"storedVersions":["v1"]}
        "#]],
    );
}
