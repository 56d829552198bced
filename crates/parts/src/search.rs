//! One part, in ever larger searches: most faults show early, and growth shows only where one stops counting.

use evenkeel_check::{Graph, Question, check, explore_on, judge};
use evenkeel_cluster::{Action, Cluster, Kept, Saturated, State};
use evenkeel_system::{Evidence, Judgement, Limits, Stop, Verdict, Watch};

/// The states of the first search.
const FIRST: usize = 256;

/// By how much each search is larger than the one before. All searches together cost little more than the last.
const FACTOR: usize = 8;

/// The largest search in which growth is looked for: what grows does so early.
const GROWTH_MAX: usize = 16384;

/// How many interchangeable objects of one content are kept when looking for growth.
const ALIKE: usize = 2;

/// Judges a cluster. What is found in a search that was cut short counts only where more states could not change it; otherwise a larger one follows, up
/// to the limits of the question.
pub fn search(cluster: &Cluster, question: &Question, watch: &mut dyn Watch) -> Judgement<State, Action> {
    let mut graph = Graph::default();
    let mut states = FIRST;
    let mut most_alike = ALIKE;
    loop {
        let limits = Limits { states: states.min(question.limits.states), ..question.limits };
        let stage = Question { limits, ..*question };
        graph = explore_on(cluster, graph, &limits, watch);
        if cluster.outgrown() {
            // Somebody saw more than was known of him: with that known, once more.
            graph = Graph::default();
            continue;
        }
        let judgement = judge(cluster, &stage, &graph);
        let is_cut = matches!(judgement.stop, Stop::States(_)) && judgement.verdict == Verdict::Undecided;
        if !is_cut {
            return judgement;
        }
        // Where nothing piles up higher than in the search before, nothing grows for ever that could be seen.
        let before = std::mem::replace(&mut most_alike, cluster.most_alike().max(ALIKE));
        if limits.states <= GROWTH_MAX
            && cluster.is_fresh()
            && most_alike > before
            && let Some(growing) = growth(cluster, &stage, watch, &judgement)
        {
            return growing;
        }
        if limits.states == question.limits.states {
            return judgement;
        }
        states = states.saturating_mul(FACTOR);
    }
}

/// Looks for a run whose repeated part makes the state larger each time.
fn growth(
    cluster: &Cluster,
    question: &Question,
    watch: &mut dyn Watch,
    seen: &Judgement<State, Action>,
) -> Option<Judgement<State, Action>> {
    // What is quick to look at first; where only what nobody is done with would pile up there, once more without that.
    let pumped = [Kept::First, Kept::FirstAndBusy].into_iter().find_map(|kept| {
        let saturated = Saturated::new(cluster, ALIKE, kept);
        let Evidence::Lasso(lasso) = check(&saturated, question, watch).evidence else { return None };
        saturated.pumped(&lasso)
    })?;
    Some(Judgement { verdict: Verdict::Diverges, evidence: Evidence::Lasso(pumped), ..seen.clone() })
}
