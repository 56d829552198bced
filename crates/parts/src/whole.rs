//! The verdict of the whole from those of its parts.
//!
//! The parts do not touch, so every fair run of the whole is made of fair runs of the parts, and the other way round: the whole
//! converges if and only if each part does. Moves, reconciles and writes add up, for the longest runs of the parts can follow
//! one another.

use evenkeel_system::{Cost, Statistics, Stop, Verdict};

use crate::parts::severity;
use crate::{Part, Parts};

/// What is true of the parts together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Whole {
    /// The verdict.
    pub verdict: Verdict,
    /// The part that decides it; its evidence is that of the whole.
    pub decisive: usize,
    /// The largest cost until everything is legitimate; none if it is unbounded or unknown for a part.
    pub worst_case: Option<Cost>,
    /// States and transitions that were walked (equal parts once).
    pub statistics: Statistics,
}

/// Puts the judgements of the parts together. There is at least one part.
///
/// What a part that was cut short would still have read and written is not known, so what was found in another part counts only if no part was cut
/// short without a fault of its own: a part with a fault can be taken to follow the run that shows it.
pub fn whole(explored: &Parts) -> Whole {
    let parts = &explored.parts[..];
    // Where a part is undecided although everything was seen, its reads and writes are known.
    let known = |part: &Part| part.judgement.verdict != Verdict::Undecided || part.judgement.stop == Stop::Complete;
    let cut = parts.iter().position(|part| !known(part)).or((!explored.finished).then_some(parts.len() - 1));
    if let Some(decisive) = cut {
        return Whole { verdict: Verdict::Undecided, decisive, worst_case: None, statistics: statistics(parts) };
    }
    let worst = |&a: &usize, &b: &usize| {
        severity(parts[a].judgement.verdict).cmp(&severity(parts[b].judgement.verdict)).then(b.cmp(&a))
    };
    let decisive = (0..parts.len()).max_by(worst).expect("there is at least one part");
    let verdict = parts[decisive].judgement.verdict;
    let costs = parts.iter().map(|part| part.judgement.worst_case.as_ref().map(|worst| worst.cost));
    let worst_case = costs.reduce(|a, b| Some(a? + b?)).flatten().filter(|_| verdict == Verdict::Stabilizes);
    Whole { verdict, decisive, worst_case, statistics: statistics(parts) }
}

/// What was walked, equal parts once.
fn statistics(parts: &[Part]) -> Statistics {
    parts.iter().filter(|part| part.same_as.is_none()).fold(Statistics::default(), |sum, part| {
        let own = part.judgement.statistics;
        Statistics {
            states: sum.states + own.states,
            transitions: sum.transitions + own.transitions,
            legitimate: sum.legitimate + own.legitimate,
            terminal: sum.terminal + own.terminal,
            depth: sum.depth.max(own.depth),
            bytes: sum.bytes + own.bytes,
        }
    })
}
