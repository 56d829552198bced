//! Spaces of configurations, against a checker that is written from the definitions: it looks at every set of configurations, and goes over all numbers
//! until none changes.

use std::collections::BTreeMap;

use evenkeel_check::space::{Choices, Fairness, Rounds, Space, judge_space};
use evenkeel_system::Verdict;

use crate::dice::Dice;

/// A choice: who moves, how likely it is, and where it may lead.
#[derive(Clone, Debug)]
struct Row {
    movers: u64,
    weight: f64,
    outcomes: Vec<(u32, f64)>,
}

#[derive(Clone, Debug)]
struct Drawn {
    rows: Vec<Vec<Row>>,
    legitimate: Vec<bool>,
}

impl Space for Drawn {
    fn size(&self) -> u32 {
        self.rows.len() as u32
    }

    fn legitimate(&self, configuration: u32) -> bool {
        self.legitimate[configuration as usize]
    }

    fn enabled(&self, configuration: u32) -> u64 {
        self.rows[configuration as usize].iter().fold(0, |set, row| set | row.movers)
    }

    fn duties(&self, configuration: u32) -> u64 {
        self.enabled(configuration)
    }

    fn choices(&self, configuration: u32, choices: &mut Choices) {
        for Row { movers, weight, outcomes } in &self.rows[configuration as usize] {
            outcomes.iter().for_each(|&(target, chance)| choices.lead(target, chance));
            choices.choose(*movers, *movers, *weight);
        }
    }
}

fn drawn(dice: &mut Dice, by_chance: bool) -> Drawn {
    let size = 2 + dice.below(5);
    let rows = (0..size).map(|_| {
        let n = dice.below(4);
        let row = |dice: &mut Dice| {
            let target = |dice: &mut Dice| dice.below(size) as u32;
            let outcomes = match by_chance && dice.once_in(3) {
                true => vec![(target(dice), 0.25), (target(dice), 0.75)],
                false => vec![(target(dice), 1.0)],
            };
            Row { movers: 1 + dice.below(7) as u64, weight: 1.0 / n as f64, outcomes }
        };
        (0..n).map(|_| row(dice)).collect()
    });
    Drawn { rows: rows.collect(), legitimate: (0..size).map(|_| dice.once_in(2)).collect() }
}

/// The legitimate configurations that nobody leaves.
fn settled(space: &Drawn) -> Vec<bool> {
    let mut settled = space.legitimate.clone();
    for _ in 0..space.rows.len() {
        for at in 0..space.rows.len() {
            settled[at] &= space.rows[at].iter().flat_map(|row| &row.outcomes).all(|&(t, _)| settled[t as usize]);
        }
    }
    settled
}

/// Whether a fair run can stay in exactly that set for ever.
fn holds_a_run(space: &Drawn, set: u32, fairness: Fairness) -> bool {
    let is_in = |at: u32| set >> at & 1 == 1;
    let members: Vec<u32> = (0..space.size()).filter(|&at| is_in(at)).collect();
    let inside = |at: u32| space.rows[at as usize].iter().filter(|row| row.outcomes.iter().all(|&(t, _)| is_in(t)));
    let reaches_all = |from: u32| {
        let mut seen = 1 << from;
        for _ in 0..members.len() {
            for at in members.iter().filter(|&&at| seen >> at & 1 == 1).copied().collect::<Vec<_>>() {
                inside(at).flat_map(|row| &row.outcomes).for_each(|&(target, _)| seen |= 1 << target);
            }
        }
        seen == set
    };
    if members.iter().any(|&at| inside(at).next().is_none() || !reaches_all(at)) {
        return false;
    }
    let served = members.iter().flat_map(|&at| inside(at)).fold(0, |all, row| all | row.movers);
    let always = members.iter().fold(u64::MAX, |all, &at| all & space.enabled(at));
    let ever = members.iter().fold(0, |all, &at| all | space.enabled(at));
    match fairness {
        Fairness::Unfair => true,
        Fairness::Weak => always & !served == 0,
        Fairness::Strong => ever & !served == 0,
    }
}

/// Whether it is stuck, and whether it can go round, outside of what is settled.
fn faults(space: &Drawn, settled: &[bool], fairness: Fairness) -> (bool, bool) {
    let outside = (0..settled.len()).filter(|&at| !settled[at]).fold(0_u32, |set, at| set | 1 << at);
    let mut sets = Vec::new();
    let mut set = outside;
    while set != 0 {
        sets.extend(holds_a_run(space, set, fairness).then_some(set.count_ones()));
        set = (set - 1) & outside;
    }
    let rests = (0..settled.len()).any(|at| !settled[at] && space.rows[at].is_empty());
    (rests || sets.contains(&1), sets.iter().any(|n| *n > 1))
}

/// The number that a place had when all were gone over last.
type Known<'k, P> = &'k dyn Fn(&P) -> u64;

