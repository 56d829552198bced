//! Runs, one line a step: its number, who takes it, what it is about, what it does.

use crate::layout::{columns, pad, shown, some, wrap};
use crate::{Detail, Effect, Evidence, FieldChange, Layout, Step, Style, Verb};
use evenkeel_object::Value;

/// Of a longer run only the beginning and the end are told, unless everything is asked for.
const STEPS_MAX: usize = 12;
const STEPS_FIRST: usize = 6;
const STEPS_LAST: usize = 4;
/// Of a longer change only the first fields are told.
const FIELDS_MAX: usize = 3;
/// With less than that left for it, what a step does goes on a line of its own.
const EFFECT_COLUMNS_MIN: usize = 36;

/// Where a step stands in a run, as the mark before it tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Once,
    Round,
}

/// The prefix of an evidence under a sentence that begins so, or nothing if it has no steps.
pub(super) fn way(evidence: &Evidence, sentence: &str, layout: &Layout) -> String {
    if evidence.prefix.is_empty() {
        return String::new();
    }
    let n_steps = some(evidence.prefix.len() as u64, "step");
    format!("  {sentence} {n_steps}:\n{}", run(&[(Mark::Once, &evidence.prefix)], layout))
}

/// Steps, in pieces that are marked each in its own way.
pub(super) fn run(pieces: &[(Mark, &[Step])], layout: &Layout) -> String {
    let shape = Shape::of(pieces, layout);
    let mut text = String::new();
    for (mark, steps) in pieces {
        let (first, last) = match layout.detail {
            Detail::Short if steps.len() > STEPS_MAX => (STEPS_FIRST, steps.len() - STEPS_LAST),
            _ => (steps.len(), steps.len()),
        };
        for (index, step) in steps.iter().enumerate() {
            if index >= first && index < last {
                if index == first {
                    text += &shape.gap(last - first, *mark, layout);
                }
                continue;
            }
            text += &shape.step(step, sign(*mark, index), layout);
        }
    }
    text
}

fn sign(mark: Mark, index: usize) -> &'static str {
    match (mark, index) {
        (Mark::Once, _) => " ",
        (Mark::Round, 0) => "↻",
        (Mark::Round, _) => "│",
    }
}

/// How wide the columns are.
struct Shape {
    number: usize,
    controller: usize,
    subject: usize,
}

impl Shape {
    fn of(pieces: &[(Mark, &[Step])], layout: &Layout) -> Shape {
        let steps = || pieces.iter().flat_map(|(_, steps)| steps.iter());
        let widest = |of: &dyn Fn(&Step) -> usize| steps().map(of).max().unwrap_or(0);
        let bound = layout.width / 3;
        Shape {
            number: widest(&|step| step.number.to_string().len()),
            controller: widest(&|step| columns(&step.controller)).min(bound),
            subject: widest(&|step| columns(&step.subject)).min(bound),
        }
    }

    /// The columns before what a step does.
    fn lead(&self) -> usize {
        let subject = if self.subject == 0 { 0 } else { self.subject + 2 };
        4 + self.number + 2 + self.controller + 2 + subject
    }

    fn step(&self, step: &Step, sign: &str, layout: &Layout) -> String {
        let ink = layout.ink;
        let number = ink.paint(Style::Dim, format!("{:>1$}", step.number, self.number));
        let controller = ink.paint(Style::Actor, pad(&step.controller, self.controller));
        let subject = match self.subject {
            0 => String::new(),
            width => format!("{}  ", pad(&step.subject, width)),
        };
        let head = format!("  {sign} {number}  {controller}  {subject}");
        let wide = self.lead() + EFFECT_COLUMNS_MIN <= layout.width;
        let indent = if wide { self.lead() } else { 4 + self.number + 4 };
        let mut text = head;
        let mut is_first = wide;
        for (style, sentence) in sentences(step, layout) {
            for line in wrap_with(&sentence, layout.width.saturating_sub(indent)) {
                if !is_first {
                    text = format!("{}\n  {:<2$}", text.trim_end(), continued(sign), indent - 2);
                }
                is_first = false;
                text += &style.map_or(line.clone(), |style| ink.paint(style, &line));
            }
        }
        format!("{}\n", text.trim_end())
    }

