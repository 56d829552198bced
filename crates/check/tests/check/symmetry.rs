//! Dividing out a symmetry changes no verdict, because duties are followed to their new places.

use evenkeel_check::{Question, check};
use evenkeel_system::{Fairness, Verdict};

use crate::dice::Dice;
use crate::naive::Naive;
use crate::replicas::{Replicas, Symmetry};
use crate::witness;

const SYSTEMS: u64 = 6_000;

#[test]
fn a_system_and_its_quotient_are_judged_alike() {
    let mut oscillating = 0;
    for seed in 0..SYSTEMS {
        let whole = Replicas::random(&mut Dice::new(seed));
        let quotient = whole.with(Symmetry::Divided);
        let naive = Naive::of(&whole);
        for fairness in [Fairness::Unfair, Fairness::Weak] {
            println!("seed {seed}, {fairness}: {whole:?}");
            let question = Question { fairness, ..Question::default() };
            let (of_whole, of_quotient) = (check(&whole, &question, &mut ()), check(&quotient, &question, &mut ()));
            assert_eq!(of_quotient.verdict, naive.verdict(fairness, false), "the quotient");
            assert_eq!(of_whole.verdict, of_quotient.verdict, "the whole");
            witness::examine(&whole, fairness, &of_whole);
            witness::examine(&quotient, fairness, &of_quotient);
            assert_eq!(of_whole.worst_case.map(|worst| worst.cost), of_quotient.worst_case.map(|worst| worst.cost));
            oscillating += usize::from(fairness == Fairness::Weak && of_whole.verdict == Verdict::Oscillates);
        }
    }
    assert!(oscillating > 500, "only {oscillating} oscillate");
}

#[test]
fn without_following_duties_some_verdicts_would_be_wrong() {
    let wrong = |seed: &u64| {
        let whole = Replicas::random(&mut Dice::new(*seed));
        let verdict = check(&whole.with(Symmetry::Forgotten), &Question::default(), &mut ()).verdict;
        verdict != Naive::of(&whole).verdict(Fairness::Weak, false)
    };
    assert!((0..SYSTEMS).any(|seed| wrong(&seed)), "then the threads would be idle work");
}
