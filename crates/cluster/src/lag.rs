//! Caches that lag behind the store.
//!
//! A state keeps the last changes of the store as long as some cache may not show them: what each changed cell held before. What a controller sees of a
//! kind is the store without the changes from one of them on, so how far a cache lags is a position in that log, for each controller and kind.
//!
//! A position in a state is the *least* that a cache shows. It may show more: how much more is chosen when the controller reads, as nothing else can
//! tell. A change that a controller cannot see at all, neither by a question that it ever asks nor by what it watches, moves its position along.
//! A cache lags at most [`Lags::most`] changes: then the oldest is shown, whatever else happens. So in a run in which things change for ever every
//! change is seen at some time, and positions owe nothing to fairness.

use std::rc::Rc;

use evenkeel_control::OwnWrites;
use evenkeel_object::Kind;
use rustc_hash::FxHashMap;

use crate::ask::Source;
use crate::expand::Expander;
use crate::intern::Interner;
use crate::state::{Behind, Passed, State};
use crate::store::{Cells, EMPTY, Family};

/// Nobody waits until it sees a change.
pub(crate) const UNTAGGED: u32 = u32::MAX;

/// What is known of caches that lag.
#[derive(Default)]
pub(crate) struct Lags {
    /// The most changes that a cache may not show; none where every cache shows the store as it is.
    pub(crate) most: u32,
    /// Which of its own writes each controller waits to see.
    pub(crate) own: Vec<OwnWrites>,
    kinds: Interner<Kind>,
    /// The questions that each controller ever asked its cache.
    questions: Vec<Vec<u32>>,
    /// Whether a controller can see a change of a cell from one list to another.
    visible: FxHashMap<(u32, u32, u32, u32), bool>,
    /// Whether a question was asked that sees what was taken for invisible before.
    outgrown: bool,
    /// What else an outcome hangs on besides what is read.
    hidden: Interner<Hidden>,
    /// The order of the objects of a cell, by its list now and its lists before.
    pub(crate) rows: FxHashMap<Vec<u32>, Rc<[u32]>>,
}

/// What a reconcile hangs on besides what it reads.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Hidden {
    /// Objects, as cell and number, that have changed since the cache saw them.
    unseen: Vec<(u32, u32)>,
    /// Lists of cells that hold objects which are gone and whose names and uids cannot be given again, as somebody may still see them.
    past: Rc<[(u32, u32)]>,
}

/// One change of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shift {
    pub(crate) cell: u32,
    pub(crate) kind: u32,
    pub(crate) before: u32,
    pub(crate) after: u32,
    pub(crate) by: u32,
}

/// The log of a state.
pub(crate) struct History {
    pub(crate) shifts: Vec<Shift>,
    pub(crate) past: Rc<[(u32, u32)]>,
}

/// What a controller may see of a state.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// How far it sees, for each kind of which its cache may lag; the end of the log if it sees everything.
    pub(crate) from: Vec<Behind>,
    /// What its cache shows.
    pub(crate) cells: Cells,
    /// Objects that have changed since.
    pub(crate) unseen: Vec<(u32, u32)>,
    pub(crate) past: Rc<[(u32, u32)]>,
    /// The handle of all this but for what is read.
    pub(crate) key: u32,
}

impl View {
    /// That of a cache that shows a store from which nothing is hidden.
    pub(crate) fn of(cells: &Cells) -> View {
        View { from: Vec::new(), cells: cells.clone(), unseen: Vec::new(), past: Rc::new([]), key: 0 }
    }

    /// Whether it shows everything.
    pub(crate) fn is_whole(&self, history: &History) -> bool {
        self.from.iter().all(|behind| behind.from as usize == history.shifts.len())
    }

    /// Whether everything that can be seen in the other can be seen here.
    pub(crate) fn sees_at_least(&self, other: &View) -> bool {
        self.from.iter().zip(&other.from).all(|(own, others)| own.from >= others.from)
    }

    /// Whether the change of that place in the log cannot be seen.
    fn hides(&self, at: u32, kind: u32) -> bool {
        self.from.iter().any(|behind| behind.kind == kind && behind.from <= at)
    }

