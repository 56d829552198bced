//! Chooses the controllers for what is there.

use std::collections::BTreeSet;

use evenkeel_cluster::Granularity;
use evenkeel_control::{Controller, Resynced};
use evenkeel_model::{Model, Modelled};
use evenkeel_object::{Kind, Object, Selector};
use evenkeel_roster::applier::argocd::Application;
use evenkeel_roster::applier::flux::Kustomization;
use evenkeel_roster::applier::folder::Folder;
use evenkeel_roster::applier::kubectl::Kubectl;
use evenkeel_roster::nodes::Capacity;
use evenkeel_roster::{
    aggregation, autoscaler, clusterroles, cronjob, daemonset, definitions, deployment, disruption, endpoints, garbage,
    job, kubelet, namespace, quota, replicaset, scheduler, statefulset, supply, taints, ttl, volumes,
};

use crate::applier::{Applier, Sort};
use crate::claims;
use crate::document::{Deadlines, Scenario};
use crate::priorities;

/// What decides which controllers run, and how.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    kinds: BTreeSet<Kind>,
    /// The kinds that are defined by somebody, now or later.
    defined: Vec<Kind>,
    capacity: Capacity,
    anti_affinity: scheduler::AntiAffinity,
    placement: scheduler::Placement,
    claims: scheduler::Claims,
    volumes: volumes::Settings,
    priorities: scheduler::Priorities,
    scenario: Scenario,
    appliers: Vec<(Applier, Vec<Object>)>,
    models: Vec<Model>,
}

impl Choice {
    /// Looks at all objects that are, or can be, in the cluster.
    pub(crate) fn of(
        objects: &[&Object],
        capacity: Capacity,
        scenario: &Scenario,
        appliers: &[(Applier, Vec<Object>)],
        models: &[Model],
    ) -> Choice {
        let made = models.iter().flat_map(Model::makes);
        let kinds = objects.iter().map(|object| object.kind()).chain(made).collect();
        let texts: Vec<String> = objects.iter().map(|object| object.to_string()).collect();
        let is_placed = ["podAffinity", "topologySpreadConstraints", "hostPort"]
            .iter()
            .any(|word| texts.iter().any(|text| text.contains(word)));
        // An expression can read where a Pod is.
        let is_placement = |kind: &Kind| ["Pod", "EndpointSlice"].contains(&&*kind.name);
        let is_read = models.iter().flat_map(Model::names).any(|(kind, _)| is_placement(&kind))
            || scenario.legitimacy.all().any(|demand| {
                let kind = demand.scope.kind.as_ref().map_or("", |kind| &*kind.name);
                ["Pod", "EndpointSlice"].contains(&kind)
            });
        let repels = texts.iter().any(|text| text.contains("podAntiAffinity"));
        Choice {
            defined: defined(objects),
            kinds: with_children(kinds),
            capacity,
            anti_affinity: if repels { scheduler::AntiAffinity::Mutual } else { scheduler::AntiAffinity::Own },
            placement: if capacity == Capacity::Counted
                || is_placed
                || is_read
                || repels
                || claims::follow_pods(objects)
            {
                scheduler::Placement::Any
            } else {
                scheduler::Placement::OneOfAKind
            },
            claims: claims::of_pods(objects, models),
            volumes: claims::settings(objects, scenario, models),
            priorities: if capacity == Capacity::Counted || is_placed || repels {
                priorities::priorities(objects, models)
            } else {
                // Nothing that other Pods do keeps a Pod from a node, so it would not help if they went away.
                scheduler::Priorities::Equal
            },
            scenario: scenario.clone(),
            appliers: appliers.to_vec(),
            models: models.to_vec(),
        }
    }

    fn collector(&self) -> garbage::Garbage {
        let may_be_late = self.scenario.granularity == Granularity::Interleaved || self.scenario.lag > 0;
        garbage::Garbage::new(self.defined.clone(), may_be_late)
    }

    /// The kinds that are there or can come to be there.
    pub(crate) fn kinds(&self) -> &BTreeSet<Kind> {
        &self.kinds
    }

    /// Whether there are controllers whose expressions may read anything.
    pub(crate) fn has_models(&self) -> bool {
        !self.models.is_empty()
    }

    /// The selectors by which Pods are told apart.
    pub(crate) fn selectors(&self) -> Vec<&Selector> {
        self.scenario.pods.iter().map(|behaviour| &behaviour.selector).collect()
    }

