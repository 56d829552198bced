//! How time passes for autoscalers, where a Scenario has a clock.

/// The times by which autoscalers go, in milliseconds. The sync period and the lag are multiples of the tick, and neither the tick nor the period is zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// One tick of the clock.
    pub tick: i64,
    /// How long it is from one look at an autoscaler to the next.
    pub period: i64,
    /// How old the metrics are.
    pub lag: i64,
    /// How far back recommendations keep the replicas up, unless the autoscaler says so itself.
    pub stabilization: i64,
}

impl Pace {
    /// The ticks from one look to the next.
    pub(super) fn ticks(&self) -> i64 {
        self.period / self.tick
    }

    /// How many looks lie between the one by whose time the metrics were taken and now; and how many ticks before that look it was.
    pub(super) fn behind(&self) -> (usize, i64) {
        (usize::try_from(self.lag / self.period).unwrap_or(0), self.lag % self.period / self.tick)
    }

    /// How many of the looks before this one lie within so many milliseconds.
    ///
    /// A look takes a little time itself, and the next one is a whole period after its end. So what is a whole window old is a little older, and counts no more.
    pub(super) fn reach(&self, window: i64) -> usize {
        usize::try_from((window - 1).div_euclid(self.period)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;

    #[test]
    fn a_window_reaches_back_to_the_looks_that_are_younger() {
        let pace = Pace { tick: 1_000, period: 3_000, lag: 8_000, stabilization: 30_000 };
        assert_eq!([0, 3_000, 3_001, 9_500, 30_000].map(|window| pace.reach(window)), [0, 0, 1, 3, 9]);
    }

    #[test]
    fn metrics_were_taken_so_many_looks_ago_and_so_many_ticks_before() {
        let pace = |lag| Pace { tick: 1_000, period: 3_000, lag, stabilization: 0 };
        assert_eq!([0, 2_000, 3_000, 8_000].map(|lag| pace(lag).behind()), [(0, 0), (0, 2), (1, 0), (2, 2)]);
    }
}