    /// Whether a change that carries that tag cannot be seen.
    pub(crate) fn hides_work_of(&self, process: u32, history: &History) -> bool {
        history.shifts.iter().zip(0..).any(|(shift, at)| shift.by == process && self.hides(at, shift.kind))
    }
}

impl Lags {
    pub(crate) fn new(most: u32, own: Vec<OwnWrites>) -> Lags {
        let mut lags = Lags { most, questions: vec![Vec::new(); own.len()], own, ..Lags::default() };
        assert_eq!(lags.hidden.intern(&Hidden::default()), 0, "nothing hidden is the first");
        lags
    }

    /// Whether what was explored so far may lack something, as a controller turned out to see more than was known. Says so once.
    pub(crate) fn outgrown(&mut self) -> bool {
        std::mem::take(&mut self.outgrown)
    }
}

impl Expander {
    /// Takes down which questions a controller asks its cache.
    pub(crate) fn learn_questions(&mut self, controller: u32, asked: &[u32]) {
        if controller as usize >= self.lags.own.len() {
            return;
        }
        for &question in asked {
            if self.machine.questions.source(question) == Source::Cache
                && !self.lags.questions[controller as usize].contains(&question)
            {
                self.lags.questions[controller as usize].push(question);
                self.reconsider(controller, question);
            }
        }
    }

    /// Looks again at what was invisible, with another question.
    fn reconsider(&mut self, controller: u32, question: u32) {
        let machine = &mut self.machine;
        let about = machine.questions.cells(question, &machine.store).to_vec();
        for ((of, cell, before, after), is_visible) in &mut self.lags.visible {
            if *is_visible || *of != controller || !about.contains(cell) {
                continue;
            }
            let part = |list| machine.questions.part(question, &mut machine.store, *cell, list);
            let [before, after] = [*before, *after].map(part);
            *is_visible = before != after;
            self.lags.outgrown |= *is_visible;
        }
    }

    /// Whether a controller can see that a cell changed.
    fn is_visible(&mut self, controller: u32, shift: Shift) -> bool {
        let id = (controller, shift.cell, shift.before, shift.after);
        if let Some(known) = self.lags.visible.get(&id) {
            return *known;
        }
        let mut visible = self.watchers(shift.cell).contains(&controller);
        for &question in &self.lags.questions[controller as usize] {
            visible = visible || sees(&mut self.machine, question, shift);
        }
        self.lags.visible.insert(id, visible);
        visible
    }

    /// Whether a process can see a change by a question of its own.
    pub(crate) fn is_visible_to(&mut self, process: u32, shift: Shift) -> bool {
        let questions = self.outcomes.questions(process).to_vec();
        questions.into_iter().any(|question| {
            self.machine.questions.source(question) == Source::Cache && sees(&mut self.machine, question, shift)
        })
    }

    /// The changes of a log that led to that store.
    pub(crate) fn shifts(&mut self, log: &[Passed], cells: &Cells) -> Vec<Shift> {
        let mut shifts: Vec<Shift> = Vec::with_capacity(log.len());
        for (at, passed) in log.iter().enumerate() {
            let later = log[at + 1..].iter().find(|later| later.cell == passed.cell);
            let after = later.map_or_else(|| self.machine.store.at(cells, passed.cell), |later| later.list);
            let kind = self.lags.kinds.intern(&self.machine.store.place(passed.cell).kind);
            shifts.push(Shift { cell: passed.cell, kind, before: passed.list, after, by: passed.by });
        }
        shifts
    }

    /// The log of a state.
    pub(crate) fn history(&mut self, state: &State) -> History {
        let shifts = self.shifts(&state.log, &state.cells);
        let store = &self.machine.store;
        let is_lost = |passed: &&Passed| match &store.place(passed.cell).family {
            Family::Named(_) => passed.list != EMPTY && store.at(&state.cells, passed.cell) == EMPTY,
            Family::Generated(_) => {
                let now = store.list(store.at(&state.cells, passed.cell));
                store.list(passed.list).iter().any(|(number, _)| !now.iter().any(|(n, _)| n == number))
            }
        };
        let mut past: Vec<(u32, u32)> =
            state.log.iter().filter(is_lost).map(|passed| (passed.cell, passed.list)).collect();
        past.sort_unstable();
        past.dedup();
        History { shifts, past: past.into() }
    }

