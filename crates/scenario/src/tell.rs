//! Puts an answer into a report: runs told in objects.

use evenkeel_check::Question;
use evenkeel_cluster::{Action, Cluster, Granularity, LateStep, Narrator, Sent, State, Step, Unseen};
use evenkeel_object::{Key, Value};
use evenkeel_parts::{Part, Whole};
use evenkeel_report::{
    API_VERSION, Assumptions, Effect, Elsewhere, Evidence, Input as Source, KIND, Limits, Part as PartReport, Report,
    Statistics, Step as StepReport, Unmodelled, Verb, WorstCase,
};
use evenkeel_roster::autoscaler::Load;
use evenkeel_system::{Evidence as Shown, Run, Stop, Verdict};

use crate::document::{Deadlines, Resync, Scenario};
use crate::end;
use crate::fought::fought_over;
use crate::input::Input;
use crate::run::unmodelled;
use crate::setup::{Situation, everything};

/// What the scenario, or a default, says about the world.
pub(crate) fn settings(input: &Input) -> Vec<String> {
    let mut texts = Vec::new();
    let any = |kind: &str| everything(input).any(|object| object["kind"].text() == kind);
    if any("HorizontalPodAutoscaler") {
        texts.push(match input.scenario.load {
            Load::Unknown => "autoscalers have no metrics and enforce only their bounds".to_owned(),
            Load::Constant(replicas) => format!("the load behind autoscalers asks for {replicas} replicas"),
            Load::Any => {
                "the load behind autoscalers is constant, and asks for any number within their bounds".to_owned()
            }
        });
    }
    if any("MutatingWebhookConfiguration") || any("ValidatingWebhookConfiguration") {
        texts.push("a webhook that can be reached admits everything and changes nothing".to_owned());
    }
    for step in &input.scenario.steps {
        let times = step.at_most.map_or(String::new(), |times| format!(", {times} times at most"));
        texts.push(format!("afterwards, {}: {}{times}", step.when(), step.name));
    }
    if any("Deployment") && input.scenario.deadlines == Deadlines::PassLast {
        texts.push("the deadline of a rollout passes once nothing else happens any more".to_owned());
    }
    texts.extend(input.scenario.clock.iter().flat_map(|clock| clock.told(input)));
    if any("CronJob") {
        texts.push("no schedule of a CronJob comes due".to_owned());
    }
    match &input.scenario.resync {
        Resync::All => texts.push("every controller resyncs periodically".to_owned()),
        Resync::Only(names) => texts.extend(names.iter().map(|name| format!("{name} resyncs periodically"))),
    }
    if input.scenario.pods.is_empty() {
        texts.push("containers become ready, those of Jobs succeed".to_owned());
    } else {
        texts.push("containers do as the scenario says".to_owned());
    }
    texts
}

/// A report of what was found.
pub(crate) fn report(
    input: &Input,
    situation: &Situation,
    question: &Question,
    parts: &[Part],
    whole: &Whole,
) -> Report {
    let decisive = &parts[whole.decisive];
    let mut report = asked(input, question);
    report.verdict = whole.verdict;
    let told: Vec<&Part> = parts.iter().filter(|part| !is_trivial(part)).collect();
    report.parts =
        if told.len() > 1 { told.into_iter().map(|part| part_report(part, parts)).collect() } else { Vec::new() };
    report.statistics = statistics(parts, whole);
    report.invariant = end::invariant(decisive);
    let stopped = parts.iter().map(|part| part.judgement.stop).find(|stop| *stop != Stop::Complete);
    report.limits.reached = stopped.filter(|_| whole.verdict == Verdict::Undecided).map(|stop| stop.to_string());
    report.finals = parts.iter().map(|part| part.judgement.finals as u64).fold(1, u64::saturating_mul);
    report.worst_case = worst_case(parts, whole);
    report.evidence = evidence(decisive, situation);
    if let Some(evidence) = report.evidence.as_mut().filter(|_| parts.len() > 1) {
        evidence.part = Some(name(decisive));
        evidence.elsewhere = elsewhere(parts, whole, situation);
    }
    report.unmodelled = unmodelled(input, situation)
        .into_iter()
        .map(|(kind, count)| Unmodelled { kind: format!("{kind:?}"), count: count as u64 })
        .collect();
    report
}

