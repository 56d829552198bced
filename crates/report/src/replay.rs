//! Walks a run of a report: all objects at any step, and what each step changed.

use std::collections::BTreeMap;

use evenkeel_object::{Change, Key, Object, Path, Value, diff};

use crate::layout::{self, paragraph, shown};
use crate::{Layout, Reference, Report, Step, Style, Verb};

/// Which run of a report to walk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Leg {
    /// The prefix of the evidence, then one round of its cycle, if it has one.
    #[default]
    Evidence,
    /// The prefix, then the left side of the fork.
    Left,
    /// The prefix, then the right side of the fork.
    Right,
    /// The run of the worst case.
    WorstCase,
}

/// All objects at one moment of a run.
pub type Objects = BTreeMap<Key, Object>;

/// A run that can be walked. Step 0 is the beginning, before anything was done.
#[derive(Clone, Debug)]
pub struct Replay<'r> {
    start: Objects,
    steps: Vec<&'r Step>,
    cycle: Option<usize>,
}

/// How one object differs between two moments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Which object.
    pub object: Reference,
    /// What it was; none if it was not there.
    pub before: Option<Object>,
    /// What it is; none if it is gone.
    pub after: Option<Object>,
    /// The fields that differ, if it is there at both moments.
    pub changes: Vec<Change>,
}

impl<'r> Replay<'r> {
    /// The run of that report; none if the report has no such run.
    pub fn of(report: &'r Report, leg: Leg) -> Option<Replay<'r>> {
        if leg == Leg::WorstCase {
            let worst = report.worst_case.as_ref()?;
            return Replay::new(&worst.initial_objects, &worst.run, &[]);
        }
        let evidence = report.evidence.as_ref()?;
        let rest = match leg {
            Leg::Evidence => &evidence.cycle,
            Leg::Left => &evidence.left,
            Leg::Right => &evidence.right,
            Leg::WorstCase => unreachable!("it was dealt with just above"),
        };
        let mut replay = Replay::new(&evidence.initial_objects, &evidence.prefix, rest)?;
        if leg == Leg::Evidence && !evidence.cycle.is_empty() {
            replay.cycle = Some(evidence.prefix.len());
        }
        Some(replay)
    }

    fn new(objects: &[Value], prefix: &'r [Step], rest: &'r [Step]) -> Option<Replay<'r>> {
        let steps: Vec<&Step> = prefix.iter().chain(rest).collect();
        if steps.is_empty() && objects.is_empty() {
            return None;
        }
        let start = objects.iter().cloned().map(Object);
        Some(Replay { start: start.map(|object| (object.key(), object)).collect(), steps, cycle: None })
    }

    /// How many steps the run has, one round of a cycle included.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing happens in it.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many steps come before the cycle; none if the run has no cycle.
    pub fn cycle(&self) -> Option<usize> {
        self.cycle
    }

    /// The step of that number, from 1.
    pub fn step(&self, number: usize) -> Option<&'r Step> {
        self.steps.get(number.checked_sub(1)?).copied()
    }

    /// All objects after that many steps; at the end if there are fewer.
    pub fn objects(&self, number: usize) -> Objects {
        let mut objects = self.start.clone();
        for effect in self.steps.iter().take(number).flat_map(|step| &step.effects) {
            let key = effect.object.key();
            match &effect.after {
                Some(after) => objects.insert(key, Object(after.clone())),
                None => objects.remove(&key),
            };
        }
        objects
    }

    /// What that step changed, object by object in the order of their keys.
    pub fn differences(&self, number: usize) -> Vec<Difference> {
        let before = self.objects(number.saturating_sub(1));
        differences(&before, &self.objects(number))
    }

    /// One step for people: who did what and why, and every field that changed.
    pub fn text(&self, number: usize, layout: &Layout) -> String {
        let mut text = match self.step(number) {
            None => start(&self.start, self.len(), layout),
            Some(step) => head(step, number, self, layout),
        };
        for difference in self.differences(number) {
            text.push('\n');
            text += &difference_text(&difference, layout);
        }
        layout::trimmed(&text)
    }
}

/// How two moments differ, object by object in the order of their keys.
pub fn differences(before: &Objects, after: &Objects) -> Vec<Difference> {
    let mut keys: Vec<&Key> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .filter(|key| before.get(key) != after.get(key))
        .map(|key| {
            let (before, after) = (before.get(key), after.get(key));
            Difference {
                object: Reference::from(key),
                changes: match (before, after) {
                    (Some(before), Some(after)) => diff(before, after),
                    _ => Vec::new(),
                },
                before: before.cloned(),
                after: after.cloned(),
            }
        })
        .collect()
}

fn start(objects: &Objects, n_steps: usize, layout: &Layout) -> String {
    let mut text = format!(
        "{}   {} to come\n",
        layout.ink.paint(Style::Strong, "the beginning"),
        layout::some(n_steps as u64, "step"),
    );
    for key in objects.keys() {
        text += &format!("  {key}\n");
    }
    text
}

