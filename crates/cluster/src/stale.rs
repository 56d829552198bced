//! What can happen in a state whose caches may lag.
//!
//! A process may run on any [`View`] of its controller. It *has to* run only if it would write on the least that its cache shows: until its cache
//! has moved along nobody can say that it has to. Where it has to, it may also find nothing to do on a later view; that serves it, too. If nobody has
//! to write, the watches owe to move along: by what somebody does ahead of them, or by all caches catching up with the store.

use std::rc::Rc;

use evenkeel_control::{OwnWrites, Wakes};
use evenkeel_object::{Key, Kind};
use evenkeel_system::Cost;
use rustc_hash::FxHashMap;

use crate::adrift::Begun;
use crate::ask::Source;
use crate::expand::{Expander, Raw, Transition};
use crate::lag::{History, UNTAGGED, View};
use crate::late::NOBODY;
use crate::machine::{Decision, Put};
use crate::outcome::{Branch, Outcome};
use crate::sleep::Note;
use crate::state::{Behind, Passed, State};
use crate::store::{Cells, Renaming};
use crate::system::{Action, Deed, Granularity};
use crate::tree::Event;

/// The controller number of the watches, all together.
pub(crate) const WATCHES: u32 = u32::MAX - 2;

/// What a process can do on one of its views.
struct Offer {
    view: u32,
    outcome: Rc<Outcome>,
    /// Whether it runs at all: something woke it, and it sees those of its own writes that it waits for.
    runs: bool,
}

impl Offer {
    fn writes(&self) -> bool {
        self.runs && self.outcome.branches.iter().any(Branch::writes_something)
    }
}

/// The views of each controller in a state.
type Views = FxHashMap<u32, Rc<[View]>>;

impl Expander {
    /// Finds what can happen in a state whose caches may lag.
    pub(crate) fn expand_lagging(&mut self, state: &State) {
        let crew = self.processes(state);
        let processes = crew.all.clone();
        let history = self.history(state);
        let mut views = Views::default();
        self.prospects.begin(&crew);
        for (at, &process) in processes.iter().enumerate() {
            let controller = self.machine.processes.get(process).controller;
            let own = views.entry(controller).or_insert_with(|| self.views(state, &history, controller)).clone();
            let is_at_work = state.flights.iter().any(|flight| flight.process == process);
            let outcome = (!is_at_work).then(|| self.prospect_on(process, state, &own[0]));
            self.prospects.push(process, at, outcome);
        }
        self.apply_pending(state);
        self.answer_adrift(state);
        for &process in processes.iter() {
            if self.is_patient(process) || self.prospects.of(process).is_none() {
                continue;
            }
            let controller = self.machine.processes.get(process).controller;
            self.offer(state, &history, process, &views[&controller].clone());
        }
        self.catch_up(state);
        self.disturb(state);
        self.go_on(state);
        self.put_to_sleep(state);
        // Who polls may look again and again.
        self.transitions.retain(|transition| transition.action.deed != Deed::Look || transition.next != *state);
        self.machine.asked.clear();
    }

    /// Adds what a process can do.
    fn offer(&mut self, state: &State, history: &History, process: u32, views: &[View]) {
        let offers: Vec<Offer> = views
            .iter()
            .zip(0..)
            .map(|(view, number)| {
                let outcome = self.prospect_on(process, state, view);
                let waits = self.waits_for(process) && view.hides_work_of(process, history);
                let runs = outcome.has_business()
                    && !waits
                    && self.is_awake(state, history, process, (&views[0], view), &outcome);
                Offer { view: number, outcome, runs }
            })
            .collect();
        let (least, last) = (&offers[0], offers.len() - 1);
        let is_owed = least.writes() || last == 0 && least.runs && least.outcome.is_active;
        let (mut known, mut begun): (Vec<(usize, Vec<Put>, bool)>, Begun) = Default::default();
        let mut idle: Vec<usize> = Vec::new();
        for (at, offer) in offers.iter().enumerate() {
            if offer.writes() && self.granularity == Granularity::Interleaved {
                let deed = if is_owed { Deed::Start } else { Deed::SetOut { owed: false } };
                self.set_out(state, (process, deed), &offer.outcome, (views, at), &mut begun);
            } else if offer.writes() || offer.runs && offer.outcome.is_active && at == last {
                let deed = if is_owed { Deed::Reconcile } else { Deed::Ahead { owed: false } };
                self.run_on(state, process, (deed, offer, &views[at], at == last), |branch| {
                    let is_same = |(then, puts, retries): &(usize, Vec<Put>, bool)| {
                        *retries == branch.retries && *puts == branch.puts && views[at].sees_at_least(&views[*then])
                    };
                    let is_new = !known.iter().any(is_same);
                    known.push((at, branch.puts.clone(), branch.retries));
                    is_new
                });
            } else if (is_owed || at == 0 && offer.runs)
                && !idle.iter().any(|&then| views[at].sees_at_least(&views[then]))
            {
                idle.push(at);
                let action = Action { process, deed: Deed::Look, branch: 0, late: NOBODY, view: offer.view };
                let stays = offer.outcome.branches.iter().any(|branch| branch.retries);
                let raw = Raw { action, next: self.copy(state), cost: Cost::default(), puts: &[], stays };
                self.conclude_on(state, raw, &views[at].from);
            }
        }
    }

