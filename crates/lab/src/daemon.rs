//! Which processes move together.

use std::fmt;

/// Which sets of enabled processes may move in one step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Daemon {
    /// One process.
    Central,
    /// Any of them, no two of which are neighbours.
    LocallyCentral,
    /// All that are enabled.
    Synchronous,
    /// Any of them.
    Distributed,
}

impl fmt::Display for Daemon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Daemon::Central => "central",
            Daemon::LocallyCentral => "locally central",
            Daemon::Synchronous => "synchronous",
            Daemon::Distributed => "distributed",
        })
    }
}

impl Daemon {
    /// Every set of processes that may move if these are enabled, as bits. `neighbours` has those of each process.
    pub(crate) fn sets(self, enabled: u64, neighbours: &[u64], each: &mut dyn FnMut(u64)) {
        match self {
            Daemon::Central => bits(enabled).for_each(|process| each(1 << process)),
            Daemon::Synchronous if enabled != 0 => each(enabled),
            Daemon::Synchronous => {}
            Daemon::Distributed => subsets(enabled, &mut |set| each(set)),
            Daemon::LocallyCentral => subsets(enabled, &mut |set| {
                if bits(set).all(|process| neighbours[process] & set == 0) {
                    each(set);
                }
            }),
        }
    }
}

/// The places of the bits that are set.
pub(crate) fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(place)
    })
}

/// Every set but the empty one, smaller numbers first.
fn subsets(all: u64, each: &mut dyn FnMut(u64)) {
    let mut set = 0_u64;
    loop {
        set = set.wrapping_sub(all) & all;
        if set == 0 {
            return;
        }
        each(set);
    }
}

#[cfg(test)]
mod tests {
    use super::Daemon;

    fn sets(daemon: Daemon, enabled: u64) -> Vec<u64> {
        let mut found = Vec::new();
        daemon.sets(enabled, &[0b010, 0b101, 0b010], &mut |set| found.push(set));
        found
    }

    #[test]
    fn each_daemon_has_its_sets() {
        assert_eq!(sets(Daemon::Central, 0b101), [0b001, 0b100]);
        assert_eq!(sets(Daemon::LocallyCentral, 0b111), [0b001, 0b010, 0b100, 0b101]);
        assert_eq!(sets(Daemon::Synchronous, 0b110), [0b110]);
        assert_eq!(sets(Daemon::Distributed, 0b101), [0b001, 0b100, 0b101]);
        assert!(sets(Daemon::Synchronous, 0).is_empty() && sets(Daemon::Distributed, 0).is_empty());
    }
}
