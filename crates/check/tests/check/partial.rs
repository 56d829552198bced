//! A search that was cut short passes nothing, and what it finds is a fault of the whole.

use evenkeel_check::textbook::{Central, Ring};
use evenkeel_check::{Graph, Question, check, explore, explore_on, judge};
use evenkeel_system::{Fairness, Flow, Limits, Progress, Stop, Verdict, Watch};

use crate::dice::Dice;
use crate::naive::Naive;
use crate::table::Table;
use crate::witness;

const RING: Central<Ring> = Central(Ring { n: 6, k: 6 });

#[test]
fn a_search_that_was_cut_short_never_says_stabilizes() {
    let (mut undecided, mut decided) = (0, 0);
    for seed in 0..10_000 {
        let mut dice = Dice::new(seed);
        let table = Table::random(&mut dice);
        let fairness = [Fairness::Unfair, Fairness::Weak][dice.below(2)];
        let limits = Limits { states: dice.below(8), ..Limits::default() };
        println!("seed {seed}, {limits:?}: {table:?}");
        let judgement = check(&table, &Question { fairness, confluence: dice.once_in(2), limits }, &mut ());
        let whole = Naive::of(&table);
        witness::examine(&table, fairness, &judgement);
        assert!(judgement.statistics.states <= limits.states);
        if judgement.stop == Stop::Complete {
            assert_eq!(judgement.statistics.states, whole.depths.len());
            continue;
        }
        assert_ne!(judgement.verdict, Verdict::Stabilizes);
        assert_eq!(judgement.worst_case, None);
        if judgement.verdict == Verdict::Undecided {
            undecided += 1;
        } else {
            decided += 1;
        }
    }
    assert!(undecided > 200 && decided > 200, "{undecided} undecided, {decided} decided");
}

#[test]
fn a_search_that_goes_on_finds_what_one_search_would_have_found() {
    for seed in 0..5_000 {
        let mut dice = Dice::new(seed);
        let table = Table::random(&mut dice);
        let limits = |states| Limits { states, ..Limits::default() };
        let mut graph = Graph::default();
        for _ in 0..3 {
            graph = explore_on(&table, graph, &limits(dice.below(8)), &mut ());
        }
        graph = explore_on(&table, graph, &Limits::default(), &mut ());
        let question = Question { confluence: true, ..Question::default() };
        println!("seed {seed}: {table:?}");
        let mut at_once = check(&table, &question, &mut ());
        let mut step_by_step = judge(&table, &question, &graph);
        (at_once.statistics.bytes, step_by_step.statistics.bytes) = (0, 0);
        assert_eq!(step_by_step, at_once);
    }
}

#[test]
fn as_many_states_as_there_are_may_be_seen() {
    let judged = |states| {
        check(&RING, &Question { limits: Limits { states, ..Limits::default() }, ..Question::default() }, &mut ())
    };
    assert_eq!((judged(46_656).verdict, judged(46_656).stop), (Verdict::Stabilizes, Stop::Complete));
    assert_eq!((judged(46_655).verdict, judged(46_655).stop), (Verdict::Undecided, Stop::States(46_655)));
    assert_eq!(judged(0).verdict, Verdict::Undecided);
}

#[test]
fn memory_ends_a_search_and_is_not_overdrawn_by_much() {
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    let graph = explore(&RING, &limits, &mut ());
    assert_eq!(graph.stop(), Stop::Bytes(1 << 20));
    assert!(graph.bytes() < 4 << 20, "{} bytes", graph.bytes());
    let question = Question { limits: Limits { bytes: 0, ..limits }, ..Question::default() };
    assert_eq!(check(&RING, &question, &mut ()).verdict, Verdict::Undecided);
}

/// Ends a search at the `left`-th word it hears of it.
struct Impatient {
    left: usize,
    stop: Stop,
}

impl Watch for Impatient {
    fn progress(&mut self, progress: &Progress) -> Flow {
        assert!(progress.bytes > 0 && progress.frontier <= progress.states);
        self.left -= 1;
        if self.left == 0 { Flow::End(self.stop) } else { Flow::Continue }
    }
}

#[test]
fn who_watches_can_end_a_search_but_not_complete_it() {
    for (asked, given) in
        [(Stop::Time, Stop::Time), (Stop::Interrupted, Stop::Interrupted), (Stop::Complete, Stop::Interrupted)]
    {
        for left in [1, 2, 14, 20] {
            let judgement = check(&RING, &Question::default(), &mut Impatient { left, stop: asked });
            assert_eq!((judgement.verdict, judgement.stop), (Verdict::Undecided, given));
        }
    }
}
