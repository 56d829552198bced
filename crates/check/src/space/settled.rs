//! The legitimate configurations that nobody leaves.

use evenkeel_system::{Flow, Progress, Stop, Watch};

use super::question::{Choices, Space};
use crate::bits::Bits;

/// How many configurations pass between two looks at whoever watches.
pub(super) const PER_PROGRESS: u32 = 1 << 16;

/// Tells whoever watches how far it has come.
pub(super) fn tell(watch: &mut dyn Watch, states: u32) -> Result<(), Stop> {
    if !states.is_multiple_of(PER_PROGRESS) {
        return Ok(());
    }
    match watch.progress(&Progress { states: states as usize, ..Progress::default() }) {
        Flow::Continue => Ok(()),
        Flow::End(Stop::Complete) => Err(Stop::Interrupted),
        Flow::End(stop) => Err(stop),
    }
}

/// The settled configurations, and how many are legitimate.
pub(super) struct Settled {
    pub(super) bits: Bits,
    pub(super) n_states: u64,
    pub(super) n_legitimate: u64,
    pub(super) is_closed: bool,
}

impl Settled {
    pub(super) fn of<S: Space>(space: &S, watch: &mut dyn Watch) -> Result<Settled, Stop> {
        let mut bits = Bits::default();
        let (mut n_states, mut n_legitimate) = (0, 0);
        for configuration in 0..space.size() {
            tell(watch, configuration)?;
            // What there is not counts nowhere, and nothing is asked of it.
            let exists = space.exists(configuration);
            let legitimate = exists && space.legitimate(configuration);
            n_states += u64::from(exists);
            n_legitimate += u64::from(legitimate);
            bits.push(legitimate || !exists);
        }
        let mut settled = Settled { bits, n_states, n_legitimate, is_closed: true };
        while settled.trim(space) {
            settled.is_closed = false;
        }
        Ok(settled)
    }

    /// Takes out what can be left, one step at a time; tells whether there was any.
    fn trim<S: Space>(&mut self, space: &S) -> bool {
        let mut choices = Choices::default();
        let mut left = Vec::new();
        for configuration in (0..space.size()).filter(|&c| self.bits.get(c as usize) && space.exists(c)) {
            choices.clear();
            space.choices(configuration, &mut choices);
            let leaves = |(_, outcomes): (_, &[super::Outcome])| {
                outcomes.iter().any(|outcome| !self.bits.get(outcome.target as usize))
            };
            if choices.iter().any(leaves) {
                left.push(configuration);
            }
        }
        left.iter().for_each(|&configuration| self.bits.remove(configuration as usize));
        !left.is_empty()
    }
}
