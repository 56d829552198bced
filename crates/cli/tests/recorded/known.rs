//! The differences between what was recorded and what the model says that are known, each with its reason.

/// A difference that is known.
pub(crate) struct Known {
    /// The case, or with a slash at the end all of its variants; `*` for any.
    pub(crate) case: &'static str,
    /// What differs, and where. Of objects a kind, and how the path begins, or `(whole)`; of waits and fights that word, and how they begin.
    pub(crate) place: &'static str,
    /// Why. What begins with `defect:` should not be so.
    pub(crate) reason: &'static str,
}

impl Known {
    /// Whether it is about that place of a case.
    pub(crate) fn is_about(&self, case: &str, place: &str) -> bool {
        let is_case = self.case == "*" || self.case == case || self.case.ends_with('/') && case.starts_with(self.case);
        is_case && place.starts_with(self.place)
    }
}

const fn known(case: &'static str, place: &'static str, reason: &'static str) -> Known {
    Known { case, place, reason }
}

const NUMBERS: &str = "texts for people leave out numbers on which nothing hangs (docs/semantics.md, 3.14)";
const PLAYED: &str = "KWOK, which played the kubelets, does not write what a kubelet writes of a Pod that ends";
const PENDING: &str = "KWOK writes less than a kubelet of a Pod that is not ready";
const COUNTED: &str =
    "the model does not count templates of a DaemonSet: what goes round for ever would never come back";
const THE_LOAD: &str = "there are no metrics in the model, only a load, which the Scenario gives";
const NOT_CHECKED: &str =
    "nobody checks the types of policies in the model, which knows too little of them to say that there is no warning";
const IN_FOREIGN_WORDS: &str = "told with Services, where the recorded webhooks were processes outside, at a URL";
const THREE: &str = "told with three replicas of each, where there were four: that has eight times as many states";
const WITHOUT_END: &str =
    "undecided: revisions only grow, so that no two states are equal (docs/semantics.md, 9: diverges)";

