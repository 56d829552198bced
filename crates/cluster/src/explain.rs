//! What happens in a step.

use evenkeel_api::timer::is_timer;
use evenkeel_control::Done;
use evenkeel_object::Key;

use crate::disturb::{Disturbance, WORLD};
use crate::expand::{APPLIER, Expander};
use crate::lag::View;
use crate::machine::{Decision, Put};
use crate::outcome::Branch;
use crate::plan::PATIENCE;
use crate::stale::WATCHES;
use crate::state::{Flight, State};
use crate::step::{Effect, LateStep, Sent, Step, Unseen};
use crate::store::Cells;
use crate::system::{Action, Deed, Starts};
use crate::tick::CLOCK;
use crate::tree::{Event, ROOT};

impl Expander {
    /// The controller and the key of a process.
    pub(crate) fn who(&self, process: u32) -> (String, Key) {
        let process = self.machine.processes.get(process);
        let name = match process.controller {
            APPLIER => "kubectl",
            WORLD => "somebody",
            WATCHES => "caches",
            PATIENCE => "nobody",
            CLOCK => "clock",
            number => self.machine.controllers[number as usize].name(),
        };
        (name.to_owned(), process.key.clone())
    }

    /// What happens when an action is taken in a state.
    pub(crate) fn explain(&mut self, state: &State, action: &Action) -> Step {
        let (controller, subject) = self.who(action.process);
        let mut step = Step {
            controller,
            subject,
            deed: "reconciles".into(),
            requests: Vec::new(),
            retry: None,
            late: Vec::new(),
            unseen: Vec::new(),
        };
        step.late = self.explain_late(action);
        match action.deed {
            Deed::Reconcile | Deed::Ahead { .. } if self.lags.most > 0 => {
                self.explain_on_view(state, action, &mut step);
            }
            Deed::Reconcile | Deed::Ahead { .. } => self.explain_reconcile(state, action, &mut step),
            Deed::Step { .. } => {
                step.deed = "does nothing, as there is nothing to do".into();
                self.explain_reconcile(state, action, &mut step);
            }
            Deed::Wait => step.deed = "everything has settled".into(),
            Deed::Tick if action.branch == 1 => step.deed = "a tick passes".into(),
            Deed::Tick => step.deed = format!("{} ticks pass", action.branch).into(),
            Deed::Look => step.deed = "looks, and finds nothing to do".into(),
            Deed::CatchUp => step.deed = "come to show the store as it is".into(),
            Deed::Start | Deed::SetOut { .. } if self.starts == Starts::Anywhere => {
                step.deed = "begins".into();
                if self.lags.most > 0 {
                    let view = self.view_of(state, action);
                    step.unseen = self.unseen(&state.cells, &view);
                }
            }
            Deed::Start | Deed::SetOut { .. } => {
                let flight = self.beginning(state, action.process, action.branch);
                self.explain_answer(state, flight.as_ref(), &mut step);
            }
            Deed::Crash => step.deed = "crashes".into(),
            Deed::Disturb => self.explain_disturbance(state, action, &mut step),
            Deed::Apply => {
                step.deed = "applies".into();
                let manifest = self.manifests[action.branch as usize].clone();
                let request = self.application(&state.cells, &manifest);
                self.explain_request(&mut state.cells.clone(), request, "tries again", &mut step);
            }
            Deed::Answer => {
                step.deed = "writes".into();
                let flight = state.flights.iter().find(|flight| flight.process == action.process);
                self.explain_answer(state, flight, &mut step);
            }
        }
        step
    }

    fn explain_disturbance(&mut self, state: &State, action: &Action, step: &mut Step) {
        let (sort, request) = self.disturbance(action);
        if sort == Disturbance::StatusLost {
            let place = self.machine.store.locate(&request.key);
            let put = self.without_status(&state.cells, place);
            let effects = vec![self.effect(&state.cells, put)];
            step.requests.push(Sent { request, because: sort.text().to_owned(), refused: None, effects });
        } else {
            let request = self.machine.requests.intern(&request);
            self.explain_request(&mut state.cells.clone(), request, sort.text(), step);
        }
    }

