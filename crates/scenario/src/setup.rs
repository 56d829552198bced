//! The cluster in which a question is asked: what is there before, who runs, and what can be explored apart.

use std::collections::BTreeSet;

use evenkeel_api::server::{FieldManagers, Server, known::CRD_FINALIZER};
use evenkeel_cluster::{Cluster, Config, Disturbance, Faults, Granularity, Legitimacy, Starts};
use evenkeel_control::Controller;
use evenkeel_model::Model;
use evenkeel_object::{Key, Kind, Object, Selector, json};
use evenkeel_parts::{Part, Setup};
use evenkeel_roster::nodes::Capacity;
use evenkeel_system::System;

use crate::applier::{Mode, Sort};
use crate::choose::Choice;
use crate::document::Scenario;
use crate::input::Input;
use crate::room;
use crate::steps::Step;

/// Everything that is needed to set up the cluster, or a part of it, again and again.
pub(crate) struct Situation {
    choice: Choice,
    server: Server,
    granularity: Granularity,
    pub(crate) starts: Starts,
    pub(crate) lag: u32,
    pub(crate) faults: Faults,
    legitimacy: Legitimacy,
    last_applied: Vec<Object>,
    /// Why something was not deleted that had to be.
    pub(crate) kept: Vec<(Key, String)>,
    objects: Vec<Object>,
    pending: Vec<Object>,
    /// Why the server refused the manifests that are pending.
    pub(crate) refusals: Vec<(Key, String)>,
    controllers: Vec<Box<dyn Controller>>,
    doubt: Option<String>,
    /// Who sleeps beside work when everything has been applied: controller and subject.
    asleep: Vec<(String, Key)>,
    /// Whether the server evaluates expressions.
    evaluates: bool,
    /// What people do afterwards, each step with the objects that it is about.
    steps: Vec<(Step, Vec<Object>)>,
}

/// What is done when a cluster begins.
struct Begun<'b> {
    manifests: &'b [Object],
    pruned: &'b [Key],
    /// Whether all had settled before.
    is_settled: bool,
}

/// What was assumed of the world because nobody said anything about it.
pub(crate) fn assumed(input: &Input) -> (Vec<Object>, Vec<String>) {
    let mut preset = Vec::new();
    let mut texts = Vec::new();
    let all: Vec<&Object> = everything(input).collect();
    if !all.iter().any(|object| object.kind().is("", "Node")) {
        preset.extend(["node-1", "node-2"].iter().map(|name| node(name)));
        texts.push("two nodes on which everything fits".to_owned());
    }
    let there: BTreeSet<&str> =
        all.iter().filter(|object| object.kind().is("", "Namespace")).map(|object| object.name()).collect();
    let used: BTreeSet<&str> =
        all.iter().map(|object| object.namespace()).filter(|namespace| !namespace.is_empty()).collect();
    for name in used.difference(&there) {
        preset.push(namespace(name));
        if *name != "default" && !name.starts_with("kube-") {
            texts.push(format!("namespace {name} is there"));
        }
    }
    (preset, texts)
}

/// All objects that are, or may come to be, in the cluster by anybody's word.
pub(crate) fn everything(input: &Input) -> impl Iterator<Item = &Object> + Clone {
    let applied = input.appliers.iter().flat_map(|(_, objects)| objects);
    input.given.iter().chain(&input.manifests).chain(applied).chain(input.steps.iter().flatten())
}

fn node(name: &str) -> Object {
    Object::from(json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "uid": format!("Node//{name}#0"), "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}},
        "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]},
    }))
}

