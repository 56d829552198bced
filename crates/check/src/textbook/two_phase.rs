//! Two-phase commit: a transaction manager has all resource managers commit, or all abort.
//!
//! J. Gray, L. Lamport, *Consensus on transaction commit*, ACM TODS 31(1), 2006, section 3; in TLA+ as *TwoPhase*. Messages are never lost and
//! never taken off the wire.

use evenkeel_system::{Duty, Pack, Stabilizing, System};

/// Two-phase commit among that many resource managers; at most 16.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TwoPhase {
    /// How many there are.
    pub n_managers: u8,
}

/// One bit for each resource manager, in several respects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct State {
    /// Has left its working state for prepared, committed or aborted.
    pub prepared: u16,
    /// Has committed.
    pub committed: u16,
    /// Has aborted.
    pub aborted: u16,
    /// Has sent the message that it is prepared.
    pub sent: u16,
    /// Is known to be prepared by the transaction manager.
    pub known: u16,
    /// What the transaction manager has decided and told everyone.
    pub decision: Decision,
}

/// What the transaction manager has decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Decision {
    /// Nothing yet.
    #[default]
    Open,
    /// To commit.
    Commit,
    /// To abort.
    Abort,
}

/// One step of the transaction manager or of a resource manager.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// The transaction manager learns that this one is prepared.
    Learn(u8),
    /// The transaction manager decides, having heard from all, to commit.
    Commit,
    /// The transaction manager decides, which it may at any time, to abort.
    Abort,
    /// A resource manager prepares and says so.
    Prepare(u8),
    /// A resource manager aborts of its own accord.
    Choose(u8),
    /// A resource manager follows the decision.
    Follow(u8),
}

impl TwoPhase {
    fn all(self) -> u16 {
        (1 << self.n_managers) - 1
    }
}

impl System for TwoPhase {
    type State = State;
    type Action = Action;

    fn initial(&self) -> Vec<State> {
        vec![State::default()]
    }

    fn enabled(&self, state: &State, actions: &mut Vec<Action>) {
        let open = state.decision == Decision::Open;
        actions.extend((open && state.known == self.all()).then_some(Action::Commit));
        actions.extend(open.then_some(Action::Abort));
        for i in 0..self.n_managers {
            let has = |bits: u16| bits >> i & 1 == 1;
            let working = !has(state.prepared);
            let decided = has(state.committed | state.aborted);
            actions.extend((open && has(state.sent & !state.known)).then_some(Action::Learn(i)));
            actions.extend(working.then_some(Action::Prepare(i)));
            actions.extend(working.then_some(Action::Choose(i)));
            actions.extend((!open && !decided).then_some(Action::Follow(i)));
        }
    }

    fn step(&self, state: &State, action: &Action) -> State {
        let mut next = *state;
        match *action {
            Action::Learn(i) => next.known |= 1 << i,
            Action::Commit => next.decision = Decision::Commit,
            Action::Abort => next.decision = Decision::Abort,
            Action::Prepare(i) => {
                next.prepared |= 1 << i;
                next.sent |= 1 << i;
            }
            Action::Choose(i) => {
                next.prepared |= 1 << i;
                next.aborted |= 1 << i;
            }
            Action::Follow(i) => {
                next.prepared |= 1 << i;
                let followed = if state.decision == Decision::Commit { &mut next.committed } else { &mut next.aborted };
                *followed |= 1 << i;
            }
        }
        next
    }
}

impl Stabilizing for TwoPhase {
    /// All have committed, or all have aborted.
    fn legitimate(&self, state: &State) -> bool {
        state.committed == self.all() || state.aborted == self.all()
    }

    /// The transaction manager is process 0. Each resource manager is a process.
    fn duty(&self, action: &Action) -> Option<Duty> {
        Some(Duty(match action {
            Action::Learn(_) | Action::Commit | Action::Abort => 0,
            Action::Prepare(i) | Action::Choose(i) | Action::Follow(i) => 1 + u32::from(*i),
        }))
    }

    /// Nobody has committed while another has aborted.
    fn violated(&self, state: &State) -> Option<usize> {
        (state.committed != 0 && state.aborted != 0).then_some(0)
    }
}

impl Pack for State {
    fn pack(&self, words: &mut Vec<u32>) {
        let pair = |low: u16, high: u16| u32::from(low) | u32::from(high) << 16;
        words.extend([
            pair(self.prepared, self.committed),
            pair(self.aborted, self.sent),
            pair(self.known, self.decision as u16),
        ]);
    }

    fn unpack(words: &[u32]) -> Self {
        let [one, two, three] = words else { unreachable!("a state is packed as three words") };
        let decision = match three >> 16 {
            0 => Decision::Open,
            1 => Decision::Commit,
            _ => Decision::Abort,
        };
        State {
            prepared: *one as u16,
            committed: (one >> 16) as u16,
            aborted: *two as u16,
            sent: (two >> 16) as u16,
            known: *three as u16,
            decision,
        }
    }
}