    fn explain_late(&self, action: &Action) -> Vec<LateStep> {
        let late = self.flights.late.get(action.late).iter();
        late.map(|late| {
            let (controller, subject) = self.who(late.process);
            LateStep { controller, subject, is_in_vain: late.is_in_vain }
        })
        .collect()
    }

    fn explain_reconcile(&mut self, state: &State, action: &Action, step: &mut Step) {
        let outcome = self.prospect(action.process, &state.cells);
        let Some(&Branch { node, done, .. }) = outcome.branches.get(action.branch as usize) else { return };
        let mut cells = state.cells.clone();
        for event in self.machine.path(action.process, node) {
            if let Event::Write { request, why, .. } = event {
                let why = self.machine.texts.get(why).clone();
                self.explain_request(&mut cells, request, &why, step);
            }
        }
        step.retry = self.retry(done);
    }

    fn explain_on_view(&mut self, state: &State, action: &Action, step: &mut Step) {
        let view = self.view_of(state, action);
        step.unseen = self.unseen(&state.cells, &view);
        let outcome = self.prospect_on(action.process, state, &view);
        let Branch { node, done, .. } = outcome.branches[action.branch as usize];
        let (mut cells, mut passed) = (state.cells.clone(), Vec::new());
        let mut at = ROOT;
        for event in self.machine.path(action.process, node) {
            if let Event::Write { request, why, .. } = event {
                let why = self.machine.texts.get(why).clone();
                let decision = self.decided_on((action.process, at, request), &cells, &view, &mut passed);
                self.explain_decision(&mut cells, (request, &decision), &why, step);
            }
            at = self.machine.follow(action.process, at, event);
        }
        step.retry = self.retry(done);
    }

    /// The view on which a process moves.
    fn view_of(&mut self, state: &State, action: &Action) -> View {
        let history = self.history(state);
        let controller = self.machine.processes.get(action.process).controller;
        self.views(state, &history, controller)[action.view as usize].clone()
    }

    /// What a view does not show.
    fn unseen(&mut self, cells: &Cells, view: &View) -> Vec<(Key, Unseen)> {
        let mut unseen = Vec::new();
        for &(cell, number) in &view.unseen {
            let [then, now] = [&view.cells, cells].map(|cells| self.machine.content(cells, cell, number).is_some());
            let what = match (then, now) {
                (false, true) => Unseen::Made,
                (true, false) => Unseen::Gone,
                _ => Unseen::Changed,
            };
            unseen.push((self.machine.store.place(cell).key(number), what));
        }
        unseen
    }

    fn retry(&self, done: u32) -> Option<String> {
        match self.machine.dones.get(done) {
            Done::Retry(why) => Some(why.clone()),
            Done::Settled => None,
        }
    }

    fn explain_answer(&mut self, state: &State, flight: Option<&Flight>, step: &mut Step) {
        let Some(flight) = flight else { return };
        let (request, why) = self.request(flight, &state.cells);
        let why = self.machine.texts.get(why).clone();
        let sent = self.as_sent(flight, request);
        self.explain_request(&mut state.cells.clone(), sent, &why, step);
    }

    fn explain_request(&mut self, cells: &mut Cells, request: u32, why: &str, step: &mut Step) {
        let decision = self.machine.decide(request, cells);
        self.explain_decision(cells, (request, &decision), why, step);
    }

    fn explain_decision(
        &mut self,
        cells: &mut Cells,
        (request, decision): (u32, &Decision),
        why: &str,
        step: &mut Step,
    ) {
        let Decision { reply, puts } = decision;
        let mut effects = Vec::new();
        for put in puts.iter() {
            // Timers are no objects that anybody knows of.
            if !is_timer(&self.machine.store.place(put.cell).kind) {
                effects.push(self.effect(cells, *put));
            }
            self.machine.commit_put(cells, *put);
        }
        let refused = self.machine.replies.get(*reply).as_ref().err().cloned();
        step.requests.push(Sent {
            request: self.machine.requests.get(request).clone(),
            because: why.to_owned(),
            refused,
            effects,
        });
    }

    fn effect(&mut self, cells: &Cells, put: Put) -> Effect {
        let key = self.machine.store.place(put.cell).key(put.number);
        let before = self.machine.object(cells, put.cell, put.number);
        let after = put.content.map(|content| self.machine.store.object(put.cell, put.number, content));
        Effect { key, before, after }
    }
}