    fn gap(&self, n_steps: usize, mark: Mark, layout: &Layout) -> String {
        let told = format!("⋮ {}", some(n_steps as u64, "more step"));
        let sign = sign(mark, 1);
        let told = layout.ink.paint(Style::Dim, told);
        format!("  {sign} {:>1$}  {told}\n", "", self.number)
    }
}

/// The mark of a line that belongs to the step above.
fn continued(sign: &str) -> &'static str {
    if sign == " " { " " } else { "│" }
}

/// As [`wrap`], with further lines indented.
fn wrap_with(text: &str, width: usize) -> Vec<String> {
    let mut lines = wrap(text, width.saturating_sub(2).max(20));
    for line in lines.iter_mut().skip(1) {
        line.insert_str(0, "  ");
    }
    lines
}

/// What a step does, line by line. Where anything else tells the story, what is only reported of it is left out, unless everything is asked for.
fn sentences(step: &Step, layout: &Layout) -> Vec<(Option<Style>, String)> {
    let has_story = step.refused.is_some() || step.effects.iter().any(tells_more);
    let leave_out = layout.detail == Detail::Short && has_story;
    let mut sentences: Vec<(Option<Style>, String)> = step
        .effects
        .iter()
        .flat_map(|effect| effect_sentences(effect, &step.subject, layout.detail, leave_out))
        .map(|sentence| (None, sentence))
        .collect();
    if let Some(refused) = &step.refused {
        sentences.push((Some(Style::Bad), format!("is refused: {refused}")));
    }
    let is_idle = sentences.is_empty();
    if !step.because.is_empty() && (is_idle || layout.detail == Detail::Full) {
        sentences.push((Some(Style::Dim), step.because.clone()));
    } else if is_idle {
        sentences.push((Some(Style::Dim), "changes nothing".into()));
    }
    sentences
}

/// Whether an effect does more than report progress.
fn tells_more(effect: &Effect) -> bool {
    effect.changes.is_empty() || effect.changes.iter().any(|change| !is_bookkeeping(change))
}

fn is_bookkeeping(change: &FieldChange) -> bool {
    // Notes of the Deployment controller to itself.
    const NOTES: &str = "deployment.kubernetes.io/";
    const PLACES: [&str; 3] = [".status", ".metadata.generation", OWNERS];
    let is_note = match change.path.strip_prefix(".metadata.annotations") {
        Some("") => {
            [&change.before, &change.after].iter().all(|side| side.entries().all(|(name, _)| name.starts_with(NOTES)))
        }
        Some(annotation) => annotation.starts_with(&format!("[\"{NOTES}")),
        None => false,
    };
    is_note || PLACES.iter().any(|place| change.path.starts_with(place))
}

/// Why an object that was deleted is still there.
fn held(effect: &Effect) -> &'static str {
    let after = effect.after.as_ref().unwrap_or(&Value::Null);
    if !after["metadata"]["finalizers"].items().is_empty() {
        "which its finalizers hold"
    } else if effect.object.kind == "Namespace" {
        "which goes when it is empty"
    } else {
        "which gets time to end"
    }
}

/// Who owns which fields: it is long, and hardly ever what is looked for.
const OWNERS: &str = ".metadata.managedFields";

fn effect_sentences(effect: &Effect, subject: &str, detail: Detail, leave_out: bool) -> Vec<String> {
    let object = effect.object.to_string();
    if effect.after.is_none() {
        let verb = if effect.verb == Verb::Evict { effect.verb } else { Verb::Delete };
        return vec![format!("{} {object}", verb.third_person())];
    }
    if effect.verb == Verb::Delete {
        return vec![format!("deletes {object}, {}", held(effect))];
    }
    if effect.makes() {
        return vec![format!("creates {object}")];
    }
    let mut changes: Vec<&FieldChange> = effect.changes.iter().collect();
    if leave_out {
        changes.retain(|change| !is_bookkeeping(change));
    }
    let has_owners = changes.iter().any(|change| change.path.starts_with(OWNERS));
    if detail == Detail::Full {
        changes.retain(|change| !change.path.starts_with(OWNERS));
    }
    changes.sort_by_key(|change| interest(&change.path));
    let shown = match detail {
        Detail::Short if changes.len() > FIELDS_MAX => FIELDS_MAX - 1,
        _ => changes.len(),
    };
    let mut sentences: Vec<String> = changes[..shown].iter().map(|change| told(change, effect, detail)).collect();
    if detail == Detail::Full && has_owners {
        sentences.push(format!("{OWNERS} (--output json has them)"));
    }
    if object != subject
        && let Some(first) = sentences.first_mut()
    {
        first.insert_str(0, &format!("{object} "));
    }
    if shown < changes.len() {
        sentences.push(format!("and {}", some((changes.len() - shown) as u64, "more field")));
    }
    sentences
}

