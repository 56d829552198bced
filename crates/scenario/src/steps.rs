//! What a Scenario says of what people do afterwards (`steps`).

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_api::{Propagation, Scope, Subresource};
use evenkeel_cluster::{Moment, Planned};
use evenkeel_object::{Kind, Object, Problem, Value};
use evenkeel_roster::applier::Mode as Way;
use evenkeel_roster::user::{self, Deed, Patch};

use evenkeel_model::fields::{Fields, required};

use crate::applier::Mode;
use crate::demands::objects;

/// The most times that a step may happen.
const TIMES_MAX: u64 = 8;

/// Something that people do.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// When it happens.
    pub moment: Moment,
    /// How many times it may happen; exactly once if none.
    pub at_most: Option<u32>,
    /// What is done. What is applied, or deleted with its manifests, lies at `path`.
    pub deeds: Vec<Deed>,
    /// The file or folder with the objects that it is about, and the field that says so; relative to the scenario.
    pub path: Option<(String, &'static str)>,
}

/// The fields of which a step has exactly one.
const DEEDS: [&str; 8] = ["apply", "commit", "patch", "delete", "scale", "label", "taint", "drain"];

/// Reads the steps of a `spec`; what is wrong with them goes into `problems`.
pub(crate) fn read(spec: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Vec<Step> {
    let mut names = BTreeMap::new();
    let all = spec.maps("steps", problems).into_iter().enumerate();
    all.filter_map(|(index, mut fields)| {
        let step = step(index, &mut fields, problems);
        let place = fields.place("name");
        if let Some(step) = &step
            && let Some(first) = names.insert(step.name.clone(), place)
        {
            let message = format!("there are two steps {}", step.name);
            let mut problem = fields.problem("name", message, "a name of its own for each");
            problem.found = format!("the same name at {first}");
            problems.push(problem);
        }
        fields.end(problems);
        step
    })
    .collect()
}

fn step(index: usize, fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Step> {
    let name = fields.text("name", problems).unwrap_or_else(|| format!("step {}", index + 1));
    let moments = [("settled", Moment::Settled), ("any", Moment::Any)];
    let moment = fields.word("moment", &moments, problems).unwrap_or_default();
    let at_most = fields.count_to("atMost", TIMES_MAX, problems).map(|times| times as u32);
    if at_most == Some(0) {
        fields.wrong("atMost", "1 to 8", problems);
    }
    let said: Vec<&'static str> = DEEDS.into_iter().filter(|deed| !fields.any(deed).is_null()).collect();
    let [deed] = said[..] else {
        let place = said.get(1).copied().unwrap_or("name");
        fields.wrong(place, &format!("exactly one of {}", DEEDS.join(", ")), problems);
        return None;
    };
    if at_most.is_some() && deed == "drain" {
        fields.wrong("atMost", "nothing: a node is drained once", problems);
    }
    let mut inner = fields.map(deed, problems)?;
    let read = deeds(deed, &mut inner, problems);
    inner.end(problems);
    let (deeds, path) = read?;
    Some(Step { name, moment, at_most, deeds, path })
}

/// What a step does, and where the objects for it lie.
type Read = (Vec<Deed>, Option<(String, &'static str)>);

fn deeds(deed: &'static str, fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Read> {
    let deed = match deed {
        "apply" => return applied(fields, problems),
        "commit" => {
            let (applier, path) = (required(fields, "applier", problems), required(fields, "path", problems));
            let commit = Deed::Commit { applier: applier?, commit: String::new() };
            return Some((vec![commit], Some((path?, "commit"))));
        }
        "delete" => return deleted(fields, problems),
        "patch" => patched(fields, problems)?,
        "scale" => {
            let scope = objects(fields, problems);
            let replicas = fields.count("replicas", problems);
            if replicas.is_none() && fields.any("replicas").is_null() {
                fields.wrong("replicas", "a number of replicas", problems);
            }
            Deed::Scale { scope: scope?, replicas: replicas? as i64 }
        }
        "label" => {
            let scope = objects(fields, problems);
            let labels = fields.any("labels");
            if !matches!(labels, Value::Map(_)) {
                fields.wrong("labels", "a map from labels to values, or to null", problems);
            }
            let patch = Patch::Merge(Value::map().with(&["metadata", "labels"], labels.clone()));
            Deed::Patch { scope: scope?, subresource: Subresource::Main, patch }
        }
        "taint" => {
            let node = required(fields, "node", problems);
            let taints = taints(fields, problems);
            Deed::Taint { node: node?, taints }
        }
        _ => {
            let node = required(fields, "node", problems)?;
            return Some((vec![Deed::Cordon { node: node.clone() }, Deed::Evict { node }], None));
        }
    };
    Some((vec![deed], None))
}

fn applied(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Read> {
    let path = required(fields, "path", problems);
    let mode = fields.word("mode", &Mode::WORDS, problems).unwrap_or_default();
    let manager = fields.text("manager", problems);
    Some((vec![Deed::Apply { manifests: Vec::new(), mode: mode.way(), manager }], Some((path?, "apply"))))
}

fn deleted(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Read> {
    let propagation = fields.word("propagation", &Propagation::WORDS, problems).unwrap_or(Propagation::Background);
    let path = fields.text("path", problems);
    if path.is_some() {
        if !fields.any("objects").is_null() {
            fields.wrong("objects", "either objects or a path", problems);
        }
        return Some((vec![Deed::Delete { scopes: Vec::new(), propagation }], path.map(|path| (path, "delete"))));
    }
    let scope = objects(fields, problems)?;
    Some((vec![Deed::Delete { scopes: vec![scope], propagation }], None))
}

fn patched(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Deed> {
    let scope = objects(fields, problems);
    let subresource = fields.word("subresource", &[("status", Subresource::Status)], problems);
    let (merge, strategic) = (fields.any("merge"), fields.any("strategic"));
    let patch = match (merge, strategic) {
        (Value::Map(_), Value::Null) => Patch::Merge(merge.clone()),
        (Value::Null, Value::Map(_)) => Patch::Strategic(strategic.clone()),
        (Value::Null, Value::Null) => {
            fields.wrong("merge", "a patch, here or under strategic", problems);
            return None;
        }
        _ => {
            let place = if strategic.is_null() { "merge" } else { "strategic" };
            fields.wrong(place, "a map: either merge or strategic", problems);
            return None;
        }
    };
    Some(Deed::Patch { scope: scope?, subresource: subresource.unwrap_or(Subresource::Main), patch })
}

fn taints(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Vec<Value> {
    let all = fields.maps("taints", problems);
    if all.is_empty() {
        fields.wrong("taints", "a list of taints", problems);
    }
    let effects = [("NoSchedule", "NoSchedule"), ("NoExecute", "NoExecute"), ("PreferNoSchedule", "PreferNoSchedule")];
    all.into_iter()
        .filter_map(|mut taint| {
            let key = required(&mut taint, "key", problems);
            let value = taint.text("value", problems);
            let effect = taint.word("effect", &effects, problems);
            if effect.is_none() && taint.any("effect").is_null() {
                taint.wrong("effect", "one of NoSchedule, NoExecute, PreferNoSchedule", problems);
            }
            taint.end(problems);
            let with_key = Value::map().with(&["key"], key?).with(&["effect"], effect?);
            Some(value.map_or(with_key.clone(), |value| with_key.with(&["value"], value)))
        })
        .collect()
}

impl Step {
    /// What it plans, with the objects that lie where it points. A drain is two: once begun, it does not wait any more.
    pub(crate) fn planned(&self, objects: &[Object]) -> Vec<Planned> {
        let deeds = self.deeds.iter().zip(0..);
        let planned = deeds.map(|(deed, number)| {
            let deed = match deed.clone() {
                Deed::Apply { mode, manager, .. } => Deed::Apply { manifests: objects.to_vec(), mode, manager },
                Deed::Delete { scopes, propagation } if self.path.is_some() && scopes.is_empty() => {
                    let scopes = objects.iter().map(|object| Scope::one(&object.key())).collect();
                    Deed::Delete { scopes, propagation }
                }
                Deed::Commit { applier, .. } => Deed::Commit { applier, commit: self.name.clone() },
                deed => deed,
            };
            let (name, moment) = match number {
                0 => (self.name.clone(), self.moment),
                _ => (format!("{}, eviction", self.name), Moment::Any),
            };
            Planned { controller: Box::new(user::Step { name, deed }), moment, at_most: self.at_most }
        });
        planned.collect()
    }

    /// Whether the objects that it is about lie at that path.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.path.as_ref().is_some_and(|(own, _)| own == path)
    }

    /// Whether it is about the objects at the same path as another.
    pub(crate) fn points_where(&self, other: &Step) -> bool {
        let path = |step: &Step| step.path.as_ref().map(|(path, _)| path.clone());
        path(self).is_some() && path(self) == path(other)
    }

    /// The applier to whose folder it commits, if any.
    pub(crate) fn commits_to(&self) -> Option<&str> {
        self.deeds.iter().find_map(|deed| match deed {
            Deed::Commit { applier, .. } => Some(&**applier),
            _ => None,
        })
    }

    /// Whether it applies on the server's side.
    pub(crate) fn applies_there(&self) -> bool {
        self.deeds.iter().any(|deed| matches!(deed, Deed::Apply { mode: Way::ServerSide { .. }, .. }))
    }

    /// When it happens, in words.
    pub(crate) fn when(&self) -> &'static str {
        match self.moment {
            Moment::Settled => "once all has settled",
            Moment::Any => "at any moment",
        }
    }

    /// How many Pods it asks for, if it says so.
    pub(crate) fn n_pods(&self) -> Option<i64> {
        let asked = self.deeds.iter().filter_map(|deed| match deed {
            Deed::Scale { replicas, .. } => Some(*replicas),
            Deed::Patch { patch: Patch::Merge(patch) | Patch::Strategic(patch), .. } => {
                let spec = &patch["spec"];
                [&spec["replicas"], &spec["parallelism"], &spec["maxReplicas"]]
                    .into_iter()
                    .filter_map(Value::as_int)
                    .max()
            }
            _ => None,
        });
        asked.max()
    }

    /// Whether it can write the finalizers of a kind by a patch.
    pub(crate) fn writes_finalizers_of(&self, kind: &Kind) -> bool {
        self.deeds.iter().any(|deed| match deed {
            Deed::Patch { scope, patch: Patch::Merge(patch) | Patch::Strategic(patch), .. } => {
                let names_them = |(name, _): (&Arc<str>, &Value)| name.contains("finalizers");
                scope.kind.as_ref().is_none_or(|of| of == kind) && patch["metadata"].entries().any(names_them)
            }
            _ => false,
        })
    }

    /// Whether it deletes something.
    pub(crate) fn deletes(&self) -> bool {
        self.deeds.iter().any(|deed| matches!(deed, Deed::Delete { .. }))
    }

    /// The kinds of what it deletes, or of these objects, to which it points.
    pub(crate) fn kinds(&self, objects: &[Object]) -> Vec<Kind> {
        let scopes = self.deeds.iter().flat_map(|deed| match deed {
            Deed::Delete { scopes, .. } => &scopes[..],
            _ => &[],
        });
        scopes.filter_map(|scope| scope.kind.clone()).chain(objects.iter().map(Object::kind)).collect()
    }

    /// Whether it changes nodes.
    pub(crate) fn is_about_nodes(&self) -> bool {
        self.deeds.iter().any(|deed| match deed {
            Deed::Taint { .. } | Deed::Cordon { .. } | Deed::Evict { .. } => true,
            Deed::Patch { scope, .. } | Deed::Scale { scope, .. } => is_of_nodes(scope),
            Deed::Delete { scopes, .. } => scopes.iter().any(is_of_nodes),
            Deed::Apply { .. } | Deed::Commit { .. } => false,
        })
    }
}

fn is_of_nodes(scope: &Scope) -> bool {
    scope.kind.as_ref().is_none_or(|kind| kind.is("", "Node"))
}