/// The assumptions of a question about interleaved reconciles, answered by a run in which none is interrupted.
pub(crate) fn assumptions(input: &Input, plain: Assumptions) -> Assumptions {
    Assumptions { granularity: granularity(input), caches: caches(input), faults: faults(input), ..plain }
}

fn demanded(input: &Input) -> Vec<String> {
    let legitimacy = &input.scenario.legitimacy;
    let at_the_end = legitimacy.demands.iter().map(|demand| format!("{} in the end", demand.name));
    let always = legitimacy.invariants.iter().map(|demand| format!("{} in every state", demand.name));
    at_the_end.chain(always).collect()
}

fn granularity(input: &Input) -> String {
    match input.scenario.granularity {
        Granularity::Atomic => "atomic".to_owned(),
        Granularity::Interleaved => "interleaved".to_owned(),
    }
}

/// How far caches may lag: in words, and then the most changes that one need not show.
fn caches(input: &Input) -> String {
    match input.scenario.lag {
        0 => "fresh".to_owned(),
        lag => format!("stale ({lag})"),
    }
}

/// Where a run begins.
fn initial(input: &Input) -> String {
    match input.scenario.settled {
        Some(faults) => format!("settled+{faults}"),
        None if input.given.is_empty() => "manifests".to_owned(),
        None if input.pruned.is_empty() => "settled, then manifests".to_owned(),
        None => format!("settled, then manifests, with {} pruned", input.pruned.len()),
    }
}

fn faults(input: &Input) -> Vec<String> {
    let Scenario { crashes, pod_deletions, settled, .. } = &input.scenario;
    let texts = [
        (crashes, "crashes between two requests"),
        (pod_deletions, "Pods that run are deleted"),
        (&settled.unwrap_or(0), "objects that a controller made are deleted, or statuses lost"),
    ];
    texts.iter().filter(|(most, _)| **most > 0).map(|(most, text)| format!("at most {most} {text}")).collect()
}

/// A report that says only what was asked, and why that is not answered.
pub(crate) fn undecided(input: &Input, question: &Question, reason: String) -> Report {
    let mut report = asked(input, question);
    report.limits.reached = Some(reason);
    report
}

/// A report that says only what was asked.
fn asked(input: &Input, question: &Question) -> Report {
    Report {
        api_version: API_VERSION.to_owned(),
        kind: KIND.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        verdict: Verdict::Undecided,
        invariant: None,
        assumptions: Assumptions {
            daemon: "central".to_owned(),
            fairness: question.fairness.to_string(),
            granularity: granularity(input),
            caches: caches(input),
            faults: faults(input),
            initial: initial(input),
            environment: Vec::new(),
            sufficient: None,
        },
        demanded: demanded(input),
        input: input.sources.iter().map(|(source, n)| Source { source: source.clone(), objects: *n as u64 }).collect(),
        parts: Vec::new(),
        statistics: Statistics::default(),
        limits: Limits {
            states: question.limits.states as u64,
            bytes: question.limits.bytes as u64,
            millis: None,
            reached: None,
        },
        finals: 0,
        worst_case: None,
        dips: Vec::new(),
        evidence: None,
        unmodelled: Vec::new(),
        left_out: Vec::new(),
    }
}

/// What a part is called: its first object that is no one's child.
fn name(part: &Part) -> String {
    let rank = |kind: &str| {
        ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"]
            .iter()
            .position(|known| *known == kind)
            .unwrap_or(9)
    };
    let first = part.objects.iter().min_by_key(|key| (rank(&key.kind.name), (*key).clone()));
    let shared = part.shared.first().filter(|_| first.is_none());
    shared.cloned().unwrap_or_else(|| first.map_or_else(|| "everything".to_owned(), ToString::to_string))
}

/// Whether nothing ever happens in a part, and nothing has to.
fn is_trivial(part: &Part) -> bool {
    part.judgement.verdict == Verdict::Stabilizes && part.judgement.statistics.transitions == 0
}