/// `.spec.replicas 2 → 4`.
pub(super) fn told(change: &FieldChange, effect: &Effect, detail: Detail) -> String {
    let shown = |value| shown(&effect.object, &change.path, value, detail);
    format!("{} {} → {}", change.path, shown(&change.before), shown(&change.after))
}

/// What was asked for comes before what became of it, and both before what is there for the machinery.
fn interest(path: &str) -> u8 {
    if path.starts_with(".metadata") { 2 } else { u8::from(path.starts_with(".status")) }
}

#[cfg(test)]
mod tests {
    use evenkeel_object::merge::merge_patch;
    use evenkeel_object::{Object, Value, json};
    use evenkeel_system::Verdict;

    use crate::example::{report, step};
    use crate::text::text;
    use crate::{Detail, Evidence, Layout, Report, Verb};

    fn object(kind: &str) -> Value {
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "a", "namespace": "default"}}).into()
    }

    /// A step that does this to an object of that kind, in few words and in many.
    fn told(kind: &str, verb: Verb, before: Value, after: Value) -> [String; 2] {
        let [before, after] = [before, after].map(|more| Object(merge_patch(&object(kind), &more)));
        let effect = crate::Effect::new(verb, Some(&before), Some(&after));
        let step = crate::Step { effects: effect.into_iter().collect(), ..step(1, "somebody", "") };
        let evidence = Evidence { prefix: vec![step], ..Evidence::default() };
        let report = Report { evidence: Some(evidence), ..report(Verdict::Violates) };
        [Detail::Short, Detail::Full].map(|detail| text(&report, &Layout { detail, ..Layout::default() }))
    }

    #[test]
    fn what_is_only_reported_is_left_out_where_something_else_happens() {
        let with = |replicas: i64, ready: i64| {
            let value = json!({"spec": {"replicas": replicas}, "status": {"readyReplicas": ready}});
            Value::from(value)
        };
        let [short, full] = told("Deployment", Verb::Update, with(1, 1), with(2, 0));
        assert!(short.contains(".spec.replicas 1 → 2") && !short.contains("readyReplicas"), "{short}");
        assert!(full.contains(".spec.replicas 1 → 2") && full.contains(".status.readyReplicas 1 → 0"), "{full}");
        let revision: Value = json!({"metadata": {"annotations": {"deployment.kubernetes.io/revision": "1"}}}).into();
        let [short, _] = told("Deployment", Verb::Update, with(1, 1), merge_patch(&with(2, 1), &revision));
        assert!(short.contains(".spec.replicas 1 → 2") && !short.contains("annotations"), "{short}");
        let [short, _] = told("Deployment", Verb::Status, with(1, 1), with(1, 0));
        assert!(short.contains(".status.readyReplicas 1 → 0"), "{short}");
    }

    #[test]
    fn who_owns_which_fields_is_not_told_at_length() {
        let with = |replicas: i64, owner: &str| {
            Value::from(json!({"metadata": {"managedFields": [{"manager": owner}]}, "spec": {"replicas": replicas}}))
        };
        let [short, full] = told("Deployment", Verb::Update, with(1, "kubectl"), with(2, "flux"));
        assert!(short.contains(".spec.replicas 1 → 2") && !short.contains("managedFields"), "{short}");
        assert!(full.contains(".metadata.managedFields (--output json has them)") && !full.contains("flux"), "{full}");
    }

    #[test]
    fn what_was_deleted_and_is_still_there_is_told_with_what_holds_it() {
        let check = |kind: &str, finalizers: &[&str], expect: &str| {
            let metadata = json!({"deletionTimestamp": "t", "finalizers": Value::list(finalizers.iter().map(|f| Value::from(*f)))});
            let [short, _] = told(kind, Verb::Delete, Value::map(), json!({"metadata": metadata}).into());
            assert!(short.contains(expect), "{short}");
        };
        check("Pod", &[], "deletes Pod/a, which gets time to end");
        check("Pod", &["example.com/last-words"], "deletes Pod/a, which its finalizers hold");
        check("Namespace", &[], "which goes when it is empty");
    }
}
