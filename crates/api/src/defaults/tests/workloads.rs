//! Kinds that run Pods, and Pods.

use expect_test::expect;

use super::check;

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