fn part_report(part: &Part, all: &[Part]) -> PartReport {
    PartReport {
        name: name(part),
        verdict: part.judgement.verdict,
        states: part.judgement.statistics.states as u64,
        objects: part.objects.iter().map(ToString::to_string).collect(),
        same_as: part.same_as.map(|twin| name(&all[twin])),
    }
}

fn statistics(parts: &[Part], whole: &Whole) -> Statistics {
    let explored = parts.iter().filter(|part| part.same_as.is_none());
    Statistics {
        states: whole.statistics.states as u64,
        transitions: whole.statistics.transitions as u64,
        controller_calls: explored.map(|part| part.cluster.calls().0).sum(),
        wall_millis: 0,
        peak_bytes: whole.statistics.bytes as u64,
    }
}

fn worst_case(parts: &[Part], whole: &Whole) -> Option<WorstCase> {
    let cost = whole.worst_case?;
    let mut worst = WorstCase {
        moves: cost.moves,
        reconciles: cost.reconciles,
        api_writes: cost.api_writes,
        ..WorstCase::default()
    };
    let moving: Vec<&Part> = parts.iter().filter(|part| !is_trivial(part)).collect();
    if let [part] = moving[..] {
        let run = &part.judgement.worst_case.as_ref()?.run;
        let mut narrator = Narrator::new(&part.cluster, &run.start);
        worst.initial_objects = values(&narrator);
        worst.run = told(&mut narrator, &run.actions, 1);
    }
    Some(worst)
}

fn values(narrator: &Narrator<'_>) -> Vec<Value> {
    narrator.objects().into_iter().map(Value::from).collect()
}

fn evidence(part: &Part, situation: &Situation) -> Option<Evidence> {
    let cluster = &*part.cluster;
    match &part.judgement.evidence {
        Shown::None => None,
        Shown::Run(run) => Some(match part.judgement.verdict {
            Verdict::Stuck => end::dead_end(cluster, run, situation),
            _ => end::way_to(cluster, run, part.judgement.verdict),
        }),
        Shown::Lasso(lasso) if part.judgement.verdict == Verdict::Stuck => {
            let mut evidence = end::dead_end(cluster, &lasso.prefix, situation);
            evidence.cycle = around(cluster, &lasso.prefix, &lasso.cycle).cycle;
            Some(evidence)
        }
        Shown::Lasso(lasso) => Some(around(cluster, &lasso.prefix, &lasso.cycle)),
        Shown::Fork { left, right, shared } => Some(fork(cluster, left, right, *shared)),
    }
}

/// How the other parts end that are stuck, if that is the verdict.
fn elsewhere(parts: &[Part], whole: &Whole, situation: &Situation) -> Vec<Elsewhere> {
    let others = parts.iter().enumerate().filter(|(place, _)| *place != whole.decisive).map(|(_, part)| part);
    let stuck = others.filter(|part| whole.verdict == Verdict::Stuck && part.judgement.verdict == Verdict::Stuck);
    let told = stuck.filter(|part| part.same_as.is_none()).filter_map(|part| {
        let evidence = evidence(part, situation)?;
        Some(Elsewhere { part: name(part), waits: evidence.waits, unmet: evidence.unmet })
    });
    told.collect()
}

pub(crate) fn empty(narrator: &Narrator<'_>) -> Evidence {
    Evidence { initial_objects: values(narrator), ..Evidence::default() }
}

/// A run into a cycle.
fn around(cluster: &Cluster, prefix: &Run<State, Action>, cycle: &[Action]) -> Evidence {
    let mut narrator = Narrator::new(cluster, &prefix.start);
    let mut evidence = empty(&narrator);
    evidence.prefix = told(&mut narrator, &prefix.actions, 1);
    evidence.cycle = told(&mut narrator, cycle, evidence.prefix.len() as u64 + 1);
    evidence.fields = fought_over(&evidence.cycle);
    evidence
}

