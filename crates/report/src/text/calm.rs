//! What is told when all is well.

use crate::layout::{paragraph, some};
use crate::{Detail, Layout, Report};

use super::run::{Mark, run};

/// That it settles, at what cost at worst, and in how many ways.
pub(super) fn body(report: &Report, layout: &Layout) -> String {
    let mut text = paragraph(&finals(report.finals), 2, layout.width);
    let Some(worst) = &report.worst_case else {
        let told =
            "There is no bound on how long it takes: it comes to rest only because no process is passed over for ever.";
        return text + &paragraph(told, 2, layout.width);
    };
    let told = format!(
        "At worst it takes {} and {} ({}).",
        some(worst.reconciles, "reconcile"),
        some(worst.api_writes, "API write"),
        some(worst.moves, "move"),
    );
    text += &paragraph(&told, 2, layout.width);
    for dip in report.dips.iter().filter(|dip| dip.least < dip.before) {
        let told = format!("On the way {} has {} of {} Pods ready at least.", dip.object, dip.least, dip.before);
        text += &paragraph(&told, 2, layout.width);
    }
    if layout.detail == Detail::Full && !worst.run.is_empty() {
        text += "\n  The longest way:\n";
        text += &run(&[(Mark::Once, &worst.run)], layout);
    }
    text
}

fn finals(finals: u64) -> String {
    match finals {
        0 => "Every run comes to rest.".into(),
        1 => "Every run comes to rest, and always in the same final state.".into(),
        n => format!("Every run comes to rest, in one of {}.", some(n, "final state")),
    }
}
