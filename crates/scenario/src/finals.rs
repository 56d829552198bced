//! In which states everything can end.

use evenkeel_api::server::known::OUTSIDE;
use evenkeel_api::timer::is_timer;
use evenkeel_check::Question;
use evenkeel_object::Object;
use evenkeel_parts::Final;
use evenkeel_report::Report;
use evenkeel_system::Watch;

use crate::combined::Combined;
use crate::explored::{Beginning, Settings, explored};
use crate::input::Input;
use crate::run::{applied, beginnings, doubt, gap, question};

/// The most final states that are told of one beginning.
pub const MAX_FINALS: usize = 1024;

/// Finds the states that nobody changes any more, be they as they should be or not: in order, each once.
///
/// What can happen is what the scenario says, with its steps, faults and caches. Runs that never end have no part in the answer;
/// [`run`](crate::run()) says whether there are any. If not all final states were found, or there are more than [`MAX_FINALS`], the answer says so.
pub fn finals(input: &Input, settings: &Settings, watch: &mut dyn Watch) -> Result<Vec<Final>, String> {
    if let Some(reason) = gap(input) {
        return Err(reason);
    }
    let question = question(input, settings);
    let settled = beginnings(input, &question, settings, watch).map_err(|report| why(&report))?;
    if !settled.is_all() {
        return Err("what has to settle first does so in too many states".to_owned());
    }
    let mut finals = Vec::new();
    for store in &settled.stores {
        finals.extend(finals_from(input, store, &question, (settings, watch))?);
    }
    // What is no object of a cluster is told to nobody.
    let is_inner = |object: &Object| is_timer(&object.kind()) || *object.kind().group == *OUTSIDE;
    finals.iter_mut().for_each(|end| end.objects.retain(|object| !is_inner(object)));
    finals.sort();
    finals.dedup();
    Ok(finals)
}

/// Those that can be reached if everything begins there.
fn finals_from(
    input: &Input,
    store: &[Object],
    question: &Question,
    (settings, watch): (&Settings, &mut dyn Watch),
) -> Result<Vec<Final>, String> {
    let beginning = Beginning { objects: store, applied: applied(input) };
    let (situation, parts) = explored(input, beginning, question, settings, watch);
    if let Some(reason) = doubt(&situation, &parts.parts) {
        return Err(reason);
    }
    let stopped = |stop| format!("not every final state was found: {stop}");
    let combined = Combined::of(&situation, &parts, settings, watch).map_err(stopped)?;
    combined.all(MAX_FINALS).ok_or_else(|| format!("there are more than {MAX_FINALS} final states"))
}

/// Why something did not settle from which everything begins.
fn why(report: &Report) -> String {
    let reason = report.limits.reached.clone();
    reason.unwrap_or_else(|| format!("what has to settle first does not: it {}", report.verdict))
}