fn fork(cluster: &Cluster, left: &Run<State, Action>, right: &Run<State, Action>, shared: usize) -> Evidence {
    let mut narrator = Narrator::new(cluster, &left.start);
    let mut evidence = empty(&narrator);
    evidence.prefix = told(&mut narrator, &left.actions[..shared], 1);
    let first = evidence.prefix.len() as u64 + 1;
    evidence.left = told(&mut narrator.clone(), &left.actions[shared..], first);
    evidence.right = told(&mut narrator, &right.actions[shared..], first);
    evidence
}

pub(crate) fn told(narrator: &mut Narrator<'_>, actions: &[Action], first: u64) -> Vec<StepReport> {
    let mut steps = actions.iter().flat_map(|action| steps(&narrator.take(action))).collect::<Vec<_>>();
    steps.iter_mut().zip(first..).for_each(|(step, number)| step.number = number);
    steps
}

/// A step; before it what its cache does not show, and the reconciles that had begun by then, and after it those that it makes fail.
fn steps(step: &Step) -> Vec<StepReport> {
    let begun = step.late.iter().map(|late| StepReport { because: "begins, and reads".to_owned(), ..silent(late) });
    let failed = step.late.iter().filter(|late| late.is_in_vain).map(|late| StepReport {
        because: "writes what follows from what it read".to_owned(),
        refused: Some("Conflict: what it read has been modified since; it tries again".to_owned()),
        ..silent(late)
    });
    let unseen = step.unseen.iter().map(|(key, what)| match what {
        Unseen::Made => format!("that {key} is there"),
        Unseen::Gone => format!("that {key} is gone"),
        Unseen::Changed => format!("that {key} has changed"),
    });
    let unseen: Vec<String> = unseen.collect();
    let looks = (!unseen.is_empty()).then(|| StepReport {
        number: 0,
        controller: step.controller.clone(),
        subject: subject(&step.subject),
        effects: Vec::new(),
        because: format!("reads its cache, which does not show yet {}", unseen.join(", ")),
        refused: None,
    });
    begun.chain(looks).chain([told_step(step)]).chain(failed).collect()
}

/// An object by its name; what has none, by what it is.
fn subject(key: &Key) -> String {
    key.to_string().trim_end_matches('/').to_owned()
}

fn silent(late: &LateStep) -> StepReport {
    StepReport {
        number: 0,
        controller: late.controller.clone(),
        subject: late.subject.to_string(),
        effects: Vec::new(),
        because: String::new(),
        refused: None,
    }
}

fn told_step(step: &Step) -> StepReport {
    let effects = step.requests.iter().flat_map(|sent| {
        let verb = verb(sent);
        sent.effects.iter().filter_map(move |effect| Effect::new(verb, effect.before.as_ref(), effect.after.as_ref()))
    });
    let refused = step
        .requests
        .iter()
        .find_map(|sent| sent.refused.as_ref().map(|status| format!("{}: {status}", named(&sent.request.key))));
    let because = step.requests.iter().map(|sent| sent.because.clone()).find(|because| !because.is_empty());
    StepReport {
        number: 0,
        controller: step.controller.clone(),
        subject: subject(&step.subject),
        effects: effects.collect(),
        because: because
            .unwrap_or_else(|| if step.requests.is_empty() { step.deed.to_string() } else { String::new() }),
        refused,
    }
}

/// What a request is about; an object that was to get its name from the server has none.
fn named(key: &Key) -> String {
    if key.name.is_empty() { format!("a new {}", key.kind) } else { key.to_string() }
}

fn verb(sent: &Sent) -> Verb {
    use evenkeel_api::{Subresource, Verb as Asked};
    match (sent.request.subresource, &sent.request.verb) {
        (Subresource::Scale, _) => Verb::Scale,
        (Subresource::Eviction, _) => Verb::Evict,
        (Subresource::Binding, _) => Verb::Bind,
        (Subresource::Finalize, _) => Verb::Finalize,
        (Subresource::Status, _) => Verb::Status,
        (_, Asked::Create(_)) => Verb::Create,
        (_, Asked::Update(_)) => Verb::Update,
        (_, Asked::MergePatch(_) | Asked::StrategicPatch(_)) => Verb::Patch,
        (_, Asked::Apply { .. }) => Verb::Apply,
        (_, Asked::Delete { .. }) => Verb::Delete,
    }
}