    /// The controllers, the same at every call.
    pub(crate) fn controllers(&self) -> Vec<Box<dyn Controller>> {
        let mut chosen: Vec<Box<dyn Controller>> =
            self.appliers.iter().map(|(applier, objects)| applied(applier, objects)).collect();
        for (kind, make) in ROSTER {
            if self.kinds.contains(&Kind::of(kind.0, kind.1)) {
                chosen.push(make(self));
            }
        }
        if self.scenario.deadlines == Deadlines::PassLast {
            chosen.push(Box::new(deployment::Overdue));
        }
        chosen.push(Box::new(self.collector()));
        let modelled =
            self.models.iter().map(|model| -> Box<dyn Controller> { Box::new(Modelled::new(model.clone())) });
        chosen.extend(modelled);
        chosen.retain(|controller| !self.scenario.disabled.iter().any(|name| name == controller.name()));
        let resynced = |controller: Box<dyn Controller>| -> Box<dyn Controller> {
            let is_resynced = self.scenario.resync.is_of(controller.name());
            if is_resynced { Box::new(Resynced(controller)) } else { controller }
        };
        chosen.into_iter().map(resynced).collect()
    }
}

/// The names of all controllers that can be chosen, appliers apart.
pub(crate) const NAMES: [&str; 23] = [
    "deployment-controller",
    "replicaset-controller",
    "statefulset-controller",
    "daemonset-controller",
    "job-controller",
    "ttl-after-finished-controller",
    "cronjob-controller",
    "horizontal-pod-autoscaler",
    "default-scheduler",
    "kubelet",
    "taint-eviction-controller",
    "endpointslice-controller",
    "cloud-controller-manager",
    "persistentvolume-binder",
    "pvc-protection-controller",
    "pv-protection-controller",
    "namespace-controller",
    "resourcequota-controller",
    "disruption-controller",
    "clusterrole-aggregation-controller",
    "kube-aggregator",
    "crd-finalizer",
    "generic-garbage-collector",
];

/// A kind by its group (or group and version) and name.
type Named = (&'static str, &'static str);

type Make = fn(&Choice) -> Box<dyn Controller>;

/// Which kind calls for which controller.
const ROSTER: &[(Named, Make)] = &[
    (("autoscaling/v2", "HorizontalPodAutoscaler"), |choice| {
        Box::new(autoscaler::Autoscalers::new(autoscaler::Settings {
            load: choice.scenario.load,
            pace: choice.scenario.clock.map(|clock| clock.autoscalers),
        }))
    }),
    (("apps/v1", "Deployment"), |_| Box::new(deployment::Deployments::new())),
    (("apps/v1", "ReplicaSet"), |_| Box::new(replicaset::ReplicaSets::new())),
    (("apps/v1", "StatefulSet"), |_| Box::new(statefulset::StatefulSets)),
    (("apps/v1", "DaemonSet"), |_| Box::new(daemonset::DaemonSets)),
    (("batch/v1", "Job"), |_| Box::new(job::Jobs)),
    (("batch/v1", "Job"), |_| Box::new(ttl::TimeToLive)),
    (("batch/v1", "CronJob"), |_| Box::new(cronjob::CronJobs { fires: 0 })),
    (("v1", "Pod"), |choice| {
        Box::new(scheduler::Scheduler::new(scheduler::Settings {
            capacity: choice.capacity,
            anti_affinity: choice.anti_affinity,
            placement: choice.placement,
            claims: choice.claims,
            priorities: choice.priorities,
        }))
    }),
    (("v1", "Pod"), |choice| {
        let settings = kubelet::Settings {
            capacity: choice.capacity,
            behaviours: choice.scenario.pods.clone(),
            ..kubelet::Settings::default()
        };
        Box::new(kubelet::Kubelet::new(settings))
    }),
    (("v1", "Pod"), |_| Box::new(taints::TaintEviction::new())),
    (("v1", "Service"), |_| Box::new(endpoints::EndpointSlices)),
    (("v1", "Service"), |_| Box::new(supply::LoadBalancers)),
    (("v1", "PersistentVolumeClaim"), |choice| Box::new(volumes::Binder::new(choice.volumes.clone()))),
    (("v1", "PersistentVolumeClaim"), |choice| Box::new(volumes::ClaimProtection::new(choice.volumes.usage))),
    (("v1", "PersistentVolume"), |_| Box::new(volumes::VolumeProtection)),
    (("v1", "Namespace"), |_| Box::new(namespace::Namespaces)),
    (("v1", "ResourceQuota"), |_| Box::new(quota::Quotas)),
    (("policy/v1", "PodDisruptionBudget"), |_| Box::new(disruption::Disruptions)),
    (("rbac.authorization.k8s.io/v1", "ClusterRole"), |_| Box::new(clusterroles::ClusterRoles)),
    (("apiregistration.k8s.io/v1", "APIService"), |_| Box::new(aggregation::ApiServices)),
    (("apiextensions.k8s.io/v1", "CustomResourceDefinition"), |_| Box::new(definitions::Definitions)),
];