    /// Everything that a controller may see of a state: what it sees at least comes first, what is so comes last.
    pub(crate) fn views(&mut self, state: &State, history: &History, controller: u32) -> Rc<[View]> {
        let own: Vec<Behind> = state.behind.iter().filter(|behind| behind.controller == controller).copied().collect();
        let mut all: Vec<Vec<Behind>> = vec![Vec::new()];
        for behind in own {
            let mut positions = Vec::new();
            for from in behind.from..history.shifts.len() as u32 {
                let shift = history.shifts[from as usize];
                if shift.kind == behind.kind && self.is_visible(controller, shift) {
                    positions.push(from);
                }
            }
            positions.push(history.shifts.len() as u32);
            let with = |known: &Vec<Behind>, from: u32| {
                known.iter().copied().chain([Behind { from, ..behind }]).collect::<Vec<Behind>>()
            };
            all = all.iter().flat_map(|known| positions.iter().map(move |from| with(known, *from))).collect();
        }
        all.into_iter().map(|from| self.view(state, history, from)).collect()
    }

    fn view(&mut self, state: &State, history: &History, from: Vec<Behind>) -> View {
        let mut view =
            View { from, cells: state.cells.clone(), unseen: Vec::new(), past: history.past.clone(), key: 0 };
        for (at, shift) in history.shifts.iter().enumerate().rev() {
            let at = at as u32;
            if view.hides(at, shift.kind) {
                self.machine.store.put(&mut view.cells, shift.cell, shift.before);
                let objects = self.machine.store.differing(shift.before, shift.after);
                view.unseen.extend(objects.into_iter().map(|(number, _, _)| (shift.cell, number)));
            }
        }
        view.unseen.sort_unstable();
        view.unseen.dedup();
        view.key = self.lags.hidden.intern(&Hidden { unseen: view.unseen.clone(), past: view.past.clone() });
        view
    }

    /// Adds to the log what has changed on the way from `state` to `next`, and moves the positions along. Tells the processes that are woken by what
    /// was seen, by their names in `state`.
    pub(crate) fn pass(
        &mut self,
        state: &State,
        next: &mut State,
        by: u32,
        puts: &[Passed],
        from: &[Behind],
    ) -> Vec<u32> {
        let n_known = state.log.len() as u32;
        let chosen = |behind: &Behind| {
            let chosen = from.iter().find(|f| (f.controller, f.kind) == (behind.controller, behind.kind));
            chosen.copied().unwrap_or(*behind)
        };
        let raised: Vec<Behind> = state.behind.iter().map(chosen).collect();
        next.log.extend_from_slice(puts);
        let shifts = self.shifts(&next.log, &next.cells);
        let mut fallen = raised.clone();
        self.fall_behind(&shifts, n_known, &mut fallen);
        let mut behind = fallen.clone();
        self.see_own_writes(by, &shifts[n_known as usize..], n_known, &mut behind);
        self.move_along(&shifts, &mut behind);
        let at_work = state.flights.iter().map(|flight| flight.process);
        let is_at_work = state.flights.iter().any(|flight| flight.process == by);
        let sleepers: Vec<u32> = state.asleep.iter().copied().chain(at_work).chain([by]).collect();
        let seen = (&sleepers[..], &next.cells);
        // Who begins has taken its key out of the queue after it saw all that it sees.
        let mut woken = self.woken_by_seen(seen, &shifts, (&state.behind, &raised));
        woken.retain(|process| *process != by || is_at_work);
        woken.extend(self.woken_by_seen(seen, &shifts, (&fallen, &behind)));
        let first = behind.iter().map(|cache| cache.from).min().unwrap_or(shifts.len() as u32);
        next.log.drain(..first as usize);
        behind.iter_mut().for_each(|cache| cache.from -= first);
        next.behind = behind;
        woken
    }

