//! All choices of the configurations that are not settled, kept.

use evenkeel_system::{Stop, Watch};

use super::question::{Choice, Choices, Outcome, Space};
use super::settled::{Settled, tell};

/// Choices by configuration, and outcomes by choice.
pub(super) struct Matrix {
    /// Where the choices of each configuration begin, and, last, where they end.
    rows: Vec<usize>,
    choices: Vec<Choice>,
    /// Where the outcomes of each choice begin, and, last, where they end.
    starts: Vec<usize>,
    outcomes: Vec<Outcome>,
    /// Whether each configuration is settled.
    settled: Vec<bool>,
    /// What fairness owes in each.
    pub(super) duties: Vec<u64>,
}

impl Matrix {
    pub(super) fn of<S: Space>(
        space: &S,
        settled: &Settled,
        (most, watch): (usize, &mut dyn Watch),
    ) -> Result<Matrix, Stop> {
        let mut matrix = Matrix {
            rows: vec![0],
            choices: Vec::new(),
            starts: vec![0],
            outcomes: Vec::new(),
            settled: Vec::new(),
            duties: Vec::new(),
        };
        let mut choices = Choices::default();
        for configuration in 0..space.size() {
            tell(watch, configuration)?;
            let is_settled = settled.bits.get(configuration as usize);
            choices.clear();
            if !is_settled {
                space.choices(configuration, &mut choices);
            }
            for (choice, outcomes) in choices.iter() {
                matrix.choices.push(*choice);
                matrix.outcomes.extend_from_slice(outcomes);
                matrix.starts.push(matrix.outcomes.len());
            }
            matrix.rows.push(matrix.choices.len());
            matrix.settled.push(is_settled);
            matrix.duties.push(space.duties(configuration));
            if matrix.bytes() > most {
                return Err(Stop::Bytes(most));
            }
        }
        Ok(matrix)
    }

    fn bytes(&self) -> usize {
        self.choices.len() * (size_of::<Choice>() + size_of::<usize>())
            + self.outcomes.len() * size_of::<Outcome>()
            + self.rows.len() * (size_of::<usize>() + size_of::<u64>() + 1)
    }

    /// How many configurations there are.
    pub(super) fn len(&self) -> usize {
        self.settled.len()
    }

    pub(super) fn is_settled(&self, configuration: u32) -> bool {
        self.settled[configuration as usize]
    }

    /// Each choice of a configuration with its outcomes.
    pub(super) fn choices(&self, configuration: u32) -> impl Iterator<Item = (&Choice, &[Outcome])> {
        let row = self.rows[configuration as usize]..self.rows[configuration as usize + 1];
        row.map(|at| (&self.choices[at], &self.outcomes[self.starts[at]..self.starts[at + 1]]))
    }

    /// The configurations that have a way to what is settled.
    pub(super) fn can_settle(&self) -> Vec<bool> {
        let mut can = self.settled.clone();
        // A few passes do where ways are short; each goes against the order of the one before.
        loop {
            let mut changed = false;
            for turn in [false, true] {
                for at in 0..can.len() {
                    let at = if turn { can.len() - 1 - at } else { at };
                    let leads = |(_, outcomes): (_, &[Outcome])| outcomes.iter().any(|o| can[o.target as usize]);
                    if !can[at] && self.choices(at as u32).any(leads) {
                        can[at] = true;
                        changed = true;
                    }
                }
            }
            if !changed {
                return can;
            }
        }
    }
}
