//! The dearest ways and the mean ways until settled, where nothing goes round outside of what is settled.
//!
//! A depth-first search needs to keep nothing but one number of each sort for each configuration: choices are found again rather than kept.

use evenkeel_system::{Stop, Watch};

use super::question::{Choices, Space};
use super::settled::{Settled, tell};

/// Not seen yet, and on the way that is being walked.
const NEW: u32 = u32::MAX;
const OPEN: u32 = u32::MAX - 1;

/// The ways from each configuration.
pub(super) struct Ways {
    /// The most steps; nothing for what is settled.
    pub(super) steps: Vec<u32>,
    /// The most moves, and the mean; where moves are steps, those.
    more: Option<(Vec<u32>, Vec<f64>)>,
    pub(super) mean_steps: Vec<f64>,
    /// The first configuration that is not settled and offers no choice.
    pub(super) stuck: Option<u32>,
}

impl Ways {
    pub(super) fn moves(&self) -> &[u32] {
        self.more.as_ref().map_or(&self.steps, |(moves, _)| moves)
    }

    pub(super) fn mean_moves(&self) -> &[f64] {
        self.more.as_ref().map_or(&self.mean_steps, |(_, mean)| mean)
    }
}

/// One way to go on.
#[derive(Clone, Copy)]
struct Entry {
    target: u32,
    moves: u32,
    weight: f64,
}

struct Frame {
    configuration: u32,
    start: usize,
    next: usize,
}

struct Walk<'a, S: Space> {
    space: &'a S,
    settled: &'a Settled,
    ways: Ways,
    choices: Choices,
    entries: Vec<Entry>,
    frames: Vec<Frame>,
}

/// The ways from everywhere; none if something goes round.
pub(super) fn longest<S: Space>(space: &S, settled: &Settled, watch: &mut dyn Watch) -> Result<Option<Ways>, Stop> {
    let size = space.size() as usize;
    let more = (!space.moves_are_steps()).then(|| (vec![0; size], vec![0.0; size]));
    let ways = Ways { steps: vec![NEW; size], more, mean_steps: vec![0.0; size], stuck: None };
    let (entries, frames) = (Vec::new(), Vec::new());
    let mut walk = Walk { space, settled, ways, choices: Choices::default(), entries, frames };
    for configuration in 0..space.size() {
        tell(watch, configuration)?;
        if walk.ways.steps[configuration as usize] == NEW && !walk.from(configuration) {
            return Ok(None);
        }
    }
    Ok(Some(walk.ways))
}

impl<S: Space> Walk<'_, S> {
    /// Walks everything that can be reached from a configuration that is new; tells whether nothing goes round.
    fn from(&mut self, configuration: u32) -> bool {
        self.open(configuration);
        while let Some(frame) = self.frames.last_mut() {
            let Some(entry) = self.entries.get(frame.next) else {
                self.close();
                continue;
            };
            frame.next += 1;
            match self.ways.steps[entry.target as usize] {
                NEW => self.open(entry.target),
                OPEN => return false,
                _ => {}
            }
        }
        true
    }

    fn open(&mut self, configuration: u32) {
        if self.settled.bits.get(configuration as usize) {
            self.ways.steps[configuration as usize] = 0;
            return;
        }
        self.ways.steps[configuration as usize] = OPEN;
        let start = self.entries.len();
        self.choices.clear();
        self.space.choices(configuration, &mut self.choices);
        for (choice, outcomes) in self.choices.iter() {
            let moves = choice.movers.count_ones();
            self.entries.extend(outcomes.iter().map(|outcome| Entry {
                target: outcome.target,
                moves,
                weight: choice.weight * outcome.chance,
            }));
        }
        if start == self.entries.len() {
            self.ways.stuck = Some(self.ways.stuck.map_or(configuration, |known| known.min(configuration)));
        }
        self.frames.push(Frame { configuration, start, next: start });
    }

    /// All that can follow is known: puts it together.
    fn close(&mut self) {
        let Frame { configuration, start, .. } = self.frames.pop().expect("there is one to close");
        let at = configuration as usize;
        let (mut steps, mut mean_steps) = (0, 0.0);
        for entry in &self.entries[start..] {
            steps = steps.max(1 + self.ways.steps[entry.target as usize]);
            mean_steps += entry.weight * (1.0 + self.ways.mean_steps[entry.target as usize]);
        }
        self.ways.steps[at] = steps;
        self.ways.mean_steps[at] = mean_steps;
        if let Some((moves, mean_moves)) = &mut self.ways.more {
            for Entry { target, moves: own, weight } in &self.entries[start..] {
                moves[at] = moves[at].max(own + moves[*target as usize]);
                mean_moves[at] += weight * (f64::from(*own) + mean_moves[*target as usize]);
            }
        }
        self.entries.truncate(start);
    }
}
