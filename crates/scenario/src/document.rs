//! The `Scenario` document: what people can say about their manifests.

use std::sync::Arc;

use evenkeel_cluster::{Granularity, Legitimacy};
use evenkeel_object::parse::Document;
use evenkeel_object::{Problem, Selector, Value};
use evenkeel_roster::autoscaler::Load;
use evenkeel_roster::kubelet::{Behaviour, Outcome};
use evenkeel_system::{Fairness, Verdict};

use crate::applier::Applier;
use crate::choose;
use crate::clock::Clock;
use crate::demands;
use crate::steps::{self, Step};
use evenkeel_model::Model;
use evenkeel_model::document::API_VERSION;
use evenkeel_model::fields::Fields;

/// What is said about manifests. What is left open has the default that its type has.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// The verdict that is right.
    pub expect: Option<Verdict>,
    /// Files and folders with objects that have settled before everything else is applied; relative to the scenario.
    pub given: Vec<String>,
    /// Who applies what, again and again.
    pub appliers: Vec<Applier>,
    /// What people do afterwards, in this order.
    pub steps: Vec<Step>,
    /// How much of a reconcile is one step.
    pub granularity: Granularity,
    /// The most changes of the store that a cache need not show yet; with none, every cache shows the store as it is.
    pub lag: u32,
    /// Which infinite runs count.
    pub fairness: Fairness,
    /// How many times a controller may crash between two requests.
    pub crashes: u32,
    /// How many times somebody may delete a Pod that runs.
    pub pod_deletions: u32,
    /// A run begins where everything has settled, and then so many faults come; none if it begins when the manifests were just applied.
    pub settled: Option<u32>,
    /// What the autoscalers' load asks for.
    pub load: Load,
    /// Whether deadlines pass that end something.
    pub deadlines: Deadlines,
    /// How time passes; without it, whatever waits may go on at any moment.
    pub clock: Option<Clock>,
    /// What becomes of Pods.
    pub pods: Vec<Behaviour>,
    /// Whether one final state is claimed, whatever the order.
    pub confluence: bool,
    /// What is demanded of legitimate states, and of all states, besides what is demanded anyway.
    pub legitimacy: Legitimacy,
    /// Controllers that do not run, by name.
    pub disabled: Vec<String>,
    /// Which controllers are told of everything again at intervals.
    pub resync: Resync,
    /// The most states to look at.
    pub max_states: Option<u64>,
    /// The most seconds to take.
    pub max_seconds: Option<u64>,
    /// The most bytes to use.
    pub max_bytes: Option<u64>,
}

/// Whether deadlines pass that end something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Deadlines {
    /// They are further away than everything that is looked at.
    #[default]
    NeverPass,
    /// They pass where nothing else happens any more.
    PassLast,
}

/// Which controllers resync.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Resync {
    /// All of them.
    All,
    /// Those of these names.
    Only(Vec<String>),
}

impl Default for Resync {
    fn default() -> Resync {
        Resync::Only(Vec::new())
    }
}

impl Resync {
    /// Whether the controller of that name resyncs.
    pub fn is_of(&self, controller: &str) -> bool {
        match self {
            Resync::All => true,
            Resync::Only(names) => names.iter().any(|name| name == controller),
        }
    }
}

/// The most faults of one sort that a scenario may ask for: each multiplies the states.
const FAULTS_MAX: u64 = 8;

/// The most changes that a stale cache need not show, unless a scenario says how many.
pub const LAG: u32 = 2;

/// The most that it may say.
const LAG_MAX: u64 = 8;

impl Scenario {
    /// Whether a document is meant to be one of ours.
    ///
    /// One of another kind than those that there are is taken for a Scenario, and refused as such.
    pub fn is_ours(document: &Document) -> bool {
        document.value["apiVersion"].text().starts_with("evenkeel.dev/") && !Model::is(document)
    }

    /// Reads a document; what is wrong with it goes into `problems`. Controllers by those names are there besides those that everyone runs.
    pub fn read(document: &Document, models: &[&str], problems: &mut Vec<Problem>) -> Scenario {
        let mut top = Fields::new(document, "Scenario");
        let version = top.text("apiVersion", problems);
        if version.as_deref() != Some(API_VERSION) {
            top.wrong("apiVersion", API_VERSION, problems);
        }
        if top.text("kind", problems).as_deref() != Some("Scenario") {
            top.wrong("kind", "Scenario, or ControllerModel", problems);
        }
        let mut scenario = Scenario::default();
        if let Some(mut metadata) = top.map("metadata", problems) {
            scenario.name = metadata.text("name", problems).unwrap_or_default();
            metadata.end(problems);
        }
        if let Some(spec) = top.map("spec", problems) {
            scenario.read_spec(spec, models, problems);
        }
        top.end(problems);
        scenario
    }

    fn read_initial(&mut self, spec: &mut Fields<'_>, problems: &mut Vec<Problem>) {
        let Some(initial) = spec.text("initial", problems) else { return };
        let faults = initial.strip_prefix("settled+").and_then(|faults| faults.parse().ok());
        match faults {
            Some(faults) if u64::from(faults) <= FAULTS_MAX => self.settled = Some(faults),
            _ if initial == "manifests" => {}
            _ => spec.wrong("initial", "manifests, or settled+k with k from 0 to 8", problems),
        }
    }

    fn read_caches(&mut self, spec: &mut Fields<'_>, problems: &mut Vec<Problem>) {
        if matches!(spec.any("caches"), Value::Map(_)) {
            let Some(mut caches) = spec.map("caches", problems) else { return };
            self.lag = caches.count_to("stale", LAG_MAX, problems).unwrap_or(0) as u32;
            caches.end(problems);
        } else {
            self.lag = spec.word("caches", &[("fresh", 0), ("stale", LAG)], problems).unwrap_or(0);
        }
    }