    /// Adds the ways in which a reconcile goes on one view, as far as they are `new`. One that only tries again in vain is one if its cache shows everything.
    fn run_on(
        &mut self,
        state: &State,
        process: u32,
        (deed, offer, view, is_last): (Deed, &Offer, &View, bool),
        mut is_new: impl FnMut(&Branch) -> bool,
    ) {
        for (branch, number) in offer.outcome.branches.iter().zip(0..) {
            let counts = branch.writes_something() || is_last && branch.is_active();
            if !counts || !is_new(branch) {
                continue;
            }
            let action = Action { process, deed, branch: number, late: NOBODY, view: offer.view };
            let (next, cost) = self.after(state, branch);
            self.conclude_on(state, Raw { action, next, cost, puts: &branch.puts, stays: branch.retries }, &view.from);
        }
    }

    /// Where nobody has to write, all caches catch up at some time, unless somebody runs ahead of that.
    fn catch_up(&mut self, state: &State) {
        let has_to = |transition: &Transition| {
            let action = &transition.action;
            transition.cost.api_writes > 0 && matches!(action.deed, Deed::Reconcile | Deed::Apply)
                || matches!(action.deed, Deed::Start | Deed::Answer)
        };
        if state.behind.is_empty() || self.transitions.iter().any(has_to) {
            return;
        }
        for transition in &mut self.transitions {
            if let Deed::Ahead { owed } | Deed::SetOut { owed } = &mut transition.action.deed {
                *owed = true;
            }
        }
        let process = self.watches();
        let action = Action { process, deed: Deed::CatchUp, branch: 0, late: NOBODY, view: 0 };
        let end = state.log.len() as u32;
        let from: Vec<Behind> = state.behind.iter().map(|behind| Behind { from: end, ..*behind }).collect();
        let raw = Raw { action, next: self.copy(state), cost: Cost::default(), puts: &[], stays: false };
        self.conclude_on(state, raw, &from);
    }

    /// The process that stands for all watches.
    pub(crate) fn watches(&mut self) -> u32 {
        self.machine.process(WATCHES, &Key::new(Kind::new("", "every watch"), "", ""))
    }

    fn waits_for(&self, process: u32) -> bool {
        let controller = self.machine.processes.get(process).controller;
        self.lags.own.get(controller as usize) == Some(&OwnWrites::Awaited)
    }

    /// Whether a process that has something to do on a view is in the queue there.
    fn is_awake(
        &mut self,
        state: &State,
        history: &History,
        process: u32,
        (least, view): (&View, &View),
        outcome: &Outcome,
    ) -> bool {
        let controller = self.machine.processes.get(process).controller;
        let wakes = self.sleeper.wakes();
        let Some(wakes) = wakes.get(controller as usize) else { return true };
        if *wakes == Wakes::OnWhatItReads && view.is_whole(history) && outcome.is_active
            || *wakes == Wakes::Periodically
        {
            return true;
        }
        let is_asleep = state.asleep.contains(&process);
        let had_business = self.prospects.of(process).is_some_and(|outcome| outcome.has_business());
        if !is_asleep && (had_business || *wakes == Wakes::OnWhatItReads) {
            return true;
        }
        let mut woken = Vec::new();
        for (behind, now) in least.from.iter().zip(&view.from) {
            for at in behind.from..now.from {
                let shift = history.shifts[at as usize];
                if shift.kind == behind.kind {
                    self.wake_by(controller, (&[process], &state.cells), shift, &mut woken);
                }
            }
        }
        woken.contains(&process)
    }