/// All of them. One that no case needs any more has to go.
pub(crate) const KNOWN: &[Known] = &[
    known("*", "Pod .status.conditions[PodScheduled].message", NUMBERS),
    known(
        "*",
        "Pod .status.containerStatuses[c].started",
        "KWOK, unlike a kubelet, does not say of a container that runs that it has started",
    ),
    known("ds-rolling-surge/seen", "ControllerRevision .metadata.annotations", COUNTED),
    known("ds-rolling-surge/seen", "DaemonSet .metadata.annotations", COUNTED),
    known("ds-rolling-surge/seen", "Pod .metadata.labels.pod-template-generation", COUNTED),
    known("map-applyconfiguration-atomic/seen", "ControllerRevision .metadata.annotations", COUNTED),
    known("map-applyconfiguration-atomic/seen", "DaemonSet .metadata.annotations", COUNTED),
    known("hpa-metrics/seen", "HorizontalPodAutoscaler .status.currentMetrics", THE_LOAD),
    known("hpa-metric-lag/mended", "HorizontalPodAutoscaler .status.currentMetrics", THE_LOAD),
    known("job-complete/seen", "Job .status.completedIndexes", INDEXED),
    known("job-complete/seen", "Pod (whole)", INDEXED),
    known("job-complete/seen", "Pod .status.conditions", PLAYED),
    known(
        "job-podfailurepolicy-ignore/mended",
        "wait Pod default/j-*: Failed",
        "the failed Pod of a Job that has failed waits for nothing: the Job does",
    ),
    known("job-podfailurepolicy-ignore/mended", "Pod .status.conditions", PLAYED),
    known("job-ttl-vs-gitops/mended", "Pod .status.conditions", PLAYED),
    known("map-update-immutable/", "Pod .status.conditions", PLAYED),
    known("map-rs-template/seen", "fight Pod ", WITHOUT_END),
    known("noop-patch-x-prefixer/seen", "fight ", WITHOUT_END),
    known(
        "nodename-noexecute/mended",
        "Pod .status.conditions[PodScheduled]",
        "KWOK, unlike a kubelet, does not say of a Pod that came with a node that it is scheduled",
    ),
    known(
        "nodeport-clear-patch/seen",
        "Service .spec.ports[client].nodePort",
        "node ports are not allocated in the model; one that is given is kept",
    ),
    known(
        "ns-apiservice-down/seen",
        "wait APIService",
        "an APIService has no condition by which kstatus, and so the model, would call it anything but current",
    ),
    known(
        "pdb-two/seen",
        "wait PodDisruptionBudget default/p2",
        "which of the two budgets has a status that is wrong differed from run to run; it is not demanded to be right",
    ),
    known("preemption-chain/seen", "wait Deployment default/w", THREE),
    known("preemption-chain/seen", "wait ReplicaSet default/w", THREE),
    known("preemption-chain/seen", "Deployment .spec.replicas", THREE),
    known("preemption-chain/seen", "Deployment .status.", THREE),
    known("preemption-chain/seen", "ReplicaSet .metadata.annotations", THREE),
    known("preemption-chain/seen", "ReplicaSet .spec.replicas", THREE),
    known("preemption-chain/seen", "ReplicaSet .status.", THREE),
    known("preemption-chain/seen", "Pod (whole)", THREE),
    known("scale-mid-rollout/seen", "Pod .status.conditions", PENDING),
    known("scale-mid-rollout/seen", "Pod .status.containerStatuses[c]", PENDING),
    known("service-slices-pdb/seen", "Pod .status.conditions", PENDING),
    known("vap-blocks-old-rs/", TYPE_CHECKING, NOT_CHECKED),
    known("vap-blocks-pod-delete/seen", TYPE_CHECKING, NOT_CHECKED),
    known("vap-blocks-pods/seen", TYPE_CHECKING, NOT_CHECKED),
    known("vap-blocks-status/seen", TYPE_CHECKING, NOT_CHECKED),
    known(
        "vap-blocks-pod-delete/seen",
        "ValidatingAdmissionPolicy .spec.matchConditions",
        "who asks is not modelled, so the policy lets the kubelets through by what they delete",
    ),
    known("webhook-order-race/seen", "wait ReplicaSet default/", IN_FOREIGN_WORDS),
    known("webhook-order-race/seen", "Deployment .status.conditions[ReplicaFailure].message", IN_FOREIGN_WORDS),
    known("webhook-order-race/seen", "ReplicaSet .status.conditions[ReplicaFailure].message", IN_FOREIGN_WORDS),
    known("webhook-order-race/seen", "EndpointSlice (whole)", IN_FOREIGN_WORDS),
    known("webhook-order-race/seen", "Service (whole)", IN_FOREIGN_WORDS),
    known("webhook-order-race/seen", "ValidatingWebhookConfiguration .webhooks[guard.", IN_FOREIGN_WORDS),
    known("webhooks-guard-each-other/seen", "wait ReplicaSet default/g", IN_FOREIGN_WORDS),
    known("webhooks-guard-each-other/seen", "Deployment .status.conditions[ReplicaFailure].message", IN_FOREIGN_WORDS),
    known("webhooks-guard-each-other/seen", "ReplicaSet .status.conditions[ReplicaFailure].message", IN_FOREIGN_WORDS),
    known("webhooks-guard-each-other/", "EndpointSlice (whole)", IN_FOREIGN_WORDS),
    known("webhooks-guard-each-other/", "Service (whole)", IN_FOREIGN_WORDS),
    known("webhooks-guard-each-other/", "ValidatingWebhookConfiguration .webhooks[g", IN_FOREIGN_WORDS),
];

const TYPE_CHECKING: &str = "ValidatingAdmissionPolicy .status.typeChecking";
const INDEXED: &str = "indexed completion is not modelled (docs/semantics.md, 9)";

#[test]
fn every_known_difference_says_why() {
    assert!(KNOWN.iter().all(|known| !known.place.is_empty() && known.reason.contains(' ')));
}