    fn read_spec(&mut self, mut spec: Fields<'_>, models: &[&str], problems: &mut Vec<Problem>) {
        let verdicts: Vec<(&str, Verdict)> = Verdict::ALL.iter().map(|verdict| (verdict.word(), *verdict)).collect();
        self.expect = spec.word("expect", &verdicts, problems);
        self.given = spec.texts("given", problems);
        self.appliers =
            spec.maps("appliers", problems).into_iter().filter_map(|f| Applier::read(f, problems)).collect();
        self.steps = steps::read(&mut spec, problems);
        let granularities = [("atomic", Granularity::Atomic), ("interleaved", Granularity::Interleaved)];
        self.granularity = spec.word("granularity", &granularities, problems).unwrap_or_default();
        let fairnesses = [("weak", Fairness::Weak), ("unfair", Fairness::Unfair)];
        self.fairness = spec.word("fairness", &fairnesses, problems).unwrap_or_default();
        spec.word("daemon", &[("central", ())], problems);
        self.read_caches(&mut spec, problems);
        self.read_initial(&mut spec, problems);
        let claims = spec.texts("claims", problems);
        self.confluence = claims.iter().any(|claim| claim == "confluence");
        if claims.iter().any(|claim| {
            !matches!(claim.as_str(), "closure" | "convergence" | "stabilization" | "silence" | "confluence")
        }) {
            spec.wrong("claims", "some of closure, convergence, stabilization, silence, confluence", problems);
        }
        self.legitimacy = demands::read(&mut spec, problems);
        if let Some(mut faults) = spec.map("faults", problems) {
            self.crashes = faults.count_to("crashes", FAULTS_MAX, problems).unwrap_or(0) as u32;
            self.pod_deletions = faults.count_to("podDeletions", FAULTS_MAX, problems).unwrap_or(0) as u32;
            if self.settled.is_some() && self.pod_deletions > 0 {
                faults.wrong("podDeletions", "none: with `initial: settled+k` they are among the k faults", problems);
            }
            faults.end(problems);
        }
        if let Some(controllers) = spec.map("controllers", problems) {
            self.read_controllers(controllers, models, problems);
        }
        if let Some(environment) = spec.map("environment", problems) {
            self.read_environment(environment, problems);
        }
        if let Some(mut limits) = spec.map("limits", problems) {
            self.max_states = limits.count("states", problems);
            self.max_seconds = limits.count("seconds", problems);
            self.max_bytes = limits.count("bytes", problems);
            limits.end(problems);
        }
        spec.end(problems);
    }

    fn read_controllers(&mut self, mut controllers: Fields<'_>, models: &[&str], problems: &mut Vec<Problem>) {
        let appliers: Vec<&str> = self.appliers.iter().map(|applier| &*applier.name).collect();
        let known: Vec<&str> = choose::NAMES.iter().chain(models).copied().chain(appliers).collect();
        self.disabled = controllers.some_of("disabled", &known, problems);
        self.resync = match controllers.any("resync").as_bool() {
            Some(true) => Resync::All,
            Some(false) => Resync::default(),
            None => Resync::Only(controllers.some_of("resync", &known, problems)),
        };
        controllers.end(problems);
    }

    fn read_environment(&mut self, mut environment: Fields<'_>, problems: &mut Vec<Problem>) {
        let load = environment.any("load");
        self.load = match (load.as_int(), load.text()) {
            (Some(replicas), _) => Load::Constant(replicas),
            (None, "Any") => Load::Any,
            (None, "Unknown") => Load::Unknown,
            _ if load.is_null() => Load::Unknown,
            _ => {
                environment.wrong("load", "Unknown, Any, or a number of replicas", problems);
                Load::Unknown
            }
        };
        let deadlines = [("NeverPass", Deadlines::NeverPass), ("PassLast", Deadlines::PassLast)];
        self.deadlines = environment.word("deadlines", &deadlines, problems).unwrap_or_default();
        self.clock = Clock::read(&mut environment, problems);
        for mut pods in environment.maps("pods", problems) {
            let outcome = read_outcome(&mut pods, problems);
            match Selector::of(pods.any("selector")) {
                Some(selector) => self.pods.extend(outcome.map(|outcome| Behaviour { selector, outcome })),
                None => pods.wrong("selector", "a label selector", problems),
            }
            pods.end(problems);
        }
        environment.end(problems);
    }
}

fn read_outcome(pods: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Outcome> {
    let reason: Arc<str> = pods.text("reason", problems).unwrap_or_else(|| "OutOfcpu".to_owned()).into();
    let code = pods.count("exitCode", problems).unwrap_or(1) as i64;
    let words = ["Ready", "NeverReady", "NeverStarts", "Fails", "Succeeds", "Rejected"];
    if pods.any("outcome").is_null() {
        pods.wrong("outcome", &format!("one of {}", words.join(", ")), problems);
    }
    let words: Vec<(&str, &str)> = words.iter().map(|word| (*word, *word)).collect();
    Some(match pods.word("outcome", &words, problems)? {
        "Ready" => Outcome::Ready,
        "NeverReady" => Outcome::NeverReady,
        "NeverStarts" => Outcome::NeverStarts,
        "Fails" => Outcome::Fails(code),
        "Succeeds" => Outcome::Succeeds,
        _ => Outcome::Rejected(reason),
    })
}