fn head(step: &Step, number: usize, replay: &Replay, layout: &Layout) -> String {
    let ink = layout.ink;
    let mut text = format!(
        "{}   {}  {}",
        ink.paint(Style::Strong, format!("step {number} of {}", replay.len())),
        ink.paint(Style::Actor, &step.controller),
        step.subject,
    );
    match replay.cycle {
        Some(cycle) if number == cycle + 1 => text += "   (the cycle begins)",
        Some(cycle) if number > cycle => text += "   (in the cycle)",
        _ => {}
    }
    text.push('\n');
    if !step.because.is_empty() {
        text += &paragraph(&step.because, 2, layout.width);
    }
    if let Some(refused) = &step.refused {
        text += &paragraph(&format!("refused: {refused}"), 2, layout.width);
    }
    if step.effects.is_empty() {
        text += "  changes nothing\n";
    }
    for effect in step.effects.iter().filter(|effect| effect.verb != Verb::Delete) {
        if let Some(patch) = &effect.patch {
            text +=
                &paragraph(&format!("{} {} with {patch}", effect.verb.third_person(), effect.object), 2, layout.width);
        }
    }
    text
}

fn difference_text(difference: &Difference, layout: &Layout) -> String {
    let ink = layout.ink;
    let what = match (&difference.before, &difference.after) {
        (None, _) => " is created",
        (_, None) => " is gone",
        _ => "",
    };
    let mut text = format!("  {}{what}\n", ink.paint(Style::Strong, &difference.object));
    if difference.before.is_none()
        && let Some(after) = &difference.after
    {
        for (path, value) in leaves(after) {
            text += &line('+', Style::Added, &difference.object, &path, &value, layout);
        }
    }
    for change in &difference.changes {
        let path = change.path.to_string();
        if !change.before.is_null() {
            text += &line('-', Style::Removed, &difference.object, &path, &change.before, layout);
        }
        if !change.after.is_null() {
            text += &line('+', Style::Added, &difference.object, &path, &change.after, layout);
        }
    }
    text
}

/// What tells something about a new object, place by place: not what its name says already.
fn leaves(object: &Object) -> Vec<(String, Value)> {
    let mut value = object.0.clone();
    for field in ["apiVersion", "kind"] {
        value.remove(&[field]);
    }
    for field in ["name", "namespace", "uid"] {
        value.remove(&["metadata", field]);
    }
    let mut leaves = Vec::new();
    gather(&Path::root(), &value, &mut leaves);
    leaves
}

fn gather(path: &Path, value: &Value, leaves: &mut Vec<(String, Value)>) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (name, value) in map.iter() {
                gather(&path.field(name), value, leaves);
            }
        }
        Value::List(items) if items.iter().any(|item| item.as_map().is_some()) => {
            for (index, item) in items.iter().enumerate() {
                gather(&path.index(index), item, leaves);
            }
        }
        Value::Map(_) if path.0.len() < 2 => {}
        _ => leaves.push((path.to_string(), value.clone())),
    }
}

fn line(sign: char, style: Style, object: &Reference, path: &str, value: &Value, layout: &Layout) -> String {
    let text = format!("{sign} {path} {}", shown(object, path, value, layout.detail));
    format!("    {}\n", layout.ink.paint(style, text))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{Leg, Replay};
    use crate::Layout;
    use crate::example::{fork, oscillation, report};
    use evenkeel_system::Verdict;

    #[test]
    fn objects_can_be_had_at_any_step() {
        let report = oscillation();
        let replay = Replay::of(&report, Leg::Evidence).expect("it has evidence");
        let replicas: Vec<i64> = (0..=replay.len())
            .map(|number| replay.objects(number).values().map(|object| object["spec"]["replicas"].count()).sum())
            .collect();
        assert_eq!(replicas, [0, 2, 4, 2]);
        assert_eq!(replay.cycle(), Some(1));
        assert_eq!(replay.objects(99), replay.objects(3));
        // A cycle ends where it began.
        assert_eq!(replay.objects(1), replay.objects(3));
    }

    #[test]
    fn a_step_tells_every_field_that_it_changes() {
        let report = oscillation();
        let replay = Replay::of(&report, Leg::Evidence).expect("it has evidence");
        let layout = Layout::default();
        let told: Vec<String> = (0..=2).map(|number| replay.text(number, &layout)).collect();
        expect![[r#"
            the beginning   3 steps to come
              Application/web
            ---
            step 1 of 3   argocd  Application/web
              the Deployment of Git is missing

              Deployment/web is created
                + .spec.replicas 2
                + .spec.template.spec.containers[0].image x
                + .spec.template.spec.containers[0].name c
            ---
            step 2 of 3   hpa  HorizontalPodAutoscaler/web   (the cycle begins)

              Deployment/web
                - .spec.replicas 2
                + .spec.replicas 4
        "#]]
        .assert_eq(&told.join("---\n"));
    }

    #[test]
    fn either_side_of_a_fork_can_be_walked() {
        let report = fork();
        let right = Replay::of(&report, Leg::Right).expect("it has a right side");
        assert_eq!((right.len(), right.objects(2).len()), (2, 0));
        expect![[r#"
            step 2 of 2   janitor  Deployment/web

              Deployment/web is gone
        "#]]
        .assert_eq(&right.text(2, &Layout::default()));
        assert!(Replay::of(&report, Leg::WorstCase).is_none());
        assert!(Replay::of(&self::report(Verdict::Stabilizes), Leg::Evidence).is_none());
    }
}
