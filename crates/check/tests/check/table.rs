//! Small random systems, written down as tables.

use evenkeel_system::{Cost, Duty, Stabilizing, System};

use crate::dice::Dice;

/// What is known of one state of a table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) legitimate: bool,
    pub(crate) violated: Option<usize>,
    pub(crate) unknown: bool,
    pub(crate) edges: Vec<Entry>,
}

/// One action of a state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    pub(crate) duty: Option<Duty>,
    pub(crate) target: u32,
    pub(crate) cost: Cost,
}

/// A system whose states are the rows of a table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) initial: Vec<u32>,
    pub(crate) rows: Vec<Row>,
}

impl Table {
    /// A table of up to eight rows. Some are sparse, some dense, some mostly run downhill; some have an invariant, some an environment.
    pub(crate) fn random(dice: &mut Dice) -> Table {
        let n = 1 + dice.below(8);
        let (edges_max, downhill, once_legitimate) = (1 + dice.below(3), dice.below(2) * 9 + 1, 1 + dice.below(4));
        let (environment, invariant, unknown) = (dice.once_in(2), dice.once_in(10), dice.once_in(10));
        let row = |i: usize, dice: &mut Dice| Row {
            legitimate: dice.once_in(once_legitimate) || (downhill > 1 && i == 0),
            violated: (invariant && dice.once_in(6)).then_some(i % 3),
            unknown: unknown && dice.once_in(4),
            edges: (0..dice.below(edges_max + 1))
                .map(|_| Entry {
                    duty: (!environment || !dice.once_in(4)).then(|| Duty(dice.below(3) as u32)),
                    target: if dice.once_in(downhill) { dice.below(n) } else { dice.below(i + 1) } as u32,
                    cost: Cost {
                        moves: dice.below(3) as u64,
                        reconciles: dice.below(5) as u64,
                        api_writes: dice.below(7) as u64,
                    },
                })
                .collect(),
        };
        let rows = (0..n).map(|i| row(i, dice)).collect();
        let initial =
            (0..=dice.below(2)).map(|_| dice.below(n) as u32).chain((downhill > 1).then_some(n as u32 - 1)).collect();
        Table { initial, rows }
    }
}

impl System for Table {
    type State = u32;
    type Action = (usize, Entry);

    fn initial(&self) -> Vec<u32> {
        self.initial.clone()
    }

    fn enabled(&self, &state: &u32, actions: &mut Vec<(usize, Entry)>) {
        actions.extend(self.rows[state as usize].edges.iter().cloned().enumerate());
    }

    fn step(&self, _: &u32, (_, entry): &(usize, Entry)) -> u32 {
        entry.target
    }
}

impl Stabilizing for Table {
    fn legitimate(&self, &state: &u32) -> bool {
        self.rows[state as usize].legitimate
    }

    fn duty(&self, (_, entry): &(usize, Entry)) -> Option<Duty> {
        entry.duty
    }

    fn cost(&self, _: &u32, (_, entry): &(usize, Entry)) -> Cost {
        entry.cost
    }

    fn violated(&self, &state: &u32) -> Option<usize> {
        self.rows[state as usize].violated
    }

    fn unknown(&self, &state: &u32) -> bool {
        self.rows[state as usize].unknown
    }
}
