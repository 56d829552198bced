//! All other kinds.

use expect_test::expect;

use super::check;

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