fn namespace(name: &str) -> Object {
    Object::from(json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": name, "uid": format!("Namespace//{name}#0"), "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }))
}

impl Situation {
    /// Applies `manifests` to a cluster in which `preset` is there.
    pub(crate) fn new(input: &Input, preset: &[Object], manifests: &[Object]) -> Situation {
        let capacity = if room::is_bounded(input) { Capacity::Counted } else { Capacity::Ample };
        Situation::with(capacity, input, preset, manifests)
    }

    /// The same in a cluster whose nodes can be full, or cannot.
    pub(crate) fn with(capacity: Capacity, input: &Input, preset: &[Object], manifests: &[Object]) -> Situation {
        let choice = Choice::of(
            &everything(input).collect::<Vec<_>>(),
            capacity,
            &input.scenario,
            &input.appliers,
            &input.models,
        );
        let server = Server { field_managers: field_managers(input) };
        let controllers = choice.controllers();
        let granularity = input.scenario.granularity;
        let mut situation = Situation {
            choice,
            server,
            granularity,
            starts: Starts::default(),
            lag: input.scenario.lag,
            faults: faults(&input.scenario),
            legitimacy: input.scenario.legitimacy.clone(),
            last_applied: input.given.clone(),
            kept: Vec::new(),
            objects: preset.to_vec(),
            pending: manifests.to_vec(),
            refusals: Vec::new(),
            controllers,
            asleep: Vec::new(),
            doubt: None,
            evaluates: everything(input).any(is_evaluated),
            steps: input.scenario.steps.iter().cloned().zip(input.steps.iter().cloned()).collect(),
        };
        let begun = Begun { manifests, pruned: &input.pruned, is_settled: !input.given.is_empty() };
        let cluster = situation.made(&begun, &[], Legitimacy::default());
        situation.asleep = cluster.asleep();
        situation.doubt = cluster.doubt();
        situation.kept = cluster.kept().to_vec();
        situation.refusals = cluster.refused().iter().map(|(object, why)| (object.key(), why.clone())).collect();
        situation.pending = cluster.refused().iter().map(|(object, _)| object.clone()).collect();
        situation.objects = cluster.objects(&cluster.initial()[0]);
        situation
    }

    fn made(&self, begun: &Begun<'_>, foreign: &[Key], legitimacy: Legitimacy) -> Cluster {
        Cluster::new(Config {
            server: self.server.clone(),
            controllers: self.choice.controllers(),
            preset: self.objects.clone(),
            is_settled: begun.is_settled,
            asleep: self.asleep.clone(),
            manifests: begun.manifests.to_vec(),
            last_applied: self.last_applied.clone(),
            plan: self.steps.iter().flat_map(|(step, objects)| step.planned(objects)).collect(),
            pruned: begun.pruned.to_vec(),
            foreign: foreign.to_vec(),
            granularity: self.granularity,
            starts: self.starts,
            lag: self.lag,
            faults: self.faults.clone(),
            legitimacy,
        })
    }

    /// The cluster as a whole.
    pub(crate) fn whole(&self) -> Cluster {
        self.cluster(&self.pending, &[], self.legitimacy.clone())
    }

    /// The server and the controllers, for a checker of another kind.
    #[cfg(test)]
    pub(crate) fn parts_for_tests(&self) -> (Server, Vec<Box<dyn Controller>>) {
        (self.server.clone(), self.choice.controllers())
    }

    /// Why what was found from here in these parts may not be what happens, if a controller says so.
    pub(crate) fn doubt(&self, parts: &[Part]) -> Option<String> {
        self.doubt.clone().or_else(|| parts.iter().find_map(|part| part.cluster.doubt()))
    }

    /// The kinds that are there or can come to be there.
    pub(crate) fn kinds(&self) -> &BTreeSet<Kind> {
        self.choice.kinds()
    }
}

/// Whether the server asks an expression in that object about what others write.
fn is_evaluated(object: &Object) -> bool {
    match object["kind"].text() {
        "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" => true,
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
            object["webhooks"].items().iter().any(|webhook| !webhook["matchConditions"].items().is_empty())
        }
        _ => false,
    }
}

/// What may go wrong from the start.
fn faults(scenario: &Scenario) -> Faults {
    let crashes = scenario.crashes;
    match scenario.settled {
        None => Faults { crashes, disturbances: scenario.pod_deletions, sorts: vec![Disturbance::PodDeleted] },
        Some(disturbances) => {
            Faults { crashes, disturbances, sorts: vec![Disturbance::ManagedDeleted, Disturbance::StatusLost] }
        }
    }
}

/// Who wrote what is kept if anybody applies on the server's side.
fn field_managers(input: &Input) -> FieldManagers {
    let applied =
        input.appliers.iter().any(|(applier, _)| applier.mode != Mode::ClientSide || applier.sort == Sort::Flux);
    let aggregated = everything(input).any(|object| !object["aggregationRule"].is_null());
    let modelled = input.models.iter().any(Model::applies);
    let stepped = input.scenario.steps.iter().any(Step::applies_there);
    if applied || aggregated || modelled || stepped { FieldManagers::On } else { FieldManagers::Off }
}

impl Setup for Situation {
    fn objects(&self) -> &[Object] {
        &self.objects
    }

    fn pending(&self) -> &[Object] {
        &self.pending
    }

    fn legitimacy(&self) -> &Legitimacy {
        &self.legitimacy
    }

    fn cluster(&self, pending: &[Object], foreign: &[Key], legitimacy: Legitimacy) -> Cluster {
        self.made(&Begun { manifests: pending, pruned: &[], is_settled: false }, foreign, legitimacy)
    }

    fn standing(&self) -> Vec<Key> {
        let planned = self.steps.iter().flat_map(|(step, objects)| step.planned(objects));
        let planned = planned.flat_map(|planned| planned.controller.standing());
        self.controllers.iter().flat_map(|controller| controller.standing()).chain(planned).collect()
    }

    fn reads_names(&self) -> bool {
        self.choice.has_models() || self.evaluates
    }

    fn selectors(&self) -> Vec<&Selector> {
        self.choice.selectors()
    }

    fn is_subject(&self, object: &Object) -> bool {
        // With a definition that nobody deletes its finalizer has nothing to do; of one that somebody deletes later it is that part's to look after.
        let chosen = |controller: &dyn Controller| {
            let scopes = controller.subjects();
            controller.name() != CRD_FINALIZER
                && scopes.iter().any(|scope| scope.kind.is_some() && scope.matches(object))
        };
        object.owners().next().is_some()
            || object.is_terminating()
            || self.controllers.iter().any(|controller| chosen(&**controller))
    }
}