    /// What the server decides of a request that a reconcile sends at a node of its tree. It may come with a version that is no longer the newest, and what it
    /// makes does not take the name or the uid of what somebody may still see. What its changes leave behind is added to `passed`.
    pub(crate) fn decided_on(
        &mut self,
        (process, node, request): (u32, u32, u32),
        now: &Cells,
        view: &View,
        passed: &mut Vec<(u32, u32)>,
    ) -> Decision {
        let target = self.target(request);
        let is_old = view.unseen.contains(&target) && !self.has_newer(process, node, target);
        let sent = if is_old { self.machine.outdated(request) } else { request };
        let decision = self.machine.decide(sent, now);
        let past: Vec<(u32, u32)> = view.past.iter().chain(passed.iter()).copied().collect();
        let decision = self.machine.unlike(&decision, now, &past);
        passed.extend(decision.puts.iter().map(|put| (put.cell, self.machine.store.at(now, put.cell))));
        decision
    }

    /// Whether a reconcile got a newer version of an object from the server on its way to a node: by a write, or by asking it.
    fn has_newer(&mut self, process: u32, node: u32, target: (u32, u32)) -> bool {
        self.machine.path(process, node).into_iter().any(|event| match event {
            Event::Write { request, reply, .. } => {
                self.machine.replies.get(reply).is_ok() && self.target(request) == target
            }
            Event::Ask { question, answer } if self.machine.questions.source(question) == Source::Server => {
                let read = self.machine.objects_in(answer);
                read.iter().any(|key| self.machine.store.locate(key) == target)
            }
            _ => false,
        })
    }

    /// Adds a transition of somebody who saw the store from these positions on.
    pub(crate) fn conclude_on(&mut self, state: &State, raw: Raw<'_>, from: &[Behind]) {
        let Raw { action, mut next, cost, puts, stays } = raw;
        let passed = self.passed(state, action.process, puts);
        let woken = self.pass(state, &mut next, action.process, &passed, from);
        self.touch(&mut next.flights, puts, &woken);
        if next == *state && action.deed != Deed::Look {
            self.transitions.push(Transition { action, next, cost, renaming: Renaming::new() });
            return;
        }
        let renaming = self.canonical_lagging(state, &mut next);
        self.sleeper.note_on_view(self.transitions.len(), action.process, stays, woken);
        self.transitions.push(Transition { action, next, cost, renaming });
    }

    /// The changes of a step, each with what its cell held before.
    pub(crate) fn passed(&mut self, state: &State, process: u32, puts: &[Put]) -> Vec<Passed> {
        let by = if self.waits_for(process) { process } else { UNTAGGED };
        let mut cells = state.cells.clone();
        let mut passed = Vec::with_capacity(puts.len());
        for &put in puts {
            let list = self.machine.store.at(&cells, put.cell);
            self.machine.commit_put(&mut cells, put);
            if self.machine.store.at(&cells, put.cell) != list {
                passed.push(Passed { cell: self.machine.store.kept_in(put.cell), list, by });
            }
        }
        passed
    }

    /// Who is asleep after a step: who has something to do, or to try, on the least that its cache shows, and was not woken.
    pub(crate) fn asleep_after_lagging(
        &mut self,
        state: &State,
        next: &State,
        renaming: &Renaming,
        note: &Note,
    ) -> Vec<u32> {
        let woken: Vec<u32> = note.woken.iter().filter_map(|&process| self.machine.after(process, renaming)).collect();
        let history = self.history(next);
        let mut views = Views::default();
        let mut asleep = Vec::new();
        let all_wakes = self.sleeper.wakes();
        for &process in self.processes(next).all.iter() {
            let controller = self.machine.processes.get(process).controller;
            let Some(wakes) = all_wakes.get(controller as usize) else { continue };
            let is_at_work = next.flights.iter().any(|flight| flight.process == process);
            if is_at_work || *wakes == Wakes::Periodically || woken.contains(&process) {
                continue;
            }
            let before = self.machine.before(process, renaming);
            let is_mover = before == Some(note.process);
            if is_mover && note.stays || !is_mover && self.was_awake(state, before, wakes) {
                continue;
            }
            let own = views.entry(controller).or_insert_with(|| self.views(next, &history, controller)).clone();
            let outcome = self.prospect_on(process, next, &own[0]);
            let is_sure = *wakes == Wakes::OnWhatItReads && own.len() == 1 && outcome.is_active;
            if outcome.has_business() && !is_sure {
                asleep.push(process);
            }
        }
        asleep.sort_unstable();
        asleep
    }

    /// Whether a process was in the queue, or is of a sort that comes into it by itself.
    fn was_awake(&self, state: &State, process: Option<u32>, wakes: &Wakes) -> bool {
        let Some(process) = process else { return *wakes == Wakes::OnWhatItReads };
        if state.asleep.contains(&process) {
            return false;
        }
        *wakes == Wakes::OnWhatItReads || self.prospects.of(process).is_some_and(|outcome| outcome.has_business())
    }
}