/// A number for each of some places, gone over until none changes; none if they never stop.
fn fixed<P: Ord + Clone>(places: &[P], next: &dyn Fn(&P, Known<'_, P>) -> u64) -> Option<u64> {
    let mut numbers: BTreeMap<P, u64> = places.iter().map(|place| (place.clone(), 0)).collect();
    for _ in 0..=places.len() {
        let known = numbers.clone();
        let value = |place: &P| known.get(place).copied().unwrap_or(0);
        numbers.extend(places.iter().map(|place| (place.clone(), next(place, &value))));
        if numbers == known {
            return numbers.values().max().copied();
        }
    }
    None
}

/// The most steps and the most moves.
fn longest(space: &Drawn, settled: &[bool], moves: bool) -> Option<u64> {
    let places: Vec<u32> = (0..space.size()).filter(|&at| !settled[at as usize]).collect();
    fixed(&places, &|at, value| {
        let ways = space.rows[*at as usize].iter().flat_map(|row| {
            let own = if moves { row.movers.count_ones().into() } else { 1 };
            row.outcomes.iter().map(move |(target, _)| own + value(target))
        });
        ways.max().unwrap_or(0)
    })
    .or((places.is_empty()).then_some(0))
}

/// The most rounds, over every configuration with every set of processes that may be waited for.
fn rounds(space: &Drawn, settled: &[bool]) -> Option<u64> {
    let mut places = Vec::new();
    for at in (0..space.size()).filter(|&at| !settled[at as usize]) {
        let mut open = vec![(at, space.enabled(at))];
        while let Some(place) = open.pop() {
            if places.contains(&place) {
                continue;
            }
            places.push(place);
            for row in &space.rows[place.0 as usize] {
                let targets = row.outcomes.iter().filter(|(t, _)| !settled[*t as usize]);
                open.extend(targets.map(|&(target, _)| after(space, place.1, row.movers, target).0));
            }
        }
    }
    if places.is_empty() {
        return Some(0);
    }
    fixed(&places, &|&(at, waits), value| {
        let ways = space.rows[at as usize].iter().flat_map(|row| {
            row.outcomes.iter().map(move |&(target, _)| {
                if settled[target as usize] {
                    return 1;
                }
                let (place, ends) = after(space, waits, row.movers, target);
                u64::from(ends) + value(&place)
            })
        });
        ways.max().unwrap_or(0)
    })
}

fn after(space: &Drawn, waits: u64, movers: u64, target: u32) -> ((u32, u64), bool) {
    let enabled = space.enabled(target);
    match waits & !movers & enabled {
        0 => ((target, enabled), true),
        left => ((target, left), false),
    }
}

/// The largest mean number of steps, if all can settle.
fn mean(space: &Drawn, settled: &[bool]) -> Option<f64> {
    let mut can = settled.to_vec();
    for _ in 0..can.len() {
        for at in 0..can.len() {
            can[at] = can[at] || space.rows[at].iter().flat_map(|row| &row.outcomes).any(|&(t, _)| can[t as usize]);
        }
    }
    if can.contains(&false) {
        return None;
    }
    let mut means = vec![0.0; can.len()];
    for _ in 0..20_000 {
        for at in (0..means.len()).filter(|&at| !settled[at]) {
            let sum = |row: &Row| row.outcomes.iter().map(|&(t, chance)| chance * means[t as usize]).sum::<f64>();
            means[at] = space.rows[at].iter().map(|row| row.weight * (1.0 + sum(row))).sum();
        }
    }
    means.into_iter().reduce(f64::max)
}

#[test]
fn random_spaces_are_judged_as_the_definitions_say() {
    let mut counts: BTreeMap<(&str, bool), u32> = BTreeMap::new();
    for seed in 0..6000 {
        let by_chance = seed % 3 == 0;
        let space = drawn(&mut Dice::new(seed), by_chance);
        let settled = settled(&space);
        for fairness in [Fairness::Unfair, Fairness::Weak, Fairness::Strong] {
            let answer = judge_space(&space, fairness, &Default::default(), &mut ());
            let (stuck, round) = faults(&space, &settled, fairness);
            let expect: &[Verdict] = match (stuck, round) {
                (false, false) => &[Verdict::Stabilizes],
                (true, false) => &[Verdict::Stuck],
                (false, true) => &[Verdict::Oscillates],
                (true, true) => &[Verdict::Stuck, Verdict::Oscillates],
            };
            let told = || format!("seed {seed}, {fairness:?}: {space:?}\n{answer:?}");
            assert!(expect.contains(&answer.verdict), "{expect:?}: {}", told());
            let mean = mean(&space, &settled);
            let found = answer.expected.map(|expected| expected.steps.max);
            let is_near = match (mean, found) {
                (Some(mean), Some(found)) => (mean - found).abs() <= 1e-6 * (1.0 + mean),
                (mean, found) => mean.is_none() && found.is_none(),
            };
            assert!(is_near, "{mean:?}: {}", told());
            if answer.verdict == Verdict::Stabilizes {
                let steps = answer.worst.map(|worst| (worst.steps, worst.moves));
                let expect = longest(&space, &settled, false).zip(longest(&space, &settled, true));
                assert_eq!(steps, expect, "{}", told());
                let expect = rounds(&space, &settled).map_or(Rounds::Unbounded, Rounds::AtMost);
                assert_eq!(answer.rounds, expect, "{}", told());
            } else {
                assert!(!answer.evidence.is_empty(), "{}", told());
            }
            *counts.entry((answer.verdict.word(), by_chance)).or_default() += 1;
        }
    }
    assert!(counts.len() == 6 && counts.values().all(|n| *n > 200), "{counts:?}");
}