    /// Adds the caches that do not show the changes from the `n_known`-th on and could.
    fn fall_behind(&mut self, shifts: &[Shift], n_known: u32, behind: &mut Vec<Behind>) {
        for (shift, at) in shifts.iter().zip(0..).skip(n_known as usize) {
            for controller in 0..self.lags.own.len() as u32 {
                let is_same = |b: &Behind| (b.controller, b.kind) == (controller, shift.kind);
                if !behind.iter().any(is_same) && self.is_visible(controller, *shift) {
                    behind.push(Behind { controller, kind: shift.kind, from: at });
                }
            }
        }
    }

    /// Moves caches along over what has become too old, and over what they cannot see; those that show everything are left out.
    fn move_along(&mut self, shifts: &[Shift], behind: &mut Vec<Behind>) {
        let end = shifts.len() as u32;
        let floor = end.saturating_sub(self.lags.most);
        for cache in &mut *behind {
            cache.from = cache.from.max(floor);
            while cache.from < end && !self.is_seen_by(*cache, shifts[cache.from as usize]) {
                cache.from += 1;
            }
        }
        behind.retain(|cache| cache.from < end);
        behind.sort_unstable();
    }

    fn is_seen_by(&mut self, cache: Behind, shift: Shift) -> bool {
        shift.kind == cache.kind && self.is_visible(cache.controller, shift)
    }

    /// A controller that knows what it wrote sees it at once, and everything before it.
    fn see_own_writes(&self, by: u32, shifts: &[Shift], n_known: u32, behind: &mut [Behind]) {
        let mover = self.machine.processes.get(by).controller;
        if self.lags.own.get(mover as usize) != Some(&OwnWrites::Known) {
            return;
        }
        for (shift, at) in shifts.iter().zip(n_known..) {
            for cache in behind.iter_mut().filter(|cache| (cache.controller, cache.kind) == (mover, shift.kind)) {
                cache.from = cache.from.max(at + 1);
            }
        }
    }

    /// The processes that are woken by the changes between what caches showed before and what they show now.
    fn woken_by_seen(
        &mut self,
        sleepers: (&[u32], &Cells),
        shifts: &[Shift],
        (origins, now): (&[Behind], &[Behind]),
    ) -> Vec<u32> {
        let mut woken = Vec::new();
        for origin in origins {
            let is_same = |cache: &&Behind| (cache.controller, cache.kind) == (origin.controller, origin.kind);
            let to = now.iter().find(is_same).map_or(shifts.len() as u32, |cache| cache.from);
            for at in origin.from..to {
                let shift = shifts[at as usize];
                if self.is_seen_by(*origin, shift) {
                    self.wake_by(origin.controller, sleepers, shift, &mut woken);
                }
            }
        }
        woken
    }

    /// Adds the processes of a controller that are woken when its cache shows a change: those that it is told of, or among `candidates`.
    pub(crate) fn wake_by(
        &mut self,
        controller: u32,
        (candidates, cells): (&[u32], &Cells),
        shift: Shift,
        woken: &mut Vec<u32>,
    ) {
        if self.watchers(shift.cell).contains(&controller) {
            for (number, before, after) in self.machine.store.differing(shift.before, shift.after) {
                let put = crate::machine::Put { cell: shift.cell, number, content: after };
                woken.extend_from_slice(&self.woken_by(controller, cells, put, before));
            }
        } else {
            for &process in candidates {
                if self.machine.processes.get(process).controller == controller && self.is_visible_to(process, shift) {
                    woken.push(process);
                }
            }
        }
    }
}

fn sees(machine: &mut crate::machine::Machine, question: u32, shift: Shift) -> bool {
    if !machine.questions.cells(question, &machine.store).contains(&shift.cell) {
        return false;
    }
    let part = |list| machine.questions.part(question, &mut machine.store, shift.cell, list);
    let [before, after] = [shift.before, shift.after].map(part);
    before != after
}