/// The kinds that are defined by definitions among the objects.
fn defined(objects: &[&Object]) -> Vec<Kind> {
    let definitions = objects.iter().filter(|object| object.kind() == definitions::kind());
    definitions.map(|d| Kind::new(d["spec"]["group"].text(), d["spec"]["names"]["kind"].text())).collect()
}

/// The kinds, and those that their controllers make or deal with.
fn with_children(mut kinds: BTreeSet<Kind>) -> BTreeSet<Kind> {
    const CHILDREN: &[(Named, Named)] = &[
        (("apps", "Deployment"), ("apps", "ReplicaSet")),
        (("apps", "ReplicaSet"), ("", "Pod")),
        (("apps", "StatefulSet"), ("", "Pod")),
        (("apps", "StatefulSet"), ("", "PersistentVolumeClaim")),
        (("apps", "DaemonSet"), ("", "Pod")),
        (("batch", "CronJob"), ("batch", "Job")),
        (("batch", "Job"), ("", "Pod")),
        (("", "PersistentVolume"), ("", "PersistentVolumeClaim")),
        (("", "Service"), ("discovery.k8s.io", "EndpointSlice")),
    ];
    for ((group, parent), (child_group, child)) in CHILDREN {
        if kinds.contains(&Kind::new(group, parent)) {
            kinds.insert(Kind::new(child_group, child));
        }
    }
    kinds
}

fn applied(applier: &Applier, objects: &[Object]) -> Box<dyn Controller> {
    let name = applier.name.clone();
    let manifests = Folder::new(&name, objects.to_vec(), applier.commits.clone());
    let mode = applier.mode.way();
    match applier.sort {
        Sort::ArgoCd => {
            let ignored = applier.ignored.iter();
            let ignore_differences = ignored
                .flat_map(|(group, kind, pointers)| {
                    pointers.iter().map(|pointer| (Kind::new(group, kind), pointer.clone()))
                })
                .collect();
            Box::new(Application {
                name,
                manifests,
                mode,
                prune: applier.prune,
                self_heal: applier.self_heal,
                ignore_differences,
                respect_ignored: true,
                manager: "argocd-controller".to_owned(),
            })
        }
        Sort::Flux => {
            Box::new(Kustomization { name, namespace: "flux-system".to_owned(), manifests, prune: applier.prune })
        }
        Sort::Kubectl => Box::new(Kubectl { name, manifests, mode, manager: applier.manager.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use evenkeel_object::{Object, json};

    use super::{Capacity, Choice, NAMES, ROSTER};
    use crate::Scenario;
    use crate::document::Resync;

    const DOCUMENTATION: &str = include_str!("../../../docs/scenario.md");

    /// All that can be chosen.
    fn chosen(scenario: &Scenario) -> Vec<Box<dyn evenkeel_control::Controller>> {
        let object = |(version, kind): (&str, &str)| {
            Object::from(json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a"}}))
        };
        let objects: Vec<Object> = ROSTER.iter().map(|(kind, _)| object(*kind)).collect();
        Choice::of(&objects.iter().collect::<Vec<_>>(), Capacity::Ample, scenario, &[], &[]).controllers()
    }

    #[test]
    fn every_controller_goes_by_a_name_that_is_known_and_told() {
        let names: BTreeSet<String> =
            chosen(&Scenario::default()).iter().map(|controller| controller.name().to_owned()).collect();
        assert_eq!(names, NAMES.iter().map(|name| (*name).to_owned()).collect());
        assert!(NAMES.iter().all(|name| DOCUMENTATION.contains(&format!("`{name}`"))));
    }

    #[test]
    fn who_resyncs_polls() {
        use evenkeel_control::Wakes::Periodically;
        let n_polling = |resync| {
            let scenario = Scenario { resync, ..Scenario::default() };
            chosen(&scenario).iter().filter(|controller| controller.wakes() == Periodically).count()
        };
        let before = n_polling(Resync::default());
        assert_eq!(n_polling(Resync::Only(vec!["deployment-controller".to_owned()])), before + 1);
        assert_eq!(n_polling(Resync::All), chosen(&Scenario::default()).len());
    }
}
