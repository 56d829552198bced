//! On thousands of small random systems, the checker and the naive one agree, and what the checker shows holds.

use std::collections::BTreeMap;

use evenkeel_check::{Question, check};
use evenkeel_system::{Cost, Duty, Evidence, Fairness, Judgement, Stabilizing, Stop, Verdict, WorstCase};

use crate::dice::Dice;
use crate::naive::Naive;
use crate::table::{Entry, Row, Table};
use crate::witness;

const SYSTEMS: u64 = 20_000;
const FAIRNESSES: [Fairness; 2] = [Fairness::Unfair, Fairness::Weak];

#[test]
fn random_tables_are_judged_as_the_definitions_say() {
    let mut verdicts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for seed in 0..SYSTEMS {
        let mut dice = Dice::new(seed);
        let table = Table::random(&mut dice);
        let naive = Naive::of(&table);
        for fairness in FAIRNESSES {
            let question = Question { fairness, confluence: dice.once_in(2), ..Question::default() };
            let judgement = check(&table, &question, &mut ());
            println!("seed {seed}, {question:?}: {table:?}");
            assert_eq!(judgement.verdict, naive.verdict(fairness, question.confluence), "{judgement:?}");
            witness::examine(&table, fairness, &judgement);
            has_shortest_evidence(&naive, fairness, &judgement);
            has_right_numbers(&table, &naive, &judgement);
            *verdicts.entry(judgement.verdict).or_default() += 1;
        }
    }
    for verdict in Verdict::ALL.into_iter().filter(|verdict| *verdict != Verdict::Diverges) {
        assert!(verdicts.get(&verdict).is_some_and(|&n| n > 200), "{verdict} is hardly tried: {verdicts:?}");
    }
}

fn has_shortest_evidence<S>(naive: &Naive<'_, S>, fairness: Fairness, judgement: &Judgement<S::State, S::Action>)
where
    S: Stabilizing<State: Ord>,
{
    match (&judgement.evidence, judgement.verdict) {
        (Evidence::Run(run), Verdict::Stuck) => assert_eq!(Some(run.actions.len()), naive.stuck(fairness)),
        (Evidence::Lasso(lasso), Verdict::Stuck) => {
            assert_eq!(Some(lasso.prefix.actions.len()), naive.stuck(fairness));
        }
        // A short cycle may be worth a longer way to it, but no way is shorter than the shortest.
        (Evidence::Lasso(lasso), _) => {
            assert!(Some(lasso.prefix.actions.len()) >= naive.oscillating(fairness));
        }
        _ => {}
    }
}

fn has_right_numbers(table: &Table, naive: &Naive<'_, Table>, judgement: &Judgement<u32, (usize, Entry)>) {
    let Stop::Complete = judgement.stop else {
        assert_eq!((judgement.stop, judgement.verdict), (Stop::Violation, Verdict::Violates));
        return;
    };
    let count = |holds: &dyn Fn(&u32) -> bool| naive.depths.keys().filter(|state| holds(state)).count();
    let statistics = judgement.statistics;
    assert_eq!(statistics.states, naive.depths.len());
    assert_eq!(statistics.transitions, naive.edges.values().map(Vec::len).sum::<usize>());
    assert_eq!(statistics.legitimate, count(&|state| naive.legitimate(state)));
    assert_eq!(statistics.terminal, count(&|state| naive.rests(state)));
    assert_eq!(judgement.finals, count(&|state| naive.is_final(state)));
    assert_eq!(Some(&statistics.depth), naive.depths.values().max());
    match judgement.verdict {
        Verdict::Stabilizes | Verdict::Ambiguous => {
            has_right_worst_case(table, naive, judgement.worst_case.as_ref());
        }
        _ => assert_eq!(judgement.worst_case, None),
    }
}

fn has_right_worst_case(table: &Table, naive: &Naive<'_, Table>, worst: Option<&WorstCase<u32, (usize, Entry)>>) {
    let numbers: [fn(Cost) -> u64; 3] = [|cost| cost.moves, |cost| cost.reconciles, |cost| cost.api_writes];
    assert_eq!(worst.map(|worst| numbers.map(|number| number(worst.cost)).map(Some)), {
        let longest = numbers.map(|number| naive.worst(number));
        longest[0].is_some().then_some(longest)
    });
    let Some(worst) = worst else { return };
    let (states, settled) = (witness::replay(table, &worst.run), naive.settled());
    assert!(settled.contains(&states[states.len() - 1]), "the run does not settle");
    let n_outside = states.iter().rev().skip(1).take_while(|state| !settled.contains(*state)).count();
    let last_part = &worst.run.actions[worst.run.actions.len() - n_outside..];
    assert_eq!(
        last_part.iter().map(|(_, entry)| entry.cost.moves).sum::<u64>(),
        worst.cost.moves,
        "the run does not attain the cost"
    );
}

#[test]
fn costs_may_need_more_than_32_bits() {
    let cost = |moves| Cost { moves, reconciles: 1, api_writes: 0 };
    let edge = |target, moves| Entry { duty: Some(Duty(0)), target, cost: cost(moves) };
    let row = |legitimate, edges| Row { legitimate, violated: None, unknown: false, edges };
    let rows = vec![
        row(false, vec![edge(1, u64::from(u32::MAX)), edge(2, 5)]),
        row(false, vec![edge(2, 7)]),
        row(true, vec![]),
    ];
    let worst =
        check(&Table { initial: vec![0], rows }, &Question::default(), &mut ()).worst_case.expect("it stabilizes");
    assert_eq!(worst.cost, Cost { moves: u64::from(u32::MAX) + 7, reconciles: 2, api_writes: 0 });
    assert_eq!(worst.run.actions.len(), 2);
}
