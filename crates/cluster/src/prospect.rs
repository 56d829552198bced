//! What each process can do in the state under expansion.

use std::rc::Rc;

use crate::outcome::Outcome;
use crate::subject::Crew;

/// The processes of a state, and what each could do if it ran now; none for those whose reconcile is under way.
#[derive(Default)]
pub(crate) struct Prospects {
    pub(crate) crew: Crew,
    outcomes: Vec<Option<Rc<Outcome>>>,
    /// The place of each process in the list, by its number, and the round in which it was put there.
    places: Vec<(u32, u32)>,
    round: u32,
}

impl Prospects {
    /// Begins with another state.
    pub(crate) fn begin(&mut self, crew: &Crew) {
        self.crew = crew.clone();
        self.outcomes.clear();
        self.round = self.round.checked_add(1).unwrap_or_else(|| {
            self.places.clear();
            1
        });
    }

    /// Adds the next process.
    pub(crate) fn push(&mut self, process: u32, at: usize, outcome: Option<Rc<Outcome>>) {
        if self.places.len() <= process as usize {
            self.places.resize(process as usize + 1, (0, 0));
        }
        self.places[process as usize] = (self.round, at as u32);
        self.outcomes.push(outcome);
    }

    /// What a process could do; none if it has no subject here, or is at work.
    pub(crate) fn of(&self, process: u32) -> Option<&Rc<Outcome>> {
        let &(round, at) = self.places.get(process as usize)?;
        if round != self.round {
            return None;
        }
        self.outcomes[at as usize].as_ref()
    }
}
