//! Two ends of one beginning: the runs that part, and what differs in the end.

use crate::layout::{columns, pad, shown};
use crate::replay::{Difference, differences};
use crate::{Evidence, Layout, Leg, Replay, Report, Style};

use super::run::{Mark, run, way};

/// What differs in the end, what both runs share, and where they part.
pub(super) fn body(report: &Report, evidence: &Evidence, layout: &Layout) -> String {
    let mut text = String::from("  How it ends depends on who comes first:\n");
    text += &ends(report, layout);
    text.push('\n');
    let shared = way(evidence, "Both ways begin with", layout);
    text += &shared;
    let ink = layout.ink;
    for (name, steps) in [("either", &evidence.left), ("or", &evidence.right)] {
        text += &format!("  {}\n", ink.paint(Style::Strong, name));
        text += &run(&[(Mark::Once, steps)], layout);
    }
    text
}

/// What differs between the two ends, field by field.
fn ends(report: &Report, layout: &Layout) -> String {
    let (Some(left), Some(right)) = (Replay::of(report, Leg::Left), Replay::of(report, Leg::Right)) else {
        return String::new();
    };
    let all = differences(&left.objects(left.len()), &right.objects(right.len()));
    let mut rows: Vec<[String; 3]> = vec![["".into(), "either".into(), "or".into()]];
    for difference in &all {
        rows.extend(rows_of(difference, layout));
    }
    let width = |column: usize| rows.iter().map(|row| columns(&row[column])).max().unwrap_or(0);
    let (place, either) = (width(0), width(1));
    rows.iter()
        .map(|[name, left, right]| format!("    {}  {}  {right}\n", pad(name, place), pad(left, either)))
        .collect()
}

fn rows_of(difference: &Difference, layout: &Layout) -> Vec<[String; 3]> {
    let is_there = |there: bool| if there { "is there" } else { "is not" }.to_string();
    if difference.before.is_none() || difference.after.is_none() {
        return vec![[
            difference.object.to_string(),
            is_there(difference.before.is_some()),
            is_there(difference.after.is_some()),
        ]];
    }
    difference
        .changes
        .iter()
        .map(|change| {
            let path = change.path.to_string();
            let shown = |value| shown(&difference.object, &path, value, layout.detail);
            [format!("{} {path}", difference.object), shown(&change.before), shown(&change.after)]
        })
        .collect()
}
